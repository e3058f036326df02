"""Zones with the figures of their week as GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import shapely

from infraction_model.maps.characters import encodable
from infraction_model.maps.files.zone_figures import zone_figures
from infraction_model.maps.texts import words_for
from infraction_model.maps.week import MapWeek
from infraction_model.wording import LANGUAGES

_FROM_ZONES = ("spaces", "tariff", "max_stay_minutes")


def geojson(week: MapWeek) -> str:
    """A FeatureCollection: one feature per zone by zone_id, geometry null where unknown.

    Properties: zone_id, name, the figures of zone_figures (null without scores), week,
    exposure_basis, model_version, and spaces, tariff, max_stay_minutes where the zones table has
    them. Areas are wound as the standard asks (outside anticlockwise). `meaning` of the collection
    says in words, by language, what a probability is of.
    """
    figures = zone_figures(week)
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
    return encodable(json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=1)) + "\n"


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _geometry(shape: shapely.Geometry | None) -> dict | None:
    if shape is None:
        return None
    wound = shapely.orient_polygons(shape, exterior_cw=False)
    return json.loads(shapely.to_geojson(shapely.force_2d(wound)))
