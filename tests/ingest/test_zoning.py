"""Places: points in every coordinate system, polygons, lines, blocks, cells, merged spellings."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from infraction_model.errors import InputError
from infraction_model.ingest.mapping import ZonesFromBlocks, ZonesFromCells, ZonesFromStreets
from infraction_model.ingest.points import Locator, detect_epsg, transform
from infraction_model.ingest.zoning import place_by_blocks, place_by_street_names, place_in_cells
from made_exports import ROWS, ZONES, ingest_folder, write_town, write_zones, zone

BOX = np.array([3.29, 49.79, 3.31, 49.81])


def places(**columns) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    frame = pd.DataFrame({name: [""] * size for name in ("zone_id", "street", "house_number")})
    frame["lon"], frame["lat"] = np.nan, np.nan
    return frame.assign(**columns)


@pytest.mark.parametrize("epsg", [4326, 2154, 3950, 32631])
def test_the_coordinate_system_is_found_by_the_zones(epsg):
    to = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    x, y = to.transform(np.linspace(3.295, 3.305, 9), np.linspace(49.795, 49.805, 9))
    found = detect_epsg(x, y, "auto", BOX, "data.fines.place")
    lon, lat = transform(x, y, found)
    assert lon == pytest.approx(np.linspace(3.295, 3.305, 9), abs=1e-6)
    assert lat == pytest.approx(np.linspace(49.795, 49.805, 9), abs=1e-6)


def test_lambert_93_is_found_without_zones_and_utm_must_be_stated():
    assert detect_epsg(np.array([721_000.0]), np.array([6_966_000.0]), "auto", None, "k") == 2154
    with pytest.raises(InputError, match=r"fit several systems\. State k\.epsg"):
        detect_epsg(np.array([448_000.0]), np.array([5_411_000.0]), "auto", None, "k")
    assert detect_epsg(np.array([448_000.0]), np.array([5_411_000.0]), 32631, None, "k") == 32631


def test_metres_are_true_metres():
    geodesic = pyproj.Geod(ellps="WGS84")
    line = shapely.LineString([(3.30, 49.80), (3.31, 49.80)])
    locator = Locator(np.array([line, shapely.Point(3.35, 49.85)], dtype=object))
    lon, lat, _ = geodesic.fwd(3.305, 49.80, 0, 55.0)
    near = locator.nearest(np.array([lon, lon, np.nan]), np.array([lat, lat, 49.8]), 60.0)
    assert near.position.tolist() == [0, 0, -1]
    assert near.metres[0] == pytest.approx(55.0, abs=0.1)
    assert locator.nearest(np.array([lon]), np.array([lat]), 50.0).position.tolist() == [-1]


def test_of_overlapping_polygons_the_first_holds_the_point():
    small, large = shapely.box(3.30, 49.80, 3.301, 49.801), shapely.box(3.29, 49.79, 3.31, 49.81)
    locator = Locator(np.array([small, large], dtype=object))
    near = locator.nearest(np.array([3.3005, 3.295]), np.array([49.8005, 49.795]), 10.0)
    assert near.position.tolist() == [0, 1]
    assert near.metres.tolist() == [0.0, 0.0]


def test_points_in_lambert_93_find_their_zone(tmp_path):
    to = pyproj.Transformer.from_crs(4326, 2154, always_xy=True)
    x, y = to.transform(3.3025, 49.79925)
    row = f"PV9;04/03/2024;08h11;;;{y:.1f};{x:.1f};Trottoir;;X (1);".replace(".", ",")
    rows = [";".join([*r.split(";")[:5], "", "", *r.split(";")[7:]]) for r in ROWS]
    write_town(tmp_path, [*rows, row])
    ingest_folder(tmp_path, tmp_path / "w")
    fines = pd.read_parquet(tmp_path / "w" / "tables" / "fines.parquet").set_index("fine_id")
    assert fines.loc["PV9", "zone_id"] == "S2"
    assert fines.loc["PV9", "lon"] == pytest.approx(3.3025, abs=1e-6)


def test_a_zone_file_in_lambert_93_and_a_bow_tie_are_put_right(tmp_path):
    to = pyproj.Transformer.from_crs(4326, 2154, always_xy=True)

    def projected(feature):
        points = np.array(feature["geometry"]["coordinates"])
        return zone(feature["properties"]["id"], feature["properties"]["nom"],
                    np.column_stack(to.transform(*points.T)).tolist())  # fmt: skip

    write_town(tmp_path)
    bow = [[[3.30, 49.79], [3.31, 49.81], [3.31, 49.79], [3.30, 49.81], [3.30, 49.79]]]
    corners = np.array(bow[0])
    crossed = zone("S9", "Place X", [np.column_stack(to.transform(*corners.T)).tolist()], "Polygon")
    write_zones(tmp_path, [*map(projected, ZONES), crossed])
    report = ingest_folder(tmp_path, tmp_path / "w")
    zones = pd.read_parquet(tmp_path / "w" / "tables" / "zones.parquet").set_index("zone_id")
    shapes = shapely.from_wkb(zones["geometry"].to_numpy())
    assert shapes[0].coords[0] == pytest.approx((3.30, 49.798), abs=1e-6)
    assert shapely.is_valid(shapes).all()
    assert report["places"]["repaired_zones"] == 1


def test_a_street_of_two_zones_goes_by_the_nearest(tmp_path):
    write_town(tmp_path)
    far = zone("S1b", "Rue de la Paix", [[3.3050, 49.7990], [3.3060, 49.7992]])
    write_zones(tmp_path, [*ZONES, far])
    report = ingest_folder(tmp_path, tmp_path / "w")
    fines = pd.read_parquet(tmp_path / "w" / "tables" / "fines.parquet").set_index("fine_id")
    assert fines.loc["PV2", "zone_id"] == "S1"  # it has a point
    assert "PV1" not in fines.index  # it has none: which of the two cannot be known
    assert report["sources"][0]["quarantined"] == {"street of several zones": 1}


def test_a_likeness_that_the_coordinates_deny_is_given_up(tmp_path):
    near_foch = "PV9;04/03/2024;08h11;Rue de la Piax;;49,7993;3,3025;Trottoir;;X (1);"
    write_town(tmp_path, [*ROWS, near_foch])
    ingest_folder(tmp_path, tmp_path / "w")
    fines = pd.read_parquet(tmp_path / "w" / "tables" / "fines.parquet").set_index("fine_id")
    assert fines.loc["PV9", "zone_id"] == "S1"  # 190 m away: a slip in the name is likelier
    away = near_foch.replace("49,7993", "49,8000").replace("3,3025", "3,3042")
    write_town(tmp_path, [*ROWS, away])
    ingest_folder(tmp_path, tmp_path / "w")
    fines = pd.read_parquet(tmp_path / "w" / "tables" / "fines.parquet").set_index("fine_id")
    assert fines.loc["PV9", "zone_id"] == "S3"


def test_hundred_blocks():
    where = places(
        street=["1509 CAYUGA AVE", "CAYUGA AVENUE", "99 MAIN ST", "MAIN ST & 5TH ST", "", "5TH ST"],
        house_number=["", "1550 B", "", "", "", "12-14"],
    )
    placed = place_by_blocks(where, ZonesFromBlocks(), {})
    assert placed.zone_id.tolist() == [
        "1500-cayuga-avenue", "1500-cayuga-avenue", "0-main-street", None, None, "0-5th-street",
    ]  # fmt: skip
    assert placed.reason.tolist()[3:5] == ["no house number", "no street given"]
    names = placed.zones.set_index("zone_id")["name"]
    assert names["0-main-street"] == "0 MAIN ST"
    assert placed.zones["geometry"].isna().all()


def test_cells_are_those_of_h3_and_named_by_their_main_street():
    lon, lat = np.array([2.35, 2.35, 2.36, np.nan, 9.0]), np.array([48.85, 48.85, 48.86, 48.8, 0.0])
    where = places(lon=lon, lat=lat, street=["A", "A", "", "", ""])
    placed = place_in_cells(where, ZonesFromCells(resolution=10))
    assert placed.zone_id[0] == placed.zone_id[1] == h3.latlng_to_cell(48.85, 2.35, 10)
    assert placed.reason.tolist()[3:] == ["no coordinates", "coordinates far from the town"]
    zones = placed.zones.set_index("zone_id")
    assert zones.loc[placed.zone_id[0], "name"] == "A"
    shape = shapely.from_wkb(zones.loc[placed.zone_id[0], "geometry"])
    assert shape.contains(shapely.Point(2.35, 48.85))
    assert not zones["official"].any()


def test_street_names_without_a_list():
    names = ["Spring Gardens"] * 60 + ["SpringGardens", "SPRING GARDNES", "Sprung Gardens", "", "?"]
    placed = place_by_street_names(places(street=names), ZonesFromStreets(), {})
    assert set(placed.zone_id[:62]) == {"spring-gardens"}
    assert placed.zone_id[62:].tolist() == ["sprung-gardens", None, None]
    assert placed.streets["spelling"].tolist() == ["SpringGardens", "SPRING GARDNES"]
    assert placed.look_alikes == [("sprung gardens", "spring gardens")]
    kept = place_by_street_names(places(street=names), ZonesFromStreets(merge=False), {})
    assert kept.zone_id[61] == "spring-gardnes"
    aliased = place_by_street_names(
        places(street=names), ZonesFromStreets(), {"Sprung Gardens": "Spring Gardens"}
    )
    assert aliased.zone_id[62] == "spring-gardens"
