"""Every word of an experiment's page, in French and in English."""

from __future__ import annotations

TEXTS = {
    "fr": {
        "answer": "Réponse",
        "weeks": "Sur quelles semaines",
        "compared": "Comparé à quoi",
        "changed": "Ce qui diffère des réglages d'origine",
        "search": "Comment ces réglages ont été trouvés",
        "again": "Refaire le chiffre au bit près",
        "loss": (
            "{model} : perte logarithmique {loss} par case patrouillée (intervalle à 95 % : de "
            "{low} à {high})."
        ),
        "better": (
            "Meilleur que « {other} » ({loss}) : {gain} de moins (intervalle apparié à 95 % : de "
            "{low} à {high})."
        ),
        "worse": (
            "MOINS bon que « {other} » ({loss}) : {gain} de plus (intervalle apparié à 95 % : de "
            "{low} à {high})."
        ),
        "unclear": (
            "Indiscernable de « {other} » ({loss}) : l'écart de {change} peut être du hasard "
            "(intervalle apparié à 95 % : de {low} à {high})."
        ),
        "as_it_comes": "Tous les réglages sont ceux d'origine.",
        "none_better": "Aucun réglage essayé n'a fait mieux que ceux d'origine : ils sont gardés.",
        "span": (
            "{weeks} semaines, du {first} au {last} (lundis), chacune prévue {gap} semaine(s) à "
            "l'avance avec ce qui était connu alors ; {zones} secteurs. Origine : {origin}. "
            "Empreinte des données : `{fingerprint}`."
        ),
        "chosen": (
            "Les réglages ont été choisis sur {weeks} semaines plus anciennes, du {first} au "
            "{last}, avec ce qui était connu le {planned} : aucune des semaines ci-dessus n'y a "
            "servi."
        ),
        "trials": (
            "{finished} essais, dont {pruned} abandonnés en route (étude « {study} », objectif : "
            "{objectives}). Sur ces semaines plus anciennes : {best}, réglages d'origine : "
            "{default}."
        ),
        "front": (
            "Deux objectifs : {front} essais dont aucun autre n'est meilleur en tout. Règle : "
            "parmi ceux qui cèdent au plus {give_up} du premier objectif, le meilleur au second."
        ),
        "no_default": "hors de l'espace cherché",
        "setting": "Réglage",
        "own": "Ici",
        "usual": "D'origine",
        "other": "Comparé à",
        "log_loss": "Perte log.",
        "difference": "Écart",
        "interval": "Intervalle à 95 %",
        "verdict": "Verdict",
        "verdict_better": "meilleur",
        "verdict_worse": "moins bon",
        "verdict_unclear": "indiscernable",
        "nothing_changed": "Rien : tout est comme d'origine.",
        "again_note": (
            "Depuis le dossier qui contient celui des expériences, avec un espace de travail qui "
            "a les mêmes données (même empreinte) ; `workspace=` en désigne un autre :"
        ),
        "train_note": "Un modèle avec ces réglages :",
        "code": "Logiciel {software}{revision}.",
        "revision": ", révision `{commit}`{dirty}",
        "dirty": " avec des changements non enregistrés",
    },
    "en": {
        "answer": "Answer",
        "weeks": "On which weeks",
        "compared": "Compared with what",
        "changed": "What differs from the settings as they come",
        "search": "How these settings were found",
        "again": "The figure again, to the bit",
        "loss": (
            "{model}: log loss {loss} per zone-hour patrolled (95 % interval {low} to {high})."
        ),
        "better": (
            "Better than the {other} ({loss}): {gain} less (paired 95 % interval {low} to {high})."
        ),
        "worse": (
            "WORSE than the {other} ({loss}): {gain} more (paired 95 % interval {low} to {high})."
        ),
        "unclear": (
            "Not distinguishable from the {other} ({loss}): the difference of {change} may be "
            "chance (paired 95 % interval {low} to {high})."
        ),
        "as_it_comes": "All settings are as they come.",
        "none_better": "No settings tried did better than those as they come: they are kept.",
        "span": (
            "{weeks} weeks, {first} to {last} (Mondays), each predicted {gap} week(s) ahead from "
            "what was known then; {zones} zones. Origin: {origin}. Fingerprint of the data: "
            "`{fingerprint}`."
        ),
        "chosen": (
            "The settings were chosen on {weeks} earlier weeks, {first} to {last}, by what was "
            "known on {planned}: none of the weeks above had a part in it."
        ),
        "trials": (
            "{finished} trials, {pruned} of them given up on the way (study '{study}', objective: "
            "{objectives}). On those earlier weeks: {best}, settings as they come: {default}."
        ),
        "front": (
            "Two objectives: {front} trials that no other beats in both. Rule: of those that give "
            "up at most {give_up} of the first objective, the best in the second."
        ),
        "no_default": "outside the space searched",
        "setting": "Setting",
        "own": "Here",
        "usual": "As it comes",
        "other": "Compared with",
        "log_loss": "Log loss",
        "difference": "Difference",
        "interval": "95 % interval",
        "verdict": "Verdict",
        "verdict_better": "better",
        "verdict_worse": "worse",
        "verdict_unclear": "not distinguishable",
        "nothing_changed": "Nothing: all is as it comes.",
        "again_note": (
            "From the folder that holds that of the experiments, with a workspace that has the "
            "same data (the same fingerprint); `workspace=` names another one:"
        ),
        "train_note": "A model with these settings:",
        "code": "Software {software}{revision}.",
        "revision": ", revision `{commit}`{dirty}",
        "dirty": " with changes not committed",
    },
}
