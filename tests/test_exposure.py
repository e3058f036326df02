import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.exposure import (
    BASES,
    PresenceParameters,
    checked_rows,
    is_known,
    patrol_hours,
    presences,
    uniform_hours,
)
from infraction_model.schema import EXPOSURE_BASES
from infraction_model.timegrid import hour_of_week, to_local, week_of

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


def test_every_basis_may_be_written_in_the_scores_and_all_but_one_are_known():
    assert (*BASES, "extrapolated") == EXPOSURE_BASES
    assert [basis for basis in BASES if not is_known(basis)] == ["none"]


CUT = PresenceParameters(cut_minutes=15.0)
KEYS = ["zone", "week", "hour_of_week"]


def _fines(*rows: tuple, day: str = "2024-01-02", zone: str = "Europe/Paris") -> pd.DataFrame:
    """Fines from (agent, zone, "HH:MM[:SS]"[, delay in weeks[, category]])."""
    padded = [(*row, *(0, 0)[len(row) - 3 :]) for row in rows]
    table = pd.DataFrame(padded, columns=["agent", "zone", "at", "delay", "category"])
    table["issued_at"] = pd.to_datetime(day + " " + table.pop("at")).dt.tz_localize(zone)
    local = to_local(table["issued_at"])
    return table.assign(week=week_of(local), hour_of_week=hour_of_week(local))


def _minutes(told) -> dict:
    """Minutes of presence by (zone, hour of day)."""
    cells = told.hours.groupby(["zone", "hour_of_week"])["hours"].sum() * 60
    return {(zone, hour % 24): round(m, 1) for (zone, hour), m in cells.items() if m}


def _finds(told) -> dict:
    cells = told.finds.groupby(["zone", "hour_of_week"])["fines"].sum()
    return {(zone, hour % 24): n for (zone, hour), n in cells.items() if n}


def test_a_fine_tells_that_its_agent_stays_and_is_no_find_itself():
    told = presences(_fines(("a", 3, "10:05")), CUT)
    assert _minutes(told) == {(3, 10): 15.0}
    assert told.finds.empty


def test_what_he_finds_in_that_time_counts_and_does_not_prolong_it():
    told = presences(_fines(("a", 3, "10:05"), ("a", 3, "10:12"), ("a", 3, "10:19")), CUT)
    assert _minutes(told) == {(3, 10): 15.0}
    assert _finds(told) == {(3, 10): 2}
    later = presences(_fines(("a", 3, "10:05"), ("a", 3, "10:20"), ("a", 3, "10:21")), CUT)
    assert _minutes(later) == {(3, 10): 30.0}  # the last one opens a presence of its own
    assert _finds(later) == {(3, 10): 1}


def test_a_presence_over_the_full_hour_is_in_both_hours():
    told = presences(_fines(("a", 3, "10:50"), ("a", 3, "11:02")), CUT)
    assert _minutes(told) == {(3, 10): 9.0, (3, 11): 6.0}  # from the minute after the fine on
    assert _finds(told) == {(3, 11): 1}


def test_between_two_zones_he_left_half_way():
    told = presences(_fines(("a", 3, "10:05"), ("a", 4, "10:15")), CUT)
    assert _minutes(told) == {(3, 10): 4.0, (4, 10): 15.0}
    assert told.finds.empty
    far = presences(_fines(("a", 3, "10:05"), ("a", 4, "10:21")), CUT)
    assert _minutes(far) == {(3, 10): 15.0, (4, 10): 15.0}


def test_agents_do_not_find_for_one_another_and_days_do_not_join():
    told = presences(_fines(("a", 3, "10:05"), ("b", 3, "10:06")), CUT)
    assert _minutes(told) == {(3, 10): 30.0}
    assert told.finds.empty
    two_days = pd.concat([_fines(("a", 3, "10:05")), _fines(("a", 3, "10:06"), day="2024-01-03")])
    assert presences(two_days, CUT).finds.empty


def test_fines_of_one_minute_are_one_look():
    told = presences(_fines(("a", 3, "10:05:02"), ("a", 3, "10:05:40"), ("a", 3, "10:06:01")), CUT)
    assert _finds(told) == {(3, 10): 1}


def test_the_week_ends_a_presence():
    told = presences(_fines(("a", 3, "23:55"), day="2024-01-07"), CUT)
    assert told.hours["hours"].sum() * 60 == pytest.approx(4.0, abs=0.01)
    over = pd.concat(
        [_fines(("a", 3, "23:55"), day="2024-01-07"), _fines(("a", 3, "00:02"), day="2024-01-08")]
    )
    assert presences(over, CUT).finds.empty


