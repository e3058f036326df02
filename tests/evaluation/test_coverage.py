from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from infraction_model.evaluation.coverage import RateErrors, counts_inside, gamma_shape
from infraction_model.evaluation.folds import Outcome
from infraction_model.forecast import Forecast

SHAPE = (150, 168)


def _forecast(mean: np.ndarray, shape: float) -> Forecast:
    """A forecast of rates whose 90 % interval is that of a gamma of this shape."""
    low, high = stats.gamma.ppf([0.05, 0.95], shape) / shape
    return Forecast(
        zones=pd.DataFrame({"zone_id": [f"z{i}" for i in range(len(mean))]}),
        origin=0,
        target=1,
        rate=mean,
        variation=None,
        probability=1 - np.exp(-mean),
        expected=mean,
        lower=low * mean,
        upper=high * mean,
        reasons=np.full(mean.shape, ""),
        known_hours=np.ones(168, bool),
    )


def _outcome(rng, rate: np.ndarray, hours: float = 1.0) -> Outcome:
    fines = rng.poisson(rate * hours)
    return Outcome(hit=fines > 0, fines=fines.astype(float), hours=np.full(rate.shape, hours))


@pytest.mark.parametrize("shape", [0.3, 1.0, 4.0, 50.0, 5_000.0])
def test_the_shape_of_an_interval_is_found_again(shape):
    low, high = stats.gamma.ppf([0.05, 0.95], shape) / shape
    assert gamma_shape(np.array(3 * low), np.array(3 * high)) == pytest.approx(shape, rel=0.01)


def test_an_interval_of_no_width_or_from_zero_has_a_shape_all_the_same():
    found = gamma_shape(np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0]))
    assert found[0] == found[2] > 1e4
    assert found[1] < 0.5


@pytest.mark.parametrize(("mean", "said"), [(3.0, 4.0), (0.2, 4.0), (3.0, 1.0)])
def test_nine_counts_in_ten_are_inside_where_the_forecast_is_right(mean, said):
    rng = np.random.default_rng(0)
    rate = mean * rng.gamma(said, 1 / said, SHAPE)
    inside = counts_inside(_forecast(np.full(SHAPE, mean), said), _outcome(rng, rate))
    assert inside.mean() == pytest.approx(0.9, abs=0.01)


def test_intervals_too_narrow_for_busy_hours_are_noticed():
    rng = np.random.default_rng(0)
    rate = 8 * rng.gamma(2.0, 0.5, SHAPE)
    found = _outcome(rng, rate)
    assert counts_inside(_forecast(np.full(SHAPE, 8.0), 200.0), found).mean() < 0.7
    assert counts_inside(_forecast(np.full(SHAPE, 8.0), 0.5), found).mean() > 0.93


def _error(rng, true_shape: float, said: float, counts: bool, level: float = 1.0) -> float:
    """What five weeks of a forecast show whose rates are off by a gamma of `true_shape`."""
    mean = np.full(SHAPE, level)
    rate = mean * rng.gamma(true_shape, 1 / true_shape, SHAPE)
    errors = RateErrors(counts)
    seen, claimed = 0.0, 0.0
    for _ in range(5):
        sums = errors.take(_forecast(mean, said), _outcome(rng, rate))
        seen, claimed = seen + sums[0].sum(), claimed + sums[1].sum()
    return float(np.sqrt(max(seen, 0) / claimed))


@pytest.mark.parametrize(("true_shape", "said"), [(4.0, 4.0), (4.0, 16.0), (4.0, 1.0)])
def test_the_error_of_rates_is_told_from_chance(true_shape, said):
    """Intervals half as wide as need be show 2; chance, much larger here, does not enter."""
    found = _error(np.random.default_rng(1), true_shape, said, counts=True)
    assert found == pytest.approx(np.sqrt(said / true_shape), rel=0.06)


def test_rates_that_are_right_show_no_error_however_rare_the_finds():
    assert _error(np.random.default_rng(2), 1e6, 1.0, counts=True, level=0.1) < 0.15


def test_hits_alone_tell_it_too_where_they_are_rare():
    found = _error(np.random.default_rng(3), 1.0, 1.0, counts=False, level=0.1)
    assert found == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(("gap", "low", "high"), [(1, 0.9, 1.1), (0, 0.0, 0.0)])
def test_a_forecast_that_learns_from_week_to_week_does_not_hide_its_error(gap, low, high):
    """A mean of the past whose intervals are right; outcomes it has learnt from must not tell."""
    rng = np.random.default_rng(5)
    rate = rng.gamma(2.0, 0.5, SHAPE)
    found = [_outcome(rng, rate) for _ in range(12)]
    errors, seen, claimed = RateErrors(counts=True), 0.0, 0.0
    for target in range(4, 12):
        known = target - gap  # weeks before the origin
        fines = sum(week.fines for week in found[:known])
        shape = 2.0 + fines  # the posterior of a Gamma(2, 2) rate
        forecast = _forecast(shape / (2.0 + known), 1.0)
        low_end, high_end = stats.gamma.ppf([0.05, 0.95], shape[..., None]).T / shape.T
        sums = errors.take(
            replace(
                forecast,
                origin=known,
                target=target,
                lower=forecast.expected * low_end.T,
                upper=forecast.expected * high_end.T,
            ),
            found[target],
        )
        seen, claimed = seen + sums[0].sum(), claimed + sums[1].sum()
    ratio = float(np.sqrt(max(seen, 0) / claimed)) if claimed else 0.0
    assert low <= ratio <= high


def test_the_first_week_has_nothing_to_be_paired_with_and_zones_go_by_name():
    rng = np.random.default_rng(4)
    mean = np.full(SHAPE, 1.0)
    errors = RateErrors(counts=True)
    assert errors.take(_forecast(mean, 4.0), _outcome(rng, mean))[1].sum() == 0
    other = _forecast(mean[:10], 4.0)
    other.zones["zone_id"] = [f"new{i}" for i in range(9)] + ["z3"]
    claimed = errors.take(other, _outcome(rng, mean[:10]))[1]
    assert (claimed[:9] == 0).all()
    assert claimed[9] == pytest.approx(168 / 4.0, rel=0.02)
