from __future__ import annotations

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest

from infraction_model.simulation.calendar import make_days
from infraction_model.simulation.counts import make_counts
from infraction_model.simulation.parking import make_stays, occupancy, take_bays
from infraction_model.simulation.payments import make_payments, paid_minutes_ahead, with_lapses
from infraction_model.simulation.sensors import make_bay_events

SINCE = 98


@pytest.fixture(scope="module")
def paid(town):
    return np.flatnonzero(town.streets["paid"])[:6]


@pytest.fixture(scope="module")
def stays(town, paid):
    spaces = town.streets["spaces"].to_numpy()
    return make_stays(town.drivers, paid, spaces, SINCE, np.random.default_rng(11))


@pytest.fixture(scope="module")
def days(town):
    return make_days(town.parameters.first_monday, town.parameters.weeks)


def test_a_full_street_turns_cars_away_as_often_as_erlang_says():
    """Erlang's loss formula (1917): load 8 on 10 bays loses 12.17 %, whatever the law of stays."""
    rng = np.random.default_rng(4)
    arrived = np.cumsum(rng.exponential(1.0, 60_000))
    departed = arrived + rng.uniform(0.0, 16.0, 60_000)
    bay = take_bays(arrived, departed, 10)
    assert (bay == 0).mean() == pytest.approx(0.1217, abs=0.006)


def test_no_two_cars_share_a_bay(town, stays):
    for (zone, bay), own in stays.groupby(["zone", "bay"]):
        assert 1 <= bay <= town.streets["spaces"][zone]
        assert (own["arrived"].to_numpy()[1:] >= own["departed"].to_numpy()[:-1]).all()
        assert (own["departed"] > own["arrived"]).all()


def test_occupancy_adds_up_to_the_time_parked(town, stays, paid):
    parked = occupancy(stays, paid, SINCE, town.parameters.weeks)
    minutes = (stays["departed"] - stays["arrived"]).groupby(stays["zone"]).sum()
    np.testing.assert_allclose(parked.sum(axis=(1, 2)) * 60, minutes.loc[paid], rtol=1e-5)
    spaces = town.streets["spaces"].to_numpy()[paid]
    assert (parked.max(axis=(1, 2)) <= spaces).all()
    assert (parked >= 0).all()


def test_occupancy_of_an_hour_is_its_mean_of_parked_cars():
    stays = pd.DataFrame({"zone": [5, 5], "arrived": [30, 60], "departed": [90, 75]})
    parked = occupancy(stays, np.array([5]), 0, 1)
    assert parked[0, 0, :3].tolist() == [0.5, 0.75, 0.0]


def test_tickets_are_bought_for_paid_hours_and_never_beyond_the_limit(town, stays, days):
    tickets = make_payments(stays, town.streets, days, SINCE, np.random.default_rng(2))
    start = tickets["paid_from"].to_numpy()
    weekday, hour = start // 1440 % 7, start // 60 % 24
    assert (weekday < 6).all()
    assert set(hour) <= {9, 10, 11, 12, 14, 15, 16, 17}
    assert ((hour != 12) | (start % 60 <= 3)).all()  # who arrives at 11:59 pays a moment later
    minutes = tickets["paid_until"] - tickets["paid_from"]
    assert (minutes <= town.streets["max_stay_minutes"].to_numpy()[tickets["zone"]]).all()
    assert (tickets["paid_until"] % 1440 <= 18 * 60).all()
    # Fewer pay than park: free riders, subscribers, and those who come when it is free.
    assert 0.1 < len(tickets) / len(stays) < 0.7


def test_public_holidays_and_sundays_are_free(days):
    ahead = paid_minutes_ahead(days)
    friday_14_july = 27 * 7 + 4
    assert ahead[friday_14_july * 1440 + 10 * 60] == 23 * 60  # until Saturday 9 h
    assert ahead[10 * 60] == 0
    assert ahead[13 * 60] == 60
    assert ahead[-1] == -1


