"""Scores + plan + zones -> the week as people open it: page, print sheets, files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from infraction_model import timegrid
from infraction_model.io.atomic import new_folder
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.week import MapParameters, map_week
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.map_background import background
from infraction_model.pipelines.scored_week import origin_of, read_scores, scored_week
from infraction_model.pipelines.town import TownData
from infraction_model.pipelines.week_files import PAGE, SHEETS, write_files, write_page


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model map`; without `origin` the newest scores are drawn."""

    workspace: Path
    data: TownData
    map: MapParameters
    models: Path = Path("models")
    origin: dt.date | None = None


def run(parameters: Parameters) -> None:
    """Write the target week's folder of maps, whole or not at all, and name its page."""
    workspace = Workspace(parameters.workspace)
    with step("reading the scores and the zones"):
        week = scored_week(workspace, parameters.origin)
        scores = read_scores(workspace, week, parameters.data.timezone)
        zones = read_table("zones", workspace.table("zones"), made_by="ingest")
    with step(f"drawing the week of {timegrid.monday(week)}"):
        chosen = parameters.map
        target = map_week(scores, zones, parameters.data.title, week, chosen.tier_shares)
        origin = dt.date.fromisoformat(origin_of(target.monday, workspace) or str(target.monday))
        beside = background(workspace, parameters.data, target, origin, parameters.models)
        folder = workspace.maps(target.monday)
        with new_folder(folder) as temporary:
            write_page(temporary, target, beside, chosen)
            write_files(temporary, target, beside, chosen)
    say(f"{len(target.zones)} zones, {len(target.ranked)} zone-hours; every file: {folder}")
    if beside.plan is not None:
        say(f"what each team carries, to print: {(folder / SHEETS).resolve()}")
    elif (workspace.plan(target.monday) / "plan.json").exists():
        say("the plan of this week was made from other scores: run plan, then map again")
    else:
        say("this week has no plan, so no routes and no print sheets: run plan, then map again")
    say(f"the map, to open in any browser: {(folder / PAGE).resolve()}")
