"""Figures as digits of base 64, so that a whole town's week stays small and opens at once.

A page reads one figure by its place in a string, without unpacking the rest. A probability takes
`width` digits, finest near 0: two (4,095 levels) in a large town, three (262,143) in others. The
interval takes one digit less a side and is rounded outwards, so that the interval shown always
holds the interval scored.
"""

from __future__ import annotations

import numpy as np

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FINE = 63
_BYTES = np.frombuffer(DIGITS.encode(), dtype=np.uint8)


def text(numbers: np.ndarray, width: int = 1) -> str:
    """Integers from 0 to 64**width - 1, in order, `width` digits each, as one string."""
    numbers = np.asarray(numbers, dtype=np.int64).ravel()
    places = 64 ** np.arange(width - 1, -1, -1)
    return _BYTES[numbers[:, None] // places % 64].tobytes().decode("ascii")


def missing(width: int) -> int:
    """The level that stands for no value."""
    return 64**width - 1


def levels(values: np.ndarray, top: float, width: int) -> np.ndarray:
    """Values in [0, top] as levels 0 … 64**width - 2 of their square root."""
    share = np.sqrt(np.clip(values / top, 0, 1)) if top > 0 else np.zeros_like(values)
    level = np.rint(np.nan_to_num(share) * (missing(width) - 1))
    return np.where(np.isnan(values), missing(width), level).astype(np.int64)


def values_of(level: np.ndarray, top: float, width: int) -> np.ndarray:
    """What the page shows for a level: top times the square of its share; NaN where missing."""
    share = level / (missing(width) - 1)
    return np.where(level == missing(width), np.nan, top * share**2)


def below(low: np.ndarray, shown: np.ndarray, width: int) -> np.ndarray:
    """How far the lower bound lies below the figure: shown * (1 - share) <= low."""
    share = np.divide(low, shown, out=np.ones_like(shown), where=shown > 0)
    return _outwards(1 - np.clip(share, 0, 1), width)


def above(high: np.ndarray, shown: np.ndarray, cap: float, width: int) -> np.ndarray:
    """How far the upper bound lies above it: shown + (cap - shown) * share² >= high."""
    room = cap - shown
    share = np.divide(high - shown, room, out=np.zeros_like(shown), where=room > 0)
    return _outwards(np.sqrt(np.clip(share, 0, 1)), width)


def ratios(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Ratios in [low, high] as one digit on a logarithmic scale."""
    if high <= low:
        return np.zeros(values.shape, dtype=int)
    place = np.log(np.clip(values, low, high) / low) / np.log(high / low)
    return np.rint(_FINE * np.nan_to_num(place)).astype(int)


def ratio_of(digit: np.ndarray, low: float, high: float) -> np.ndarray:
    """The ratio that a digit of `ratios` stands for."""
    return low * (high / low) ** (digit / _FINE)


def two_a_digit(numbers: np.ndarray) -> str:
    """Integers from 0 to 7, an even number of them, two to a digit."""
    numbers = np.asarray(numbers, dtype=int).reshape(-1, 2)
    return text(numbers @ np.array([8, 1]))


def _outwards(share: np.ndarray, width: int) -> np.ndarray:
    # The small allowance keeps an exact level from moving up one by rounding of floats.
    most = 64**width - 1
    return np.clip(np.ceil(most * np.nan_to_num(share) - 1e-6), 0, most).astype(np.int64)
