"""What sensors say: how full zones were, how long cars stayed, how many came, who overstayed.

Time in which a sensor was dead, stuck or flapping is taken out first, and so is all before its
first event: it counts as unknown, never as free.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.errors import NotEnoughDataError
from infraction_model.occupancy.faults import FaultParameters, find_faults
from infraction_model.occupancy.timeline import HOUR, Hours, Spans, aware, seconds

INTERVAL = 0.9
_QUANTILE_90 = 1.6448536269514722
_NOT_SENSED = ["bay_id", "zone_id", "start", "end", "fault"]


@dataclass(frozen=True)
class Sensed:
    """What can be believed of sensors, up to an origin.

    `stays`: bay_id, zone_id, start, end (seconds), `ended` (False: cut by a fault, by the next car
    or by the origin), in order and without overlaps in a bay. `faults`: bay_id, zone_id, start,
    end, fault. `bays`: bay_id, zone_id, first (seconds: its first event, from which on it is
    known). `occupied` and `known`: seconds, float64 (bay, hour). `missed_departures` counts stays
    that ended only when the next car came.
    """

    stays: pd.DataFrame
    faults: pd.DataFrame
    bays: pd.DataFrame
    hours: Hours
    occupied: np.ndarray
    known: np.ndarray
    missed_departures: int
    timezone: str

    def spaces(self, place: np.ndarray, on_record: float) -> np.ndarray:
        """A zone's spaces in each hour, float64: those on record, or its bays (the rows `place`)
        seen by then where these are more. A bay that comes later enlarges no earlier hour.
        """
        first = np.sort(self.bays["first"].to_numpy()[place])
        return np.fmax(on_record, np.searchsorted(first, self.hours.edges[1:]).astype(float))


def sense(events: pd.DataFrame, until: pd.Timestamp, parameters: FaultParameters) -> Sensed:
    """Read the contract table `occupancy_events` as it was known at `until`.

    Nothing that happened at or after `until` is used; a car that left later is still there. Raises
    NotEnoughDataError where there is no event before.
    """
    events = events[events["arrived_at"] < until]
    if events.empty:
        raise NotEnoughDataError(
            f"no car arrived before {until}: there is nothing to measure. Expected bay events "
            "(data.occupancy_events) from before the origin."
        )
    timezone = str(events["arrived_at"].dt.tz)
    last = int(seconds(pd.Series([until]))[0])
    stays, missed = _without_overlaps(events, last)
    hours = Hours.between(int(stays["start"].min()), last, timezone)
    faults = find_faults(stays, hours, parameters)
    bays = stays.groupby(["zone_id", "bay_id"], as_index=False, sort=True)["start"].min()
    bays = bays.rename(columns={"start": "first"})[["bay_id", "zone_id", "first"]]
    believed, occupied, known = _without_faults(bays, stays, faults, hours)
    return Sensed(believed, faults, bays, hours, occupied, known, missed, timezone)


def _without_overlaps(events: pd.DataFrame, last: int) -> tuple[pd.DataFrame, int]:
    """Stays in seconds up to `last`; one that goes on when the next begins ends there."""
    gone = events["departed_at"].notna().to_numpy()
    end = np.full(len(events), last, dtype="int64")
    end[gone] = seconds(events.loc[gone, "departed_at"])
    frame = pd.DataFrame(
        {
            "bay_id": events["bay_id"].to_numpy(),
            "zone_id": events["zone_id"].to_numpy(),
            "start": seconds(events["arrived_at"]),
            "end": np.minimum(end, last),
            "ended": gone & (end < last),
        }
    )
    order = ["zone_id", "bay_id", "start", "end"]
    frame = frame.sort_values(order, kind="stable", ignore_index=True)
    bay = frame[["zone_id", "bay_id"]]
    same = (bay == bay.shift(-1)).all(axis=1)
    following = frame["start"].shift(-1).where(same, last)
    late = (frame["end"] > following).to_numpy()
    frame["end"] = np.minimum(frame["end"], following).astype("int64")
    frame["ended"] &= ~late
    return frame, int(late.sum())


def _without_faults(
    bays: pd.DataFrame, stays: pd.DataFrame, faults: pd.DataFrame, hours: Hours
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """What is believed of stays, and the occupied and the known seconds of each bay and hour."""
    known, occupied, believed = [], [], []
    own_stays, own_faults = (
        dict(list(table.groupby(["zone_id", "bay_id"]))) for table in (stays, faults)
    )
    for bay_id, zone_id, first in bays.itertuples(index=False):
        own = own_stays[zone_id, bay_id]
        bad = own_faults.get((zone_id, bay_id), faults.iloc[:0])
        holes = Spans.union(bad["start"].to_numpy(), bad["end"].to_numpy())
        parked = Spans.union(own["start"].to_numpy(), own["end"].to_numpy()).without(holes)
        there = np.diff(np.maximum(hours.edges, first))
        known.append(there - holes.covered(hours.edges))
        occupied.append(parked.covered(hours.edges))
        believed.append(_believed(own, holes))
    return pd.concat(believed, ignore_index=True), np.array(occupied), np.array(known)


def _believed(own: pd.DataFrame, holes: Spans) -> pd.DataFrame:
    """The stays that lie not wholly in a fault; one that a fault touches did not end for sure."""
    lost = holes.until(own["end"].to_numpy()) - holes.until(own["start"].to_numpy())
    length = (own["end"] - own["start"]).to_numpy()
    kept = own[(lost < length) & (length > 0)]
    return kept.assign(ended=kept["ended"] & (lost[kept.index - own.index[0]] == 0))


def occupancy_by_hour(sensed: Sensed, zones: pd.DataFrame) -> pd.DataFrame:
    """The table `occupancy` of every zone with sensors, hours in which none was believed left out.

    Where sensors see only some of a zone's spaces, the interval (90 %, Wilson's with the correction
    for a finite population) says what the others may do.
    """
    spaces = zones.set_index("zone_id").get("spaces", pd.Series(dtype=float))
    parts = []
    for zone_id, place in sensed.bays.groupby("zone_id").indices.items():
        known, occupied = sensed.known[place].sum(axis=0), sensed.occupied[place].sum(axis=0)
        seen = known > 0
        bays = known[seen] / HOUR
        share = np.clip(occupied[seen] / known[seen], 0.0, 1.0)
        total = sensed.spaces(place, float(spaces.get(zone_id, np.nan)))[seen]
        lower, upper = _interval(share, bays, total)
        parts.append(
            pd.DataFrame(
                {
                    "zone_id": zone_id,
                    "starts_at": sensed.hours.starts_at[seen],
                    "occupancy": share,
                    "lower": lower,
                    "upper": upper,
                    "basis": "sensors",
                    "bays_seen": bays,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _interval(
    share: np.ndarray, bays: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval for the bays unseen; none where all are seen."""
    unseen = np.clip(1 - bays / total, 0.0, 1.0)
    unseen = np.where(unseen < 1e-3, 0.0, unseen)
    size = np.maximum(bays, 1e-9) / np.maximum(unseen, 1e-12)
    square = _QUANTILE_90**2 / size
    centre = (share + square / 2) / (1 + square)
    half = np.sqrt(square * share * (1 - share) + square**2 / 4) / (1 + square)
    lower, upper = np.minimum(centre - half, share), np.maximum(centre + half, share)
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)


