from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from infraction_model.simulation import kinds
from infraction_model.simulation.calendar import make_days
from infraction_model.simulation.drivers import Drivers, kind_demand, make_drivers
from infraction_model.simulation.parameters import SimulationParameters

MONDAY = dt.date(2023, 1, 2)


def demand_of(name: str, days: pd.DataFrame, **weather: float) -> np.ndarray:
    hours = np.ones(len(days) * 24)
    frame = pd.DataFrame(
        {
            "temperature": hours * weather.get("temperature", 12.0),
            "rain": hours * weather.get("rain", 0.0),
        }
    )
    return kind_demand(days, frame)[kinds.NAMES.index(name)]


def drawn(parameters, streets, days, weather, events) -> Drivers:
    rngs = (np.random.default_rng(seed) for seed in (5, 6))
    return make_drivers(parameters, streets, days, weather, events, *rngs)


@pytest.fixture(scope="module")
def days():
    return make_days(MONDAY, 52)


def hour(weekday: int, of_day: int) -> int:
    return weekday * 24 + of_day


def test_school_streets_are_busy_at_the_bell_and_in_term_only(days):
    school = demand_of("school", days)
    term, holiday = 10, 6  # 13 March; 13 February, in zone B's winter holidays
    assert school[term, hour(0, 8)] > 10 * school[term, hour(0, 10)]
    assert (
        school[term, hour(2, 16)] < 0.1 * school[term, hour(1, 16)]
    )  # Wednesday afternoon is free
    assert school[holiday, hour(0, 8)] == pytest.approx(0.07 * school[term, hour(0, 8)])


def test_the_market_is_on_its_two_mornings(days):
    market = demand_of("market", days)[20]
    mornings = [market[hour(day, 9)] for day in range(7)]
    assert {day for day in range(7) if mornings[day] > 1.0} == set(kinds.MARKET_DAYS)


def test_public_holidays_empty_the_offices(days):
    commuters = demand_of("commuters", days)
    ascension, ordinary = hour(3, 10), 20  # Thursday 18 May 2023 is in week 19
    assert commuters[19, ascension] == pytest.approx(0.1 * commuters[ordinary, ascension])


def test_rain_keeps_people_off_the_market_and_in_the_car_before_school(days):
    for name, grows in (("market", False), ("school", True), ("deliveries", None)):
        dry, wet = demand_of(name, days), demand_of(name, days, rain=3.0)
        if grows is None:
            np.testing.assert_array_equal(wet, dry)
        else:
            assert ((wet > dry) == grows).all()


def test_every_hour_has_some_demand_and_no_kind_peaks_out_of_proportion():
    profiles = kinds.profiles()
    assert profiles.shape == (8, 168)
    assert (profiles > 0).all()
    peaks = profiles.max(axis=1)
    assert peaks[kinds.NAMES.index("residents")] == peaks.min()
    np.testing.assert_allclose(kinds.category_weights().sum(axis=1), 1.0)


def test_a_zone_is_a_soft_mixture_led_by_its_kind(town):
    mixture = town.drivers.mixture
    np.testing.assert_allclose(mixture.sum(axis=1), 1.0)
    leading = np.array(kinds.NAMES)[mixture.argmax(axis=1)]
    assert (leading == town.streets["kind"]).mean() > 0.95
    assert 0.6 < np.median(mixture.max(axis=1)) < 0.95


def test_rates_are_those_of_a_town(town):
    rates = town.drivers.rates
    low, middle, high = np.quantile(rates, [0.02, 0.5, 0.95])
    assert 0.01 < low < 0.05
    assert 0.1 < middle < 0.6
    assert 1.5 < high < 3.5
    assert rates.max() < 12


def test_a_change_of_regime_is_a_jump_of_the_stated_size(town):
    """Without drift and events, the level before and after differs by the factor alone."""
    parameters = dataclasses.replace(SimulationParameters(), weekly_drift=0.0)
    days = make_days(MONDAY, parameters.weeks)
    weather = pd.DataFrame({"temperature": np.full(len(days) * 24, 12.0), "rain": 0.0})
    none = pd.DataFrame(columns=["zone", "first_hour", "last_hour", "factor"])
    drivers = drawn(parameters, town.streets, days, weather, none)
    rates = drivers.rates.astype(float)
    unbounded = rates / (1 - rates / 12.0)
    base = np.tensordot(drivers.mixture, drivers.demand, axes=1)
    level = (unbounded / base).mean(axis=2)
    ratio = level[:, -1] / level[:, 0]
    changed = drivers.regime_week >= 0
    assert changed.sum() == round(0.12 * 120)
    np.testing.assert_allclose(ratio[~changed], 1.0, rtol=1e-3)
    np.testing.assert_allclose(ratio[changed], drivers.regime_factor[changed], rtol=1e-3)
    assert sorted(set(np.round(drivers.regime_factor[changed], 2))) == [0.4, 2.0]
    for zone in np.flatnonzero(changed):
        jump = level[zone, 1:] / level[zone, :-1]
        assert np.abs(np.log(jump)).argmax() + 1 == drivers.regime_week[zone]
    assert (drivers.regime_week[changed] / parameters.weeks).min() >= 0.39
    assert (drivers.regime_week[changed] / parameters.weeks).max() <= 0.65


def test_drift_is_a_random_walk_of_the_stated_step(town):
    parameters = dataclasses.replace(SimulationParameters(), weekly_drift=0.1, regime_share=0.0)
    days = make_days(MONDAY, parameters.weeks)
    weather = pd.DataFrame({"temperature": np.full(len(days) * 24, 12.0), "rain": 0.0})
    none = pd.DataFrame(columns=["zone", "first_hour", "last_hour", "factor"])
    drivers = drawn(parameters, town.streets, days, weather, none)
    rates = drivers.rates.astype(float)
    base = np.tensordot(drivers.mixture, drivers.demand, axes=1)
    log_level = np.log(rates / (1 - rates / 12.0) / base).mean(axis=2)
    steps = np.diff(log_level, axis=1)
    assert steps.std() == pytest.approx(0.1, rel=0.05)
    assert abs(np.corrcoef(steps[:, 1:].ravel(), steps[:, :-1].ravel())[0, 1]) < 0.05


def test_works_lower_and_fairs_raise_the_rate(town):
    quiet = pd.DataFrame(columns=["zone", "first_hour", "last_hour", "factor"])
    event = pd.DataFrame(
        {"zone": [0, 1], "first_hour": [10, 10], "last_hour": [12, 12], "factor": [0.35, 1.9]}
    )
    days = make_days(MONDAY, 4)
    parameters = dataclasses.replace(SimulationParameters(), weeks=4)
    weather = pd.DataFrame({"temperature": np.full(len(days) * 24, 12.0), "rain": 0.0})
    before, after = (
        drawn(parameters, town.streets, days, weather, events).rates for events in (quiet, event)
    )
    assert (after[0, 0, 10:12] < 0.5 * before[0, 0, 10:12]).all()
    assert (after[1, 0, 10:12] > 1.3 * before[1, 0, 10:12]).all()
    after[:2, 0, 10:12] = before[:2, 0, 10:12]
    np.testing.assert_array_equal(after, before)
