"""A patrol log -> the patrols table: also the patrols that found nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.ingest import records
from infraction_model.ingest.mapping import PatrolsMapping
from infraction_model.ingest.records import Source
from infraction_model.ingest.repeats import set_repeats_apart
from infraction_model.timegrid import localise

_DAY = pd.Timedelta(days=1)


@dataclass
class PatrolsInHand:
    """Patrols with everything read but their zone."""

    source: Source
    frame: pd.DataFrame
    places: pd.DataFrame


def read_patrols(
    source: Source, timezone: str, secret: bytes, box: np.ndarray | None
) -> PatrolsInHand:
    """Read ids, times, counts, agents and places; rows without sound times are set apart."""
    mapping: PatrolsMapping = source.mapping
    started = records.times(source, mapping.started_at, timezone, "started_at")
    ended = records.times(source, mapping.ended_at, timezone, "ended_at")
    records.forget(source, started.aware)
    for read, name, columns in (
        (started, "start", mapping.started_at.columns),
        (ended, "end", mapping.ended_at.columns),
    ):
        written = records.text(source, columns, f"{name}ed_at.columns")
        source.ledger.reject(read.empty, f"no {name}")
        source.ledger.reject(read.aware.isna(), f"{name} is not a time", written)
    ends = _past_midnight(source, started.aware, ended.aware, timezone)
    length = ends - started.aware
    source.ledger.reject(length < pd.Timedelta(0), "ends before it starts")
    too_long = length > pd.Timedelta(hours=mapping.longest_hours)
    source.ledger.reject(too_long, f"longer than {mapping.longest_hours:g} hours")
    frame = pd.DataFrame(
        {"patrol_id": _ids(source, mapping), "started_at": started.aware, "ended_at": ends}
    )
    for name in ("vehicles_checked", "infractions_found"):
        if getattr(mapping, name) is not None:
            frame[name] = _count(source, getattr(mapping, name), name)
    agents = records.agent_ids(source, secret)
    if agents is not None:
        frame["agent_id"] = agents
    places = records.places(source, box)
    records.count_clock_changes(source, started, ended)
    return PatrolsInHand(source, frame, places)


def finish_patrols(patrols: PatrolsInHand, zone_id: np.ndarray) -> pd.DataFrame:
    """Take the zones, keep the first of each id, and give the kept rows in order of time."""
    frame = patrols.frame.assign(zone_id=zone_id)
    if patrols.source.mapping.patrol_id:
        content = frame[["started_at", "ended_at", "zone_id"]]
        set_repeats_apart(frame["patrol_id"], content, patrols.source.ledger)
    kept = frame[patrols.source.ledger.kept]
    return kept.sort_values("started_at", kind="stable", ignore_index=True)


def _ids(source: Source, mapping: PatrolsMapping) -> pd.Series:
    rows = pd.Series(source.ledger.rows).astype("str")
    own = "row-" + pd.Series(source.ledger.files).astype("str") + "-" + rows
    if not mapping.patrol_id:
        return own
    ids = records.text(source, mapping.patrol_id, "patrol_id")
    return ids.where(ids != "", own)


def _past_midnight(
    source: Source, started: pd.Series, ended: pd.Series, timezone: str
) -> pd.Series:
    """Ends written with the date of their start, but after midnight, moved on by a day."""
    early = (ended < started) & (started - ended < _DAY)
    source.notes["ended_past_midnight"] = int((early & source.ledger.kept).sum())
    next_day = localise(ended.dt.tz_localize(None) + _DAY, timezone)[0].dt.as_unit("us")
    return ended.where(~early, next_day)


def _count(source: Source, column: str, name: str) -> pd.Series:
    """A count of the log, missing where it is none; a negative one sends its row to quarantine."""
    count = records.number(source, column, name)
    source.ledger.reject(count < 0, f"{name.replace('_', ' ')} is negative")
    return count
