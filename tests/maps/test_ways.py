from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_routes
import made_weeks
from infraction_model.maps.ways import aware, shift_title, shift_words, stop_words, way
from infraction_model.timegrid import localise

PARIS = ZoneInfo("Europe/Paris")
BASE = (3.31, 49.81)


@given(st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1)))
def test_wall_clocks_are_read_as_the_grid_reads_them(local):
    read = localise(pd.Series([local]), "Europe/Paris")[0].iloc[0]
    assert aware(local, PARIS) == read.to_pydatetime()


@pytest.mark.parametrize(
    ("local", "written"),
    [
        (dt.datetime(2026, 3, 29, 2, 30), "2026-03-29T03:30:00+02:00"),  # skipped
        (dt.datetime(2026, 3, 29, 3, 30), "2026-03-29T03:30:00+02:00"),
        (dt.datetime(2026, 10, 25, 2, 30), "2026-10-25T02:30:00+02:00"),  # the first of two
        (dt.datetime(2026, 10, 25, 3, 0), "2026-10-25T03:00:00+01:00"),
    ],
)
def test_days_on_which_the_clock_is_changed(local, written):
    assert aware(local, PARIS).isoformat() == written


def test_a_way_begins_takes_its_break_and_ends_at_the_base():
    pause = dt.datetime(2026, 1, 12, 9, 17)
    at_base = {"longitude": BASE[0], "latitude": BASE[1], "break_start": pause, "break_minutes": 10}
    route = made_routes.plan(3, ("A",), (0,), **at_base).routes[0]
    first, second, third = ((stop.longitude, stop.latitude) for stop in route.stops)
    assert way(route) == [BASE, first, BASE, second, third, BASE]
    assert way(replace(route, longitude=None, latitude=None)) == [first, second, third]
    late = replace(route, break_start=route.end)
    assert way(late) == [BASE, first, second, third, BASE]


def test_stops_without_a_place_are_passed_over_and_counted():
    route = made_routes.plan(3, ("A",), (0,)).routes[0]
    lost = replace(route.stops[1], longitude=None, latitude=None)
    route = replace(route, stops=(route.stops[0], lost, route.stops[2]))
    assert len(way(route)) == 2
    week = made_weeks.week(made_weeks.streets(4))
    assert shift_words(route, True, week, "en") == [
        "Stops: 3; Expected infractions: 0.8.",
        "Straight lines from place to place, not streets.",
        "Without a known place, so missing here: 1; see visits.csv.",
    ]


def test_a_shift_and_a_stop_in_words():
    route = made_routes.plan(1, ("A",), (0,), end=dt.datetime(2026, 1, 12, 12, 30)).routes[0]
    assert shift_title(route, "fr") == "lundi 12 janvier 2026 · A · 9\u00a0h – 12\u00a0h\u00a030"
    assert shift_title(replace(route, team=""), "en") == "Monday 12 January 2026"
    seen = made_weeks.week(made_weeks.streets(4), basis="none")
    assert stop_words(route.stops[0], seen, "fr") == [
        "9\u00a0h – 9\u00a0h\u00a015",
        "Motif\u202f: rendement",
        "Verbalisations attendues\u202f: 0,25",
        "À regarder\u202f: trottoir ou passage piéton 60\u00a0%; non-paiement 30\u00a0%",
    ]
