"""The sentences of the report on what recurs, in French and in English."""

from __future__ import annotations

SENTENCES = {
    "fr": {
        "headline_known": (
            "Une heure sur le terrain trouve le plus d'infractions {day}, {hour}, et dans le "
            "secteur « {zone} »."
        ),
        "headline_none": (
            "C'est {day}, {hour}, et dans le secteur « {zone} » qu'on enregistre le plus de "
            "verbalisations."
        ),
        "on_day": "le {day}",
        "claim_none": (
            "On ne sait pas où ni quand les agents étaient : ces chiffres sont des verbalisations "
            "ENREGISTRÉES par heure de secteur. On ne peut pas séparer l'effort des agents des "
            "infractions elles-mêmes ; un journal des patrouilles le permettrait."
        ),
        "claim_inferred": (
            "La présence des agents est déduite de leurs propres verbalisations : les passages "
            "sans constat sont invisibles, et tous les écarts paraissent donc plus petits qu'ils "
            "ne sont (d'un tiers à la moitié dans une ville d'essai). Un journal des patrouilles "
            "les montrerait en entier."
        ),
        "extremes": "{factor} : au plus haut {high} ({ratio}), au plus bas {low} ({low_ratio}).",
        "one_high": "{factor} : seul {high} se détache ({ratio}).",
        "even": "{factor} : rien ne se détache nettement.",
        "hours_both": "Heures : chargées {high} ; calmes {low}.",
        "hours_high": "Heures : chargées {high}.",
        "hours_low": "Heures : calmes {low}.",
        "season": (
            "Avec moins de deux ans d'historique, un mois peut aussi n'être qu'une tendance."
        ),
        "yes": "{factor} : {ratio}.",
        "yes_unsure": "{factor} : {ratio} ; l'écart peut être du hasard.",
        "yes_little": "{factor} : trop peu d'heures observées pour conclure.",
        "zones": (
            "Secteurs : en tête {names} ; le premier est à {times} fois le secteur moyen. Le "
            "dixième de tête est à {tenth} fois le secteur médian."
        ),
        "fewer": (
            "« {name} » est {fines_rank} par le nombre de verbalisations, mais {rank} par heure : "
            "les agents y ont passé {hours} heures."
        ),
        "more": (
            "« {name} » n'est que {fines_rank} par le nombre, mais {rank} par heure : {hours} "
            "heures de présence seulement."
        ),
        "lucky": (
            "« {name} » serait {raw_rank} par son taux brut, mais {fines} verbalisations en "
            "{hours} h ne suffisent pas à conclure : retenu {rank}."
        ),
        "concentrated": (
            "La moitié des heures est allée à {half} secteurs sur {zones} : les comptages bruts "
            "disent surtout où vont les agents."
        ),
        "risen": (
            "« {name} » : multiplié par {factor} (de {low} à {high}) depuis la semaine du {date}."
        ),
        "fallen": (
            "« {name} » : divisé par {factor} (de {low} à {high}) depuis la semaine du {date}."
        ),
        "appeared": (
            "« {name} » : presque rien avant ({before}), {after} verbalisations depuis la semaine "
            "du {date}."
        ),
        "vanished": (
            "« {name} » : {before} verbalisations avant, presque plus rien ({after}) depuis la "
            "semaine du {date}."
        ),
        "more_changes": "{count} autres secteurs ont changé : voir plus bas.",
        "no_change": "Aucun secteur n'a changé durablement de façon sûre.",
        "too_short": "L'historique est trop court pour chercher des changements durables.",
        "unlooked": (
            "À {count} des 168 heures de la semaine, personne n'a regardé : on n'en sait rien, ce "
            "n'est pas qu'il ne s'y passe rien."
        ),
        "outside": "{share} des verbalisations tombent hors de toute présence connue : laissées.",
        "small": "{count} secteurs avec trop peu de verbalisations sont laissés de côté.",
        "method": (
            (
                "Les verbalisations de chaque heure sont rapportées aux heures observées par une "
                "régression de Poisson avec un niveau par secteur : un jour n'est pas crédité des "
                "rues où l'on va ce jour-là."
            ),
            (
                "Les comptages d'une même heure varient {cell} fois plus que le pur hasard, des "
                "journées entières de {day} et des semaines entières de {week} : les intervalles à "
                "{interval} en tiennent compte."
            ),
            (
                "Les taux des secteurs sont ramenés les uns vers les autres d'autant plus qu'on "
                "les a peu observés (Bayes empirique) ; leur intervalle compte aussi qu'on ne les "
                "a pas vus aux mêmes heures et saisons."
            ),
            (
                "Un changement est cherché semaine par semaine par rapport de vraisemblance, "
                "contre des histoires où les niveaux ne font que dériver ; la part de fausses "
                "alertes est bornée (Benjamini et Hochberg)."
            ),
            (
                "Seules comptent les semaines entières dont au moins {complete} des saisies "
                "étaient arrivées, et rien de ce qui a été su à partir du {origin} ; un rapport "
                "n'est pas une cause."
            ),
        ),
        "and": " et ",
        "of": "{ratio} fois la moyenne, de {low} à {high}",
        "ratio": "{ratio} fois le taux des autres heures (de {low} à {high})",
        "rank": "{rank}ᵉ",
        "first": "1ᵉʳ",
    },
    "en": {
        "headline_known": (
            "An hour in the field finds most infractions {day}, {hour}, and in the zone “{zone}”."
        ),
        "headline_none": "Most fines are recorded {day}, {hour}, and in the zone “{zone}”.",
        "on_day": "on {day}",
        "claim_none": (
            "Where and when officers were is not known: these figures are fines RECORDED per "
            "zone-hour. Officers' effort and the infractions themselves cannot be told apart; a "
            "patrol log would allow it."
        ),
        "claim_inferred": (
            "Officers' presence is inferred from their own fines: visits that found nothing are "
            "invisible, so all differences look smaller than they are (by a third to a half in a "
            "made town). A patrol log would show them whole."
        ),
        "extremes": "{factor}: highest {high} ({ratio}), lowest {low} ({low_ratio}).",
        "one_high": "{factor}: only {high} stands out ({ratio}).",
        "even": "{factor}: nothing stands out clearly.",
        "hours_both": "Hours: busy {high}; quiet {low}.",
        "hours_high": "Hours: busy {high}.",
        "hours_low": "Hours: quiet {low}.",
        "season": "With less than two years of history a month may also be no more than a trend.",
        "yes": "{factor}: {ratio}.",
        "yes_unsure": "{factor}: {ratio}; the difference may be chance.",
        "yes_little": "{factor}: too few hours looked at to say.",
        "zones": (
            "Zones: first {names}; the first is at {times} times the average zone. The top tenth "
            "is at {tenth} times the median zone."
        ),
        "fewer": (
            "“{name}” is {fines_rank} by number of fines but {rank} per hour: officers spent "
            "{hours} hours there."
        ),
        "more": (
            "“{name}” is only {fines_rank} by number but {rank} per hour: just {hours} hours of "
            "presence."
        ),
        "lucky": (
            "“{name}” would be {raw_rank} by its raw rate, but {fines} fines in {hours} h are too "
            "few to say: kept as {rank}."
        ),
        "concentrated": (
            "Half of the hours went to {half} of {zones} zones: raw counts say above all where "
            "officers go."
        ),
        "risen": "“{name}”: multiplied by {factor} ({low} to {high}) since the week of {date}.",
        "fallen": "“{name}”: divided by {factor} ({low} to {high}) since the week of {date}.",
        "appeared": (
            "“{name}”: hardly any before ({before}), {after} fines since the week of {date}."
        ),
        "vanished": (
            "“{name}”: {before} fines before, hardly any ({after}) since the week of {date}."
        ),
        "more_changes": "{count} other zones changed: see below.",
        "no_change": "No zone surely changed for good.",
        "too_short": "The history is too short to look for lasting changes.",
        "unlooked": (
            "At {count} of the 168 hours of the week nobody looked: nothing is known of them, "
            "which is not to say that nothing happens."
        ),
        "outside": "{share} of the fines lie outside any known presence: left out.",
        "small": "{count} zones with too few fines are left out.",
        "method": (
            (
                "The fines of each hour are set against the hours looked at by a Poisson "
                "regression with a level per zone: no day is credited with the streets visited on "
                "it."
            ),
            (
                "Counts of the same hour vary {cell} times as much as pure chance, whole days by "
                "{day} and whole weeks by {week}: the {interval} intervals allow for it."
            ),
            (
                "Zones' rates are drawn towards each other, the more the less they were looked at "
                "(empirical Bayes); their interval also allows for the other hours and seasons at "
                "which they were seen."
            ),
            (
                "Changes are sought week by week by likelihood ratio, against histories in which "
                "levels only drift; the share of false alarms is bounded (Benjamini and Hochberg)."
            ),
            (
                "Only whole weeks count of whose records at least {complete} had come in, and "
                "nothing that became known from {origin} on; a ratio is not a cause."
            ),
        ),
        "and": " and ",
        "of": "{ratio} times the average, {low} to {high}",
        "ratio": "{ratio} times the rate of the other hours ({low} to {high})",
        "rank": "no. {rank}",
        "first": "no. 1",
    },
}
