"""The hours a rule counts in, on the town's clock, as far as anybody asks for them."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from infraction_model.calendars import CalendarParameters, is_public_holiday
from infraction_model.occupancy.timeline import LimitHours, clock_hours

NEVER = 2**62
"""An instant that no clock reaches."""

AHEAD = dt.timedelta(days=45)
"""How far ahead is looked: no stay that is believed lasts so long (StayParameters)."""

BEHIND = dt.timedelta(days=31)

DayHours = Callable[[dt.date], Iterable[tuple[dt.timedelta, dt.timedelta]]]
"""The spans of a day as times since its midnight, in order and apart from each other."""


class OpenHours:
    """Spans of time given day by day on the clock of a time zone; all instants are in seconds.

    A span that begins in the hour that spring skips begins an hour later; one in the hour that
    autumn repeats begins with its first passage.
    """

    def __init__(self, of_day: DayHours, timezone: str) -> None:
        self._of_day, self._zone = of_day, ZoneInfo(timezone)
        self._days: tuple[dt.date, dt.date] | None = None
        self._known = (NEVER, NEVER)
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []
        self._after: list[int] = []

    def elapsed(self, at: int) -> int:
        """Seconds of these hours before `at`, counted from some fixed instant."""
        self._cover(at)
        last = bisect_right(self._starts, at) - 1
        if last < 0:
            return 0
        return self._before[last] + min(at, self._ends[last]) - self._starts[last]

    def between(self, start: int, end: int) -> int:
        """Seconds of these hours from `start` to `end`."""
        self._cover(start)
        return self.elapsed(end) - self.elapsed(start)

    def reached(self, since: int, count: int) -> int:
        """The instant at which `count` (at least 1) seconds of these hours have passed."""
        goal = self.elapsed(since) + count
        place = bisect_left(self._after, goal)
        if place == len(self._after):
            return NEVER
        return self._starts[place] + goal - self._before[place]

    def opening(self, at: int) -> tuple[bool, int]:
        """Whether `at` lies in these hours, and the instant at which that changes."""
        self._cover(at)
        last = bisect_right(self._starts, at) - 1
        if last >= 0 and at < self._ends[last]:
            return True, self._ends[last]
        following = last + 1
        return False, self._starts[following] if following < len(self._starts) else NEVER

    def start_of_span(self, at: int) -> int:
        """When the span that holds `at` began."""
        self._cover(at)
        return self._starts[bisect_right(self._starts, at) - 1]

    def _cover(self, at: int) -> None:
        """Have all spans around `at`, as far as one looks ahead."""
        if self._known[0] <= at < self._known[1]:
            return
        day = dt.datetime.fromtimestamp(at, self._zone).date()
        first, last = self._days or (day - BEHIND, day - BEHIND)
        if day - dt.timedelta(days=1) < first:
            first = last = day - BEHIND
            for values in (self._starts, self._ends, self._before, self._after):
                values.clear()
        until = max(last, day + 2 * AHEAD)
        while last < until:
            for start, end in self._of_day(last):
                self._append(self._instant(last, start), self._instant(last, end))
            last += dt.timedelta(days=1)
        self._days = (first, last)
        beginning = self._instant(first + dt.timedelta(days=1), dt.timedelta())
        self._known = (beginning, self._instant(last, -AHEAD))

    def _append(self, start: int, end: int) -> None:
        if self._ends and start <= self._ends[-1]:
            self._ends[-1] = max(end, self._ends[-1])
            self._after[-1] = self._before[-1] + self._ends[-1] - self._starts[-1]
        elif start < end:
            before = self._after[-1] if self._after else 0
            self._starts.append(start)
            self._ends.append(end)
            self._before.append(before)
            self._after.append(before + end - start)

    def _instant(self, day: dt.date, since_midnight: dt.timedelta) -> int:
        wall = dt.datetime.combine(day, dt.time()) + since_midnight
        return int(wall.replace(tzinfo=self._zone).timestamp())


def limit_hours(limits: LimitHours, timezone: str, calendar: CalendarParameters) -> OpenHours:
    """The hours in which stays are paid for and limited; none on public holidays."""
    spans = sorted_spans(limits.hours)

    def of_day(day: dt.date) -> list[tuple[dt.timedelta, dt.timedelta]]:
        open_then = day.weekday() in limits.days and not is_public_holiday(day, calendar)
        return spans if open_then else []

    return OpenHours(of_day, timezone)


def sorted_spans(written: Iterable[str]) -> list[tuple[dt.timedelta, dt.timedelta]]:
    """Spans such as "09:00-12:00" as times since midnight, in order."""
    return sorted(clock_hours(span) for span in written)
