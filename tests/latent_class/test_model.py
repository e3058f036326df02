"""The latent-class model on made towns whose true rates are known, and on cases solved by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import made_panels
from infraction_model.asof import completeness
from infraction_model.calendars import CalendarParameters
from infraction_model.latent_class.model import LatentClassModel, LatentClassParameters
from infraction_model.latent_class.observations import (
    DAY_KINDS,
    PatrolledHours,
    Record,
    UniformHours,
)
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import simulate_truth

CALENDAR = CalendarParameters(school_zone="B")
TOWN = SimulationParameters(zones=50, weeks=52, officers=8)


def _model(panel, origin, basis="recorded"):
    known = panel.as_of(origin)
    record = Record(known, basis, CALENDAR, completeness(known.fines, origin))
    return LatentClassModel(record, LatentClassParameters())


@pytest.fixture(scope="module")
def made():
    return simulate_truth(TOWN, 5)


@pytest.fixture(scope="module")
def panel(made):
    return made_panels.panel_of(made)


@pytest.fixture(scope="module")
def origin(panel):
    return panel.end_week - 2


@pytest.fixture(scope="module")
def truth(made, origin):
    return made.drivers.rates[:, origin + 1 - made.first_week].astype(float)


@pytest.fixture(scope="module")
def posterior(panel, origin):
    return _model(panel, origin).posterior(origin, origin + 1)


def _looked_at(panel, origin) -> np.ndarray:
    patrols = panel.as_of(origin).patrols
    hours = np.zeros((len(panel.zones), 168))
    np.add.at(hours, (patrols["zone"], patrols["hour_of_week"]), patrols["hours"])
    return hours


def _excess(truth, rate) -> float:
    """Mean loss of Poisson rates beyond the truth's own, per hour of patrol."""
    return float(np.mean(rate - truth + truth * np.log(truth / rate)))


def test_it_knows_zones_better_than_their_own_history(panel, origin, truth, posterior):
    """Against the smoothed mean of each cell, shrunk to zone x hour marginals."""
    hours = _looked_at(panel, origin)
    known = hours.sum(axis=0) > 5
    fines = np.zeros_like(hours)
    found = panel.as_of(origin).fines.merge(panel.patrols[["zone", "week", "hour_of_week"]])
    np.add.at(fines, (found["zone"], found["hour_of_week"]), found["fines"])
    level = (fines.sum(1) + 2) / (hours.sum(1) + 2)
    profile = (fines.sum(0) + 2) / ((hours * level[:, None]).sum(0) + 2)
    prior = level[:, None] * profile
    own = prior * (fines + 2) / (hours * prior + 2)
    assert _excess(truth[:, known], posterior.rate[:, known]) < 0.75 * _excess(
        truth[:, known], own[:, known]
    )


def test_its_intervals_hold_the_true_rates(panel, origin, truth, posterior):
    from scipy import stats

    shape = 1 / posterior.variation
    lower, upper = (
        stats.gamma.ppf(tail, shape, scale=posterior.rate / shape) for tail in (0.05, 0.95)
    )
    inside = (lower <= truth) & (truth <= upper)
    hours = _looked_at(panel, origin)
    assert 0.78 <= inside[hours > 0].mean() <= 0.98
    assert 0.78 <= inside[:, hours.sum(0) > 5][hours[:, hours.sum(0) > 5] == 0].mean() <= 0.99


def test_little_known_zone_hours_vary_more(panel, origin, posterior):
    hours = _looked_at(panel, origin)
    assert np.median(posterior.variation[hours == 0]) > 1.5 * np.median(
        posterior.variation[hours > 4]
    )


def test_what_fines_are_for_tells_what_zones_are(panel, origin, truth, posterior):
    """With categories dealt out at random among the fines, less is known."""
    rng = np.random.default_rng(1)
    shuffled = panel.fines.assign(category=rng.permutation(panel.fines["category"].to_numpy()))
    shuffled = shuffled.groupby([c for c in shuffled if c != "fines"], as_index=False).sum()
    without = _model(dataclasses.replace(panel, fines=shuffled), origin)
    known = _looked_at(panel, origin).sum(axis=0) > 5
    assert _excess(truth[:, known], posterior.rate[:, known]) < _excess(
        truth[:, known], without.posterior(origin, origin + 1).rate[:, known]
    )


