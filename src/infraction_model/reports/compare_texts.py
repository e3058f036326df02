"""Every word of the page that shows experiments side by side, in French and in English."""

from __future__ import annotations

from typing import Any

FRENCH: dict[str, Any] = {
    "title": "Expériences côte à côte",
    "subtitle": "Chacune jugée sur les mêmes semaines, les mêmes secteurs et les mêmes heures",
    "span": "{weeks} semaines prévues, du {first} au {last}, {zones} secteurs, {gap}.",
    "span_1": "1 semaine prévue, celle du {first}, {zones} secteurs, {gap}.",
    "gap_0": "chacune avec ce qui était connu le lundi même",
    "gap_1": "chacune avec ce qui était connu une semaine avant",
    "gap_more": "chacune avec ce qui était connu {gap} semaines avant",
    "left_out": "{count} semaines laissées de côté : toutes les expériences n'y sont pas jugées.",
    "left_out_1": "1 semaine laissée de côté : toutes les expériences n'y sont pas jugées.",
    "summary": "En bref",
    "reference_is": "La référence est {name} ({question}) : erreur (log loss) {loss}.",
    "better": "{name} ({question}) est meilleure : erreur {value} ({lower} à {upper}).",
    "worse": "{name} ({question}) est moins bonne : erreur {value} ({lower} à {upper}).",
    "unclear": (
        "{name} ({question}) ne se distingue pas de la référence : erreur {value} "
        "({lower} à {upper})."
    ),
    "same": "{name} ({question}) donne les mêmes prévisions que la référence.",
    "alone": "Il n'y a pas d'autre expérience à comparer.",
    "picture": "Écart à la référence",
    "picture_note": (
        "Le point est l'écart mesuré, le trait son intervalle à 95 %. Un trait qui traverse zéro : "
        "on ne peut pas distinguer l'expérience de la référence."
    ),
    "axis_loss": "erreur (log loss) de plus ou de moins : à gauche de zéro, meilleur",
    "axis_capture": "verbalisations en plus dans les 5 % de tête, en points : à droite, meilleur",
    "verdicts": {
        "better": "meilleure",
        "worse": "moins bonne",
        "unclear": "indiscernable",
        "reference": "référence",
    },
    "table": "Les chiffres",
    "experiment": "Expérience",
    "question": "Question",
    "verdict": "Verdict",
    "log_loss": "Erreur (log loss)",
    "difference": "Écart d'erreur",
    "capture": "Verbalisations dans les 5 % de tête",
    "capture_difference": "Écart",
    "yield_difference": "Écart de rendement vrai des 5 % de tête",
    "p_weeks": "p (semaines)",
    "point": "pt",
    "method": "Comment c'est calculé",
    "methods": (
        (
            "Les deux expériences sont comparées semaine par semaine : ce que les semaines ont de "
            "facile ou de difficile s'annule."
        ),
        (
            "L'écart d'erreur est une part de l'erreur de la référence ; entre crochets, "
            "l'intervalle à 95 % ({units})."
        ),
        (
            "« Meilleure » ou « moins bonne » : l'intervalle ne contient pas zéro. Sinon "
            "« indiscernable » : cela ne veut pas dire égale."
        ),
        (
            "p (semaines) : chance d'un tel écart entre deux méthodes égales, d'après les seules "
            "moyennes des semaines (Diebold et Mariano)."
        ),
        (
            "Une comparaison sur vingt paraît nette par hasard. Qui en essaie beaucoup et garde la "
            "meilleure la croit meilleure qu'elle n'est : la confirmer sur d'autres semaines."
        ),
    ),
    "units": {
        "weeks": "semaines retirées au sort",
        "zones": "secteurs retirés au sort : une seule semaine ne dit rien des autres",
        "both": "semaines et secteurs retirés au sort, le plus large des deux intervalles",
    },
}

ENGLISH: dict[str, Any] = {
    "title": "Experiments side by side",
    "subtitle": "Each judged on the same weeks, the same zones and the same hours",
    "span": "{weeks} weeks predicted, {first} to {last}, {zones} zones, {gap}.",
    "span_1": "1 week predicted, that of {first}, {zones} zones, {gap}.",
    "gap_0": "each from what was known that very Monday",
    "gap_1": "each from what was known a week before",
    "gap_more": "each from what was known {gap} weeks before",
    "left_out": "{count} weeks left aside: not all experiments were judged on them.",
    "left_out_1": "1 week left aside: not all experiments were judged on it.",
    "summary": "In short",
    "reference_is": "The reference is {name} ({question}): log loss {loss}.",
    "better": "{name} ({question}) is better: log loss {value} ({lower} to {upper}).",
    "worse": "{name} ({question}) is worse: log loss {value} ({lower} to {upper}).",
    "unclear": (
        "{name} ({question}) is not distinguishable from the reference: log loss {value} "
        "({lower} to {upper})."
    ),
    "same": "{name} ({question}) gives the same forecasts as the reference.",
    "alone": "There is no other experiment to compare.",
    "picture": "Difference from the reference",
    "picture_note": (
        "The dot is the difference measured, the line its 95 % interval. A line that crosses zero: "
        "the experiment cannot be told from the reference."
    ),
    "axis_loss": "change of log loss: left of zero is better",
    "axis_capture": "more fines in the top 5 %, in points: right of zero is better",
    "verdicts": {
        "better": "better",
        "worse": "worse",
        "unclear": "not distinguishable",
        "reference": "reference",
    },
    "table": "The figures",
    "experiment": "Experiment",
    "question": "Question",
    "verdict": "Verdict",
    "log_loss": "Log loss",
    "difference": "Difference of log loss",
    "capture": "Fines in the top 5 %",
    "capture_difference": "Difference",
    "yield_difference": "Difference of the true yield of the top 5 %",
    "p_weeks": "p (weeks)",
    "point": "pt",
    "method": "How it is computed",
    "methods": (
        "Two experiments are compared week by week: what makes a week easy or hard cancels out.",
        (
            "The difference of log loss is a share of the reference's; in brackets its 95 % "
            "interval ({units})."
        ),
        (
            "“Better” or “worse”: the interval does not hold zero. Else “not distinguishable”, "
            "which does not mean equal."
        ),
        (
            "p (weeks): chance of such a difference between two equal methods, by the means of the "
            "weeks alone (Diebold and Mariano)."
        ),
        (
            "One comparison in twenty looks clear by chance. Who tries many and keeps the best "
            "believes it better than it is: confirm it on other weeks."
        ),
    ),
    "units": {
        "weeks": "weeks drawn anew",
        "zones": "zones drawn anew: one week alone says nothing of others",
        "both": "weeks and zones drawn anew, the wider of the two intervals",
    },
}

TEXTS: dict[str, dict[str, Any]] = {"fr": FRENCH, "en": ENGLISH}
