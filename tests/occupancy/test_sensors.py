"""Sensors against the made town's truth, and what a faulty one must not do."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.calendars import CalendarParameters
from infraction_model.errors import NotEnoughDataError
from infraction_model.occupancy.faults import FaultParameters
from infraction_model.occupancy.indicators import (
    IndicatorParameters,
    indicators,
    kaplan_meier,
    stay_lengths,
)
from infraction_model.occupancy.sensors import (
    fault_table,
    occupancy_by_hour,
    readings_by_hour,
    sense,
)
from infraction_model.occupancy.timeline import HOUR, LimitHours
from infraction_model.schema import validate
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import simulate
from infraction_model.timegrid import hour_of_week, to_local, week_of

TIMEZONE = "Europe/Paris"
MONDAY = pd.Timestamp("2024-03-04", tz=TIMEZONE)
WEEKS = 3
END = MONDAY + pd.Timedelta(weeks=WEEKS)
MINUTES = WEEKS * 7 * 1440
FAULTS = FaultParameters()
FRANCE = CalendarParameters("FR")


def zones_of(spaces: float = 4.0, limit: float = 60.0) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": ["z"], "spaces": [spaces], "max_stay_minutes": [limit]})


def events_of(rows) -> pd.DataFrame:
    """Events from (bay, minute of arrival, minute of departure or None), from Monday on."""
    minutes = pd.DataFrame(rows, columns=["bay_id", "arrived_at", "departed_at"])
    for name in ("arrived_at", "departed_at"):
        minutes[name] = (MONDAY + pd.to_timedelta(minutes[name], "min")).dt.as_unit("us")
    return minutes.assign(zone_id="z")


@pytest.fixture(scope="module")
def made():
    """A made town with three zones of sensors over twelve weeks, and its events as a table."""
    town = simulate(
        SimulationParameters(zones=12, weeks=14, officers=2, metered_weeks=12, sensor_zones=3)
    )
    raw = pd.read_csv(io.BytesIO(town.raw["capteurs.csv"]), sep=";")
    events = pd.DataFrame({"bay_id": raw["Place"], "zone_id": raw["Place"].str[:5]})
    for name, written in (("arrived_at", "Arrivée"), ("departed_at", "Départ")):
        local = pd.to_datetime(raw[written]).astype("datetime64[us]")
        events[name] = local.dt.tz_localize(TIMEZONE, ambiguous=True, nonexistent="shift_forward")
    end = pd.Timestamp(town.parameters.first_monday, tz=TIMEZONE) + pd.Timedelta(weeks=14)
    return town, events, end


@pytest.fixture(scope="module")
def sensed(made):
    _, events, end = made
    return sense(events, end.tz_localize(None).tz_localize(TIMEZONE), FAULTS)


def test_the_dead_sensor_is_found_and_no_other(sensed):
    faults = validate("sensor_faults", fault_table(sensed.faults, sensed.timezone))
    assert faults["fault"].tolist() == ["dead"]
    assert faults["bay_id"].str[-2:].item() == "01"
    length = (faults["ends_at"] - faults["starts_at"]).item()
    assert pd.Timedelta(days=20.5) < length < pd.Timedelta(days=22)


def test_occupancy_is_the_true_one_to_a_hundredth(made, sensed):
    town, _, _ = made
    zones = town.streets[["zone_id", "spaces", "max_stay_minutes"]]
    table = validate("occupancy", occupancy_by_hour(sensed, zones))
    local = to_local(table["starts_at"])
    table = table.assign(week=week_of(local), hour_of_week=hour_of_week(local))
    both = table.merge(town.truth["occupancy"], on=["zone_id", "week", "hour_of_week"])
    assert len(both) > 3 * 11 * 168
    off = (both["occupancy"] - both["parked"] / both["spaces"]).abs()
    assert off.mean() < 0.01
    seen = both["bays_seen"] > both["spaces"] - 0.01
    # what all sensors see lies within what one missed car in a hundred can hide
    assert off[seen].mean() < 0.004


def test_indicators_are_the_true_ones(made, sensed):
    town, events, _ = made
    zones = town.streets[["zone_id", "spaces", "max_stay_minutes"]]
    table = indicators(sensed, zones, LimitHours(), FRANCE, IndicatorParameters())
    table = validate("indicators", table)
    assert len(table) == 3 * (1 + 7) * (1 + 24)
    whole = table[table["weekday"].isna() & table["hour"].isna()].set_index("zone_id")
    by_hour = table[table["weekday"].notna() & table["hour"].notna()]
    assert by_hour.groupby("zone_id")["arrivals"].sum().tolist() == whole["arrivals"].tolist()
    truth = town.truth["occupancy"].groupby("zone_id")
    true = truth["parked"].mean() / truth["spaces"].first()
    np.testing.assert_allclose(whole["occupancy"], true[whole.index], atol=0.01)
    # cars per bay and day, counted by hand in a zone whose sensors all worked
    well = whole.index.difference(sensed.faults["zone_id"])[0]
    own = events[events["zone_id"] == well]
    days = (sensed.hours.edges[-1] - sensed.hours.edges[0]) / 86400
    assert whole.loc[well, "rotation"] == pytest.approx(
        len(own) / own["bay_id"].nunique() / days, rel=0.02
    )
    median = (own["departed_at"] - own["arrived_at"]).dt.total_seconds().median() / 60
    lengths = stay_lengths(sensed).set_index("zone_id")
    assert lengths.loc[well, "q50"] == pytest.approx(median, abs=1)


def test_what_comes_after_the_origin_changes_nothing(made):
    _, events, end = made
    origin = end - pd.Timedelta(weeks=4)
    later = events["departed_at"] >= origin
    other = events.copy()
    other.loc[later, "departed_at"] += pd.Timedelta(hours=5)
    other = other[(other["arrived_at"] < origin) | (other.index % 2 == 0)]
    one, two = (sense(table, origin, FAULTS) for table in (events, other))
    np.testing.assert_array_equal(one.occupied, two.occupied)
    pd.testing.assert_frame_equal(one.stays, two.stays)
    pd.testing.assert_frame_equal(one.faults, two.faults)


@pytest.mark.parametrize("spaces", [40.0, 2.0, np.nan], ids=["more", "fewer", "not on record"])
def test_a_bay_that_begins_late_changes_no_earlier_hour_and_was_not_free_before(spaces):
    late = MINUTES - 5 * 1440 + 90
    rows = regular("a") + regular("b", length=10)
    added = regular("c", length=20, skip=lambda minute: minute < late)
    two, three = (sense(events_of(one), END, FAULTS) for one in (rows, rows + added))
    assert three.faults.empty
    assert not three.known[2][three.hours.edges[1:] <= three.bays["first"][2]].any()
    before, after = (occupancy_by_hour(one, zones_of(spaces)) for one in (two, three))
    earlier = after["starts_at"] < MONDAY + pd.Timedelta(minutes=late // 60 * 60)
    assert earlier.sum() == (WEEKS * 7 - 5) * 24 + 1
    pd.testing.assert_frame_equal(after[earlier], before[earlier], check_exact=True)
    assert after["bays_seen"].iloc[-1] == 3.0
    # 40, 10 and 20 minutes of each hour: the mean of two bays, then of three
    assert before["occupancy"].iloc[-3] == pytest.approx(25 / 60)
    assert after["occupancy"].iloc[-3] == pytest.approx(70 / 180)


def test_a_sensor_that_falls_silent_after_it_came_late_is_still_found_dead():
    def silent(minute):
        return minute < 20_000 or 24_000 < minute < 26_000

    sensed = sense(events_of(regular("a") + regular("b", skip=silent)), END, FAULTS)
    assert sensed.faults[["bay_id", "fault"]].to_numpy().tolist() == [["b", "dead"]]
    assert (sensed.faults["start"].item() - MONDAY.timestamp()) / 60 == 24_000 + 40


def test_zones_may_number_their_bays_alike():
    rows = pd.concat([events_of(regular("1")), events_of(regular("1", 60, 10)).assign(zone_id="y")])
    table = occupancy_by_hour(sense(rows.reset_index(drop=True), END, FAULTS), zones_of(1.0))
    means = table.groupby("zone_id")["occupancy"].median()
    assert means.to_dict() == {"y": pytest.approx(10 / 60), "z": pytest.approx(40 / 60)}


stay = st.tuples(st.sampled_from("abc"), st.integers(0, 2000), st.none() | st.integers(0, 900))


@settings(max_examples=25)
@given(st.lists(stay, min_size=1, max_size=25))
def test_no_time_is_counted_twice(rows):
    """Minute by minute: in a bay a car is there or not, however its messages overlap."""
    rows = [(bay, start, None if length is None else start + length) for bay, start, length in rows]
    sensed = sense(events_of(rows), END, FAULTS)
    length = np.diff(sensed.hours.edges)
    assert (sensed.occupied >= 0).all()
    assert (sensed.occupied <= sensed.known + 1e-6).all()
    assert (sensed.known <= length).all()
    by_bay = sensed.stays.groupby("bay_id")
    for place, bay_id in enumerate(sensed.bays["bay_id"]):
        parked = np.zeros(MINUTES, dtype=bool)
        own = sorted((a, MINUTES if b is None else b) for bay, a, b in rows if bay == bay_id)
        for number, (start, end) in enumerate(own):
            following = own[number + 1][0] if number + 1 < len(own) else MINUTES
            parked[start : min(end, following)] = True
        stuck = sensed.faults[sensed.faults["bay_id"] == bay_id]
        lost = (stuck["end"] - stuck["start"]).sum()
        seen = sensed.occupied[place].sum()
        if not len(stuck):
            assert seen == parked.sum() * 60
            spans = by_bay.get_group(bay_id) if bay_id in by_bay.groups else sensed.stays.iloc[:0]
            assert (spans["end"] - spans["start"]).sum() == seen
        before = 60 * min(start for bay, start, _ in rows if bay == bay_id)
        begun = sensed.bays["first"].iloc[place] - before
        assert begun == MONDAY.timestamp()
        assert sensed.known[place].sum() == sensed.hours.edges[-1] - begun - before - lost


def regular(bay: str, minutes: int = 60, length: int = 40, skip=lambda minute: False):
    """A car an hour, from the first to the last day but for the minutes to be skipped."""
    starts = range(0, MINUTES - minutes, minutes)
    return [(bay, start, start + length) for start in starts if not skip(start)]


def test_a_stuck_sensor_is_taken_out_and_a_long_stay_is_not():
    rows = [*regular("a"), ("b", 0, 600), ("b", 700, 700 + 70 * 60), ("c", 0, 40), ("c", 60, 1500)]
    sensed = sense(events_of(rows), END, FAULTS)
    assert sensed.faults[["bay_id", "fault"]].to_numpy().tolist() == [["b", "stuck"]]
    assert sensed.known[1].sum() == WEEKS * 7 * 86400 - 70 * HOUR
    table = indicators(sensed, zones_of(), LimitHours(), FRANCE, IndicatorParameters())
    assert table["long_stays"].iloc[0] == pytest.approx(1 / (len(sensed.stays)))


def test_a_flapping_sensor_is_taken_out_while_it_flaps():
    flips = [("a", 10_000 - 5_000 + 2 * n, 5_001 + 2 * n) for n in range(12)]
    rows = regular("a", skip=lambda minute: 4_900 < minute < 5_100) + flips
    sensed = sense(events_of(rows), END, FAULTS)
    fault = fault_table(sensed.faults, TIMEZONE).iloc[0]
    assert fault["fault"] == "flapping"
    assert fault["starts_at"] == MONDAY + pd.Timedelta(minutes=5_000)
    assert fault["ends_at"] == MONDAY + pd.Timedelta(minutes=5_023)
    assert len(sensed.stays) == len(rows) - 12


@pytest.mark.parametrize("others_go_on, faults", [(True, ["dead"]), (False, ["dead", "dead"])])
def test_silence_is_unknown_and_not_emptiness(others_go_on, faults):
    def silent(minute):
        return 2_000 < minute < 5_000

    other = regular("b") if others_go_on else regular("b", skip=silent)
    rows = regular("a", skip=silent) + other
    sensed = sense(events_of(rows), END, FAULTS)
    assert sensed.faults["fault"].tolist() == faults
    table = occupancy_by_hour(sensed, zones_of(2.0))
    # both bays are taken for 40 minutes of every hour, and what is not known does not dilute it
    inside = table["occupancy"].iloc[1:-2]
    assert np.abs(inside - 40 / 60).mean() < 0.005
    assert (len(table) == WEEKS * 168) == others_go_on


def test_a_quiet_hour_is_no_dead_sensor():
    def nights(minute):
        return not 8 <= minute // 60 % 24 < 20

    sensed = sense(events_of(regular("a", skip=nights) + regular("b", 30, 20, nights)), END, FAULTS)
    assert sensed.faults.empty


def test_the_fewer_bays_are_seen_the_wider_is_what_the_zone_may_be():
    rows = regular("a") + regular("b", length=10)
    sensed = sense(events_of(rows), END, FAULTS)
    widths = []
    for spaces in (2.0, 4.0, 40.0):
        table = occupancy_by_hour(sensed, zones_of(spaces))
        widths.append(float((table["upper"] - table["lower"]).iloc[5]))
    assert widths[0] < 1e-5
    assert 0.3 < widths[1] < widths[2] < 0.9


def test_overstays_count_the_limited_hours_only():
    night = ("a", 17 * 60 + 30, 1440 + 9 * 60 + 20)  # 30 limited minutes on Monday, 20 on Tuesday
    noon = ("b", 11 * 60 + 30, 14 * 60 + 45)  # 30 and 45
    sensed = sense(events_of([night, noon]), END, FAULTS)
    table = indicators(sensed, zones_of(), LimitHours(), FRANCE, IndicatorParameters())
    assert table["overstays"].iloc[0] == 0.5
    free = zones_of(limit=np.nan)
    table = indicators(sensed, free, LimitHours(), FRANCE, IndicatorParameters())
    assert table["overstays"].isna().all()


def test_before_the_first_car_there_is_nothing_to_measure():
    with pytest.raises(NotEnoughDataError, match="occupancy_events"):
        sense(events_of([("a", 5, 6)]), MONDAY, FAULTS)


def test_survival_is_that_of_the_leukaemia_patients_of_1963():
    """Freireich et al.: remission in weeks under 6-MP, with the estimates every textbook prints."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    going_on = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    length = np.array(ended + going_on, dtype=float)
    times, survival = kaplan_meier(length, np.arange(len(length)) < len(ended))
    assert times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    np.testing.assert_allclose(survival, expected, atol=5e-4)


