"""Data health: quiet weeks raise no alarm, each fault is caught, nothing later is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.calendars import CalendarParameters
from infraction_model.evaluation.data_health import data_health
from infraction_model.evaluation.health_limits import HealthParameters
from infraction_model.panel import Panel
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import simulate_truth
from infraction_model.timegrid import week_starting
from made_panels import panel_of

CALENDAR = CalendarParameters("FR", None, "B")
LIMITS = HealthParameters()


@pytest.fixture(scope="module")
def panel() -> Panel:
    """A made town without faults: 60 zones and ten officers over 60 weeks, from January 2023."""
    return panel_of(simulate_truth(SimulationParameters(zones=60, weeks=60, seed=11)))


def rows_of(panel: Panel, origin: int | None = None) -> dict[str, dict]:
    rows = data_health(panel, origin or panel.end_week, None, None, LIMITS, CALENDAR)
    found = {row["name"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def levels(panel: Panel, origin: int | None = None) -> dict[str, str]:
    return {name: row["level"] for name, row in rows_of(panel, origin).items()}


def test_a_quiet_town_raises_no_alarm_and_few_warnings(panel):
    found = [levels(panel, origin) for origin in range(panel.end_week - 30, panel.end_week + 1)]
    assert not [row for row in found if "alarm" in row.values()]
    assert sum("warning" in row.values() for row in found) <= 4
    assert set(found[-1].values()) == {"ok"}


# Each fault takes the fines of a sound panel and the origin, and breaks what an export may break.
def _stops_early(fines, origin, rng):
    hour = fines["week"] * 168 + fines["hour_of_week"]
    return fines[hour < (origin - 2) * 168 + 72]


def _loses_a_tuesday(fines, origin, rng):
    day = (fines["week"] == origin - 2) & (fines["hour_of_week"] // 24 == 1)
    return fines[~day]


def _loses_a_week(fines, origin, rng):
    return fines[fines["week"] != origin - 3]


def _thins(share: float):
    def thin(fines, origin, rng):
        return fines[(fines["week"] < origin - 1) | (rng.random(len(fines)) < share)]

    return thin


def _comes_twice(fines, origin, rng):
    last = fines["week"] >= origin - 4
    return fines.assign(fines=np.where(last, 2 * fines["fines"], fines["fines"]))


def _all_at_midnight(fines, origin, rng):
    hour = fines["hour_of_week"]
    late = fines["week"] >= origin - 4
    return fines.assign(hour_of_week=np.where(late, hour // 24 * 24, hour))


def _two_hours_late(fines, origin, rng):
    hour = (fines["hour_of_week"] + 2) % 168
    return fines.assign(
        hour_of_week=np.where(fines["week"] >= origin - 1, hour, fines["hour_of_week"])
    )


def _unknown_label(fines, origin, rng):
    new = (fines["week"] >= origin - 4) & (rng.random(len(fines)) < 0.45)
    return fines.assign(category=np.where(new, fines["category"].max() + 1, fines["category"]))


def _loses_a_category(fines, origin, rng):
    most = fines["category"].mode()[0]
    return fines[(fines["week"] < origin - 4) | (fines["category"] != most)]


FAULTS: dict[str, tuple[Callable, dict[str, str]]] = {
    "stops early": (_stops_early, {"fines_fresh": "alarm"}),
    "a day is missing": (_loses_a_tuesday, {"fines_missing_days": "warning"}),
    "a week is missing": (_loses_a_week, {"fines_missing_days": "alarm"}),
    "the last week halves": (_thins(0.35), {"fines_last_week": "warning"}),
    "the last week is nearly gone": (_thins(0.1), {"fines_last_week": "alarm"}),
    "everything comes twice": (_comes_twice, {"fines_recent_weeks": "warning"}),
    "no time of day": (_all_at_midnight, {"one_hour": "alarm"}),
    "another clock": (_two_hours_late, {"clock_shift": "warning"}),
    "a label nobody knows": (_unknown_label, {"unknown_categories": "alarm"}),
    "a category is gone": (_loses_a_category, {"vanished_categories": "warning"}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_caught(panel, name):
    breaks, expected = FAULTS[name]
    broken = breaks(panel.fines, panel.end_week, np.random.default_rng(3))
    town = replace(panel, fines=broken, categories=(*panel.categories, "written anew"))
    found = levels(town, panel.end_week)
    assert found.items() >= expected.items()
    assert {found[row] for row in found if row.startswith("patrols")} == {"ok"}


def test_a_street_written_anew_is_a_new_zone_and_a_vanished_one(panel):
    zone = int(panel.fines_per_zone().argmax())
    names = [*panel.zones["name"], "Rue Neuve"]
    zones = panel.zones.loc[[*range(len(panel.zones)), zone]].assign(
        name=names, zone_id=[*panel.zones["zone_id"], "new"]
    )
    moved = {
        name: records.assign(
            zone=np.where(
                (records["zone"] == zone) & (records["week"] >= panel.end_week - 4),
                len(panel.zones),
                records["zone"],
            )
        )
        for name, records in (("fines", panel.fines), ("patrols", panel.patrols))
    }
    rows = rows_of(replace(panel, zones=zones.reset_index(drop=True), **moved))
    assert rows["new_zones"]["level"] == rows["vanished_zones"]["level"] == "warning"
    assert "(Rue Neuve)" in rows["new_zones"]["words"]["fr"]
    assert f"({panel.zones['name'][zone]})" in rows["vanished_zones"]["words"]["en"]


def test_a_new_division_of_the_town_is_an_alarm(panel):
    count = len(panel.zones)
    zones = pd.concat([panel.zones, panel.zones.assign(zone_id="n" + panel.zones["zone_id"])])
    renamed = panel.fines["week"] >= panel.end_week - 4
    fines = panel.fines.assign(zone=panel.fines["zone"] + count * renamed)
    found = levels(replace(panel, zones=zones.reset_index(drop=True), fines=fines))
    assert found["new_zones"] == "alarm"


def test_a_patrol_log_that_stops_is_an_alarm(panel):
    patrols = panel.patrols[panel.patrols["week"] < panel.end_week - 2]
    found = levels(replace(panel, patrols=patrols), panel.end_week)
    assert found["patrols_fresh"] == found["patrols_missing_days"] == "alarm"
    assert found["fines_fresh"] == "ok"


def test_a_public_holiday_is_not_missed(panel):
    week = week_starting(dt.date(2023, 7, 10))  # its Friday is the 14 July
    fines = panel.fines[(panel.fines["week"] != week) | (panel.fines["hour_of_week"] // 24 != 4)]
    town = replace(panel, fines=fines)
    assert rows_of(town, week + 2)["fines_missing_days"]["value"] == 0
    without_calendar = data_health(town, week + 2, None, None, LIMITS)
    [row] = [row for row in without_calendar if row["name"] == "fines_missing_days"]
    assert row["value"] == 1
    assert "(2023-07-14)" in row["words"]["fr"]


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), weeks_back=st.integers(0, 25))
def test_nothing_later_than_the_origin_is_read(panel, seed, weeks_back):
    origin = panel.end_week - weeks_back
    rng = np.random.default_rng(seed)
    late = (panel.fines["week"] + panel.fines["delay"] >= origin).to_numpy()
    kept = ~late | (rng.random(len(late)) < 0.3)
    patrols = panel.patrols[panel.patrols["week"] < origin]
    changed = replace(panel, fines=panel.fines[kept], patrols=patrols)
    assert rows_of(changed, origin) == rows_of(panel, origin)


def test_a_young_town_is_not_judged_by_what_it_has_not(panel):
    young = replace(
        panel,
        fines=panel.fines[panel.fines["week"] >= panel.end_week - 6],
        patrols=panel.patrols[panel.patrols["week"] >= panel.end_week - 6],
    )
    rows = rows_of(young)
    assert {row["level"] for row in rows.values()} == {"ok"}
    assert "8 are needed" in rows["fines_last_week"]["words"]["en"]


def test_a_town_of_which_nothing_is_known_is_an_alarm(panel):
    assert levels(panel, panel.first_week) == {"records": "alarm"}
