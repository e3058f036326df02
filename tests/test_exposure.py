import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.exposure import patrol_hours, uniform_hours
from infraction_model.timegrid import week_of

STARTS = st.integers(0, 3 * 365 * 24 * 60)
MINUTES = st.integers(0, 600)


def _presence(starts: list[str], minutes: list[int]) -> pd.DataFrame:
    started = pd.Series(pd.to_datetime(starts, utc=True)).dt.tz_convert("Europe/Paris")
    return patrol_hours(started, started + pd.to_timedelta(minutes, "min"))


@settings(max_examples=60)
@given(st.lists(st.tuples(STARTS, MINUTES), min_size=1, max_size=20))
def test_no_minute_is_lost_and_none_lies_outside_its_hour(presences):
    base = pd.Timestamp("2023-01-01", tz="UTC")
    starts = [(base + pd.Timedelta(minutes=start)).isoformat() for start, _ in presences]
    minutes = [length for _, length in presences]
    pieces = _presence(starts, minutes)
    per_row = pieces.groupby("row")["hours"].sum().reindex(range(len(presences)), fill_value=0)
    np.testing.assert_allclose(per_row, np.array(minutes) / 60)
    assert pieces["hours"].between(0, 1).all()
    assert pieces["hour_of_week"].between(0, 167).all()


def test_a_patrol_over_two_hours_is_split_at_the_full_hour():
    pieces = _presence(["2024-01-02T08:50:00Z"], [25])  # 9 h 50 in Paris, a Tuesday
    assert pieces["hour_of_week"].tolist() == [24 + 9, 24 + 10]
    np.testing.assert_allclose(pieces["hours"], [10 / 60, 15 / 60])


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "Asia/Kathmandu"])
def test_hours_are_cut_by_the_local_clock_also_where_it_is_no_whole_hour_from_utc(zone):
    started = pd.Series(pd.to_datetime(["2024-01-02 16:00", "2024-01-02 16:50"])).dt.tz_localize(
        zone
    )
    pieces = patrol_hours(started, started + pd.to_timedelta([60, 20], "min"))
    assert pieces["row"].tolist() == [0, 1, 1]
    assert pieces["hour_of_week"].tolist() == [24 + 16, 24 + 16, 24 + 17]
    np.testing.assert_allclose(pieces["hours"], [1, 1 / 6, 1 / 6])


def test_autumn_merges_its_repeated_hour_and_spring_leaves_its_skipped_one_empty():
    autumn = _presence(["2024-10-27T00:00:00Z"], [120])  # 2 h to 3 h, twice
    assert autumn.groupby("hour_of_week")["hours"].sum().to_dict() == {6 * 24 + 2: 2.0}
    spring = _presence(["2024-03-31T00:00:00Z"], [120])  # 1 h to 2 h, then 3 h to 4 h
    assert spring["hour_of_week"].tolist() == [6 * 24 + 1, 6 * 24 + 3]


def test_uniform_exposure_knows_that_spring_skips_an_hour():
    week = week_of([np.datetime64("2024-03-31")])[0]
    hours = uniform_hours(week, "Europe/Paris")
    assert hours.sum() == 167
    assert hours[6 * 24 + 2] == 0
    assert uniform_hours(week + 1, "Europe/Paris").sum() == 168
