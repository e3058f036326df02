"""What happened in the last weeks: zones that changed, payers, meters and sensors that did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from infraction_model.occupancy.state import ParkingState, StateParameters
from infraction_model.timegrid import monday
from infraction_model.wording import LANGUAGES, isolated, percent, short_date, tree

MOST_LISTED = 40
LONGEST_NAME = 120
_UNKNOWN = "–"


def happenings(
    state: ParkingState, parameters: StateParameters, alarms: pd.DataFrame, faults: pd.DataFrame
) -> dict[str, Any]:
    """What was found in the last weeks, newest first, at most 40 of each kind.

    `changes` are zones whose occupancy changed: row, places of the first week of the new level and
    of the week in which it was found (0 is the last week, -1 the one before), size. `compliance`,
    `silent_meter` and `faults` hold the row of the zone, None where it is unknown, and a sentence
    by language. `counts` says how many there were of each.
    """
    begin = _first_moment(state, parameters)
    recent = alarms[alarms["found_at"] >= begin] if len(alarms) else alarms
    broken = faults[faults["ends_at"] >= begin] if len(faults) else faults
    told = {
        kind: recent[recent["kind"] == kind] if len(recent) else recent
        for kind in ("compliance", "silent_meter")
    }
    changes = _changes(state, parameters)
    return {
        "changes": changes[:MOST_LISTED],
        **{kind: _newest(own, "found_at", state, _alarm) for kind, own in told.items()},
        "faults": _newest(broken, "ends_at", state, _fault),
        "counts": {kind: len(own) for kind, own in told.items()}
        | {"changes": len(changes), "faults": len(broken)},
    }


def _first_moment(state: ParkingState, parameters: StateParameters) -> pd.Timestamp:
    """The beginning of the recent weeks, on no clock: alarms and faults are of days."""
    week = state.weeks[max(0, state.last + 1 - parameters.recent_weeks)]
    return pd.Timestamp(monday(week), tz="UTC")


def _changes(state: ParkingState, parameters: StateParameters) -> list[list]:
    table = state.changes
    recent = table[table["found"] > state.last - parameters.recent_weeks]
    newest = recent.sort_values(["found", "zone"], ascending=[False, True])
    columns = (newest[name] for name in ("zone", "week", "found", "size"))
    return [
        [int(zone), int(week) - state.last, int(found) - state.last, round(float(size), 3)]
        for zone, week, found, size in zip(*columns, strict=True)
    ]


def _newest(table: pd.DataFrame, by: str, state: ParkingState, sentence) -> list[list]:
    """The row of the zone and the sentence of each record, by language."""
    if table.empty:
        return []
    rows = pd.Index(state.zones["zone_id"])
    newest = table.sort_values([by, "zone_id"], ascending=[False, True], kind="stable")
    found = []
    for record in newest.head(MOST_LISTED).itertuples(index=False):
        row = int(rows.get_indexer([record.zone_id])[0])
        name = str(state.zones["name"].iloc[row]) if row >= 0 else record.zone_id
        name = isolated(name[:LONGEST_NAME])
        said = {one: sentence(record, name, state, one) for one in LANGUAGES}
        found.append([row if row >= 0 else None, said])
    return found


def _alarm(row: Any, name: str, state: ParkingState, language: str) -> str:
    said: Mapping[str, Any] = tree("occupancy", language)
    return said["alarms"][row.kind].format(
        zone=name,
        channel=isolated(row.channel),
        since=short_date(row.starts_at.date(), language),
        until=_last_day(row.ends_at, language),
        found=short_date(row.found_at.date(), language),
        size=f"{'−' if row.size < 0 else '+'}{percent(round(abs(row.size), 2), language)}",
        basis=said["watched_by"].get(row.basis, ""),
    )


def _fault(row: Any, name: str, state: ParkingState, language: str) -> str:
    said = tree("occupancy", language)
    text = said["faults"][row.fault].format(
        place=f"{name}, {isolated(row.bay_id)}" if row.bay_id else name,
        since=short_date(row.starts_at.date(), language),
        until=short_date(row.ends_at.date(), language),
    )
    # a fault that goes on is cut where the data end
    end = pd.Timestamp(monday(state.weeks[-1] + 1))
    is_over = row.ends_at.tz_localize(None) < end
    return f"{text} {said['fault_over' if is_over else 'fault_goes_on']}"


def _last_day(end: pd.Timestamp, language: str) -> str:
    return _UNKNOWN if pd.isna(end) else short_date((end - pd.Timedelta(days=1)).date(), language)
