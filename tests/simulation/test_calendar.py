from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from infraction_model.simulation.calendar import make_days, make_events, make_weather


@pytest.fixture(scope="module")
def days():
    return make_days(dt.date(2023, 1, 2), 104)


def test_public_holidays_are_the_french_ones(days):
    # Service-public.fr, 2023 and 2024.
    official = [
        "2023-04-10", "2023-05-01", "2023-05-08", "2023-05-18", "2023-05-29", "2023-07-14",
        "2023-08-15", "2023-11-01", "2023-11-11", "2023-12-25", "2024-01-01", "2024-04-01",
        "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20", "2024-07-14", "2024-08-15",
        "2024-11-01", "2024-11-11", "2024-12-25",
    ]  # fmt: skip
    assert [str(date) for date in days.loc[days["public_holiday"], "date"]] == official


@pytest.mark.parametrize(
    "first, last",
    [("2023-02-12", "2023-02-26"), ("2023-04-16", "2023-05-01"), ("2023-10-22", "2023-11-05")],
)
def test_school_holidays_are_those_of_zone_b(days, first, last):
    # education.gouv.fr, calendar 2022-2023 and 2023-2024.
    by_date = days.set_index("date")["school_holiday"]
    within = by_date.loc[dt.date.fromisoformat(first) : dt.date.fromisoformat(last)]
    assert within.all()
    assert not by_date[dt.date.fromisoformat(last) + dt.timedelta(days=2)]
    assert not by_date[dt.date.fromisoformat(first) - dt.timedelta(days=3)]


def test_weekdays_and_weeks_follow_the_calendar(days):
    assert [date.weekday() for date in days["date"]] == days["weekday"].tolist()
    assert len(days) == 728
    assert days["week"].iloc[-1] == 103


def test_the_weather_is_that_of_northern_france(days):
    weather = make_weather(days, np.random.default_rng(3))
    assert len(weather) == 728 * 24
    month = np.repeat([date.month for date in days["date"]], 24)
    july = weather.loc[month == 7, "temperature"].mean()
    january = weather.loc[month == 1, "temperature"].mean()
    assert 9 < weather["temperature"].mean() < 13
    assert july > january + 10
    hours = weather["temperature"].to_numpy().reshape(-1, 24).mean(axis=0)
    assert hours.argmax() in (14, 15, 16)
    yearly = weather["rain"].sum() / 2
    assert 400 < yearly < 1500
    assert (weather["rain"] >= 0).all()
    # Rain comes in showers: a wet hour is mostly followed by another.
    wet = weather["rain"].to_numpy() > 0
    assert wet[1:][wet[:-1]].mean() > 3 * wet.mean()


def test_events_are_announced_before_they_begin(days, town):
    events = make_events(days, town.streets, np.random.default_rng(3))
    assert (events["announced"] * 24 < events["first_hour"]).all()
    assert (events["first_hour"] < events["last_hour"]).all()
    assert events["last_hour"].max() <= 728 * 24
    assert set(events["kind"]) == {"Travaux", "Manifestation", "Marché"}
    markets = events[events["kind"] == "Marché"]
    assert set(markets["first_hour"] // 24 % 7) == {2, 5}
    assert set(town.streets["kind"].iloc[markets["zone"]]) == {"market"}
