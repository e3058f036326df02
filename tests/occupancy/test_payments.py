"""Payments against the made town's truth: better than counting tickets, honest, without leaks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from infraction_model.calendars import CalendarParameters
from infraction_model.errors import NotEnoughDataError
from infraction_model.occupancy.compliance import WatchParameters, watch
from infraction_model.occupancy.faults import FaultParameters
from infraction_model.occupancy.levels import LevelParameters, Levels
from infraction_model.occupancy.meters import MeterParameters, find_silences, silence_table
from infraction_model.occupancy.payments import PaymentParameters, estimate
from infraction_model.occupancy.relation import CLASSES, FEATURES, Relation, RelationParameters
from infraction_model.occupancy.sensors import sense
from infraction_model.occupancy.spread import short_interval
from infraction_model.occupancy.tables import alarm_table, occupancy_table
from infraction_model.occupancy.tickets import read_tickets
from infraction_model.occupancy.timeline import LimitHours
from infraction_model.occupancy.truth import gather_truth
from infraction_model.schema import validate
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import contract_tables, parking_tables
from infraction_model.simulation.town import make_parking, simulate_truth
from infraction_model.timegrid import monday

TIMEZONE = "Europe/Paris"
FRANCE = CalendarParameters("FR", None, "B")
LIMITS = LimitHours()
SENSED = np.array([1, 4, 7])


@pytest.fixture(scope="module")
def town():
    """A made town of 30 zones over 14 weeks; three of its paid zones have sensors."""
    history = simulate_truth(
        SimulationParameters(zones=30, weeks=14, officers=2, metered_weeks=14, walked_zones=3)
    )
    parking = make_parking(history, sensed=SENSED)
    tables = parking_tables(history, parking)
    zones = contract_tables(history).zones
    rate = parking.parked / zones["spaces"].to_numpy()[parking.paid][:, None, None]
    return zones, tables, history.first_week, rate.astype(float)


def estimated(zones, tables, until_week, events=None, sensors=True, counts=True):
    events = tables.occupancy_events if events is None else events
    tickets = read_tickets(tables.payments, zones, until_week, LIMITS.closing())
    until = pd.Timestamp(monday(until_week), tz=TIMEZONE)
    sensed = sense(events, until, FaultParameters()) if sensors else None
    known = tables.counts[tables.counts["counted_at"] < until] if counts else None
    truth = gather_truth(tickets.zones, tickets.first_week, tickets.weeks, sensed, known)
    return estimate(tickets, truth, LIMITS, FRANCE, PaymentParameters())


@pytest.fixture(scope="module")
def whole(town):
    zones, tables, first, _ = town
    return estimated(zones, tables, first + 14)


def test_zones_without_sensors_are_known_better_than_by_counting_tickets(town, whole):
    rate = town[3]
    others = np.setdiff1d(np.arange(len(rate)), SENSED)
    off = np.abs(whole.occupancy - rate)[others]
    naive = np.abs(whole.paid - rate)[others]
    assert off.mean() < 0.85 * naive.mean()
    assert off.mean() < 0.10
    assert abs((whole.occupancy - rate)[others].mean()) < 0.6 * naive.mean()
    covered = ((rate >= whole.lower - 1e-6) & (rate <= whole.upper + 1e-6))[others]
    # three zones say little of another: the interval is wide, and still says something
    assert covered.mean() > 0.85
    assert (whole.upper - whole.lower)[others].mean() < 0.6
    measured = np.abs(whole.occupancy - rate)[SENSED]
    assert measured.mean() < 0.012
    assert (whole.basis[SENSED] == "sensors").mean() > 0.9


def test_the_table_holds_its_contract_and_bounds(whole):
    table = validate("occupancy", occupancy_table(whole, TIMEZONE))
    # the night of 26 March 2023 has an hour less
    assert len(table) == len(whole.tickets.zones) * (14 * 168 - 1)


def test_what_comes_later_changes_no_week(town, whole):
    zones, tables, first, _ = town
    early = estimated(zones, tables, first + 9)
    for name in ("occupancy", "lower", "upper", "paid"):
        later = getattr(whole, name)[:, :9]
        np.testing.assert_array_equal(getattr(early, name), later)
    assert (early.basis == whole.basis[:, :9]).all()


@pytest.mark.parametrize("sensed_before", [True, False], ids=["more bays", "first bays"])
def test_a_sensor_installed_later_changes_no_earlier_week(town, whole, sensed_before):
    """Bays that begin in the tenth week, in a zone with sensors or in one that had none."""
    zones, tables, first, _ = town
    events = tables.occupancy_events
    known = set(events["zone_id"])
    others = [one for one in whole.tickets.zones["zone_id"] if one not in known]
    added = events[events["zone_id"] == min(known)].assign(
        zone_id=min(known) if sensed_before else others[0], bay_id=lambda one: one["bay_id"] + "b"
    )
    begin = pd.Timestamp(monday(first + 9), tz=TIMEZONE)
    more = pd.concat([events, added[added["arrived_at"] >= begin]], ignore_index=True)
    found = estimated(zones, tables, first + 14, more)
    for name in ("occupancy", "lower", "upper"):
        early, with_more = getattr(whole, name), getattr(found, name)
        np.testing.assert_array_equal(early[:, :9], with_more[:, :9])
        assert (early[:, 9:] != with_more[:, 9:]).any()


def test_without_any_truth_only_the_paid_occupancy_is_given(town):
    zones, tables, first, _ = town
    found = estimated(zones, tables, first + 5, sensors=False, counts=False)
    assert (found.basis == "paid").all()
    np.testing.assert_array_equal(found.occupancy, found.paid)
    tickets, spaces = found.tickets, found.tickets.spaces[:, None, None]
    running = tickets.running()
    np.testing.assert_allclose(found.paid, np.minimum(running / spaces, 1))
    assert running.sum() == pytest.approx((tickets.end - tickets.start).sum(), rel=1e-6)


def test_the_dead_meter_is_found_and_its_weeks_do_not_fall_to_nothing(town, whole):
    _, _, first, rate = town
    alarms = alarm_table(whole, pd.DataFrame(columns=["zone", "week", "found", "size", "basis"]),
                         TIMEZONE)  # fmt: skip
    alarms = validate("occupancy_alarms", alarms)
    assert set(alarms["channel"]) == {"CB", "Pièces"}
    [zone_id] = set(alarms["zone_id"])
    begun = alarms["starts_at"].min()
    assert begun.weekday() == 0
    assert (alarms["found_at"] <= begun + pd.Timedelta(days=9)).all()
    assert ((alarms["ends_at"] - begun) / pd.Timedelta(days=1)).between(12, 15).all()
    zone = whole.tickets.zones.index[whole.tickets.zones["zone_id"] == zone_id][0]
    week = (begun.date() - monday(first)).days // 7
    dead = slice(week, week + 2)
    hours = whole.basis[zone, dead] == "fallback"
    if zone not in SENSED:
        assert hours.mean() > 0.7
    busy = rate[zone, dead] > 0.3
    assert whole.occupancy[zone, dead][busy].mean() > 0.7 * rate[zone, dead][busy].mean()


def test_the_sooner_it_is_asked_the_less_of_a_silence_is_known(town, whole):
    zones, tables, first, _ = town
    silence = whole.silence
    key = int(np.flatnonzero(silence.silent().any(axis=1))[0])
    days = np.flatnonzero(silence.silent()[key])
    known = silence.silent(int(silence.found[key, days[0]]))[key]
    assert not known[days[0]]
    tickets = read_tickets(tables.payments, zones, first + 14, LIMITS.closing())
    table = silence_table(tickets, find_silences(tickets, MeterParameters()))
    assert (table["found"] >= table["first_day"]).all()


def test_a_town_that_sells_hardly_a_ticket_is_an_error(town):
    zones, tables, first, _ = town
    with pytest.raises(NotEnoughDataError, match="expected 50 or more"):
        read_tickets(tables.payments.head(20), zones, first + 14)
    with pytest.raises(NotEnoughDataError, match="number of spaces"):
        read_tickets(tables.payments, zones.assign(spaces=np.nan), first + 14)


def test_tickets_count_their_share_of_each_hour():
    zones = pd.DataFrame({"zone_id": ["z"], "spaces": [5.0], "max_stay_minutes": [120.0]})
    base = pd.Timestamp("2024-03-04 09:30", tz=TIMEZONE)
    minutes = [90] + [30] * 49
    payments = pd.DataFrame(
        {
            "zone_id": "z",
            "channel": "CB",
            "paid_from": base,
            "paid_until": [base + pd.Timedelta(minutes=length) for length in minutes],
        }
    )
    tickets = read_tickets(payments, zones, 2900)
    running = tickets.running()[0, 0]
    assert running[9] == pytest.approx(50 * 0.5)
    assert running[10] == pytest.approx(1.0)
    assert running.sum() == pytest.approx(sum(minutes) / 60)


def quiet_town(zones: int, weeks: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Tickets of zones with a season of their own in the holidays, and which weeks those are."""
    rng = np.random.default_rng(seed)
    kinds = (np.arange(weeks) % 8 >= 6).astype(int)
    own = rng.uniform(0.4, 1.1, zones)[:, None] ** kinds[None, :]
    season = np.exp(0.2 * np.sin(np.arange(weeks) / 8))[None, :]
    mean = rng.uniform(60, 250, zones)[:, None] * own * season
    return rng.poisson(mean).astype(float), kinds


