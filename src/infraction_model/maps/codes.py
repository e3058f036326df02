"""Figures as digits of base 64, so that a whole town's week stays small and opens at once.

A page reads one figure by its place in a string, without unpacking the rest. Probabilities take
two digits (4,095 levels, finest near 0); the interval takes one digit a side and is rounded
outwards, so that the interval shown always holds the interval scored.
"""

from __future__ import annotations

import numpy as np

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LEVELS = 4094
MISSING = 4095
_FINE = 63
_BYTES = np.frombuffer(DIGITS.encode(), dtype=np.uint8)


def text(digits: np.ndarray) -> str:
    """Integers from 0 to 63, in order, as one string."""
    return _BYTES[np.asarray(digits).ravel()].tobytes().decode("ascii")


def pairs(numbers: np.ndarray) -> str:
    """Integers from 0 to 4095, two digits each."""
    numbers = np.asarray(numbers).ravel()
    return text(np.column_stack([numbers // 64, numbers % 64]))


def levels(values: np.ndarray, top: float) -> np.ndarray:
    """Values in [0, top] as levels 0 … 4094 of their square root; 4095 where there is none."""
    share = np.sqrt(np.clip(values / top, 0, 1)) if top > 0 else np.zeros_like(values)
    return np.where(np.isnan(values), MISSING, np.rint(np.nan_to_num(share) * LEVELS)).astype(int)


def values_of(level: np.ndarray, top: float) -> np.ndarray:
    """What the page shows for a level: top * (level / 4094)², NaN where there is none."""
    return np.where(level == MISSING, np.nan, top * (level / LEVELS) ** 2)


def below(low: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """How far the lower bound lies below the figure shown: shown * (1 - digit / 63) <= low."""
    share = np.divide(low, shown, out=np.ones_like(shown), where=shown > 0)
    return _outwards(1 - np.clip(share, 0, 1))


def above(high: np.ndarray, shown: np.ndarray, cap: float) -> np.ndarray:
    """How far the upper bound lies above it: shown + (cap - shown) * (digit / 63)² >= high."""
    room = cap - shown
    share = np.divide(high - shown, room, out=np.zeros_like(shown), where=room > 0)
    return _outwards(np.sqrt(np.clip(share, 0, 1)))


def ratios(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Ratios in [low, high] as one digit on a logarithmic scale."""
    if high <= low:
        return np.zeros(values.shape, dtype=int)
    place = np.log(np.clip(values, low, high) / low) / np.log(high / low)
    return np.rint(_FINE * np.nan_to_num(place)).astype(int)


def two_a_digit(numbers: np.ndarray) -> str:
    """Integers from 0 to 7, an even number of them, two to a digit."""
    numbers = np.asarray(numbers, dtype=int).reshape(-1, 2)
    return text(numbers @ np.array([8, 1]))


def _outwards(share: np.ndarray) -> np.ndarray:
    # The small allowance keeps an exact level from moving up one by rounding of floats.
    return np.clip(np.ceil(_FINE * np.nan_to_num(share) - 1e-6), 0, _FINE).astype(int)