def test_a_zone_never_seen_may_be_like_any_other(panel, origin):
    silent = panel.fines["zone"] != 3, panel.patrols["zone"] != 3
    bare = dataclasses.replace(
        panel, fines=panel.fines[silent[0]], patrols=panel.patrols[silent[1]]
    )
    posterior = _model(bare, origin).posterior(origin, origin + 1)
    others = np.delete(np.arange(len(panel.zones)), 3)
    np.testing.assert_allclose(posterior.rate[3], posterior.rate[others].mean(axis=0))
    assert (posterior.variation[3] > np.median(posterior.variation[others], axis=0)).mean() > 0.95


def test_the_same_history_gives_the_same_to_the_bit(panel, origin, posterior):
    again = _model(panel, origin).posterior(origin, origin + 1)
    np.testing.assert_array_equal(again.rate, posterior.rate)
    np.testing.assert_array_equal(again.variation, posterior.variation)


def test_without_exposure_it_finds_the_rates_of_hours_with_a_fine():
    """One constant rate per zone, every hour looked at: the posterior is near events per hour."""
    rng = np.random.default_rng(8)
    rate = np.array([0.02, 0.05, 0.1, 0.2])
    hit = rng.random((4, 30, 168)) < -np.expm1(-rate)[:, None, None]
    zone, week, hour = np.nonzero(hit)
    panel = made_panels.bare_panel(
        pd.DataFrame({"zone": zone, "week": week + 2700, "hour_of_week": hour})
    )
    origin = 2730
    found = _model(panel, origin, basis="none").posterior(origin, origin + 1).rate
    np.testing.assert_allclose(found.mean(axis=1), rate, rtol=0.25)


def test_uniform_hours_add_up_as_patrols_everywhere_do():
    rng = np.random.default_rng(3)
    hours = rng.random((len(DAY_KINDS), 5, 168)) * (rng.random((len(DAY_KINDS), 5, 168)) < 0.3)
    uniform = UniformHours(hours)
    kind, week, hour = np.nonzero(hours)
    everywhere = [np.concatenate([values] * 4) for values in (week, hour, kind, hours[hours > 0])]
    zone = np.repeat(np.arange(4), len(kind))
    patrolled = PatrolledHours(4, 5, zone, *everywhere)
    level = rng.random((4, 5))
    shape = rng.random((len(DAY_KINDS), 4, 168))
    np.testing.assert_allclose(uniform.by_cell(level), patrolled.by_cell(level))
    np.testing.assert_allclose(uniform.by_week(shape), patrolled.by_week(shape))


def test_a_category_that_comes_up_later_is_taken_in(panel, origin, posterior):
    """From the last weeks on a tenth of the fines are of a kind nobody had written before."""
    late = (panel.fines["week"] > origin - 6) & (np.arange(len(panel.fines)) % 10 == 0)
    new = panel.fines["category"].where(~late, len(panel.categories))
    fines = panel.fines.assign(category=new.astype(np.int16))
    fines = fines.groupby([c for c in fines if c != "fines"], as_index=False).sum()
    changed = dataclasses.replace(panel, fines=fines, categories=(*panel.categories, "zzz"))
    found = _model(changed, origin).posterior(origin, origin + 1)
    assert np.corrcoef(np.log(found.rate).ravel(), np.log(posterior.rate).ravel())[0, 1] > 0.98


def test_a_zone_of_the_towns_list_without_a_fine_is_quiet_where_every_hour_counts():
    rng = np.random.default_rng(9)
    hit = rng.random((8, 30, 168)) < 0.05
    hit[5] = False
    zone, week, hour = np.nonzero(hit)
    panel = made_panels.bare_panel(
        pd.DataFrame({"zone": zone, "week": week + 2700, "hour_of_week": hour})
    )
    found = _model(panel, 2730, basis="none").posterior(2730, 2731).rate.mean(axis=1)
    assert found[5] < 0.1 * np.median(found)


def test_the_rate_is_the_one_behind_a_share_of_hours_with_a_fine():
    """Hours with a fine four times in five: a rate of 1.6, not of 0.8."""
    rng = np.random.default_rng(10)
    hit = rng.random((8, 40, 168)) < np.where(np.arange(168) % 24 < 12, 0.8, 0.1)
    zone, week, hour = np.nonzero(hit)
    panel = made_panels.bare_panel(
        pd.DataFrame({"zone": zone, "week": week + 2700, "hour_of_week": hour})
    )
    found = _model(panel, 2740, basis="none").posterior(2740, 2741).rate.mean(axis=0)
    busy = np.arange(168) % 24 < 12
    assert found[busy].mean() == pytest.approx(-np.log(0.2), rel=0.15)
    assert found[~busy].mean() == pytest.approx(-np.log(0.9), rel=0.25)
