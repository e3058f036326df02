"""How far back a file goes: the oldest day of its records, or that is written in it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from infraction_model.panel import ALWAYS, FOREVER
from infraction_model.timegrid import HOURS_PER_WEEK, monday

_WEEKS = ("week",)
_HOURS = ("begin", "end", "known_hour")
"""Columns of a panel's files: weeks, and hours of the local clock since week 0."""

_ISO = re.compile(rb"(?<![\d.-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)")
_FRENCH = re.compile(rb"(?<![\d./])(?:0[1-9]|[12]\d|3[01])/(?:0[1-9]|1[0-2])/(?:19|20)\d\d(?!\d)")


def oldest_record(path: Path) -> dt.date | None:
    """The oldest day of any row of a parquet file, in local time; None where it holds no day."""
    names = pq.read_schema(path)
    wanted = [
        field.name
        for field in names
        if pa.types.is_timestamp(field.type) or field.name in (*_WEEKS, *_HOURS)
    ]
    table = pd.read_parquet(path, columns=wanted)
    days = [day for name in wanted if (day := _oldest(table[name])) is not None]
    return min(days, default=None)


def _oldest(values: pd.Series) -> dt.date | None:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        first = values.min()
        return None if pd.isna(first) else first.date()
    if values.name in _HOURS:
        values = values[(values > ALWAYS) & (values < FOREVER - 1)] // HOURS_PER_WEEK
    return None if values.empty else monday(values.min())


def oldest_written(path: Path) -> dt.date | None:
    """The oldest date written anywhere in a file, as 2024-03-31 or 31/03/2024; None without one.

    A date written in a file is not yet a record: it may be a setting, or a figure's week.
    """
    content = path.read_bytes()
    found = {dt.date.fromisoformat(day) for day in _days(_ISO, content, "%Y-%m-%d")}
    found |= {dt.date.fromisoformat(day) for day in _days(_FRENCH, content, "%d/%m/%Y")}
    return min(found, default=None)


def _days(pattern: re.Pattern[bytes], content: bytes, form: str) -> set[str]:
    written = pd.Series(sorted({day.decode() for day in pattern.findall(content)}), dtype="str")
    read = pd.to_datetime(written, format=form, errors="coerce").dropna()
    return set(read.dt.strftime("%Y-%m-%d"))
