"""Every word of the backtest's report and of the model card, in French and in English."""

from __future__ import annotations

ESTIMATORS = {
    "fr": {
        "exposure_gbm": "arbres boostés LightGBM",
        "latent_class": "modèle à classes latentes",
        "stack": "modèle combiné",
        "empirical_bayes": "taux bayésien empirique",
        "bare_mean": "moyenne brute par case",
        "constant": "taux unique pour la ville",
        "defaults": "même modèle, réglages d'origine",
    },
    "en": {
        "exposure_gbm": "LightGBM boosted trees",
        "latent_class": "latent-class model",
        "stack": "stacked model",
        "empirical_bayes": "empirical-Bayes rate",
        "bare_mean": "bare mean of each cell",
        "constant": "one rate for the whole town",
        "defaults": "same model, settings as they come",
    },
}

GROUPS = {
    "fr": {
        "zone_class": "Classe de secteur",
        "zone_class:low": "tiers au taux le plus bas",
        "zone_class:middle": "tiers du milieu",
        "zone_class:high": "tiers au taux le plus haut",
        "zone_class:seldom": "rarement ou jamais patrouillé, ou nouveau",
        "hour_band": "Heures",
        "hour_band:night": "nuit (0 h–7 h)",
        "hour_band:morning": "matin (7 h–12 h)",
        "hour_band:lunch": "midi (12 h–14 h)",
        "hour_band:afternoon": "après-midi (14 h–19 h)",
        "hour_band:evening": "soir (19 h–24 h)",
        "day": "Jour",
        "day:weekday": "lundi à vendredi",
        "day:saturday": "samedi",
        "day:sunday": "dimanche",
        "effort_short": "effort",
        "effort_short_none": "activité",
        "effort": "Effort passé dans la case (dixièmes des heures de patrouille)",
        "effort_none": "Activité passée du secteur (dixièmes des verbalisations)",
        "effort:never": "jamais",
        "effort:d1": "1er dixième, le moindre",
        **{f"effort:d{number}": f"{number}e dixième" for number in range(2, 10)},
        "effort:d10": "10e dixième, le plus grand",
    },
    "en": {
        "zone_class": "Class of zone",
        "zone_class:low": "third with the lowest rates",
        "zone_class:middle": "middle third",
        "zone_class:high": "third with the highest rates",
        "zone_class:seldom": "seldom or never patrolled, or new",
        "hour_band": "Hours",
        "hour_band:night": "night (0–7 h)",
        "hour_band:morning": "morning (7–12 h)",
        "hour_band:lunch": "lunch (12–14 h)",
        "hour_band:afternoon": "afternoon (14–19 h)",
        "hour_band:evening": "evening (19–24 h)",
        "day": "Day",
        "day:weekday": "Monday to Friday",
        "day:saturday": "Saturday",
        "day:sunday": "Sunday",
        "effort_short": "effort",
        "effort_short_none": "activity",
        "effort": "Past effort in the zone-hour (tenths of patrol hours)",
        "effort_none": "Past activity of the zone (tenths by its fines)",
        "effort:never": "never",
        "effort:d1": "1st tenth, the least",
        "effort:d2": "2nd tenth",
        "effort:d3": "3rd tenth",
        **{f"effort:d{number}": f"{number}th tenth" for number in range(4, 10)},
        "effort:d10": "10th tenth, the most",
    },
}

TRUTH_ROWS = (
    "excess_log_loss",
    "excess_log_loss_patrolled_hour",
    "excess_log_loss_known_hours",
    "excess_log_loss_other_hours",
    "excess_log_loss_all_hours",
    "spearman_known_hours",
    "spearman_all_hours",
    "yield_top_5%",
    "coverage_patrolled",
    "coverage_known_hours",
    "coverage_never_patrolled",
    "coverage_other_hours",
)

