"""The whole analysis: as of an origin, of any exposure, and of towns with very little."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

import known_rates
from infraction_model.calendars import CalendarParameters
from infraction_model.errors import NotEnoughDataError
from infraction_model.factors.analysis import FactorParameters, Factors, analyse
from infraction_model.panel import Panel

FRANCE = CalendarParameters("FR", None, "B")
WEEKS = 36
LATE = np.array([0, 0, 0, 1, 2])


def town(seed: int = 1, **settings) -> Panel:
    level = np.geomspace(0.4, 4.0, 15)
    return known_rates.town(np.random.default_rng(seed), level, WEEKS, 200, **settings)


def analysed(panel: Panel, weeks: int = WEEKS, basis: str = "recorded", **settings) -> Factors:
    origin = known_rates.FIRST_WEEK + weeks
    return analyse(panel, origin, basis, FRANCE, 0, FactorParameters(**settings))


def assert_same(first: Factors, second: Factors) -> None:
    for field in fields(Factors):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other, check_exact=True)
        elif isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other, field.name


def test_nothing_known_at_or_after_the_origin_is_read():
    panel = town(delay=LATE)
    origin = known_rates.FIRST_WEEK + 28
    before = analysed(panel, 28)
    known = panel.fines["week"] + panel.fines["delay"] < origin
    later = replace(
        panel,
        fines=panel.fines[known],
        patrols=panel.patrols[panel.patrols["week"] < origin],
    )
    assert 0 < known.sum() < len(panel.fines)
    assert_same(before, analysed(later, 28))
    flood = panel.fines.assign(fines=np.where(known, panel.fines["fines"], 50))
    assert_same(before, analysed(replace(panel, fines=flood), 28))


def test_the_same_input_gives_the_same_output_to_the_bit():
    assert_same(analysed(town()), analysed(town()))


def test_the_typical_week_shows_rates_and_where_nobody_looked():
    found = analysed(town())
    looked = np.zeros((7, 24), dtype=bool)
    looked[:, known_rates.HOURS] = True
    np.testing.assert_array_equal(~np.isnan(found.week_rate), looked)
    np.testing.assert_array_equal(found.week_hours > 0, looked)
    assert found.week_hours.sum() == pytest.approx(found.hours)
    true = known_rates.WEEKDAY[:, None] * known_rates.HOUR[None, :]
    shown = found.week_rate[:, known_rates.HOURS]
    np.testing.assert_allclose(shown / shown.mean(), true / true.mean(), rtol=0.35)
    assert np.corrcoef(shown.ravel(), true.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("basis", ["recorded", "checks", "inferred", "none"])
def test_every_basis_of_exposure_is_analysed_and_carried(basis):
    panel = town()
    panel = replace(
        panel,
        patrols=panel.patrols.assign(vehicles=20.0),
        presences=type(panel.presences)(
            panel.patrols[["zone", "week", "hour_of_week", "delay", "hours"]], panel.fines
        ),
    )
    found = analysed(panel.seen_through(basis, 40.0), basis=basis)
    assert found.basis == basis
    hours = panel.patrols["hours"].sum()
    expected = {
        "recorded": hours,
        "inferred": hours,
        "checks": len(panel.patrols) / 2,
        "none": 15 * (WEEKS * 168 - 1),
    }
    assert found.hours == pytest.approx(expected[basis])
    assert found.fines == panel.fines["fines"].sum()


def test_fines_outside_any_patrol_are_left_out_and_counted():
    panel = town()
    stray = panel.fines.head(200).assign(hour_of_week=lambda rows: rows["hour_of_week"] // 24 * 24)
    found = analysed(replace(panel, fines=pd.concat([panel.fines, stray], ignore_index=True)))
    lost = stray["fines"].sum()
    assert found.unlooked_share == pytest.approx(lost / (found.fines + lost))
    assert found.table.equals(analysed(panel).table)


def test_derived_zones_with_too_few_fines_are_left_out_and_counted():
    panel = town()
    few = panel.fines_per_zone() < 300
    zones = panel.zones.assign(official=False)
    found = analyse(
        replace(panel, zones=zones),
        known_rates.FIRST_WEEK + WEEKS,
        "none",
        FRANCE,
        300,
        FactorParameters(),
    )
    assert found.small_zones == few.sum() > 0
    assert set(found.zones["zone_id"]) == set(panel.zones["zone_id"][~few])


def test_a_town_with_hardly_any_fines_says_that_it_is_too_little():
    panel = town()
    few = panel.fines.sample(30, random_state=1).sort_index()
    found = analysed(replace(panel, fines=few))
    assert set(found.table.loc[found.table["factor"] == "hour", "remark"]) <= {
        "too_little",
        "none_found",
    }
    assert found.changes.empty
    assert len(found.zones) == 15


@pytest.mark.parametrize("weeks", [1, 3])
def test_too_short_a_history_is_refused_with_what_is_needed(weeks):
    with pytest.raises(NotEnoughDataError, match="4 are needed"):
        analysed(town(), weeks)


def test_patrols_and_fines_that_never_meet_are_refused():
    panel = town()
    nights = panel.fines.assign(hour_of_week=panel.fines["hour_of_week"] // 24 * 24)
    with pytest.raises(NotEnoughDataError, match="same zones and hours"):
        analysed(replace(panel, fines=nights))


def test_categories_are_counted_and_their_peak_is_where_it_was_put():
    panel = town()
    saturday = panel.fines["hour_of_week"] // 24 == 5
    morning = panel.fines["hour_of_week"] % 24 < 12
    rows = panel.fines.assign(category=np.where(saturday & morning, 0, 1).astype(np.int16))
    mix = analysed(replace(panel, fines=rows)).categories.set_index("category")
    assert mix["share"].sum() == pytest.approx(1.0)
    assert mix.loc["pavement", "fines"] == rows.loc[saturday & morning, "fines"].sum()
    assert mix.loc["pavement", "peak_day"] == "saturday"
    assert mix.loc["pavement", "peak_from"] in (6, 9)
    assert mix.loc["pavement", "peak_lower"] > 3
