"""The ranking of zones against the truth, and against what luck would make of small numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import known_rates
from infraction_model.calendars import CalendarParameters
from infraction_model.factors.levels import time_factors
from infraction_model.factors.observed import observe
from infraction_model.factors.rates import fit_rates
from infraction_model.factors.zones import prior_of, rank_zones


def ranked(panel, weeks: int = 30):
    observed = observe(panel, known_rates.FIRST_WEEK + weeks, "recorded", 0, 0.5)
    factors = time_factors(observed.moments, CalendarParameters("FR", None, "B"))[:2]
    return rank_zones(observed, fit_rates(observed, factors, 0.9, 5.0), 0.9, seed=1)


@pytest.fixture(scope="module")
def levels() -> np.ndarray:
    return np.random.default_rng(11).gamma(2.0, 0.5, 80)


@pytest.fixture(scope="module")
def drawn(levels):
    """Zones visited very unequally, habit knowing nothing of the rates."""
    rng = np.random.default_rng(12)
    busy = np.repeat(rng.gamma(0.4, 1.0, (80, 1)) + 0.003, 7, axis=1)
    return ranked(known_rates.town(rng, levels, visits=100, busy=busy))


def test_pooled_rates_beat_raw_rates_and_raw_counts(drawn, levels):
    by_zone = drawn.sort_values("zone")
    true = levels[by_zone["zone"]]
    raw = by_zone["raw_rate"].fillna(0.0)
    assert spearmanr(by_zone["rate"], true)[0] > spearmanr(raw, true)[0]
    assert spearmanr(by_zone["rate"], true)[0] > spearmanr(by_zone["fines"], true)[0] + 0.2
    # in the units of the rates: 1 on average over days and hours as they were looked at
    unit = np.mean(known_rates.WEEKDAY) * np.mean(known_rates.HOUR)
    error = (by_zone["rate"] - true * unit) ** 2
    assert error.mean() < 0.7 * ((raw - true * unit) ** 2).mean()


def test_intervals_of_rates_and_ranks_hold_the_truth(drawn, levels):
    by_zone = drawn.sort_values("zone")
    true = levels * np.mean(known_rates.WEEKDAY) * np.mean(known_rates.HOUR)
    covered = (by_zone["lower"] <= true) & (true <= by_zone["upper"])
    assert 0.82 <= covered.mean() <= 1.0
    true_rank = (-true).argsort().argsort() + 1
    held = (by_zone["rank_lower"] <= true_rank) & (true_rank <= by_zone["rank_upper"])
    assert held.mean() > 0.8


def test_two_fines_in_an_hour_are_not_the_worst_zone():
    rng = np.random.default_rng(3)
    level = np.full(20, 1.0)
    level[0] = 1.9
    panel = known_rates.town(rng, level, visits=200)
    few = panel.patrols["zone"] == 19
    first = panel.patrols[few].head(2)
    panel = replace(
        panel,
        patrols=pd.concat([panel.patrols[~few], first]),
        fines=pd.concat(
            [
                panel.fines[panel.fines["zone"] != 19],
                first[["zone", "week", "hour_of_week", "delay"]]
                .assign(category=0, fines=2)
                .head(1),
            ]
        ),
    )
    table = ranked(panel).set_index("zone")
    assert table.loc[19, "fines"] == 2
    assert table.loc[19, "raw_rate"] == pytest.approx(2.0)
    assert table.loc[19, "rank"] > table.loc[0, "rank"] == 1
    assert table.loc[19, "rank_upper"] - table.loc[19, "rank_lower"] > 10


def test_a_zone_never_seen_lies_in_the_middle_and_says_so(levels):
    rng = np.random.default_rng(4)
    busy = np.ones((80, 7))
    busy[7] = 0.0
    table = ranked(known_rates.town(rng, levels, visits=300, busy=busy)).set_index("zone")
    assert np.isnan(table.loc[7, "raw_rate"])
    assert table.loc[7, "rate"] == pytest.approx(table["rate"].mean(), rel=0.1)
    assert table.loc[7, "upper"] / table.loc[7, "lower"] > 5


def test_ties_go_by_zone_id_and_draws_repeat(levels):
    panel = known_rates.town(np.random.default_rng(4), levels, visits=50)
    first, again = ranked(panel), ranked(panel)
    assert first.equals(again)
    same = first[first["hours"] == 0]
    assert same["rate"].nunique() <= 1
    assert same["zone_id"].is_monotonic_increasing


def test_the_prior_is_that_of_the_draw():
    rng = np.random.default_rng(1)
    hours = rng.gamma(2.0, 20.0, 3000)
    found = rng.poisson(rng.gamma(1.5, 0.8, 3000) * hours)
    shape, scale = prior_of(found, hours)
    assert shape == pytest.approx(1.5, rel=0.1)
    assert shape * scale == pytest.approx(1.2, rel=0.05)
