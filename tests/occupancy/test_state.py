"""The state of parking against the same figures by pandas, gaps, and what is compared with what."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_dashboards
import made_weeks
from infraction_model.calendars import CalendarParameters
from infraction_model.errors import NotEnoughDataError
from infraction_model.occupancy.changes import WEEK_KINDS
from infraction_model.occupancy.state import (
    KINDS,
    StateParameters,
    against_before,
    charged_hours,
    parking_state,
)
from infraction_model.occupancy.tables import joined
from infraction_model.occupancy.timeline import LimitHours
from infraction_model.timegrid import hour_of_week, monday, to_local, week_of, week_starting

IDS = [f"S{number:04d}" for number in range(6)]
ZONES = made_weeks.zones(dict.fromkeys([*IDS, "unknown"]))
LIMITS, CALENDAR = made_dashboards.LIMITS, made_dashboards.CALENDAR


def state_of(table: pd.DataFrame, zones: pd.DataFrame = ZONES, **settings):
    return parking_state(table, zones, LIMITS, CALENDAR, StateParameters(**settings))


def on_grid(table: pd.DataFrame) -> pd.DataFrame:
    local = to_local(table["starts_at"])
    return table.assign(week=week_of(local), hour=hour_of_week(local), day=local.dt.date)


def paid(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in paid hours, written down anew: Monday to Saturday, 9 to 12 and 14 to 18."""
    table = on_grid(table)
    clock = table["hour"] % 24
    holidays = {dt.date(2024, 4, 1), dt.date(2024, 5, 1), dt.date(2024, 5, 8), dt.date(2024, 5, 9)}
    open_now = clock.between(9, 11) | clock.between(14, 17)
    kept = open_now & (table["hour"] < 144) & ~table["day"].isin(holidays | {dt.date(2024, 5, 20)})
    return table[kept]


@pytest.fixture(scope="module")
def table():
    return made_dashboards.occupancy(IDS)


@pytest.fixture(scope="module")
def state(table):
    return state_of(table)


def test_weeks_of_zones_are_the_means_of_their_paid_hours(table, state):
    for column, found in (("occupancy", "value"), ("lower", "lower"), ("upper", "upper")):
        expected = paid(table).groupby(["zone_id", "week"])[column].mean().unstack()
        shown = getattr(state.charged, found)[state.known]
        np.testing.assert_allclose(shown, expected.loc[IDS].to_numpy(), rtol=1e-12)


def test_the_town_weighs_zones_by_their_spaces(table, state):
    spaces = ZONES.set_index("zone_id")["spaces"]
    weeks = paid(table).groupby(["zone_id", "week"])["occupancy"].mean().reset_index()
    weights = weeks["zone_id"].map(spaces)
    sums = (weeks["occupancy"] * weights).groupby(weeks["week"]).sum()
    expected = sums / weights.groupby(weeks["week"]).sum()
    np.testing.assert_allclose(state.town_charged.value, expected.to_numpy(), rtol=1e-12)
    assert (state.town_charged.lower < state.town_charged.value).all()
    # between the two extremes: errors of zones independent of each other, and all one
    weight = state.weight[state.known] / state.weight.sum()
    off = weight[:, None] * (state.charged.upper - state.charged.value)[state.known]
    half = state.town_charged.upper - state.town_charged.value
    assert (np.sqrt((off**2).sum(axis=0)) < half).all()
    assert (half < 0.8 * off.sum(axis=0)).all()


def test_the_typical_week_is_the_mean_of_the_last_weeks_in_term(table, state):
    names = [str(monday(week)) for week in state.weeks[state.recent]]
    # the holidays of zone B are from 24 February and from 20 April 2024
    expected_weeks = ["2024-03-18", "2024-03-25", "2024-04-01", "2024-04-08", "2024-04-15"]
    assert names == [*expected_weeks, "2024-05-06", "2024-05-13", "2024-05-20"]
    recent = on_grid(table)
    recent = recent[recent["week"].isin(state.weeks[state.recent])]
    expected = recent.groupby(["zone_id", "hour"])["occupancy"].mean().unstack()
    np.testing.assert_allclose(state.typical.value[state.known], expected.loc[IDS], rtol=1e-12)


def test_a_zone_without_occupancy_is_unknown_and_weighs_nothing(state):
    unknown = state.zones["zone_id"] == "unknown"
    assert state.known.tolist() == (~unknown).tolist()
    assert np.isnan(state.charged.value[unknown]).all()


def test_a_week_of_which_too_little_is_known_is_a_gap(table):
    local = to_local(table["starts_at"])
    week = week_of(local) - made_dashboards.FIRST
    lost = (table["zone_id"] == IDS[5]) & (week == 7) & (local.dt.hour < 13)
    state = state_of(table[~lost].reset_index(drop=True))
    row = state.zones.index[state.zones["zone_id"] == IDS[5]].item()
    assert np.flatnonzero(np.isnan(state.charged.value[row])).tolist() == [7]
    # without its 10 of 45 spaces less than nine tenths of the town are known
    assert np.flatnonzero(np.isnan(state.town_charged.value)).tolist() == [7]
    lenient = state_of(table[~lost].reset_index(drop=True), least_known=0.5)
    assert np.isfinite(lenient.charged.value[state.known]).all()


