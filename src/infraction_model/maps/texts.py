"""Every string a planner reads, one catalogue per language, and how dates are written.

Keys that end in an exposure basis (`_recorded`, `_checks`, `_inferred`, `_none`) depend on it:
where nobody knows who looked, no figure may be called a probability of infraction. `_recorded` also
holds for a basis without words of its own. `{…}` marks what the page fills in.
"""

from __future__ import annotations

import datetime as dt

FRENCH = {
    "title": "Carte des priorités de patrouille",
    "week_of": "Semaine du {first} au {last}",
    "claim_recorded": (
        "Chaque chiffre est la probabilité qu'au moins une infraction soit constatée en une heure "
        "de patrouille, dans ce secteur, à cette heure : une prévision, pas un constat, et rien "
        "sur les personnes."
    ),
    "claim_none": (
        "Chaque chiffre est la probabilité qu'une verbalisation soit enregistrée, dans ce secteur, "
        "à cette heure – pas qu'une infraction ait lieu : on ne sait pas où les patrouilles sont "
        "passées."
    ),
    "claim_checks": (
        "Chaque chiffre est la probabilité qu'au moins une infraction soit constatée parmi les "
        "véhicules qu'une heure de patrouille contrôle d'ordinaire, dans ce secteur, à cette "
        "heure : une prévision, pas un constat, et rien sur les personnes."
    ),
    "claim_inferred": (
        "Chaque chiffre est la probabilité qu'au moins une infraction soit constatée en une heure "
        "de présence, dans ce secteur, à cette heure. Il n'y a pas de journal des patrouilles : "
        "les présences sont déduites des verbalisations, celles qui n'ont rien trouvé restent "
        "inconnues. L'ordre des secteurs est plus sûr que le chiffre."
    ),
    "probability_recorded": "Probabilité d'infraction",
    "probability_none": "Probabilité de verbalisation",
    "legend_recorded": "Probabilité d'infraction (%)",
    "legend_none": "Probabilité de verbalisation (%)",
    "probability_long_recorded": "de trouver au moins une infraction en une heure de patrouille",
    "probability_long_checks": (
        "de trouver au moins une infraction parmi les véhicules contrôlés d'ordinaire en une heure"
    ),
    "probability_long_inferred": (
        "de trouver au moins une infraction en une heure de présence déduite des verbalisations"
    ),
    "probability_long_none": "qu'au moins une verbalisation soit enregistrée dans l'heure",
    "expected_recorded": "Infractions attendues",
    "expected_none": "Verbalisations attendues",
    "expected_value_recorded": "{value} infraction attendue par heure",
    "expected_value_checks": "{value} infraction attendue parmi autant de véhicules",
    "expected_value_none": "{value} verbalisation attendue dans l'heure",
    "expected_values_recorded": "{value} infractions attendues par heure",
    "expected_values_checks": "{value} infractions attendues parmi autant de véhicules",
    "expected_values_none": "{value} verbalisations attendues dans l'heure",
    "expected_short": "{value} attendue",
    "expected_shorts": "{value} attendues",
    "interval": "entre {low} et {high} (intervalle à 90 %)",
    "priority": "Priorité",
    "tier_top": "les {share} de tête",
    "tier_next": "{low} à {high}",
    "tier_rest": "le reste",
    "tier": "Niveau {tier}",
    "tier_short": "N{tier}",
    "tiers": "Niveaux de priorité affichés",
    "colour_by": "Couleur",
    "by_probability": "Probabilité",
    "view": "Vue",
    "map": "Carte",
    "table": "Tableau",
    "search": "Chercher une rue",
    "search_nothing": "Aucun secteur ne correspond à « {search} ».",
    "search_some": "{count} secteur trouvé",
    "search_many": "{count} secteurs trouvés",
    "this_hour": "À cette heure",
    "whole_week": "Toute la semaine",
    "ranked": "Où aller d'abord",
    "nothing_listed": "Aucun secteur de ces niveaux à cette heure. Cochez d'autres niveaux.",
    "show_more": "En montrer plus",
    "first_rows": "Les {count} premières de la semaine ; la suite est dans ranked.csv.",
    "hour_slider": "Heure de la semaine",
    "hour_before": "Heure précédente",
    "hour_after": "Heure suivante",
    "hours": "de {start} à {end}",
    "hour_extrapolated": "Aucune patrouille à cette heure : chiffre extrapolé, prudence.",
    "extrapolated": "heures sans patrouille : extrapolé",
    "hour_absent": "Cette heure n'existe pas : on passe à l'heure d'été.",
    "week_strip_recorded": "Infractions attendues par heure de patrouille, moyenne des secteurs",
    "week_strip_checks": (
        "Infractions attendues parmi les véhicules contrôlés d'ordinaire en une heure, moyenne des "
        "secteurs"
    ),
    "week_strip_inferred": "Infractions attendues par heure de présence, moyenne des secteurs",
    "week_strip_none": "Verbalisations attendues par heure, moyenne des secteurs",
    "zone_panel": "Le secteur",
    "pick_zone": "Choisissez un secteur sur la carte, dans le tableau ou dans la liste.",
    "zone_week": "Sa semaine",
    "zone_best": "Ses meilleures heures",
    "zone_why": "Pourquoi",
    "zone_unscored": "Pas de prévision pour ce secteur : trop peu de constats connus.",
    "spaces": "{value} places",
    "max_stay": "{value} max.",
    "rank": "{rank}ᵉ sur {count} heures-secteurs",
    "rank_first": "1ʳᵉ sur {count} heures-secteurs",
    "tariff": "tarif {value}",
    "no_forecast": "sans prévision",
    "no_geometry": "{count} secteurs n'ont pas de contour connu : ils sont dans le tableau.",
    "sort": "Tri",
    "sort_hour": "selon l'heure choisie",
    "sort_day": "selon la journée",
    "sort_name": "par nom",
    "zone": "Secteur",
    "north": "N",
    "recentre": "Voir toute la ville",
    "zoom_in": "Agrandir",
    "zoom_out": "Réduire",
    "print": "Imprimer",
    "other_language": "English",
    "skip": "Aller à la liste",
    "about": "À propos de ces chiffres",
    "about_model": "Modèle {version}.",
    "about_interval": (
        "Plus l'intervalle à 90 % est large, moins on sait du secteur à cette heure."
    ),
    "about_tiers": (
        "Rang : nombre attendu, puis identifiant du secteur, puis heure ; le niveau 1 tient les "
        "{share} de tête de toutes les heures de tous les secteurs."
    ),
    "about_counts": "{zones} secteurs, {hours} heures, {cells} prévisions.",
    "about_extrapolated": "Les heures sans patrouille sont extrapolées et classées en dernier.",
    "about_offline": "Page hors ligne. Carte : Leaflet 1.9.4 (BSD-2).",
    "csv_rank": "Rang",
    "csv_tier": "Niveau",
    "csv_zone": "Secteur",
    "csv_name": "Nom",
    "csv_day": "Jour",
    "csv_date": "Date",
    "csv_hour": "Heure",
    "csv_low": "Borne basse",
    "csv_high": "Borne haute",
    "csv_basis": "Base",
    "csv_basis_is_recorded": "patrouilles connues",
    "csv_basis_is_checks": "véhicules contrôlés",
    "csv_basis_is_inferred": "présences déduites des verbalisations",
    "csv_basis_is_none": "patrouilles inconnues",
    "csv_basis_is_extrapolated": "heure sans patrouille : extrapolé",
    "csv_why": "Motifs",
}

