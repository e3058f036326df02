"""What a figure means under each kind of exposure, and what nobody can know from it.

The words are those of the exposure bases (exposure.py) and of hours at which no patrol goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infraction_model.reports.numbers import decimal, percent


@dataclass(frozen=True)
class ExposureWords:
    """What a page says of one kind of exposure.

    `title`: its name. `measure`: what exposure is. `meaning`: what a probability is the probability
    of. `identifiable`: what the data can tell. `not_identifiable`: what they cannot.
    """

    title: str
    measure: str
    meaning: str
    identifiable: str
    not_identifiable: str


FRENCH = {
    "recorded": ExposureWords(
        title="Patrouilles connues",
        measure=(
            "Le journal des patrouilles dit où et quand on a regardé, y compris quand rien n'a été "
            "trouvé. L'exposition est le temps de patrouille."
        ),
        meaning="la probabilité de trouver au moins une infraction en une heure de patrouille",
        identifiable=(
            "Le nombre d'infractions trouvées par heure de patrouille, pour les secteurs et les "
            "heures où l'on va au moins de temps en temps."
        ),
        not_identifiable=(
            "Les infractions qu'une patrouille ne voit pas ou ne relève pas. Les heures où "
            "personne ne va jamais : leur chiffre est extrapolé. Une différence de zèle entre "
            "agents passe pour une différence entre les secteurs où ils vont."
        ),
    ),
    "checks": ExposureWords(
        title="Véhicules contrôlés",
        measure=(
            "Le journal compte les véhicules contrôlés. L'exposition est ce nombre, rapporté à ce "
            "qu'une heure de patrouille contrôle d'ordinaire ; chaque véhicule est un essai."
        ),
        meaning=(
            "la probabilité de trouver au moins une infraction parmi les véhicules qu'une heure de "
            "patrouille contrôle d'ordinaire"
        ),
        identifiable=(
            "La part des véhicules contrôlés qui sont en infraction, par secteur et par heure."
        ),
        not_identifiable=(
            "Combien d'infractions il y a dans un secteur : une rue pleine et une rue presque vide "
            "peuvent avoir la même part. Les véhicules que l'on ne contrôle pas, s'ils diffèrent "
            "des autres. Les passages sans comptage sont laissés de côté."
        ),
    ),
    "inferred": ExposureWords(
        title="Présences déduites",
        measure=(
            "Aucun journal, mais chaque verbalisation dit quel agent était là. On le suppose resté "
            "un moment après elle, moins s'il verbalise ailleurs peu après ; seul ce qu'il "
            "verbalise encore pendant ce moment compte."
        ),
        meaning=(
            "la probabilité de trouver au moins une infraction en une heure de présence, là où une "
            "verbalisation vient d'être dressée"
        ),
        identifiable=(
            "L'ordre approximatif des secteurs et des heures, et le niveau à peu près : dans les "
            "villes simulées il est d'un tiers trop bas, car certains agents sont déjà repartis."
        ),
        not_identifiable=(
            "Les passages qui n'ont rien trouvé : ils sont invisibles. Un secteur où l'on ne "
            "verbalise jamais peut être calme ou ne jamais être visité. Quand les agents "
            "verbalisent tout ce qu'ils voient en arrivant, puis repartent, le chiffre est trop "
            "élevé."
        ),
    ),
    "none": ExposureWords(
        title="Patrouilles inconnues",
        measure="On ne sait pas où l'on a regardé : chaque heure de chaque secteur compte pareil.",
        meaning=(
            "la probabilité qu'une verbalisation soit enregistrée, pas qu'une infraction ait lieu"
        ),
        identifiable=(
            "Où et quand des verbalisations seront enregistrées, si les habitudes restent."
        ),
        not_identifiable=(
            "Les infractions elles-mêmes. Peu de verbalisations peut vouloir dire peu "
            "d'infractions ou peu de patrouilles ; rien dans ces données ne les distingue. Si les "
            "patrouilles changent d'habitude, le chiffre change sans que la rue ait changé."
        ),
    ),
    "extrapolated": ExposureWords(
        title="Heures sans patrouille",
        measure="Aucune patrouille ne sort à ces heures, nulle part en ville.",
        meaning="un chiffre déduit d'autres heures, à prendre avec prudence",
        identifiable="Rien directement.",
        not_identifiable="Tout : seules des patrouilles à ces heures pourraient le vérifier.",
    ),
}

ENGLISH = {
    "recorded": ExposureWords(
        title="Known patrols",
        measure=(
            "The patrol log says where and when somebody looked, also when nothing was found. "
            "Exposure is time on patrol."
        ),
        meaning="the probability that at least one infraction is found in one hour of patrol",
        identifiable=(
            "The number of infractions found per hour of patrol, for zones and hours that somebody "
            "visits at least now and then."
        ),
        not_identifiable=(
            "Infractions that a patrol does not see or does not fine. Hours at which nobody ever "
            "goes: their figure is extrapolated. A difference in zeal between officers looks like "
            "a difference between the zones they go to."
        ),
    ),
    "checks": ExposureWords(
        title="Vehicles checked",
        measure=(
            "The log counts the vehicles checked. Exposure is their number, in units of what an "
            "hour of patrol usually checks; each vehicle is one trial."
        ),
        meaning=(
            "the probability that at least one infraction is found among the vehicles that an hour "
            "of patrol usually checks"
        ),
        identifiable="The share of checked vehicles that are at fault, by zone and hour.",
        not_identifiable=(
            "How many infractions there are in a zone: a full street and a nearly empty one may "
            "have the same share. Vehicles that nobody checks, if they differ from the others. "
            "Visits without a count are left out."
        ),
    ),
    "inferred": ExposureWords(
        title="Inferred presence",
        measure=(
            "There is no log, but each fine says which agent was there. He is taken to stay a "
            "while after it, less if he writes a fine elsewhere soon; only what else he fines in "
            "that time counts."
        ),
        meaning=(
            "the probability that at least one infraction is found in one hour of presence, where "
            "a fine has just been written"
        ),
        identifiable=(
            "The rough order of zones and hours, and the level more or less: in made towns it is "
            "a third too low, because some agents have left already."
        ),
        not_identifiable=(
            "Visits that found nothing: they are invisible. A zone without fines may be quiet or "
            "may never be visited. Where agents fine all they see on arrival and then leave, the "
            "figure is too high."
        ),
    ),
    "none": ExposureWords(
        title="Unknown patrols",
        measure="Nobody knows where patrols looked: every hour of every zone counts alike.",
        meaning="the probability that a fine is recorded, not that an infraction takes place",
        identifiable="Where and when fines will be recorded, as long as habits stay the same.",
        not_identifiable=(
            "Infractions themselves. Few fines may mean few infractions or few patrols; nothing in "
            "these data tells one from the other. If patrols change their habits, the figure "
            "changes though the street has not."
        ),
    ),
    "extrapolated": ExposureWords(
        title="Hours without patrols",
        measure="No patrol goes out at these hours anywhere in town.",
        meaning="a figure derived from other hours, to be taken with care",
        identifiable="Nothing directly.",
        not_identifiable="Everything: only patrols at these hours could check it.",
    ),
}

EXPOSURE_WORDS: dict[str, dict[str, ExposureWords]] = {"fr": FRENCH, "en": ENGLISH}
"""By language and exposure basis."""

_PRESENCE = {
    "fr": (
        "Les présences déduites des verbalisations retrouvent {seen} des heures du journal des "
        "patrouilles ; {elsewhere} de ces présences n'y sont pas. Par secteur et heure de la "
        "semaine, la corrélation des deux est de {likeness} ; les taux sortent à {level} fois ceux "
        "du journal."
    ),
    "en": (
        "The presences inferred from fines recover {seen} of the hours in the patrol log; "
        "{elsewhere} of these presences are not in it. By zone and hour of the week the two "
        "correlate at {likeness}; rates come out at {level} times those of the log."
    ),
}


def presence_words(check: Mapping[str, float], language: str) -> str:
    """How far presences can be trusted, in one sentence or two; `check` is a PresenceCheck's."""
    return _PRESENCE[language].format(
        seen=percent(check["seen"], 0, language),
        elsewhere=percent(check["elsewhere"], 0, language),
        likeness=decimal(check["likeness"], 2, language),
        level=decimal(check["level"], 2, language),
    )
