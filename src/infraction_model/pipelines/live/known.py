"""What the live service knows of a town beforehand, out of its workspace."""

from __future__ import annotations

import pandas as pd

from infraction_model.alerts.parameters import LiveParameters
from infraction_model.alerts.town import Town, make_town
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.week import one_basis
from infraction_model.pipelines.town import TownData

_WEEKS = 4
"""So many of the newest scored weeks, and of their plans, stand beside the alerts."""


def known_town(workspace: Workspace, data: TownData, live: LiveParameters) -> Town:
    """Zones, past stays, the newest scores and plans; only the zones must be there.

    Raises MissingArtefactError where there is no table of zones.
    """
    zones = read_table("zones", workspace.table("zones"), "ingest")
    stays = workspace.table("occupancy_events")
    weeks = workspace.scored_weeks()[-_WEEKS:]
    plans = [workspace.plan(week) / "visits.parquet" for week in weeks]
    return make_town(
        zones,
        data.timezone,
        data.calendar,
        live,
        events=read_table("occupancy_events", stays, "ingest") if stays.exists() else None,
        visits=_together("visits", [path for path in plans if path.exists()], "plan"),
        scores=_together("scores", [workspace.scores(week) for week in weeks], "score"),
    )


def scored_basis(workspace: Workspace) -> str | None:
    """What the newest scores rest on; None where the town has none."""
    weeks = workspace.scored_weeks()
    if not weeks:
        return None
    return one_basis(read_table("scores", workspace.scores(weeks[-1]), "score"))


def _together(name: str, paths: list, made_by: str) -> pd.DataFrame | None:
    tables = [read_table(name, path, made_by) for path in paths]
    return pd.concat(tables, ignore_index=True) if tables else None
