"""Words that street names are made of, and how French, English and German clerks shorten them."""

from __future__ import annotations

_FR = """
av ave aven avn=avenue; bd bld blvd boul bvd bvrd=boulevard; pl=place; sq=square; imp=impasse
all=allee; ch che chem chm=chemin; fg fbg fb=faubourg; rte=route; crs=cours; qu=quai; psg=passage
pass=passage; res=residence; lot lotiss=lotissement; esp=esplanade; prom=promenade; sent=sentier
trav=traverse
rpt=rondpoint; pkg pk=parking; st=saint; ste=sainte; gal gnl gen=general; mal mar mchal=marechal
dr=docteur; pr prof=professeur; cdt=commandant; cne cpt=capitaine; col=colonel; lt=lieutenant
sgt=sergent; mgr=monseigneur; pdt=president; ing=ingenieur; nd=notre dame; premier=1er; deux=2
trois=3; quatre=4; cinq=5; six=6; sept=7; huit=8; onze=11; quatorze=14
"""
_EN = """
rd=road; ave av=avenue; blvd=boulevard; ln la=lane; dr=drive; ct=court; sq=square; pl=place
hwy=highway; pkwy=parkway; ter terr=terrace; cres cr=crescent; gdns gdn=gardens; gr grv=grove
cl=close; mt=mount; ft=fort; plz=plaza; aly=alley; cir=circle; expy=expressway; bldg=building
stn=station; br=bridge; pk=park; n=north; s=south; e=east; w=west; first=1st; second=2nd; third=3rd
fourth=4th; fifth=5th; sixth=6th; seventh=7th; eighth=8th; ninth=9th; tenth=10th
"""
_DE = """
str=strasse; pl=platz; al=allee; dr=doktor; prof=professor; st=sankt; bgm=buergermeister
"""
_TYPES = {
    "fr": "rue avenue boulevard place square impasse allee chemin faubourg route cours quai "
    "passage residence lotissement esplanade promenade sentier traverse rondpoint parking ruelle "
    "venelle villa cite pont mail rocade voie clos hameau galerie parvis",
    "en": "street road avenue boulevard lane drive court square place highway parkway terrace "
    "crescent gardens grove close plaza alley circle way park bridge station row walk",
    "de": "strasse platz allee weg gasse ring ufer damm chaussee markt",
}
_SMALL = {
    "fr": "de du des la le les l d et a au aux en sur",
    "en": "the of",
    "de": "der die das den dem am an im in zum zur von und",
}
# Left out as often as not: Boulevard du Maréchal Foch is Bd Foch to everybody.
_TITLES = """
general marechal docteur professeur commandant capitaine colonel lieutenant sergent monseigneur
president ingenieur abbe
"""
TITLES = frozenset(_TITLES.split())
DIRECTIONS = frozenset(
    ["north", "south", "east", "west", "n", "s", "e", "w", "nb", "sb", "eb", "wb"]
)


def _table(text: str) -> dict[str, str]:
    entries = [entry.strip() for entry in text.replace("\n", ";").split(";") if entry.strip()]
    pairs = [entry.split("=") for entry in entries]
    return {short: full for shorts, full in pairs for short in shorts.split()}


SHORT = {"fr": _table(_FR), "en": _table(_EN), "de": _table(_DE)}
TYPES = {language: frozenset(words.split()) for language, words in _TYPES.items()}
SMALL = {language: frozenset(words.split()) for language, words in _SMALL.items()}
