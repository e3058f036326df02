"""Names of zones, teams and categories that attack a reader, through every file but the pages."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree as ET

import gpxpy
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

import made_routes
import made_weeks
from infraction_model.io.geopackage import write_geopackage
from infraction_model.maps.files.geojson import geojson
from infraction_model.maps.files.gpx import routes_gpx
from infraction_model.maps.files.kml import week_kml
from infraction_model.maps.files.layers import layer_descriptions, layer_time, week_layers
from infraction_model.maps.files.ranked_table import ranked_csv
from infraction_model.maps.files.visits_csv import visits_csv

HOSTILE = (
    *made_weeks.HOSTILE,
    "nul \x00 bell \x07 escape \x1b[31m",
    "\ufffe and \uffff are no characters",
    "carriage\rreturn\r\nboth",
    'Rue A,=HYPERLINK("http://x","y")',
    'Rue B;"=1+1"',
    "𝄞 and 🚗",
    "",
)
HALVES = ("half \ud83d of a pair", "\udfff")  # no table can hold them, a hand-written plan can
KML_22 = "{http://www.opengis.net/kml/2.2}"


def as_xml_holds(text: str) -> str:
    """The sentence of XML 1.0, 2.2 and 2.11, character by character."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    allowed = [
        ord(one) in (0x9, 0xA)
        or 0x20 <= ord(one) <= 0xD7FF
        or 0xE000 <= ord(one) <= 0xFFFD
        or ord(one) >= 0x10000
        for one in lines
    ]
    return "".join(one if fine else "\ufffd" for one, fine in zip(lines, allowed, strict=True))


@pytest.fixture(scope="module")
def week():
    zones = {f"S{place:04d}": name for place, name in enumerate(HOSTILE) if name}
    shapes = {zone: shapely.Point(place, 1) for place, zone in enumerate(zones)}
    return made_weeks.week(shapes, zones)


@pytest.fixture(scope="module")
def plan():
    """Teams, streets and categories of such names; a stop each."""
    names = (*HOSTILE, *HALVES)
    made = made_routes.plan(1, names, (0,))
    routes = []
    for route, name in zip(made.routes, names, strict=True):
        likely = ((name, 0.6), ("pavement", 0.4))
        stop = replace(route.stops[0], name=name, likely=likely)
        away = replace(stop, sequence=2, longitude=3.4)
        routes.append(replace(route, shift_id=f"{name} Mon", stops=(stop, away)))
    return replace(made, routes=tuple(routes))


def test_geojson(week, tmp_path):
    path = tmp_path / "zones.geojson"
    path.write_text(geojson(week), encoding="utf-8")
    names = [one["properties"]["name"] for one in json.loads(path.read_bytes())["features"]]
    assert names == week.zones["name"].tolist()
    read = pyogrio.read_dataframe(path)["name"].tolist()
    assert [name for name in read if "nul" not in name] == [
        name
        for name in names
        if "nul" not in name  # GDAL ends a text at a NUL
    ]
    halved = replace(week, model_version="v\ud83d")
    assert "v\ufffd" in geojson(halved)
    geojson(halved).encode()


def test_geopackage(week, plan, tmp_path):
    path = tmp_path / "week.gpkg"
    layers = week_layers(week, plan, "fr")
    write_geopackage(path, layers, layer_descriptions(week, "fr"), layer_time(week))
    zones = pyogrio.read_dataframe(path, layer="zones")
    assert zones["name"].tolist() == [as_xml_holds(name) for name in week.zones["name"]]
    stops = pyogrio.read_dataframe(path, layer="stops")
    told = [
        (route.team, stop.name, stop.likely[0][0]) for route in plan.routes for stop in route.stops
    ]
    assert stops["team"].tolist() == [as_xml_holds(team) for team, _, _ in told]
    assert stops["name"].tolist() == [as_xml_holds(name) for _, name, _ in told]
    assert all(
        text.startswith(as_xml_holds(category))
        for text, (_, _, category) in zip(stops["likely"], told, strict=True)
    )
    styles = pyogrio.read_dataframe(path, layer="layer_styles")
    by_shift = ET.fromstring(styles["styleQML"][styles["f_table_name"] == "stops"].iloc[0])
    values = [one.get("value") for one in by_shift.iter("category")]
    assert set(values) == set(stops["shift_id"])


def test_kml(week, plan):
    content = week_kml(week, plan, "fr")
    root = ET.fromstring(content)
    [zones, shifts] = root.findall(f"{KML_22}Document/{KML_22}Folder")
    names = {one.findtext(f"{KML_22}name") for one in zones.iter(f"{KML_22}Placemark")}
    assert names == {as_xml_holds(name) for name in week.zones["name"]}
    for folder, route in zip(shifts.findall(f"{KML_22}Folder"), plan.routes, strict=True):
        assert as_xml_holds(route.team) in folder.findtext(f"{KML_22}name")
        marks = folder.findall(f"{KML_22}Placemark")[1:]  # after the line
        found = [mark.findtext(f"{KML_22}name") for mark in marks]
        assert found == [f"{stop.sequence}. {as_xml_holds(stop.name)}" for stop in route.stops]
        described = marks[0].findtext(f"{KML_22}description")
        assert as_xml_holds(route.stops[0].likely[0][0]) in unescape(described)
    # a reader that takes a description for HTML finds no tag in it
    assert not any("<" in one.text for one in root.iter(f"{KML_22}description"))


def test_gpx(week, plan, tmp_path):
    files = routes_gpx(week, plan, "fr")
    assert len(files) == len(plan.routes)
    for (name, content), route in zip(files.items(), plan.routes, strict=True):
        assert re.fullmatch(r"2026-01-12_[a-z0-9-]{1,40}_0900(_\d+)?\.gpx", name)
        [read] = gpxpy.parse(content.decode()).routes
        assert as_xml_holds(route.team).strip() in read.name
        root = ET.fromstring(content)
        points = [*root.iter("{http://www.topografix.com/GPX/1/1}rtept")]
        found = [one.findtext("{http://www.topografix.com/GPX/1/1}name") for one in points]
        assert found == [f"{stop.sequence:02d} {as_xml_holds(stop.name)}" for stop in route.stops]


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("table", ["ranked", "visits"])
def test_csv_has_no_cell_that_a_spreadsheet_runs_whatever_its_own_separator(table, separator, week):
    names = [*HOSTILE, *HALVES]
    if table == "ranked":
        content = ranked_csv(week, "fr")
    else:
        visits = pd.DataFrame(
            {
                "shift_id": pd.Series(names, dtype=object),
                "team": pd.Series(names, dtype=object),
                "sequence": 1,
                "zone_id": "S0001",
                "arrive_at": pd.Timestamp("2026-01-12 09:00", tz="Europe/Paris"),
                "leave_at": pd.Timestamp("2026-01-12 09:15", tz="Europe/Paris"),
                "expected_infractions": 0.5,
                "purpose": "yield",
                "propensity": 1.0,
            }
        )
        content = visits_csv(visits, pd.Series({"S0001": HOSTILE[-3]}), "fr")
    text = content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert not [cell for row in rows for cell in row if re.match(r'[\s"]*[=@|＝+]', cell)]
    book = openpyxl.Workbook()
    for row in rows[:40]:
        book.active.append([re.sub(r"[\x00-\x1f]", " ", cell) for cell in row])
    assert "f" not in {cell.data_type for row in book.active.iter_rows() for cell in row}
    if separator == ";":
        assert len({len(row) for row in rows}) == 1
        assert len(rows) == text.count("\r\n")
        assert "'=cmd|' /C calc'!A0" in {cell for row in rows for cell in row}