ENGLISH = {
    "title": "Patrol priority map",
    "week_of": "Week of {first} to {last}",
    "claim_recorded": (
        "Each figure is the probability that at least one infraction is found in one hour of "
        "patrol, in that zone, at that hour: a forecast, not a finding, and nothing about persons."
    ),
    "claim_none": (
        "Each figure is the probability that a fine is recorded, in that zone, at that hour – not "
        "that an infraction takes place: where patrols went is not known."
    ),
    "claim_checks": (
        "Each figure is the probability that at least one infraction is found among the vehicles "
        "that an hour of patrol usually checks, in that zone, at that hour: a forecast, not a "
        "finding, and nothing about persons."
    ),
    "claim_inferred": (
        "Each figure is the probability that at least one infraction is found in one hour of "
        "presence, in that zone, at that hour. There is no patrol log: presence is inferred from "
        "fines, and visits that found nothing stay unknown. The order of the zones is surer than "
        "the figure."
    ),
    "probability_recorded": "Infraction probability",
    "probability_none": "Probability of a fine",
    "legend_recorded": "Infraction probability (%)",
    "legend_none": "Probability of a fine (%)",
    "probability_long_recorded": "of finding at least one infraction in one hour of patrol",
    "probability_long_checks": (
        "of finding at least one infraction among the vehicles usually checked in an hour"
    ),
    "probability_long_inferred": (
        "of finding at least one infraction in one hour of presence, as inferred from fines"
    ),
    "probability_long_none": "that at least one fine is recorded in the hour",
    "expected_recorded": "Expected infractions",
    "expected_none": "Expected fines",
    "expected_value_recorded": "{value} expected infractions per hour",
    "expected_value_checks": "{value} expected infractions among as many vehicles",
    "expected_value_none": "{value} expected fines in the hour",
    "expected_values_recorded": "{value} expected infractions per hour",
    "expected_values_checks": "{value} expected infractions among as many vehicles",
    "expected_values_none": "{value} expected fines in the hour",
    "expected_short": "{value} expected",
    "expected_shorts": "{value} expected",
    "interval": "between {low} and {high} (90% interval)",
    "priority": "Priority",
    "tier_top": "top {share}",
    "tier_next": "{low} to {high}",
    "tier_rest": "the rest",
    "tier": "Tier {tier}",
    "tier_short": "T{tier}",
    "tiers": "Priority tiers shown",
    "colour_by": "Colour",
    "by_probability": "Probability",
    "view": "View",
    "map": "Map",
    "table": "Table",
    "search": "Find a street or zone",
    "search_nothing": "No zone matches “{search}”.",
    "search_some": "{count} zone found",
    "search_many": "{count} zones found",
    "this_hour": "This hour",
    "whole_week": "Whole week",
    "ranked": "Where to go first",
    "nothing_listed": "No zone of these tiers at this hour. Tick other tiers.",
    "show_more": "Show more",
    "first_rows": "The first {count} of the week; the others are in ranked.csv.",
    "hour_slider": "Hour of the week",
    "hour_before": "Hour before",
    "hour_after": "Hour after",
    "hours": "{start} to {end}",
    "hour_extrapolated": "No patrol goes out at this hour: an extrapolated figure, take care.",
    "extrapolated": "hours without patrols: extrapolated",
    "hour_absent": "This hour does not exist: the clock goes forward.",
    "week_strip_recorded": "Expected infractions per hour of patrol, mean of the zones",
    "week_strip_checks": (
        "Expected infractions among the vehicles usually checked in an hour, mean of the zones"
    ),
    "week_strip_inferred": "Expected infractions per hour of presence, mean of the zones",
    "week_strip_none": "Expected fines per hour, mean of the zones",
    "zone_panel": "The zone",
    "pick_zone": "Choose a zone on the map, in the table or in the list.",
    "zone_week": "Its week",
    "zone_best": "Its best hours",
    "zone_why": "Why",
    "zone_unscored": "No forecast for this zone: too few known findings.",
    "spaces": "{value} spaces",
    "max_stay": "{value} max.",
    "rank": "no. {rank} of {count} zone-hours",
    "rank_first": "no. 1 of {count} zone-hours",
    "tariff": "tariff {value}",
    "no_forecast": "no forecast",
    "no_geometry": "{count} zones have no known outline: they are in the table.",
    "sort": "Sort",
    "sort_hour": "by the hour chosen",
    "sort_day": "by the day",
    "sort_name": "by name",
    "zone": "Zone",
    "north": "N",
    "recentre": "Show the whole town",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "print": "Print",
    "other_language": "Français",
    "skip": "Skip to the list",
    "about": "About these figures",
    "about_model": "Model {version}.",
    "about_interval": ("The wider the 90% interval, the less is known of the zone at that hour."),
    "about_tiers": (
        "Rank: expected number, then zone id, then hour; tier 1 holds the top {share} of all hours "
        "of all zones."
    ),
    "about_counts": "{zones} zones, {hours} hours, {cells} forecasts.",
    "about_extrapolated": "Hours without patrols are extrapolated and ranked after the others.",
    "about_offline": "Works offline. Map drawn by Leaflet 1.9.4 (BSD-2).",
    "csv_rank": "Rank",
    "csv_tier": "Tier",
    "csv_zone": "Zone",
    "csv_name": "Name",
    "csv_day": "Day",
    "csv_date": "Date",
    "csv_hour": "Hour",
    "csv_low": "Lower bound",
    "csv_high": "Upper bound",
    "csv_basis": "Basis",
    "csv_basis_is_recorded": "known patrols",
    "csv_basis_is_checks": "vehicles checked",
    "csv_basis_is_inferred": "presence inferred from fines",
    "csv_basis_is_none": "unknown patrols",
    "csv_basis_is_extrapolated": "hour without patrols: extrapolated",
    "csv_why": "Reasons",
}

