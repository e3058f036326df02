"""Fines by month as `publish` writes them: published months stay, closed ones are counted once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from infraction_model.errors import InputError
from infraction_model.io.json_files import read_json
from infraction_model.open_data import files
from infraction_model.open_data.dictionary import FineRule
from infraction_model.open_data.fines import closed_months, known_in, month_tables
from infraction_model.pipelines.publish.tables import OpenDataParameters, PublicRows, named
from infraction_model.spreadsheets import neutral

RECORD = "publication.json"
_RULE = {"k", "closing_days", "groups", "origin"}


@dataclass(frozen=True)
class Published:
    """The tables of fines of a publication, by name, and the rule that each month was counted by.

    A rule is a mapping of k, closing_days, groups and origin.
    """

    tables: Mapping[str, pd.DataFrame]
    months: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class PublicFines:
    """Fines by zone and of the town, the rule of each month, and the months that are new."""

    tables: list[PublicRows]
    months: dict[str, Mapping[str, Any]]
    new: list[str]


def published_before(folder: Path) -> Published:
    """The fines of the publication there is; none without one.

    Raises InputError where one of its files is missing, another one or not ours: months would be
    counted again beside what was published of them.
    """
    path = folder / RECORD
    record = read_json(path, "publish") if path.exists() else {}
    found = {}
    for table in (files.FINES, files.FINES_TOWN):
        own = folder / f"{table.name}.csv"
        content = own.read_bytes() if own.exists() else None
        digest = None if content is None else hashlib.sha256(content).hexdigest()
        if digest != record.get("files", {}).get(own.name):
            raise InputError(
                f"{own} is {'missing' if content is None else 'not the file'} that {RECORD} beside "
                "it names: the months published before cannot be kept as they were. Put the "
                "folder back as it was written; to count all months anew, move it elsewhere."
            )
        if content is not None:
            found[table.name] = files.parse(content, table, str(own))
    months = record.get("months", {})
    counted = {month for rows in found.values() for month in rows["mois"]}
    if any(not set(months.get(month) or ()) >= _RULE for month in counted):
        raise InputError(
            f"{path} does not say by which rule each month was counted. To count all months anew, "
            f"move {folder} elsewhere."
        )
    return Published(found, months)


def fine_rows(
    fines: pd.DataFrame,
    zones: pd.DataFrame,
    origin: dt.date,
    first: dt.date | None,
    before: Published,
    chosen: OpenDataParameters,
) -> PublicFines:
    """Fines by zone and of the town: months published before as they were, then newly closed ones.

    A month goes that begins before `first`, the day from which records are kept, or is withdrawn.
    """
    rule = chosen.fines
    by_zone, of_town = (
        _kept(before.tables.get(one.name, files.empty(one)), first, rule.withdrawn)
        for one in (files.FINES, files.FINES_TOWN)
    )
    months = closed_months(fines, origin, chosen.k, rule, first)
    new = [month for month in months if str(month) not in set(of_town["mois"])]
    for month in new:
        own = known_in(fines, month, rule.closing_days)
        zone_part, town_part = month_tables(own, zones, month, rule.groups, chosen.k)
        by_zone = pd.concat([by_zone, named(files.FINES, zone_part, zones).rows])
        of_town = pd.concat([of_town, files.public(town_part, files.FINES_TOWN)])
    by_zone, of_town = (
        part.sort_values("mois", kind="stable", ignore_index=True) for part in (by_zone, of_town)
    )
    tables = [
        PublicRows(files.FINES, by_zone, _zone_ids(by_zone, zones)),
        PublicRows(files.FINES_TOWN, of_town, None),
    ]
    newest = {
        "k": chosen.k,
        "closing_days": rule.closing_days,
        "groups": rule.groups,
        "origin": str(origin),
    }
    rules = before.months | dict.fromkeys(map(str, new), newest)
    return PublicFines(
        [one for one in tables if len(one.rows)],
        {month: rules[month] for month in of_town["mois"].unique()},
        [str(month) for month in new],
    )


def _kept(rows: pd.DataFrame, first: dt.date | None, withdrawn: Sequence[str]) -> pd.DataFrame:
    rows = rows[~rows["mois"].isin(withdrawn)]
    return rows if first is None else rows[rows["mois"] + "-01" >= str(first)]


def _zone_ids(rows: pd.DataFrame, zones: pd.DataFrame) -> pd.Series:
    """The zones of published rows: a file may have had to write their ids otherwise."""
    held = {neutral(zone_id): zone_id for zone_id in zones["zone_id"]}
    return rows["zone_id"].map(held).fillna(rows["zone_id"])


def fine_rules(months: Mapping[str, Mapping[str, Any]]) -> tuple[FineRule, ...]:
    """The rules of published months, by period: months in a row under the same rule are one."""
    periods: list[FineRule] = []
    for month, rule in sorted(months.items()):
        own = (rule["k"], rule["closing_days"], rule["groups"])
        last = periods[-1] if periods else None
        if last is not None and (last.k, last.closing_days, last.groups) == own:
            periods[-1] = FineRule(last.first, month, *own)
        else:
            periods.append(FineRule(month, month, *own))
    return tuple(periods)