def test_a_late_fine_may_show_that_he_had_left():
    fines = _fines(("a", 3, "10:05"), ("a", 3, "10:17"), ("a", 4, "10:09", 2))
    told = presences(fines, CUT)
    early = told.hours["delay"] == 0
    assert told.hours.loc[early, "hours"].sum() * 60 == pytest.approx(15.0)
    assert told.finds["fines"].tolist() == [1, -1]
    assert told.finds["delay"].tolist() == [0, 2]
    assert _minutes(told) == {(3, 10): 1.0 + 15.0, (4, 10): 3.0}


ROWS = st.tuples(
    st.sampled_from("ab"),
    st.integers(0, 2),
    st.integers(0, 70),
    st.integers(0, 3),
    st.integers(0, 1),
)


def _told_before(frame: pd.DataFrame, value: str, delay: int) -> pd.Series:
    keys = [name for name in frame if name not in (value, "delay")]
    told = frame[frame["delay"] <= delay].groupby(keys)[value].sum()
    return told[told != 0]


@settings(max_examples=15)
@given(st.lists(ROWS, min_size=1, max_size=25))
def test_what_was_told_by_an_origin_is_what_the_fines_known_then_tell(rows):
    fines = _fines(*((a, z, f"{9 + m // 60}:{m % 60:02d}", d, c) for a, z, m, d, c in rows))
    told = presences(fines, CUT)
    for delay in sorted(set(fines["delay"])):
        alone = presences(fines[fines["delay"] <= delay].assign(delay=0), CUT)
        for name, value in (("hours", "hours"), ("finds", "fines")):
            so_far = _told_before(getattr(told, name), value, delay)
            pd.testing.assert_series_equal(so_far, _told_before(getattr(alone, name), value, 0))
            assert (so_far > 0).all()


@settings(max_examples=30)
@given(st.lists(ROWS, min_size=1, max_size=25), st.randoms())
def test_presences_read_one_by_one_come_out_the_same(rows, shuffle):
    """Against a plain walk through each agent's day."""
    minutes: dict = {}
    finds: dict = {}
    by_agent: dict = {}
    for agent, zone, minute, _, _ in rows:
        by_agent.setdefault(agent, []).append((minute, zone))
    for day in by_agent.values():
        day = sorted(day)
        opened, place = None, None
        for position, (minute, zone) in enumerate(day):
            if opened is not None and zone == place and minute < opened + 16:
                if minute > opened:
                    finds[zone, minute // 60] = finds.get((zone, minute // 60), 0) + 1
                continue
            opened, place = minute, zone
            end = opened + 16.0
            last = minute
            for later, elsewhere in day[position + 1 :]:
                if elsewhere != zone:
                    if later - last <= 15:
                        end = min(end, last + (later - last) / 2)
                    break
                last = later
            minute += 1
            while minute < end:
                until = min(end, (minute // 60 + 1) * 60)
                cell = (zone, minute // 60)
                minutes[cell] = minutes.get(cell, 0.0) + until - minute
                minute = until
    rows = list(rows)
    shuffle.shuffle(rows)
    told = presences(
        _fines(*((a, z, f"{9 + m // 60}:{m % 60:02d}") for a, z, m, _, _ in rows)), CUT
    )
    cells = told.hours.groupby(["zone", "hour_of_week"])["hours"].sum() * 60
    assert {(z, h % 24 - 9): pytest.approx(m, abs=0.05) for (z, h), m in cells.items()} == minutes
    assert {(z, h - 9): n for (z, h), n in _finds(told).items()} == finds


def test_checks_are_binomial_trials_of_vehicles():
    """The loss of the rows is the binomial one of k among n, for any rate (up to its constant)."""
    events, vehicles = np.array([0.0, 3.0, 1.0, 0.0]), np.array([40.0, 17.0, 1.0, 6.5])
    unit = 1 / 25.0
    row, hit, exposure = checked_rows(events, vehicles * unit, unit)
    assert row.tolist() == [0, 1, 1, 1, 1, 2, 3]
    for rate in (0.05, 1.3, 20.0):
        loss = np.where(hit == 1, -np.log(-np.expm1(-rate * exposure)), rate * exposure)
        p = -np.expm1(-rate * unit)
        binomial = -(events * np.log(p) + (vehicles - events) * np.log1p(-p))
        np.testing.assert_allclose(np.bincount(row, loss), binomial)


def test_more_infractions_than_vehicles_leave_no_miss():
    row, hit, exposure = checked_rows(np.array([4.0]), np.array([0.1]), 0.04)
    assert (row.tolist(), hit.tolist()) == ([0] * 4, [1] * 4)
    np.testing.assert_allclose(exposure, 0.04)
