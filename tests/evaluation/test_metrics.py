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


def test_poisson_deviance_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    expected = rng.gamma(0.5, 1.0, 500) + 0.01
    count = rng.poisson(expected)
    mean = metrics.poisson_deviances(count, expected).mean()
    assert mean == pytest.approx(reference.mean_poisson_deviance(count, expected))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)), min_size=2, max_size=50))
def test_excess_log_loss_is_the_divergence_and_never_negative(pairs):
    truth, said = (np.array(column) for column in zip(*pairs, strict=True))
    by_scipy = [stats.entropy([q, 1 - q], [p, 1 - p]) for q, p in zip(truth, said, strict=True)]
    assert metrics.excess_log_loss(truth, said) == pytest.approx(np.mean(by_scipy), abs=1e-9)
    assert metrics.excess_log_loss(truth, said) >= -1e-12
    assert metrics.excess_log_loss(truth, truth) == pytest.approx(0, abs=1e-12)


def test_the_perfect_list_is_efficient_and_a_reversed_one_is_not():
    rate = np.random.default_rng(0).gamma(0.5, size=1000)
    assert metrics.pei(rate, rate * 3, 0.05) == 1
    assert metrics.pei(rate, -rate, 0.05) < 0.01


def test_figures_of_a_list_by_hand():
    fines = np.array([4, 0, 3, 1, 0, 0, 0, 2, 0, 0])
    priority = np.array([9, 8, 7, 1, 1, 1, 1, 1, 1, 1])
    assert metrics.capture(fines, priority, 0.3) == pytest.approx(0.7)
    assert metrics.precision(fines > 0, priority, 0.3) == pytest.approx(2 / 3)
    assert metrics.pai(fines, priority, 0.3) == pytest.approx(0.7 / 0.3)
    assert metrics.pei(fines, priority, 0.3) == pytest.approx(7 / 9)
    # PEI is PAI over the best possible PAI (Hunt, 2016)
    best = metrics.pai(fines, fines, 0.3)
    assert metrics.pei(fines, priority, 0.3) == pytest.approx(
        metrics.pai(fines, priority, 0.3) / best
    )


def test_a_list_drawn_at_random_has_a_pai_near_one():
    rng = np.random.default_rng(1)
    fines, priority = rng.poisson(0.5, 40_000), rng.random(40_000)
    assert metrics.pai(fines, priority, 0.1) == pytest.approx(1.0, abs=0.06)


def test_ties_go_to_the_earlier_position():
    assert metrics.top(np.array([1.0, 2.0, 2.0, 2.0]), 0.5).tolist() == [1, 2]


def test_rank_correlation_agrees_with_scipy_and_is_undefined_for_a_constant():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 9, 200), rng.random(200)
    assert metrics.spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)
    assert np.isnan(metrics.spearman(one, np.ones(200)))
