"""What `infraction-model occupancy` has written -> the panel, where there is any."""

from __future__ import annotations

from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.occupancy.known import with_occupancy
from infraction_model.panel import Panel
from infraction_model.pipelines.town import TownData


def add_occupancy(panel: Panel, workspace: Workspace, data: TownData) -> Panel:
    """The panel with the occupancy tables of a workspace; as it is where there is none."""
    tables = [read_table("occupancy", path, "occupancy") for path in workspace.occupancy_tables()]
    return with_occupancy(panel, tables, data.occupancy_weeks_late)
