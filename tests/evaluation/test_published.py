import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from infraction_model.errors import ContractError
from infraction_model.estimators.design import chance
from infraction_model.evaluation.published import flat, published_forecast, scaled, variation_of
from infraction_model.forecast import Forecast
from infraction_model.timegrid import starts_at, week_starting

SPRING = week_starting(dt.date(2024, 3, 25))  # the week in which the clock is put forward
SHAPE = (4, 168)


def _zones(count: int) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": [f"z{number}" for number in range(count)]})


def _forecast(variation=None, week: int = SPRING, basis: str = "recorded") -> Forecast:
    rate = np.random.default_rng(4).gamma(1.0, 1.0, SHAPE)
    probability = chance(rate, 1.0, variation)
    expected = rate if basis == "recorded" else 1.3 * probability
    return Forecast(
        zones=_zones(SHAPE[0]),
        origin=week - 1,
        target=week,
        rate=rate,
        variation=variation,
        probability=probability,
        expected=expected,
        lower=0.5 * expected,
        upper=2 * expected,
        reasons=np.full(SHAPE, "", dtype=object),
        known_hours=np.arange(168) >= 5,
    )


def _table(forecast: Forecast, basis: str = "recorded") -> pd.DataFrame:
    """The scores table of a forecast, written here once more."""
    rows = [
        {
            "zone_id": zone,
            "starts_at": start,
            "infraction_probability": forecast.probability[z, hour],
            "expected_infractions": forecast.expected[z, hour],
            "lower": forecast.lower[z, hour],
            "upper": forecast.upper[z, hour],
            "exposure_basis": basis if forecast.known_hours[hour] else "extrapolated",
        }
        for z, zone in enumerate(forecast.zones["zone_id"])
        for hour, start in enumerate(starts_at(forecast.target, "Europe/Paris"))
        if start is not pd.NaT
    ]
    return pd.DataFrame(rows).sample(frac=1.0, random_state=1)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_a_published_week_is_the_forecast_it_was(basis, wide):
    variation = np.random.default_rng(5).gamma(1.0, 0.5, SHAPE) if wide else None
    before = _forecast(variation, SPRING - 1, basis)
    read = published_forecast(_table(before, basis), before.zones, basis, before.origin)
    assert (read.origin, read.target) == (before.origin, before.target)
    for name in ("probability", "expected", "lower", "upper", "known_hours"):
        assert np.array_equal(getattr(read, name), getattr(before, name))
    hours = np.full(SHAPE, 1.0 if basis == "none" else 0.4)
    assert np.allclose(read.chance(hours), before.chance(hours), rtol=1e-4)


def test_nothing_is_expected_in_the_hour_that_spring_skips():
    read = published_forecast(_table(_forecast()), _zones(4), "recorded", SPRING - 1)
    skipped = 6 * 24 + 2
    assert not read.expected[:, skipped].any()
    assert read.expected[:, skipped + 1].all()


def test_zones_the_panel_no_longer_has_are_left_out_and_its_order_counts():
    kept = pd.DataFrame({"zone_id": ["z3", "new", "z1"]})
    before = _forecast(week=SPRING - 1)
    read = published_forecast(_table(before), kept, "recorded", SPRING - 2)
    assert list(read.zones["zone_id"]) == ["z3", "z1"]
    assert np.array_equal(read.expected, before.expected[[3, 1]])


def test_scores_of_two_weeks_are_refused():
    two = pd.concat([_table(_forecast()), _table(replace(_forecast(), target=SPRING + 1))])
    with pytest.raises(ContractError, match="one week, got 2"):
        published_forecast(two, _zones(4), "recorded", SPRING - 1)


@given(
    arrays(float, 20, elements=st.floats(0.01, 8)), arrays(float, 20, elements=st.floats(0.01, 20))
)
def test_the_variation_behind_a_probability_is_found_again(rate, variation):
    found = variation_of(rate, chance(rate, 1.0, variation))
    assert np.allclose(chance(rate, 0.3, found), chance(rate, 0.3, variation), rtol=1e-3)


def test_a_share_of_the_records_scales_what_can_be_found():
    before = _forecast(np.full(SHAPE, 0.7))
    part = scaled(before, 0.6)
    assert np.allclose(part.probability, before.chance(np.full(SHAPE, 0.6)))
    assert np.allclose(part.upper, 0.6 * before.upper)


def test_one_single_rate_expects_as_much_in_all():
    before = _forecast()
    hours = np.random.default_rng(6).random(SHAPE)
    one = flat(before, hours)
    assert np.ptp(one.rate) == 0
    assert (one.expected * hours).sum() == pytest.approx((before.expected * hours).sum())