@pytest.mark.parametrize("seed", [1, 2])
def test_a_quiet_town_of_a_year_and_a_half_raises_no_alarm(seed):
    bought, kinds = quiet_town(30, 78, seed)
    stays = np.full(bought.shape, np.nan)
    assert watch(bought, stays, np.repeat("t", 30), kinds, WatchParameters()).empty


@pytest.mark.parametrize("by_sensors", [False, True])
def test_payers_who_lapse_are_found_within_three_weeks_with_zone_week_and_size(by_sensors):
    bought, kinds = quiet_town(30, 60, 5)
    stays = np.where(np.arange(30)[:, None] < 9, bought * 2.0, np.nan) if by_sensors else None
    stays = np.full(bought.shape, np.nan) if stays is None else stays
    lapsed = np.arange(3, 12) if not by_sensors else np.arange(0, 9)
    changed = bought.copy()
    changed[lapsed, 40:] = np.round(0.65 * changed[lapsed, 40:])
    alarms = watch(changed, stays, np.repeat("t", 30), kinds, WatchParameters())
    assert set(alarms["zone"]) <= set(lapsed)
    assert alarms["found"].min() <= 42
    assert len(set(alarms["zone"])) >= 7
    first = alarms.groupby("zone").first()
    assert (first["week"] - 40).abs().median() <= 1
    assert first["size"].median() == pytest.approx(-0.35, abs=0.07)
    assert (first["basis"] == ("sensors" if by_sensors else "season")).all()


