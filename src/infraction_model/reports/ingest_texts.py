"""Every word of the ingest report, in French and in English."""

from __future__ import annotations

FRENCH = {
    "title": "Rapport d'import",
    "subtitle": "Ce qui a été lu, gardé, écarté, et pourquoi",
    "accounts": "Lignes lues et gardées",
    "accounts_note": (
        "Chaque ligne lue est soit gardée, soit laissée de côté par un filtre, soit mise en "
        "quarantaine avec un motif. Le compte est vérifié."
    ),
    "source": "Source",
    "file": "Fichier",
    "read": "Lues",
    "kept": "Gardées",
    "filtered": "Filtrées",
    "quarantined": "Quarantaine",
    "fines": "verbalisations",
    "patrols": "patrouilles",
    "zones": "secteurs",
    "context": "contexte",
    "why": "Motifs",
    "reason": "Motif",
    "rows": "Lignes",
    "nothing_quarantined": "Aucune ligne en quarantaine.",
    "read_as": "Lu comme",
    "encoding": "encodage",
    "separator": "séparateur",
    "blank_rows": "lignes vides ignorées",
    "holes": "Période et trous",
    "span": "Du {first} au {last} : {days} jours, dont {empty} sans aucune verbalisation.",
    "no_hole": "Aucun jour inhabituel sans verbalisation.",
    "empty_days": "Jours inhabituels sans verbalisation",
    "and_more": "et {count} autres",
    "per_day": "Verbalisations par jour",
    "per_hour": "Verbalisations par heure de la semaine",
    "per_agent": "Verbalisations par agent",
    "delay": "Délai de saisie",
    "per_agent_note": (
        "{agents} agents, sous pseudonyme ; la clé reste dans le dossier de la ville."
    ),
    "without_agent": "{count} verbalisations sans agent.",
    "delay_note": (
        "La moitié des verbalisations est connue en {median} jours, neuf sur dix en {nine}. "
        "Les dernières semaines sont donc incomplètes."
    ),
    "days": "jours",
    "agent": "agent",
    "more": "et plus",
    "repeats": "Lignes répétées",
    "by_id": (
        "Règle : un numéro ({columns}) est une verbalisation ; la première ligne est gardée."
    ),
    "every_row": "Règle : le fichier n'a pas de numéro, donc chaque ligne est une verbalisation.",
    "repeats_counts": (
        "{repeated} lignes répètent un numéro à l'identique, {other} avec un contenu "
        "différent (en quarantaine). {cars} verbalisations gardées partagent la minute, le "
        "secteur et le motif d'une autre : plusieurs voitures."
    ),
    "places": "Lieux",
    "zones_official": "{zones} secteurs fournis par la ville, dont {empty} sans verbalisation.",
    "zones_derived": (
        "{zones} secteurs tirés des verbalisations (la ville n'a pas donné de liste)."
    ),
    "repaired": "{count} polygones qui se croisaient ont été réparés.",
    "found_by": "Lignes placées par",
    "zone_id": "identifiant",
    "street": "nom de rue",
    "coordinates": "coordonnées",
    "colon": " :",
    "unresolved_derived": (
        "Ces lieux n'ont pas donné de secteur : il leur manque un numéro de maison. Complétez-les "
        "dans le logiciel d'origine si leur nombre compte."
    ),
    "unresolved": "Rues à corriger",
    "unresolved_note": (
        "Ces libellés n'ont pas trouvé de secteur. Ajoutez au fichier d'alias une ligne par "
        "libellé (libellé ; vrai nom) : toutes ses lignes seront alors gardées."
    ),
    "spelling": "Libellé",
    "guesses": "Propositions",
    "all_resolved": "Tous les noms de rue ont trouvé leur secteur.",
    "corrected": "Libellés corrigés automatiquement",
    "corrected_note": "Vérifiez d'un œil : une correction fausse se défait par un alias.",
    "street_name": "Rue retenue",
    "outcome": "Comment",
    "look_alikes": "Noms qui se ressemblent",
    "look_alikes_note": (
        "Gardés distincts : une lettre les sépare. S'il s'agit d'une faute, ajoutez un alias."
    ),
    "shown_of": "{shown} affichés sur {total}",
    "most_fined": "Secteurs les plus verbalisés",
    "name": "Nom",
    "count": "Verbalisations",
    "categories": "Catégories",
    "category": "Catégorie",
    "severity": "Gravité",
    "no_rule": "Libellés qu'aucune règle ne reconnaît",
    "clock": "Changements d'heure",
    "clock_counts": (
        "{repeated} heures écrites dans l'heure répétée d'automne (lues comme heure d'été), "
        "{skipped} dans l'heure supprimée au printemps (avancées d'une heure)."
    ),
    "privacy": "Données personnelles écartées",
    "privacy_note": (
        "Aucune plaque, aucun nom, aucune adresse de personne n'est gardé. Les agents ont un "
        "pseudonyme."
    ),
    "column": "Colonne",
    "privacy_why": "Raison",
    "none_dropped": "Aucune colonne personnelle trouvée.",
    "weekdays": ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    "notes": "Remarques",
}

