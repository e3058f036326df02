"""What `infraction-model occupancy` has written, of both sources, and its way into the panel."""

from __future__ import annotations

import pandas as pd

from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.occupancy.known import of_known_zones, with_occupancy
from infraction_model.occupancy.tables import joined
from infraction_model.panel import Panel
from infraction_model.pipelines.town import TownData


def known_occupancy(workspace: Workspace) -> pd.DataFrame | None:
    """One contract table `occupancy` of what both sources say, None where neither has written."""
    return joined(*(_of(workspace, source) for source in ("payments", "sensors")))


def add_occupancy(panel: Panel, workspace: Workspace, data: TownData) -> Panel:
    """The panel with the occupancy tables of a workspace; as it is where there is none.

    Raises ContractError for a zone that the panel lacks.
    """
    return with_occupancy(panel, known_occupancy(workspace), data.occupancy_weeks_late)


def add_what_fits(panel: Panel, workspace: Workspace, data: TownData) -> tuple[Panel, list[str]]:
    """As `add_occupancy`, for a run that nobody watches: zones that are no more are left out.

    Gives the panel, and the zone_ids that were left out.
    """
    known, gone = of_known_zones(known_occupancy(workspace), panel.zones["zone_id"])
    return with_occupancy(panel, known, data.occupancy_weeks_late), gone


def _of(workspace: Workspace, source: str) -> pd.DataFrame | None:
    path = workspace.occupancy_table(source)
    return read_table("occupancy", path, f"occupancy source={source}") if path.exists() else None