def test_a_reading_holds_until_the_next_and_a_silent_counter_is_unknown():
    times = [MONDAY, MONDAY + pd.Timedelta(minutes=90), MONDAY + pd.Timedelta(hours=40)]
    counts = pd.DataFrame(
        {
            "zone_id": "z",
            "counted_at": pd.Series(times).dt.as_unit("us"),
            "vehicles": [10.0, 20.0, 0.0],
            "spaces": 40.0,
            "holds": True,
        }
    )
    end = MONDAY + pd.Timedelta(hours=42)
    table, silent = readings_by_hour(counts, zones_of(), end, FAULTS)
    table = validate("occupancy", table)
    # 10 of 40 for an hour and a half, then 20 for a day, then nothing until the next reading
    assert table["occupancy"].head(3).tolist() == [0.25, 0.375, 0.5]
    hours = (table["starts_at"] - MONDAY).dt.total_seconds() / 3600
    assert hours.tolist() == [*range(26), 40, 41]
    gap = validate("sensor_faults", fault_table(silent, TIMEZONE)).iloc[0]
    assert (gap["ends_at"] - gap["starts_at"]) == pd.Timedelta(hours=14.5)
    only_counted = counts.assign(holds=False)
    assert readings_by_hour(only_counted, zones_of(), end, FAULTS)[0].empty
