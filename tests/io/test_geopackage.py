from __future__ import annotations

import sqlite3

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely

import made_routes
import made_weeks
from infraction_model.io.geopackage import write_geopackage
from infraction_model.maps.files.layers import layer_descriptions, layer_time, week_layers

CLOCK = "OGR_CURRENT_DATE"


@pytest.fixture(scope="module")
def week():
    return made_weeks.week(made_weeks.cells(2))


def write(path, week, plan=None):
    layers = week_layers(week, plan, "fr")
    write_geopackage(path, layers, layer_descriptions(week, "fr"), layer_time(week))
    return layers


def test_an_independent_reader_finds_every_layer_as_it_was_given(week, tmp_path):
    layers = write(tmp_path / "week.gpkg", week, made_routes.plan(3))
    listed = dict(pyogrio.list_layers(tmp_path / "week.gpkg"))
    assert listed == {
        "zones": "MultiPolygon", "zone_hours": None, "stops": "Point", "routes": "LineString",
        "layer_styles": None,
    }  # fmt: skip
    for name, kind in listed.items():
        read = geopandas.read_file(tmp_path / "week.gpkg", layer=name, engine="pyogrio")
        if kind:
            assert read.crs.to_epsg() == 4326
            assert all(map(shapely.equals, read.geometry, layers[name]["geom"]))
        ours = pd.DataFrame(layers[name]).drop(columns="geom", errors="ignore")
        theirs = pd.DataFrame(read).drop(columns="geometry", errors="ignore")
        pd.testing.assert_frame_equal(theirs, ours, check_dtype=False)


def test_the_file_is_a_sound_database_with_a_time_that_is_the_week_s(week, tmp_path):
    write(tmp_path / "week.gpkg", week)
    with sqlite3.connect(tmp_path / "week.gpkg") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        contents = dict(database.execute("SELECT table_name, data_type FROM gpkg_contents"))
        said = database.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall()
        told = dict(database.execute("SELECT table_name, description FROM gpkg_contents"))
    database.close()
    assert contents == {
        "zones": "features",
        "zone_hours": "attributes",
        "layer_styles": "attributes",
    }
    assert said == [("2026-01-12T00:00:00Z",)]
    assert "une prévision, pas un constat" in told["zones"]


def test_the_same_week_makes_the_same_bytes_and_leaves_the_clock_of_gdal_alone(week, tmp_path):
    before = pyogrio.get_gdal_config_option(CLOCK)
    for name in ("one.gpkg", "two.gpkg"):
        write(tmp_path / name, week, made_routes.plan(3))
    assert (tmp_path / "one.gpkg").read_bytes() == (tmp_path / "two.gpkg").read_bytes()
    assert pyogrio.get_gdal_config_option(CLOCK) == before


def test_a_layer_that_cannot_be_written_leaves_the_old_file_and_nothing_else(week, tmp_path):
    path = tmp_path / "week.gpkg"
    write(path, week)
    before = path.read_bytes()
    layers = week_layers(week)
    layers["zone_hours"] = pd.DataFrame({"a": [1j]})
    with pytest.raises(NotImplementedError, match="complex"):
        write_geopackage(path, layers, {}, layer_time(week))
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["week.gpkg"]
    assert pyogrio.get_gdal_config_option(CLOCK) is None


def test_a_town_without_geometry_has_tables(tmp_path):
    write(tmp_path / "week.gpkg", made_weeks.week({"a": None, "b": None}), made_routes.plan(0))
    assert set(dict(pyogrio.list_layers(tmp_path / "week.gpkg")).values()) == {None}
    read = pyogrio.read_dataframe(tmp_path / "week.gpkg", layer="zones", read_geometry=False)
    assert read["zone_id"].tolist() == ["a", "b"]
