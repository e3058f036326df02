"""Every word of the model card, in French and in English."""

from __future__ import annotations

FRENCH = {
    "title": "Fiche du modèle",
    "what": "Ce que c'est",
    "what_text": (
        "Un modèle ({estimator}) qui donne, pour chaque secteur et chaque heure de la semaine "
        "visée, {claim}. Semaines d'avance : {gap}."
    ),
    "claim_known": (
        "la probabilité qu'une heure de patrouille y constate au moins une infraction, et le "
        "nombre attendu"
    ),
    "claim_none": (
        "la probabilité qu'une verbalisation y soit enregistrée (et non qu'une infraction ait lieu "
        ": on ne sait pas où les patrouilles sont passées)"
    ),
    "bundle": "Paquet",
    "town": "Ville",
    "software": "Logiciel",
    "origin": "Appris avec ce qu'on savait au",
    "data": "Les données",
    "data_text": (
        "Semaines apprises : du {first} au {last}. Lignes : {rows}. Secteurs : {zones}. "
        "Verbalisations connues : {fines}. Base de l'exposition : {basis}."
    ),
    "basis_recorded": "journal de patrouille",
    "basis_checks": "véhicules contrôlés",
    "basis_inferred": "présences déduites des verbalisations des agents",
    "basis_none": "inconnue",
    "inputs": "Variables lues",
    "settings": "Réglages",
    "performance": "Ce qu'il vaut",
    "held_out": "Semaines mises de côté pendant l'apprentissage",
    "held_out_text": (
        "Semaines : {weeks}, cases : {zone_hours}, perte logarithmique : {loss}. Prévu {forecast}, "
        "constaté {found} ; par dixièmes l'écart moyen est de {error}, dont {chance} de simple "
        "hasard. Ces semaines ont servi à régler le modèle : elles le flattent un peu."
    ),
    "backtest": "Banc d'essai (mêmes réglages)",
    "no_backtest": (
        "Aucun banc d'essai de mêmes réglages n'a été trouvé : lancez « infraction-model backtest "
        "», puis apprenez de nouveau."
    ),
    "figure": "Mesure",
    "value": "Valeur",
    "interval": "Intervalle à 95 %",
    "weak": "Où il est faible",
    "weak_note": (
        "Les groupes où il perd contre la référence, puis ceux où la prévision s'écarte le plus du "
        "constat, au-delà du hasard ({source})."
    ),
    "source_backtest": "banc d'essai",
    "source_held_out": "semaines mises de côté",
    "none_weak": "Aucun groupe ne s'écarte nettement au-delà du hasard.",
    "effort": "Qui est le plus patrouillé",
    "effort_patrol_hours": (
        "Indice de Gini des heures de patrouille par secteur : {gini} (0 : toutes pareilles, 1 : "
        "tout dans un secteur). La moitié des heures va à {half} des secteurs. Aux heures où l'on "
        "patrouille, {never} des cases n'ont jamais été vues : le modèle y extrapole."
    ),
    "effort_fines": (
        "On ne sait pas qui est patrouillé. Indice de Gini des verbalisations par secteur : {gini} "
        "; la moitié vient de {half} des secteurs. Plus d'effort ou plus d'infractions : ces "
        "données ne le disent pas."
    ),
    "most": "Les secteurs qui en reçoivent le plus",
    "zone": "Secteur",
    "share": "Part",
    "lorenz": "Part cumulée, des secteurs les moins vus aux plus vus",
    "lorenz_x": "part des secteurs",
    "lorenz_y": "part cumulée",
    "exposure": "Ce que ces données permettent de dire",
    "can_tell": "Ce qui peut se dire",
    "cannot_tell": "Ce que personne ne peut savoir d'ici",
    "colon": " :",
    "limits": "Limites",
    "limit_found": (
        "Une probabilité de constater n'explique pas pourquoi l'on se gare ainsi et ne dit rien de "
        "quiconque."
    ),
    "limit_never": (
        "Là où personne ne va, rien ne s'apprend : ces heures sont nommées extrapolées et classées "
        "en dernier."
    ),
    "limit_loop": (
        "Si l'on ne patrouille que là où le modèle l'indique, il n'apprend plus rien des autres "
        "secteurs : gardez une part de passages au hasard."
    ),
    "limit_change": (
        "Le passé est supposé valoir pour la semaine visée : un nouveau tarif ou un chantier non "
        "annoncé n'y est pas."
    ),
    "use": "Usage prévu",
    "use_text": (
        "Préparer les tournées de la semaine visée : où aller d'abord, à quelle heure. À ne pas "
        "employer pour juger une personne, un agent ou un quartier, pour fixer des objectifs de "
        "verbalisation, ni seul pour décider d'une sanction."
    ),
}

