"""What all exports of records share: filters, persons, places, times, over several files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError, InputError
from infraction_model.ingest.columns import (
    as_text,
    column_key,
    find_column,
    joined,
    left_out,
    numbers,
    with_constants,
)
from infraction_model.ingest.mapping import (
    ContextMapping,
    FinesMapping,
    FormsMapping,
    ParkingMapping,
    PatrolsMapping,
    PlaceColumns,
    TimeMapping,
)
from infraction_model.ingest.points import detect_epsg, transform
from infraction_model.ingest.privacy import (
    agent_names,
    personal_by_values,
    personal_columns,
    pseudonyms,
    scrub,
)
from infraction_model.ingest.quarantine import Ledger
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.times import Times, read_times


@dataclass
class Source:
    """The files of one export being read: their rows' fate, and what the report is to say."""

    name: str
    exports: list[RawExport]
    mapping: FinesMapping | PatrolsMapping | ContextMapping | FormsMapping | ParkingMapping
    ledger: Ledger
    agents: set[str] = field(default_factory=set)
    personal: dict[str, str] = field(default_factory=dict)
    notes: dict[str, int | str] = field(default_factory=dict)
    keep_from: dt.date | None = None

    @property
    def key(self) -> str:
        """Where the mapping stands in the configuration."""
        return f"data.{self.name}"


_UNDATED = r"not a time|unreadable row|^no (?:time|start|end|arrival)\b|unknown week"
FORGOTTEN = "older than is kept"


def open_source(
    name: str, exports: list[RawExport], mapping, keep_from: dt.date | None = None
) -> Source:
    """Add constants, see which columns hold persons' data, and leave out what filters leave out.

    Records from before `keep_from` are forgotten: they leave no trace, not even in quarantine.
    """
    exports = [with_constants(export, mapping.constants) for export in exports]
    source = Source(name, exports, mapping, Ledger(name, exports), keep_from=keep_from)
    _find_all(source)
    mapped = {column_key(column) for column in mapped_columns(mapping)}
    for export in exports:
        for column, why in personal_columns(export.frame, mapping.personal).items():
            if column_key(column) not in mapped:
                source.personal[column] = why
        if mapping.agent is not None:
            agents = as_text(
                export.frame[find_column(export, mapping.agent, f"{source.key}.agent")]
            )
            source.personal[mapping.agent] = "agent"
            source.agents |= agent_names(agents)
    _refuse_persons_mapped(source)
    for position, rule in enumerate(mapping.filters):
        key = f"{source.key}.filters.{position}"
        if not rule.keep and not rule.drop:
            raise ConfigError(f"key '{key}': say what to keep or to drop.")
        out = [left_out(export, rule, key) for export in source.exports]
        source.ledger.filter_out(pd.concat(out), f"filtered: {rule.column}")
    return source


def _refuse_persons_mapped(source: Source) -> None:
    """A column mapped as street, category or meter must not be made of plates or e-mails."""
    mapping = source.mapping
    named = [getattr(mapping, name, None) for name in ("meter", "channel", "bay")]
    columns = [mapping.place.street, *getattr(mapping, "category", ()), *named]
    for export in source.exports:
        for column in filter(None, columns):
            values = export.frame[find_column(export, column, source.key)]
            if not isinstance(values.dtype, pd.StringDtype):
                continue
            why = personal_by_values(values)
            if why is not None and not why.endswith("in text") and why != "telephone":
                raise ConfigError(
                    f"{export.file}: column '{column}' is mapped in {source.key} but holds "
                    f"persons' data ({why}). Map another column."
                )


def mapped_columns(mapping) -> dict[str, str]:
    """Every column the mapping uses but the agent's -> the key that names it, in a fixed order."""
    if isinstance(mapping, FinesMapping):
        several = {"fine_id": mapping.fine_id, "category": mapping.category}
        times_ = {"issued_at": mapping.issued_at, "recorded_at": mapping.recorded_at}
        single = {}
    elif isinstance(mapping, ContextMapping):
        several = {}
        times_ = {name: getattr(mapping, name) for name in ("start", "end", "known_at")}
        single = {
            f"kinds.{position}.{name}": getattr(kind, name)
            for position, kind in enumerate(mapping.kinds)
            for name in ("value", "column")
        }
    elif isinstance(mapping, PatrolsMapping):
        several = {"patrol_id": mapping.patrol_id}
        times_ = {"started_at": mapping.started_at, "ended_at": mapping.ended_at}
        single = {
            name: getattr(mapping, name) for name in ("vehicles_checked", "infractions_found")
        }
    else:
        several = {}
        times_ = {name: getattr(mapping, name) for name in mapping.TIMES}
        single = {name: getattr(mapping, name) for name in mapping.COLUMNS}
    several |= {f"{key}.columns": time.columns for key, time in times_.items() if time is not None}
    place = ("zone_id", "street", "house_number", "longitude", "latitude")
    single |= {f"place.{name}": getattr(mapping.place, name) for name in place}
    found = {f"{key}.{i}": name for key, names in several.items() for i, name in enumerate(names)}
    found |= {key: name for key, name in single.items() if name is not None}
    return {column: key for key, column in reversed(found.items())}