FRENCH = {
    "title": "Banc d'essai",
    "subtitle": (
        "Chaque semaine passée a été prévue avec ce qu'on savait au moment de la planifier, puis "
        "comparée à ce qui a été constaté."
    ),
    "verdict": "Verdict",
    "span": (
        "Semaines jugées : {weeks}, du {first} au {last} · secteurs : {zones} · "
        "semaines d'avance : {gap}"
    ),
    "can_tell": "Ce qui peut se dire",
    "cannot_tell": "Ce que personne ne peut savoir d'ici",
    "colon": " :",
    "exposure": "Ce que ces données permettent de dire",
    "table": "Les modèles, sur les mêmes semaines",
    "table_note": (
        "Entre crochets : intervalle à 95 %. Perte logarithmique, Brier, déviance, erreur de "
        "calibration : moins, c'est mieux. La perte est en nats par case (un secteur, une heure) ; "
        "la déviance de Bernoulli en est le double. La déviance est celle de Poisson, sur le "
        "nombre de verbalisations."
    ),
    "estimator": "Modèle",
    "log_loss": "Perte log.",
    "brier": "Brier",
    "poisson_deviance": "Déviance",
    "calibration_error": "Err. calibr.",
    "by_chance": "dont hasard",
    "mean_probability": "Prévu",
    "hit_share": "Constaté",
    "paired": "Le modèle face à chaque autre",
    "paired_note": (
        "Différence de perte logarithmique sur les mêmes cases, {model} moins l'autre : négative, "
        "le modèle est meilleur. p : hasard seul ; à gauche du rééchantillonnage, à droite des "
        "moyennes par semaine (Diebold et Mariano, correction pour petits nombres)."
    ),
    "other": "Autre",
    "difference": "Différence",
    "relative": "En %",
    "p": "p",
    "p_weeks": "p (semaines)",
    "verdict_better": "meilleur",
    "verdict_worse": "moins bon",
    "verdict_unclear": "indiscernable",
    "method_weeks": (
        "Intervalles : semaines rééchantillonnées par blocs de {block}, t de Student."
    ),
    "method_both": (
        "Intervalles : semaines et secteurs rééchantillonnés, le plus large des deux. Avec {weeks} "
        "semaines seulement, ils sont larges et eux-mêmes incertains."
    ),
    "method_zones": (
        "Intervalles : secteurs rééchantillonnés, car une seule semaine a été jugée. Ils ne disent "
        "rien des autres semaines."
    ),
    "list": "Ce que contient le haut de la liste",
    "list_note": (
        "Capture : part des verbalisations. Précision : part des cases où il y en a eu. PAI : "
        "capture divisée par la part de la liste (Chainey et al., 2008). PEI : part de ce que la "
        "liste parfaite de même taille aurait contenu (Hunt, 2016)."
    ),
    "capture": "Capture",
    "precision": "Précision",
    "pai": "PAI",
    "pei": "PEI",
    "curve": "Part des verbalisations dans le haut de la liste",
    "curve_x": "part des cases, les premières de la liste",
    "curve_y": "part des verbalisations",
    "by_week": "Perte logarithmique par semaine (moins, c'est mieux)",
    "nats": "nats par case",
    "calibration": "Les probabilités disent-elles vrai ?",
    "calibration_note": (
        "Dixièmes des cases par probabilité prévue. Sur la diagonale, la prévision dit vrai. En "
        "bas, le nombre de cases ; les barres verticales sont des intervalles à 95 %."
    ),
    "forecast": "probabilité prévue",
    "observed": "part constatée",
    "rows": "cases",
    "groups": "Où le modèle est fort, où il est faible",
    "groups_note": (
        "Groupes fixés avec ce qu'on savait avant la première semaine jugée. Différence : {model} "
        "moins {other}, perte logarithmique, intervalle à 95 % sur les semaines ; en gras, hors du "
        "hasard."
    ),
    "group": "Groupe",
    "zone_hours": "Cases",
    "fines": "Verb.",
    "intervals": "Les intervalles à 90 % disent-ils vrai ?",
    "intervals_note": (
        "Comptes : part des comptes dans l'intervalle prédictif ; 90 % est juste, mais ce test "
        "demande peu quand les comptes sont petits. Taux : taille des erreurs qui durent d'une "
        "semaine à l'autre, face à ce que les intervalles annoncent ; 1 est juste, plus de 1 : "
        "trop étroits. Les cases actives y pèsent le plus ; ce qui change chaque semaine n'y "
        "paraît pas."
    ),
    "counts_inside": "Comptes dans l'intervalle",
    "rate_error": "Erreur des taux / annoncée",
    "truth": "Face à la vérité (ville fabriquée)",
    "truth_note": (
        "Seule une ville fabriquée a une vérité connue. Excès : perte logarithmique au-delà de "
        "celle de la vérité, pour une heure de patrouille (première ligne : pour les heures "
        "patrouillées)."
    ),
    "excess_log_loss": "Excès, patrouilles faites",
    "excess_log_loss_patrolled_hour": "Excès, cases patrouillées",
    "excess_log_loss_known_hours": "Excès, toutes cases aux heures connues",
    "excess_log_loss_other_hours": "Excès, heures jamais patrouillées",
    "excess_log_loss_all_hours": "Excès, les 168 heures",
    "spearman_known_hours": "Corrélation de rang, heures connues",
    "spearman_all_hours": "Corrélation de rang, 168 heures",
    "yield_top_5%": "Rendement des 5 % de tête",
    "coverage_patrolled": "Couverture, cases patrouillées",
    "coverage_known_hours": "Couverture, heures connues",
    "coverage_never_patrolled": "Couverture, cases jamais patrouillées",
    "coverage_other_hours": "Couverture, heures jamais patrouillées",
    "leak": "Ce qu'une fuite aurait fait croire",
    "leak_badge": "CECI N'EST PAS UN RÉSULTAT",
    "leak_note": (
        "Beaucoup d'études tirent au hasard les cases qui servent à juger. Les semaines jugées "
        "servent alors aussi à apprendre, et le modèle paraît meilleur qu'il ne sera jamais en "
        "service."
    ),
    "leak_honest": "Résultat honnête : prévu d'avance",
    "leak_random": "Tirage au hasard des cases",
    "leak_history": "Idem, avec des moyennes calculées sur toute la période",
    "leak_claim": "écart affiché",
    "delay": "Ce que coûte le retard de saisie",
    "delay_note": (
        "À gauche, chaque prévision n'a vu que ce qui était saisi à sa date. À droite, comme si "
        "tout avait été saisi aussitôt : ce que la ville gagnerait, au plus, à saisir sans délai. "
        "Mêmes semaines, mêmes secteurs."
    ),
    "as_known": "Tel que connu",
    "with_hindsight": "Tout saisi aussitôt",
    "change": "Écart",
    "glossary": "Les mots",
    "glossary_text": (
        "Une case est un secteur pendant une heure. Perte logarithmique : surprise moyenne devant "
        "ce qui est arrivé. Intervalle à 95 % : où la valeur se trouverait sur d'autres semaines "
        "semblables, 95 fois sur 100. p : probabilité d'un écart au moins aussi grand par hasard "
        "seul."
    ),
}

