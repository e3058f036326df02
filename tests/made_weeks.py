"""Made scores and zones of one target week, for tests of what is drawn from them."""

from __future__ import annotations

import datetime as dt

import h3
import numpy as np
import pandas as pd
import shapely

from infraction_model import timegrid
from infraction_model.maps.week import MapWeek, map_week
from infraction_model.schema import validate

MONDAY = dt.date(2026, 1, 12)
SPRING = dt.date(2026, 3, 23)  # its Sunday has no hour from 2 to 3
TIMEZONE = "Europe/Paris"
HOSTILE = (
    "<script>window.hacked = 1; alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>\' " `${alert(4)}`',
    "]]></title><!-- {{ 7*7 }} {% raw %}",
    "=cmd|' /C calc'!A0",
    "\u202eeuqiteirF eur\u202c",
    "شارع الحرية",
    "A" * 10_000,
    "line\nbreak\ttab\u2028separator",
    "&lt;b&gt; &amp; \\u003cscript\\u003e",
)


def scores(zone_ids, seed: int = 1, level: float = 0.4, basis: str = "recorded", monday=MONDAY):
    """A contract table of scores with a working day in it; the hour skipped in spring is absent."""
    rng = np.random.default_rng(seed)
    zone_ids = np.asarray(zone_ids)
    hour = np.arange(168) % 24
    day = np.where(np.arange(168) < 144, 1.0, 0.3)
    shape = (
        0.03 + np.exp(-(((hour - 10) / 3) ** 2)) + 0.7 * np.exp(-(((hour - 17) / 2) ** 2))
    ) * day
    rate = level * rng.gamma(1.0, 1.0, len(zone_ids))[:, None] * shape
    rate *= rng.gamma(9.0, 1 / 9, rate.shape)
    probability = -np.expm1(-rate)
    expected = rate
    if basis == "none":
        expected = probability * rng.uniform(1.0, 2.0, len(zone_ids))[:, None]
    starts = timegrid.starts_at(timegrid.week_starting(monday), TIMEZONE)
    table = pd.DataFrame(
        {
            "zone_id": np.repeat(zone_ids, 168),
            "starts_at": pd.concat([starts] * len(zone_ids), ignore_index=True),
            "infraction_probability": probability.ravel(),
            "expected_infractions": expected.ravel(),
            "lower": 0.4 * expected.ravel(),
            "upper": 1.9 * expected.ravel(),
            "exposure_basis": basis,
            "model_version": "gbm-2026-01-05-1",
            "reasons": "",
        }
    )
    best = table["expected_infractions"] >= table["expected_infractions"].quantile(0.99)
    table.loc[best, "reasons"] = "eb_rate_13w_s2 +0.81; weekday +0.33"
    return validate("scores", table[table["starts_at"].notna()].reset_index(drop=True))


def zones(geometries: dict, names: dict | None = None) -> pd.DataFrame:
    """A contract table of zones: zone_id -> shapely geometry or None."""
    names = names or {}
    table = pd.DataFrame(
        {
            "zone_id": list(geometries),
            "geometry": [None if shape is None else shape.wkb for shape in geometries.values()],
            "name": [names.get(zone, f"Rue {zone}") for zone in geometries],
            "official": True,
            "spaces": np.arange(len(geometries)) % 40 + 5.0,
            "tariff": "Rouge",
            "max_stay_minutes": np.where(np.arange(len(geometries)) % 3, 120.0, np.nan),
        }
    )
    return validate("zones", table)


def streets(count: int = 120) -> dict:
    """Street lines on a grid, in degrees, about 110 m each."""
    lines = {}
    for number in range(count):
        x, y = 3.3 + 0.0015 * (number // 2 % 10), 49.8 + 0.001 * (number // 20)
        end = (x + 0.0015, y) if number % 2 else (x, y + 0.001)
        lines[f"S{number:04d}"] = shapely.LineString([(x, y), end])
    return lines


def cells(rings: int = 4) -> dict:
    """H3 cells of resolution 9 around a point."""
    found = sorted(h3.grid_disk(h3.latlng_to_cell(39.9526, -75.1652, 9), rings))
    return {
        cell: shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])
        for cell in found
    }


def week(geometries: dict, names: dict | None = None, monday=MONDAY, **kwargs) -> MapWeek:
    """The MapWeek of made scores on these zones."""
    table = scores(list(geometries), monday=monday, **kwargs)
    town = zones(geometries, names)
    return map_week(table, town, "Saint-Martin", timegrid.week_starting(monday))