def readings_by_hour(
    counts: pd.DataFrame, zones: pd.DataFrame, until: pd.Timestamp, parameters: FaultParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table `occupancy` from readings written only on change, and the times they fell silent.

    A reading holds until the next of its zone, at most `hold_hours`; what follows is unknown.
    """
    held = counts[counts["holds"] & (counts["counted_at"] < until)]
    spaces = zones.set_index("zone_id").get("spaces", pd.Series(dtype=float))
    parts, silences = [], []
    for zone_id, own in held.groupby("zone_id", sort=True):
        own = own.sort_values("counted_at", kind="stable")
        of = own["spaces"] if "spaces" in own else pd.Series(np.nan, index=own.index)
        share = (own["vehicles"] / of.fillna(spaces.get(zone_id, np.nan))).clip(0, 1).to_numpy()
        timezone = str(own["counted_at"].dt.tz)
        last = int(seconds(pd.Series([until]))[0])
        start = seconds(own["counted_at"])
        following = np.append(start[1:], last)
        end = np.minimum(following, start + int(parameters.hold_hours * HOUR))
        hours = Hours.between(int(start[0]), last, timezone)
        readable = np.isfinite(share)
        known = Spans(start[readable], end[readable])
        seen_seconds = known.covered(hours.edges)
        value = np.where(readable, share, 0.0) * (end - start)
        corners = np.column_stack([start, end]).ravel()
        total = np.cumsum(np.column_stack([np.zeros(len(start)), value]).ravel())
        full = np.diff(np.interp(hours.edges, corners, total))
        seen = seen_seconds > 0
        rate = np.clip(full[seen] / seen_seconds[seen], 0, 1)
        frame = {"zone_id": zone_id, "starts_at": hours.starts_at[seen], "occupancy": rate}
        frame |= {"lower": rate, "upper": rate, "basis": "readings", "bays_seen": np.nan}
        parts.append(pd.DataFrame(frame))
        quiet = end < following
        lost = {"bay_id": "", "zone_id": zone_id, "start": end[quiet], "end": following[quiet]}
        silences.append(pd.DataFrame(lost | {"fault": "dead"}))
    nothing = pd.DataFrame(columns=_NOT_SENSED)
    return (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(),
        pd.concat(silences, ignore_index=True) if silences else nothing,
    )


def fault_table(faults: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """The contract table `sensor_faults`."""
    frame = faults.sort_values(["start", "zone_id", "bay_id", "fault"], kind="stable")
    return pd.DataFrame(
        {
            "bay_id": frame["bay_id"].to_numpy(),
            "zone_id": frame["zone_id"].to_numpy(),
            "starts_at": aware(frame["start"], timezone),
            "ends_at": aware(frame["end"], timezone),
            "fault": frame["fault"].to_numpy(),
        }
    )
