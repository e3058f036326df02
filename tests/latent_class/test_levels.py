"""Levels of zones over weeks: exact filtering on a grid, against computations by another way."""

import numpy as np
import pytest
from scipy import stats

from infraction_model.latent_class.levels import GRID, Walk, smoothed

WALK = Walk(step=0.08, jump=0.01, spread=0.6)


def _transition() -> np.ndarray:
    """P(next level | level) as a dense matrix, one column of `forward` at a time."""
    return np.stack([WALK.forward(row[None])[0] for row in np.eye(len(GRID))])


def test_the_walk_keeps_probability_and_has_its_variance():
    chances = _transition()
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    still = Walk(step=0.08, jump=0.0, spread=0.6).forward(np.eye(len(GRID)))
    middle = len(GRID) // 2
    assert still[middle] @ GRID == pytest.approx(GRID[middle], abs=1e-9)
    assert still[middle] @ (GRID - GRID[middle]) ** 2 == pytest.approx(0.08**2)


def test_backward_is_the_transpose_of_forward():
    rng = np.random.default_rng(4)
    one, other = rng.random((2, 3, len(GRID)))
    left = (WALK.forward(one) * other).sum(axis=1)
    right = (one * WALK.backward(other)).sum(axis=1)
    np.testing.assert_allclose(left, right)


def test_smoothed_means_are_those_of_the_whole_joint_distribution():
    """Three weeks: every path of three levels weighed by its probability, one by one."""
    events, expected = np.array([[3.0, 0.0, 5.0]]), np.array([[1.5, 1.0, 2.0]])
    means, ahead, variance = smoothed(events, expected, WALK, ahead=2)
    level, chances = np.exp(GRID), _transition()
    like = [stats.poisson.pmf(n, e * level) for n, e in zip(events[0], expected[0], strict=True)]
    joint = np.einsum("a,ab,bc->abc", WALK.prior() * like[0], chances * like[1], chances * like[2])
    joint /= joint.sum()
    wanted = [joint.sum(axis=(1, 2)), joint.sum(axis=(0, 2)), joint.sum(axis=(0, 1))]
    np.testing.assert_allclose(means[0], [density @ level for density in wanted], rtol=1e-9)
    later = wanted[2] @ chances @ chances
    assert ahead[0] == pytest.approx(later @ level)
    assert variance[0] == pytest.approx(later @ level**2 - (later @ level) ** 2)


def test_a_doubling_is_found_and_a_quiet_zone_stays_quiet():
    rng = np.random.default_rng(2)
    truth = np.ones((2, 80))
    truth[0, 50:] = 2.5
    expected = np.full((2, 80), 4.0)
    means, ahead, _ = smoothed(rng.poisson(truth * expected), expected, WALK, ahead=1)
    assert means[0, 60:].mean() == pytest.approx(2.5, rel=0.15)
    assert means[0, :45].mean() == pytest.approx(1.0, rel=0.15)
    assert ahead[0] == pytest.approx(2.5, rel=0.25)
    assert np.abs(np.log(means[1])).max() < 0.35


def test_weeks_without_exposure_say_nothing():
    """With nothing seen the level is the prior's, and more weeks of nothing change nothing."""
    nothing = np.zeros((1, 6))
    _, ahead, variance = smoothed(nothing, nothing, WALK, ahead=1)
    assert variance[0] > 0.2
    seen = np.array([[8.0, 0, 0, 0, 0, 0]])
    expected = np.array([[2.0, 0, 0, 0, 0, 0]])
    once = smoothed(seen, expected, WALK, ahead=1)
    assert once[1][0] > ahead[0]
    assert once[2][0] < variance[0] + once[1][0] ** 2
