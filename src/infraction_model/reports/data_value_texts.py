"""Every word of the data-value report, in French and in English."""

from __future__ import annotations

from typing import Any

FRENCH: dict[str, Any] = {
    "title": "Ce que vaut chaque source de données",
    "subtitle": "Quelles données acquérir : ce que les prévisions gagnent avec, perdent sans",
    "span": (
        "{weeks} semaines prévues, du {first} au {last}, {zones} secteurs, chacune avec ce qui "
        "était connu {gap}."
    ),
    "gap_0": "le lundi même",
    "gap_1": "une semaine avant",
    "gap_more": "{gap} semaines avant",
    "summary": "En bref",
    "headline": {
        "worth": "Utiles : {sources}.",
        "unclear": "On ne peut pas conclure : {sources}.",
        "little": "Peu utiles ici : {sources}.",
        "harms": "Nuisibles ici : {sources}.",
    },
    "worth": (
        "{source} : utile. L'erreur de prévision baisse de {value} (intervalle à 95 % : de {lower} "
        "à {upper}) par rapport à tout le reste sans cette source."
    ),
    "little": (
        "{source} : peu utile ici. Baisse de l'erreur de prévision : {upper} au mieux, {lower} au "
        "pire."
    ),
    "unclear": (
        "{source} : on ne peut pas conclure. Baisse de l'erreur de prévision : {value}, mais "
        "l'intervalle à 95 % va de {lower} à {upper}."
    ),
    "harms": (
        "{source} : nuisible ici. L'erreur de prévision augmente : gain de {value} (intervalle à "
        "95 % : de {lower} à {upper})."
    ),
    "more_found": (
        "Des heures regardées, les {top} les mieux classées contiennent {value} pt de plus de "
        "toutes les verbalisations (de {lower} à {upper})."
    ),
    "more_yield": (
        "Vérité connue (ville simulée) : la liste des {top} meilleures heures trouve {value} pt "
        "de plus de ce que trouverait la liste parfaite (de {lower} à {upper})."
    ),
    "level": (
        "Sans la source « {source} », les probabilités sont celles qu'une verbalisation soit "
        "enregistrée, non qu'une infraction soit trouvée. Pour comparer, un seul facteur "
        "({factor}) les a mises après coup au niveau de ce que les patrouilles ont trouvé : c'est "
        "les flatter."
    ),
    "lacking": "Absentes des données de la ville, donc non jugées : {sources}.",
    "no_exposure": (
        "Rien ne dit ici ce qui a été regardé : la valeur d'un journal des patrouilles ne peut pas "
        "être mesurée sur ces données. Ailleurs (ville simulée), c'est de loin la première source."
    ),
    "picture": "Gain de chaque source",
    "picture_note": (
        "Part de l'erreur de prévision (log loss) que la source enlève, avec son intervalle à "
        "95 %. À droite de zéro : la prévision est meilleure."
    ),
    "axis": "baisse de l'erreur de prévision",
    "on_top": "ajoutée à toutes les autres",
    "alone": "ajoutée aux seules verbalisations",
    "alone_known": "ajoutée aux verbalisations (et à l'exposition)",
    "table": "Les chiffres",
    "source": "Source",
    "gain": "Erreur en moins",
    "captured": "Verbalisations dans les {top} de tête",
    "yield": "Rendement vrai de la liste",
    "verdict": "Verdict",
    "verdict_worth": "utile",
    "verdict_little": "peu utile",
    "verdict_unclear": "incertain",
    "verdict_harms": "nuisible",
    "arms": "Chaque jeu de données",
    "arms_note": "Ce qu'atteint la prévision avec chaque jeu de sources, sur les mêmes heures.",
    "arm": "Sources",
    "log_loss": "Log loss",
    "arm_all": "toutes",
    "arm_base": "verbalisations et exposition",
    "arm_base_none": "verbalisations seules",
    "arm_fines only": "verbalisations seules",
    "arm_without": "toutes sauf : {source}",
    "arm_with": "seulement : {source}",
    "method": "Comment lire ces chiffres",
    "methods": [
        (
            "Les mêmes semaines sont prévues avec et sans la source, chacune seulement avec ce "
            "qui était connu à son origine ; seules comptent les heures qui ont été regardées."
        ),
        (
            "« Ajoutée à toutes les autres » : toutes les sources contre toutes sauf celle-ci. « "
            "Ajoutée aux seules verbalisations » (et à l'exposition, si elle est connue) : celle-"
            "ci seule. Deux sources qui disent la même chose valent peu l'une après l'autre : les"
            " gains ne s'additionnent pas."
        ),
        (
            "La météo de la semaine visée n'est pas connue à l'origine : ce qui est jugé est la "
            "météo passée et habituelle, ou la prévision si l'export en contient une."
        ),
        (
            "Un gain jugé avec un intervalle à 95 % peut être dû au hasard une fois sur vingt : "
            "plus il y a de sources, plus cela arrive."
        ),
    ],
    "units_weeks": "Intervalles : semaines tirées à nouveau",
    "units_zones": "Intervalles : secteurs tirés à nouveau",
    "units_both": (
        "Intervalles : semaines et secteurs tirés à nouveau, le plus large des deux est retenu"
    ),
    "luck": (
        "{units} ; s'y ajoute le hasard de l'apprentissage, mesuré sur {repeats} apprentissages de "
        "chaque jeu."
    ),
    "no_luck": "{units} ; chaque jeu n'est appris qu'une fois, le hasard n'est pas compté.",
    "sources": {
        "recorded": "journal des patrouilles",
        "checks": "véhicules contrôlés",
        "inferred": "numéros d'agent sur les verbalisations",
        "none": "journal des patrouilles",
        "calendar": "jours fériés et vacances scolaires",
        "places": "places, durées maximales et plan des secteurs",
        "categories": "catégories d'infraction",
        "weather": "météo",
        "events": "travaux, marchés et manifestations annoncés",
        "payments": "paiements de stationnement",
        "footfall": "comptage de passants",
        "commerce": "commerces par secteur",
    },
}