ENGLISH = {
    "title": "Import report",
    "subtitle": "What was read, kept, left out, and why",
    "accounts": "Rows read and kept",
    "accounts_note": (
        "Every row read is kept, or left out by a filter, or in quarantine with a reason. The"
        " sum is checked."
    ),
    "source": "Source",
    "file": "File",
    "read": "Read",
    "kept": "Kept",
    "filtered": "Filtered",
    "quarantined": "Quarantine",
    "fines": "fines",
    "patrols": "patrols",
    "zones": "zones",
    "context": "context",
    "why": "Reasons",
    "reason": "Reason",
    "rows": "Rows",
    "nothing_quarantined": "No row is in quarantine.",
    "read_as": "Read as",
    "encoding": "encoding",
    "separator": "separator",
    "blank_rows": "blank rows ignored",
    "holes": "Span and holes",
    "span": "From {first} to {last}: {days} days, {empty} of them without any fine.",
    "no_hole": "No unusual day without a fine.",
    "empty_days": "Unusual days without a fine",
    "and_more": "and {count} more",
    "per_day": "Fines per day",
    "per_hour": "Fines per hour of the week",
    "per_agent": "Fines per agent",
    "delay": "Reporting delay",
    "per_agent_note": "{agents} agents, under pseudonyms; the key stays in the town's folder.",
    "without_agent": "{count} fines without an agent.",
    "delay_note": (
        "Half of the fines are known within {median} days, nine in ten within {nine}. The "
        "last weeks are therefore incomplete."
    ),
    "days": "days",
    "agent": "agent",
    "more": "and more",
    "repeats": "Repeated rows",
    "by_id": "Rule: one id ({columns}) is one fine; the first row is kept.",
    "every_row": "Rule: the file has no id, so every row is a fine.",
    "repeats_counts": (
        "{repeated} rows repeat an id exactly, {other} with other content (in quarantine). "
        "{cars} kept fines share minute, zone and category with another: several cars."
    ),
    "places": "Places",
    "zones_official": "{zones} zones given by the town, {empty} of them without a fine.",
    "zones_derived": "{zones} zones derived from the fines (the town gave no list).",
    "repaired": "{count} polygons that crossed themselves were repaired.",
    "found_by": "Rows placed by",
    "zone_id": "zone id",
    "street": "street name",
    "coordinates": "coordinates",
    "colon": ":",
    "unresolved_derived": (
        "These places gave no zone: they lack a house number. Complete them where they were "
        "entered, if there are enough of them to matter."
    ),
    "unresolved": "Streets to correct",
    "unresolved_note": (
        "These spellings found no zone. Add one line per spelling to the alias file (spelling"
        " ; true name): all its rows will then be kept."
    ),
    "spelling": "Spelling",
    "guesses": "Guesses",
    "all_resolved": "Every street name found its zone.",
    "corrected": "Spellings corrected automatically",
    "corrected_note": "Glance over them: a wrong correction is undone by an alias.",
    "street_name": "Street taken",
    "outcome": "How",
    "look_alikes": "Names that look alike",
    "look_alikes_note": (
        "Kept apart: one letter tells them apart. Where it is a slip, add an alias."
    ),
    "shown_of": "{shown} of {total} shown",
    "most_fined": "Most fined zones",
    "name": "Name",
    "count": "Fines",
    "categories": "Categories",
    "category": "Category",
    "severity": "Severity",
    "no_rule": "Labels that no rule knows",
    "clock": "Clock changes",
    "clock_counts": (
        "{repeated} times written in the hour repeated in autumn (read as summer time), "
        "{skipped} in the hour skipped in spring (moved on by an hour)."
    ),
    "privacy": "Persons' data dropped",
    "privacy_note": (
        "No plate, no person's name and no person's address is kept. Agents have a pseudonym."
    ),
    "column": "Column",
    "privacy_why": "Why",
    "none_dropped": "No personal column was found.",
    "weekdays": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "notes": "Remarks",
}

TEXTS = {"fr": FRENCH, "en": ENGLISH}

