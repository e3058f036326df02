from __future__ import annotations

import io

import geopandas
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.simulation import kinds
from infraction_model.simulation.streets import make_streets


@settings(max_examples=15)
@given(count=st.integers(8, 400), seed=st.integers(0, 2**32))
def test_any_size_of_town_has_distinct_names_and_every_kind(count, seed):
    streets = make_streets(count, np.random.default_rng(seed))
    assert len(streets) == count
    assert streets["name"].is_unique
    assert streets["zone_id"].is_unique
    assert set(streets["kind"]) == set(kinds.NAMES)
    assert (streets["spaces"] >= 4).all()
    assert (streets["max_stay_minutes"].isna() == (streets["tariff"] == "Gratuit")).all()
    streets["name"].str.encode("latin-1")  # the exports are in latin-1


def test_the_largest_town_still_has_names_to_give():
    assert make_streets(2000, np.random.default_rng(1))["name"].is_unique


def test_streets_are_of_a_walkable_length_and_meet_only_at_crossings(town):
    lines = town.streets["line"].to_numpy()
    lengths = shapely.length(lines)
    assert lengths.min() > 40
    assert lengths.max() < 260
    assert np.quantile(lengths, 0.1) > 80
    left, right = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(left) == 0
    assert len(right) == 0


def test_kinds_are_where_such_drivers_would_be(town):
    far = np.hypot(town.streets["east"], town.streets["north"]).groupby(town.streets["kind"]).mean()
    assert far["market"] == far.min()
    assert far["residents"] == far.max()
    counts = town.streets["kind"].value_counts()
    for kind in kinds.KINDS:
        assert abs(counts[kind.name] - kind.share * 120) < 1


def test_the_geojson_is_read_back_by_gdal_as_it_was_made(town):
    frame = geopandas.read_file(io.BytesIO(town.raw["secteurs.geojson"]))
    assert frame.crs.to_epsg() == 4326
    assert frame["id"].tolist() == town.streets["zone_id"].tolist()
    assert frame["nom"].tolist() == town.streets["name"].tolist()
    assert set(frame.columns) == {
        "id", "nom", "places", "tarif", "duree_max", "quartier", "geometry",
    }  # fmt: skip
    assert (frame.geom_type == "LineString").all()
    # Lengths by another way: GDAL's UTM projection against the metres the streets were made in.
    projected = frame.to_crs(32631).length
    np.testing.assert_allclose(projected, town.streets["metres"], rtol=0.01)
    limits = dict(zip(frame["tarif"], frame["duree_max"], strict=True))
    assert limits["Rouge (courte durée)"] == 120
    assert np.isnan(limits["Gratuit"])
