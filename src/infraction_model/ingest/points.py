"""Coordinates: which system they are in, and which polygon or line they lie in or nearest to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from infraction_model.errors import ConfigError, InputError
from infraction_model.ingest.mapping import Epsg

WGS84 = 4326
# France's official system, its nine conical ones, then UTM over Europe and the British grid.
_CANDIDATES = (2154, *range(3942, 3951), *range(25828, 25836), *range(32601, 32661), 27700)
_FAR_METRES = 30_000.0
_SAMPLE = 1000


@dataclass(frozen=True)
class Nearest:
    """For each point: the position of its geometry (-1: none near) and the metres to it."""

    position: np.ndarray
    metres: np.ndarray


def transform(x: np.ndarray, y: np.ndarray, epsg: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of a system as longitude, latitude; NaN where they are outside its use."""
    if epsg == WGS84:
        lon, lat = x.astype(float), y.astype(float)
    else:
        lon, lat = _transformer(epsg, WGS84).transform(x, y)
    fine = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return np.where(fine, lon, np.nan), np.where(fine, lat, np.nan)


def _transformer(source: int, target: int) -> pyproj.Transformer:
    try:
        return pyproj.Transformer.from_crs(source, target, always_xy=True)
    except pyproj.exceptions.CRSError:
        raise ConfigError(f"EPSG {source} is not a known coordinate system.") from None


def detect_epsg(
    x: np.ndarray, y: np.ndarray, stated: Epsg, near: np.ndarray | None, key: str
) -> int:
    """The stated system, or the one the coordinates must be in.

    `near` is the town's box (west, south, east, north) where known: the system that brings most
    points near it is taken. Raises InputError where none does, where latitude and longitude
    look swapped, or where, without a box, the numbers fit more than one system.
    """
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if stated != "auto" or not len(known):
        return WGS84 if stated == "auto" else int(stated)
    known = known[:: max(1, len(known) // _SAMPLE)]
    x, y = x[known].astype(float), y[known].astype(float)
    middle = round(float(np.median(x)), 6), round(float(np.median(y)), 6)
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 180)
    candidates = (WGS84,) if degrees.mean() >= 0.5 else _CANDIDATES
    if near is None:
        return _without_box(candidates, middle, key)
    shares = [_share_near(*transform(x, y, epsg), near) for epsg in candidates]
    swapped = _share_near(y, x, near) if candidates == (WGS84,) else 0.0
    if swapped > max(shares):
        raise InputError(
            f"{key}: longitude and latitude look swapped: {middle} is far from the zones, "
            f"{middle[::-1]} is not. Swap the two columns in the mapping."
        )
    if max(shares) > 0:
        return candidates[int(np.argmax(shares))]
    raise InputError(
        f"{key}: the coordinates (median {middle}) are far from the zones in every system tried. "
        f"State {key}.epsg, and check that zones and fines are of one town."
    )


def _without_box(candidates: tuple[int, ...], middle: tuple[float, float], key: str) -> int:
    if candidates == (WGS84,):
        return WGS84
    x, y = middle
    if 0 < x < 1.3e6 and 6.0e6 < y < 7.2e6 and _in_france(*_one(2154, x, y)):
        return 2154
    if 1.0e6 < x < 2.4e6 and 1.0e6 < y < 9.5e6:
        for epsg in range(3942, 3951):
            if abs(y - (epsg - 3942) * 1e6 - 1.2e6) < 4e5 and _in_france(*_one(epsg, x, y)):
                return epsg
    raise InputError(
        f"{key}: coordinates such as {middle} fit several systems. State {key}.epsg, for example "
        "2154 for Lambert-93 or 32631 for UTM zone 31 north."
    )


def _in_france(lon: float, lat: float) -> bool:
    return -5.5 < lon < 10 and 41 < lat < 51.5


def _one(epsg: int, x: float, y: float) -> tuple[float, float]:
    lon, lat = transform(np.array([x]), np.array([y]), epsg)
    return float(lon[0]), float(lat[0])


def _share_near(lon: np.ndarray, lat: np.ndarray, box: np.ndarray) -> float:
    """Share of the points that lie in a box of degrees, or within some kilometres of it."""
    west, south, east, north = box
    tall = _FAR_METRES / 111_320
    wide = tall / max(np.cos(np.radians(south)), 0.01)
    inside = (lon > west - wide) & (lon < east + wide) & (lat > south - tall) & (lat < north + tall)
    return float(inside.mean())


class Locator:
    """Finds the geometry (EPSG:4326) in which, or nearest to which, points lie."""

    def __init__(self, geometries: np.ndarray) -> None:
        bounds = shapely.total_bounds(geometries)
        self.box = bounds
        self._plane = self._local_plane(bounds)
        self._geometries = shapely.transform(geometries, self._project, interleaved=False)
        self._tree = shapely.STRtree(self._geometries)

    @staticmethod
    def _local_plane(bounds: np.ndarray) -> pyproj.Transformer:
        """A plane tangent in the middle of the town: true to a millimetre per 60 m there."""
        lon, lat = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
        plane = pyproj.CRS.from_proj4(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m")
        return pyproj.Transformer.from_crs(WGS84, plane, always_xy=True)

    def _project(self, x, y):
        return self._plane.transform(x, y)

    def nearest(self, lon: np.ndarray, lat: np.ndarray, max_metres: float) -> Nearest:
        """The geometry each point lies in (the first listed of several), else the nearest.

        Points farther than `max_metres` from every geometry, and NaN ones, get -1 and the metres
        to the nearest all the same (NaN for NaN).
        """
        position = np.full(len(lon), -1, dtype=np.int64)
        metres = np.full(len(lon), np.nan)
        known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if not len(known):
            return Nearest(position, metres)
        points = shapely.points(*self._project(lon[known], lat[known]))
        sane = np.isfinite(shapely.get_x(points))
        (which, found), distance = self._tree.query_nearest(
            points[sane], all_matches=True, return_distance=True
        )
        order = np.lexsort([found, which])
        which, first = np.unique(which[order], return_index=True)
        found, distance = found[order][first], distance[order][first]
        place = known[sane][which]
        metres[place] = distance
        position[place] = np.where(distance <= max_metres, found, -1)
        return Nearest(position, metres)

    def metres_to(self, lon: np.ndarray, lat: np.ndarray, position: int) -> np.ndarray:
        """Metres from each point to one geometry; infinite for NaN points."""
        metres = np.full(len(lon), np.inf)
        known = np.isfinite(lon) & np.isfinite(lat)
        points = shapely.points(*self._project(lon[known], lat[known]))
        metres[known] = shapely.distance(points, self._geometries[position])
        return metres
