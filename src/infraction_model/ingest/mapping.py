"""What a town says about its exports, in YAML: which column is what, and how places become zones.

A column may be named in any case, with or without accents and blanks. Lists of columns are joined
with one blank between their values (a date and an hour, a number and a street).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from infraction_model.parameters import one_of

Language = Literal["fr", "en", "de"]
Epsg = Literal["auto"] | int


@dataclass(frozen=True)
class FileFormat:
    """How a text file is written; "auto" looks at the file itself."""

    separator: str = "auto"
    encoding: str = "auto"
    decimal: Literal[".", ","] = "."
    sheet: str | None = None


@dataclass(frozen=True)
class TimeMapping:
    """One time, from one or more joined columns.

    `formats` are tried in order: strptime patterns ("%d/%m/%Y %Hh%M"), "iso", "epoch" (seconds
    since 1970, UTC) or "epoch_ms". A time with an offset is taken to the town's zone; one without
    is the town's wall clock. With `end_of_day` a date alone means 23:59:59, so that a record
    entered on a day is not known before that day is over.
    """

    columns: tuple[str, ...]
    formats: tuple[str, ...] = ("iso",)
    end_of_day: bool = False


@dataclass(frozen=True)
class Filter:
    """Rows to leave out: those whose `column` is not in `keep` (where given) or is in `drop`."""

    column: str
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True)
class CategoryRule:
    """A common category for every label in which `pattern` (a regular expression) is found.

    Labels are compared without accents and case; the first rule that fits decides.
    """

    pattern: str
    category: str
    severity: float | None = None


@dataclass(frozen=True)
class PlaceColumns:
    """The columns that say where: what the zones mapping needs of them must be given."""

    zone_id: str | None = None
    street: str | None = None
    house_number: str | None = None
    longitude: str | None = None
    latitude: str | None = None
    epsg: Epsg = "auto"


@dataclass(frozen=True)
class FinesMapping:
    """One fines export. Without `issued_at` there is no mapping yet: ingest proposes one.

    Where `fine_id` names columns, rows that repeat an id are one fine (the first); where it is
    empty, every row is a fine of its own: several cars at one minute and place.
    """

    path: str
    format: FileFormat = field(default_factory=FileFormat)
    fine_id: tuple[str, ...] = ()
    issued_at: TimeMapping | None = None
    recorded_at: TimeMapping | None = None
    place: PlaceColumns = field(default_factory=PlaceColumns)
    category: tuple[str, ...] = ()
    categories: tuple[CategoryRule, ...] = ()
    other_categories: Literal["keep", "other"] = "keep"
    agent: str | None = None
    agent_pattern: str | None = None
    filters: tuple[Filter, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    midnight_is_unknown: bool = False
    first_day: dt.date | None = None
    last_day: dt.date | None = None


@dataclass(frozen=True)
class PatrolsMapping:
    """One patrol log. An end earlier than its start on the same date is read as past midnight."""

    path: str
    started_at: TimeMapping
    ended_at: TimeMapping
    format: FileFormat = field(default_factory=FileFormat)
    patrol_id: tuple[str, ...] = ()
    place: PlaceColumns = field(default_factory=PlaceColumns)
    vehicles_checked: str | None = None
    infractions_found: str | None = None
    agent: str | None = None
    agent_pattern: str | None = None
    filters: tuple[Filter, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    longest_hours: float = 14.0


@dataclass(frozen=True)
class FormsMapping:
    """Filled-in forms of the print sheets, a path or pattern; that there is none yet is no error.

    Their columns are the software's own, in any of its languages.
    """

    agent: ClassVar[None] = None  # no form names an agent

    path: str


@dataclass(frozen=True)
class ContextKind:
    """One thing that the rows of a context export say: see schema.CONTEXT_KINDS for the kinds.

    `value` is the column of its number; without one each row counts as 1. Where `column` is given,
    only the rows speak of this kind in whose text there the regular expression `pattern` is found
    (compared without accents and case).
    """

    kind: Literal[
        "rain",
        "temperature",
        "payments",
        "footfall",
        "roadworks",
        "market",
        "event",
        "commerce",
    ]
    value: str | None = None
    column: str | None = None
    pattern: str = ""


@dataclass(frozen=True)
class ContextMapping:
    """One export of what happens in town besides fines: weather, works, markets, tickets, shops.

    Without `start` a row holds at all times; without `end` it holds for the hour in which it
    starts, but a standing kind holds on. Without `known_at` an announcement is known
    once it has begun, a measurement or a count once it is over. Without any column of `place` the
    rows are about the whole town. With `count_by_hour` the rows (tickets) are counted per zone and
    hour of their start.
    """

    agent: ClassVar[None] = None  # no such export names an agent

    path: str
    kinds: tuple[ContextKind, ...]
    format: FileFormat = field(default_factory=FileFormat)
    start: TimeMapping | None = None
    end: TimeMapping | None = None
    known_at: TimeMapping | None = None
    place: PlaceColumns = field(default_factory=PlaceColumns)
    count_by_hour: bool = False
    filters: tuple[Filter, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaymentsMapping:
    """One export of tickets from meters and telephones, a row per ticket.

    A ticket said to last longer than `longest_hours` (a subscription) goes to quarantine.
    """

    agent: ClassVar[None] = None
    TIMES: ClassVar = ("paid_from", "paid_until")
    COLUMNS: ClassVar = ("meter", "amount", "channel")

    path: str
    paid_from: TimeMapping
    paid_until: TimeMapping
    meter: str | None = None
    amount: str | None = None
    channel: str | None = None
    format: FileFormat = field(default_factory=FileFormat)
    place: PlaceColumns = field(default_factory=PlaceColumns)
    filters: tuple[Filter, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    longest_hours: float = 72.0


@dataclass(frozen=True)
class BayEventsMapping:
    """One export of sensors in bays, a row per stay; a car that is still there has no departure."""

    agent: ClassVar[None] = None
    TIMES: ClassVar = ("arrived_at", "departed_at")
    COLUMNS: ClassVar = ("bay",)

    path: str
    bay: str
    arrived_at: TimeMapping
    departed_at: TimeMapping
    format: FileFormat = field(default_factory=FileFormat)
    place: PlaceColumns = field(default_factory=PlaceColumns)
    filters: tuple[Filter, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class CountsMapping:
    """One export of how many vehicles stood in a zone: counted by hand, by a camera or a barrier.

    `vehicles` are those parked; an export that gives free spaces instead names `free_spaces` and
    `spaces`. With `holds` a row is written only on change and is true until the next.
    """

    agent: ClassVar[None] = None
    TIMES: ClassVar = ("counted_at",)
    COLUMNS: ClassVar = ("vehicles", "free_spaces", "spaces")

    path: str
    counted_at: TimeMapping
    vehicles: str | None = None
    free_spaces: str | None = None
    spaces: str | None = None
    holds: bool = False
    format: FileFormat = field(default_factory=FileFormat)
    place: PlaceColumns = field(default_factory=PlaceColumns)
    filters: tuple[Filter, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()


ParkingMapping = PaymentsMapping | BayEventsMapping | CountsMapping


@dataclass(frozen=True)
class StreetMatching:
    """How a written street name finds its zone.

    `threshold` (0 to 100) is the least likeness accepted, `margin` how far the best must be ahead
    of the second. `aliases` is a CSV with two columns: the spelling, the true name.
    """

    languages: tuple[Language, ...] = ("fr",)
    aliases: str | None = None
    threshold: float = 88.0
    margin: float = 4.0


@dataclass(frozen=True)
class ZonesFromFile:
    """The town's own zones (GeoJSON, GeoPackage, Shapefile): polygons, or lines of streets.

    `match` lists the ways a row finds its zone, in order: by zone id, street name or coordinates
    (inside a polygon, else the nearest within `max_metres`).
    """

    path: str
    id: str
    kind: Literal["file"] = "file"
    name: str | None = None
    spaces: str | None = None
    tariff: str | None = None
    max_stay_minutes: str | None = None
    epsg: Epsg = "auto"
    match: tuple[Literal["zone_id", "street", "coordinates"], ...] = ("zone_id",)
    streets: StreetMatching = field(default_factory=StreetMatching)
    max_metres: float = 60.0


@dataclass(frozen=True)
class ZonesFromStreets:
    """No zone list: each street name is a zone, spellings that are nearly the same merged.

    A spelling seen at most `merge_share` times as often as another is merged into it where one
    word differs by a typing slip; the report lists every merge.
    """

    kind: Literal["streets"] = "streets"
    languages: tuple[Language, ...] = ("en",)
    aliases: str | None = None
    merge: bool = True
    merge_share: float = 0.05


@dataclass(frozen=True)
class ZonesFromBlocks:
    """No zone list: each street's block of `size` house numbers is a zone (1500 CAYUGA AVE)."""

    kind: Literal["blocks"] = "blocks"
    languages: tuple[Language, ...] = ("en",)
    aliases: str | None = None
    size: int = 100


@dataclass(frozen=True)
class ZonesFromCells:
    """No zone list: each H3 cell of `resolution` that holds a fine is a zone."""

    kind: Literal["cells"] = "cells"
    resolution: int = 9


ZonesMapping = one_of(ZonesFromFile, ZonesFromStreets, ZonesFromBlocks, ZonesFromCells)
