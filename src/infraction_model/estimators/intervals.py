"""How far the rate of a zone-hour may lie from what a model says."""

from __future__ import annotations

import numpy as np
from scipy import stats

from infraction_model.estimators.design import Design
from infraction_model.timegrid import HOURS_PER_WEEK

LOWEST, HIGHEST = 0.2, 1e4


def dispersion(expected: np.ndarray, design: Design) -> float:
    """Shape of the gamma spread of true rates around the expected events, on held-out rows.

    A rate that is wrong stays wrong from week to week, chance does not: residuals of one zone and
    hour are multiplied across pairs of weeks, where chance cancels and only the rate's own error is
    left, E[r r'] = m m' / shape. Rows drawn with probability p count 1 / p (Horvitz and Thompson,
    1952). Bounded to [0.2, 10,000]; large where the held-out weeks leave nothing to explain.
    """
    cell = design.zone.astype(np.int64) * HOURS_PER_WEEK + design.hour_of_week
    _, group = np.unique(cell, return_inverse=True)
    means = _sum_over_pairs(group, design.weight * expected)
    residuals = _sum_over_pairs(group, design.weight * (design.events - expected))
    if residuals <= means / HIGHEST:
        return HIGHEST
    return float(np.clip(means / residuals, LOWEST, HIGHEST))


def _sum_over_pairs(group: np.ndarray, values: np.ndarray) -> float:
    """Sum of v v' over all ordered pairs of different rows of one group."""
    return float(np.sum(np.bincount(group, values) ** 2) - np.sum(values**2))


def bounds(rate: np.ndarray, shape: float, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the central interval of a Gamma(shape, shape / rate) rate."""
    tail = (1 - level) / 2
    low, high = stats.gamma.ppf([tail, 1 - tail], shape) / shape
    return rate * low, rate * high
