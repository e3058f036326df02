"""Zones as NGSI-LD entities of the Smart Data Model OnStreetParking, with the coming week.

ETSI GS CIM 009: entities in normalised form. A forecast is an instance of `availableSpotNumber` per
hour, each with a datasetId of its own and the hour it is valid for (as in the Smart Data Models'
forecasts: validFrom, validTo). None is without a datasetId: that would be the number free now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd

CONTEXT = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Parking/master/context.jsonld",
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
)

_DETECTED = {"capteurs": "singleSpaceDetection", "places_libres": "balancing"}
"""How occupancy is detected, by what it rests on; all else is modelled."""


def entities(
    coming: pd.DataFrame, zones: pd.DataFrame, placed: Mapping[str, Any], town: str, provider: str
) -> str:
    """The zones of `coming` (open_data.occupancy.COMING) that have a place, as a JSON-LD list.

    The model requires a location, so zones without one are left out. `town` is a plain name for the
    entities' URNs, `provider` who publishes them.
    """
    about = zones.set_index("zone_id")
    found = [
        _entity(zone_id, own, about.loc[zone_id], placed[zone_id], town, provider)
        for zone_id, own in coming.groupby("zone_id", sort=True)
        if zone_id in placed
    ]
    return json.dumps(found, ensure_ascii=True, allow_nan=False, indent=1) + "\n"


def urn(town: str, zone_id: str) -> str:
    """The name of a zone's entity; what a URN has no sign for is percent-encoded."""
    return f"urn:ngsi-ld:OnStreetParking:{quote(town, safe='')}:{_encoded(zone_id)}"


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")


def _entity(
    zone_id: str,
    own: pd.DataFrame,
    zone: pd.Series,
    location: Mapping[str, Any],
    town: str,
    provider: str,
) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "id": urn(town, zone_id),
        "type": "OnStreetParking",
        "name": _property(str(zone["name"]).strip() or zone_id),
        "location": {"type": "GeoProperty", "value": location},
        "dataProvider": _property(provider),
        "allowedVehicleType": _property("car"),
        "totalSpotNumber": _property(int(own["spaces"].iloc[0])),
        "occupancyDetectionType": _property([_DETECTED.get(own["basis"].iloc[0], "modelBased")]),
    }
    longest = zone.get("max_stay_minutes")
    if longest is not None and pd.notna(longest):
        entity["maximumParkingDuration"] = _property(f"PT{int(longest)}M")
    entity["availableSpotNumber"] = [_hour(hour) for hour in own.itertuples(index=False)]
    entity["@context"] = list(CONTEXT)
    return entity


def _hour(hour: Any) -> dict[str, Any]:
    start = dt.datetime.fromisoformat(hour.starts_at).astimezone(dt.UTC)
    start_text, end_text = (_utc(start + dt.timedelta(hours=ahead)) for ahead in (0, 1))
    return {
        "type": "Property",
        "value": int(hour.free),
        "datasetId": f"urn:ngsi-ld:Dataset:forecast:{start:%Y%m%dT%HZ}",
        "validFrom": _property({"@type": "DateTime", "@value": start_text}),
        "validTo": _property({"@type": "DateTime", "@value": end_text}),
        "minimum": _property(int(hour.free_low)),
        "maximum": _property(int(hour.free_high)),
    }


def _utc(time: dt.datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _property(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}