def test_a_later_week_takes_no_alarm_back():
    bought, kinds = quiet_town(20, 60, 8)
    bought[4, 30:] *= 0.6
    stays, tariffs = np.full(bought.shape, np.nan), np.repeat("t", 20)
    whole = watch(bought, stays, tariffs, kinds, WatchParameters())
    part = watch(bought[:, :45], stays[:, :45], tariffs, kinds[:45], WatchParameters())
    pd.testing.assert_frame_equal(whole[whole["found"] < 45].reset_index(drop=True), part)


def test_a_known_relation_is_recovered_and_a_zone_can_be_left_out():
    rng = np.random.default_rng(3)
    relation = Relation(4, dataclasses.replace(RelationParameters(), pull=1e-3, between=1e-6))
    features = rng.uniform(0, 0.5, (4, 168, len(FEATURES)))
    features[..., 0] = 1.0
    kind = np.arange(168) % CLASSES
    slopes = rng.uniform(0.1, 0.9, len(FEATURES)) / len(FEATURES)
    truth = features @ slopes
    truth[3] = 1.0  # a zone unlike all others
    for _ in range(40):
        features[..., 1:] = rng.uniform(0, 0.5, features[..., 1:].shape)
        truth[:3] = features[:3] @ slopes
        relation.learn(features, truth, kind)
    found = relation.coefficients(without=3)
    np.testing.assert_allclose(found, np.broadcast_to(slopes, found.shape), atol=0.02)
    assert relation.coefficients()[:, 0].mean() > found[:, 0].mean() + 0.1


def test_zones_are_drawn_to_their_tariff_as_far_as_little_is_known_of_them():
    levels = Levels(np.array(["a", "a", "a", "b"]), LevelParameters())
    seen = np.array([[150.0, 0.0], [150.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    levels.learn(seen, seen / 1.5, 1.0)
    factor, variance = (one[:, 0] for one in levels.factors())
    assert 1.3 < factor[2] < factor[0] < 1.5
    assert factor[3] == 1.0
    assert variance[0] < variance[2] < variance[3]
    without, _ = levels.factors(own=False)
    assert without[0, 0] < factor[0]


def test_intervals_hold_what_they_say_for_counts():
    rng = np.random.default_rng(1)
    for mean in (0.5, 2.0, 8.0, 30.0):
        low, high = short_interval(np.array(mean), np.array(mean), 0.9)
        drawn = rng.poisson(mean, 20_000)
        inside = ((drawn >= low) & (drawn <= high)).mean()
        assert 0.85 < inside < 0.96, (mean, low, high)
