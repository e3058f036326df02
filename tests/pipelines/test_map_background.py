"""What the planner's page tells beside its week, gathered from a workspace."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import made_backgrounds
import made_weeks
from infraction_model.io.json_files import write_json
from infraction_model.io.tables import write_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.week import map_week
from infraction_model.pipelines.map_background import background
from infraction_model.timegrid import week_starting

MONDAY = made_weeks.MONDAY
ORIGIN = MONDAY - dt.timedelta(weeks=1)
VERSION = "2026-01-05-stack-0123456789"
CURVE = made_backgrounds.curve().to_dict(orient="records")


@pytest.fixture
def town() -> SimpleNamespace:
    """What is asked of a TownData."""
    return SimpleNamespace(timezone=made_weeks.TIMEZONE, keeps_log=True)


@pytest.fixture
def week():
    streets = made_weeks.streets(3)
    scores = made_weeks.scores(list(streets)).assign(model_version=VERSION)
    return map_week(scores, made_weeks.zones(streets), "Saint-Martin", week_starting(MONDAY))


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz=made_weeks.TIMEZONE)


@pytest.fixture
def workspace(tmp_path, week):
    """Fines and patrols before and after the origin, a judged week, a backtest, a model card."""
    found = Workspace(tmp_path / "town")
    fines = pd.DataFrame(
        {
            "fine_id": ["a", "b", "c"],
            "issued_at": [at("2025-12-01 10:00"), at("2025-12-01 11:00"), at("2026-01-06 10:00")],
            "zone_id": ["S0000", "S0001", "S0002"],
            "category": ["pavement", "unpaid", "unpaid"],
        }
    )
    write_table("fines", fines, found.table("fines"))
    patrols = pd.DataFrame({"patrol_id": ["p"], "zone_id": ["S0000"]})
    patrols = patrols.assign(started_at=at("2025-12-20 10:00"), ended_at=at("2025-12-20 10:30"))
    write_table("patrols", patrols, found.table("patrols"))
    write_json(found.report("backtest.json"), backtest("2025-12-29"))
    judged = [judged_week("2025-12-15", "2026-01-05"), unjudged_week("2025-12-22", "2026-01-05")]
    write_json(found.publications / "2026-01-05" / "weeks.json", {"weeks": judged})
    later = judged_week("2026-01-05", "2026-01-12", precision=0.99)
    write_json(found.publications / "2026-01-12" / "weeks.json", {"weeks": [later]})
    card = {
        "data": {"first_label_week": "2023-02-06", "last_label_week": "2025-12-29"},
        "held_out": {"weeks": ["2025-12-22", "2025-12-29"], "calibration": CURVE[:2]},
    }
    write_json(tmp_path / "models" / "town" / VERSION / "model_card.json", card)
    return found


def judged_week(target: str, origin: str, precision: float = 0.6, rows: float = 200.0) -> dict:
    curve = made_backgrounds.curve(rows=rows).to_dict(orient="records")
    about = {"target_week": target, "origin": origin, "judged": True, "calibration": curve}
    return about | {"precision": precision, "hit_share": 0.25}


def unjudged_week(target: str, origin: str) -> dict:
    return {"target_week": target, "origin": origin, "judged": False, "reason": "not_in"}


def backtest(origin: str, estimator: str = "stack") -> dict:
    about = {"estimator": estimator, "origin": origin, "weeks": ["2025-12-15", "2025-12-22"]}
    return about | {"calibration": {estimator: CURVE[:3]}}


def gathered(workspace, town, week, **given):
    return background(workspace, town, week, ORIGIN, workspace.root.parent / "models", **given)


def test_everything_known_at_the_origin_is_told_and_nothing_later(workspace, town, week):
    found = gathered(workspace, town, week)
    assert found.days_since_visit.tolist() == [23.0, 42.0, np.inf]
    assert found.logged
    assert found.mix.columns.tolist() == ["pavement", "unpaid"]
    np.testing.assert_allclose(found.mix.sum(axis=1), 1)
    assert found.mix.loc["S0000", "pavement"] > found.mix.loc["S0002", "pavement"] == 0.5
    assert found.trained_on == (dt.date(2023, 2, 6), dt.date(2025, 12, 29))
    assert (found.last_week.monday, found.last_week.first) == (dt.date(2025, 12, 15), 0.6)
    assert (found.reliability.source, found.reliability.weeks) == ("published", 1)
    assert found.reliability.bins["rows"].sum() == 1000
    assert found.plan is None


@pytest.mark.parametrize(
    ("report", "source", "bins"),
    [
        (backtest("2025-12-29"), "backtest", 3),
        (backtest("2026-01-05"), "backtest", 3),
        (backtest("2026-01-12"), "held_out", 2),  # past weeks, judged by what came in later
        (backtest("2025-12-29", "exposure_gbm"), "held_out", 2),  # of another model
        (None, "held_out", 2),
    ],
)
def test_a_town_without_judged_weeks_has_its_calibration_from_elsewhere(
    workspace, town, week, report, source, bins
):
    path = workspace.report("backtest.json")
    path.unlink() if report is None else write_json(path, report)
    few = judged_week("2025-12-15", "2026-01-05", rows=20.0)
    found = gathered(workspace, town, week, judged=[few]).reliability
    assert (found.source, len(found.bins)) == (source, bins)


def test_a_file_that_is_broken_costs_what_it_held_and_nothing_else(workspace, town, week):
    models = workspace.root.parent / "models"
    parts = {
        workspace.table("patrols"): {"days_since_visit", "mix"},
        workspace.publications / "2026-01-05" / "weeks.json": {"last_week"},
        models / "town" / VERSION / "model_card.json": {"trained_on"},
    }
    (workspace.plan(MONDAY)).mkdir(parents=True)
    for broken in ("{", json.dumps({"weeks": 3})):
        (workspace.plan(MONDAY) / "plan.json").write_text(broken, encoding="utf-8")
        workspace.report("backtest.json").write_text(broken, encoding="utf-8")
        assert gathered(workspace, town, week).plan is None
    for path, lost in parts.items():
        kept = path.read_bytes()
        path.write_bytes(b"{")
        found = gathered(workspace, town, week)
        for name in ("days_since_visit", "mix", "last_week", "trained_on"):
            assert (getattr(found, name) is None) == (name in lost), (path.name, name)
        path.write_bytes(kept)
