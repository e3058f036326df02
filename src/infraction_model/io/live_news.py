"""What readers of the live page are told: all there is, or what changed since they last heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from infraction_model.alerts.events import Alert, Reading
from infraction_model.io.live_view import LiveView

RECONNECT = b"retry: 2000\n"
"""Milliseconds after which a browser takes up a broken line; stands before the first event."""


def all_news(view: LiveView) -> dict[str, Any]:
    """The open alerts, free places and clock, and the revision of the state that holds them."""
    # what changes between the two readings is told once more: better twice than never
    revision = view.revision()
    return _news(view, revision, view.open_alerts(), view.readings())


def news_since(view: LiveView, after: int) -> dict[str, Any]:
    """The same, but only what changed after a revision, alerts that closed among it."""
    revision = view.revision()
    return _news(view, revision, view.changes_since(after), view.readings(after))


def event(name: str, data: Any, revision: int | None = None) -> bytes:
    """A server-sent event; its JSON has no line breaks. Source: HTML standard, 9.2."""
    told = b"" if revision is None else f"id: {revision}\n".encode()
    return told + f"event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


def _news(
    view: LiveView, revision: int, alerts: Sequence[Alert], readings: Sequence[Reading]
) -> dict[str, Any]:
    return {
        "revision": revision,
        "clock": view.clock(),
        "alerts": alerts,
        "places": [found for found in map(_free_places, readings) if found],
    }


def _free_places(reading: Reading) -> dict[str, Any] | None:
    """The free places that a reading tells, itself or by what is not taken; None: it does not."""
    free, spaces = reading.free, reading.spaces
    if free is None and spaces is not None and reading.vehicles is not None:
        free = max(0, spaces - reading.vehicles)
    if free is None:
        return None
    return {"zone_id": reading.zone_id, "free": free, "spaces": spaces, "at": reading.at}
