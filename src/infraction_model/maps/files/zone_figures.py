"""The figures of a zone's week that every file of zones states alike: sums, best hour, tiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from infraction_model.maps.week import MapWeek

FIGURES = (
    "expected_infractions_week",
    "mean_probability",
    "max_probability",
    "best_hour",
    "best_rank",
    "best_tier",
    "best_probability",
)


def zone_figures(week: MapWeek) -> dict[str, list]:
    """One value per zone, in the order of `week.zones`, under each name; None without scores.

    expected_infractions_week (sum over the week, per hour of patrol), mean_probability,
    max_probability, best_hour (local ISO time with its offset of the zone's best-ranked hour),
    best_rank, best_tier, best_probability (of that hour), hours_tier_1 … (hours of the week in each
    tier but the last).
    """
    scored = ~np.isnan(week.probability)
    hours = scored.sum(axis=1)
    best = week.ranked.drop_duplicates("row").set_index("row").reindex(range(len(week.zones)))
    total = np.where(scored, week.expected, 0.0).sum(axis=1)
    mean = np.where(scored, week.probability, 0.0).sum(axis=1) / np.maximum(hours, 1)
    highest = np.where(scored, week.probability, 0.0).max(axis=1)
    tiers = {
        f"hours_tier_{tier}": _or_none((week.tier == tier).sum(axis=1), hours, int)
        for tier in range(1, week.last_tier)
    }
    values = (
        _or_none(total, hours, _six_digits),
        _or_none(mean, hours, _six_digits),
        _or_none(highest, hours, _six_digits),
        _or_none(best["starts_at"], hours, lambda time: time.isoformat()),
        _or_none(best["rank"], hours, int),
        _or_none(best["tier"], hours, int),
        _or_none(best["infraction_probability"], hours, _six_digits),
    )
    return {**dict(zip(FIGURES, values, strict=True)), **tiers}


def _six_digits(value: float) -> float:
    return round(float(value), 6)


def _or_none(values: Any, hours: np.ndarray, convert: Callable[[Any], Any]) -> list:
    return [convert(value) if n else None for value, n in zip(values, hours, strict=True)]
