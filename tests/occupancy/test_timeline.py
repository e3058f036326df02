from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraction_model.calendars import CalendarParameters
from infraction_model.errors import ConfigError
from infraction_model.occupancy.timeline import HOUR, Hours, LimitHours, Spans, seconds

TIMEZONE = "Europe/Paris"
FRANCE = CalendarParameters("FR")
some_spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=12)


def spans_of(pairs) -> Spans:
    starts = np.array([start for start, _ in pairs], dtype="int64")
    return Spans.union(starts, starts + np.array([length for _, length in pairs], dtype="int64"))


def marked(pairs) -> np.ndarray:
    """Second by second, whether any of the spans covers it."""
    seconds_in = np.zeros(90, dtype=bool)
    for start, length in pairs:
        seconds_in[start : start + length] = True
    return seconds_in


@given(some_spans, some_spans)
def test_spans_agree_with_seconds_marked_one_by_one(pairs, holes):
    inside, out = marked(pairs), marked(holes)
    edges = np.array([0, 1, 7, 30, 31, 90])
    expected = np.add.reduceat(inside, edges[:-1])
    assert spans_of(pairs).covered(edges).tolist() == expected.tolist()
    rest = spans_of(pairs).without(spans_of(holes))
    assert rest.covered(edges).tolist() == np.add.reduceat(inside & ~out, edges[:-1]).tolist()
    assert (rest.starts[1:] >= rest.ends[:-1]).all()


def at(text: str) -> int:
    return int(seconds(pd.Series([pd.Timestamp(text, tz=TIMEZONE)]))[0])


def test_the_night_the_clock_goes_back_has_an_hour_more_and_forward_one_less():
    autumn = Hours.between(at("2024-10-27 00:00"), at("2024-10-28 00:00"), TIMEZONE)
    spring = Hours.between(at("2024-03-31 00:00"), at("2024-04-01 00:00"), TIMEZONE)
    assert (len(autumn), len(spring)) == (25, 23)
    assert (autumn.hour_of_week == 6 * 24 + 2).sum() == 2
    assert (spring.hour_of_week == 6 * 24 + 2).sum() == 0


def test_hours_begin_on_the_clock_of_the_town_even_where_it_is_half_an_hour_off():
    first = int(pd.Timestamp("2024-03-04 10:40", tz="Asia/Kolkata").timestamp())
    hours = Hours.between(first, first + 2 * HOUR, "Asia/Kolkata")
    assert [f"{start:%H:%M}" for start in hours.starts_at] == ["10:00", "11:00", "12:00"]


def test_limits_hold_on_working_days_only():
    hours = Hours.between(at("2024-05-06 00:00"), at("2024-05-13 00:00"), TIMEZONE)
    spans = LimitHours().spans(hours, TIMEZONE, FRANCE)
    by_day = spans.covered(hours.edges[::24]) / HOUR
    assert by_day.tolist() == [7, 7, 0, 0, 7, 7, 0]  # 8 May and Ascension Day are holidays


@pytest.mark.parametrize("written", ["9-12h", "12:00-09:00", "09:00", "20:00-25:00"])
def test_an_impossible_span_of_hours_is_refused(written):
    with pytest.raises(ConfigError, match="09:00-12:00"):
        LimitHours(hours=(written,))
