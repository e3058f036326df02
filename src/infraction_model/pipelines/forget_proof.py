"""What is left after a forgetting: every file of a workspace read again, models and raw exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from infraction_model.errors import InfractionModelError
from infraction_model.ingest import records
from infraction_model.ingest.forms import planned_days
from infraction_model.ingest.mapping import TimeMapping
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.records import open_source
from infraction_model.io.bundles import ABOUT
from infraction_model.io.exports import ReadLimits, read_exports, read_forms
from infraction_model.io.json_files import read_json
from infraction_model.io.oldest import oldest_record, oldest_written
from infraction_model.pipelines.town import TownData

_NO_RECORDS = ("raw", "truth", "secrets")
"""Folders that are accounted for by themselves, or hold no record."""
_OURS = ("retention.json", "reports/forget.json", "reports/forget.html")


def prove(root: Path, first: dt.date) -> dict[str, list[dict[str, Any]]]:
    """The oldest record of every table below `root`, and every other file with an older date in it.

    `records`: file, oldest, proven. `mentions`: file, oldest; those that name no older day are left
    out.
    """
    found: dict[str, list[dict[str, Any]]] = {"records": [], "mentions": []}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or name.partition("/")[0] in _NO_RECORDS or name in _OURS:
            continue
        if path.suffix == ".parquet":
            day = oldest_record(path)
            row = {"file": name, "oldest": None if day is None else str(day)}
            found["records"].append(row | {"proven": day is None or day >= first})
        else:
            day = oldest_written(path)
            if day is not None and day < first:
                found["mentions"].append({"file": name, "oldest": str(day)})
    return found


def first_weeks(models: Path) -> dict[str, dt.date]:
    """The bundles of a folder and the first week that each learnt from."""
    found = {}
    for path in sorted(models.glob(f"*/{ABOUT}")):
        weeks = read_json(path, "train")["label_weeks"]
        found[path.parent.name] = min(dt.date.fromisoformat(week) for week in weeks)
    return found


def raw_exports(data: TownData, limits: ReadLimits, first: dt.date) -> list[dict[str, Any]]:
    """Each raw file of the town: file, oldest day, rows older than `first`, and what hindered."""
    rows = [row for source in _sources(data) for row in _raw(*source, data, limits, first)]
    forms = [] if data.forms is None else read_forms(data.forms.path, limits)
    return rows + [_aged(form, planned_days(form), first) for form in forms]


def _sources(data: TownData) -> Iterator[tuple[str, Any, TimeMapping | None]]:
    yield "fines", data.fines, data.fines.issued_at
    if data.patrols is not None:
        yield "patrols", data.patrols, data.patrols.started_at
    for name, mapping in data.context.items():
        yield f"context.{name}", mapping, mapping.end or mapping.start
    for name, mapping in data.parking.items():
        yield name, mapping, getattr(mapping, mapping.TIMES[0])


def _raw(
    name: str,
    mapping: Any,
    time: TimeMapping | None,
    data: TownData,
    limits: ReadLimits,
    first: dt.date,
) -> list[dict[str, Any]]:
    try:
        exports = read_exports(mapping.path, mapping.format, limits)
        source = open_source(name, exports, mapping)
        if time is None:
            days = pd.Series(pd.NaT, index=range(len(source.ledger.rows)), dtype="datetime64[us]")
        else:
            read = records.times(source, time, data.timezone, "time")
            days = read.aware.dt.tz_localize(None)
    except InfractionModelError as error:
        problem = str(error).partition("\n")[0]
        return [{"file": str(mapping.path), "oldest": None, "older": None, "problem": problem}]
    return [
        _aged(export, days[source.ledger.files == position], first)
        for position, export in enumerate(exports)
    ]


def _aged(export: RawExport, days: pd.Series, first: dt.date) -> dict[str, Any]:
    """What a raw file comes to, from the day of each of its rows."""
    oldest = None if days.isna().all() else str(days.min().date())
    older = int((days < pd.Timestamp(first)).sum())
    return {"file": export.file, "oldest": oldest, "older": older, "problem": ""}
