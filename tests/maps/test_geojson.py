from __future__ import annotations

import json

import geopandas
import numpy as np
import shapely

import made_weeks
from infraction_model.exposure import BASES
from infraction_model.maps.files.geojson import geojson
from infraction_model.maps.week import map_week
from infraction_model.timegrid import week_starting


def read(text: str, folder):
    path = folder / "zones.geojson"
    path.write_text(text, encoding="utf-8")
    return geopandas.read_file(path, engine="pyogrio")


def test_an_independent_reader_finds_the_same_zones_and_figures(tmp_path):
    week = made_weeks.week(made_weeks.cells())
    found = read(geojson(week), tmp_path)
    assert found.crs.to_epsg() == 4326
    assert found["zone_id"].tolist() == week.zones["zone_id"].tolist()
    assert all(shapely.equals(list(found.geometry), list(week.zones["geometry"])))
    np.testing.assert_allclose(found["max_probability"], week.probability.max(axis=1), atol=1e-6)
    np.testing.assert_allclose(
        found["expected_infractions_week"], week.expected.sum(axis=1), atol=1e-6
    )
    first = week.ranked.drop_duplicates("zone_id").sort_values("zone_id")
    np.testing.assert_allclose(
        found["best_probability"], first["infraction_probability"], atol=1e-6
    )
    best = week.ranked.groupby("zone_id", sort=True)["rank"].min()
    assert found["best_rank"].tolist() == best.tolist()
    hours = [(week.tier == tier).sum(axis=1).tolist() for tier in (1, 2, 3)]
    assert [found[f"hours_tier_{tier}"].tolist() for tier in (1, 2, 3)] == hours


def test_the_file_says_what_its_figures_mean():
    said = {
        basis: json.loads(geojson(made_weeks.week(made_weeks.streets(2), basis=basis)))["meaning"]
        for basis in BASES
    }
    assert "probability that a fine is recorded" in said["none"]["en"]
    assert "en une heure de présence" in said["inferred"]["fr"]
    assert len({meaning["en"] for meaning in said.values()}) == len(BASES)


def test_the_best_hour_is_a_local_time_with_its_offset():
    week = made_weeks.week(made_weeks.streets(4))
    first = json.loads(geojson(week))["features"][0]["properties"]
    best = week.ranked[week.ranked["zone_id"] == first["zone_id"]].iloc[0]
    assert first["best_hour"] == best["starts_at"].isoformat()
    assert first["best_hour"].endswith("+01:00")


def test_zones_without_geometry_or_scores_are_null_not_left_out(tmp_path):
    quiet = made_weeks.zones({"a": None, "b": shapely.Point(1, 2), "c": None})
    week = map_week(made_weeks.scores(["a", "b"]), quiet, "T", week_starting(made_weeks.MONDAY))
    features = json.loads(geojson(week))["features"]
    assert [feature["geometry"] is None for feature in features] == [True, False, True]
    assert features[2]["properties"]["max_probability"] is None
    assert features[2]["properties"]["best_hour"] is None
    assert len(read(geojson(week), tmp_path)) == 3


def test_areas_are_wound_as_the_standard_asks():
    clockwise = shapely.Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])
    ring = json.loads(geojson(made_weeks.week({"a": clockwise})))["features"][0]["geometry"]
    assert shapely.is_ccw(shapely.LinearRing(ring["coordinates"][0]))
