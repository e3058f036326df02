"""Published tables on the map: a feature per zone as GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from infraction_model.open_data.files import PublicTable

_DIGITS = 6


def shapes(zones: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The geometries of the zones that have one, by zone_id, as GeoJSON holds them.

    EPSG:4326 with six decimals (a hand's breadth), areas wound anticlockwise.
    """
    found = {}
    for zone_id, wkb in zip(zones["zone_id"], zones["geometry"], strict=True):
        if wkb is not None:
            shape = shapely.force_2d(shapely.from_wkb(wkb))
            shape = shapely.transform(shape, lambda points: np.round(points, _DIGITS))
            found[zone_id] = json.loads(
                shapely.to_geojson(shapely.orient_polygons(shape, exterior_cw=False))
            )
    return found


def geojson(
    rows: pd.DataFrame, table: PublicTable, zone_ids: pd.Series, placed: Mapping[str, Any]
) -> str:
    """A public table as a FeatureCollection: a feature per zone, geometry null where unknown.

    `zone_ids` are the zones of the rows as `placed` knows them. What a zone has once is a plain
    property; every other column is a list, with an entry per row of the zone, null where withheld.
    """
    features = []
    for zone_id, place in rows.groupby(zone_ids.to_numpy(), sort=False).indices.items():
        own = rows.iloc[place]
        features.append(
            {
                "type": "Feature",
                "geometry": placed.get(zone_id),
                "properties": {
                    column.name: _plain(own[column.name].iloc[0])
                    if column.of_zone
                    else [_plain(value) for value in own[column.name]]
                    for column in table.columns
                },
            }
        )
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else value