ENGLISH = {
    "title": "Backtest",
    "subtitle": (
        "Each past week was predicted from what was known when it was planned, then held against "
        "what was found."
    ),
    "verdict": "Verdict",
    "span": "Weeks judged: {weeks}, from {first} to {last} · zones: {zones} · weeks ahead: {gap}",
    "can_tell": "What can be told",
    "cannot_tell": "What nobody can know from here",
    "colon": ":",
    "exposure": "What these data can tell",
    "table": "The models, on the same weeks",
    "table_note": (
        "In brackets: 95 % interval. Log loss, Brier, deviance, calibration error: less is better. "
        "Log loss is in nats per zone-hour; the Bernoulli deviance is twice that. The deviance "
        "shown is Poisson's, of the number of fines."
    ),
    "estimator": "Model",
    "log_loss": "Log loss",
    "brier": "Brier",
    "poisson_deviance": "Deviance",
    "calibration_error": "Calibr. error",
    "by_chance": "by chance",
    "mean_probability": "Forecast",
    "hit_share": "Found",
    "paired": "The model against each other",
    "paired_note": (
        "Difference in log loss on the same zone-hours, {model} minus the other: negative, the "
        "model is better. p: of chance alone; first from resampling, then from the weekly means "
        "(Diebold and Mariano, corrected for small numbers)."
    ),
    "other": "Other",
    "difference": "Difference",
    "relative": "In %",
    "p": "p",
    "p_weeks": "p (weeks)",
    "verdict_better": "better",
    "verdict_worse": "worse",
    "verdict_unclear": "not distinguishable",
    "method_weeks": "Intervals: weeks resampled in blocks of {block}, Student's t.",
    "method_both": (
        "Intervals: weeks and zones resampled, the wider of the two. With only {weeks} weeks they "
        "are wide, and not sure themselves."
    ),
    "method_zones": (
        "Intervals: zones resampled, because one week only was judged. They say nothing of other "
        "weeks."
    ),
    "list": "What the top of the list holds",
    "list_note": (
        "Capture: share of the fines. Precision: share of zone-hours that had one. PAI: capture "
        "divided by the size of the list (Chainey et al., 2008). PEI: share of what the perfect "
        "list of that size would have held (Hunt, 2016)."
    ),
    "capture": "Capture",
    "precision": "Precision",
    "pai": "PAI",
    "pei": "PEI",
    "curve": "Share of the fines in the top of the list",
    "curve_x": "share of zone-hours, first on the list",
    "curve_y": "share of the fines",
    "by_week": "Log loss by target week (less is better)",
    "nats": "nats per zone-hour",
    "calibration": "Do the probabilities mean what they say?",
    "calibration_note": (
        "Tenths of the zone-hours by forecast probability. On the diagonal the forecast is right. "
        "Below, the number of zone-hours; vertical bars are 95 % intervals."
    ),
    "forecast": "forecast probability",
    "observed": "observed share",
    "rows": "zone-hours",
    "groups": "Where the model is strong, where it is weak",
    "groups_note": (
        "Groups were fixed by what was known before the first week judged. Difference: {model} "
        "minus {other}, log loss, 95 % interval over weeks; bold where beyond chance."
    ),
    "group": "Group",
    "zone_hours": "Zone-hours",
    "fines": "Fines",
    "intervals": "Do the 90 % intervals mean what they say?",
    "intervals_note": (
        "Counts: share of counts inside their predictive interval; 90 % is right, but the test "
        "asks little where counts are small. Rates: size of errors that last from week to week, "
        "against what the intervals allow for; 1 is right, above 1 too narrow. Busy zone-hours "
        "weigh most; what changes every week does not show."
    ),
    "counts_inside": "Counts inside",
    "rate_error": "Error of rates / announced",
    "truth": "Against the truth (made town)",
    "truth_note": (
        "Only a made town has a known truth. Excess: log loss beyond that of the truth, for one "
        "hour of patrol (first row: for the hours patrolled)."
    ),
    "excess_log_loss": "Excess, patrols as made",
    "excess_log_loss_patrolled_hour": "Excess, patrolled zone-hours",
    "excess_log_loss_known_hours": "Excess, all zone-hours at known hours",
    "excess_log_loss_other_hours": "Excess, hours never patrolled",
    "excess_log_loss_all_hours": "Excess, all 168 hours",
    "spearman_known_hours": "Rank correlation, known hours",
    "spearman_all_hours": "Rank correlation, 168 hours",
    "yield_top_5%": "Yield of the top 5 %",
    "coverage_patrolled": "Coverage, patrolled zone-hours",
    "coverage_known_hours": "Coverage, known hours",
    "coverage_never_patrolled": "Coverage, zone-hours never patrolled",
    "coverage_other_hours": "Coverage, hours never patrolled",
    "leak": "What leakage would have claimed",
    "leak_badge": "THIS IS NOT A RESULT",
    "leak_note": (
        "Many studies draw at random the zone-hours they judge by. The judged weeks then teach "
        "too, and the model looks better than it will ever be in service."
    ),
    "leak_honest": "Honest result: predicted ahead",
    "leak_random": "Zone-hours split at random",
    "leak_history": "The same, with means taken over the whole period",
    "leak_claim": "claimed change",
    "delay": "What late records cost",
    "delay_note": (
        "Left, each forecast saw only what was recorded by its date. Right, as if everything had "
        "been recorded at once: the most a town would gain by recording without delay. Same weeks, "
        "same zones."
    ),
    "as_known": "As known",
    "with_hindsight": "All known at once",
    "change": "Change",
    "glossary": "The words",
    "glossary_text": (
        "A zone-hour is one zone for one hour. Log loss: mean surprise at what happened. 95 % "
        "interval: where the figure would lie on other weeks like these, 95 times in 100. p: "
        "chance of a difference at least as large by luck alone."
    ),
}

TEXTS = {"fr": FRENCH, "en": ENGLISH}


def group_name(grouping: str, group: str, language: str) -> str:
    """A group of zone-hours in the reader's language."""
    return GROUPS[language][f"{grouping}:{group}"]


def estimator_name(kind: str, language: str) -> str:
    """An estimator in the reader's language; its kind where it has no name yet."""
    return ESTIMATORS[language].get(kind, kind)