def test_hours_that_a_zone_never_knows_are_not_missed(table):
    by_day = table[to_local(table["starts_at"]).dt.hour.between(8, 19)].reset_index(drop=True)
    state = state_of(by_day)
    assert np.isfinite(state.town_charged.value).all()
    assert np.isnan(state.town_typical.value[:8]).all()


def test_without_spaces_all_zones_count_alike(table):
    zones = ZONES.assign(spaces=np.where(ZONES["zone_id"] == IDS[0], np.nan, ZONES["spaces"]))
    state = state_of(table, zones)
    assert not state.by_spaces
    value = state.charged.value[state.known]
    np.testing.assert_allclose(state.town_charged.value, value.mean(axis=0))


def test_shares_say_on_what_a_week_rests(table):
    bases = np.where(table["zone_id"] == IDS[1], "sensors", "paid")
    state = state_of(table.assign(basis=bases))
    assert state.shares[1, 3].tolist() == [1.0, 0.0, 0.0]
    assert state.shares[2, 3].tolist() == [0.0, 0.0, 1.0]
    assert KINDS == ("measured", "estimated", "paid")


def test_a_zone_that_only_the_occupancy_knows_keeps_its_id_as_name(table):
    state = state_of(table, ZONES[ZONES["zone_id"] != IDS[2]])
    assert state.zones.loc[state.zones["zone_id"] == IDS[2], "name"].item() == IDS[2]
    assert not state.by_spaces


def test_measured_hours_stand_and_an_estimate_that_took_sensors_in_stands_too():
    own = made_dashboards.occupancy(IDS[:3], weeks=1)
    payments = own.assign(basis=np.where(own["zone_id"] == IDS[0], "sensors", "payments"))
    sensors = own[own["zone_id"] != IDS[2]].assign(occupancy=0.5, lower=0.5, upper=0.5)
    found = joined(payments, sensors.assign(basis="sensors", bays_seen=4.0))
    assert len(found) == len(own)
    measured = found.groupby("zone_id")["bays_seen"].count()
    assert measured.to_dict() == {IDS[0]: 0, IDS[1]: 168, IDS[2]: 0}
    assert joined(None, sensors) is sensors
    assert joined(payments, None) is payments
    assert joined(None, None) is None


def test_public_holidays_are_not_paid():
    weeks = np.array([week_starting(dt.date(2024, 4, 29)), week_starting(dt.date(2024, 6, 3))])
    mask = charged_hours(weeks, LimitHours(), CalendarParameters("FR"))
    assert mask.sum(axis=1).tolist() == [35, 42]
    assert not mask[0, 48:72].any()


def test_a_town_of_which_no_week_is_known_says_what_to_do(table):
    now_and_then = table[::40].reset_index(drop=True)
    with pytest.raises(NotEnoughDataError, match=r"dashboard\.least_known"):
        state_of(now_and_then)


def test_weeks_know_their_kind(state):
    names = [WEEK_KINDS[kind] for kind in state.kinds]
    assert names[:7] == ["term"] * 7
    assert names[7:9] == ["holidays"] * 2  # from 26 February 2024
    assert len(names) == len(state.weeks)


def test_a_week_is_held_against_its_kind():
    school = np.array([0] * 6 + [1] * 2 + [0, 1])
    value = np.array([0.1, 0.2, 0.3, 0.4, 0.5, np.nan, 0.9, 0.7, 0.6, 0.95])
    found = against_before(value, school, 8, before=4)
    assert found.difference == pytest.approx(0.6 - 0.35)
    assert found.weeks.tolist() == [1, 2, 3, 4]
    assert np.isnan(found.usual)
    holidays = against_before(value, school, 9, before=4)
    assert holidays.difference == pytest.approx(0.95 - 0.8)
    assert holidays.weeks.tolist() == [6, 7]
    assert not len(against_before(value, school, 6, before=4).weeks)


@given(
    st.lists(st.floats(0, 1), min_size=20, max_size=40),
    st.lists(st.integers(0, 3), min_size=40, max_size=40),
)
def test_nine_of_ten_earlier_differences_are_at_most_the_usual_one(values, school):
    value, kinds = np.array(values), np.array(school[: len(values)])
    last = len(value) - 1
    usual = against_before(value, kinds, last, 4).usual
    if np.isnan(usual):
        return
    earlier = [against_before(value, kinds, week, 4).difference for week in range(last)]
    sizes = np.abs([one for one in earlier if np.isfinite(one)])
    assert (sizes <= usual + 1e-12).mean() >= 0.9 - 1 / len(sizes)
