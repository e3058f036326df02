"""An export of what else happens in town -> the context table: weather, works, markets, tickets."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError
from infraction_model.ingest import records
from infraction_model.ingest.columns import fold
from infraction_model.ingest.mapping import ContextKind, ContextMapping, TimeMapping
from infraction_model.ingest.records import Source
from infraction_model.schema import CONTEXT_KINDS
from infraction_model.timegrid import localise, to_local

_FURTHEST = pd.Timedelta(days=3653)
_HOUR = pd.Timedelta(hours=1)


@dataclass
class ContextInHand:
    """Context records with everything read but their zone.

    `frame`: start, end, known_at (NaT where not said), one row per row of the source. `values`: one
    array per kind of the mapping, NaN where the row does not speak of it.
    """

    source: Source
    frame: pd.DataFrame
    values: list[np.ndarray]
    places: pd.DataFrame

    @property
    def names_places(self) -> bool:
        """Whether the mapping says where; without, every row is about the whole town."""
        place = self.source.mapping.place
        named = (place.zone_id, place.street, place.longitude, place.latitude)
        return any(column is not None for column in named)


def check_context(name: str, mapping: ContextMapping) -> None:
    """Raise ConfigError where the mapping contradicts itself."""
    key = f"data.context.{name}"
    if not mapping.kinds:
        raise ConfigError(f"key '{key}.kinds': say at least one kind: {', '.join(CONTEXT_KINDS)}.")
    for position, kind in enumerate(mapping.kinds):
        if mapping.start is None and CONTEXT_KINDS[kind.kind] != "standing":
            raise ConfigError(
                f"key '{key}.start': {kind.kind} needs the time at which it begins; only a "
                "standing kind such as commerce can do without."
            )
        if mapping.count_by_hour and kind.value is not None:
            raise ConfigError(
                f"key '{key}.kinds.{position}.value': rows that are counted by hour have no value. "
                "Set it to null, or count_by_hour to false."
            )
        if kind.pattern and kind.column is None:
            raise ConfigError(f"key '{key}.kinds.{position}.column': say where to look for it.")


def read_context(source: Source, timezone: str, box: np.ndarray | None) -> ContextInHand:
    """Read times, values and places; rows without a sound time or value are set apart."""
    mapping: ContextMapping = source.mapping
    start = _time(source, mapping.start, timezone, "start")
    end = _time(source, mapping.end, timezone, "end")
    known_at = _time(source, mapping.known_at, timezone, "known_at", may_be_empty=True)
    standing = {CONTEXT_KINDS[kind.kind] == "standing" for kind in mapping.kinds} == {True}
    if mapping.end is None and not standing:
        end = start + _HOUR
    records.forget(source, end)
    source.ledger.reject(end < start, "ends before it starts")
    if source.ledger.kept.any() and start.notna().any():
        far = (start - start[source.ledger.kept].median()).abs() > _FURTHEST
        source.ledger.reject(far, "ten years or more from the other rows")
    speaks = [_speaks(source, kind, position) for position, kind in enumerate(mapping.kinds)]
    source.ledger.reject(~np.any(speaks, axis=0), "no kind fits", _labels(source, mapping.kinds))
    values = [
        _values(source, kind, f"kinds.{position}", spoken)
        for position, (kind, spoken) in enumerate(zip(mapping.kinds, speaks, strict=True))
    ]
    source.ledger.reject(np.isnan(values).all(axis=0), "no value")
    frame = pd.DataFrame({"start": start, "end": end, "known_at": known_at})
    return ContextInHand(source, frame, values, records.places(source, box))


def finish_context(context: ContextInHand, zone_id: np.ndarray) -> pd.DataFrame:
    """Take the zones (None: the whole town) and give a row per kept row and kind, in order."""
    mapping: ContextMapping = context.source.mapping
    parts = []
    for kind, value in zip(mapping.kinds, context.values, strict=True):
        chosen = context.source.ledger.kept & np.isfinite(value)
        part = context.frame[chosen].assign(
            zone_id=zone_id[chosen], kind=kind.kind, value=value[chosen]
        )
        parts.append(_by_hour(part) if mapping.count_by_hour else part)
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["kind", "start", "zone_id", "end"], kind="stable", ignore_index=True)


def _time(
    source: Source,
    mapping: TimeMapping | None,
    timezone: str,
    name: str,
    may_be_empty: bool = False,
) -> pd.Series:
    """One time of every row, NaT where none is mapped; an unreadable one sets its row apart."""
    if mapping is None:
        nothing = pd.Series(pd.NaT, index=range(len(source.ledger.rows)), dtype="datetime64[us]")
        return nothing.dt.tz_localize(timezone)
    said = name.replace("_at", " date")
    return records.sound_times(source, mapping, timezone, name, said, may_be_empty).aware


def _speaks(source: Source, kind: ContextKind, position: int) -> np.ndarray:
    """Mask of the rows that are about a kind."""
    if kind.column is None:
        return np.ones(len(source.ledger.rows), dtype=bool)
    labels = records.text(source, (kind.column,), f"kinds.{position}.column")
    return _fits(labels, kind.pattern, f"{source.key}.kinds.{position}.pattern")


def _values(source: Source, kind: ContextKind, key: str, speaks: np.ndarray) -> np.ndarray:
    """What each row says of a kind, NaN where nothing; a senseless number sets its row apart."""
    if kind.value is None:
        return np.where(speaks, 1.0, np.nan)
    value = records.number(source, kind.value, f"{key}.value").to_numpy()
    written = records.text(source, (kind.value,), f"{key}.value")
    unread = speaks & np.isnan(value) & (written != "").to_numpy(dtype=bool)
    source.ledger.reject(unread, f"{kind.kind} is not a number", written)
    if CONTEXT_KINDS[kind.kind] != "measure":
        source.ledger.reject(speaks & (value < 0), f"{kind.kind} is negative", written)
    return np.where(speaks, value, np.nan)


def _fits(labels: pd.Series, pattern: str, key: str) -> np.ndarray:
    try:
        found = re.compile(fold(pattern))
    except re.error as error:
        raise ConfigError(
            f"key '{key}': '{pattern}' is not a regular expression ({error})."
        ) from None
    fits = {label: bool(found.search(fold(label))) for label in labels.unique()}
    return labels.map(fits).to_numpy(dtype=bool)


def _labels(source: Source, kinds: tuple[ContextKind, ...]) -> pd.Series | str:
    """What stands in the columns that tell the kinds apart, for the quarantine."""
    columns = dict.fromkeys(kind.column for kind in kinds if kind.column is not None)
    return records.text(source, tuple(columns), "kinds") if columns else ""


def _by_hour(tickets: pd.DataFrame) -> pd.DataFrame:
    """Rows counted per zone and hour of their start; known once the last of them is."""
    clock = tickets["start"].dt.tz
    hour = localise(to_local(tickets["start"]).dt.floor("h"), str(clock))[0].dt.as_unit("us")
    keys = [tickets["zone_id"], hour, tickets["kind"]]
    groups = tickets.groupby(keys, dropna=False, sort=True)
    counted = groups.agg(value=("value", "sum"), known_at=("known_at", "max")).reset_index()
    return counted.assign(end=counted["start"] + _HOUR)
