from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.asof import completeness, completeness_at
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.evaluation.monitoring import MonitoringParameters, judge_week, trend
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit, predict
from infraction_model.panel import Panel, build
from infraction_model.pipelines.score import scores_table
from infraction_model.timegrid import hour_of_week, to_local, week_of
from made_judged import judged, not_judged

LATE, WEEKS = 0.2, 30


@cache
def _tables():
    return small_town.tables(weeks=WEEKS, late=LATE)


@cache
def _panel() -> Panel:
    return build(*_tables())


@cache
def _scores(basis: str = "recorded", before_end: int = 4) -> tuple[pd.DataFrame, int]:
    """A week published by the empirical-Bayes rate, and the origin it was planned at."""
    planned, town = _panel().end_week - before_end, small_town.town(basis)
    [model] = fit(
        _panel(),
        planned,
        town,
        [EmpiricalBayesParameters()],
        FeatureParameters(),
        ForecastParameters(),
    )
    [forecast] = predict([model], _panel(), planned)
    return scores_table(forecast, model, _panel().timezone, "eb-1"), planned


def _judged(basis: str = "recorded", panel: Panel | None = None, after: int = 1):
    scores, planned = _scores(basis)
    return judge_week(
        scores, panel or _panel(), small_town.town(basis), planned, planned + 1 + after
    )


def _by_hand(after: int = 1) -> pd.DataFrame:
    """Each zone-hour of the week: what was found, how long was looked, what was expected."""
    scores, planned = _scores()
    target, origin = planned + 1, planned + 1 + after
    _, fines, patrols = _tables()
    local = to_local(fines["issued_at"])
    known = week_of(to_local(fines["recorded_at"])) < origin
    found = fines.assign(hour=hour_of_week(local))[known & (week_of(local) == target)]
    counts = found.groupby(["zone_id", "hour"]).size().rename("fines")
    start = to_local(patrols["started_at"])
    looked = patrols.assign(hour=hour_of_week(start))[week_of(start) == target]
    hours = (0.5 * looked.groupby(["zone_id", "hour"]).size()).rename("hours")
    said = scores.assign(hour=hour_of_week(to_local(scores["starts_at"])))
    table = said.set_index(["zone_id", "hour"]).join([counts, hours]).fillna({"fines": 0})
    return table[table["hours"] > 0]


def test_what_was_found_and_expected_is_counted_by_hand():
    week, rows = _judged(), _by_hand()
    share = completeness_at(
        completeness(_panel().as_of(_scores()[1] + 2).fines, _scores()[1] + 2), np.array(0)
    )
    assert week["records_in"] == pytest.approx(float(share))
    assert 0.5 < share < 0.95
    expected = (rows["expected_infractions"] * rows["hours"]).sum() * share
    assert week["judged"]
    assert week["fines"] == rows["fines"].sum()
    assert week["expected"] == pytest.approx(expected)
    assert week["zone_hours"] == len(rows)
    assert week["patrol_hours"] == pytest.approx(rows["hours"].sum())
    assert week["ratio"]["value"] == pytest.approx(rows["fines"].sum() / expected)
    assert week["ratio"]["lower"] < week["ratio"]["value"] < week["ratio"]["upper"]
    miss = np.exp(-rows["expected_infractions"] * rows["hours"] * share)
    loss = -np.where(rows["fines"] > 0, np.log1p(-miss), np.log(miss)).mean()
    assert week["log_loss"] == pytest.approx(loss, rel=1e-6)
    assert week["charts"]["level"]["value"] == pytest.approx(
        np.log(week["ratio"]["value"]), abs=0.01
    )


def test_the_top_of_the_list_is_what_was_published_first():
    week, rows = _judged(), _by_hand()
    first = (rows["expected_infractions"] * rows["hours"]).nlargest(round(0.05 * len(rows))).index
    assert week["capture"] == pytest.approx(rows.loc[first, "fines"].sum() / rows["fines"].sum())
    assert sum(row["zone_hours"] for row in week["zone_classes"]) == week["zone_hours"]
    assert sum(row["fines"] for row in week["zone_classes"]) == week["fines"]


def test_late_records_are_allowed_for():
    # with a fifth of the fines weeks late, the week would look too quiet on the Monday after
    early, late = _judged(after=1), _judged(after=3)
    assert early["fines"] < late["fines"]
    assert early["records_in"] < late["records_in"]
    assert early["ratio"]["value"] == pytest.approx(late["ratio"]["value"], rel=0.12)


@pytest.mark.parametrize("basis", ["recorded", "none", "checks", "inferred"])
def test_nothing_known_later_is_read(basis):
    origin = _scores(basis)[1] + 2
    fines = _panel().fines
    later = fines["week"] + fines["delay"] >= origin
    doubled = fines.assign(fines=np.where(later, 5 * fines["fines"], fines["fines"]))
    changed = replace(_panel(), fines=doubled.astype(fines.dtypes))
    week = _judged(basis)
    assert week["judged"]
    assert _judged(basis, changed) == week


