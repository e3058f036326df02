from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
import shapely
from fastkml import KML
from fastkml.validator import validate

import made_routes
import made_weeks
from infraction_model.maps.files.kml import week_kml
from infraction_model.maps.files.zone_figures import zone_figures
from infraction_model.maps.scale import tier_colours
from infraction_model.maps.week import map_week
from infraction_model.timegrid import week_starting

KML_22 = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture(scope="module")
def week():
    return made_weeks.week(made_weeks.streets(40))


def folders(content: bytes) -> dict[str, ET.Element]:
    """Every folder by its name."""
    found = ET.fromstring(content).iter(f"{KML_22}Folder")
    return {folder.findtext(f"{KML_22}name"): folder for folder in found}


def data(mark: ET.Element) -> dict[str, str]:
    return {one.get("name"): one.findtext(f"{KML_22}value") for one in mark.iter(f"{KML_22}Data")}


@pytest.mark.parametrize("kind", ["lines", "cells", "mixed"])
def test_the_schema_of_the_standard_is_kept(kind, tmp_path):
    square, hole = shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2)
    mixed = {
        "S0000": shapely.MultiPolygon([square.difference(hole), shapely.box(5, 5, 6, 6)]),
        "S0001": shapely.MultiPoint([(1, 2), (3, 4)]),
        "S0002": shapely.GeometryCollection([shapely.LineString([(0, 0, 7), (1, 1, 7)]), square]),
        "S0003": None,
    }
    shapes = {"lines": made_weeks.streets(6), "cells": made_weeks.cells(1), "mixed": mixed}[kind]
    path = tmp_path / "week.kml"
    path.write_bytes(week_kml(made_weeks.week(shapes), made_routes.plan(3), "fr"))
    assert validate(file_to_validate=path)
    read = pyogrio.list_layers(path)[:, 0].tolist()
    assert sum(len(pyogrio.read_dataframe(path, layer=name)) for name in read) == len(
        [shape for shape in shapes.values() if shape is not None]
    ) + 4 * (3 + 1)


def test_zones_lie_in_the_folder_of_their_best_hour_best_first(week):
    content = week_kml(week, None, "en")
    figures = zone_figures(week)
    by_tier = [folder for name, folder in folders(content).items() if name.startswith("Tier")]
    assert len(by_tier) == len(set(figures["best_tier"]))
    seen = []
    for folder in by_tier:
        ids = [data(mark)["zone_id"] for mark in folder.iter(f"{KML_22}Placemark")]
        seen += ids
        tiers = {mark.findtext(f"{KML_22}styleUrl") for mark in folder.iter(f"{KML_22}Placemark")}
        rows = [week.zones["zone_id"].tolist().index(one) for one in ids]
        assert tiers == {f"#tier-{figures['best_tier'][row]}" for row in rows}
        assert [figures["best_rank"][row] for row in rows] == sorted(
            figures["best_rank"][row] for row in rows
        )
    assert sorted(seen) == week.zones["zone_id"].tolist()


def test_colours_are_those_of_the_page(week):
    document = KML.parse(io.BytesIO(week_kml(week, None, "fr"))).features[0]
    lines = {style.id: style.styles[1].color for style in document.styles}
    for tier, (colour, _) in enumerate(tier_colours(3), start=1):
        red, green, blue = colour[1:3], colour[3:5], colour[5:7]
        assert lines[f"tier-{tier}"] == f"ff{blue}{green}{red}"


def test_a_reader_finds_each_shift_with_its_stops_in_order_and_their_local_times(week, tmp_path):
    plan = made_routes.plan(3, ("A",), (6,), start=dt.time(1, 50), monday=made_weeks.SPRING)
    spring = made_weeks.week(made_weeks.streets(40), monday=made_weeks.SPRING)
    path = tmp_path / "week.kml"
    path.write_bytes(week_kml(spring, plan, "en"))
    name = pyogrio.list_layers(path)[-1, 0]
    assert name.startswith("Sunday 29 March 2026 · A · 01:50")
    found = pyogrio.read_dataframe(path, layer=name)
    names = [f"{stop.sequence}. {stop.name}" for stop in plan.routes[0].stops]
    assert found["Name"].tolist() == ["Route", *names]
    assert found["arrive"].tolist()[1:] == [
        "2026-03-29T01:50:00+01:00",
        "2026-03-29T03:07:00+02:00",  # 2:07 is skipped
        "2026-03-29T03:24:00+02:00",
    ]
    places = [(stop.longitude, stop.latitude) for stop in plan.routes[0].stops]
    np.testing.assert_allclose(shapely.get_coordinates(found.geometry[0]), places)


@pytest.mark.parametrize(
    ("kind", "shifts", "lines"), [("routes", 4, 4), ("hours", 4, 0), ("nowhere", 0, 0)]
)
def test_only_routes_have_lines_and_only_placed_stops_are_shown(week, kind, shifts, lines):
    plan = made_routes.plan(3, kind="shifts" if kind == "nowhere" else "routes")
    found = folders(week_kml(week, replace(plan, kind=kind), "en"))
    days = {name: folder for name, folder in found.items() if "January" in name}
    assert len(days) == shifts
    drawn = [
        folder for folder in days.values() if folder.find(f".//{KML_22}LineString") is not None
    ]
    assert len(drawn) == lines


def test_where_exposure_is_unknown_nothing_is_called_an_infraction():
    content = week_kml(made_weeks.week(made_weeks.streets(4), basis="none"), None, "fr").decode()
    described = content.split("<description>")[2:]
    assert described
    assert all("nfraction" not in text.split("</description>")[0] for text in described)


def test_no_forecast_is_shown_as_certain_and_zones_without_one_stay():
    zones = made_weeks.zones({"a": shapely.Point(1, 2), "b": shapely.Point(1, 3)})
    scores = made_weeks.scores(["a"], level=40.0)
    week = map_week(scores, zones, "T", week_starting(made_weeks.MONDAY))
    found = folders(week_kml(week, None, "en"))
    best = found["Tier 1 at the best hour (top 1%)"]
    assert "at that hour: more than 99%" in best.findtext(f".//{KML_22}description")
    assert found["no forecast"].findtext(f".//{KML_22}Placemark/{KML_22}name") == "Rue b"


def test_a_zone_takes_so_little_that_2700_stay_below_five_megabytes():
    cells = made_weeks.cells(9)
    content = week_kml(made_weeks.week(cells), None, "fr")
    assert 2700 * len(content) / len(cells) < 4e6  # a plan of 24 shifts takes a quarter of one more
