"""The level of each zone from week to week: a random walk with rare jumps, on a grid of logs.

Exact filtering and smoothing of a discrete state (Kitagawa, 1987), all zones at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEP = 0.1
GRID = np.arange(-4.0, 4.0 + STEP / 2, STEP)
"""Log levels a zone may have, relative to what its classes say."""


@dataclass(frozen=True)
class Walk:
    """How levels move: standard deviation of a week's step, chance of a jump, spread after one.

    All of log levels; a jump draws the level anew around 0.
    """

    step: float
    jump: float
    spread: float

    def prior(self) -> np.ndarray:
        weight = np.exp(-0.5 * (GRID / self.spread) ** 2)
        return weight / weight.sum()

    def forward(self, density: np.ndarray) -> np.ndarray:
        """The density (zones, grid) of the next week's level."""
        total = density.sum(axis=1, keepdims=True)
        return (1 - self.jump) * self._diffused(density) + self.jump * self.prior() * total

    def backward(self, weight: np.ndarray) -> np.ndarray:
        """The expectation of `weight` (zones, grid) of the next week, by this week's level."""
        jumped = (weight * self.prior()).sum(axis=1, keepdims=True)
        return (1 - self.jump) * self._diffused(weight) + self.jump * jumped

    def _diffused(self, values: np.ndarray) -> np.ndarray:
        """One step to the grid's neighbours with the walk's variance; its own transpose."""
        aside = self.step**2 / (2 * STEP**2)
        spread = (1 - 2 * aside) * values
        spread[:, 1:] += aside * values[:, :-1]
        spread[:, :-1] += aside * values[:, 1:]
        spread[:, 0] += aside * values[:, 0]
        spread[:, -1] += aside * values[:, -1]
        return spread


def smoothed(
    events: np.ndarray, expected: np.ndarray, walk: Walk, ahead: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean level of every week, and mean and variance of the level `ahead` weeks after the last.

    `events` are counts and `expected` those at level 1, both (zones, weeks). All weeks count for
    the mean of each; shapes (zones, weeks), (zones,) and (zones,).
    """
    weeks, level = events.shape[1], np.exp(GRID)
    filtered = []

    def likelihood(week: int) -> np.ndarray:
        log = events[:, week, None] * GRID - expected[:, week, None] * level
        return np.exp(log - log.max(axis=1, keepdims=True))

    density = np.broadcast_to(walk.prior(), (len(events), len(GRID)))
    for week in range(weeks):
        density = (walk.forward(density) if week else density) * likelihood(week)
        density /= density.sum(axis=1, keepdims=True)
        filtered.append(density)
    for _ in range(ahead):
        density = walk.forward(density)
    mean = density @ level
    variance = np.maximum(density @ level**2 - mean**2, 0.0)
    return _means(filtered, likelihood, walk), mean, variance


def _means(
    filtered: list[np.ndarray], likelihood: Callable[[int], np.ndarray], walk: Walk
) -> np.ndarray:
    means = np.empty((len(filtered[0]), len(filtered)))
    later = np.ones_like(filtered[0])
    for week in range(len(filtered) - 1, -1, -1):
        density = filtered[week] * later
        means[:, week] = density @ np.exp(GRID) / density.sum(axis=1)
        later = walk.backward(later * likelihood(week))
        later /= later.max(axis=1, keepdims=True)
    return means
