"""Scores + zones -> the map of the target week: a page, GeoJSON and a ranked table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from infraction_model import timegrid
from infraction_model.io.atomic import new_folder
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.geojson import geojson
from infraction_model.maps.page import html_page
from infraction_model.maps.ranked_table import ranked_csv
from infraction_model.maps.week import MapParameters, MapWeek, map_week
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.scored_week import read_scores, scored_week
from infraction_model.pipelines.town import TownData


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model map`; without `origin` the newest scores are drawn."""

    workspace: Path
    data: TownData
    map: MapParameters
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
        folder = workspace.maps(target.monday)
        with new_folder(folder) as temporary:
            _write(target, chosen, temporary)
    say(f"{len(target.zones)} zones, {len(target.ranked)} zone-hours: {folder / 'zones.geojson'}")
    say(f"the best of them, for a spreadsheet: {folder / 'ranked.csv'}")
    say(f"the map, to open in any browser: {(folder / 'index.html').resolve()}")


def _write(week: MapWeek, chosen: MapParameters, folder: Path) -> None:
    page = html_page(week, chosen.language, chosen.listed_rows)
    (folder / "index.html").write_text(page, encoding="utf-8", newline="\n")
    (folder / "zones.geojson").write_text(geojson(week), encoding="utf-8", newline="\n")
    (folder / "ranked.csv").write_bytes(ranked_csv(week, chosen.language, chosen.csv_rows))
