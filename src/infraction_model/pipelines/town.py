"""What every command knows of a town: the group conf/data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Annotated
from zoneinfo import available_timezones

from annotated_types import Ge

from infraction_model.calendars import CalendarParameters, is_public_holiday
from infraction_model.errors import ConfigError, nearest
from infraction_model.exposure import Basis
from infraction_model.ingest.mapping import (
    BayEventsMapping,
    ContextMapping,
    CountsMapping,
    FinesMapping,
    FormsMapping,
    ParkingMapping,
    PatrolsMapping,
    PaymentsMapping,
    ZonesMapping,
)
from infraction_model.parameters import plain_name


@dataclass(frozen=True)
class TownData:
    """A town: its clock, its calendar and the mappings of its exports.

    `exposure` says what is known of where patrols were: "recorded" needs a patrol log, "checks"
    one that counts vehicles, "inferred" fines that name agents; "none" takes every zone-hour as
    looked at alike. Derived zones with fewer than `min_fines` known fines
    as of the origin are not modelled. `forms` are filled-in print sheets, patrols beside those of
    the log or without one. `context` holds the town's other exports by name; `payments`,
    `occupancy_events` and `counts` (by name) say who was parked where. They are complete
    `occupancy_weeks_late` whole weeks after the end of theirs.
    """

    name: str
    title: str
    timezone: str
    calendar: CalendarParameters
    exposure: Basis
    min_fines: int
    fines: FinesMapping
    zones: ZonesMapping
    patrols: PatrolsMapping | None = None
    forms: FormsMapping | None = None
    context: dict[str, ContextMapping] = field(default_factory=dict)
    payments: PaymentsMapping | None = None
    occupancy_events: BayEventsMapping | None = None
    counts: dict[str, CountsMapping] = field(default_factory=dict)
    occupancy_weeks_late: Annotated[int, Ge(0)] = 0

    def __post_init__(self) -> None:
        plain_name(self.name, "key 'data.name'")
        _check_timezone(self.timezone)
        # any day will do: it raises ConfigError where the country's holidays are not known
        is_public_holiday(dt.date(2024, 1, 1), self.calendar)

    @property
    def keeps_log(self) -> bool:
        """Whether the town has a table of patrols, from a log or from forms."""
        return self.patrols is not None or self.forms is not None

    @property
    def parking(self) -> dict[str, ParkingMapping]:
        """The exports of who was parked where, by the name of their source."""
        single = {"payments": self.payments, "occupancy_events": self.occupancy_events}
        found: dict[str, ParkingMapping] = {name: m for name, m in single.items() if m is not None}
        return found | {f"counts.{name}": mapping for name, mapping in self.counts.items()}


def _check_timezone(written: str) -> None:
    known = available_timezones()
    if written in known:
        return
    # people write the city alone; the whole name comes first, so that Europe/Pariss is found too
    cities = {zone.rpartition("/")[2].replace("_", " "): zone for zone in sorted(known)}
    city = nearest(written.replace("_", " "), cities)
    near = nearest(written, known) or cities.get(city)
    hint = f"Did you mean '{near}'?" if near else "Expected an IANA name, such as Europe/Paris."
    raise ConfigError(f"key 'data.timezone': there is no time zone '{written}'. {hint}")
