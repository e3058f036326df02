import datetime as dt

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.asof import completeness_at, known_before
from infraction_model.features.snapshot import (
    HALF_LIVES,
    cell_events,
    exposed_hours,
    snapshots,
)
from infraction_model.timegrid import HOURS_PER_WEEK, monday

CURVE = np.array([0.5, 0.7, 0.7, 0.9, 1.0])


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(late=0.4)


def _dense(panel, rows: pd.DataFrame, amount: np.ndarray) -> np.ndarray:
    grid = np.zeros((len(panel.zones), HOURS_PER_WEEK))
    np.add.at(grid, (rows["zone"], rows["hour_of_week"]), amount)
    return grid


@pytest.mark.parametrize("basis", ["recorded", "none"])
@pytest.mark.parametrize("weeks_in", [3, 11, 29])
def test_carried_sums_equal_sums_made_anew_from_what_was_known(panel, basis, weeks_in):
    origin = panel.first_week + weeks_in
    snapshot = next(snapshots(panel, basis, small_town.CALENDAR, CURVE, [origin], gap=1))
    known = known_before(cell_events(panel, basis), origin)
    age = origin - 1 - known["week"].to_numpy()
    for name, half_life in HALF_LIVES.items():
        events = _dense(panel, known, known["events"] * 0.5 ** (age / half_life))
        hours = sum(
            exposed_hours(panel, basis, week)
            * 0.5 ** ((origin - 1 - week) / half_life)
            * completeness_at(CURVE, origin - 1 - week)
            for week in range(panel.first_week, origin)
        )
        np.testing.assert_allclose(snapshot.decayed[name].events, events, atol=1e-9)
        np.testing.assert_allclose(snapshot.decayed[name].hours, hours, atol=1e-9)
    for lag, sums in enumerate(snapshot.recent):
        of_week = known[age == lag]
        np.testing.assert_allclose(sums.events, _dense(panel, of_week, of_week["events"]))
        hours = exposed_hours(panel, basis, origin - 1 - lag) * CURVE[lag]
        np.testing.assert_allclose(sums.hours, hours)


def test_sums_by_occurrence_in_the_month_and_by_parity_split_all_that_is_known(panel):
    origin = panel.first_week + 20
    snapshot = next(snapshots(panel, "recorded", small_town.CALENDAR, CURVE, [origin], gap=1))
    everything = snapshot.decayed["all"]
    for parts in (snapshot.by_nth, snapshot.by_parity):
        np.testing.assert_allclose(sum(part.events for part in parts), everything.events)
        np.testing.assert_allclose(sum(part.hours for part in parts), everything.hours)
    third_tuesday = snapshot.by_nth[2].events[:, 24:48].sum()
    known = known_before(cell_events(panel, "recorded"), origin)
    days = known["hour_of_week"] // 24
    dates = [
        monday(week) + dt.timedelta(days=int(day))
        for week, day in zip(known["week"], days, strict=True)
    ]
    third = np.array([(date.day - 1) // 7 == 2 and date.weekday() == 1 for date in dates])
    assert third_tuesday == pytest.approx(known["events"][third].sum())


def test_an_hour_with_a_fine_is_an_event_once_its_first_fine_is_known(panel):
    events = cell_events(panel, "none")
    totals = events.groupby(["zone", "week", "hour_of_week"])["events"].sum()
    assert (totals == 1).all()
    assert events["fines"].sum() == panel.fines["fines"].sum()
    first = panel.fines.groupby(["zone", "week", "hour_of_week"])["delay"].min()
    counted = events[events["events"] == 1].set_index(["zone", "week", "hour_of_week"])["delay"]
    assert counted.sort_index().to_dict() == first.to_dict()


def test_a_fine_outside_every_logged_patrol_is_no_event_where_patrols_are_recorded():
    zones, fines, patrols = small_town.tables(weeks=6)
    stray = fines.iloc[[0]].assign(
        fine_id="stray", issued_at=fines["issued_at"].iloc[0].normalize() + pd.Timedelta(hours=3)
    )
    with_stray = pd.concat([fines, stray], ignore_index=True)
    panel = small_town.build(zones, with_stray, patrols)
    assert cell_events(panel, "recorded")["events"].sum() == len(fines)
    assert cell_events(panel, "none")["fines"].sum() == len(fines) + 1
