"""The tables that `publish` writes: occupancy, the coming week, fines, each under public names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
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
from infraction_model.open_data.dictionary import Rules
from infraction_model.open_data.fines import (
    FineParameters,
    closed_months,
    known_in,
    month_tables,
)
from infraction_model.open_data.occupancy import (
    PublicOccupancy,
    by_hour,
    by_month,
    coming_week,
    public_spaces,
)
from infraction_model.pipelines.console import say, step
from infraction_model.reports.algorithm_sheet import SheetParameters
from infraction_model.spreadsheets import neutral
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

    def rules(self) -> Rules:
        return Rules(self.k, self.fines.closing_days, self.fines.groups, self.occupancy)


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
    known = known[known["zone_id"].isin(spaces.index)]
    tables = [
        _named(files.HOURLY, by_hour(known, origin, chosen.k, chosen.occupancy), zones),
        _named(files.MONTHLY, by_month(known, monday(origin), chosen.occupancy), zones),
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
    tables.append(_named(files.COMING, coming, zones))
    return Occupancy([one for one in tables if len(one.rows)], coming, found)


def _named(table: files.PublicTable, frame: pd.DataFrame, zones: pd.DataFrame) -> PublicRows:
    """A frame by zone under public names."""
    rows = files.public(files.with_names(frame, zones), table)
    return PublicRows(table, rows, frame["zone_id"].reset_index(drop=True))


def fine_rows(
    fines: pd.DataFrame,
    zones: pd.DataFrame,
    origin: dt.date,
    first: dt.date | None,
    published: Mapping[str, pd.DataFrame],
    chosen: OpenDataParameters,
) -> tuple[list[PublicRows], list[str]]:
    """Fines by zone and of the town, and the months that were not `published` before.

    A month published before stays as it was, unless it begins before `first`, the day from which
    records are kept.
    """
    by_zone, of_town = (
        _kept(published[one.name], first) if one.name in published else files.empty(one)
        for one in (files.FINES, files.FINES_TOWN)
    )
    months = closed_months(fines, origin, chosen.fines.closing_days, first)
    new = [month for month in months if str(month) not in set(of_town["mois"])]
    for month in new:
        own = known_in(fines, month, chosen.fines.closing_days)
        zone_part, town_part = month_tables(own, zones, month, chosen.fines.groups, chosen.k)
        by_zone = pd.concat([by_zone, _named(files.FINES, zone_part, zones).rows])
        of_town = pd.concat([of_town, files.public(town_part, files.FINES_TOWN)])
    by_zone, of_town = (
        part.sort_values("mois", kind="stable", ignore_index=True) for part in (by_zone, of_town)
    )
    # a month published before names its zones as its file could hold them
    held = {neutral(zone_id): zone_id for zone_id in zones["zone_id"]}
    zone_ids = by_zone["zone_id"].map(held).fillna(by_zone["zone_id"])
    found = [
        PublicRows(files.FINES, by_zone, zone_ids),
        PublicRows(files.FINES_TOWN, of_town, None),
    ]
    return [one for one in found if len(one.rows)], [str(month) for month in new]


def _kept(rows: pd.DataFrame, first: dt.date | None) -> pd.DataFrame:
    return rows if first is None else rows[rows["mois"] + "-01" >= str(first)]


def published_before(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of fines of the publication there is, by name; none without one."""
    found = {}
    for table in (files.FINES, files.FINES_TOWN):
        path = folder / f"{table.name}.csv"
        if path.exists():
            found[table.name] = files.parse(path.read_bytes(), table, str(path))
    return found
