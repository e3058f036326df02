"""FIWARE entities -> events: ParkingSpot and OnStreetParking of the Smart Data Models.

Read in the normalised and the concise form of NGSI-LD (ETSI GS CIM 009), in the key-value form, in
the normalised form of NGSI v2, one by one, in a list, or in a notification.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from infraction_model.alerts.events import BayChange, Event, Reading
from infraction_model.alerts.plain import OCCUPIED, BadMessage, seconds, shortened

_URN = re.compile(r"^urn:ngsi-ld:[^:]+:")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_KIND = re.compile(r"[\w.:-]{1,40}")
_TIMES = ("dateObserved", "observationDateTime", "TimeInstant", "dateModified", "modifiedAt")
"""Where an entity says when it was observed, the best first; the status's own time goes before."""

_PLACES = ("onstreet", "offstreet")
"""Categories that say where a spot is, not whom it is for."""

_MOST = 1000


def is_ngsi(found: object) -> bool:
    """Whether a decoded message looks like an entity, a list of them, or a notification."""
    if isinstance(found, list):
        return bool(found) and all(isinstance(one, dict) and "type" in one for one in found)
    return isinstance(found, dict) and ("type" in found or "@type" in found or "data" in found)


def read_ngsi(found: Any) -> list[Event]:
    """The events of an entity, a list or a notification; raises BadMessage."""
    if isinstance(found, list):
        return _entities(found, None)
    if _type(found) == "Notification" or "data" in found:
        entities = found.get("data")
        if not isinstance(entities, list):
            raise BadMessage(f"key 'data': expected a list of entities, got {shortened(entities)}")
        return _entities(entities, found.get("notifiedAt"))
    return [_entity(found, None)]


def _entities(entities: list, notified: object) -> list[Event]:
    if len(entities) > _MOST:
        raise BadMessage(f"expected at most {_MOST} entities, got {len(entities)}")
    events = []
    for number, entity in enumerate(entities):
        if not isinstance(entity, dict):
            raise BadMessage(f"entity {number}: expected an entity, got {shortened(entity)}")
        try:
            events.append(_entity(entity, notified))
        except BadMessage as error:
            raise BadMessage(f"entity {number}: {error.reason}") from None
    return events


def _entity(entity: dict, notified: object) -> Event:
    kind = _type(entity)
    if kind == "ParkingSpot":
        return _spot(entity, notified)
    if kind == "OnStreetParking":
        return _site(entity, notified)
    raise BadMessage(
        f"key 'type': expected ParkingSpot or OnStreetParking, got {shortened(entity.get('type'))}"
    )


def _type(entity: dict) -> str:
    """The short name of an entity's type, which may be written as an address."""
    told = entity.get("type", entity.get("@type"))
    return re.split(r"[/#:]", told)[-1] if isinstance(told, str) else ""


def _spot(entity: dict, notified: object) -> BayChange:
    status = _value(entity, "status")
    if not isinstance(status, str) or status.lower() not in OCCUPIED:
        expected = ", ".join(OCCUPIED)
        raise BadMessage(f"key 'status': expected one of {expected}, got {shortened(status)}")
    site = _value(entity, "refParkingSite")
    if isinstance(site, list):
        site = site[0] if len(site) == 1 else None
    return BayChange(
        _name(entity, "id", entity.get("id", entity.get("@id"))),
        None if site is None else _name(entity, "refParkingSite", site),
        OCCUPIED[status.lower()],
        _time(entity, "status", notified),
        _kinds(entity),
    )


def _kinds(entity: dict) -> tuple[str, ...]:
    """Whom a spot is for; the words are held to what the plain form takes."""
    category = _value(entity, "category")
    words = [category] if isinstance(category, str) else category or []
    if not isinstance(words, list) or not all(
        isinstance(word, str) and _KIND.fullmatch(word) for word in words
    ):
        raise BadMessage(
            "key 'category': expected words of up to 40 letters, digits and . : - _, "
            f"got {shortened(category)}"
        )
    return tuple(word for word in words[:16] if word.lower() not in _PLACES)


def _site(entity: dict, notified: object) -> Reading:
    free, vehicles, spaces = (
        _count(entity, key)
        for key in ("availableSpotNumber", "occupiedSpotNumber", "totalSpotNumber")
    )
    if free is None and vehicles is None:
        raise BadMessage("expected the key availableSpotNumber or occupiedSpotNumber")
    told = "occupiedSpotNumber" if free is None else "availableSpotNumber"
    zone_id = _name(entity, "id", entity.get("id", entity.get("@id")))
    return Reading(zone_id, vehicles, free, spaces, _time(entity, told, notified))


def _value(entity: dict, key: str) -> Any:
    """The value of an attribute, in whichever form it is written."""
    told = entity.get(key)
    if isinstance(told, dict):
        for inner in ("value", "object", "@value"):
            if inner in told:
                return _value(told, inner)
        raise BadMessage(f"key '{key}': expected a value, got {shortened(told)}")
    return told


def _name(entity: dict, key: str, told: object) -> str:
    """An id without the head of its URN, so that it is the town's own."""
    if not isinstance(told, str) or not _NAME.fullmatch(told):
        raise BadMessage(
            f"key '{key}': expected a name of 1 to 128 characters, got {shortened(told)}"
        )
    return _URN.sub("", told) or told


def _count(entity: dict, key: str) -> int | None:
    told = _value(entity, key)
    if told is None:
        return None
    whole = isinstance(told, int | float) and not isinstance(told, bool) and told == told // 1
    if not whole or not 0 <= told <= 1_000_000:
        raise BadMessage(f"key '{key}': expected a whole number from 0, got {shortened(told)}")
    return int(told)


def _time(entity: dict, key: str, notified: object) -> int:
    """When an attribute was observed: as it says itself, else as the entity does."""
    told, where = entity.get(key), f"{key}.observedAt"
    found = told.get("observedAt") if isinstance(told, dict) else None
    if found is None and isinstance(told, dict) and isinstance(told.get("metadata"), dict):
        found, where = _value(told["metadata"], "timestamp"), f"{key}.metadata.timestamp"
    for name in _TIMES if found is None else ():
        if entity.get(name) is not None:
            found, where = _value(entity, name), name
            break
    if found is None:
        found, where = notified, "notifiedAt"
    if not isinstance(found, str):
        raise BadMessage(
            f"expected a time at '{key}.observedAt' or at one of {', '.join(_TIMES)}, "
            f"got {shortened(found)}"
        )
    try:
        when = dt.datetime.fromisoformat(found)
    except ValueError:
        raise BadMessage(f"key '{where}': expected an ISO 8601 time, got {found!r}") from None
    # NGSI takes a time without an offset for UTC
    return seconds(when if when.tzinfo is not None else when.replace(tzinfo=dt.UTC))
