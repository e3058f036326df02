"""What a visit is worth: what a patrol of that length is expected to find there at that time.

Of a zone-hour in which a patrol finds `rate` infractions per hour, a visit of h hours is expected
to find 1 - exp(-rate h): the longer it lasts, the less each further minute adds. A second visit
soon after goes on where the first left off, which is why it finds less; what was seen counts less
and less as time passes, by a factor e in `recovery_hours`, because cars come and go. That recovery
is an assumption, not measured: a town that knows how long cars stay should state it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Interval

from infraction_model.patrol.shifts import HOUR
from infraction_model.timegrid import HOURS_PER_WEEK

Purpose = Literal["yield", "explore", "safety"]

SAFETY = 2.0
"""A category that weighs so many times as much as others is about safety."""


@dataclass(frozen=True)
class VisitParameters:
    """A visit and its worth.

    `minutes`: how long a visit lasts. `recovery_hours`: see above; 0: at once. `severity`: how much
    an infraction of a category weighs, `other_severity` all others; by how dangerous it is, never
    by the amount of its fine. A visit is for safety where most of its worth is in categories that
    weigh at least twice as much as `other_severity`.
    """

    minutes: Annotated[int, Interval(ge=1, le=240)] = 15
    recovery_hours: Annotated[float, Ge(0)] = 2.0
    severity: dict[str, Annotated[float, Ge(0)]] = field(
        default_factory=lambda: {
            "dangerous": 3.0,
            "crossing_or_school": 3.0,
            "disabled_bay": 3.0,
            "pavement": 3.0,
            "reserved": 1.5,
            "double_parking": 1.5,
        }
    )
    other_severity: Annotated[float, Ge(0)] = 1.0


@dataclass(frozen=True)
class Worth:
    """What visits are worth in a target week.

    `rate` (zones, 168): infractions an hour of patrol finds, 0 where there is no score. `weight`
    (zones,): severity of a typical infraction there; `safety` (zones,): the share of that weight
    which is about safety. `seconds`: how long a visit lasts.
    """

    rate: np.ndarray
    weight: np.ndarray
    safety: np.ndarray
    seconds: int
    recovery_hours: float

    def fresh(self) -> np.ndarray:
        """Worth of a first visit that lies within each zone-hour, (zones, 168)."""
        return self.weight[:, None] * -np.expm1(-self.rate * self.seconds / HOUR)

    def purpose(self, zone: int) -> Purpose:
        """What a visit that is made for its worth is for."""
        return "safety" if self.safety[zone] > 0.5 else "yield"

    def finds(self, zone: int, arrive: int) -> float:
        """The infractions that a visit's minutes would find if nothing were exhausted."""
        end, total = arrive + self.seconds, 0.0
        for hour in range(arrive // HOUR, (end - 1) // HOUR + 1):
            within = min(end, (hour + 1) * HOUR) - max(arrive, hour * HOUR)
            total += self.rate[zone, min(hour, HOURS_PER_WEEK - 1)] * within / HOUR
        return total


@dataclass(frozen=True)
class Visit:
    """One stop of a plan; times in seconds since Monday 00:00.

    `found`: infractions it is expected to find; `value`: the same weighed by severity.
    `propensity`: how likely the draw was to send a patrol there for this purpose; 1 where none was
    made.
    """

    shift: int
    zone: int
    arrive: int
    leave: int
    found: float = 0.0
    value: float = 0.0
    purpose: Purpose = "yield"
    propensity: float = 1.0


def appraise(visits: Sequence[Visit], worth: Worth) -> list[Visit]:
    """The visits with what they are expected to find, each after all earlier ones to its zone.

    In the order of shifts and times. Visits that overlap in one zone count in the order of arrival.
    """
    appraised = []
    seen: dict[int, tuple[int, float]] = {}
    for visit in sorted(visits, key=lambda one: (one.arrive, one.shift, one.zone)):
        fresh = worth.finds(visit.zone, visit.arrive)
        since, lingering = seen.get(visit.zone, (0, 0.0))
        lingering *= _remembered(visit.arrive - since, worth.recovery_hours)
        found = float(np.exp(-lingering) * -np.expm1(-fresh))
        seen[visit.zone] = visit.arrive, lingering + fresh
        value = found * float(worth.weight[visit.zone])
        appraised.append(replace(visit, found=found, value=value))
    return sorted(appraised, key=lambda one: (one.shift, one.arrive))


def _remembered(seconds: int, recovery_hours: float) -> float:
    if recovery_hours == 0:
        return 0.0
    return float(np.exp(-max(seconds, 0) / (recovery_hours * HOUR)))
