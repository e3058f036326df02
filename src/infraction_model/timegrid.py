"""The grid of local civil time: whole Monday-to-Sunday weeks of exactly 168 hours.

A week is an integer, counted from Monday 1970-01-05 (week 0); an hour of week runs from 0 (Monday
00:00) to 167 (Sunday 23:00). Below, "local" means naive wall-clock `datetime64`.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError

HOURS_PER_WEEK = 168
_FIRST_MONDAY = dt.date(1970, 1, 5)
_HOURS_TO_FIRST_MONDAY = 4 * 24


def _hours(local) -> np.ndarray:
    """Whole hours since the first Monday, int64."""
    stamps = np.asarray(local, dtype="datetime64[h]")
    return stamps.astype(np.int64) - _HOURS_TO_FIRST_MONDAY


def week_of(local) -> np.ndarray:
    """The week of each local time, int32."""
    return (_hours(local) // HOURS_PER_WEEK).astype(np.int32)


def hour_of_week(local) -> np.ndarray:
    """The hour of week (0 to 167) of each local time, int16."""
    return (_hours(local) % HOURS_PER_WEEK).astype(np.int16)


def monday(week: int) -> dt.date:
    """The date on which a week begins."""
    return _FIRST_MONDAY + dt.timedelta(weeks=int(week))


def week_starting(date: dt.date) -> int:
    """The week that begins on `date`; raises ConfigError with the nearest Monday if it is none."""
    if date.weekday() != 0:
        before = date - dt.timedelta(days=date.weekday())
        near = before if date.weekday() <= 3 else before + dt.timedelta(days=7)
        raise ConfigError(
            f"expected a Monday, got {date} (a {date:%A}). The nearest Monday is {near}."
        )
    return (date - _FIRST_MONDAY).days // 7


def hour_starts(week: int) -> np.ndarray:
    """The 168 local times at which the hours of a week begin, `datetime64[h]`."""
    return np.datetime64(monday(week), "h") + np.arange(HOURS_PER_WEEK)


def to_local(times: pd.Series) -> pd.Series:
    """Tz-aware times as naive local wall-clock times, in the series' own time zone."""
    return times.dt.tz_localize(None)


def localise(local: pd.Series, timezone: str) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Naive wall-clock times as tz-aware ones, with masks of the repeated and the skipped hour.

    An hour repeated in autumn is read as its first (summer-time) passage: the two share one place
    on the grid. An hour skipped in spring comes from a clock not yet put forward, so the time moves
    on by one hour. Both are masked so that a report can count them.
    """
    first = np.ones(len(local), dtype=bool)
    aware = local.dt.tz_localize(timezone, ambiguous=first, nonexistent=pd.Timedelta(hours=1))
    unsure = local.dt.tz_localize(timezone, ambiguous="NaT", nonexistent=pd.Timedelta(hours=1))
    repeated = unsure.isna() & local.notna()
    skipped = (aware.dt.tz_localize(None) != local) & local.notna()
    return aware, repeated, skipped


def skipped_hours(week: int, timezone: str) -> np.ndarray:
    """The hours of week that the clock jumps over in `week` (empty but for one week a year)."""
    local = pd.Series(hour_starts(week).astype("datetime64[s]"))
    return np.flatnonzero(localise(local, timezone)[2].to_numpy())


def starts_at(week: int, timezone: str) -> pd.Series:
    """The 168 tz-aware hour starts of a week; the skipped hour of spring is NaT."""
    local = pd.Series(hour_starts(week).astype("datetime64[s]"))
    aware, _, skipped = localise(local, timezone)
    return aware.mask(skipped)
