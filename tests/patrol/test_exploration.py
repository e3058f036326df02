import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from infraction_model.patrol.exploration import (
    ExploreParameters,
    appeal,
    chance_to_beat,
    draw,
    inclusion,
)


def test_zones_are_drawn_as_often_as_their_propensity_says():
    appeals = np.array([0.5, 0.2, 0.15, 0.1, 0.05])
    probability = inclusion(appeals, 2)
    counts = np.zeros(5)
    rounds = 4000
    for seed in range(rounds):
        drawn = draw(probability, np.random.default_rng(seed))
        assert len(drawn) == 2
        counts[drawn] += 1
    error = np.sqrt(probability * (1 - probability) / rounds)
    assert np.all(np.abs(counts / rounds - probability) <= 4 * error + 1e-12)


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=30), st.integers(0, 40))
def test_propensities_are_probabilities_and_sum_to_the_count(appeals, count):
    appeals = np.array(appeals) + 1e-3
    probability = inclusion(appeals, count)
    assert np.all((probability >= 0) & (probability <= 1))
    assert probability.sum() == pytest.approx(min(count, len(appeals)))
    order = np.argsort(appeals)
    assert np.all(np.diff(probability[order]) >= -1e-12)
    assert len(draw(probability, np.random.default_rng(1))) == min(count, len(appeals))


def test_the_chance_to_beat_is_that_of_the_lognormal_with_that_mean_and_interval():
    spread, mean = 0.5, 0.3
    rates = stats.lognorm(spread, scale=mean * np.exp(-(spread**2) / 2))
    assert rates.mean() == pytest.approx(mean)
    found = chance_to_beat(np.array([mean, 0.0]), np.array([rates.ppf(0.95), 0.0]), 0.4)
    assert found == pytest.approx([rates.sf(0.4), 0.0])


def test_the_unsure_appeal_more_than_the_sure_and_no_zone_starves():
    expected, upper = np.array([0.2, 0.2, 0.0]), np.array([0.6, 0.25, 0.0])
    for by in ("chance", "width"):
        appeals = appeal(expected, upper, 0.4, ExploreParameters(by=by, floor=0.1))
        assert appeals.sum() == pytest.approx(1.0)
        assert appeals[0] > 2 * appeals[1]
        assert appeals[2] == pytest.approx(0.1 / 3)
