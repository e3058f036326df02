"""One day to be planned: the visits that could be made, and the times at which they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infraction_model.patrol.shifts import Shift, Stretch
from infraction_model.patrol.travel import Travel


@dataclass(frozen=True)
class Choices:
    """Visits that could be made, each to one zone within some hours: parallel arrays.

    `zone`; `early` and `late`, the seconds from and before which it begins; `worth`; `wanted`:
    asked for above all worth; `group`: of those with one number only one can be made.
    """

    zone: np.ndarray
    early: np.ndarray
    late: np.ndarray
    worth: np.ndarray
    wanted: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.zone)

    def take(self, rows: np.ndarray) -> Choices:
        """The choices at some positions or under a mask."""
        return Choices(*(column[rows] for column in vars(self).values()))

    @property
    def most(self) -> float:
        """The most that any is worth; 1 where none is worth anything."""
        return float(self.worth.max(initial=0.0)) or 1.0

    @property
    def prize(self) -> np.ndarray:
        """What routes collect: a wanted visit is worth a hundred of the best others."""
        return self.worth + self.wanted * (100.0 * self.most)


@dataclass(frozen=True)
class Day:
    """What a planner of one day knows: who is out when, how far it is, how long a visit lasts."""

    shifts: tuple[Shift, ...]
    stretches: tuple[Stretch, ...]
    travel: Travel
    seconds: int

    def legs(self, stretch: int, start: np.ndarray | int, end: np.ndarray | int) -> np.ndarray:
        """Seconds of travel of a stretch between nodes."""
        mode = self.shifts[self.stretches[stretch].shift].mode
        return self.travel.seconds(mode, np.asarray(start), np.asarray(end))

    def base(self, stretch: int) -> int:
        """The node at which a stretch begins and ends."""
        return self.travel.base(self.stretches[stretch].shift)


Routes = list[list[int]]
"""For each stretch of a day, the positions of its choices in the order in which they are made."""


def arrivals(day: Day, choices: Choices, stretch: int, route: Sequence[int]) -> list[int] | None:
    """When each visit of a route begins, as early as can be; None where it cannot be kept."""
    now, place = day.stretches[stretch].start, day.base(stretch)
    times = []
    for row in route:
        zone = int(choices.zone[row])
        now = max(now + int(day.legs(stretch, place, zone)), int(choices.early[row]))
        if now >= choices.late[row]:
            return None
        times.append(now)
        now, place = now + day.seconds, zone
    back = now + int(day.legs(stretch, place, day.base(stretch))) if route else now
    return times if back <= day.stretches[stretch].end else None
