import numpy as np
import pytest
from scipy import stats

from infraction_model.evaluation.bootstrap import (
    Sums,
    diebold_mariano,
    interval,
    ratio,
    resample,
)


def _sums(values: np.ndarray) -> Sums:
    """Sums of (value, 1) from values (weeks, zones)."""
    ones = np.ones_like(values)
    pairs = np.stack([values, ones], axis=-1)
    return Sums(pairs.sum(axis=1), pairs.sum(axis=0))


def test_without_blocks_a_mean_has_the_t_interval():
    rng = np.random.default_rng(0)
    values = rng.normal(2, 1, (10, 1))
    found = interval(_sums(values), ratio(0, 1), resample(10, 1, replicates=20_000))
    expected = stats.t.interval(0.95, 9, loc=values.mean(), scale=stats.sem(values[:, 0]))
    assert (found.lower, found.upper) == pytest.approx(expected, rel=0.02)
    assert found.p == pytest.approx(stats.ttest_1samp(values[:, 0], 0).pvalue, rel=0.3)


def test_every_replicate_has_as_many_weeks_and_zones_as_there_are():
    for weeks in (2, 5, 13, 30):
        drawn = resample(weeks, 40, replicates=50)
        assert (drawn.weeks.sum(axis=1) == weeks).all()
        assert (drawn.zones is None) == (weeks >= 8)
    assert (resample(5, 40).zones.sum(axis=1) == 40).all()


def test_one_week_alone_is_resampled_by_zone_and_says_so():
    values = np.random.default_rng(0).normal(2, 1, (1, 60))
    drawn = resample(1, 60)
    found = interval(_sums(values), ratio(0, 1), drawn)
    assert drawn.units == "zones"
    expected = stats.t.interval(0.95, 59, loc=values.mean(), scale=stats.sem(values[0]))
    assert (found.lower, found.upper) == pytest.approx(expected, rel=0.06)
    by_week_only = Sums(_sums(values).by_week, np.zeros((0, 2)))
    assert np.isnan(interval(by_week_only, ratio(0, 1), drawn).lower)


def test_the_same_seed_gives_the_same_interval():
    values = _sums(np.random.default_rng(0).normal(0, 1, (6, 20)))
    one, other = (interval(values, ratio(0, 1), resample(6, 20, seed=4)) for _ in range(2))
    assert one == other


def _alike_weeks(rng, weeks: int, zones: int, correlation: float) -> np.ndarray:
    """Values whose week effects follow each other: what blocks are there for."""
    effect = np.empty(weeks)
    effect[0] = rng.normal()
    for week in range(1, weeks):
        fresh = rng.normal() * np.sqrt(1 - correlation**2)
        effect[week] = correlation * effect[week - 1] + fresh
    return effect[:, None] + rng.normal(0, 1, (weeks, zones))


@pytest.mark.parametrize(
    ("weeks", "correlation", "least"),
    [(4, 0.0, 0.92), (12, 0.0, 0.91), (27, 0.0, 0.91), (27, 0.3, 0.86)],
)
def test_intervals_hold_the_truth_as_often_as_they_say(weeks, correlation, least):
    rng = np.random.default_rng(weeks)
    runs = 400
    inside = 0
    for run in range(runs):
        sums = _sums(_alike_weeks(rng, weeks, 10, correlation))
        found = interval(sums, ratio(0, 1), resample(weeks, 10, seed=run, replicates=300))
        inside += found.lower <= 0 <= found.upper
    assert least <= inside / runs <= 0.995


def test_equal_models_are_told_apart_no_more_often_than_the_level_says():
    rng = np.random.default_rng(5)
    told, told_by_weeks, runs = 0, 0, 400
    for run in range(runs):
        differences = _alike_weeks(rng, 10, 12, 0.0)
        told += (
            interval(_sums(differences), ratio(0, 1), resample(10, 12, seed=run, replicates=300)).p
            < 0.05
        )
        told_by_weeks += diebold_mariano(differences.mean(axis=1), ahead=2) < 0.05
    assert 0.02 <= told / runs <= 0.08
    assert 0.02 <= told_by_weeks / runs <= 0.08


def test_a_real_difference_is_found():
    rng = np.random.default_rng(6)
    differences = _alike_weeks(rng, 10, 12, 0.0) - 3.0
    found = interval(_sums(differences), ratio(0, 1), resample(10, 12))
    assert found.upper < 0
    assert found.p < 0.001


def test_one_week_ahead_diebold_mariano_is_the_t_test():
    differences = np.random.default_rng(0).normal(0.4, 1, 14)
    expected = stats.ttest_1samp(differences, 0).pvalue
    assert diebold_mariano(differences, ahead=1) == pytest.approx(expected)


def test_two_weeks_ahead_by_the_written_formula():
    d = np.array([0.3, 0.5, 0.4, 0.6, 0.2, 0.1, -0.2, -0.1])
    n, mean = len(d), d.mean()
    other_way = [0.3, -0.5, 0.4, -0.6, 0.2, -0.1]  # weeks that take turns count as independent
    assert diebold_mariano(other_way, ahead=2) == diebold_mariano(other_way, ahead=1)
    gamma = [np.mean((d - mean) ** 2), np.sum((d - mean)[1:] * (d - mean)[:-1]) / n]
    statistic = mean / np.sqrt((gamma[0] + 2 * gamma[1]) / n)
    statistic *= np.sqrt((n + 1 - 4 + 2 / n) / n)
    assert diebold_mariano(d, ahead=2) == pytest.approx(2 * stats.t.sf(abs(statistic), n - 1))


def test_too_few_weeks_and_equal_losses_have_their_own_answers():
    assert np.isnan(diebold_mariano([0.1, 0.2]))
    assert diebold_mariano([0.0, 0.0, 0.0]) == 1.0
    assert diebold_mariano([0.1, 0.1, 0.1]) < 1e-9