# What the software says in English, for the French page; what is not listed is shown as it is.
_FRENCH_PHRASES = {
    "unreadable row": "ligne illisible",
    "no time": "pas de date ni d'heure",
    "not a time": "date ou heure illisible",
    "time of day unknown (exactly midnight)": "heure inconnue (minuit pile)",
    "before the first day": "avant le premier jour admis",
    "older than is kept": "plus ancien que ce qui est conservé",
    "after the last day": "après le dernier jour admis",
    "ten years or more from the other rows": "à dix ans ou plus des autres lignes",
    "recording time is not a time": "date de saisie illisible",
    "recorded ten years or more after its issue": "saisie dix ans ou plus après les faits",
    "repeated id": "numéro répété",
    "repeated id with other content": "numéro répété, contenu différent",
    "no place given": "lieu absent",
    "unknown zone id": "identifiant de secteur inconnu",
    "unknown street": "rue inconnue",
    "street name fits several": "nom de rue ambigu",
    "street of several zones": "rue à plusieurs secteurs, sans coordonnées",
    "outside every zone": "hors de tout secteur",
    "no street given": "rue absente",
    "no house number": "numéro de maison absent",
    "no coordinates": "coordonnées absentes",
    "coordinates far from the town": "coordonnées loin de la ville",
    "a person's data in the place column": "donnée personnelle dans la colonne du lieu",
    "no start": "début absent",
    "no end": "fin absente",
    "start is not a time": "début illisible",
    "end is not a time": "fin illisible",
    "ends before it starts": "finit avant de commencer",
    "vehicles checked is negative": "nombre de véhicules négatif",
    "infractions found is negative": "nombre d'infractions négatif",
    "no value": "aucune valeur",
    "no kind fits": "aucun genre reconnu",
    "known date is not a time": "date d'annonce illisible",
    "no fine or patrol in that zone": "ni verbalisation ni patrouille dans ce secteur",
    "zone without id": "secteur sans identifiant",
    "repeated zone id": "identifiant de secteur répété",
    "zone without geometry": "secteur sans géométrie",
    "zone with an impossible geometry": "géométrie impossible",
    "likeness": "ressemblance",
    "alias": "alias",
    "shorter name": "nom abrégé",
    "merged": "réuni",
    "unknown": "inconnu",
    "ambiguous": "ambigu",
    "elsewhere": "loin de là",
    "number plate": "plaque d'immatriculation",
    "officer": "agent",
    "agent": "agent, remplacé par un pseudonyme",
    "person's name": "nom de personne",
    "e-mail": "adresse électronique",
    "telephone": "téléphone",
    "date of birth": "date de naissance",
    "home address": "adresse personnelle",
    "bank account": "compte bancaire",
    "stated by the town": "indiqué par la ville",
    "French plate": "plaque française",
    "old French plate": "ancienne plaque française",
    "UK plate": "plaque britannique",
    "German plate": "plaque allemande",
    "US plate": "plaque américaine",
    "e-mail in text": "adresse électronique dans un texte",
    "telephone in text": "téléphone dans un texte",
    "number plate in text": "plaque dans un texte",
    "semicolon": "point-virgule",
    "comma": "virgule",
    "tab": "tabulation",
    "bar": "barre",
    "repeated_hours": "heures répétées (automne)",
    "skipped_hours": "heures supprimées (printemps)",
    "rows_without_id": "lignes sans numéro",
    "ids_that_looked_personal": "numéros qui ressemblaient à une donnée personnelle, remplacés",
    "recorded_before_issue": "saisies datées d'avant les faits, ramenées aux faits",
    "recording_time_missing": "sans date de saisie",
    "ended_past_midnight": "patrouilles finies après minuit",
    "epsg": "système de coordonnées (EPSG)",
}
_ENGLISH_PHRASES = {
    "agent": "agent, replaced by a pseudonym",
    "repeated_hours": "repeated hours (autumn)",
    "skipped_hours": "skipped hours (spring)",
    "rows_without_id": "rows without id",
    "ids_that_looked_personal": "ids that looked personal, replaced",
    "recorded_before_issue": "recorded before their issue, moved to it",
    "recording_time_missing": "without a recording time",
    "ended_past_midnight": "patrols that ended past midnight",
    "epsg": "coordinate system (EPSG)",
}
_KINDS = {
    "rain": "pluie",
    "temperature": "température",
    "payments": "paiements",
    "footfall": "passage",
    "roadworks": "travaux",
    "market": "marché",
    "event": "manifestation",
    "commerce": "commerces",
}
_PHRASES = {"fr": _FRENCH_PHRASES, "en": _ENGLISH_PHRASES}


def phrase(text: str, language: str) -> str:
    """A reason, note or kind in the reader's language."""
    if language == "fr" and text.startswith("filtered: "):
        return "filtre : " + text.removeprefix("filtered: ")
    if language == "fr" and text.startswith("longer than "):
        return "plus longue que " + text.removeprefix("longer than ").replace("hours", "heures")
    kind, _, complaint = text.partition(" ")
    if language == "fr" and kind in _KINDS and complaint in ("is negative", "is not a number"):
        wrong = "négatif" if complaint == "is negative" else "pas un nombre"
        return f"{_KINDS[kind]} : {wrong}"
    return _PHRASES[language].get(text, text)
