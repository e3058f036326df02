"""The forecast of the coming week: recovers a known week, uses nothing later, says how sure."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from infraction_model.calendars import CalendarParameters
from infraction_model.errors import NotEnoughDataError
from infraction_model.occupancy.availability import AvailabilityParameters, forecast, history
from infraction_model.timegrid import week_starting

TIMEZONE = "Europe/Paris"
CALENDAR = CalendarParameters("FR", None, "B")
FIRST = dt.date(2024, 1, 8)
SPACES = 12
BY_HOUR = 0.15 + 0.55 * np.exp(-(((np.arange(24) - 11) / 4) ** 2))
SUNDAY = np.arange(168) >= 144


def profile(zones: int) -> np.ndarray:
    """How full zones are on average, (zone, 168): hardly at all on Sundays."""
    level = np.linspace(0.4, 1.2, zones)[:, None]
    return level * np.where(SUNDAY, 0.1, np.tile(BY_HOUR, 7))[None, :]


def table(zones: int, weeks: int, basis: str = "sensors", seed: int = 0) -> pd.DataFrame:
    """Cars drawn at random around the profile, hour by hour."""
    rng = np.random.default_rng(seed)
    starts = pd.date_range(FIRST, periods=168 * weeks, freq="h", tz=TIMEZONE).as_unit("us")
    rate = np.tile(profile(zones), weeks)
    cars = rng.binomial(SPACES, rate) / SPACES
    return pd.DataFrame(
        {
            "zone_id": np.repeat([f"Z{zone}" for zone in range(zones)], 168 * weeks),
            "starts_at": np.tile(starts, zones),
            "occupancy": cars.ravel(),
            "lower": cars.ravel(),
            "upper": cars.ravel(),
            "basis": basis,
        }
    )


def spaces(zones: int) -> pd.Series:
    return pd.Series(float(SPACES), index=[f"Z{zone}" for zone in range(zones)])


@pytest.fixture(scope="module")
def made():
    """Three zones over 12 weeks, and what is forecast for the thirteenth."""
    known = history(table(3, 12), spaces(3), week_starting(FIRST) + 12)
    return known, forecast(known, CALENDAR, AvailabilityParameters())


def test_the_expected_week_is_the_true_one(made):
    _, found = made
    # Easter Monday is in the thirteenth week
    ordinary = np.arange(168) >= 24
    assert np.abs(found.expected - profile(3))[:, ordinary].max() < 0.15
    assert np.abs(found.expected - profile(3))[:, ordinary].mean() < 0.035


def test_a_public_holiday_is_expected_to_be_like_a_sunday(made):
    _, found = made
    np.testing.assert_allclose(found.expected[:, :24], found.expected[:, 144:])


def test_a_past_holiday_tells_nothing_of_ordinary_days():
    quiet = table(1, 14)
    easter = quiet["starts_at"].dt.date == dt.date(2024, 4, 1)
    assert easter.sum() == 24
    origin = week_starting(FIRST) + 14
    before = forecast(history(quiet, spaces(1), origin), CALENDAR, AvailabilityParameters())
    quiet.loc[easter, ["occupancy", "lower", "upper"]] = 1.0
    after = forecast(history(quiet, spaces(1), origin), CALENDAR, AvailabilityParameters())
    np.testing.assert_array_equal(before.expected, after.expected)


def test_the_interval_holds_what_it_says_and_the_forecast_beats_last_week(made):
    _, found = made
    judged = found.judged.set_index("kind").loc["measured"]
    assert judged["weeks"] == 7
    assert judged["hours"] == 7 * 3 * 168 - 3  # the hour that spring skips
    assert 0.86 < judged["covered"] < 0.95
    assert judged["error"] < 0.85 * judged["error_last_week"]
    assert judged["error"] < 1.03 * judged["error_mean"]
    # on an hour of its own: drawn anew from the truth, ordinary days only
    rng = np.random.default_rng(9)
    new = rng.binomial(SPACES, profile(3)) / SPACES
    inside = (new >= found.lower) & (new <= found.upper)
    assert 0.85 < inside[:, 24:].mean() < 0.97


def test_nothing_at_or_after_the_origin_changes_it(made):
    _, found = made
    longer = table(3, 16)
    origin = week_starting(FIRST) + 12
    first = table(3, 12)
    after = longer["starts_at"] >= pd.Timestamp(FIRST + dt.timedelta(weeks=12), tz=TIMEZONE)
    later = pd.concat([first, longer[after].assign(occupancy=1.0, lower=1.0, upper=1.0)])
    again = forecast(history(later, spaces(3), origin), CALENDAR, AvailabilityParameters())
    for name in ("expected", "lower", "upper"):
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))


def test_measured_and_estimated_zones_are_judged_apart():
    both = table(2, 10)
    estimated = both["zone_id"] == "Z1"
    both.loc[estimated, "basis"] = "payments"
    both.loc[estimated & (both["starts_at"].dt.hour < 4), "basis"] = "fallback"
    known = history(both, spaces(2), week_starting(FIRST) + 10)
    assert known.basis.tolist() == ["sensors", "payments"]
    judged = forecast(known, CALENDAR, AvailabilityParameters()).judged
    assert judged["kind"].tolist() == ["measured", "estimated"]
    assert judged["zones"].tolist() == [1, 1]
    assert judged["weeks"].tolist() == [5, 5]


def test_newer_weeks_weigh_more():
    new = table(1, 12)
    new["occupancy"] = np.where(
        new["starts_at"] >= pd.Timestamp(FIRST + dt.timedelta(weeks=8), tz=TIMEZONE), 1.0, 0.0
    )
    known = history(new, spaces(1), week_starting(FIRST) + 12)
    quick = forecast(known, CALENDAR, AvailabilityParameters(half_life_weeks=1.0))
    slow = forecast(known, CALENDAR, AvailabilityParameters(half_life_weeks=500.0))
    assert quick.expected[0, 40] == pytest.approx(15 / 16, abs=0.01)
    assert slow.expected[0, 40] == pytest.approx(4 / 12, abs=0.02)


def test_an_hour_that_was_never_known_is_not_forecast():
    gaps = table(1, 8)
    night = gaps["starts_at"].dt.hour == 3
    known = history(gaps[~night], spaces(1), week_starting(FIRST) + 8)
    found = forecast(known, CALENDAR, AvailabilityParameters())
    assert np.isnan(found.expected[0, 3::24]).all()
    assert np.isnan(found.lower[0, 3::24]).all()
    assert np.isfinite(np.delete(found.expected[0], np.arange(3, 168, 24))).all()


def test_estimates_that_are_unsure_themselves_widen_the_interval():
    sure, unsure = table(1, 10, "payments"), table(1, 10, "payments")
    unsure["lower"] = (unsure["occupancy"] - 0.2).clip(0, 1)
    unsure["upper"] = (unsure["occupancy"] + 0.2).clip(0, 1)
    origin = week_starting(FIRST) + 10
    width = [
        np.mean(found.upper - found.lower)
        for found in (
            forecast(history(one, spaces(1), origin), CALENDAR, AvailabilityParameters())
            for one in (sure, unsure)
        )
    ]
    assert width[1] > width[0] + 0.05


def test_zones_of_unknown_size_stay_out_and_too_few_weeks_are_said():
    both = table(2, 4)
    known = history(both, spaces(1), week_starting(FIRST) + 4)
    assert known.zone_ids == ("Z0",)
    with pytest.raises(NotEnoughDataError, match="3 weeks of occupancy are known"):
        history(both, spaces(2), week_starting(FIRST) + 3)
    with pytest.raises(NotEnoughDataError, match="0 weeks"):
        history(both, pd.Series(dtype=float), week_starting(FIRST) + 4)


def test_what_was_known_long_ago_makes_no_coming_week():
    """A zone whose newest week is older than two is left out; where that is all, it is said."""
    known = table(2, 12)
    gone = pd.Timestamp(FIRST + dt.timedelta(weeks=10), tz=TIMEZONE)
    known = known[(known["zone_id"] == "Z0") | (known["starts_at"] < gone)]
    origin = week_starting(FIRST) + 12
    assert history(known, spaces(2), origin).zone_ids == ("Z0",)
    assert history(known, spaces(2), origin + 1).zone_ids == ("Z0",)
    assert history(known, spaces(2), origin - 1).zone_ids == ("Z0", "Z1")
    with pytest.raises(NotEnoughDataError, match="nothing is known of how full zones were"):
        history(known, spaces(2), origin + 3)
