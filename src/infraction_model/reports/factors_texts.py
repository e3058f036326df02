"""Every word of the report on what recurs, in French and in English, but for its sentences."""

from __future__ import annotations

from infraction_model.factors.levels import BAND_STARTS
from infraction_model.wording import by_language, day_name, month_name

TEXTS = by_language("factors")


def level_name(factor: str, level: str, language: str) -> str:
    """What a level of a factor is called: `samedi`, `8 h–9 h`, `pluie forte`."""
    text = TEXTS[language]
    if level == "unknown":
        return text["level_unknown"]
    if factor == "weekday":
        return day_name(int(level), language)
    if factor == "hour":
        return hours_name(int(level), int(level) + 1, language)
    if factor == "month":
        return month_name(int(level), language)
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
