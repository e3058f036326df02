"""What every command knows of a town: the group conf/data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zoneinfo import available_timezones

from infraction_model.errors import ConfigError, nearest
from infraction_model.features.calendar import CalendarParameters
from infraction_model.ingest.mapping import FinesMapping, PatrolsMapping, ZonesMapping


@dataclass(frozen=True)
class TownData:
    """A town: its clock, its calendar and the mappings of its exports.

    `exposure` says what is known of where patrols were: "recorded" needs a patrol log, "none"
    takes every zone-hour as looked at alike. Derived zones with fewer than `min_fines` known fines
    as of the origin are not modelled.
    """

    name: str
    title: str
    timezone: str
    calendar: CalendarParameters
    exposure: Literal["recorded", "none"]
    min_fines: int
    fines: FinesMapping
    zones: ZonesMapping
    patrols: PatrolsMapping | None = None

    def __post_init__(self) -> None:
        known = available_timezones()
        if self.timezone not in known:
            raise ConfigError(
                f"key 'data.timezone': there is no time zone '{self.timezone}'. "
                f"Did you mean '{nearest(self.timezone, known) or 'Europe/Paris'}'?"
            )
