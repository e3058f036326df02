"""What the page needs to show one category of infractions alone: its shares and its scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from infraction_model.maps.page import codes
from infraction_model.maps.page.figures import Figures
from infraction_model.maps.page.thinning import mixing, thinned_hazard
from infraction_model.maps.scale import class_breaks, class_places
from infraction_model.maps.week import MapWeek
from infraction_model.patrol.priority import tier_limits
from infraction_model.timegrid import HOURS_PER_WEEK
from infraction_model.wording import LANGUAGES, category_name, words

MOST_CATEGORIES = 8
LONGEST_CATEGORY = 60
_SHARE_WIDTH = 2
_FINEST_SHARE = 64**_SHARE_WIDTH - 1
_A_HAIR = 1 - 1e-9  # two machines may differ in the last digit of a logarithm


def categories_of(
    week: MapWeek, figures: Figures, mix: pd.DataFrame, listed_rows: int
) -> dict[str, Any] | None:
    """The categories the page can choose from, most expected first, the rest as one.

    The zone's mix holds at all its hours alike. Figures are made from those that the page reads
    (`figures`), so that its tiers and its list are to the last zone-hour the ones it shows. None
    where there are fewer than two categories.
    """
    names, share = _main(week, figures, mix)
    if len(names) < 2:
        return None
    digits = np.rint(share * _FINEST_SHARE).astype(int)
    shown = digits / _FINEST_SHARE
    hazard = figures.hazard
    mixed = mixing(figures.expected, hazard) if figures.is_mixed else np.zeros_like(hazard)
    scales = []
    for place in range(len(names)):
        own = shown[:, [place]]
        expected = figures.expected * own
        probability = -np.expm1(-thinned_hazard(hazard, mixed, own))
        scales.append(_scale(week, probability, expected, listed_rows))
    return {
        "names": {language: _names(names, language) for language in LANGUAGES},
        "share": codes.text(digits, _SHARE_WIDTH),
        "scales": scales,
    }


def _main(week: MapWeek, figures: Figures, mix: pd.DataFrame) -> tuple[list[str | None], Any]:
    """Names (None: all others) and shares (zones, categories) of the categories shown apart."""
    share = mix.reindex(week.zones["zone_id"])
    share = share.fillna(mix.mean()).to_numpy(float)
    weight = np.nansum(figures.expected, axis=1) @ share
    order = np.argsort(-weight, kind="stable")
    names: list[str | None] = [str(mix.columns[place]) for place in order]
    share = share[:, order]
    if len(names) > MOST_CATEGORIES + 1:
        rest = share[:, MOST_CATEGORIES:].sum(axis=1, keepdims=True)
        names = [*names[:MOST_CATEGORIES], None]
        share = np.hstack([share[:, :MOST_CATEGORIES], rest])
    return names, share


def _names(names: list[str | None], language: str) -> list[str]:
    rest = words("map", language)["category_rest"]
    return [
        rest if name is None else category_name(name, language)[:LONGEST_CATEGORY] for name in names
    ]


def _scale(
    week: MapWeek, probability: np.ndarray, expected: np.ndarray, listed_rows: int
) -> dict[str, Any]:
    """Colour classes, tiers, the week's list and each hour's mean of one category."""
    order = _best_first(week, expected)
    breaks = class_breaks(probability)
    return {
        "breaks": breaks,
        "places": class_places(len(breaks) + 1),
        "limits": _limits(week, expected, order),
        "best": order[:listed_rows].tolist(),
        "mean": mean_by_hour(expected),
        "most_expected": float(f"{np.nanmax(expected):.6g}"),
    }


def _best_first(week: MapWeek, expected: np.ndarray) -> np.ndarray:
    """Zone-hours with a forecast in the written order of patrol.priority.prioritise."""
    flat = expected.ravel()
    extrapolated = np.tile(_is_extrapolated(week), len(expected))
    # stable: rows are in the order of zone_id, hours of time
    order = np.lexsort((-flat, extrapolated))
    return order[~np.isnan(flat[order])]


def _limits(week: MapWeek, expected: np.ndarray, order: np.ndarray) -> dict[str, list]:
    """What must be expected at the least to be in each tier; null where no such hour is in it.

    `extrapolated` hours come after all others, so they have limits of their own.
    """
    ends = tier_limits(len(order), week.tier_shares)
    flat = expected.ravel()[order]
    known = int((~_is_extrapolated(week)[order % HOURS_PER_WEEK]).sum())
    return {
        "known": [_least(flat[:known], end) for end in ends],
        "extrapolated": [_least(flat[known:], end - known) for end in ends],
    }


def _least(best_first: np.ndarray, count: int) -> float | None:
    """The value of the last of the first `count`."""
    if count <= 0 or not len(best_first):
        return None
    return float(best_first[min(count, len(best_first)) - 1]) * _A_HAIR


def _is_extrapolated(week: MapWeek) -> np.ndarray:
    return np.isin(np.arange(HOURS_PER_WEEK), week.extrapolated)


def mean_by_hour(expected: np.ndarray) -> list[float | None]:
    """The mean over the zones at each hour, None where no zone has a forecast."""
    scored = ~np.isnan(expected)
    sums = np.where(scored, expected, 0.0).sum(axis=0)
    return [
        float(f"{total / count:.4g}") if count else None
        for total, count in zip(sums, scored.sum(axis=0), strict=True)
    ]
