"""The tables of occupancy and of the coming week that `publish` writes, under public names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import pandas as pd
from annotated_types import Ge

from infraction_model.calendars import CalendarParameters
from infraction_model.errors import NotEnoughDataError
from infraction_model.occupancy.availability import (
    Availability,
    AvailabilityParameters,
    forecast,
    history,
)
from infraction_model.open_data import files
from infraction_model.open_data.dcat import Publisher
from infraction_model.open_data.fines import FineParameters
from infraction_model.open_data.occupancy import (
    PublicOccupancy,
    by_hour,
    by_month,
    coming_week,
    public_spaces,
    well_seen,
)
from infraction_model.pipelines.console import say, step
from infraction_model.reports.algorithm_sheet import SheetParameters
from infraction_model.timegrid import monday


@dataclass(frozen=True)
class OpenDataParameters:
    """The group conf/open_data: no count from 1 to `k` - 1 is told; each part is described where it
    is used.
    """

    k: Annotated[int, Ge(2)] = 5
    fines: FineParameters = field(default_factory=FineParameters)
    occupancy: PublicOccupancy = field(default_factory=PublicOccupancy)
    availability: AvailabilityParameters = field(default_factory=AvailabilityParameters)
    publisher: Publisher = field(default_factory=Publisher)
    sheet: SheetParameters = field(default_factory=SheetParameters)


@dataclass(frozen=True)
class PublicRows:
    """A table as it is published, and the zones of its rows (None: it is not about zones)."""

    table: files.PublicTable
    rows: pd.DataFrame
    zone_ids: pd.Series | None


@dataclass(frozen=True)
class Occupancy:
    """What is published of how full zones are; `coming` and `found` None without a forecast."""

    tables: list[PublicRows]
    coming: pd.DataFrame | None
    found: Availability | None


def occupancy_rows(
    table: pd.DataFrame,
    zones: pd.DataFrame,
    origin: int,
    calendar: CalendarParameters,
    chosen: OpenDataParameters,
) -> Occupancy:
    """Typical hours, months and the coming week of the zones that may be published."""
    timezone = str(table["starts_at"].dt.tz)
    known = table[table["starts_at"] < pd.Timestamp(monday(origin), tz=timezone)]
    spaces = public_spaces(known, zones, chosen.k)
    known = well_seen(known[known["zone_id"].isin(spaces.index)], chosen.k)
    tables = [
        named(files.HOURLY, by_hour(known, origin, chosen.k, chosen.occupancy), zones),
        named(files.MONTHLY, by_month(known, monday(origin), chosen.occupancy), zones),
    ]
    try:
        # hours of basis `paid` count tickets and claim no cars
        past = history(known[known["basis"] != "paid"], spaces, origin)
    except NotEnoughDataError as error:
        say(f"no forecast of free spaces: {error}")
        return Occupancy([one for one in tables if len(one.rows)], None, None)
    with step(f"forecasting the free spaces of {len(past.zone_ids)} zones"):
        found = forecast(past, calendar, chosen.availability)
    coming = coming_week(found, spaces, origin, timezone)
    tables.append(named(files.COMING, coming, zones))
    return Occupancy([one for one in tables if len(one.rows)], coming, found)


def named(table: files.PublicTable, frame: pd.DataFrame, zones: pd.DataFrame) -> PublicRows:
    """A frame by zone under public names."""
    rows = files.public(files.with_names(frame, zones), table)
    return PublicRows(table, rows, frame["zone_id"].reset_index(drop=True))
