"""How far a number of cars may lie from what is expected: a short interval on the root scale."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

_LEAST_CARS = 0.02


def short_interval(
    mean: np.ndarray, variance: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of an interval that holds `level` of a number of cars, the shorter of two.

    The square root of a count is nearly normal with an even spread (Bartlett 1936). One interval
    leaves the same share out on both sides; the other begins at no car and leaves it out above,
    which is shorter where little is expected.
    """
    root = np.sqrt(np.maximum(mean, _LEAST_CARS))
    spread = np.sqrt(np.maximum(variance, 1e-9)) / (2.0 * root)
    both, above = norm.ppf((1 + level) / 2), norm.ppf(level)
    low, high = np.maximum(root - both * spread, 0.0) ** 2, (root + both * spread) ** 2
    from_none = (root + above * spread) ** 2
    shorter = from_none < high - low
    return np.where(shorter, 0.0, low), np.where(shorter, from_none, high)
