"""What the checks of data health say, in French and in English; and the row that a check gives."""

from __future__ import annotations

import math
from typing import Any

from infraction_model.evaluation.health_limits import Level
from infraction_model.wording import by_key

SOURCES = by_key("health_sources")

TEXTS = by_key("health")

NEW_ROWS = {"fr": "nouvelles lignes", "en": "new rows"}
ALL_ROWS = {"fr": "lignes", "en": "rows"}
_MOST_NAMED = 5


def row(
    name: str,
    level: Level,
    value: float | str | None,
    limit: float | str | None,
    text: str,
    **figures: Any,
) -> dict[str, Any]:
    """A check row: `text` names its words, filled with `figures` (a dict has one per language)."""
    words = {}
    for language in ("fr", "en"):
        said = {
            key: figure[language] if isinstance(figure, dict) else _shown(figure, language)
            for key, figure in figures.items()
        }
        sentence = TEXTS[text][language].format(**said)
        words[language] = sentence[0].upper() + sentence[1:]
    return {"name": name, "level": level, "value": value, "limit": limit, "words": words}


def source_words(name: str) -> dict[str, str]:
    """What a source is called: fines, patrols, or the name of a context export as it is."""
    return SOURCES.get(name, {"fr": name, "en": name})


def share_words(share: float) -> dict[str, str]:
    """A share in percent, in both languages."""
    digits = 0 if share == 0 or share >= 0.1 else 1
    shown = f"{100 * share:.{digits}f}"
    return {"fr": f"{shown.replace('.', ',')}\u00a0%", "en": f"{shown} %"}


def which_words(names: list[str]) -> str:
    """The first few names in brackets; "" where there is none."""
    if not names:
        return ""
    more = ", …" if len(names) > _MOST_NAMED else ""
    return f" ({', '.join(names[:_MOST_NAMED])}{more})"


def _shown(figure: Any, language: str) -> str:
    if isinstance(figure, float):
        shown = f"{figure:.0f}" if math.isfinite(figure) and figure >= 10 else f"{figure:.1f}"
        return shown.replace(".", ",") if language == "fr" else shown
    return str(figure)