ENGLISH: dict[str, Any] = {
    "title": "What each source of data is worth",
    "subtitle": "Which data to acquire: what forecasts gain with it and lose without it",
    "span": (
        "{weeks} weeks predicted, from {first} to {last}, {zones} zones, each from what was known "
        "{gap}."
    ),
    "gap_0": "on its very Monday",
    "gap_1": "a week ahead",
    "gap_more": "{gap} weeks ahead",
    "summary": "In short",
    "headline": {
        "worth": "Worth having: {sources}.",
        "unclear": "Not clear: {sources}.",
        "little": "Of little use here: {sources}.",
        "harms": "In the way here: {sources}.",
    },
    "worth": (
        "{source}: worth having. The forecast error falls by {value} (95 % interval: {lower} to "
        "{upper}) against all the rest without it."
    ),
    "little": (
        "{source}: of little use here. Forecast error taken off: {upper} at best, {lower} at worst."
    ),
    "unclear": (
        "{source}: not clear. Forecast error taken off: {value}, but the 95 % interval runs from "
        "{lower} to {upper}."
    ),
    "harms": (
        "{source}: in the way here. The forecast error rises: a gain of {value} (95 % interval: "
        "{lower} to {upper})."
    ),
    "more_found": (
        "Of the hours looked at, the top {top} hold {value} pt more of all fines ({lower} to "
        "{upper})."
    ),
    "more_yield": (
        "Truth known (made town): the list of the best {top} of hours finds {value} pt more of "
        "what the perfect list would ({lower} to {upper})."
    ),
    "level": (
        "Without the source “{source}” the probabilities are that a fine is recorded, not that an "
        "infraction is found. To compare, one factor ({factor}) brought them, with hindsight, to "
        "the level of what patrols found: that flatters them."
    ),
    "lacking": "Not in the town's data, so not judged: {sources}.",
    "no_exposure": (
        "Nothing says here what was looked at: what a patrol log is worth cannot be measured on "
        "this data. Elsewhere (made town) it is the first source by far."
    ),
    "picture": "Gain of each source",
    "picture_note": (
        "The share of the forecast error (log loss) that the source takes off, with its 95 % "
        "interval. Right of zero: the forecast is better."
    ),
    "axis": "forecast error taken off",
    "on_top": "on top of all others",
    "alone": "added to the fines alone",
    "alone_known": "added to the fines (and the exposure)",
    "table": "The figures",
    "source": "Source",
    "gain": "Error taken off",
    "captured": "Fines in the top {top}",
    "yield": "True yield of the list",
    "verdict": "Verdict",
    "verdict_worth": "worth having",
    "verdict_little": "little",
    "verdict_unclear": "not clear",
    "verdict_harms": "in the way",
    "arms": "Each set of data",
    "arms_note": "What the forecast reaches with each set of sources, on the same hours.",
    "arm": "Sources",
    "log_loss": "Log loss",
    "arm_all": "all",
    "arm_base": "fines and exposure",
    "arm_base_none": "fines alone",
    "arm_fines only": "fines alone",
    "arm_without": "all but: {source}",
    "arm_with": "only: {source}",
    "method": "How to read these figures",
    "methods": [
        (
            "The same weeks are predicted with and without the source, each only from what was "
            "known at its origin; only hours that were looked at count."
        ),
        (
            "“On top of all others”: all sources against all but this one. “Added to the fines "
            "alone” (and the exposure, where it is known): this one by itself. Two sources that "
            "say the same are worth little after each other: gains do not add up."
        ),
        (
            "The weather of the target week is not known at the origin: what is judged is past "
            "and usual weather, or the forecast where the export holds one."
        ),
        (
            "A gain judged by a 95 % interval can be chance one time in twenty: the more sources,"
            " the more often that happens."
        ),
    ],
    "units_weeks": "Intervals: weeks drawn again",
    "units_zones": "Intervals: zones drawn again",
    "units_both": "Intervals: weeks and zones drawn again, the wider one is taken",
    "luck": "{units}; joined by the luck of learning, measured on {repeats} fits of each set.",
    "no_luck": "{units}; each set is learnt once, so luck is not counted.",
    "sources": {
        "recorded": "patrol log",
        "checks": "vehicles checked",
        "inferred": "agents' numbers on fines",
        "none": "patrol log",
        "calendar": "public and school holidays",
        "places": "spaces, longest stays and the map of zones",
        "categories": "categories of infraction",
        "weather": "weather",
        "events": "works, markets and events announced",
        "payments": "parking payments",
        "footfall": "counts of passers-by",
        "commerce": "shops per zone",
    },
}
TEXTS: dict[str, dict[str, Any]] = {"fr": FRENCH, "en": ENGLISH}
