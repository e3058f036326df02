"""Changes of level against those that were drawn: what is found, and how often falsely."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import known_rates
from infraction_model.calendars import CalendarParameters
from infraction_model.factors.changes import find_changes, variability
from infraction_model.factors.levels import time_factors
from infraction_model.factors.observed import observe
from infraction_model.factors.rates import fit_rates
from infraction_model.panel import build
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import contract_tables
from infraction_model.simulation.town import simulate_truth

FRANCE = CalendarParameters("FR", None, "B")


def changes(panel, weeks: int, share: float = 0.1, holidays: bool = False) -> pd.DataFrame:
    observed = observe(panel, known_rates.FIRST_WEEK + weeks, "recorded", 0, 0.5)
    factors = time_factors(observed.moments, FRANCE)
    model = fit_rates(observed, [f for f in factors if f.name in ("weekday", "hour")], 0.9, 5.0)
    school = next(f.codes for f in factors if f.name == "school_holiday")
    holiday = school if holidays else np.zeros(len(observed.moments))
    return find_changes(observed, model.effect, holiday, 0.9, 8, share, seed=1)


def drifting(rng, zones: int, weeks: int, step: float) -> np.ndarray:
    return np.exp(np.cumsum(rng.normal(0.0, step, (zones, weeks)), axis=1))


def test_streets_that_doubled_or_halved_are_named_with_week_and_factor():
    rng = np.random.default_rng(1)
    change = np.ones((40, 60))
    change[3, 33:] = 2.5
    change[17, 25:] = 0.35
    found = changes(known_rates.town(rng, np.full(40, 2.0), 60, 600, change=change), 60)
    by_zone = found.set_index("zone")
    assert set(by_zone.index) == {3, 17}
    assert abs(by_zone.loc[3, "week"] - known_rates.FIRST_WEEK - 33) <= 2
    assert by_zone.loc[3, "lower"] < 2.5 < by_zone.loc[3, "upper"]
    assert by_zone.loc[17, "lower"] < 0.35 < by_zone.loc[17, "upper"]
    assert (by_zone["q_value"] <= 0.1).all()


def test_more_patrols_are_no_change():
    """Officers come four times as often from half-way on: more fines, the same rate."""
    rng = np.random.default_rng(2)
    panel = known_rates.town(rng, np.full(30, 2.0), 60, 400)
    late = panel.patrols["week"] >= known_rates.FIRST_WEEK + 30
    kept = rng.random(len(panel.patrols)) < np.where(late, 1.0, 0.25)
    patrols = panel.patrols[kept]
    cells = ["zone", "week", "hour_of_week", "delay"]
    fines = panel.fines.merge(patrols[cells], on=cells)
    panel = known_rates.Panel(**{**vars(panel), "patrols": patrols, "fines": fines})
    assert changes(panel, 60).empty


def test_towns_that_only_drift_seldom_raise_an_alarm():
    """With no change at all, any name is false: at 10 % that is one town in ten."""
    alarms = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        change = drifting(rng, 40, 80, 0.04)
        alarms += len(changes(known_rates.town(rng, np.full(40, 1.5), 80, 400, change=change), 80))
    assert alarms <= 4


def test_drift_and_noise_are_those_of_the_draw():
    rng = np.random.default_rng(4)
    hours = np.full((300, 104), 5.0)
    mean = hours * drifting(rng, 300, 104, 0.05)
    chance, drift = variability(rng.poisson(rng.gamma(mean) * 1.0).astype(float), hours)
    assert chance == pytest.approx(2.0, rel=0.1)
    assert drift == pytest.approx(0.05, rel=0.25)


def test_streets_that_empty_in_the_school_holidays_are_no_change():
    rng = np.random.default_rng(6)
    weeks = 52
    summer = np.arange(27, 35)
    change = np.ones((40, weeks))
    change[:6, summer] = 0.1
    panel = known_rates.town(rng, np.full(40, 2.0), weeks, 600, change=change)
    assert not changes(panel, weeks, holidays=True)["zone"].isin(range(6)).any()
    assert changes(panel, weeks, holidays=False)["zone"].isin(range(6)).any()


def test_a_short_history_names_nothing():
    panel = known_rates.town(np.random.default_rng(1), np.full(5, 2.0), 12, 300)
    assert changes(panel, 12).empty


def test_recall_and_false_alarms_on_a_made_town_with_known_changes():
    """Busy zones of a made town that truly jump; drift, works and fairs go on in all of them."""
    history = simulate_truth(SimulationParameters(zones=60, weeks=104, officers=10, seed=106))
    tables = contract_tables(history)
    panel = build(tables.zones, tables.fines, tables.patrols)
    observed = observe(panel, panel.end_week, "recorded", 0, 0.8)
    factors = time_factors(observed.moments, FRANCE)
    model = fit_rates(observed, factors, 0.9, 5.0)
    school = next(f.codes for f in factors if f.name == "school_holiday")
    found = find_changes(observed, model.effect, school, 0.9, 8, 0.2, seed=1)
    jumps = pd.Series(history.drivers.regime_week, index=history.streets["zone_id"])
    true = found["zone_id"].map(jumps) >= 0
    near = (found["week"] - history.first_week - found["zone_id"].map(jumps)).abs() <= 6
    print(f"{len(found)} named, {true.sum()} truly jumped, {(jumps >= 0).sum()} jumps in all")
    assert true.sum() >= 2
    assert near.sum() >= 2
    assert (~true).sum() <= true.sum()
