"""What stacking adds to the common tests of estimators: its weights, and how wide rates are."""

import dataclasses

import numpy as np
import pytest

from infraction_model.estimators.design import Design, best_level, chance, log_loss
from infraction_model.estimators.latent_class import best_widening
from infraction_model.estimators.stack import best_weights
from infraction_model.exposure import checked_rows


def _design(rng, rate, rows=20_000, variation=0.0) -> Design:
    """Counts of rows whose true rates vary around `rate` as a gamma with that relative variance."""
    hours = rng.uniform(0.2, 1.5, rows)
    if variation:
        rate = rng.gamma(1 / variation, variation * rate)
    events = rng.poisson(rate * hours).astype(float)
    number = np.arange(rows)
    return Design(
        names=("none",),
        features=np.zeros((rows, 1), np.float32),
        zone=number % 50,
        week=number // (50 * 168),
        hour_of_week=number // 50 % 168,
        hit=(events > 0).astype(np.uint8),
        events=events,
        exposure=hours,
        weight=np.ones(rows),
    )


@pytest.fixture
def truth():
    return np.exp(np.random.default_rng(1).normal(-0.5, 0.8, 20_000))


def test_all_the_weight_goes_to_the_member_that_knows(truth):
    rng = np.random.default_rng(2)
    noise = np.exp(rng.normal(0, 1.0, (2, len(truth))))
    design = _design(rng, truth)
    weights = best_weights(np.stack([truth, *(truth * noise)]), design, np.full(len(truth), 1e-6))
    assert weights[0] > 0.97
    assert weights.sum() == pytest.approx(1.0)


def test_members_that_err_apart_are_mixed_and_lose_less_than_each(truth):
    rng = np.random.default_rng(3)
    members = truth * np.exp(rng.normal(0, 0.5, (2, len(truth))))
    design, variation = _design(rng, truth), np.full(len(truth), 1e-6)
    weights = best_weights(members, design, variation)
    assert weights == pytest.approx([0.5, 0.5], abs=0.08)
    mixed = log_loss(np.exp(weights @ np.log(members)), design, variation)
    assert mixed < min(log_loss(member, design, variation) for member in members) - 0.003


def test_a_posterior_that_is_too_sure_is_widened_and_a_right_one_is_not(truth):
    rng = np.random.default_rng(4)
    design = _design(rng, truth, variation=0.4)
    assert best_widening(truth, np.full(len(truth), 0.4), design) == 1.0
    assert best_widening(truth, np.full(len(truth), 0.1), design) == 4.0


def test_too_little_to_tell_leaves_the_posterior_as_it_is(truth):
    rng = np.random.default_rng(5)
    few = _design(rng, truth, variation=0.4).take(np.arange(30))
    assert best_widening(truth[:30], np.full(30, 0.3), few) == 1.0


def test_trials_of_one_zone_hour_count_as_one(truth):
    """A zone-hour cut into vehicles says as much of the rate's spread as it did whole."""
    rng = np.random.default_rng(6)
    whole = _design(rng, truth, variation=0.4)
    cut = whole.take(np.repeat(np.arange(len(truth)), 2))
    half = np.tile([1.0, 0.0], len(truth))
    cut = dataclasses.replace(cut, events=cut.events * half, exposure=cut.exposure / 2)
    narrow = np.full(len(truth), 0.1)
    assert best_widening(np.repeat(truth, 2), np.repeat(narrow, 2), cut) == best_widening(
        truth, narrow, whole
    )


def test_the_chance_is_that_of_a_gamma_rate(truth):
    """Against the mean over drawn rates."""
    rng = np.random.default_rng(7)
    drawn = rng.gamma(1 / 0.7, 0.7 * 1.3, 400_000)
    expected = -np.expm1(-drawn * 0.6).mean()
    assert chance(np.array(1.3), 0.6, np.array(0.7)) == pytest.approx(expected, abs=0.002)


def test_trials_of_one_zone_hour_do_not_make_wide_rates_win(truth):
    """Vehicles of a zone-hour share its rate: cutting it into trials must not move its level."""
    rng = np.random.default_rng(8)
    whole = _design(rng, truth, variation=0.3)
    row, hit, exposure = checked_rows(np.minimum(whole.events, 20), whole.exposure, 1 / 40)
    trials = dataclasses.replace(whole.take(row), hit=hit, events=hit.astype(float))
    trials = dataclasses.replace(trials, exposure=exposure)
    assert trials.is_trials
    assert not whole.is_trials
    level, _ = best_level(truth[row], trials, np.full(len(row), 0.3))
    assert level == pytest.approx(1.0, abs=0.05)


def test_weights_are_the_best_there_are(truth):
    """No step aside from them loses less."""
    rng = np.random.default_rng(9)
    members = truth * np.exp(rng.normal(0, [[0.3], [0.4], [0.8]], (3, len(truth))))
    design, variation = _design(rng, truth), np.full(len(truth), 1e-6)
    weights = best_weights(members, design, variation)

    def loss(weights):
        return log_loss(np.exp(weights @ np.log(members)), design, variation)

    for one, other in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]:
        aside = weights.copy()
        step = min(0.03, aside[other])
        aside[one] += step
        aside[other] -= step
        assert loss(aside) >= loss(weights) - 1e-9