def test_where_exposure_is_not_known_every_zone_hour_is_judged():
    week = _judged("none")
    assert week["zone_hours"] == 8 * 168
    assert week["patrol_hours"] is week["yield"] is week["coverage"] is None
    assert week["ratio"]["value"] == pytest.approx(1.0, abs=0.4)


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_twice_as_many_fines_in_the_same_hours_are_twice_the_level(basis):
    fines = _panel().fines
    doubled = fines.assign(
        fines=(2 * fines["fines"]).where(fines["week"] == _scores()[1] + 1, fines["fines"])
    )
    before = _judged(basis)["charts"]["level"]["value"]
    after = _judged(basis, replace(_panel(), fines=doubled.astype(fines.dtypes)))
    assert after["charts"]["level"]["value"] == pytest.approx(before + np.log(2), abs=0.02)


def _without(panel: Panel, what: str, since: int, hour: int = 0) -> Panel:
    """The panel without fines or patrols from some hour of a week on."""
    rows = getattr(panel, what)
    gone = (rows["week"] > since) | ((rows["week"] == since) & (rows["hour_of_week"] >= hour))
    return replace(panel, **{what: rows[~gone].reset_index(drop=True)})


def test_a_week_that_cannot_be_judged_says_why():
    scores, planned = _scores()
    town, target = small_town.town("recorded"), planned + 1

    def reason(panel: Panel, origin: int = target + 1, **settings) -> str | None:
        week = judge_week(scores, panel, town, planned, origin, MonitoringParameters(**settings))
        assert week["judged"] == (week["reason"] is None)
        return week["reason"]

    assert reason(_panel()) is None
    assert reason(_panel(), origin=target) == "not_over"
    assert reason(_panel(), least_completeness=0.99) == "not_mature"
    assert reason(_without(_panel(), "patrols", target)) == "no_patrol"
    assert reason(_without(_panel(), "fines", target)) == "not_in"
    assert reason(_without(_panel(), "fines", target, hour=48)) == "not_in"


def test_a_zone_that_is_gone_is_counted_and_fines_elsewhere_too():
    fewer = _panel().select(np.arange(8) != 0)
    week = _judged(panel=fewer)
    assert (week["zones"], week["zones_gone"]) == (7, 1)
    scores, planned = _scores()
    part = scores[scores["zone_id"] != "z00"]
    unseen = judge_week(part, _panel(), small_town.town("recorded"), planned, planned + 2)
    assert unseen["fines"] == week["fines"]
    assert unseen["fines_elsewhere"] > 0


def test_a_change_shows_in_the_chart_it_is_of():
    fines = _panel().fines
    week = fines["week"] == _scores()[1] + 1

    def charts(factor: np.ndarray) -> dict[str, float]:
        counts = np.where(week, fines["fines"] * factor, fines["fines"])
        changed = replace(_panel(), fines=fines.assign(fines=counts.astype("int32")))
        found = _judged(panel=changed)["charts"]
        return {name: one["value"] for name, one in found.items()}

    usual = charts(np.ones(len(fines)))
    all_over, some = charts(np.full(len(fines), 3)), charts(np.where(fines["zone"] == 1, 4, 1))
    assert all_over["level"] == pytest.approx(usual["level"] + np.log(3), abs=0.02)
    assert some["zones"] > usual["zones"] + 0.15


def test_last_years_season_is_how_the_level_moved_then():
    panel = small_town.panel(weeks=75, late=0.0, per_week=200)
    town, target = small_town.town("recorded"), panel.end_week - 5
    around = panel.fines["week"].isin(range(target - 53, target - 50))
    doubled = panel.fines["fines"] * np.where(around, 2, 1)
    seasonal = replace(panel, fines=panel.fines.assign(fines=doubled.astype("int32")))
    [model] = fit(
        seasonal,
        target - 1,
        town,
        [EmpiricalBayesParameters()],
        FeatureParameters(),
        ForecastParameters(),
    )
    [forecast] = predict([model], seasonal, target - 1)
    scores = scores_table(forecast, model, panel.timezone, "eb-1")
    found = judge_week(scores, seasonal, town, target - 1, target + 1)
    lowest, highest = found["charts"]["level"]["season"]
    assert lowest == 0.0
    assert highest == pytest.approx(np.log(2), abs=0.25)
    assert _judged()["charts"]["level"]["season"] is None


def test_the_trend_keeps_each_week_as_it_was_judged_last():
    first, second = judged(0), judged(1)
    again = judged(0, origin="2027-01-04", fines=450.0)
    spoilt = not_judged(1) | {"origin": "2027-01-04"}
    assert trend([second, again, first, spoilt]) == [again, second]
    assert trend([not_judged(2), judged(2)])[0]["judged"]
