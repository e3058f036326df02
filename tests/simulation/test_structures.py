"""Towns of other kinds are what they say, and keep what they do not change."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from infraction_model.schema import validate
from infraction_model.simulation import kinds
from infraction_model.simulation.calendar import make_days
from infraction_model.simulation.drivers import own_demand
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.streets import make_streets
from infraction_model.simulation.structures import FACTORS, kind_mixture, own_profiles
from infraction_model.simulation.tables import contract_tables
from infraction_model.simulation.town import simulate_truth

ZONES = 150
STEADY = SimulationParameters(
    zones=30, weeks=12, officers=3, weekly_drift=0.0, cell_spread=0.0, regime_share=0.0
)


def centred_log(profiles: np.ndarray) -> np.ndarray:
    """Log profiles without what is common: the mean over zones and each zone's own mean."""
    logs = np.log(profiles)
    logs = logs - logs.mean(axis=1, keepdims=True)
    return logs - logs.mean(axis=0)


def nearest_likeness(logs: np.ndarray) -> np.ndarray:
    """The correlation of each zone's log profile with the most similar other zone's."""
    likeness = np.corrcoef(logs)
    np.fill_diagonal(likeness, -1.0)
    return likeness.max(axis=1)


@pytest.fixture(scope="module")
def streets():
    return make_streets(ZONES, np.random.default_rng(3))


def test_free_zones_are_not_made_of_a_few_patterns_nor_of_groups():
    profiles = own_profiles("free", ZONES, np.random.default_rng(1))
    logs = centred_log(profiles)
    spectrum = np.linalg.svd(logs, compute_uv=False) ** 2
    assert spectrum[:10].sum() / spectrum.sum() < 0.85
    assert nearest_likeness(logs).max() < 0.9
    # a smooth week: neighbouring hours are alike, nights are low
    steps = np.abs(np.diff(logs.reshape(ZONES, 7, 24), axis=2)).mean()
    assert steps < 0.5 * np.abs(logs[:, :84] - logs[:, 84:]).mean()
    by_hour = profiles.reshape(ZONES, 7, 24).mean(axis=(0, 1))
    assert by_hour[:6].max() < 0.3 * by_hour[9:19].mean()


def test_low_rank_zones_share_exactly_the_said_number_of_patterns():
    logs = centred_log(own_profiles("low_rank", ZONES, np.random.default_rng(1)))
    values = np.linalg.svd(logs, compute_uv=False)
    assert values[FACTORS - 1] > 1.0
    assert values[FACTORS] < 1e-9 * values[0]


@pytest.mark.parametrize("structure", ["free", "low_rank"])
def test_own_profiles_vary_as_those_of_classes_do_and_have_the_mean_of_all_kinds(
    structure, streets
):
    profiles = own_profiles(structure, ZONES, np.random.default_rng(1))
    classes = kind_mixture("classes", streets, np.random.default_rng(1)) @ kinds.profiles()
    assert centred_log(profiles).std() == pytest.approx(centred_log(classes).std(), rel=0.2)
    share = np.array([kind.share for kind in kinds.KINDS])
    np.testing.assert_allclose(profiles.mean(axis=1), share @ kinds.profiles().mean(axis=1))


@pytest.mark.parametrize("structure", ["classes", "soft"])
def test_towns_of_driver_kinds_have_no_other_profile(structure):
    assert own_profiles(structure, ZONES, np.random.default_rng(1)) is None


def test_soft_zones_mix_many_kinds_and_none_rules(streets):
    shares = kind_mixture("soft", streets, np.random.default_rng(1))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert np.median(shares.max(axis=1)) < 0.35
    effective = 1.0 / (shares**2).sum(axis=1)
    assert np.median(effective) > 4.5
    hard = kind_mixture("classes", streets, np.random.default_rng(1))
    assert np.median(hard.max(axis=1)) > 0.65


