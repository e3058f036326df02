import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraction_model import timegrid
from infraction_model.errors import ConfigError

TIMES = st.datetimes(dt.datetime(1960, 1, 1), dt.datetime(2060, 1, 1))


@given(TIMES)
def test_week_and_hour_say_what_the_calendar_says(time):
    week = timegrid.week_of([time])[0]
    hour = timegrid.hour_of_week([time])[0]
    assert timegrid.monday(week) == time.date() - dt.timedelta(days=time.weekday())
    assert hour == time.weekday() * 24 + time.hour
    assert timegrid.hour_starts(week)[hour] == np.datetime64(time, "h")


@given(st.integers(-500, 6000))
def test_a_week_starts_on_its_own_monday(week):
    assert timegrid.week_starting(timegrid.monday(week)) == week


@pytest.mark.parametrize(
    ("day", "nearest"),
    [("2024-01-04", "2024-01-01"), ("2024-01-05", "2024-01-08"), ("2024-01-07", "2024-01-08")],
)
def test_a_day_that_is_no_monday_is_refused_and_the_nearest_named(day, nearest):
    with pytest.raises(ConfigError, match=nearest):
        timegrid.week_starting(dt.date.fromisoformat(day))


def test_the_repeated_hour_is_one_place_on_the_grid_and_the_skipped_one_moves_on():
    local = pd.Series(pd.to_datetime(["2024-10-27 02:30", "2024-03-31 02:30", "2024-03-31 03:30"]))
    aware, repeated, skipped = timegrid.localise(local, "Europe/Paris")
    assert aware.dt.tz_convert("UTC").dt.hour.tolist() == [0, 1, 1]
    assert repeated.tolist() == [True, False, False]
    assert skipped.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("timezone", "sunday", "hour"),
    [
        ("Europe/Paris", "2024-03-31", 2),
        ("Europe/London", "2022-03-27", 1),
        ("America/Los_Angeles", "2023-03-12", 2),
    ],
)
def test_spring_skips_one_hour_of_one_week(timezone, sunday, hour):
    week = timegrid.week_of([np.datetime64(sunday)])[0]
    assert timegrid.skipped_hours(week, timezone).tolist() == [6 * 24 + hour]
    assert timegrid.skipped_hours(week + 1, timezone).tolist() == []
    starts = timegrid.starts_at(week, timezone)
    assert starts.isna().sum() == 1
    assert starts.dropna().is_unique


def test_an_autumn_week_has_168_places_though_it_lasts_169_hours():
    week = timegrid.week_of([np.datetime64("2024-10-27")])[0]
    starts = timegrid.starts_at(week, "Europe/Paris")
    assert len(starts) == 168
    assert starts.is_unique
    assert (starts.iloc[-1] - starts.iloc[0]) == pd.Timedelta(hours=168)