def test_one_meter_is_silent_for_two_weeks(town):
    tickets = pd.read_csv(
        io.BytesIO(town.raw["paiements.csv"]), sep=";", encoding="latin-1", decimal=","
    )
    coins = tickets[tickets["Moyen"] != "Mobile"]
    days = pd.to_datetime(coins["Début"], format="%d/%m/%Y %H:%M").dt.floor("D")
    silence = days.groupby(coins["Horodateur"]).agg(lambda d: d.drop_duplicates().diff().max())
    assert (silence >= pd.Timedelta(days=13)).sum() == 1
    assert len(tickets) < 200_000


def test_sensors_miss_short_stays_and_one_dies_for_three_weeks(town, paid):
    stays = make_stays(
        town.drivers, paid[:2], town.streets["spaces"].to_numpy(), 90, np.random.default_rng(11)
    )
    events = make_bay_events(stays, paid[:2], 90, 104, np.random.default_rng(1))
    assert ((events["departed"] - events["arrived"]) >= 3).all()
    assert 0.9 < len(events) / len(stays) < 0.995
    gaps = {
        bay: np.diff(np.sort(own["arrived"].to_numpy())).max() / 1440
        for bay, own in events[events["bay"] == 1].groupby("zone")
    }
    assert sorted(gap >= 20.5 for gap in gaps.values()) == [False, True]


def test_a_history_too_short_for_a_fault_has_none(town, stays, paid, days):
    events = make_bay_events(stays, paid, 103, 104, np.random.default_rng(1))
    seen = stays[(stays["departed"] - stays["arrived"]) >= 3]
    assert len(events) > 0.98 * len(seen)


def test_an_officer_counts_what_stands_there_but_for_a_slip_now_and_then(town, stays, paid):
    spaces = town.streets["spaces"].to_numpy()
    counts = make_counts(stays, paid, spaces, 600, SINCE, 104, np.random.default_rng(3))
    minute = counts["minute"].to_numpy()
    assert counts["zone"].value_counts().tolist() == [100] * 6
    assert (minute // 1440 % 7 < 6).all()
    assert ((minute % 1440 >= 6 * 60) & (minute % 1440 < 22 * 60)).all()
    # the hour's mean is not the moment's count, but on average over many moments it is
    parked = occupancy(stays, paid, SINCE, 104).reshape(len(paid), -1)
    place = np.searchsorted(paid, counts["zone"])
    true = parked[place, minute // 60 - SINCE * 168]
    off = counts["vehicles"] - true
    assert abs(off.mean()) < 0.15
    assert 0.3 < np.abs(off).mean() < 1.5
    assert (counts["vehicles"] <= spaces[counts["zone"]]).all()


def test_lapsed_payers_are_missing_from_their_week_on_in_their_zones_only(town, stays, days, paid):
    tickets = make_payments(stays, town.streets, days, SINCE, np.random.default_rng(2))
    rest, zones = with_lapses(tickets, paid, 0.5, 0.34, 101, np.random.default_rng(1))
    assert len(zones) == 2
    after = tickets["paid_from"] >= 101 * 168 * 60
    there = tickets["zone"].isin(zones)
    kept = len(rest[rest["zone"].isin(zones) & (rest["paid_from"] >= 101 * 168 * 60)])
    assert kept / (after & there).sum() == pytest.approx(0.5, abs=0.05)
    assert len(tickets) - len(rest) == (after & there).sum() - kept
    same, nowhere = with_lapses(tickets, paid, 0.0, 0.34, 101, np.random.default_rng(1))
    pd.testing.assert_frame_equal(same, tickets)
    assert not len(nowhere)


def test_where_a_quarter_is_found_half_as_many_cars_come_by_the_square_root(town, paid):
    """Half as many of all that come; few enough that hardly one finds no bay."""
    spaces = town.streets["spaces"].to_numpy() * 40
    stays = {
        part: make_stays(
            dataclasses.replace(town.drivers, rates=town.drivers.rates / part),
            paid[:1], spaces, SINCE, np.random.default_rng(3), follows=0.5,
        )
        for part in (16, 64)
    }  # fmt: skip
    assert len(stays[16]) / len(stays[64]) == pytest.approx(2.0, rel=0.02)
