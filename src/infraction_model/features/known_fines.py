"""What the known fines say beyond their sums: of which categories they are, and how long ago."""

from __future__ import annotations

import numpy as np

from infraction_model.panel import Panel

NEVER = -(10**6)
"""The week of an event that has not happened."""


class CategoryCounts:
    """Fines of each zone by category, all history, as known before the week it was advanced to."""

    def __init__(self, panel: Panel) -> None:
        fines = panel.fines[panel.fines["week"] >= panel.first_week]
        known = (fines["week"] + fines["delay"]).to_numpy()
        order = np.argsort(known, kind="stable")
        self._known = known[order]
        self._zone, self._category, self._fines = (
            fines[name].to_numpy()[order] for name in ("zone", "category", "fines")
        )
        self.fines = np.zeros((len(panel.zones), len(panel.categories)))
        self._week = panel.first_week

    def advance(self) -> None:
        """Take in what became known in the next week."""
        # of one type with what is searched, which else is copied whole every week
        weeks = np.array([self._week, self._week + 1], dtype=self._known.dtype)
        rows = slice(*np.searchsorted(self._known, weeks))
        np.add.at(self.fines, (self._zone[rows], self._category[rows]), self._fines[rows])
        self._week += 1


class LastEvents:
    """The week of the last known event of each zone-hour, (zones, 168); NEVER where none is."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.week = np.full(shape, NEVER, dtype=np.int32)

    def add(self, cell: np.ndarray, week: np.ndarray, events: np.ndarray) -> None:
        """Take in events of some weeks at some cells of the flattened grid."""
        happened = events > 0
        np.maximum.at(self.week.reshape(-1), cell[happened], week[happened])


class DecayedFines:
    """Fines behind the events of each zone-hour, fading by a half-life in weeks, (zones, 168)."""

    def __init__(self, shape: tuple[int, int], half_life: float) -> None:
        self.half_life = half_life
        self.fines = np.zeros(shape)

    def fade(self) -> None:
        """A week goes by."""
        self.fines *= 0.5 ** (1.0 / self.half_life)

    def add(self, cell: np.ndarray, age: np.ndarray, fines: np.ndarray) -> None:
        """Take in fines of some ages in weeks at some cells of the flattened grid."""
        np.add.at(self.fines.reshape(-1), cell, fines * 0.5 ** (age / self.half_life))
