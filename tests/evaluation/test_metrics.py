import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from infraction_model.evaluation import metrics

PAIRS = st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.99)), min_size=5, max_size=200)


@settings(max_examples=50)
@given(PAIRS)
def test_log_loss_and_brier_agree_with_scikit_learn(pairs):
    hit, probability = (np.array(column) for column in zip(*pairs, strict=True))
    expected = reference.log_loss(hit, probability, labels=[False, True])
    assert metrics.log_loss(hit, probability) == pytest.approx(expected)
    assert metrics.brier(hit, probability) == pytest.approx(
        reference.brier_score_loss(hit, probability, labels=[False, True])
    )


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)), min_size=2, max_size=50))
def test_excess_log_loss_is_the_divergence_and_never_negative(pairs):
    truth, said = (np.array(column) for column in zip(*pairs, strict=True))
    by_scipy = [stats.entropy([q, 1 - q], [p, 1 - p]) for q, p in zip(truth, said, strict=True)]
    assert metrics.excess_log_loss(truth, said) == pytest.approx(np.mean(by_scipy), abs=1e-9)
    assert metrics.excess_log_loss(truth, said) >= -1e-12
    assert metrics.excess_log_loss(truth, truth) == pytest.approx(0, abs=1e-12)


def test_the_perfect_list_yields_one_and_a_reversed_one_little():
    rate = np.random.default_rng(0).gamma(0.5, size=1000)
    assert metrics.yield_of_top(rate, rate * 3, 0.05) == 1
    assert metrics.yield_of_top(rate, -rate, 0.05) < 0.01
    assert metrics.capture(rate, rate, 1.0) == pytest.approx(1)


def test_ties_go_to_the_earlier_position():
    assert metrics.top(np.array([1.0, 2.0, 2.0, 2.0]), 0.5).tolist() == [1, 2]


def test_calibration_shows_a_forecast_that_claims_too_much():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 0.4, 50_000)
    hit = rng.random(50_000) < truth
    assert metrics.calibration_error(hit, truth) < 0.01
    assert metrics.calibration_error(hit, 1.5 * truth) == pytest.approx(0.1, abs=0.01)
    table = metrics.calibration(hit, 1.5 * truth)
    assert (table["forecast"].tail(5) > table["observed"].tail(5)).all()
    assert table["rows"].sum() == 50_000


def test_rank_correlation_agrees_with_scipy_and_is_undefined_for_a_constant():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 9, 200), rng.random(200)
    assert metrics.spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)
    assert np.isnan(metrics.spearman(one, np.ones(200)))
