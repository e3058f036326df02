"""The week as layers of a GeoPackage: zones, best hours, stops, routes, QGIS styles."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import shapely

from infraction_model.maps.characters import xml_text
from infraction_model.maps.files.layer_styles import styles_table
from infraction_model.maps.files.zone_figures import zone_figures
from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.maps.shapes import flat_parts
from infraction_model.maps.texts import week_title, words_for
from infraction_model.maps.ways import aware, likely_words, shift_title, time_zone, way
from infraction_model.maps.week import MapWeek
from infraction_model.timegrid import to_local
from infraction_model.wording import words

GEOMETRY = "geom"
_FROM_ZONES = ("spaces", "tariff", "max_stay_minutes")
_SHIFT_COLUMNS = {"shift_id": "str", "team": "str", "day": "int32", "shift": "str"}
_STOP_COLUMNS = _SHIFT_COLUMNS | {
    "sequence": "int32",
    "zone_id": "str",
    "name": "str",
    "arrive": "str",
    "leave": "str",
    "expected": "float64",
    "purpose": "str",
    "purpose_words": "str",
    "propensity": "float64",
    "likely": "str",
}
_ROUTE_COLUMNS = _SHIFT_COLUMNS | {
    "mode": "str",
    "starts": "str",
    "ends": "str",
    "stops": "int32",
    "expected": "float64",
}
_KINDS = {"area": "Polygon", "line": "LineString", "point": "Point"}
_MANY = {
    "area": shapely.MultiPolygon,
    "line": shapely.MultiLineString,
    "point": shapely.MultiPoint,
}


def week_layers(
    week: MapWeek, plan: WeekPlan | None = None, language: str = "fr"
) -> dict[str, pd.DataFrame]:
    """Each layer's rows by its name; a layer on the map has its shapes (EPSG:4326) in `geom`.

    - `zones`: one row per zone, zone_id, name and zone_figures. Where zones are of several kinds
      (areas, lines, points) they are in `zones_areas`, `zones_lines`, `zones_points`, as QGIS wants
      one kind a layer; those without a place are in the largest. A town without geometry has a
      plain table.
    - `zone_hours`: a table of the zone-hours above the last tier, best first, to be joined by
      zone_id; times are text, local with their offset, as a GeoPackage knows UTC only.
    - `stops`, and `routes` (a line a shift, straight from place to place), where a plan is given;
      `routes` only where its stops are routes.
    - `layer_styles`: the styles that QGIS opens the layers with.
    """
    layers = _zone_layers(week)
    layers["zone_hours"] = _zone_hours(week)
    if plan is not None:
        layers["stops"] = _stops(week, plan, language)
        if plan.kind == "routes":
            layers["routes"] = _routes(week, plan, language)
    layers["layer_styles"] = styles_table(layers, week, plan, language)
    return layers


def layer_descriptions(week: MapWeek, language: str = "fr") -> dict[str, str]:
    """What each layer holds, in words, by its name; with what its figures are and are not."""
    said = words("exports", language)
    claim = words_for(language, week.exposure_basis)["claim"]
    title = f"{week.town}, {week_title(week.monday, language)}"
    names = ("zones", "zones_areas", "zones_lines", "zones_points", "zone_hours", "stops", "routes")
    stems = {name: name.partition("_")[0] if name != "zone_hours" else name for name in names}
    return {
        name: xml_text(f"{title}. {said[f'layer_{stem}']} {claim}") for name, stem in stems.items()
    }


def layer_time(week: MapWeek) -> dt.datetime:
    """The time the file says it was changed, so that the same week makes the same bytes."""
    return dt.datetime.combine(week.monday, dt.time(), dt.UTC)


def _zone_layers(week: MapWeek) -> dict[str, pd.DataFrame]:
    known = week.zones
    table = pd.DataFrame(
        {
            "zone_id": known["zone_id"],
            "name": known["name"],
            **{name: _column(values) for name, values in zone_figures(week).items()},
            **{name: known[name] for name in _FROM_ZONES if name in known},
        }
    ).assign(
        week=str(week.monday), exposure_basis=week.exposure_basis, model_version=week.model_version
    )
    table = _readable(table)
    kinds = np.array([_kind(shape) for shape in known["geometry"]], dtype=object)
    present = [kind for kind in _KINDS if (kinds == kind).any()]
    if not present:
        return {"zones": table}
    largest = max(present, key=lambda kind: int((kinds == kind).sum()))
    layers: dict[str, pd.DataFrame] = {}
    for kind in present:
        rows = (kinds == kind) | ((kinds == "") & (kind == largest))
        shapes = [_of_kind(shape, kind) for shape in known["geometry"][rows]]
        layer = table[rows].reset_index(drop=True)
        layer[GEOMETRY] = pd.Series(shapes, dtype=object)
        layers["zones" if len(present) == 1 else f"zones_{kind}s"] = layer
    return layers


def _zone_hours(week: MapWeek) -> pd.DataFrame:
    best = week.ranked[week.ranked["tier"] < week.last_tier]
    local = to_local(best["starts_at"])
    table = pd.DataFrame(
        {
            "zone_id": best["zone_id"],
            "name": best["name"],
            "rank": best["rank"].astype("int32"),
            "tier": best["tier"].astype("int32"),
            "starts_at": [time.isoformat() for time in best["starts_at"]],
            "day": local.dt.day_of_week.astype("int32") + 1,
            "hour": local.dt.hour.astype("int32"),
            "probability": best["infraction_probability"].round(6),
            "expected": best["expected_infractions"].round(6),
            "expected_low": best["lower"].round(6),
            "expected_high": best["upper"].round(6),
            "exposure_basis": best["exposure_basis"],
        }
    )
    return _readable(table.reset_index(drop=True))


def _stops(week: MapWeek, plan: WeekPlan, language: str) -> pd.DataFrame:
    zone, purposes = time_zone(week), words("visits", language)
    rows = [
        {
            **_shift(route, language),
            "sequence": stop.sequence,
            "zone_id": stop.zone_id,
            "name": stop.name,
            "arrive": aware(stop.arrive, zone).isoformat(),
            "leave": aware(stop.leave, zone).isoformat(),
            "expected": round(stop.expected, 6),
            "purpose": stop.purpose,
            "purpose_words": purposes[stop.purpose],
            "propensity": round(stop.propensity, 6),
            "likely": likely_words(stop, language),
            GEOMETRY: _point(stop),
        }
        for route in plan.routes
        for stop in route.stops
    ]
    return _on_the_map(rows, _STOP_COLUMNS)


def _routes(week: MapWeek, plan: WeekPlan, language: str) -> pd.DataFrame:
    zone = time_zone(week)
    rows = [
        {
            **_shift(route, language),
            "mode": route.mode,
            "starts": aware(route.start, zone).isoformat(),
            "ends": aware(route.end, zone).isoformat(),
            "stops": len(route.stops),
            "expected": round(route.expected, 6),
            GEOMETRY: _line(route),
        }
        for route in plan.routes
    ]
    return _on_the_map(rows, _ROUTE_COLUMNS)


def _shift(route: Route, language: str) -> dict[str, Any]:
    return {
        "shift_id": route.shift_id,
        "team": route.team,
        "day": route.start.isoweekday(),
        "shift": shift_title(route, language),
    }


def _on_the_map(rows: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    """Rows as a table, without a column of shapes where nothing has a place."""
    safe = [{name: _safe(value) for name, value in row.items()} for row in rows]
    table = pd.DataFrame(safe, columns=[*columns, GEOMETRY]).astype(columns)
    return table if table[GEOMETRY].notna().any() else table.drop(columns=GEOMETRY)


def _point(stop: Stop) -> shapely.Point | None:
    return None if stop.longitude is None else shapely.Point(stop.longitude, stop.latitude)


def _line(route: Route) -> shapely.LineString | None:
    places = way(route)
    return shapely.LineString(places) if len(set(places)) > 1 else None


def _column(values: list) -> pd.Series:
    whole = any(isinstance(value, int) for value in values)
    return pd.Series(values, dtype="Int32" if whole else None)


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its texts as XML and SQLite can hold them."""
    texts = table.select_dtypes("str")
    return table.assign(**{name: texts[name].map(_safe) for name in texts})


def _safe(value: Any) -> Any:
    return xml_text(value) if isinstance(value, str) else value


def _kind(shape: shapely.Geometry | None) -> str:
    """The kind of geometry that a shape is drawn as: areas before lines before points."""
    if shape is None:
        return ""
    names = {part.geom_type for part in flat_parts(shape)}
    return next((kind for kind, name in _KINDS.items() if name in names), "")


def _of_kind(shape: shapely.Geometry | None, kind: str) -> shapely.Geometry | None:
    """A shape's parts of a kind as one flat multi-geometry: a layer holds one type only."""
    if shape is None:
        return None
    parts = [part for part in flat_parts(shape) if part.geom_type == _KINDS[kind]]
    return _MANY[kind](parts)
