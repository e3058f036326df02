"""Every word of the report on what recurs, in French and in English, but for its sentences."""

from __future__ import annotations

from infraction_model.factors.levels import BAND_STARTS

FRENCH = {
    "recorded_only": "verbalisations enregistrées, non pas infractions",
    "title": "Ce qui revient : jours, heures, saisons, lieux",
    "subtitle": "Ce que l'historique de la ville dit de ses infractions",
    "span": (
        "Semaines du {first} au {last} : {fines} verbalisations, {zones} secteurs, {hours} {unit}."
    ),
    "first": "L'essentiel",
    "when": "Quand",
    "where": "Où",
    "changed": "Ce qui a changé",
    "unknown": "Ce qu'on ne sait pas",
    "week": "La semaine type",
    "week_rate_recorded": "Verbalisations par heure de patrouille, dans un secteur moyen",
    "week_rate_checks": "Verbalisations par heure de contrôle, dans un secteur moyen",
    "week_rate_inferred": "Verbalisations par heure de présence déduite, dans un secteur moyen",
    "week_rate_none": "Verbalisations enregistrées par heure, dans un secteur moyen",
    "week_hours_recorded": "Heures de patrouille de toute la période",
    "week_hours_checks": "Heures de contrôle de toute la période",
    "week_hours_inferred": "Heures de présence déduites de toute la période",
    "week_note": (
        "Hachuré : personne n'a regardé, on ne sait rien de ces heures. Une heure peu observée est "
        "ramenée vers ce que disent son jour et son heure."
    ),
    "week_note_none": (
        "On ne sait pas où les agents étaient : une heure pâle peut être une heure sans infraction "
        "ou une heure sans agent."
    ),
    "factors": "Jours, heures, saisons, circonstances",
    "factors_note_known": (
        "1 est la moyenne des heures observées (ou les autres heures, pour un oui ou non). Chaque "
        "trait est l'intervalle à {interval} : s'il touche 1, l'écart peut être du hasard. Chaque "
        "effet est mesuré à secteur, jour, heure et mois égaux."
    ),
    "factors_note_none": (
        "Rapports de verbalisations enregistrées, PAS d'infractions : effort des agents et "
        "comportement des conducteurs y sont confondus. 1 est la moyenne (ou les autres heures). "
        "Chaque trait est l'intervalle à {interval}."
    ),
    "zones": "Les secteurs",
    "zones_plot_recorded": "Verbalisations par heure de patrouille : les {count} premiers secteurs",
    "zones_plot_checks": "Verbalisations par heure de contrôle : les {count} premiers secteurs",
    "zones_plot_inferred": "Verbalisations par heure déduite : les {count} premiers secteurs",
    "zones_plot_none": "Verbalisations enregistrées par heure : les {count} premiers secteurs",
    "zones_note": (
        "Moins un secteur a été observé, plus son taux est ramené vers celui des autres et plus "
        "son intervalle est large. Le rang est donné avec son intervalle à {interval}. Tous les "
        "secteurs sont dans factors_zones.csv."
    ),
    "pooled": "taux retenu, intervalle à {interval}",
    "raw": "taux brut (verbalisations / heures)",
    "misleading": "Pourquoi les comptages bruts trompent",
    "misleading_note": (
        "Les secteurs les plus verbalisés sont d'abord ceux où les agents vont. La dernière "
        "colonne dit de combien de places le rang change quand on rapporte aux heures passées."
    ),
    "changes": "Changements durables",
    "changes_note": (
        "Secteurs dont le taux a changé durablement. Le seuil vise {share} de fausses alertes au "
        "plus parmi les secteurs nommés ; sur des villes inventées, où la vérité est connue, il y "
        "en eut un peu plus (27 % pour 20 % visés). Un changement de faible ampleur, "
        "ou dans un secteur peu observé, passe inaperçu."
    ),
    "changes_none": (
        "Un changement de tournées y ressemble à un changement de comportement : seul un journal "
        "des patrouilles les sépare."
    ),
    "no_change": "Aucun changement durable ne se détache.",
    "categories": "Les catégories",
    "categories_note": (
        "Le moment fort est la tranche où la catégorie dépasse le plus sûrement sa propre moyenne."
    ),
    "table": "Tous les rapports",
    "method": "La méthode en cinq phrases",
    "factor": "Facteur",
    "level": "Niveau",
    "ratio": "Rapport",
    "interval_word": "Intervalle",
    "fines": "Verbalisations",
    "hours_recorded": "Heures de patrouille",
    "hours_checks": "Heures de contrôle",
    "hours_inferred": "Heures déduites",
    "hours_none": "Heures de secteur",
    "remark": "Remarque",
    "zone": "Secteur",
    "rate": "Taux retenu",
    "raw_rate": "Taux brut",
    "rank": "Rang",
    "rank_interval": "Rang, intervalle",
    "rank_by_fines": "Rang par nombre",
    "shift": "Places",
    "since": "Depuis la semaine du",
    "times": "Multiplié par",
    "before": "Avant",
    "after": "Après",
    "category": "Catégorie",
    "share": "Part",
    "peak": "Moment fort",
    "peak_ratio": "fois sa moyenne",
    "none_stands_out": "aucun",
    "remark_too_little": "trop peu pour conclure",
    "remark_none_found": "aucune verbalisation",
    "remark_not_separable": "indiscernable des autres facteurs",
    "unit_recorded": "heures de patrouille",
    "unit_checks": "heures de contrôle",
    "unit_inferred": "heures de présence déduites",
    "unit_none": "heures de secteur",
    "colon": " :",
    "factor_weekday": "Jour",
    "factor_hour": "Heure",
    "factor_month": "Mois",
    "factor_year": "Année",
    "factor_public_holiday": "Jour férié",
    "factor_school_holiday": "Vacances scolaires",
    "factor_rain": "Pluie",
    "factor_temperature": "Température",
    "factor_roadworks": "Travaux",
    "factor_market": "Marché",
    "factor_event": "Manifestation",
    "circumstances": "Circonstances",
    "yes": "oui",
    "no": "non",
    "weekdays": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "months": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "rains": {"dry": "sec", "light": "pluie faible", "heavy": "pluie forte"},
    "warmths": ("moins de 5 °C", "5 à 12 °C", "12 à 18 °C", "18 à 24 °C", "plus de 24 °C"),
    "level_unknown": "inconnu",
    "days": {"workday": "lundi à vendredi", "saturday": "samedi", "sunday": "dimanche"},
    "band": "{start} h–{end} h",
}  # fmt: skip

