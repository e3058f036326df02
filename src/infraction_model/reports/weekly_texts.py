"""What planners and operators are told when a week did not go as it should, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from infraction_model.reports.numbers import date
from infraction_model.wording import LANGUAGES, by_language

TROUBLES = by_language("troubles")
"""By language: what went wrong, by kind, in one sentence for a planner."""

SOURCES = by_language("sources")
"""By language: who scored the week, said where something went wrong."""

SAID_TO_PLANNERS = frozenset(TROUBLES["fr"]) - {"monitoring_failed", "occupancy_outdated"}


def banner(kinds: Iterable[str], source: str, **dates: str) -> dict[str, str] | None:
    """The sentences a map carries above all else, by language; None where all went well.

    `kinds` of troubles in the order in which they came, `source` of the scores, and the ISO dates
    that the sentences name (data_week, trained).
    """
    said = [kind for kind in dict.fromkeys(kinds) if kind in SAID_TO_PLANNERS]
    if not said:
        return None
    return {
        language: " ".join(
            text.format(**_written(dates, language))
            for text in [
                *(TROUBLES[language][kind] for kind in said),
                SOURCES[language].get(source, ""),
            ]
        ).strip()
        for language in LANGUAGES
    }


def trouble_rows(troubles: Sequence[tuple[str, str]], **dates: str) -> list[dict[str, Any]]:
    """Troubles (kind, what the software said of it) as check rows of a status page."""
    return [
        {
            "name": kind,
            "level": "warning",
            "value": detail or None,
            "limit": None,
            "words": {
                name: TROUBLES[name][kind].format(**_written(dates, name)) for name in LANGUAGES
            },
        }
        for kind, detail in troubles
    ]


def _written(dates: dict[str, str], language: str) -> dict[str, str]:
    return {name: date(iso, language) for name, iso in dates.items()}
