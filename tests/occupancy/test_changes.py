"""Which zones are said to have changed: planted changes are named, quiet towns stay quiet."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from infraction_model.calendars import CalendarParameters
from infraction_model.occupancy.changes import (
    WEEKS_A_YEAR,
    ChangeParameters,
    level_changes,
    threshold,
    week_kinds,
)
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import make_parking, simulate_truth
from infraction_model.timegrid import week_starting

FRANCE = CalendarParameters("FR", None, "B")
WEEKS = 12 + WEEKS_A_YEAR
_PAID = (np.arange(168) < 144) & np.isin(np.arange(168) % 24, [9, 10, 11, 14, 15, 16, 17])


@pytest.fixture(scope="module")
def town():
    """Car-hours in paid hours of a made town in which nobody changes, tariffs, kinds of week."""
    history = simulate_truth(
        SimulationParameters(
            weeks=WEEKS, metered_weeks=WEEKS, officers=1, weekly_drift=0.0, regime_share=0.0
        )
    )
    parking = make_parking(history)
    cars = parking.parked[:, :, _PAID].sum(axis=2).astype(float)
    kinds = week_kinds(history.first_week + np.arange(WEEKS), FRANCE)
    return cars, history.streets["tariff"].to_numpy(dtype=str)[parking.paid], kinds


def test_a_quiet_year_has_no_false_alarm(town):
    assert level_changes(*town, ChangeParameters()).empty


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_a_planted_change_is_named_with_its_week_and_size(town, factor):
    cars, tariffs, kinds = town
    named = soon = 0
    zones = range(0, len(cars), 4)
    for zone in zones:
        changed = cars.copy()
        changed[zone, 40:] *= factor
        found = level_changes(changed, tariffs, kinds, ChangeParameters())
        assert set(found["zone"]) <= {zone}
        if len(found):
            first = found.iloc[0]
            named += 1
            soon += first["found"] < 44
            assert abs(first["week"] - 40) <= 2
            assert first["size"] == pytest.approx(factor - 1, abs=0.25)
    assert named == len(zones)
    assert soon >= 0.7 * len(zones)


def test_what_all_zones_do_alike_is_no_change_of_one(town):
    cars, tariffs, kinds = town
    moved = cars.copy()
    moved[:, 40:] *= 1.5
    assert level_changes(moved, tariffs, kinds, ChangeParameters()).empty


def test_later_weeks_change_no_earlier_finding(town):
    cars, tariffs, kinds = town
    changed = cars.copy()
    changed[2, 30:] *= 1.6
    changed[5, 52:] *= 0.5
    whole = level_changes(changed, tariffs, kinds, ChangeParameters())
    early = level_changes(changed[:, :45], tariffs, kinds[:45], ChangeParameters())
    assert early.equals(whole[whole["found"] < 45].reset_index(drop=True))
    assert len(early) == 1


def test_weeks_that_are_not_known_are_passed_over(town):
    cars, tariffs, kinds = town
    holes = cars.copy()
    holes[3, 20:24] = np.nan
    holes[8] = np.nan
    assert level_changes(holes, tariffs, kinds, ChangeParameters()).empty


def test_the_threshold_keeps_its_bound_where_weeks_are_independent():
    """Crossings of a sum of standard normal weeks, drawn, beside what the formula promises."""
    parameters = ChangeParameters(slack=0.5, false_alarms=40.0)
    zones, weeks = 200, 400
    limit = threshold(zones, parameters)
    drawn = np.random.default_rng(1).standard_normal((2 * zones, weeks))
    sums, crossed = np.zeros(2 * zones), 0
    for week in range(weeks):
        sums = np.maximum(sums + drawn[:, week] - parameters.slack, 0.0)
        over = sums >= limit
        crossed += over.sum()
        sums[over] = 0.0
    assert crossed * WEEKS_A_YEAR / weeks == pytest.approx(parameters.false_alarms, rel=0.2)


def test_december_and_the_summer_are_held_against_their_like_only():
    days = ("2023-06-26", "2023-07-10", "2023-09-04", "2023-10-23", "2023-12-04", "2023-12-25")
    weeks = np.array([week_starting(dt.date.fromisoformat(day)) for day in days])
    assert week_kinds(weeks, FRANCE).tolist() == [0, 2, 0, 1, 3, 3]


def test_more_zones_or_fewer_false_alarms_take_a_higher_threshold():
    usual = threshold(30, ChangeParameters())
    assert threshold(2700, ChangeParameters()) > usual
    assert threshold(30, ChangeParameters(false_alarms=0.01)) > usual
    assert threshold(1, ChangeParameters(false_alarms=1e6)) > 0
