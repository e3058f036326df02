"""Geometries as short lists of whole numbers: each point a step from the last, 1e-5 of a degree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from infraction_model.errors import InputError

PER_DEGREE = 100_000
MOST_POINTS = 60_000
_TOLERANCES = (0.0, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4)


def decoded(zones: pd.DataFrame) -> np.ndarray:
    """The geometries of a contract table of zones as shapely shapes, None where there is none.

    Raises InputError where one is not readable WKB.
    """
    wkb = zones["geometry"].astype(object).where(zones["geometry"].notna(), None).to_numpy()
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    unreadable = np.flatnonzero(
        shapely.is_missing(shapes) & np.array([value is not None for value in wkb], dtype=bool)
    )
    if len(unreadable):
        raise InputError(
            f"table 'zones': the geometry of zone '{zones['zone_id'].iloc[unreadable[0]]}' is not "
            f"readable WKB ({len(unreadable)} such zones). Run `infraction-model ingest` again."
        )
    return np.where(shapely.is_empty(shapes), None, shapes)


def compact(geometries: Sequence[shapely.Geometry | None]) -> list[list | None]:
    """Each geometry as [kind, parts], or None: what the page draws.

    Kind "l" holds lines, "a" areas (a list of rings, the first outside, the others holes), "p"
    points. A line, ring or point is [x, y, dx, dy, dx, dy …] in 1e-5 of a degree (about 1 m).
    Where a town has more than 60,000 points, shapes are simplified by the least tolerance (about
    1 m … 50 m) that is enough.
    """
    return [None if shape is None else _one(shape) for shape in simplified(geometries)]


def outlines(
    geometries: Sequence[shapely.Geometry | None], order: Sequence[int]
) -> dict[str, list | None]:
    """What a page's map draws: `shapes`, the `anchors` of names and numbers, and `label_order`.

    `order` says which zones claim room for their names first. All are None where no zone has a
    geometry.
    """
    if all(geometry is None for geometry in geometries):
        return {"shapes": None, "anchors": None, "label_order": None}
    shapes = compact([None if one is None else shapely.force_2d(one) for one in geometries])
    anchors = [
        None if shape is None or geometry is None else [round(x, 5) for x in anchor(geometry)]
        for shape, geometry in zip(shapes, geometries, strict=True)
    ]
    return {"shapes": shapes, "anchors": anchors, "label_order": list(order)}


def simplified(geometries: Sequence[shapely.Geometry | None]) -> np.ndarray:
    """The same shapes where they have at most 60,000 points in all, else as `compact` says."""
    shapes = np.array(list(geometries), dtype=object)
    for tolerance in _TOLERANCES:
        simple = shapely.simplify(shapes, tolerance) if tolerance else shapes
        if shapely.get_num_coordinates(simple).sum() <= MOST_POINTS:
            break
    return simple


def flat_parts(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """The points, lines and polygons that a shape consists of, in two dimensions, none empty."""
    flat = shapely.force_2d(shape)
    if isinstance(flat, shapely.LinearRing):
        return [shapely.LineString(flat)]
    inner = getattr(flat, "geoms", None)
    if inner is None:
        return [] if flat.is_empty else [flat]
    return [part for one in inner for part in flat_parts(one)]


def anchor(geometry: shapely.Geometry) -> tuple[float, float]:
    """Where a shape's number or name goes: the middle of a line, a point inside an area."""
    parts = list(getattr(geometry, "geoms", [geometry]))
    if geometry.geom_type in ("LineString", "MultiLineString"):
        longest = max(parts, key=lambda part: part.length)
        point = longest.interpolate(0.5, normalized=True)
    else:
        point = geometry.representative_point()
    return point.x, point.y


def _one(shape: shapely.Geometry) -> list | None:
    parts = [part for part in getattr(shape, "geoms", [shape]) if not part.is_empty]
    areas = [_area(part) for part in parts if part.geom_type == "Polygon"]
    if areas:
        return ["a", areas]
    lines = [_steps(part) for part in parts if part.geom_type in ("LineString", "LinearRing")]
    if lines:
        return ["l", lines]
    points = [_steps(part) for part in parts if part.geom_type == "Point"]
    return ["p", points] if points else None


def _area(polygon: shapely.Polygon) -> list[list[int]]:
    return [_steps(ring) for ring in (polygon.exterior, *polygon.interiors)]


def _steps(part: shapely.Geometry) -> list[int]:
    places = np.rint(shapely.get_coordinates(part) * PER_DEGREE).astype(np.int64)
    steps = np.diff(places, axis=0)
    steps = steps[steps.any(axis=1)]
    return [*places[0].tolist(), *steps.ravel().tolist()]
