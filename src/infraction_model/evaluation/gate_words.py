"""What the gates of a promotion say, in French and English."""

from __future__ import annotations

from typing import Any

from infraction_model.wording import by_key

TEXTS = by_key("gates")

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
