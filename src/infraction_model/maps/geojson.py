"""Zones with the figures of their week as GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import shapely

from infraction_model.maps.texts import words_for
from infraction_model.maps.week import MapWeek
from infraction_model.wording import LANGUAGES

_FROM_ZONES = ("spaces", "tariff", "max_stay_minutes")


def geojson(week: MapWeek) -> str:
    """A FeatureCollection: one feature per zone by zone_id, geometry null where unknown.

    Properties: zone_id, name; expected_infractions_week (sum over the week, per hour of patrol),
    mean_probability, max_probability, best_hour (local ISO time of the zone's best-ranked hour),
    best_rank, best_tier, hours_tier_1 … (hours of the week in each tier), week, exposure_basis,
    model_version, and spaces, tariff, max_stay_minutes where the zones table has them. Figures are
    null for a zone without scores. Areas are wound as the standard asks (outside anticlockwise).
    `meaning` of the collection says in words, by language, what a probability is of.
    """
    figures = _figures(week)
    features = [
        {
            "type": "Feature",
            "id": zone["zone_id"],
            "geometry": _geometry(zone["geometry"]),
            "properties": {
                "zone_id": zone["zone_id"],
                "name": zone["name"],
                **{key: value[row] for key, value in figures.items()},
                "week": str(week.monday),
                "exposure_basis": week.exposure_basis,
                "model_version": week.model_version,
                **{key: _plain(zone[key]) for key in _FROM_ZONES if key in zone},
            },
        }
        for row, zone in enumerate(week.zones.to_dict("records"))
    ]
    meaning = {name: words_for(name, week.exposure_basis)["claim"] for name in LANGUAGES}
    collection = {"type": "FeatureCollection", "meaning": meaning, "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _figures(week: MapWeek) -> dict[str, list]:
    """One value per zone for each property."""
    scored = ~np.isnan(week.probability)
    hours = scored.sum(axis=1)
    best = week.ranked.drop_duplicates("row").set_index("row").reindex(range(len(week.zones)))
    total = np.where(scored, week.expected, 0.0).sum(axis=1)
    mean = np.where(scored, week.probability, 0.0).sum(axis=1) / np.maximum(hours, 1)
    highest = np.where(scored, week.probability, 0.0).max(axis=1)
    tiers = {
        f"hours_tier_{tier}": _or_null((week.tier == tier).sum(axis=1), hours, int)
        for tier in range(1, week.last_tier)
    }
    return {
        "expected_infractions_week": _or_null(total, hours, lambda value: round(float(value), 6)),
        "mean_probability": _or_null(mean, hours, lambda value: round(float(value), 6)),
        "max_probability": _or_null(highest, hours, lambda value: round(float(value), 6)),
        "best_hour": _or_null(best["starts_at"], hours, lambda time: time.isoformat()),
        "best_rank": _or_null(best["rank"], hours, int),
        "best_tier": _or_null(best["tier"], hours, int),
        **tiers,
    }


def _or_null(values: Any, hours: np.ndarray, convert: Any) -> list:
    return [convert(value) if n else None for value, n in zip(values, hours, strict=True)]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _geometry(shape: shapely.Geometry | None) -> dict | None:
    if shape is None:
        return None
    wound = shapely.orient_polygons(shape, exterior_cw=False)
    return json.loads(shapely.to_geojson(shapely.force_2d(wound)))
