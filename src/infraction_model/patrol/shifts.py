"""When teams are on duty: shifts of the target week, from a weekly pattern, and their breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from annotated_types import Ge, Interval

from infraction_model.errors import ConfigError
from infraction_model.timegrid import HOURS_PER_WEEK

Mode = Literal["foot", "bicycle", "car"]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""In seconds; times of a plan are seconds since the Monday 00:00 of its week, on the wall clock."""

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = HOURS_PER_WEEK * HOUR
_CLOCK = re.compile(r"([01]?\d|2[0-4])[:hH]([0-5]\d)?")


@dataclass(frozen=True)
class WeeklyShift:
    """A team's hours on some days of every week.

    `days`: 0 Monday to 6 Sunday. `start`, `end`, `break_start`: wall clock, "09:00"; a shift that
    ends before it starts runs past midnight. `longitude`, `latitude`: where it starts, takes its
    break and ends; null: wherever its visits are.
    """

    team: str
    days: tuple[Annotated[int, Interval(ge=0, le=6)], ...]
    start: str
    end: str
    mode: Mode = "foot"
    longitude: float | None = None
    latitude: float | None = None
    break_start: str | None = None
    break_minutes: Annotated[int, Ge(0)] = 0

    def __post_init__(self) -> None:
        for written in (self.start, self.end, self.break_start or "00:00"):
            clock(written)


@dataclass(frozen=True)
class Stretch:
    """Time without a break that one shift spends on visits; begins and ends at the shift's base."""

    shift: int
    start: int
    end: int

    def without(self, hours: Sequence[int]) -> list[Stretch]:
        """What is left of it outside some hours of the week: those that the clock jumps over."""
        left = [self]
        for hour in hours:
            first, after = hour * HOUR, (hour + 1) * HOUR
            left = [
                part
                for one in left
                for part in (
                    replace(one, end=min(one.end, first)),
                    replace(one, start=max(one.start, after)),
                )
                if part.end > part.start
            ]
        return left


@dataclass(frozen=True)
class Shift:
    """One team's hours on one day, in seconds since Monday 00:00; `end` is not after the week's."""

    shift_id: str
    team: str
    start: int
    end: int
    mode: Mode = "foot"
    longitude: float | None = None
    latitude: float | None = None
    break_start: int | None = None
    break_seconds: int = 0

    @property
    def day(self) -> int:
        return self.start // DAY

    def stretches(self, number: int) -> list[Stretch]:
        """Its time before and after the break; `number` is the shift's own place in the roster."""
        if self.break_start is None or not self.break_seconds:
            return [Stretch(number, self.start, self.end)]
        resumed = self.break_start + self.break_seconds
        parts = [
            Stretch(number, self.start, min(max(self.break_start, self.start), self.end)),
            Stretch(number, max(min(resumed, self.end), self.start), self.end),
        ]
        return [part for part in parts if part.end > part.start]


def clock(written: str) -> int:
    """Seconds since midnight of a wall-clock time such as 09:00 or 9h30; ConfigError else."""
    found = _CLOCK.fullmatch(str(written).strip())
    seconds = int(found[1]) * HOUR + int(found[2] or 0) * MINUTE if found else DAY + 1
    if seconds > DAY:
        raise ConfigError(f"expected a time such as 09:00, got '{written}'.")
    return seconds


def shifts_of_week(pattern: Iterable[WeeklyShift]) -> tuple[Shift, ...]:
    """The shifts of a week in the order of their start; what runs past Sunday midnight is cut."""
    shifts = [on_day(weekly, day) for weekly in pattern for day in sorted(set(weekly.days))]
    return in_order(shifts)


def on_day(weekly: WeeklyShift, day: int) -> Shift:
    """A weekly shift on one day of the week; a break outside it, or of no length, is left out."""
    start, end = clock(weekly.start), clock(weekly.end)
    end += DAY if end <= start else 0
    pause = None
    if weekly.break_start is not None:
        pause = clock(weekly.break_start)
        pause += DAY if pause < start else 0
        # what is no time off within the shift is not told to the team as a break either
        pause = pause + day * DAY if pause < end and weekly.break_minutes else None
    return Shift(
        shift_id=f"{weekly.team} {DAY_NAMES[day]} {weekly.start}",
        team=weekly.team,
        start=day * DAY + start,
        end=min(day * DAY + end, WEEK),
        mode=weekly.mode,
        longitude=weekly.longitude,
        latitude=weekly.latitude,
        break_start=pause,
        break_seconds=weekly.break_minutes * MINUTE,
    )


def in_order(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """Shifts by start and team; ConfigError where one team would be on duty twice at once."""
    ordered = sorted(shifts, key=lambda shift: (shift.start, shift.team, shift.end))
    last: dict[str, Shift] = {}
    for shift in ordered:
        before = last.get(shift.team)
        if before is not None and before.end > shift.start:
            raise ConfigError(
                f"team '{shift.team}' is on duty twice at once: shifts '{before.shift_id}' and "
                f"'{shift.shift_id}' overlap. Correct the roster."
            )
        last[shift.team] = shift
    return tuple(ordered)