CATALOGUES = {"fr": FRENCH, "en": ENGLISH}

_BASES = ("recorded", "checks", "inferred", "none")


def words_for(language: str, basis: str) -> dict[str, str]:
    """The catalogue of a language as one exposure basis needs it, the basis left off the keys."""
    catalogue = CATALOGUES[language]
    words = {}
    for key, text in catalogue.items():
        stem, _, ending = key.rpartition("_")
        if ending not in _BASES or stem == "csv_basis_is":
            words[key] = text
        elif ending == basis or (ending == "recorded" and f"{stem}_{basis}" not in catalogue):
            words[stem] = text
    return words


_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def day_name(day: int, language: str) -> str:
    """The name of a day of the week, 0 = Monday."""
    return _DAYS[language][day]


def long_date(date: dt.date, language: str) -> str:
    """A date in words: `12 janvier 2026`, `12 January 2026`, and `1er janvier 2026`."""
    day = "1er" if language == "fr" and date.day == 1 else str(date.day)
    return f"{day} {_MONTHS[language][date.month - 1]} {date.year}"


def week_title(monday: dt.date, language: str) -> str:
    """The week in words, from its Monday to its Sunday."""
    first, last = monday, monday + dt.timedelta(days=6)
    return CATALOGUES[language]["week_of"].format(
        first=f"{day_name(0, language)} {long_date(first, language)}",
        last=f"{day_name(6, language)} {long_date(last, language)}",
    )
