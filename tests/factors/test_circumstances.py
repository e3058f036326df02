"""Works, markets and weather against the ratios that were drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import known_rates
from infraction_model.calendars import CalendarParameters
from infraction_model.factors.circumstances import happenings, weather_factors
from infraction_model.factors.levels import time_factors
from infraction_model.factors.observed import observe
from infraction_model.factors.rates import fit_rates
from infraction_model.panel import WHOLE_TOWN

WEEKS = 40
START = known_rates.FIRST_WEEK * 168


def records(kind: str, zone, begin, end, value=1.0) -> pd.DataFrame:
    count = len(np.atleast_1d(begin))
    return pd.DataFrame(
        {
            "kind": pd.Series([kind] * count, dtype="str"),
            "zone": np.full(count, zone, dtype=np.int32),
            "begin": np.asarray(begin, dtype=np.int32),
            "end": np.asarray(end, dtype=np.int32),
            "known_hour": np.asarray(begin, dtype=np.int32),
            "value": np.full(count, value),
        }
    )


@pytest.fixture(scope="module")
def town():
    """Works in zones 0 to 4 for weeks 10 to 19 (0.4), a change that the log level hides."""
    rng = np.random.default_rng(9)
    change = np.ones((10, WEEKS))
    change[:5, 10:20] = 0.4
    panel = known_rates.town(rng, np.geomspace(0.5, 4.0, 10), WEEKS, 400, change=change)
    works = [records("roadworks", z, [START + 10 * 168], [START + 20 * 168]) for z in range(5)]
    rain = np.where(rng.random(WEEKS * 168) < 0.2, 2.0, 0.0)
    hours = START + np.arange(WEEKS * 168)
    rows = records("rain", WHOLE_TOWN, hours, hours + 1).assign(value=rain)
    return replace(panel, context=pd.concat([*works, rows], ignore_index=True))


def observed_of(panel):
    return observe(panel, known_rates.FIRST_WEEK + WEEKS, "recorded", 0, 0.5)


def test_works_are_compared_with_the_same_streets_without_works(town):
    observed = observed_of(town)
    factors = time_factors(observed.moments, CalendarParameters("FR"))[:2]
    model = fit_rates(observed, factors, 0.9, 5.0)
    table = happenings(observed, model, 0.9)
    during = table[table["level"] == "yes"].iloc[0]
    assert during["factor"] == "roadworks"
    assert during["rate_ratio"] == pytest.approx(0.4, rel=0.12)
    assert during["lower"] < 0.4 < during["upper"]
    assert during["weeks"] == 10
    assert table["hours"].sum() == pytest.approx(observed.looked.grid.sum())
    assert table["fines"].sum() == observed.fines["fines"].sum()


def test_works_without_a_patrol_log_count_the_same_cells(town):
    observed = observe(town, known_rates.FIRST_WEEK + WEEKS, "none", 0, 0.5)
    factors = time_factors(observed.moments, CalendarParameters("FR"))[:2]
    table = happenings(observed, fit_rates(observed, factors, 0.9, 5.0), 0.9)
    during = table[table["level"] == "yes"].iloc[0]
    assert during["hours"] == 5 * 10 * 168 - 5  # spring begins in week 12 of them
    inside = town.fines["zone"].lt(5) & town.fines["week"].between(
        known_rates.FIRST_WEEK + 10, known_rates.FIRST_WEEK + 19
    )
    assert during["fines"] == town.fines.loc[inside, "fines"].sum()


def test_rain_that_changes_nothing_is_a_ratio_that_may_be_one(town):
    observed = observed_of(town)
    [rain] = weather_factors(observed)
    assert rain.levels == ("dry", "light", "heavy", "unknown")
    factors = [*time_factors(observed.moments, CalendarParameters("FR"))[:2], rain]
    table = fit_rates(observed, factors, 0.9, 5.0).table
    heavy = table[(table["factor"] == "rain") & (table["level"] == "heavy")].iloc[0]
    assert heavy["lower"] < 1 < heavy["upper"]
    wet = set(town.context.loc[town.context["value"] == 2.0, "begin"])
    hours = town.patrols["week"] * 168 + town.patrols["hour_of_week"]
    assert heavy["hours"] == pytest.approx(town.patrols.loc[hours.isin(wet), "hours"].sum())


def test_weather_that_is_mostly_missing_is_no_factor(town):
    some = town.context.groupby("kind").head(500)
    assert weather_factors(observed_of(replace(town, context=some))) == []


def test_the_measurement_that_became_known_last_stands(town):
    hours = START + np.arange(WEEKS * 168)
    forecast = records("temperature", WHOLE_TOWN, hours, hours + 1, 3.0)
    measured = records("temperature", WHOLE_TOWN, hours, hours + 1, 26.0)
    context = pd.concat([forecast, measured], ignore_index=True)
    [warmth] = weather_factors(observed_of(replace(town, context=context)))
    assert set(warmth.codes) == {4}
