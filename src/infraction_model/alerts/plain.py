"""The plain form of messages: bays, tickets, readings and verdicts as small JSON objects."""

from __future__ import annotations

import datetime as dt
import reprlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from infraction_model.alerts.events import BayChange, Event, Reading, Ticket, Verdict

EARLIEST, LATEST = 946_684_800, 4_102_444_800
"""The times that are believed at all: from 2000 to 2100, seconds since 1970."""

LONGEST_TICKET = 366 * 24 * 3600

# in Python $ also matches before a last line break
Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+(?!\n)$")]
Kind = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w.:-]+(?!\n)$")]
When = Annotated[dt.datetime, Meta(tz=True)] | Annotated[float, Meta(ge=EARLIEST, lt=LATEST)]
"""A time with its offset from UTC (ISO 8601), or seconds since 1970."""

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Status = Literal["occupied", "free", "closed", "unknown"]

OCCUPIED: dict[str, bool | None] = {
    "occupied": True,
    "free": False,
    "closed": False,
    "unknown": None,
}
"""What each status means for a stay. A closed bay is out of use: the stay in it is over. An unknown
one is not believed: the stay is lost sight of, and its alert is closed."""


_SHORT = reprlib.Repr()
_SHORT.maxlevel = 4
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 80


class BadMessage(Exception):  # noqa: N818 - it is the message that is bad
    """A message that cannot be used; `reason` says which key, what was expected and what came."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlainTicket(Struct):
    """A payment; without `at` it is known from its beginning on. Two of the same place and times
    are one, unless their `id` tells them apart."""

    start: When = field(name="from")
    until: When
    number: Name | None = field(name="id", default=None)
    zone: Name | None = None
    bay: Name | None = None
    at: When | None = None


class PlainReading(Struct):
    """Free places or vehicles of a zone, from a display or a counting loop."""

    zone: Name
    at: When
    free: Count | None = None
    vehicles: Count | None = None
    spaces: Count | None = None


class PlainVerdict(Struct):
    """What an officer found at an alert: `right`, or a false alarm."""

    alert: Name
    right: bool
    at: When


class PlainMessage(Struct):
    """A change of a bay (`bay`, `status`, `at`, and `zone` and `kinds` where known), or one of
    `ticket`, `reading` and `verdict`. Keys beside these are ignored."""

    bay: Name | None = None
    status: Status | None = None
    at: When | None = None
    zone: Name | None = None
    kinds: Annotated[list[Kind], Meta(max_length=16)] = []
    ticket: PlainTicket | None = None
    reading: PlainReading | None = None
    verdict: PlainVerdict | None = None


def plain_schema() -> dict[str, Any]:
    """The JSON Schema of the plain form, as docs/live_messages.schema.json holds it."""
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, **msgspec.json.schema(PlainMessage)}


def seconds(when: dt.datetime | float) -> int:
    """A time as whole seconds since 1970; raises BadMessage where no street had sensors yet."""
    at = when if isinstance(when, float) else when.timestamp()
    if not EARLIEST <= at < LATEST:
        raise BadMessage(f"expected a time from 2000 to 2100, got {when}")
    return int(at)


def shortened(value: object) -> str:
    """A value as it came, cut where it is long or deep."""
    text = _SHORT.repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def event_of(message: PlainMessage) -> Event:
    """What a plain message says; raises BadMessage."""
    if message.bay is not None and message.status is not None and message.at is not None:
        kinds = tuple(message.kinds) if message.kinds else ()
        occupied = OCCUPIED[message.status]
        return BayChange(message.bay, message.zone, occupied, seconds(message.at), kinds)
    if message.ticket is not None:
        return _ticket(message.ticket)
    if message.reading is not None:
        return _reading(message.reading)
    if message.verdict is not None:
        told = message.verdict
        return Verdict(told.alert, told.right, seconds(told.at))
    raise BadMessage(_what_lacks(message))


def with_value(why: str, found: object) -> str:
    """The decoder's words, and the value at the place ("$.ticket.from") that they name."""
    _, _, path = why.partition(" - at `$")
    for key in path.rstrip("`").replace("[...]", "").strip(".").split(".") if path else ():
        if not isinstance(found, dict) or key not in found:
            return why
        found = found[key]
    expected = f" (expected one of {', '.join(OCCUPIED)})" if path == ".status`" else ""
    return f"{why}{expected}, got {shortened(found)}"


def _what_lacks(message: PlainMessage) -> str:
    if message.bay is None:
        return "expected one of the keys bay, ticket, reading, verdict, or an NGSI-LD entity"
    lacking = "status" if message.status is None else "at"
    return f"key '{lacking}' is missing beside bay '{message.bay}'"


def _ticket(told: PlainTicket) -> Ticket:
    if told.zone is None and told.bay is None:
        raise BadMessage("key 'ticket': expected a zone or a bay")
    start, until = seconds(told.start), seconds(told.until)
    if not start < until <= start + LONGEST_TICKET:
        raise BadMessage(
            f"key 'ticket.until': expected a time after 'from', by a year at most, got {told.until}"
        )
    at = start if told.at is None else seconds(told.at)
    return Ticket(told.zone, told.bay, start, until, at, told.number)


def _reading(told: PlainReading) -> Reading:
    if told.free is None and told.vehicles is None:
        raise BadMessage("key 'reading': expected free, vehicles, or both")
    return Reading(told.zone, told.vehicles, told.free, told.spaces, seconds(told.at))
