"""How full zones are, as the public may have it: which zones, which hours, how exactly."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from infraction_model.occupancy.availability import Availability
from infraction_model.open_data.occupancy import (
    PublicOccupancy,
    best_known,
    by_hour,
    by_month,
    coming_week,
    public_spaces,
    well_seen,
)
from infraction_model.timegrid import week_starting

TIMEZONE = "Europe/Paris"
FIRST = dt.date(2024, 1, 1)


def occupancy(zones: dict[str, float], weeks: int, basis: str = "payments") -> pd.DataFrame:
    """Zones that are as full as that at all hours of some weeks from 2024-01-01."""
    starts = pd.date_range(FIRST, periods=168 * weeks, freq="h", tz=TIMEZONE).as_unit("us")
    parts = [
        pd.DataFrame(
            {"zone_id": zone, "starts_at": starts, "occupancy": rate, "lower": rate, "upper": rate,
             "basis": basis}
        )
        for zone, rate in zones.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def zones_of(spaces: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": list(spaces), "spaces": list(spaces.values())})


def test_what_was_measured_comes_before_what_was_estimated():
    sensors = occupancy({"A": 0.2}, 1, "sensors").iloc[:100]
    payments = occupancy({"A": 0.6, "B": 0.5}, 1)
    both = best_known(sensors, payments)
    assert len(both) == 2 * 168
    assert both.groupby(["zone_id", "basis"]).size().to_dict() == {
        ("A", "payments"): 68,
        ("A", "sensors"): 100,
        ("B", "payments"): 168,
    }
    assert best_known(None, None) is None


def test_zones_of_few_spaces_or_few_seen_bays_are_not_published():
    table = occupancy(dict.fromkeys("ABCDE", 0.5), 1)
    seen = {"A": np.nan, "B": np.nan, "C": 4.4, "D": 6.6, "E": np.nan}
    table["bays_seen"] = table["zone_id"].map(seen)
    zones = zones_of({"A": 5.0, "B": 4.0, "C": 30.0, "D": np.nan, "E": np.nan})
    assert public_spaces(table, zones, 5).to_dict() == {"A": 5, "D": 7}


def test_a_town_without_a_zone_to_publish_has_empty_tables():
    none = occupancy({"A": 0.5}, 6).iloc[:0]
    assert public_spaces(none, zones_of({"A": 4.0}), 5).empty
    assert by_hour(none, week_starting(FIRST) + 6, 5, PublicOccupancy()).empty
    assert by_month(none, dt.date(2024, 2, 12), PublicOccupancy()).empty


def test_a_typical_hour_takes_five_weeks_and_is_rounded():
    table = occupancy({"A": 0.53}, 6)
    origin = week_starting(FIRST) + 6
    hours = by_hour(table, origin, 5, PublicOccupancy())
    assert len(hours) == 168
    assert hours["occupancy"].unique().tolist() == [55]
    assert hours.iloc[30].tolist() == ["A", "mardi", 6, 55, 6, "paiements"]
    monday_at_8 = (table["starts_at"].dt.day_of_week == 0) & (table["starts_at"].dt.hour == 8)
    few = table[~monday_at_8 | (table["starts_at"] >= pd.Timestamp("2024-01-15", tz=TIMEZONE))]
    assert len(by_hour(few, origin, 5, PublicOccupancy())) == 167
    assert by_hour(table, origin, 5, PublicOccupancy(typical_weeks=4)).empty


def test_only_weeks_before_the_origin_count():
    table = occupancy({"A": 0.1}, 10)
    late = table["starts_at"] >= pd.Timestamp("2024-02-12", tz=TIMEZONE)
    table.loc[late, "occupancy"] = 0.9
    hours = by_hour(table, week_starting(dt.date(2024, 2, 12)), 5, PublicOccupancy())
    assert hours["occupancy"].unique().tolist() == [10]


def test_a_single_car_in_a_single_hour_moves_no_figure_by_more_than_a_step():
    spaces, weeks = 5, 5
    rng = np.random.default_rng(1)
    table = occupancy({"A": 0.0}, weeks)
    table["occupancy"] = rng.integers(0, spaces, len(table)) / spaces
    origin = week_starting(FIRST) + weeks
    before = by_hour(table, origin, 5, PublicOccupancy())["occupancy"].astype(int).to_numpy()
    for row in rng.integers(0, len(table), 20):
        other = table.copy()
        other.loc[row, "occupancy"] += 1 / spaces
        after = by_hour(other, origin, 5, PublicOccupancy())["occupancy"].astype(int).to_numpy()
        assert np.abs(after - before).max() <= 5


def test_a_car_seen_in_one_of_few_bays_moves_nothing_at_all():
    """One car of two bays seen would weigh a tenth of five weeks, two steps."""
    table = occupancy({"A": 0.0, "B": 0.0}, 5).assign(bays_seen=20.0)
    table.loc[table["zone_id"] == "B", "bays_seen"] = np.nan  # estimated: no bays are seen
    one = (table["zone_id"] == "A") & (table["starts_at"].dt.day_of_year == 2)
    table.loc[one, ["bays_seen", "occupancy"]] = [2.0, 0.5]
    origin = week_starting(FIRST) + 5
    seen = by_hour(well_seen(table, 5), origin, 4, PublicOccupancy())
    assert seen["occupancy"].unique().tolist() == [0]
    assert seen["weeks"].value_counts().to_dict() == {5: 2 * 168 - 24, 4: 24}
    blind = table.drop(columns="bays_seen")
    assert well_seen(blind, 5) is blind


def test_a_month_is_told_once_it_is_over_and_half_known():
    table = occupancy({"A": 0.2}, 11)  # up to 2024-03-17
    day = table["starts_at"].dt.hour.between(8, 19)
    table.loc[day, "occupancy"] = 0.7
    months = by_month(table, dt.date(2024, 3, 18), PublicOccupancy())
    assert months["month"].tolist() == ["2024-01", "2024-02"]
    assert months["daytime"].tolist() == [70, 70]
    assert months["occupancy"].tolist() == [45, 45]
    half = table[table["starts_at"].dt.day <= 14]
    assert by_month(half, dt.date(2024, 3, 18), PublicOccupancy())["month"].tolist() == []
    half = table[table["starts_at"].dt.day <= 15]
    assert by_month(half, dt.date(2024, 3, 18), PublicOccupancy())["month"].tolist() == ["2024-02"]


@pytest.mark.parametrize(("day", "hours"), [("2024-03-25", 167), ("2024-06-03", 168)])
def test_the_coming_week_in_whole_spaces(day, hours):
    shape = (1, 168)
    rates = [np.full(shape, rate) for rate in (0.31, 0.2, 0.45)]
    found = Availability(("A",), np.array(["sensors"]), *rates, pd.DataFrame())
    spaces = pd.Series({"A": 10})
    coming = coming_week(found, spaces, week_starting(dt.date.fromisoformat(day)), TIMEZONE)
    # the hour that spring skips, on Sunday 2024-03-31, is not there
    assert len(coming) == hours
    assert coming[["free", "free_low", "free_high"]].drop_duplicates().to_numpy().tolist() == [
        [7, 5, 8]
    ]
    assert coming["starts_at"].str[14:19].unique().tolist() == ["00:00"]
    found.expected[0, 5] = np.nan
    assert len(coming_week(found, spaces, week_starting(FIRST), TIMEZONE)) == 167