def test_where_there_are_no_classes_the_calendar_acts_on_all_hours_of_a_zone_alike(streets):
    days = make_days(dt.date(2023, 1, 2), 8)  # zone B's winter holidays: 11 to 26 February
    mild = {"temperature": np.full(len(days) * 24, 12.0), "rain": np.zeros(len(days) * 24)}
    profiles = own_profiles("free", ZONES, np.random.default_rng(1))
    mixture = kind_mixture("free", streets, np.random.default_rng(2))
    demand = own_demand(profiles, mixture, days, pd.DataFrame(mild))
    np.testing.assert_allclose(demand[:, 3], profiles)
    ratio = demand[:, 6] / demand[:, 3]
    np.testing.assert_allclose(ratio, ratio[:, :1] * np.ones(168))
    assert 0.2 < ratio.mean() < 0.9
    assert ratio[:, 0].std() > 0.05
    wet = own_demand(profiles, mixture, days, pd.DataFrame(mild | {"rain": mild["rain"] + 3.0}))
    expected = np.exp(mixture @ np.array([kind.rain for kind in kinds.KINDS]))
    np.testing.assert_allclose((wet / demand)[:, 3, 40], expected)


def test_true_rates_follow_the_own_profiles():
    """With nothing else moving, a zone's log rates are its profile's: of rank 3 if low_rank."""
    history = simulate_truth(dataclasses.replace(STEADY, structure="low_rank"))
    rates = history.drivers.rates.astype(float)
    unbounded = rates / (1.0 - rates / 12.0)
    term_time = 2  # the week of 16 January
    response = history.weather["rain"].to_numpy().reshape(-1, 168)[term_time]
    dry = response == 0.0
    warmth = np.clip(history.weather["temperature"].to_numpy() - 12.0, -10.0, 15.0)
    undone = np.exp(
        np.outer(
            history.drivers.mixture @ [kind.warmth for kind in kinds.KINDS],
            warmth.reshape(-1, 168)[term_time],
        )
    )
    logs = np.log((unbounded[:, term_time] / undone)[:, dry])
    quiet = ~np.isin(np.arange(len(rates)), history.events["zone"])
    assert quiet.sum() > 10
    logs = logs[quiet]
    logs = logs - logs.mean(axis=1, keepdims=True)
    logs -= logs.mean(axis=0)
    values = np.linalg.svd(logs, compute_uv=False)
    assert values[FACTORS] < 1e-3 * values[FACTORS - 1]


def test_towns_of_all_structures_share_streets_levels_and_weather():
    towns = [
        simulate_truth(dataclasses.replace(STEADY, structure=structure))
        for structure in ("soft", "free", "low_rank")
    ]
    for other in towns[1:]:
        np.testing.assert_array_equal(other.drivers.level, towns[0].drivers.level)
        pd.testing.assert_frame_equal(other.weather, towns[0].weather)
        assert other.streets["name"].tolist() == towns[0].streets["name"].tolist()
        assert not np.array_equal(other.drivers.rates, towns[0].drivers.rates)


@pytest.mark.parametrize("structure", ["classes", "free"])
def test_contract_tables_hold_to_the_contract_and_lose_nothing(structure):
    history = simulate_truth(dataclasses.replace(STEADY, structure=structure))
    tables = contract_tables(history)
    fines, patrols = validate("fines", tables.fines), validate("patrols", tables.patrols)
    validate("zones", tables.zones)
    assert (len(fines), len(patrols)) == (len(history.fines), len(history.patrols))
    assert (fines["recorded_at"] >= fines["issued_at"]).all()
    assert patrols["infractions_found"].sum() == len(fines)
    assert (patrols["vehicles_checked"] >= patrols["infractions_found"]).all()
    # a fine lies within the visit of its officer
    visit = patrols.iloc[history.fines["patrol"]].reset_index(drop=True)
    assert (visit["agent_id"] == fines["agent_id"]).all()
    assert (visit["zone_id"] == fines["zone_id"]).all()
    assert fines["issued_at"].between(visit["started_at"], visit["ended_at"]).all()
