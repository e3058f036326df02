"""What `infraction-model occupancy` has written -> the panel, where there is any."""

from __future__ import annotations

import pandas as pd

from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.occupancy.known import of_known_zones, with_occupancy
from infraction_model.panel import Panel
from infraction_model.pipelines.town import TownData


def add_occupancy(panel: Panel, workspace: Workspace, data: TownData) -> Panel:
    """The panel with the occupancy tables of a workspace; as it is where there is none.

    Raises ContractError for a zone that the panel lacks.
    """
    return with_occupancy(panel, _tables(workspace), data.occupancy_weeks_late)


def add_what_fits(panel: Panel, workspace: Workspace, data: TownData) -> tuple[Panel, list[str]]:
    """As `add_occupancy`, for a run that nobody watches: zones that are no more are left out.

    Gives the panel, and the zone_ids that were left out.
    """
    tables, gone = of_known_zones(_tables(workspace), panel.zones["zone_id"])
    return with_occupancy(panel, tables, data.occupancy_weeks_late), gone


def _tables(workspace: Workspace) -> list[pd.DataFrame]:
    return [read_table("occupancy", path, "occupancy") for path in workspace.occupancy_tables()]
