"""A fines export -> the fines table, row by row accounted for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.ingest import records
from infraction_model.ingest.categories import categorise
from infraction_model.ingest.mapping import FinesMapping
from infraction_model.ingest.privacy import hidden, looks_personal
from infraction_model.ingest.records import Source
from infraction_model.ingest.repeats import set_repeats_apart
from infraction_model.ingest.times import Times

_FURTHEST = pd.Timedelta(days=3653)


@dataclass
class FinesInHand:
    """Fines with everything read but their zone."""

    source: Source
    frame: pd.DataFrame
    places: pd.DataFrame
    other_labels: dict[str, int]


def read_fines(source: Source, timezone: str, secret: bytes, box: np.ndarray | None) -> FinesInHand:
    """Read ids, times, categories, agents and places; set apart the rows without a sound time."""
    mapping: FinesMapping = source.mapping
    issued = records.times(source, mapping.issued_at, timezone, "issued_at")
    records.forget(source, issued.aware)
    _reject_times(source, issued, mapping)
    frame = pd.DataFrame({"fine_id": _ids(source, mapping, secret), "issued_at": issued.aware})
    if mapping.recorded_at is not None:
        frame["recorded_at"] = _recorded(source, issued, timezone)
    labels = records.text(source, mapping.category, "category")
    frame["category"], severity, others = categorise(
        labels, mapping.categories, mapping.other_categories, source.agents, source.ledger.kept
    )
    if any(rule.severity is not None for rule in mapping.categories):
        frame["severity"] = severity
    agents = records.agent_ids(source, secret)
    if agents is not None:
        frame["agent_id"] = agents
    places = records.places(source, box)
    records.count_clock_changes(source, issued)
    return FinesInHand(source, frame, places, others if mapping.categories else {})


def finish_fines(fines: FinesInHand, zone_id: np.ndarray) -> pd.DataFrame:
    """Take the zones, keep the first of each id, and give the kept rows in order of time."""
    frame = fines.frame.assign(zone_id=zone_id)
    if fines.source.mapping.fine_id:
        content = frame[["issued_at", "zone_id", "category"]]
        set_repeats_apart(frame["fine_id"], content, fines.source.ledger)
    lon, lat = fines.places["lon"], fines.places["lat"]
    if np.isfinite(lon + lat).any():
        frame = frame.assign(lon=lon, lat=lat)
    kept = frame[fines.source.ledger.kept]
    return kept.sort_values("issued_at", kind="stable", ignore_index=True)


def _ids(source: Source, mapping: FinesMapping, secret: bytes) -> pd.Series:
    """Ids as stated; a row without one, or of a file without ids, is named by its file and row.

    An id that looks like a plate is replaced by its keyed hash, so that its repeats still show.
    """
    ledger = source.ledger
    stems = [name.split(".")[0] for name in ledger.names]
    if len(set(stems)) < len(stems):
        stems = [f"{stem}.{position}" for position, stem in enumerate(stems)]
    rows = pd.Series(ledger.rows).astype("str")
    own = pd.Series(np.array(stems, dtype=object)[ledger.files], dtype="str") + "-" + rows
    if not mapping.fine_id:
        return own
    ids = records.text(source, mapping.fine_id, "fine_id")
    personal = looks_personal(ids)
    if personal.any():
        source.notes["ids_that_looked_personal"] = int(personal.sum())
        ids[personal] = [hidden("id", value, secret) for value in ids[personal]]
    missing = (ids == "").to_numpy(dtype=bool)
    source.notes["rows_without_id"] = int(missing.sum())
    return ids.where(~missing, own)


def _reject_times(source: Source, issued: Times, mapping: FinesMapping) -> None:
    ledger = source.ledger
    written = records.text(source, mapping.issued_at.columns, "issued_at.columns")
    ledger.reject(issued.empty, "no time")
    ledger.reject(issued.aware.isna(), "not a time", written)
    wall = issued.aware.dt.tz_localize(None)
    if mapping.midnight_is_unknown:
        ledger.reject(
            wall == wall.dt.normalize(), "time of day unknown (exactly midnight)", written
        )
    if mapping.first_day is not None:
        early = wall < pd.Timestamp(mapping.first_day)
        ledger.reject(early, "before the first day", written)
    if mapping.last_day is not None:
        late = wall >= pd.Timestamp(mapping.last_day) + pd.Timedelta(days=1)
        ledger.reject(late, "after the last day", written)
    kept = wall[ledger.kept]
    if len(kept):
        far = (wall - kept.median()).abs() > _FURTHEST
        ledger.reject(far, "ten years or more from the other rows", written)


def _recorded(source: Source, issued: Times, timezone: str) -> pd.Series:
    """When each fine became known, never before it was issued."""
    mapping: FinesMapping = source.mapping
    recorded = records.times(source, mapping.recorded_at, timezone, "recorded_at")
    written = records.text(source, mapping.recorded_at.columns, "recorded_at.columns")
    unread = recorded.aware.isna() & ~recorded.empty
    source.ledger.reject(unread, "recording time is not a time", written)
    late = recorded.aware - issued.aware > _FURTHEST
    source.ledger.reject(late, "recorded ten years or more after its issue", written)
    early = recorded.aware < issued.aware
    source.notes["recorded_before_issue"] = int((early & source.ledger.kept).sum())
    source.notes["recording_time_missing"] = int((recorded.empty & source.ledger.kept).sum())
    return recorded.aware.where(~early, issued.aware)
