"""How far the rate of a zone-hour may lie from what a model says."""

from __future__ import annotations

import numpy as np
from scipy import stats

from infraction_model.estimators.design import Design
from infraction_model.timegrid import HOURS_PER_WEEK

LOWEST, HIGHEST = 0.2, 1e4

KNOWN_HOURS = (0.0, 2.0)
"""Bands of what a zone-hour's own history is worth: never looked at, up to 2 hours, more."""

_LEAST_ROWS = 200


def band(known_hours: np.ndarray) -> np.ndarray:
    """The band (0, 1, 2) of each zone-hour by the exposure hours behind it."""
    return np.searchsorted(KNOWN_HOURS, known_hours, side="left")


def fit_spread(
    expected: np.ndarray, known_hours: np.ndarray, design: Design, counts: bool
) -> tuple[float, ...]:
    """Gamma shape of the true rates around the expected events, one per band, on held-out rows.

    A band with too few rows takes the shape of all; less history never gives a narrower interval.
    """
    rows = band(known_hours)
    overall = dispersion(expected, design, counts)
    shapes = []
    for number in range(len(KNOWN_HOURS) + 1):
        own = rows == number
        enough = own.sum() >= _LEAST_ROWS
        shapes.append(dispersion(expected[own], design.take(own), counts) if enough else overall)
    return tuple(float(shape) for shape in np.minimum.accumulate(shapes[::-1])[::-1])


def dispersion(expected: np.ndarray, design: Design, counts: bool) -> float:
    """Gamma shape by moments: how much residuals vary beyond chance.

    A rate that is wrong stays wrong from week to week, chance does not: residuals of one zone and
    hour are multiplied across pairs of weeks, where chance cancels and only the rate's own error is
    left, E[r r'] = m m' / shape. Rows drawn with probability p count 1 / p (Horvitz and Thompson,
    1952). Poisson counts tell it within one row too: E[r^2] - m = m^2 / shape. Bounded to
    [0.2, 10,000]; large where the held-out weeks leave nothing to explain.
    """
    cell = design.zone.astype(np.int64) * HOURS_PER_WEEK + design.hour_of_week
    # trials of one zone-hour lie in several rows: pairs are of weeks, not of trials
    cell_week = cell * (int(design.week.max(initial=0)) + 1) + design.week
    _, first, look = np.unique(cell_week, return_index=True, return_inverse=True)
    _, group = np.unique(cell[first], return_inverse=True)
    residual = design.events - expected
    means = _sum_over_pairs(group, np.bincount(look, design.weight * expected))
    excess = _sum_over_pairs(group, np.bincount(look, design.weight * residual))
    if counts:
        means += float(np.sum(expected**2))
        excess += float(np.sum(residual**2 - expected))
    if excess <= means / HIGHEST:
        return HIGHEST
    return float(np.clip(means / excess, LOWEST, HIGHEST))


def _sum_over_pairs(group: np.ndarray, values: np.ndarray) -> float:
    """Sum of v v' over all ordered pairs of different rows of one group."""
    return float(np.sum(np.bincount(group, values) ** 2) - np.sum(values**2))


def bounds(
    rate: np.ndarray, variation: np.ndarray, level: float = 0.9
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the central interval of a gamma rate with that relative variance."""
    tail = (1 - level) / 2
    distinct, position = np.unique(1.0 / variation, return_inverse=True)
    low, high = (stats.gamma.ppf(q, distinct) / distinct for q in (tail, 1 - tail))
    position = position.reshape(np.shape(variation))
    return rate * low[position], rate * high[position]
