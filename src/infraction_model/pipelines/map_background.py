"""What the planner's page tells beside the week: its plan, past records, the model, past weeks."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from infraction_model.errors import InfractionModelError
from infraction_model.evaluation.reliability import pooled
from infraction_model.io.bundles import bundle_folder
from infraction_model.io.json_files import read_json
from infraction_model.io.publications import WEEKS, Publications
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.background import Background, JudgedWeek, Reliability
from infraction_model.maps.routes import WeekPlan, week_plan
from infraction_model.maps.shapes import anchor
from infraction_model.maps.week import MapWeek
from infraction_model.patrol.records import category_mix, days_since_visit, known_fines
from infraction_model.pipelines.town import TownData
from infraction_model.timegrid import week_starting

POOLED_WEEKS = 13
LEAST_HOURS = 300
"""Zone-hours looked at in past weeks from which a calibration plot is drawn."""

T = TypeVar("T")


def background(
    workspace: Workspace,
    data: TownData,
    week: MapWeek,
    origin: dt.date,
    models: Path,
    judged: Sequence[dict[str, Any]] | None = None,
    planned: tuple[pd.DataFrame, dict[str, Any]] | None = None,
) -> Background:
    """Everything known at the origin that the page of a week tells beside its scores.

    `judged`: the weeks published before as they were judged (None: as the newest publication before
    the origin keeps them); `planned`: visits, in the town's own time, and the plan's record (None:
    those of the workspace). What cannot be read is left out and said: no broken file of the past
    costs a town its map.
    """
    weeks = _or_none("past weeks", lambda: _judged(workspace, origin)) if judged is None else judged
    card = _or_none("the model card", lambda: _card(workspace, models, week)) or {}
    records = _or_none("past records", lambda: _records(workspace, data, week, origin)) or {}
    mix = records.get("mix")
    return Background(
        plan=_or_none("the plan", lambda: _plan(workspace, data, week, origin, mix, planned)),
        trained_on=_or_none("the model card", lambda: _trained_on(card)),
        reliability=_or_none(
            "calibration", lambda: _reliability(workspace, week, origin, weeks or [], card)
        ),
        last_week=_last_week(weeks or []),
        **records,
    )


def _or_none(what: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (InfractionModelError, KeyError, TypeError, ValueError, OSError) as error:
        logging.getLogger(__name__).warning("the map goes without %s: %s", what, error)
        return None


def _records(
    workspace: Workspace, data: TownData, week: MapWeek, origin: dt.date
) -> dict[str, Any]:
    """Days since each zone was visited, and its mix of categories, as known at the origin."""
    zone_ids = week.zones["zone_id"]
    known_at = pd.Timestamp(origin, tz=data.timezone)
    fines = known_fines(read_table("fines", workspace.table("fines"), "ingest"), known_at)
    patrols = None
    if data.keeps_log:
        patrols = read_table("patrols", workspace.table("patrols"), "ingest")
    days = days_since_visit(patrols, fines, zone_ids, known_at) + (week.monday - origin).days
    names, share = category_mix(fines, zone_ids)
    return {
        "days_since_visit": pd.Series(np.ceil(days), index=zone_ids),
        "logged": data.keeps_log,
        "mix": pd.DataFrame(share, index=zone_ids, columns=names) if names else None,
    }


def _plan(
    workspace: Workspace,
    data: TownData,
    week: MapWeek,
    origin: dt.date,
    mix: pd.DataFrame | None,
    planned: tuple[pd.DataFrame, dict[str, Any]] | None,
) -> WeekPlan | None:
    """The week's plan, None where there is none, or where it was made from other scores."""
    folder = workspace.plan(week.monday)
    if planned is None:
        if not (folder / "plan.json").exists():
            return None
        about = read_json(folder / "plan.json", "plan")
        if (about["origin"], about["model_version"]) != (str(origin), week.model_version):
            logging.getLogger(__name__).warning(
                "the plan in %s was made from other scores: the map goes without it. Run "
                "`infraction-model plan` again.",
                folder,
            )
            return None
        visits = read_table("visits", folder / "visits.parquet", "plan")
        times = {key: visits[key].dt.tz_convert(data.timezone) for key in ("arrive_at", "leave_at")}
        planned = visits.assign(**times), about
    shares = ([], np.zeros((len(week.zones), 0)))
    if mix is not None:
        shares = (mix.columns.tolist(), mix.to_numpy())
    visits, about = planned
    about = {"model_version": week.model_version, **about}
    return week_plan(visits, _places(week), about, week_starting(week.monday), shares)


def _places(week: MapWeek) -> pd.DataFrame:
    """zone_id, name, lon and lat (NaN where unknown) of the week's zones."""
    points = [
        (np.nan, np.nan) if shape is None else anchor(shape) for shape in week.zones["geometry"]
    ]
    lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
    return week.zones[["zone_id", "name"]].assign(lon=lon, lat=lat)


def _judged(workspace: Workspace, origin: dt.date) -> list[dict[str, Any]]:
    """The judged weeks as the newest publication keeps them that knew no more than the origin."""
    publications = Publications(workspace.publications)
    for one in reversed(publications.all()):
        path = publications.folder(one) / WEEKS
        if path.exists():
            weeks = read_json(path, "weekly")["weeks"]
            if all(week["origin"] <= str(origin) for week in weeks):
                return weeks
    return []


def _card(workspace: Workspace, models: Path, week: MapWeek) -> dict[str, Any] | None:
    path = bundle_folder(models, workspace.name, week.model_version) / "model_card.json"
    return read_json(path, "train") if path.exists() else None


def _trained_on(card: dict[str, Any]) -> tuple[dt.date, dt.date] | None:
    if not card:
        return None
    first, last = (card["data"][f"{end}_label_week"] for end in ("first", "last"))
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


def _last_week(weeks: Sequence[dict[str, Any]]) -> JudgedWeek | None:
    """The newest week that could be judged."""
    known = [
        week
        for week in weeks
        if week["judged"] and week["precision"] is not None and week["hit_share"] is not None
    ]
    if not known:
        return None
    newest = max(known, key=lambda week: week["target_week"])
    monday = dt.date.fromisoformat(newest["target_week"])
    return JudgedWeek(monday, newest["precision"], newest["hit_share"])


def _reliability(
    workspace: Workspace,
    week: MapWeek,
    origin: dt.date,
    weeks: Sequence[dict[str, Any]],
    card: dict[str, Any],
) -> Reliability | None:
    """From weeks published before; else from the backtest of such a model; else from training."""
    newest = sorted((one for one in weeks if one["judged"]), key=lambda one: one["target_week"])
    curves = [pd.DataFrame(one["calibration"]) for one in newest[-POOLED_WEEKS:]]
    if sum(curve["rows"].sum() for curve in curves) >= LEAST_HOURS:
        return Reliability(pooled(curves), "published", len(curves))
    path = workspace.report("backtest.json")
    if path.exists():
        found = read_json(path, "backtest")
        # of another estimator, or judged by records of after this origin: not what it knew
        same = f"-{found['estimator']}-" in week.model_version
        if same and found["origin"] <= str(origin):
            curve = pd.DataFrame(found["calibration"][found["estimator"]])
            return Reliability(curve, "backtest", len(found["weeks"]))
    held_out = card.get("held_out")
    if held_out and held_out.get("calibration"):
        return Reliability(
            pd.DataFrame(held_out["calibration"]), "held_out", len(held_out["weeks"])
        )
    return None