def _find_all(source: Source) -> None:
    """Raise InputError for the columns that a file lacks, all of them in one message."""
    columns = mapped_columns(source.mapping)
    if source.mapping.agent is not None:
        columns[source.mapping.agent] = "agent"
    columns |= {rule.column: f"filters.{i}.column" for i, rule in enumerate(source.mapping.filters)}
    for export in source.exports:
        problems = []
        for column, key in columns.items():
            try:
                find_column(export, column, f"{source.key}.{key}")
            except InputError as error:
                problems.append((column, str(error)))
        if problems:
            more = ", ".join(f"'{column}'" for column, _ in problems[1:])
            raise InputError(problems[0][1] + (f" Also missing: {more}." if more else ""))


def text(source: Source, names: tuple[str, ...], key: str) -> pd.Series:
    """The named columns joined, over all files; "" everywhere where none is named."""
    if not names:
        return pd.Series("", index=range(len(source.ledger.rows)), dtype="str")
    parts = [joined(export, names, f"{source.key}.{key}") for export in source.exports]
    return pd.concat(parts, ignore_index=True)


def sound_times(
    source: Source,
    mapping: TimeMapping,
    timezone: str,
    name: str,
    said: str,
    may_be_empty: bool = False,
) -> Times:
    """One time of every row; a row without it, or with an unreadable one, is set apart."""
    read = times(source, mapping, timezone, name)
    written = text(source, mapping.columns, f"{name}.columns")
    if not may_be_empty:
        source.ledger.reject(read.empty, f"no {said}")
    source.ledger.reject(read.aware.isna() & ~read.empty, f"{said} is not a time", written)
    return read


def number(source: Source, name: str | None, key: str) -> pd.Series:
    """The named column as numbers over all files, NaN where it is none or not named."""
    if name is None:
        return pd.Series(np.nan, index=range(len(source.ledger.rows)))
    parts = []
    for export in source.exports:
        values = export.frame[find_column(export, name, f"{source.key}.{key}")]
        if not pd.api.types.is_numeric_dtype(values.dtype):
            values = as_text(values)
        parts.append(numbers(values, source.mapping.format.decimal))
    return pd.concat(parts, ignore_index=True)


def times(source: Source, mapping: TimeMapping, timezone: str, key: str) -> Times:
    """One time of every row over all files."""
    parts = [
        read_times(export, mapping, timezone, f"{source.key}.{key}") for export in source.exports
    ]
    return Times(
        pd.concat([part.aware for part in parts], ignore_index=True),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("empty", "repeated", "skipped")
        ),
    )


def forget(source: Source, times: pd.Series) -> None:
    """Leave out the rows whose tz-aware time lies before what is kept."""
    if source.keep_from is not None:
        early = times.dt.tz_localize(None) < pd.Timestamp(source.keep_from)
        source.ledger.filter_out(early, FORGOTTEN)


def count_clock_changes(source: Source, *read: Times) -> None:
    """Note how many kept times fell in the hour that is repeated or skipped."""
    for name in ("repeated", "skipped"):
        mask = np.any([getattr(part, name) for part in read], axis=0)
        source.notes[f"{name}_hours"] = int((mask & source.ledger.kept).sum())


def places(source: Source, box: np.ndarray | None) -> pd.DataFrame:
    """Where each row was: zone_id, street, house_number as text, lon and lat in degrees or NaN.

    `box` is the town's bounds in degrees where known; it tells coordinate systems apart.
    """
    columns: PlaceColumns = source.mapping.place
    frame = pd.DataFrame(
        {
            name: text(source, tuple(filter(None, [getattr(columns, name)])), f"place.{name}")
            for name in ("zone_id", "street", "house_number")
        }
    )
    x = number(source, columns.longitude, "place.longitude").to_numpy()
    y = number(source, columns.latitude, "place.latitude").to_numpy()
    lost = (x == 0) & (y == 0)
    x, y = np.where(lost, np.nan, x), np.where(lost, np.nan, y)
    epsg = detect_epsg(x, y, columns.epsg, box, f"{source.key}.place")
    if np.isfinite(x + y).any():
        source.notes["epsg"] = epsg
    frame["lon"], frame["lat"] = transform(x, y, epsg)
    return frame


def agent_ids(source: Source, secret: bytes) -> pd.Series | None:
    """Pseudonyms of the agents over all files; None where no agent column is mapped."""
    mapping = source.mapping
    if mapping.agent is None:
        return None
    agents = text(source, (mapping.agent,), "agent")
    return pseudonyms(agents, mapping.agent_pattern, secret, source.key)


def quarantine_table(source: Source, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """The source's quarantined rows with their mapped, non-personal fields, scrubbed.

    `columns` are those fields where no mapping names them.
    """
    rejected = np.flatnonzero(~source.ledger.kept)
    raw = pd.DataFrame(index=range(len(source.ledger.rows)))
    for column in mapped_columns(source.mapping) if columns is None else columns:
        written = text(source, (column,), "columns").iloc[rejected]
        raw[column] = scrub(written, source.agents).reindex(raw.index)
    table = source.ledger.table(raw)
    for column in ("detail", "guesses"):
        table[column] = scrub(table[column], source.agents)
    if source.keep_from is not None:
        # nobody can say how old these are, so nothing that was written in them is kept
        undated = table["reason"].str.contains(_UNDATED)
        table.loc[undated, ["detail", "guesses"]] = ""
        table.loc[undated, "fields"] = "{}"
    return table
