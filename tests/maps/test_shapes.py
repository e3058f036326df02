from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from infraction_model.maps.shapes import MOST_POINTS, anchor, compact


def unpack(steps: list[int]) -> np.ndarray:
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / 100_000


places = st.lists(
    st.tuples(st.integers(-17_900_000, 17_900_000), st.integers(-8_900_000, 8_900_000)),
    min_size=2,
    max_size=20,
    unique=True,
)


@given(places, st.floats(-0.49, 0.49))
def test_a_line_comes_back_to_half_a_hundred_thousandth_of_a_degree(places, off):
    points = (np.array(places) + off) / 100_000
    [(kind, [steps])] = compact([shapely.LineString(points)])
    assert kind == "l"
    np.testing.assert_allclose(unpack(steps), np.array(places) / 100_000, atol=1e-9)


def test_every_kind_of_geometry_is_drawn_and_none_stays_none():
    ring = [(0, 0), (1, 0), (1, 1), (0, 0)]
    hole = [(0.5, 0.1), (0.9, 0.1), (0.9, 0.4), (0.5, 0.1)]
    shapes = [
        shapely.MultiPolygon([shapely.Polygon(ring, [hole]), shapely.Polygon(np.array(ring) + 2)]),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
        shapely.MultiPoint([(0, 0), (1, 1)]),
        shapely.GeometryCollection([shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])]),
        None,
    ]
    areas, lines, points, mixed, nothing = compact(shapes)
    assert [areas[0], [len(rings) for rings in areas[1]]] == ["a", [2, 1]]
    assert [lines[0], len(lines[1])] == ["l", 2]
    assert points == ["p", [[0, 0], [100_000, 100_000]]]
    assert mixed[0] == "l"
    assert nothing is None
    np.testing.assert_allclose(unpack(areas[1][0][1]), hole)


def test_too_many_points_are_thinned_and_the_shape_kept():
    angle = np.linspace(0, 2 * np.pi, MOST_POINTS)
    circle = shapely.Polygon(np.column_stack([3 + 0.01 * np.cos(angle), 49 + 0.01 * np.sin(angle)]))
    [[_, [[steps]]], _] = compact([circle, circle])
    drawn = shapely.Polygon(unpack(steps))
    assert len(steps) < MOST_POINTS
    assert drawn.symmetric_difference(circle).area < 0.01 * circle.area


def test_a_number_goes_on_the_middle_of_a_line_and_inside_an_area():
    assert anchor(shapely.LineString([(0, 0), (2, 0), (2, 2)])) == (2, 0)
    horseshoe = shapely.box(0, 0, 10, 10).difference(shapely.box(1, 1, 9, 11))
    assert horseshoe.contains(shapely.Point(anchor(horseshoe)))