ENGLISH = {
    "recorded_only": "fines recorded, not infractions",
    "title": "What recurs: days, hours, seasons, places",
    "subtitle": "What the town's history says of its infractions",
    "span": "Weeks from {first} to {last}: {fines} fines, {zones} zones, {hours} {unit}.",
    "first": "In short",
    "when": "When",
    "where": "Where",
    "changed": "What changed",
    "unknown": "What is not known",
    "week": "The typical week",
    "week_rate_recorded": "Fines per patrol hour, in an average zone",
    "week_rate_checks": "Fines per hour of checks, in an average zone",
    "week_rate_inferred": "Fines per inferred hour of presence, in an average zone",
    "week_rate_none": "Fines recorded per hour, in an average zone",
    "week_hours_recorded": "Patrol hours of the whole period",
    "week_hours_checks": "Hours of checks of the whole period",
    "week_hours_inferred": "Inferred hours of presence of the whole period",
    "week_note": (
        "Hatched: nobody looked, nothing is known of these hours. An hour seldom looked at is "
        "drawn towards what its day and its hour say."
    ),
    "week_note_none": (
        "Where officers were is not known: a pale hour may be an hour without infractions or an "
        "hour without officers."
    ),
    "factors": "Days, hours, seasons, circumstances",
    "factors_note_known": (
        "1 is the average of the hours looked at (or the other hours, for a yes or no). Each line "
        "is the {interval} interval: where it touches 1, the difference may be chance. Each effect "
        "is measured with zone, day, hour and month held equal."
    ),
    "factors_note_none": (
        "Ratios of fines recorded, NOT of infractions: officers' effort and drivers' behaviour "
        "cannot be told apart. 1 is the average (or the other hours). Each line is the {interval} "
        "interval."
    ),
    "zones": "The zones",
    "zones_plot_recorded": "Fines per patrol hour: the first {count} zones",
    "zones_plot_checks": "Fines per hour of checks: the first {count} zones",
    "zones_plot_inferred": "Fines per inferred hour: the first {count} zones",
    "zones_plot_none": "Fines recorded per hour: the first {count} zones",
    "zones_note": (
        "The less a zone was looked at, the more its rate is drawn towards the others' and the "
        "wider its interval. The rank comes with its {interval} interval. All zones are in "
        "factors_zones.csv."
    ),
    "pooled": "rate kept, {interval} interval",
    "raw": "raw rate (fines / hours)",
    "misleading": "Why raw counts mislead",
    "misleading_note": (
        "The zones with most fines are first of all those where officers go. The last column says "
        "by how many places the rank changes once the hours spent are allowed for."
    ),
    "changes": "Lasting changes",
    "changes_note": (
        "Zones whose rate changed lastingly. The threshold aims at {share} false alarms at most "
        "among the zones named; on made towns, where the truth is known, there were a few more "
        "(27 % where 20 % were aimed at). A small change, or one in a zone seldom looked at, "
        "goes unseen."
    ),
    "changes_none": (
        "A change of rounds looks like a change of behaviour here: only a patrol log tells them "
        "apart."
    ),
    "no_change": "No lasting change stands out.",
    "categories": "Categories",
    "categories_note": (
        "The peak is the band in which the category most surely exceeds its own average."
    ),
    "table": "All ratios",
    "method": "The method in five sentences",
    "factor": "Factor",
    "level": "Level",
    "ratio": "Ratio",
    "interval_word": "Interval",
    "fines": "Fines",
    "hours_recorded": "Patrol hours",
    "hours_checks": "Hours of checks",
    "hours_inferred": "Inferred hours",
    "hours_none": "Zone-hours",
    "remark": "Remark",
    "zone": "Zone",
    "rate": "Rate kept",
    "raw_rate": "Raw rate",
    "rank": "Rank",
    "rank_interval": "Rank, interval",
    "rank_by_fines": "Rank by count",
    "shift": "Places",
    "since": "Since the week of",
    "times": "Multiplied by",
    "before": "Before",
    "after": "After",
    "category": "Category",
    "share": "Share",
    "peak": "Peak",
    "peak_ratio": "times its average",
    "none_stands_out": "none",
    "remark_too_little": "too little to say",
    "remark_none_found": "no fine",
    "remark_not_separable": "cannot be told from the other factors",
    "unit_recorded": "patrol hours",
    "unit_checks": "hours of checks",
    "unit_inferred": "inferred hours of presence",
    "unit_none": "zone-hours",
    "colon": ":",
    "factor_weekday": "Weekday",
    "factor_hour": "Hour",
    "factor_month": "Month",
    "factor_year": "Year",
    "factor_public_holiday": "Public holiday",
    "factor_school_holiday": "School holidays",
    "factor_rain": "Rain",
    "factor_temperature": "Temperature",
    "factor_roadworks": "Roadworks",
    "factor_market": "Market",
    "factor_event": "Event",
    "circumstances": "Circumstances",
    "yes": "yes",
    "no": "no",
    "weekdays": (
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ),
    "months": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "rains": {"dry": "dry", "light": "light rain", "heavy": "heavy rain"},
    "warmths": ("below 5 °C", "5 to 12 °C", "12 to 18 °C", "18 to 24 °C", "above 24 °C"),
    "level_unknown": "unknown",
    "days": {"workday": "Monday to Friday", "saturday": "Saturday", "sunday": "Sunday"},
    "band": "{start}–{end} h",
}  # fmt: skip

TEXTS = {"fr": FRENCH, "en": ENGLISH}


def level_name(factor: str, level: str, language: str) -> str:
    """What a level of a factor is called: `samedi`, `8 h–9 h`, `pluie forte`."""
    text = TEXTS[language]
    if level == "unknown":
        return text["level_unknown"]
    if factor == "weekday":
        return text["weekdays"][int(level)]
    if factor == "hour":
        return hours_name(int(level), int(level) + 1, language)
    if factor == "month":
        return text["months"][int(level) - 1]
    if factor == "rain":
        return text["rains"][level]
    if factor == "temperature":
        return text["warmths"][int(level)]
    return text.get(level, level)


def hours_name(start: int, end: int, language: str) -> str:
    """A span of hours of the day."""
    return TEXTS[language]["band"].format(start=start, end=end)


def peak_name(day: str, start: float, language: str) -> str:
    """A band of a kind of day, such as `samedi, 9 h–12 h`; empty where none stands out."""
    if not day:
        return TEXTS[language]["none_stands_out"]
    end = BAND_STARTS[BAND_STARTS.index(int(start)) + 1]
    return f"{TEXTS[language]['days'][day]}, {hours_name(int(start), end, language)}"
