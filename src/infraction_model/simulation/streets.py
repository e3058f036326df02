"""The streets of a made town: segments of rings and of the roads between them, each a zone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import linear_sum_assignment

from infraction_model.simulation import kinds, names

CENTRE_LON, CENTRE_LAT = 3.3, 49.8
_METRES_PER_DEGREE = 111_320.0
_INNER_RADIUS, _RING_SPACING, _BLOCK = 60.0, 145.0, 150.0
_UNBUILT_SHARE = 0.08
_DISTRICTS = ("Centre", "Gare", "Faubourg Nord", "Les Coteaux", "Saint-Roch", "Le Canal")


def to_lonlat(metres: np.ndarray) -> np.ndarray:
    """Metres east and north of the town's centre -> longitude, latitude; shape (…, 2) both."""
    per_degree = np.array([_METRES_PER_DEGREE * np.cos(np.radians(CENTRE_LAT)), _METRES_PER_DEGREE])
    return np.array([CENTRE_LON, CENTRE_LAT]) + np.asarray(metres) / per_degree


def make_streets(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """`count` streets of a made town, from the centre outwards, one row each.

    Columns: zone_id, name, street (StreetName), kind, district, east, north (metres of the middle
    from the centre), metres (length), line (shapely, metres), spaces, tariff, max_stay_minutes
    (NaN where no limit), paid.
    """
    lines = _segments(count, rng)
    middles = np.array([line.interpolate(0.5, normalized=True).coords[0] for line in lines])
    kind = _assign_kinds(middles, rng)
    street = names.street_names(kind, rng)
    lengths = np.array([line.length for line in lines])
    frame = pd.DataFrame(
        {
            "zone_id": [f"S{number:04d}" for number in range(1, count + 1)],
            "name": [name.official for name in street],
            "street": street,
            "kind": kind,
            "district": _districts(middles),
            "east": middles[:, 0],
            "north": middles[:, 1],
            "metres": lengths,
            "line": lines,
            "spaces": np.maximum(4, lengths / 6.0 * rng.uniform(0.4, 1.0, count)).astype(int),
        }
    )
    return frame.join(_tariffs(frame, rng))


def _segments(count: int, rng: np.random.Generator) -> list[shapely.LineString]:
    """Lines along rings and between them, in metres, the `count` nearest to the centre."""
    lines: list[shapely.LineString] = []
    inner, radius = None, _INNER_RADIUS
    while len(lines) < 1.15 * count + 10:
        ring = _ring(radius, rng)
        pairs = [*pairwise(ring), (ring[-1], ring[0])]
        if inner is not None:
            pairs += [(node, inner[_nearest(inner, node)]) for node in ring]
        first = inner is None
        lines += [_bent(a, b, rng) for a, b in pairs if first or rng.random() >= _UNBUILT_SHARE]
        inner, radius = ring, radius + _RING_SPACING
    far = [np.hypot(*line.interpolate(0.5, normalized=True).coords[0]) for line in lines]
    return [lines[i] for i in np.argsort(far, kind="stable")[:count]]


def _ring(radius: float, rng: np.random.Generator) -> np.ndarray:
    """Crossings on one ring, (n, 2) metres."""
    nodes = max(4, round(2 * np.pi * radius / _BLOCK))
    angles = (np.arange(nodes) + rng.uniform(-0.14, 0.14, nodes)) * 2 * np.pi / nodes
    radii = radius + rng.uniform(-12.0, 12.0, nodes)
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])


def _nearest(points: np.ndarray, point: np.ndarray) -> int:
    return int(np.hypot(*(points - point).T).argmin())


def _bent(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> shapely.LineString:
    along = b - a
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    return shapely.LineString([a, (a + b) / 2 + across * rng.normal(0.0, 4.0), b])


def _assign_kinds(middles: np.ndarray, rng: np.random.Generator) -> list[str]:
    """The leading kind of each zone: fixed shares, placed where such drivers would be."""
    count = len(middles)
    far = np.hypot(*middles.T)
    radius = far.max()
    station = 0.65 * radius * np.array([np.cos(2.4), np.sin(2.4)])
    schools = middles[rng.choice(count, size=1 + count // 40, replace=False)]
    to_school = np.min([np.hypot(*(middles - school).T) for school in schools], axis=0)
    liking = {
        "commuters": -np.abs(far - 0.5 * radius) / 150.0,
        "shoppers": -far / 130.0,
        "school": -to_school / 100.0,
        "market": -far / 60.0,
        "deliveries": -np.abs(far - 0.3 * radius) / 120.0,
        "evening": -np.abs(far - 0.2 * radius) / 130.0,
        "residents": far / 180.0,
        "station": -np.hypot(*(middles - station).T) / 80.0,
    }
    places = np.repeat(np.arange(len(kinds.KINDS)), _quotas(count))
    scores = np.column_stack([liking[name] for name in kinds.NAMES])[:, places]
    chosen = linear_sum_assignment(scores + rng.gumbel(0.0, 0.5, scores.shape), maximize=True)[1]
    return [kinds.NAMES[places[column]] for column in chosen]


def _quotas(count: int) -> np.ndarray:
    """How many zones each kind leads: its share by largest remainder, at least one."""
    wanted = np.array([kind.share for kind in kinds.KINDS]) * count
    quotas = np.maximum(1, np.floor(wanted).astype(int))
    while quotas.sum() < count:
        quotas[np.argmax(wanted - quotas)] += 1
    while quotas.sum() > count:
        quotas[np.argmax(np.where(quotas > 1, quotas - wanted, -np.inf))] -= 1
    return quotas


def _districts(middles: np.ndarray) -> list[str]:
    far = np.hypot(*middles.T)
    sector = ((np.degrees(np.arctan2(middles[:, 1], middles[:, 0])) - 100) % 360 // 72).astype(int)
    inner = far <= 0.42 * far.max()
    return [_DISTRICTS[0] if i else _DISTRICTS[1 + s] for i, s in zip(inner, sector, strict=True)]


_TARIFFS: dict[str, tuple[float, float]] = {
    # Share of the kind's zones that are paid, and that are blue (free for a time, with a disc).
    "shoppers": (0.50, 0.30),
    "market": (0.40, 0.40),
    "evening": (0.30, 0.30),
    "commuters": (0.30, 0.15),
    "station": (0.40, 0.25),
    "deliveries": (0.10, 0.30),
}


def _tariffs(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """tariff, max_stay_minutes and paid per street."""
    paid_share = frame["kind"].map(lambda kind: _TARIFFS.get(kind, (0.0, 0.0))[0]).to_numpy()
    blue_share = frame["kind"].map(lambda kind: _TARIFFS.get(kind, (0.0, 0.0))[1]).to_numpy()
    draw = rng.random(len(frame))
    paid = draw < paid_share
    paid[np.flatnonzero(frame["kind"] == "shoppers")[0]] = True  # the main street has a meter
    blue = ~paid & (draw < paid_share + blue_share)
    long_stay = frame["kind"].isin(["commuters", "station"]).to_numpy()
    tariff = np.select(
        [paid & long_stay, paid, blue],
        ["Verte (longue durée)", "Rouge (courte durée)", "Bleue"],
        "Gratuit",
    )
    limit = np.select([paid & long_stay, paid, blue], [600.0, 120.0, 90.0], np.nan)
    return pd.DataFrame(
        {"tariff": tariff, "max_stay_minutes": limit, "paid": paid}, index=frame.index
    )
