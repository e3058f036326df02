"""Rate ratios against known ratios, other estimators of the same thing, and repeated draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import known_rates
from infraction_model.calendars import CalendarParameters
from infraction_model.factors.levels import Factor, time_factors
from infraction_model.factors.observed import Observed, observe
from infraction_model.factors.rates import RateModel, fit_rates
from infraction_model.factors.spread import spread_of

FRANCE = CalendarParameters("FR", None, "B")


def seen(panel, basis: str = "recorded", weeks: int = 30) -> Observed:
    return observe(panel, known_rates.FIRST_WEEK + weeks, basis, 0, 0.5)


def fit(observed: Observed, *names: str) -> RateModel:
    factors = time_factors(observed.moments, FRANCE)
    return fit_rates(observed, [f for f in factors if f.name in names], 0.9, 5.0)


def rows(model: RateModel, factor: str) -> pd.DataFrame:
    return model.table[model.table["factor"] == factor].set_index("level")


@pytest.fixture(scope="module")
def confounded() -> Observed:
    """Officers go to the worst zones on Mondays: raw rates would blame the Monday."""
    rng = np.random.default_rng(5)
    level = np.geomspace(0.3, 3.0, 12)
    busy = np.ones((12, 7))
    busy[:, 0] = level**2
    return seen(known_rates.town(rng, level, visits=400, busy=busy))


def test_known_ratios_come_back_although_officers_choose_their_zones_by_the_day(confounded):
    model = fit(confounded, "weekday", "hour")
    found = rows(model, "weekday")
    ratio = found["rate_ratio"].to_numpy() / found["rate_ratio"]["1"]
    np.testing.assert_allclose(ratio, known_rates.WEEKDAY, rtol=0.12)
    raw = (found["fines"] / found["hours"]).to_numpy()
    assert raw[0] / raw[1] > 1.4  # what the raw rate says of a day that is like the others
    hours = rows(model, "hour")["rate_ratio"]
    assert hours["9"] / hours["15"] == pytest.approx(1.6, rel=0.12)
    assert (found["lower"] < found["rate_ratio"]).all()


def test_one_factor_and_one_zone_is_a_ratio_of_two_rates():
    """The closed form: fines per hour of the level over fines per hour of all."""
    observed = seen(known_rates.town(np.random.default_rng(1), np.array([2.0])))
    found = rows(fit(observed, "weekday"), "weekday")
    rate = found["fines"] / found["hours"]
    whole = found["fines"].sum() / found["hours"].sum()
    np.testing.assert_allclose(found["rate_ratio"], rate / whole, rtol=1e-6)


def test_the_fit_is_that_of_a_regression_with_a_column_for_each_zone(confounded):
    """Point estimates and plain errors against statsmodels on single zone-hours."""
    model = fit(confounded, "weekday")
    grid = confounded.counted.grid.tocoo()
    zone, moment = grid.coords
    fines = confounded.fines.groupby(["zone", "moment"])["fines"].sum()
    count = fines.reindex(pd.MultiIndex.from_arrays([zone, moment])).fillna(0).to_numpy()
    day = confounded.moments["hour_of_week"].to_numpy()[moment] // 24
    X = np.column_stack(
        [(day == d).astype(float) for d in range(1, 7)]
        + [(zone == z).astype(float) for z in range(12)]
    )
    whole = sm.GLM(count, X, sm.families.Poisson(), offset=np.log(grid.data)).fit()
    found = rows(model, "weekday")["rate_ratio"]
    np.testing.assert_allclose(
        np.log(found / found["0"]).to_numpy()[1:], whole.params[:6], atol=1e-6
    )
    np.testing.assert_allclose(
        model.zone_level / model.zone_level[0],
        np.exp(whole.params[6:] - whole.params[6]),
        rtol=1e-5,
    )


def test_plain_poisson_errors_are_those_of_the_whole_regression(confounded):
    """With no shock and no extra variance the covariance is the inverse information."""
    from infraction_model.factors.spread import Spread, covariance_of

    day = confounded.moments["hour_of_week"].to_numpy() // 24
    X = np.column_stack([(day == d).astype(float) for d in range(1, 7)])
    grid = confounded.counted.grid.tocoo()
    zone, moment = grid.coords
    fines = confounded.fines.groupby(["zone", "moment"])["fines"].sum()
    count = fines.reindex(pd.MultiIndex.from_arrays([zone, moment])).fillna(0).to_numpy()
    columns = [X[moment], *[(zone == z).astype(float)[:, None] for z in range(12)]]
    whole = sm.GLM(
        count, np.column_stack(columns), sm.families.Poisson(), offset=np.log(grid.data)
    ).fit()
    effect = np.exp(X @ whole.params[:6])
    groups = np.zeros(len(X), dtype=int)
    level = np.exp(whole.params[6:])
    found = covariance_of(confounded, X, effect, level, groups, groups, Spread(1.0, 0.0, 0.0))
    np.testing.assert_allclose(np.sqrt(np.diag(found)), whole.bse[:6], rtol=1e-4)


def test_intervals_cover_although_days_and_weeks_share_their_luck():
    """60 drawn histories: the 90 % intervals of weekdays and hours hold the known ratio."""
    weekday = known_rates.WEEKDAY / known_rates.WEEKDAY.mean()
    covered = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        panel = known_rates.town(rng, np.array([1.0, 2.0]), visits=120, shocks=(0.3, 0.2))
        found = rows(fit(seen(panel), "weekday", "hour"), "weekday")
        hours = found["hours"].to_numpy()
        against = (hours * known_rates.WEEKDAY).sum() / hours.sum()
        true = known_rates.WEEKDAY / against
        covered.append((found["lower"] <= true) & (true <= found["upper"]))
    assert 0.84 <= np.mean(covered) <= 0.96
    assert weekday.mean() == pytest.approx(1.0)


def test_variance_components_are_those_of_the_draw():
    rng = np.random.default_rng(8)
    days, cells = 1400, 10
    day = np.repeat(np.arange(days), cells)
    week = day // 7
    mean = np.full(len(day), 20.0)
    rate = mean * np.exp(rng.normal(0, 0.2, days))[day] * np.exp(rng.normal(0, 0.1, 200))[week]
    counts = rng.poisson(rng.gamma(rate / 0.5) * 0.5)  # variance 1.5 times the mean
    spread = spread_of(counts, mean * np.exp(0.025), day, week, {"hour": 0, "day": 0, "week": 0})
    assert spread.cell == pytest.approx(1.5, rel=0.1)
    assert spread.day == pytest.approx(0.2, rel=0.15)
    assert spread.week == pytest.approx(0.1, rel=0.35)


def test_a_level_hardly_seen_is_said_to_be_so_and_a_silent_one_has_a_bound():
    observed = seen(known_rates.town(np.random.default_rng(2), np.array([1.0, 2.0])))
    moments = len(observed.moments)
    fines = observed.fines_by_moment()
    codes = np.zeros(moments, dtype=int)
    silent = np.flatnonzero(fines == 0)
    codes[silent[:60]] = 1
    codes[np.flatnonzero(fines > 0)[0]] = 2
    factor = Factor("some", ("usual", "silent", "rare"), codes, "hour", "usual")
    found = fit_rates(observed, [factor], 0.9, 5.0).table.set_index("level")
    assert found.loc["rare", "remark"] == "too_little"
    assert np.isnan(found.loc["rare", "rate_ratio"])
    assert found.loc["silent", "remark"] == "none_found"
    assert found.loc["silent", "rate_ratio"] == 0.0
    assert 0 < found.loc["silent", "upper"] < 1


def test_a_factor_that_repeats_another_is_left_out():
    observed = seen(known_rates.town(np.random.default_rng(2), np.array([1.0, 2.0])))
    day = observed.moments["hour_of_week"].to_numpy() // 24
    factors = [
        Factor("weekday", tuple("0123456"), day, "day"),
        Factor("weekend", ("no", "yes"), (day >= 5).astype(int), "day", "no"),
    ]
    table = fit_rates(observed, factors, 0.9, 5.0).table
    assert set(table.loc[table["factor"] == "weekend", "remark"]) == {"not_separable"}
    assert set(table.loc[table["factor"] == "weekday", "remark"]) == {""}


def test_without_a_log_every_hour_of_every_zone_counts():
    panel = known_rates.town(np.random.default_rng(3), np.array([1.0, 2.0, 3.0]))
    observed = seen(panel, "none")
    assert len(observed.moments) == 30 * 168 - 1  # the hour skipped in spring
    found = rows(fit(observed, "weekday"), "weekday")
    assert found["hours"]["0"] == 30 * 24 * 3
    rate = found["fines"] / found["hours"]
    np.testing.assert_allclose(
        found["rate_ratio"], rate / (found["fines"].sum() / found["hours"].sum()), rtol=1e-6
    )


def test_late_records_do_not_make_recent_weeks_look_quiet():
    """Half of the fines come in weeks later: month ratios stay even all the same."""
    rng = np.random.default_rng(4)
    delay = np.array([0, 0, 1, 2, 3, 4])
    panel = known_rates.town(rng, np.full(4, 3.0), visits=300, delay=delay)
    months = rows(fit(seen(panel), "month", "weekday"), "month")
    raw = months["fines"] / months["hours"]
    assert raw["7"] < 0.9 * raw.drop("7").mean()
    assert months["rate_ratio"]["7"] == pytest.approx(1.0, abs=0.08)
