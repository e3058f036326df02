"""Calendar features of the target week: known for any future week, so never a leak."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np

from infraction_model.calendars import is_public_holiday, is_school_holiday
from infraction_model.features.registry import feature
from infraction_model.timegrid import monday


def _by_day(snapshot, value) -> np.ndarray:
    """A value per day of the target week as a (1, 168) row."""
    first = monday(snapshot.target)
    days = [value(first + dt.timedelta(days=offset)) for offset in range(7)]
    return np.repeat(np.asarray(days, dtype=float), 24)[None, :]


@feature
def hour_of_day(snapshot) -> np.ndarray:
    """Hour of the day, 0 to 23."""
    return np.tile(np.arange(24.0), 7)[None, :]


@feature
def weekday(snapshot) -> np.ndarray:
    """Day of the week, 0 = Monday to 6 = Sunday."""
    return np.repeat(np.arange(7.0), 24)[None, :]


@feature
def month(snapshot) -> np.ndarray:
    """Month of the day, 1 to 12."""
    return _by_day(snapshot, lambda day: day.month)


@feature
def nth_weekday(snapshot) -> np.ndarray:
    """Which occurrence of its weekday in the month a day is, 1 to 5 (street cleaning)."""
    return _by_day(snapshot, lambda day: (day.day - 1) // 7 + 1)


@feature
def public_holiday(snapshot) -> np.ndarray:
    """1 on a public holiday, else 0."""
    return _by_day(snapshot, lambda day: is_public_holiday(day, snapshot.calendar))


@feature
def beside_public_holiday(snapshot) -> np.ndarray:
    """1 on the day before or after a public holiday, else 0."""
    one = dt.timedelta(days=1)
    return _by_day(
        snapshot,
        lambda day: (
            is_public_holiday(day - one, snapshot.calendar)
            or is_public_holiday(day + one, snapshot.calendar)
        ),
    )


@feature
def school_holiday(snapshot) -> np.ndarray:
    """1 in the school holidays of the town's zone, 0 in term, NaN where no calendar is known."""
    return _by_day(snapshot, lambda day: is_school_holiday(day, snapshot.calendar))


@feature
def school_zones_on_holiday(snapshot) -> np.ndarray:
    """How many of the French school zones A, B and C are on holiday, 0 to 3: visitors may come.

    NaN where the town has no school zone or no calendar is known.
    """
    if snapshot.calendar.school_zone is None:
        return np.full((1, 1), np.nan)
    zones = [replace(snapshot.calendar, school_zone=zone) for zone in "ABC"]
    return _by_day(snapshot, lambda day: sum(is_school_holiday(day, zone) for zone in zones))