ENGLISH = {
    "title": "Model card",
    "what": "What it is",
    "what_text": (
        "A model ({estimator}) that gives, for each zone and each hour of the target week, "
        "{claim}. Weeks ahead: {gap}."
    ),
    "claim_known": (
        "the probability that an hour of patrol finds at least one infraction there, and the "
        "number expected"
    ),
    "claim_none": (
        "the probability that a fine is recorded there (not that an infraction happens: where "
        "patrols went is not known)"
    ),
    "bundle": "Bundle",
    "town": "Town",
    "software": "Software",
    "origin": "Learnt from what was known on",
    "data": "The data",
    "data_text": (
        "Weeks learnt: {first} to {last}. Rows: {rows}. Zones: {zones}. Fines known: {fines}. "
        "Basis of exposure: {basis}."
    ),
    "basis_recorded": "patrol log",
    "basis_checks": "vehicles checked",
    "basis_inferred": "presences read from agents' fines",
    "basis_none": "not known",
    "inputs": "Features read",
    "settings": "Settings",
    "performance": "How good it is",
    "held_out": "Weeks held out while it learnt",
    "held_out_text": (
        "Weeks: {weeks}, zone-hours: {zone_hours}, log loss: {loss}. Forecast {forecast}, found "
        "{found}; by tenths the mean gap is {error}, of which {chance} is plain chance. These "
        "weeks served to set the model: they flatter it a little."
    ),
    "backtest": "Backtest (same settings)",
    "no_backtest": (
        "No backtest of the same settings was found: run `infraction-model backtest`, then train "
        "again."
    ),
    "figure": "Figure",
    "value": "Value",
    "interval": "95 % interval",
    "weak": "Where it is weak",
    "weak_note": (
        "The groups in which it loses to the baseline, then those in which the forecast is "
        "furthest from what was found, beyond chance ({source})."
    ),
    "source_backtest": "backtest",
    "source_held_out": "weeks held out",
    "none_weak": "No group is clearly off beyond chance.",
    "effort": "Who is patrolled more",
    "effort_patrol_hours": (
        "Gini coefficient of patrol hours by zone: {gini} (0: all alike, 1: all in one zone). Half "
        "of the hours go to {half} of the zones. At hours when patrols go anywhere, {never} of "
        "zone-hours were never seen: there the model extrapolates."
    ),
    "effort_fines": (
        "Who is patrolled is not known. Gini coefficient of fines by zone: {gini}; half come from "
        "{half} of the zones. More effort or more infractions: these data do not tell."
    ),
    "most": "The zones that get most",
    "zone": "Zone",
    "share": "Share",
    "lorenz": "Cumulative share, from the zones seen least to those seen most",
    "lorenz_x": "share of zones",
    "lorenz_y": "cumulative share",
    "exposure": "What these data can tell",
    "can_tell": "What can be told",
    "cannot_tell": "What nobody can know from here",
    "colon": ":",
    "limits": "Limits",
    "limit_found": (
        "A probability of finding does not explain why people park so, and says nothing of any "
        "person."
    ),
    "limit_never": (
        "Where nobody goes nothing is learnt: such hours are named extrapolated and ranked last."
    ),
    "limit_loop": (
        "If patrols go only where the model points, it learns nothing more of other zones: keep a "
        "share of visits at random."
    ),
    "limit_change": (
        "The past is taken to hold for the target week: a new tariff or works not announced are "
        "not in it."
    ),
    "use": "Intended use",
    "use_text": (
        "Planning the rounds of the target week: where to go first, at what hour. Not to be used "
        "to judge a person, an officer or a neighbourhood, to set quotas of fines, or alone to "
        "decide on a penalty."
    ),
}

TEXTS = {"fr": FRENCH, "en": ENGLISH}

FIGURES = {
    "fr": {
        "log_loss": "Perte logarithmique",
        "brier": "Brier",
        "calibration_error": "Erreur de calibration",
        "capture_top_5%": "Capture des 5 % de tête",
        "precision_top_5%": "Précision des 5 % de tête",
        "pai_top_5%": "PAI des 5 % de tête",
        "pei_top_5%": "PEI des 5 % de tête",
        "counts_inside": "Comptes dans l'intervalle à 90 %",
        "rate_error": "Erreur des taux / annoncée",
        "excess_log_loss_patrolled_hour": "Excès sur la vérité, cases patrouillées",
        "excess_log_loss_known_hours": "Excès sur la vérité, heures connues",
        "yield_top_5%": "Rendement des 5 % de tête (vérité)",
        "coverage_known_hours": "Couverture des intervalles à 90 % (vérité)",
    },
    "en": {
        "log_loss": "Log loss",
        "brier": "Brier",
        "calibration_error": "Calibration error",
        "capture_top_5%": "Capture of the top 5 %",
        "precision_top_5%": "Precision of the top 5 %",
        "pai_top_5%": "PAI of the top 5 %",
        "pei_top_5%": "PEI of the top 5 %",
        "counts_inside": "Counts inside the 90 % interval",
        "rate_error": "Error of rates / announced",
        "excess_log_loss_patrolled_hour": "Excess over the truth, patrolled zone-hours",
        "excess_log_loss_known_hours": "Excess over the truth, known hours",
        "yield_top_5%": "Yield of the top 5 % (truth)",
        "coverage_known_hours": "Coverage of 90 % intervals (truth)",
    },
}
