"""The fines agree with the truth and the patrols, counted otherwise than they were drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from infraction_model.simulation import kinds
from infraction_model.simulation.fines import hourly_pieces, make_fines


@pytest.fixture(scope="module")
def exposure(town):
    """Patrol hours per (zone, hour since the first Monday), counted minute by minute."""
    patrols = town.patrols
    length = (patrols["end"] - patrols["start"]).to_numpy()
    row = np.repeat(np.arange(len(patrols)), length)
    minute = patrols["start"].to_numpy()[row] + np.concatenate([np.arange(n) for n in length])
    hours = np.zeros((len(town.streets), town.parameters.weeks * 168))
    np.add.at(hours, (patrols["zone"].to_numpy()[row], minute // 60), 1 / 60)
    return hours


@pytest.fixture(scope="module")
def expected(town, exposure):
    return town.drivers.rates.reshape(len(exposure), -1).astype(float) * exposure


@pytest.fixture(scope="module")
def found(town, exposure):
    counts = np.zeros_like(exposure)
    np.add.at(counts, (town.fines["zone"], town.fines["minute"] // 60), 1)
    return counts


def test_as_many_fines_as_rate_times_exposure(expected, found):
    assert abs(found.sum() - expected.sum()) < 4 * np.sqrt(expected.sum())


def test_counts_per_zone_and_hour_of_week_are_poisson(town, expected, found):
    shape = (len(town.streets), town.parameters.weeks, 168)
    mean = expected.reshape(shape).sum(axis=1)
    count = found.reshape(shape).sum(axis=1)
    enough = mean >= 5
    residual = (count[enough] - mean[enough]) / np.sqrt(mean[enough])
    assert enough.sum() > 1000
    # Chi-square over its degrees of freedom: 1 for Poisson counts, sd sqrt(2 / n).
    assert abs((residual**2).mean() - 1) < 5 * np.sqrt(2 / enough.sum())
    assert np.abs(residual).max() < 6


@pytest.mark.parametrize("along", ["zone", "hour of day", "week"])
def test_totals_agree_along_each_axis(town, expected, found, along):
    shape = (len(town.streets), town.parameters.weeks, 7, 24)
    axes = {"zone": (1, 2, 3), "hour of day": (0, 1, 2), "week": (0, 2, 3)}[along]
    mean = expected.reshape(shape).sum(axis=axes)
    count = found.reshape(shape).sum(axis=axes)
    low, high = stats.poisson.ppf(1e-6, mean), stats.poisson.ppf(1 - 1e-6, mean)
    assert ((count >= low) & (count <= high)).all()


def test_the_log_likelihood_is_what_the_truth_makes_it(expected, found):
    mean, count = expected[expected > 0], found[expected > 0]
    # Mean and variance of log p(N) for N ~ Poisson(mean), summed over N; most cells have none.
    steps = np.arange(40)[:, None]
    log_p = stats.poisson.logpmf(steps, mean[None, :])
    probability = np.exp(log_p)
    entropy = (probability * log_p).sum(axis=0)
    spread = np.sqrt(((probability * log_p**2).sum(axis=0) - entropy**2).sum())
    seen = stats.poisson.logpmf(count, mean).sum()
    assert abs(seen - entropy.sum()) < 4 * spread


def test_a_fine_is_within_the_patrol_of_its_officer_and_zone(town):
    patrol = town.patrols.iloc[town.fines["patrol"]].reset_index(drop=True)
    assert (patrol["zone"] == town.fines["zone"]).all()
    assert (patrol["officer"] == town.fines["officer"]).all()
    assert (town.fines["minute"] >= patrol["start"]).all()
    assert (town.fines["minute"] < patrol["end"]).all()


def test_minutes_are_uniform_within_the_hourly_pieces_of_a_patrol(town):
    patrol = town.patrols.iloc[town.fines["patrol"]].reset_index(drop=True)
    hour = town.fines["minute"] // 60 * 60
    start = np.maximum(patrol["start"], hour)
    length = np.minimum(patrol["end"], hour + 60) - start
    place = (town.fines["minute"] - start + 0.5) / length
    assert abs(place.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(place))
    long = length >= 20
    counts = np.histogram(place[long], bins=4, range=(0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-4


def test_pieces_cut_patrols_at_full_hours():
    patrols = pd.DataFrame(
        {"zone": [3, 4], "officer": [0, 1], "start": [50, 60], "end": [130, 120]}
    )
    pieces = hourly_pieces(patrols)
    assert pieces[["patrol", "zone", "hour", "start", "end"]].to_numpy().tolist() == [
        [0, 3, 0, 50, 60],
        [0, 3, 1, 60, 120],
        [0, 3, 2, 120, 130],
        [1, 4, 1, 60, 120],
    ]


def test_three_in_a_hundred_are_entered_weeks_late_and_the_rest_within_four_days(town):
    delay = town.fines["recorded_day"] - town.fines["minute"] // 1440
    assert delay.min() == 0
    assert not delay.between(5, 20).any()
    assert delay.max() <= 84
    late = (delay > 4).mean()
    assert abs(late - 0.03) < 4 * np.sqrt(0.03 * 0.97 / len(delay))


def test_unpaid_charges_only_where_parking_is_paid_and_discs_only_where_it_is_not(town):
    names = np.array([category[0] for category in kinds.CATEGORIES])[town.fines["category"]]
    paid = town.streets["paid"].to_numpy()[town.fines["zone"]]
    assert paid[names == "unpaid"].all()
    assert not paid[names == "blue_zone"].any()
    assert set(names) == {category[0] for category in kinds.CATEGORIES}


def test_without_patrols_there_are_no_fines(town):
    nobody = town.patrols.iloc[:0]
    fines = make_fines(
        town.drivers, nobody, town.streets["paid"].to_numpy(), 0.03, np.random.default_rng(1)
    )
    assert fines.empty
