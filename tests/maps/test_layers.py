"""What the layers of a GeoPackage hold, and what QGIS is told of how to draw them."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
import shapely

import made_routes
import made_weeks
from infraction_model.maps.files.layers import layer_descriptions, week_layers
from infraction_model.maps.files.zone_figures import zone_figures
from infraction_model.maps.scale import ABSENT_COLOUR, class_breaks, tier_colours
from infraction_model.maps.week import map_week
from infraction_model.timegrid import week_starting

SQUARE = shapely.box(0, 0, 1, 1)
MIXED = {
    "area": SQUARE,
    "areas": shapely.GeometryCollection([SQUARE, shapely.Point(3, 3)]),
    "line": shapely.LineString([(0, 0, 9), (1, 1, 9)]),
    "nowhere": None,
    "point": shapely.Point(2, 2),
    "ring": shapely.LinearRing([(0, 0), (1, 0), (1, 1)]),
    "third_area": shapely.MultiPolygon([SQUARE]),
}
SYMBOLS = {"MultiPolygon": "fill", "MultiLineString": "line", "LineString": "line"}


@pytest.fixture(scope="module")
def week():
    return made_weeks.week(made_weeks.streets(40))


def styles(layers) -> dict[tuple[str, bool], ET.Element]:
    """The styles by layer and by whether they are the default."""
    table = layers["layer_styles"]
    keys = zip(table["f_table_name"], table["useAsDefault"], strict=True)
    return dict(zip(keys, map(ET.fromstring, table["styleQML"]), strict=True))


def colours(style: ET.Element, key: str = "color") -> list[str]:
    """The colour of each class, in the order of the legend."""
    symbols = {one.get("name"): one for one in style.iter("symbol")}
    found = []
    for one in [*style.iter("category"), *style.iter("range")]:
        [*_, top] = symbols[one.get("symbol")].iter("layer")
        [value] = [prop.get("v") for prop in top.iter("prop") if prop.get("k") == key]
        found.append("#{:02x}{:02x}{:02x}".format(*map(int, value.split(",")[:3])))
    return found


def test_zones_have_the_figures_of_every_other_file(week):
    zones = week_layers(week)["zones"]
    assert zones["zone_id"].tolist() == week.zones["zone_id"].tolist()
    for name, values in zone_figures(week).items():
        assert zones[name].tolist() == values
    assert all(map(shapely.equals, zones["geom"], week.zones["geometry"]))


@pytest.mark.parametrize("monday", [made_weeks.MONDAY, made_weeks.SPRING])
def test_the_table_of_hours_holds_the_tiers_above_the_last_in_local_time(monday):
    week = made_weeks.week(made_weeks.streets(6), monday=monday)
    hours = week_layers(week)["zone_hours"]
    assert len(hours) == int(np.isin(week.tier, (1, 2, 3)).sum()) < week.tier.size / 4
    rows = week.zones["zone_id"].tolist()
    for one in hours.sample(40, random_state=1).itertuples():
        moment = pd.Timestamp(one.starts_at)
        assert moment == moment.tz_convert(made_weeks.TIMEZONE)
        assert one.starts_at[-6:] == (
            "+02:00" if moment > pd.Timestamp("2026-03-29T03+02") else "+01:00"
        )
        local = pd.Timestamp(one.starts_at[:19])
        assert (local.isoweekday(), local.hour) == (one.day, one.hour)
        place = rows.index(one.zone_id), 24 * (one.day - 1) + one.hour
        assert one.probability == pytest.approx(week.probability[place], abs=1e-6)
        assert one.tier == week.tier[place]


def test_a_layer_holds_one_kind_of_geometry():
    layers = week_layers(made_weeks.week(MIXED))
    kinds = {
        name: (table["zone_id"].tolist(), {s.geom_type for s in table["geom"] if s is not None})
        for name, table in layers.items()
        if name.startswith("zones")
    }
    assert kinds == {
        "zones_areas": (["area", "areas", "nowhere", "third_area"], {"MultiPolygon"}),
        "zones_lines": (["line", "ring"], {"MultiLineString"}),
        "zones_points": (["point"], {"MultiPoint"}),
    }
    assert {name for name, _ in styles(layers)} == kinds.keys()


def test_a_town_without_geometry_has_tables_only():
    layers = week_layers(made_weeks.week({"a": None, "b": None}), made_routes.plan(kind="shifts"))
    assert list(layers) == ["zones", "zone_hours", "stops", "layer_styles"]
    assert not any("geom" in table for table in layers.values())
    assert layers["layer_styles"].empty


def test_stops_and_routes_are_those_of_the_plan(week):
    plan = made_routes.plan(3, longitude=3.31, latitude=49.81)
    layers = week_layers(week, plan, "en")
    stops, routes = layers["stops"], layers["routes"]
    assert len(stops) == 12
    first = stops.iloc[1]
    assert (first["team"], first["sequence"], first["name"]) == ("A", 2, "Rue S0001")
    assert (first["arrive"], first["leave"]) == (
        "2026-01-12T09:17:00+01:00", "2026-01-12T09:32:00+01:00",
    )  # fmt: skip
    assert first["likely"] == "pavement or crossing 60%; unpaid 30%"
    assert routes["stops"].tolist() == [3, 3, 3, 3]
    assert routes["expected"].sum() == pytest.approx(stops["expected"].sum())
    for line, (_, own) in zip(routes["geom"], stops.groupby("shift_id", sort=False), strict=True):
        inner = shapely.get_coordinates(line)[1:-1]
        np.testing.assert_allclose(inner, shapely.get_coordinates(list(own["geom"])))
    assert "routes" not in week_layers(week, replace(plan, kind="hours"))


@pytest.mark.parametrize("shapes", [made_weeks.streets(40), made_weeks.cells(2), MIXED])
def test_each_style_names_columns_that_exist_and_covers_every_value(shapes):
    layers = week_layers(made_weeks.week(shapes), made_routes.plan(3), "fr")
    table = layers["layer_styles"]
    assert table.groupby("f_table_name")["useAsDefault"].sum().eq(1).all()
    assert (table[["f_table_catalog", "f_table_schema"]] == "").all(axis=None)
    for row, style in zip(table.itertuples(), map(ET.fromstring, table["styleQML"]), strict=True):
        layer = layers[row.f_table_name]
        values = layer[style.find("renderer-v2").get("attr")]
        classes = [*style.iter("category")]
        if classes:
            told = {one.get("value") for one in classes}
            assert {"" if pd.isna(value) else str(value) for value in values} <= told
        else:
            bounds = [
                (float(one.get("lower")), float(one.get("upper"))) for one in style.iter("range")
            ]
            assert all(any(low <= value <= high for low, high in bounds) for value in values)
        symbols = {one.get("name"): one.get("type") for one in style.iter("symbol")}
        used = [one.get("symbol") for one in [*classes, *style.iter("range")]]
        assert sorted(used) == sorted(symbols)
        kind = next(shape for shape in layer["geom"] if shape is not None).geom_type
        assert set(symbols.values()) == {SYMBOLS.get(kind, "marker")}
        named = {one.get("field") for one in style.iter("alias")}
        assert named == set(layer.columns) - {"geom"}
        for text in style.iter("text-style"):
            assert set(re.findall(r'"(\w+)"', text.get("fieldName"))) <= set(layer.columns)
        for order in style.iter("orderByClause"):
            assert order.text.strip('"') in layer.columns


def test_zones_have_the_colours_of_the_page(week):
    found = styles(week_layers(week))
    tiers = [colour for colour, _ in tier_colours(3)]
    assert colours(found["zones", True], "line_color") == [*tiers, ABSENT_COLOUR]


def test_a_probability_on_a_break_is_in_the_class_above_as_on_the_page(week):
    """QGIS takes the first range that holds a value, bounds included."""
    breaks = class_breaks(week.probability)
    ranges = [*styles(week_layers(week))["zones", False].iter("range")]
    for value in [0.0, *breaks, np.nextafter(breaks[0], 0), 1.0]:
        first = next(
            place
            for place, one in enumerate(ranges)
            if float(one.get("lower")) <= value <= float(one.get("upper"))
        )
        assert len(breaks) - first == np.searchsorted(breaks, value, side="right")


def test_the_first_day_of_a_plan_is_shown_at_first(week):
    found = styles(week_layers(week, made_routes.plan(3, days=(0, 1)), "en"))
    for layer in ("stops", "routes"):
        shown = {
            one.get("label")[:6]: one.get("render") for one in found[layer, True].iter("category")
        }
        assert shown == {"Monday": "true", "Tuesda": "false"}


def test_zones_without_a_forecast_stay_and_have_no_figures():
    quiet = made_weeks.zones({"a": shapely.Point(1, 2), "b": shapely.Point(1, 3)})
    week = map_week(made_weeks.scores(["a"]), quiet, "T", week_starting(made_weeks.MONDAY))
    zones = week_layers(week)["zones"]
    assert zones["best_tier"].isna().tolist() == [False, True]
    assert zones["best_tier"].dtype == "Int32"


def test_where_exposure_is_unknown_nothing_is_called_an_infraction():
    week = made_weeks.week(made_weeks.streets(4), basis="none")
    said = " ".join(week_layers(week, made_routes.plan(3), "fr")["layer_styles"]["styleQML"])
    assert "Probabilité de verbalisation" in said
    assert "nfraction" not in said.replace("expected_infractions_week", "")
    assert "pas qu'une infraction ait lieu" in layer_descriptions(week, "fr")["zones"]
