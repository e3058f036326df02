"""Occupancy tables -> the state of parking in the town, as one page that works offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from infraction_model.errors import MissingArtefactError
from infraction_model.io.atomic import new_folder, write_text
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.dashboard.data import Dashboard
from infraction_model.maps.dashboard.html import dashboard_page
from infraction_model.occupancy.state import StateParameters, parking_state
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.known_occupancy import known_occupancy
from infraction_model.pipelines.occupancy import OccupancyParameters
from infraction_model.pipelines.town import TownData
from infraction_model.pipelines.week_files import PAGE
from infraction_model.timegrid import monday


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model dashboard`; of `occupancy` it reads when hours are paid."""

    workspace: Path
    data: TownData
    occupancy: OccupancyParameters
    dashboard: StateParameters
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Sum up what occupancy wrote and write the page, whole or not at all."""
    workspace = Workspace(parameters.workspace)
    with step("reading the occupancy of the town"):
        zones = read_table("zones", workspace.table("zones"), made_by="ingest")
        occupancy = known_occupancy(workspace)
        if occupancy is None:
            raise MissingArtefactError(
                f"{workspace.occupancy('')} has no table. Run `infraction-model occupancy "
                "source=sensors`, `source=payments`, or both, with the same workspace first."
            )
    with step("summing up weeks and looking for what changed"):
        state = parking_state(
            occupancy,
            zones,
            parameters.occupancy.limits,
            parameters.data.calendar,
            parameters.dashboard,
        )
        board = Dashboard(
            parameters.data.title,
            state,
            parameters.dashboard,
            _or_empty(_table(workspace, "sensors", "indicators")),
            _or_empty(_table(workspace, "payments", "occupancy_alarms")),
            _or_empty(_table(workspace, "sensors", "sensor_faults")),
        )
    with step("drawing the page"), new_folder(workspace.dashboard) as temporary:
        write_text(temporary / PAGE, dashboard_page(board, parameters.language))
    changed = (state.changes["found"] > state.last - parameters.dashboard.recent_weeks).sum()
    say(
        f"{int(state.known.sum())} of {len(state.zones)} zones, last whole week "
        f"{monday(state.weeks[state.last])}; {changed} changed in the last "
        f"{parameters.dashboard.recent_weeks} weeks."
    )
    say(f"the page, to open in any browser: {(workspace.dashboard / PAGE).resolve()}")


def _table(workspace: Workspace, source: str, name: str) -> pd.DataFrame | None:
    """A table of a source, None where that source has not written it."""
    path = workspace.occupancy(source) / f"{name}.parquet"
    return read_table(name, path, f"occupancy source={source}") if path.exists() else None


def _or_empty(table: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame() if table is None else table
