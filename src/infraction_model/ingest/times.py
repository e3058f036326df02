"""Written times -> local wall-clock times, each distinct spelling read once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError, InputError
from infraction_model.ingest.columns import find_column, joined
from infraction_model.ingest.mapping import TimeMapping
from infraction_model.ingest.raw import RawExport
from infraction_model.timegrid import localise

_OFFSET = r":\d{2}[^+\-Z]*\s*(?:Z|[+-]\d{2}(?::?\d{2})?)$"
_TIME_OF_DAY = r"\d\s*[:hH]\s*(?:\d|$)|T\d|^\d{9,}$"


@dataclass(frozen=True)
class Times:
    """`aware`: tz-aware, NaT where unreadable or empty; masks of empty, repeated, skipped hours."""

    aware: pd.Series
    empty: np.ndarray
    repeated: np.ndarray
    skipped: np.ndarray


def read_times(export: RawExport, mapping: TimeMapping, timezone: str, key: str) -> Times:
    """Read one time of every row; raises InputError where not a single one can be read."""
    if not mapping.columns:
        raise ConfigError(f"key '{key}.columns': name at least one column.")
    if len(mapping.columns) == 1:
        values = export.frame[find_column(export, mapping.columns[0], f"{key}.columns.0")]
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            return _typed(values, mapping, timezone)
    text = joined(export, mapping.columns, f"{key}.columns")
    codes, unique = pd.factorize(text)
    written = pd.Series(unique, dtype="str")
    local, fixed = _parse(written, mapping.formats, timezone, key)
    if len(written) and local.isna().all() and (written != "").any():
        sample = ", ".join(repr(value) for value in written[written != ""].head(3))
        raise InputError(
            f"{export.file}: no value of {' + '.join(mapping.columns)} is a time in the formats "
            f"{', '.join(mapping.formats)}; it holds {sample}. Set {key}.formats."
        )
    if mapping.end_of_day:
        timed = written.str.contains(_TIME_OF_DAY)
        local = local.where(timed, local + _LAST_SECOND)
    aware, repeated, skipped = _localised(local, fixed, timezone)
    return Times(
        pd.Series(aware.take(codes).array, index=text.index),
        (written == "").to_numpy(dtype=bool)[codes],
        repeated[codes],
        skipped[codes],
    )


_LAST_SECOND = pd.Timedelta(hours=23, minutes=59, seconds=59)


def _typed(values: pd.Series, mapping: TimeMapping, timezone: str) -> Times:
    codes, unique = pd.factorize(values)  # NaT has code -1
    stamps = pd.Series(unique).astype("datetime64[us]" if values.dt.tz is None else values.dtype)
    stamps = pd.concat([stamps, pd.Series([pd.NaT], dtype=stamps.dtype)], ignore_index=True)
    if values.dt.tz is None:
        if mapping.end_of_day:
            stamps = stamps.where(stamps != stamps.dt.normalize(), stamps + _LAST_SECOND)
        aware, repeated, skipped = localise(stamps, timezone)
        repeated, skipped = repeated.to_numpy(dtype=bool), skipped.to_numpy(dtype=bool)
    else:
        aware = stamps.dt.tz_convert(timezone)
        repeated = skipped = np.zeros(len(stamps), dtype=bool)
    aware = aware.dt.as_unit("us")
    return Times(
        pd.Series(aware.take(codes).array, index=values.index),
        values.isna().to_numpy(),
        repeated[codes],
        skipped[codes],
    )


def _parse(
    written: pd.Series, formats: tuple[str, ...], timezone: str, key: str
) -> tuple[pd.Series, np.ndarray]:
    """Naive local times, and a mask of those whose instant is fixed by an offset or an epoch.

    A fixed time is carried in UTC. ISO form is tried last whatever the formats: it begins with the
    year, so it is never mistaken for another.
    """
    local = pd.Series(pd.NaT, index=written.index, dtype="datetime64[us]")
    fixed = np.zeros(len(written), dtype=bool)
    tidy = written.str.replace(r"\s+", " ", regex=True)
    for form in (*formats, "iso"):
        open_ = local.isna().to_numpy() & (tidy != "").to_numpy(dtype=bool)
        if not open_.any():
            break
        read, read_fixed = _in_format(tidy[open_], form, key)
        local[open_] = read
        fixed[open_] = read_fixed & read.notna().to_numpy()
    return local, fixed


def _in_format(text: pd.Series, form: str, key: str) -> tuple[pd.Series, np.ndarray]:
    if form in ("epoch", "epoch_ms"):
        number = pd.to_numeric(text, errors="coerce")
        seconds = number / (1000 if form == "epoch_ms" else 1)
        seconds = seconds.where(seconds.abs() < 1e11)
        stamps = pd.to_datetime((seconds * 1e6).round(), unit="us", errors="coerce")
        return stamps.astype("datetime64[us]"), np.ones(len(text), dtype=bool)
    if form == "iso":
        dated = text.where(text.str.match(r"\d{4}-?\d{2}-?\d{2}(?!\d)"))
        offset = dated.str.contains(_OFFSET, na=False).to_numpy(dtype=bool)
        stamps = pd.to_datetime(dated, format="ISO8601", errors="coerce", utc=True)
        return stamps.dt.tz_localize(None).astype("datetime64[us]"), offset
    if "%" not in form:
        raise ConfigError(
            f"key '{key}.formats': '{form}' is no format. Use iso, epoch, epoch_ms or a pattern "
            "such as %d/%m/%Y %H:%M."
        )
    dated = text.where(text.str.contains(r"\d"))  # pandas would read "now" as this very moment
    try:
        stamps = pd.to_datetime(dated, format=form, errors="coerce", utc="%z" in form)
    except ValueError as error:
        raise ConfigError(f"key '{key}.formats': '{form}' is no format ({error}).") from None
    if "%z" in form:
        stamps = stamps.dt.tz_localize(None)
    fixed = np.full(len(text), "%z" in form)
    return stamps.astype("datetime64[us]"), fixed


def _localised(
    local: pd.Series, fixed: np.ndarray, timezone: str
) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """Tz-aware times of wall-clock and of fixed ones; masks of the repeated and skipped hours."""
    aware, repeated, skipped = localise(local.where(~fixed), timezone)
    aware = aware.dt.as_unit("us")
    if fixed.any():
        aware = aware.where(~fixed, local.dt.tz_localize("UTC").dt.tz_convert(timezone))
    return aware, repeated.to_numpy(dtype=bool), skipped.to_numpy(dtype=bool)
