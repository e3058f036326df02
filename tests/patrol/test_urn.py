"""The two-area urn of Ensign et al., Runaway Feedback Loops in Predictive Policing (FAT* 2018).

Each day one patrol goes to an area drawn from the urn, and every infraction found adds a ball of
its colour; a ball is lost with a chance of 0.01 a day. Rates per day and balls to begin with are
theirs, of the two areas of Oakland with most incidents.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from infraction_model.features.history import empirical_bayes
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.snapshot import Sums
from infraction_model.forecast import EmpiricalBayesParameters, fit, predict
from infraction_model.panel import Panel
from infraction_model.patrol.exploration import draw, inclusion
from infraction_model.teaching import ForecastParameters
from made_panels import bare_panel
from small_town import town

RATES = np.array([3.68511, 2.816466])
BALLS = np.array([609.0, 379.0])
TRUTH = RATES[0] / RATES.sum()
DAYS, LOST, RUNS = 1000, 0.01, 200
FIRST_WEEK, HISTORY = 2817, 26


def urn(thinned: bool) -> np.ndarray:
    """The first area's share of the balls after all days, by run.

    `thinned`, their remedy: a find is added with the chance that the patrol had gone elsewhere.
    """
    rng = np.random.default_rng(1)
    balls = np.tile(BALLS, (RUNS, 1))
    for _ in range(DAYS):
        share = balls / balls.sum(axis=1, keepdims=True)
        went = (rng.random(RUNS) >= share[:, 0]).astype(int)
        kept = 1 - share[np.arange(RUNS), went] if thinned else np.ones(RUNS)
        balls[np.arange(RUNS), went] += rng.poisson(RATES[went]) * (rng.random(RUNS) < kept)
        balls = np.maximum(balls - rng.binomial(balls.astype(int), LOST), 1)
    return balls[:, 0] / balls.sum(axis=1)


def test_the_urn_that_counts_runs_away_and_the_thinned_one_does_not():
    assert round(TRUTH, 3) == 0.567
    naive = urn(thinned=False)
    assert naive.mean() > 0.9
    assert np.mean(naive > 0.9) > 0.7
    assert urn(thinned=True).mean() == pytest.approx(TRUTH, abs=0.03)


def test_rates_per_day_looked_at_and_patrols_drawn_by_them_stay_at_the_truth():
    shares = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        looked = 300 * BALLS / BALLS.sum()
        found = rng.poisson(RATES * looked).astype(float)
        went = np.zeros(2)
        for _ in range(DAYS):
            rate = empirical_bayes(Sums(found, looked), found.sum() / looked.sum(), 2.0)
            [area] = draw(inclusion(rate, 1), rng)
            went[area] += 1
            looked[area] += 1
            found[area] += rng.poisson(RATES[area])
        assert rate[0] / rate.sum() == pytest.approx(TRUTH, abs=0.03)
        shares.append(went[0] / DAYS)
    assert np.mean(shares) == pytest.approx(TRUTH, abs=0.03)


def visited(days: list[int], found: list[int]) -> Panel:
    """The panel of a patrol of one hour every day at noon, in the area of `days`."""
    week, day = np.divmod(np.arange(len(days)), 7)
    cells = pd.DataFrame({"zone": days, "week": FIRST_WEEK + week, "hour_of_week": day * 24 + 12})
    patrols = cells.assign(delay=0, hours=1.0, vehicles=0.0)
    whole = bare_panel(cells.loc[cells.index.repeat(found)])
    kinds = {name: whole.patrols[name].dtype for name in patrols}
    patrols = patrols.astype(kinds).sort_values(["zone", "week", "hour_of_week"], ignore_index=True)
    return replace(whole, patrols=patrols)


def test_so_do_patrols_drawn_by_the_rates_of_a_model_that_they_teach():
    # the rates of the urn never change, so nothing is forgotten
    steady = EmpiricalBayesParameters(candidates=("eb_rate_all_s2",))
    teaching = ForecastParameters(gap=0)
    rng = np.random.default_rng(1)
    days = list(rng.choice(2, HISTORY * 7, p=BALLS / BALLS.sum()))
    found = list(rng.poisson(RATES[days]))
    for week in range(HISTORY, HISTORY + DAYS // 7, 48):
        panel, origin = visited(days, found), FIRST_WEEK + week
        models = fit(panel, origin, town("recorded"), [steady], FeatureParameters(), teaching)
        [made] = predict(models, panel, origin)
        rate = made.rate[:, 12::24].sum(axis=1)
        assert rate[0] / rate.sum() == pytest.approx(TRUTH, abs=0.03)
        for _ in range(48 * 7):
            days += draw(inclusion(rate, 1), rng).tolist()
            found.append(int(rng.poisson(RATES[days[-1]])))
    assert np.mean(np.array(days[HISTORY * 7 :]) == 0) == pytest.approx(TRUTH, abs=0.03)
