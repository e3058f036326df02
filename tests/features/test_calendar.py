import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

import infraction_model.features.calendar  # noqa: F401  registers what is asked for below
from infraction_model.calendars import CalendarParameters, is_school_holiday
from infraction_model.features.registry import FEATURES
from infraction_model.timegrid import week_starting

FRANCE_B = CalendarParameters("FR", None, "B")


def _day(name: str, day: str, calendar=FRANCE_B) -> float:
    """A calendar feature on one day."""
    date = dt.date.fromisoformat(day)
    target = week_starting(date - dt.timedelta(days=date.weekday()))
    values = FEATURES[name](SimpleNamespace(target=target, calendar=calendar))
    hours = np.broadcast_to(values, (1, 168))[0, date.weekday() * 24 : date.weekday() * 24 + 24]
    np.testing.assert_array_equal(hours, hours[0])
    return float(hours[0])


@pytest.mark.parametrize(
    ("name", "day", "value"),
    [
        ("public_holiday", "2024-05-01", 1),
        ("public_holiday", "2024-05-02", 0),
        ("beside_public_holiday", "2024-05-02", 1),
        ("nth_weekday", "2024-01-01", 1),
        ("nth_weekday", "2024-01-07", 1),
        ("nth_weekday", "2024-01-08", 2),
        ("nth_weekday", "2024-01-31", 5),
        ("weekday", "2024-01-06", 5),
        ("month", "2024-12-30", 12),
        ("school_holiday", "2024-10-28", 1),
        ("school_holiday", "2024-11-12", 0),
    ],
)
def test_the_calendar_says_what_the_town_hall_says(name, day, value):
    assert _day(name, day) == value


def test_school_zones_differ_in_winter():
    day = dt.date(2024, 2, 20)  # zone A is on holiday, zone B back only from the 24th on
    assert is_school_holiday(day, CalendarParameters("FR", None, "A")) == 1
    assert is_school_holiday(day, FRANCE_B) == 0


def test_outside_france_the_school_calendar_is_unknown_not_term():
    assert np.isnan(_day("school_holiday", "2024-10-28", CalendarParameters("US", "CA")))
    assert _day("public_holiday", "2023-03-31", CalendarParameters("US", "CA")) == 1
