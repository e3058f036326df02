"""Spans of time that do not overlap, and how much of each hour they cover.

Instants are whole seconds since 1970 (UTC), so that a clock put back or forward changes no length.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters, is_public_holiday
from infraction_model.errors import ConfigError
from infraction_model.timegrid import hour_of_week, localise, week_of

HOUR = 3600
_DAY = dt.timedelta(hours=24)


def seconds(times: pd.Series) -> np.ndarray:
    """Tz-aware times as whole seconds since 1970, int64; raises ValueError for NaT."""
    return times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]").astype("int64")


def aware(instants: np.ndarray, timezone: str) -> pd.Series:
    """Seconds since 1970 as times on the town's clock."""
    stamps = pd.Series(pd.to_datetime(np.asarray(instants, dtype="int64"), unit="s", utc=True))
    return stamps.dt.tz_convert(timezone).dt.as_unit("us")


@dataclass(frozen=True)
class Hours:
    """The hours from one instant to another: hour `i` lies between `edges[i]` and `edges[i + 1]`.

    `week` and `hour_of_week` are on the town's clock, `starts_at` tz-aware. An hour that the clock
    repeats in autumn stands twice, one that it skips is not there.
    """

    edges: np.ndarray
    starts_at: pd.Series
    week: np.ndarray
    hour_of_week: np.ndarray

    @classmethod
    def between(cls, first: int, last: int, timezone: str) -> Hours:
        """The whole hours that cover the instants from `first` to `last`."""
        local = aware(np.array([first]), timezone).dt.tz_localize(None)
        odd = int(local.to_numpy("datetime64[s]").astype("int64")[0] - first) % HOUR
        start = (first + odd) // HOUR * HOUR - odd
        edges = start + HOUR * np.arange(-(-(last - start) // HOUR) + 1, dtype="int64")
        starts_at = aware(edges[:-1], timezone)
        local = starts_at.dt.tz_localize(None).to_numpy("datetime64[s]")
        return cls(edges, starts_at, week_of(local), hour_of_week(local))

    def __len__(self) -> int:
        return len(self.edges) - 1


@dataclass(frozen=True)
class Spans:
    """Spans of time in order that do not overlap; `starts` and `ends` are int64 seconds."""

    starts: np.ndarray
    ends: np.ndarray

    @classmethod
    def union(cls, starts: np.ndarray, ends: np.ndarray) -> Spans:
        """All that lies in at least one of the given spans."""
        order = np.argsort(starts, kind="stable")
        starts, ends = np.asarray(starts)[order], np.asarray(ends)[order]
        if not len(starts):
            return cls(starts.astype("int64"), ends.astype("int64"))
        reach = np.maximum.accumulate(ends)
        new = np.concatenate([[True], starts[1:] > reach[:-1]])
        last = np.append(np.flatnonzero(new)[1:] - 1, len(starts) - 1)
        return cls(starts[new].astype("int64"), reach[last].astype("int64"))

    def until(self, instants: np.ndarray) -> np.ndarray:
        """Seconds of the spans that lie before each instant, float64."""
        if not len(self.starts):
            return np.zeros(np.shape(instants))
        length = np.cumsum(self.ends - self.starts)
        corners = np.column_stack([self.starts, self.ends]).ravel()
        return np.interp(instants, corners, np.column_stack([[0, *length[:-1]], length]).ravel())

    def covered(self, edges: np.ndarray) -> np.ndarray:
        """Seconds of the spans between each edge and the next, float64 (len(edges) - 1)."""
        return np.diff(self.until(edges))

    def without(self, holes: Spans) -> Spans:
        """What of the spans lies in none of the holes."""
        edges = np.unique(np.concatenate([self.starts, self.ends, holes.starts, holes.ends]))
        inside = (self.covered(edges) > 0) & (holes.covered(edges) == 0)
        return Spans.union(edges[:-1][inside], edges[1:][inside])


@dataclass(frozen=True)
class LimitHours:
    """When stays are paid for and limited: `days` (0 = Monday) and `hours` as "09:00-12:00".

    Public holidays are free.
    """

    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    hours: tuple[str, ...] = ("09:00-12:00", "14:00-18:00")

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(range(7)):
            raise ConfigError(
                "key 'limits.days': expected days of the week from 0 (Monday) to 6, got "
                f"{list(self.days)}. For a town where nothing is limited, leave out the limits of "
                "its zones."
            )
        if not self.hours:
            raise ConfigError("key 'limits.hours': name at least one span such as 09:00-12:00.")
        for written in self.hours:
            clock_hours(written)

    def closing(self) -> float:
        """The hour of day at which the last of the hours ends."""
        return max(clock_hours(written)[1] / dt.timedelta(hours=1) for written in self.hours)

    def share_of_hours(self) -> np.ndarray:
        """The share of each hour of a limited day that is limited, float64 (24)."""
        minutes = np.zeros(24 * 60)
        for written in self.hours:
            start, end = (int(at.total_seconds() // 60) for at in clock_hours(written))
            minutes[start:end] = 1.0
        return minutes.reshape(24, 60).mean(axis=1)

    def spans(self, hours: Hours, timezone: str, calendar: CalendarParameters) -> Spans:
        """These times over the given hours, as spans."""
        days = pd.date_range(
            hours.starts_at.iloc[0].date(), hours.starts_at.iloc[-1].date(), freq="D"
        )
        chosen = [
            day
            for day in days
            if day.weekday() in self.days and not is_public_holiday(day.date(), calendar)
        ]
        bounds = [
            [day + offset for offset in clock_hours(written)]
            for day in chosen
            for written in self.hours
        ]
        if not bounds:
            return Spans.union(np.zeros(0, "int64"), np.zeros(0, "int64"))
        starts, ends = (
            seconds(localise(pd.Series(times), timezone)[0]) for times in zip(*bounds, strict=True)
        )
        return Spans.union(starts, ends)


def clock_hours(written: str, key: str = "key 'limits.hours'") -> tuple[dt.timedelta, dt.timedelta]:
    """A span such as "09:00-12:00" as times since midnight; raises ConfigError that names `key`."""
    try:
        start, end = (_time_of_day(time) for time in written.split("-"))
    except ValueError:
        start = end = dt.timedelta()
    if not dt.timedelta() <= start < end <= _DAY:
        over_midnight = "; one over midnight is two: 22:00-24:00 and 00:00-06:00"
        raise ConfigError(
            f"{key}: expected a span such as 09:00-12:00, got {written}"
            f"{over_midnight if end < start else ''}"
        )
    return start, end


def _time_of_day(written: str) -> dt.timedelta:
    """A time such as "09:30" since midnight; raises ValueError."""
    hours, minutes = map(int, written.split(":"))
    if not 0 <= minutes < 60:
        raise ValueError(written)
    return dt.timedelta(hours=hours, minutes=minutes)


def longest_span(written: Iterable[str]) -> dt.timedelta:
    """How long the longest of spans such as "09:00-12:00" lasts where they hold each day: those
    that meet, over midnight too, are one."""
    spans = sorted(clock_hours(span) for span in written)
    longest = dt.timedelta()
    begin, reach = spans[0]
    for start, end in [*spans, *((start + _DAY, end + _DAY) for start, end in spans)]:
        begin, reach = (start, end) if start > reach else (begin, max(reach, end))
        longest = max(longest, reach - begin)
    return longest
