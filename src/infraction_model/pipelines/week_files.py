"""The files of a week that people open: page, print sheets, and what other programs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from infraction_model.io.geopackage import write_geopackage
from infraction_model.maps.background import Background
from infraction_model.maps.files.form_csv import form_csv
from infraction_model.maps.files.geojson import geojson
from infraction_model.maps.files.gpx import routes_gpx
from infraction_model.maps.files.kml import week_kml
from infraction_model.maps.files.layers import layer_descriptions, layer_time, week_layers
from infraction_model.maps.files.ranked_table import ranked_csv
from infraction_model.maps.page.html import html_page
from infraction_model.maps.sheets.html import sheets_html
from infraction_model.maps.week import MapParameters, MapWeek

PAGE, SHEETS = "index.html", "sheets.html"


def write_page(
    folder: Path,
    week: MapWeek,
    background: Background,
    chosen: MapParameters,
    banner: Mapping[str, str] | None = None,
) -> None:
    """Write the planner's page; `banner`, by language, is what must be known before all else."""
    basemap = chosen.basemap
    page = html_page(week, chosen.language, chosen.listed_rows, banner, background, basemap)
    _text(folder / PAGE, page)


def write_files(
    folder: Path,
    week: MapWeek,
    background: Background,
    chosen: MapParameters,
    attempt: Callable[[str], AbstractContextManager] = nullcontext,
) -> None:
    """Write what other programs read, and, where the week has a plan, print sheets and their form.

    A folder `routes` holds a file for each route, where routes are known. Each file is written
    inside `attempt(its name)`, so that a caller may survive the failure of one and have the others.
    """
    language, plan = chosen.language, background.plan
    if plan is not None:
        with attempt(SHEETS):
            sheets = sheets_html(plan, week.town, language, week.zones, week.exposure_basis)
            _text(folder / SHEETS, sheets)
        with attempt("form.csv"):
            (folder / "form.csv").write_bytes(form_csv(plan, language))
    with attempt("zones.geojson"):
        _text(folder / "zones.geojson", geojson(week))
    with attempt("ranked.csv"):
        (folder / "ranked.csv").write_bytes(ranked_csv(week, language, chosen.csv_rows))
    with attempt("week.kml"):
        (folder / "week.kml").write_bytes(week_kml(week, plan, language))
    with attempt("week.gpkg"):
        layers, words = week_layers(week, plan, language), layer_descriptions(week, language)
        write_geopackage(folder / "week.gpkg", layers, words, layer_time(week))
    with attempt("routes"):
        for name, route in routes_gpx(week, plan, language).items():
            path = folder / "routes" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(route)


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
