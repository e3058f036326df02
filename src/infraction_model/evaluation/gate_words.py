"""What the gates of a promotion say, in French and English."""

from __future__ import annotations

from typing import Any

TEXTS: dict[str, dict[str, str]] = {
    "log_loss_champion": {
        "fr": "perte logarithmique {own:.4f}, modèle en service {other:.4f} : {value:+.1%} "
        "(de {lower:+.1%} à {upper:+.1%})",
        "en": "log loss {own:.4f}, the champion's {other:.4f}: {value:+.1%} "
        "({lower:+.1%} to {upper:+.1%})",
    },
    "log_loss_empirical_bayes": {
        "fr": "perte logarithmique {own:.4f}, taux bayésien empirique {other:.4f} (aucun "
        "modèle en service) : {value:+.1%} (de {lower:+.1%} à {upper:+.1%})",
        "en": "log loss {own:.4f}, the empirical-Bayes rate's {other:.4f} (no champion yet): "
        "{value:+.1%} ({lower:+.1%} to {upper:+.1%})",
    },
    "baseline": {
        "fr": "{value:+.1%} (de {lower:+.1%} à {upper:+.1%}) par rapport au taux bayésien "
        "empirique, {constant:+.1%} par rapport à un seul taux pour toute la ville",
        "en": "{value:+.1%} ({lower:+.1%} to {upper:+.1%}) against the empirical-Bayes rate, "
        "{constant:+.1%} against one rate for the whole town",
    },
    "bundle": {
        "fr": "le modèle enregistré, sur des semaines apprises : {value:+.1%} (de {lower:+.1%} à "
        "{upper:+.1%}) par rapport à sa recette réajustée sans elles",
        "en": "the registered model itself, on weeks it learnt from: {value:+.1%} ({lower:+.1%} to "
        "{upper:+.1%}) against its recipe fitted without them",
    },
    "bundle_as_it_is": {
        "fr": "assez ancien pour être jugé tel quel sur ces semaines",
        "en": "old enough to be judged as it is on these weeks",
    },
    "calibration": {
        "fr": "{value:.2f} heure-secteur avec infraction pour une prévue (de {lower:.2f} à "
        "{upper:.2f})",
        "en": "{value:.2f} zone-hours with a find for one forecast ({lower:.2f} to {upper:.2f})",
    },
    "counts_inside": {
        "fr": "{value:.0%} des comptages dans leur intervalle à 90 % (de {lower:.0%} à "
        "{upper:.0%})",
        "en": "{value:.0%} of counts inside their 90 % interval ({lower:.0%} to {upper:.0%})",
    },
    "rate_error": {
        "fr": "les taux s'écartent {value:.1f} fois autant que leurs intervalles l'annoncent "
        "(de {lower:.1f} à {upper:.1f})",
        "en": "rates are off {value:.1f} times as far as their intervals say ({lower:.1f} to "
        "{upper:.1f})",
    },
    "coverage_no_gap": {
        "fr": "sans relevé de patrouille ni semaine d'avance, rien ne permet de juger les "
        "intervalles",
        "en": "without known exposure and with no gap, nothing tells whether intervals are right",
    },
    "groups_champion": {
        "fr": "groupe le moins bon des {count} : {group}, {value:+.1%} (de {lower:+.1%} à "
        "{upper:+.1%}) par rapport au modèle en service",
        "en": "the worst of {count} groups: {group}, {value:+.1%} ({lower:+.1%} to {upper:+.1%}) "
        "against the champion",
    },
    "groups_empirical_bayes": {
        "fr": "groupe le moins bon des {count} : {group}, {value:+.1%} (de {lower:+.1%} à "
        "{upper:+.1%}) par rapport au taux bayésien empirique",
        "en": "the worst of {count} groups: {group}, {value:+.1%} ({lower:+.1%} to {upper:+.1%}) "
        "against the empirical-Bayes rate",
    },
    "groups_small": {
        "fr": "aucun groupe n'a assez d'infractions pour être jugé",
        "en": "no group has enough finds to be judged",
    },
    "features": {
        "fr": "{count} variables disponibles à la date d'origine",
        "en": "{count} features there at the origin",
    },
    "features_missing": {
        "fr": "indisponible à la date d'origine : {what}",
        "en": "not there at the origin: {what}",
    },
    "level": {
        "fr": "{expected:,.0f} verbalisations prévues pour une semaine de patrouilles habituelles, "
        "{usual:,.0f} par semaine récemment : {value:.2f} fois",
        "en": "{expected:,.0f} fines expected of a week of usual patrols, {usual:,.0f} a week "
        "lately: {value:.2f} times",
    },
    "rolled_back": {
        "fr": "ce modèle a déjà été retiré du service : {reason}",
        "en": "this very model was taken out of service before: {reason}",
    },
    "never_rolled_back": {
        "fr": "ce modèle n'a jamais été retiré du service",
        "en": "this model was never taken out of service",
    },
    "weeks": {
        "fr": "{count} semaines jugées",
        "en": "{count} weeks judged",
    },
    "weeks_few": {
        "fr": "rien ne peut être jugé : {what}",
        "en": "nothing can be judged: {what}",
    },
    "undefined": {
        "fr": "la mesure manque ou n'est pas un nombre",
        "en": "the figure is missing or is no number",
    },
    "undefined_of": {
        "fr": "la mesure manque ou n'est pas un nombre : {what}",
        "en": "the figure is missing or is no number: {what}",
    },
}

_GROUPS: dict[str, tuple[str, str]] = {
    "zone_class:low": ("secteurs aux taux les plus bas", "zones with the lowest rates"),
    "zone_class:middle": ("secteurs aux taux moyens", "zones with middle rates"),
    "zone_class:high": ("secteurs aux taux les plus hauts", "zones with the highest rates"),
    "zone_class:seldom": ("secteurs peu patrouillés", "zones seldom patrolled"),
    "hour_band:night": ("nuit", "night"),
    "hour_band:morning": ("matin", "morning"),
    "hour_band:lunch": ("midi", "lunch"),
    "hour_band:afternoon": ("après-midi", "afternoon"),
    "hour_band:evening": ("soir", "evening"),
    "day:weekday": ("lundi à vendredi", "weekdays"),
    "day:saturday": ("samedi", "Saturdays"),
    "day:sunday": ("dimanche", "Sundays"),
    "effort:never": ("heures sans activité passée", "hours without past activity"),
    **{
        f"effort:d{tenth}": (
            f"{tenth}e dixième par activité passée",
            f"tenth {tenth} of 10 by past activity",
        )
        for tenth in range(1, 11)
    },
}
GROUP_WORDS = {name: {"fr": fr, "en": en} for name, (fr, en) in _GROUPS.items()}
"""What the groups of zone-hours are called, by language."""


class _French(float):
    def __format__(self, spec: str) -> str:
        text = super().__format__(spec)
        return text.replace(",", "\u202f").replace(".", ",").replace("%", "\u202f%")


def words(key: str, **values: Any) -> dict[str, str]:
    """A sentence of TEXTS with its values, by language; numbers as each language writes them.

    A value that is a dict holds its own words by language.
    """
    said = {}
    for language, number in (("fr", _French), ("en", float)):
        own = {k: v[language] if isinstance(v, dict) else v for k, v in values.items()}
        own = {k: number(v) if isinstance(v, float) else v for k, v in own.items()}
        said[language] = TEXTS[key][language].format(**own)
    return said
