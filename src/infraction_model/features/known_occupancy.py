"""How full zones were, as known at one origin after another: decayed means by hour of the week."""

from __future__ import annotations

from copy import copy

import numpy as np

from infraction_model.timegrid import HOURS_PER_WEEK

FULL = 0.85
"""From this occupancy on a zone counts as full: drivers begin to circle (Shoup, 2005)."""

HALF_LIVES: dict[str, float] = {"4w": 4.0, "13w": 13.0}
"""Half-lives of the means, in weeks."""


class DecayedMeans:
    """Sums of values and of their weights in each zone's hours of week, (zones, 168) each."""

    def __init__(self, half_life: float, zones: int) -> None:
        self.half_life = half_life
        self.total = np.zeros((zones, HOURS_PER_WEEK))
        self.weight = np.zeros((zones, HOURS_PER_WEEK))

    def fade(self) -> None:
        """A week goes by."""
        factor = 0.5 ** (1.0 / self.half_life)
        self.total *= factor
        self.weight *= factor

    def add(self, cell: tuple[np.ndarray, np.ndarray], age: np.ndarray, value: np.ndarray) -> None:
        """Add values of cells (zone, hour of week) that are `age` weeks old."""
        weight = 0.5 ** (age / self.half_life)
        np.add.at(self.total, cell, value * weight)
        np.add.at(self.weight, cell, weight)

    def of_zones(self, keep: np.ndarray) -> DecayedMeans:
        """The sums of the zones under a mask."""
        some = copy(self)
        some.total, some.weight = self.total[keep], self.weight[keep]
        return some


class KnownOccupancy:
    """Occupancy as known so far: its `means` by half-life, and how often zones were `full`."""

    def __init__(self, zones: int) -> None:
        self.means = {name: DecayedMeans(value, zones) for name, value in HALF_LIVES.items()}
        self.full = DecayedMeans(HALF_LIVES["13w"], zones)

    def _sums(self) -> list[DecayedMeans]:
        return [*self.means.values(), self.full]

    def fade(self) -> None:
        """A week goes by."""
        for sums in self._sums():
            sums.fade()

    def add(self, zone: np.ndarray, hour: np.ndarray, value: np.ndarray, week: int) -> None:
        """Take in what became known up to the end of `week`; `hour` counts from week 0."""
        cell, age = (zone, hour % HOURS_PER_WEEK), week - hour // HOURS_PER_WEEK
        for means in self.means.values():
            means.add(cell, age, value)
        self.full.add(cell, age, (value > FULL).astype(float))

    def of_zones(self, keep: np.ndarray) -> KnownOccupancy:
        """What is known of the zones under a mask."""
        some = copy(self)
        some.means = {name: means.of_zones(keep) for name, means in self.means.items()}
        some.full = self.full.of_zones(keep)
        return some
