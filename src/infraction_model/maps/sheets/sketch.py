"""A sketch of a route for the printed sheet: numbered places and straight lines between them.

Lengths are in tenths of a millimetre on paper, y downwards; north is up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from infraction_model.maps.routes import Route
from infraction_model.maps.shapes import flat_parts
from infraction_model.maps.ways import way

WIDTH, HEIGHT = 820, 560
"""Of the whole sketch."""

_MARGIN = 48
_MARK = 40  # the least distance between two numbers, so that both can be read
_LEAST_METRES = 150.0  # a round of one place is not drawn larger than life
_METRES_PER_DEGREE = 111_195.0
_LONGEST_BAR = 220


@dataclass(frozen=True)
class Mark:
    """A numbered stop: where its number stands, and the place itself."""

    label: str
    x: int
    y: int
    place_x: int
    place_y: int


@dataclass(frozen=True)
class Sketch:
    """What is drawn: SVG paths and marks, the length of the scale bar and what it stands for."""

    streets: str
    line: str
    marks: tuple[Mark, ...]
    base: tuple[int, int] | None
    bar: int
    bar_metres: int


def sketch(route: Route, shapes: Sequence[shapely.Geometry | None] = ()) -> Sketch | None:
    """The sketch of a route, its stops where they are known; None where none is.

    `shapes`: zones in degrees, drawn thin as far as they lie within the sketch.
    """
    placed = [stop for stop in route.stops if stop.longitude is not None]
    if not placed:
        return None
    line = np.array(way(route))
    to_paper = _Paper.around(line)
    places = to_paper(np.array([(stop.longitude, stop.latitude) for stop in placed]))
    labels = _apart(places)
    marks = [
        Mark(str(stop.sequence), *_whole(label), *_whole(place))
        for stop, label, place in zip(placed, labels, places, strict=True)
    ]
    base = None if route.longitude is None else _whole(to_paper(line[:1])[0])
    metres = _round_length(_LONGEST_BAR / to_paper.scale)
    return Sketch(
        streets=_path(to_paper(part) for part in _near(shapes, to_paper)),
        line=_path([to_paper(line)]),
        marks=tuple(marks),
        base=base,
        bar=round(metres * to_paper.scale),
        bar_metres=metres,
    )


def metres_between(first: tuple[float, float], second: tuple[float, float]) -> float:
    """The straight line between two places (longitude, latitude), on a flat town."""
    east = np.cos(np.radians((first[1] + second[1]) / 2)) * (second[0] - first[0])
    return float(_METRES_PER_DEGREE * np.hypot(east, second[1] - first[1]))


@dataclass(frozen=True)
class _Paper:
    """Degrees -> paper: east and north alike, `scale` units a metre."""

    middle: np.ndarray
    scale: float

    @classmethod
    def around(cls, points: np.ndarray) -> _Paper:
        low, high = points.min(axis=0), points.max(axis=0)
        middle = (low + high) / 2
        per_degree = _METRES_PER_DEGREE * np.array([np.cos(np.radians(middle[1])), 1.0])
        extent = np.maximum((high - low) * per_degree, _LEAST_METRES)
        room = np.array([WIDTH, HEIGHT]) - 2 * _MARGIN
        return cls(middle, float((room / extent).min()))

    @property
    def units(self) -> np.ndarray:
        """Paper units per degree of longitude and latitude."""
        flat = np.array([np.cos(np.radians(self.middle[1])), -1.0])
        return self.scale * _METRES_PER_DEGREE * flat

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return (points - self.middle) * self.units + np.array([WIDTH, HEIGHT]) / 2

    def bounds(self) -> tuple[float, float, float, float]:
        """The degrees that the sketch shows: west, south, east, north."""
        half = np.abs(np.array([WIDTH, HEIGHT]) / 2 / self.units)
        return (*(self.middle - half), *(self.middle + half))


def _near(shapes: Sequence[shapely.Geometry | None], paper: _Paper) -> Iterable[np.ndarray]:
    """The lines of the shapes within the sketch, as points in degrees."""
    known = np.array([shape for shape in shapes if shape is not None], dtype=object)
    if not len(known):
        return
    lines = shapely.boundary(known)
    of_lines = shapely.get_dimensions(known) == 1
    lines[of_lines] = known[of_lines]
    cut = shapely.clip_by_rect(shapely.force_2d(lines), *paper.bounds())
    cut = cut[~shapely.is_missing(cut) & ~shapely.is_empty(cut)]
    tolerance = 1.0 / float(np.abs(paper.units).max())
    for shape in shapely.simplify(cut, tolerance):
        for part in flat_parts(shape):
            if part.geom_type == "LineString":
                yield shapely.get_coordinates(part)


def _path(lines: Iterable[np.ndarray]) -> str:
    """Lines as the text of an SVG path, whole units."""
    written = []
    for points in lines:
        steps = [f"{x} {y}" for x, y in np.round(points).astype(int).tolist()]
        written.append("M" + "L".join(steps))
    return "".join(written)


def _apart(places: np.ndarray) -> np.ndarray:
    """Where the numbers go: at their places, pushed apart where two would cover each other."""
    turn = 2.4 * np.arange(len(places))[:, None]  # equal places part in ways of their own
    spots = places + 0.1 * np.hstack([np.cos(turn), np.sin(turn)])
    low, high = np.array([30.0, 30.0]), np.array([WIDTH - 30.0, HEIGHT - 30.0])
    for _ in range(80):
        gap = spots[:, None, :] - spots[None, :, :]
        distance = np.hypot(gap[..., 0], gap[..., 1])
        np.fill_diagonal(distance, np.inf)
        short = np.clip(_MARK - distance, 0.0, None)
        if not short.any():
            break
        push = (gap / np.maximum(distance, 1e-9)[..., None] * (short / 2)[..., None]).sum(axis=1)
        spots = np.clip(spots + push, low, high)
    return spots


def _whole(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _round_length(most: float) -> int:
    """The longest of 1, 2, 5, 10, 20 … metres that is not longer than `most`."""
    power = 10 ** int(np.floor(np.log10(max(most, 1.0))))
    return int(max(step * power for step in (1, 2, 5) if step * power <= max(most, 1.0)))
