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
    expected: np.ndarray, known_hours: np.ndarray, design: Design, counts: bool, gap: int = 1
) -> tuple[float, ...]:
    """Gamma shape of the true rates around the expected events, one per band, on held-out rows.

    A band with too few rows takes the shape of all; less history never gives a narrower interval.
    """
    rows = band(known_hours)
    overall = dispersion(expected, design, counts, gap)
    shapes = []
    for number in range(len(KNOWN_HOURS) + 1):
        own = rows == number
        enough = own.sum() >= _LEAST_ROWS
        taken = design.take(own)
        shapes.append(dispersion(expected[own], taken, counts, gap) if enough else overall)
    return tuple(float(shape) for shape in np.minimum.accumulate(shapes[::-1])[::-1])


def dispersion(expected: np.ndarray, design: Design, counts: bool, gap: int = 1) -> float:
    """Gamma shape by moments: how much residuals vary beyond chance.

    A rate that is wrong stays wrong from week to week, chance does not: residuals of one zone and
    hour are multiplied across pairs of weeks, where chance cancels and only the rate's own error is
    left, E[r r'] = m m' / shape. Only weeks at most `gap` apart are paired: a later one was
    forecast knowing the earlier outcome, and what is known is no error any more. Rows drawn with
    probability p count 1 / p (Horvitz and Thompson, 1952). Poisson counts tell it within one row
    too: E[r^2] - m = m^2 / shape. Bounded to [0.2, 10,000]; large where the held-out weeks leave
    nothing to explain.
    """
    cell = design.zone.astype(np.int64) * HOURS_PER_WEEK + design.hour_of_week
    # trials of one zone-hour lie in several rows: pairs are of weeks, not of trials
    weeks = int(design.week.max(initial=0)) + gap + 1
    key, look = np.unique(cell * weeks + design.week, return_inverse=True)
    residual = design.events - expected
    means = _sum_over_pairs(key, np.bincount(look, design.weight * expected), gap)
    excess = _sum_over_pairs(key, np.bincount(look, design.weight * residual), gap)
    if counts:
        means += float(np.sum(expected**2))
        excess += float(np.sum(residual**2 - expected))
    if excess <= means / HIGHEST:
        return HIGHEST
    return float(np.clip(means / excess, LOWEST, HIGHEST))


def _sum_over_pairs(key: np.ndarray, values: np.ndarray, gap: int) -> float:
    """Sum of v v' over ordered pairs of rows whose sorted keys differ by 1 to `gap` weeks."""
    total = 0.0
    for apart in range(1, gap + 1):
        _, one, other = np.intersect1d(key, key - apart, assume_unique=True, return_indices=True)
        total += 2.0 * float(values[one] @ values[other])
    return total


def bounds(
    rate: np.ndarray, variation: np.ndarray, level: float = 0.9
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the central interval of a gamma rate with that relative variance."""
    tail = (1 - level) / 2
    distinct, position = np.unique(1.0 / variation, return_inverse=True)
    low, high = (stats.gamma.ppf(q, distinct) / distinct for q in (tail, 1 - tail))
    position = position.reshape(np.shape(variation))
    return rate * low[position], rate * high[position]
