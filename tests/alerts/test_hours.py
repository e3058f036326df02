"""Hours of rules, held against the spans that the indicators of sensors use, and on days of DST."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.alerts.hours import NEVER, OpenHours, limit_hours
from infraction_model.alerts.parameters import ForbiddenRule
from infraction_model.alerts.rules import EVEN, ODD, forbidden_hours
from infraction_model.calendars import CalendarParameters
from infraction_model.occupancy.timeline import Hours, LimitHours
from made_streets import instant

CALENDAR = CalendarParameters("FR")
SPRING, AUTUMN = instant("2026-03-29T00:00"), instant("2026-10-25T00:00")


@pytest.mark.parametrize("first", ["2026-03-25T00:00", "2026-10-21T00:00", "2026-04-29T00:00"])
def test_limited_hours_are_those_of_the_indicators(first):
    """The 29th of March, the 25th of October (clocks) and the 1st of May (a holiday) included."""
    limits = LimitHours((0, 1, 2, 3, 4, 5, 6), ("00:00-04:30", "09:00-12:00", "14:00-24:00"))
    start = instant(first)
    spans = limits.spans(
        Hours.between(start, start + 10 * 86400, "Europe/Paris"), "Europe/Paris", CALENDAR
    )
    hours = limit_hours(limits, "Europe/Paris", CALENDAR)
    instants = start + np.arange(0, 9 * 86400, 617)
    expected = spans.until(instants) - spans.until(instants[:1])
    got = [hours.between(start, int(at)) for at in instants]
    np.testing.assert_array_equal(got, expected)


@given(
    st.integers(SPRING - 10**6, AUTUMN + 10**6),
    st.integers(1, 40 * 3600),
    st.sampled_from([("09:00-12:00", "14:00-18:00"), ("00:00-24:00",), ("22:00-24:00",)]),
)
@settings(max_examples=60, deadline=None)
def test_reached_and_elapsed_are_each_others_inverse(since, count, spans):
    hours = limit_hours(LimitHours((0, 2, 5), spans), "Europe/Paris", CALENDAR)
    at = hours.reached(since, count)
    assert hours.between(since, at) == count
    assert hours.between(since, at - 1) == count - 1
    open_now, until = hours.opening(at - 1)
    assert open_now
    assert until >= at


def test_an_older_instant_may_be_asked_for_after_a_newer_one():
    hours = limit_hours(LimitHours(), "Europe/Paris", CALENDAR)
    assert hours.opening(instant("2026-11-03T10:00"))[0]
    assert hours.opening(instant("2026-02-03T10:00")) == (True, instant("2026-02-03T12:00"))
    assert hours.opening(instant("2027-11-03T13:00")) == (False, instant("2027-11-03T14:00"))


def test_hours_that_never_come_end_never():
    hours = OpenHours(lambda day: [], "Europe/Paris")
    assert hours.reached(SPRING, 1) == NEVER
    assert hours.opening(SPRING) == (False, NEVER)


def days_of(rule: ForbiddenRule, side: str, month: int) -> list[int]:
    """The days of a month of 2026 at which a rule forbids a side."""
    days = [dt.date(2026, month, 1) + dt.timedelta(days=n) for n in range(31)]
    of_day = forbidden_hours(rule, side)
    return [day.day for day in days if day.month == month and list(of_day(day))]


def test_the_second_and_fourth_tuesday_and_a_date():
    rule = ForbiddenRule(
        "cleaning", ("S1",), (1,), ("07:00-09:00",), nth=(2, 4), dates=(dt.date(2026, 3, 31),)
    )
    assert days_of(rule, "", 3) == [10, 24, 31]  # the Tuesdays of March 2026: 3, 10, 17, 24, 31


def test_a_fifth_weekday_is_there_only_where_the_month_has_one():
    rule = ForbiddenRule("cleaning", ("S1",), (1,), nth=(5,))
    assert days_of(rule, "", 3) == [31]
    assert days_of(rule, "", 4) == []


def test_sides_alternate_by_half_month_or_day():
    half = ForbiddenRule("side", ("S1",), tuple(range(7)), sides="half_month")
    assert days_of(half, EVEN, 4) == list(range(1, 16))
    assert days_of(half, ODD, 4) == list(range(16, 31))
    daily = ForbiddenRule("side", ("S1",), tuple(range(7)), sides="day")
    assert days_of(daily, EVEN, 4) == list(range(1, 31, 2))
    assert days_of(daily, ODD, 4) == list(range(2, 31, 2))
