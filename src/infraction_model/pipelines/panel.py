"""Contract tables -> the panel."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from infraction_model.evaluation.presence import against_log
from infraction_model.exposure import PresenceParameters
from infraction_model.io.panels import write_panel
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.panel import build
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.known_occupancy import add_occupancy
from infraction_model.pipelines.town import TownData
from infraction_model.reports.exposure_texts import presence_words
from infraction_model.schema import OCCUPANCY
from infraction_model.timegrid import monday


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model panel`."""

    workspace: Path
    data: TownData
    presence: PresenceParameters


def run(parameters: Parameters) -> None:
    """Put fines, patrols, context and known occupancy on the grid and write the panel."""
    workspace = Workspace(parameters.workspace)
    with step("reading the tables"):
        zones = read_table("zones", workspace.table("zones"), "ingest")
        fines = read_table("fines", workspace.table("fines"), "ingest")
        patrols = None
        if parameters.data.keeps_log:
            patrols = read_table("patrols", workspace.table("patrols"), "ingest")
        context = None
        if parameters.data.context:
            context = read_table("context", workspace.table("context"), "ingest")
    with step("building the panel") as done:
        panel = build(zones, fines, patrols, context, parameters.presence)
        panel = add_occupancy(panel, workspace, parameters.data)
        write_panel(panel, workspace.panel)
        done.rows = len(panel.fines) + len(panel.patrols)
    for week, count in panel.stray_weeks().items():
        say(f"outside the span, few or mistyped: {count} fines of the week of {monday(week)}")
    say(
        f"{len(panel.zones)} zones, {panel.fines['fines'].sum()} fines, "
        f"{panel.patrols['hours'].sum():.0f} patrol hours, "
        f"{panel.presences.hours['hours'].sum():.0f} hours told by agents' fines, "
        f"{len(panel.context)} context records, whole weeks from {monday(panel.first_week)} up to "
        f"{monday(panel.end_week)}: {workspace.panel}"
    )
    known = panel.context[panel.context["kind"] == OCCUPANCY]
    if len(known):
        say(f"how full {known['zone'].nunique()} zones were is known for {len(known)} zone-hours")
    check = against_log(panel)
    if check is not None:
        say(presence_words(dataclasses.asdict(check), "en"))
