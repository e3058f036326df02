"""Messages of sensors, meters and officers -> events; what cannot be read says why.

Forms: a plain JSON (plain.py), and the Smart Data Models ParkingSpot and OnStreetParking (ngsi.py).
A message is used whole or not at all.
"""

from __future__ import annotations

import msgspec

from infraction_model.alerts.events import Event
from infraction_model.alerts.ngsi import is_ngsi, read_ngsi
from infraction_model.alerts.plain import BadMessage, PlainMessage, event_of, with_value

LARGEST = 64 * 1024
"""Bytes of the largest message that is read."""

_decode = msgspec.json.Decoder(PlainMessage).decode


def read_message(payload: bytes) -> list[Event]:
    """The events that a message holds; raises BadMessage that says what is wrong with it."""
    if len(payload) > LARGEST:
        raise BadMessage(f"expected at most {LARGEST} bytes, got {len(payload)}")
    try:
        return [event_of(_decode(payload))]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, BadMessage) as error:
        why_not_plain = error
    return _other_form(payload, why_not_plain)


def _other_form(payload: bytes, why_not_plain: Exception) -> list[Event]:
    """Read a message that is not a plain one, or say why it is not."""
    try:
        found = msgspec.json.decode(payload)
        if is_ngsi(found):
            return read_ngsi(found)
        if isinstance(why_not_plain, BadMessage):
            raise why_not_plain
        raise BadMessage(with_value(str(why_not_plain), found))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(f"expected JSON: {error}") from None
