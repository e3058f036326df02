"""How much each zone-hour was looked at, and what can be said where nobody knows.

`recorded`: a patrol log, patrols that found nothing included; exposure is patrol hours.
`checks`: the log also counts the vehicles checked; exposure is vehicles, in units of what an hour
of patrol checks, and k infractions among n vehicles are k hits and n - k misses.
`inferred`: no log, but fines say which agent wrote them: from one fine on he is taken to stay a
while, and what he finds in that time counts. Everything else that he looked at stays invisible.
`none`: no log; every zone-hour counts as one hour, and every output is the probability that a fine
is recorded, never that an infraction happens: effort and infractions cannot be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import numpy as np
import pandas as pd
from annotated_types import Gt, Interval

from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, skipped_hours, week_of

Basis = Literal["recorded", "checks", "inferred", "none"]
BASES: tuple[Basis, ...] = get_args(Basis)

_CELL = ["zone", "week", "hour_of_week"]
_TYPES = {
    "zone": "int32",
    "week": "int32",
    "hour_of_week": "int16",
    "delay": "int16",
    "category": "int16",
    "fines": "int32",
    "hours": "float64",
}
_MINUTE = np.timedelta64(60, "s")
_GRAIN = 1 / 65536  # hours; sums and differences of its multiples are exact in float64


def is_known(basis: Basis) -> bool:
    """Whether a basis tells zone-hours that were looked at from those that were not."""
    return basis != "none"


def in_patrol_hours(basis: Basis) -> bool:
    """Whether exposure is a length of time on patrol, in which finds are Poisson counts.

    The true rates of a made town are per hour of patrol too.
    """
    return basis in ("recorded", "inferred")


@dataclass(frozen=True)
class RecordedExposure:
    """Exposure is the hours of a patrol log."""

    kind: Literal["recorded"] = "recorded"


@dataclass(frozen=True)
class CheckedVehicles:
    """Exposure is the vehicles that the patrol log says were checked.

    `vehicles_per_hour` checked count as one hour of patrol; None takes the log's own mean as known
    at the origin.
    """

    kind: Literal["checks"] = "checks"
    vehicles_per_hour: Annotated[float, Gt(0)] | None = None


@dataclass(frozen=True)
class InferredExposure:
    """Exposure is the time after each fine, in which its agent was still there."""

    kind: Literal["inferred"] = "inferred"


@dataclass(frozen=True)
class UnknownExposure:
    """Every zone-hour counts as one hour."""

    kind: Literal["none"] = "none"


ExposureParameters = RecordedExposure | CheckedVehicles | InferredExposure | UnknownExposure


@dataclass(frozen=True)
class PresenceParameters:
    """How presences are read from agents' fines.

    From a fine on its agent is taken to stay in its zone for `cut_minutes`, or until half-way to
    his next fine elsewhere, where that is no further off. The first fine after that opens the next
    presence.
    """

    cut_minutes: Annotated[float, Interval(ge=1.0, le=240.0)] = 15.0


def patrol_hours(started_at: pd.Series, ended_at: pd.Series) -> pd.DataFrame:
    """Spread presences over the grid: columns row, week, hour_of_week, hours.

    Takes tz-aware starts and ends; `row` is the position of the presence. Elapsed time is cut at
    each full hour of the local clock (in India not one of UTC) and named by it, so the hour
    repeated in autumn gathers both of its passages and the hour skipped in spring gets nothing.
    """
    timezone = started_at.dt.tz
    start = started_at.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    end = ended_at.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    offset_of_clock = started_at.dt.tz_localize(None).to_numpy("datetime64[s]") - start
    beyond_full_hours = offset_of_clock % np.timedelta64(3600, "s")
    first = (start + beyond_full_hours).astype("datetime64[h]") - beyond_full_hours
    pieces = (np.ceil((end - first) / np.timedelta64(1, "h"))).astype(int)
    row = np.repeat(np.arange(len(start)), pieces)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    hour = first[row] + offset.astype("timedelta64[h]")
    began = np.maximum(hour, start[row])
    ceased = np.minimum(hour + np.timedelta64(1, "h"), end[row])
    local = pd.Series(hour).dt.tz_localize("UTC").dt.tz_convert(timezone)
    local = local.dt.tz_localize(None).to_numpy()
    return pd.DataFrame(
        {
            "row": row,
            "week": week_of(local),
            "hour_of_week": hour_of_week(local),
            "hours": (ceased - began) / np.timedelta64(1, "h"),
        }
    )


def uniform_hours(week: int, timezone: str) -> np.ndarray:
    """One hour of exposure for each of a week's 168 hours, 0 for the hour skipped in spring."""
    hours = np.ones(HOURS_PER_WEEK)
    hours[skipped_hours(week, timezone)] = 0.0
    return hours


@dataclass(frozen=True)
class Presences:
    """Where agents were by their fines, and what they found there, as it became known.

    `hours` has columns zone, week, hour_of_week, delay and hours; `finds` zone, week, hour_of_week,
    delay, category and fines (a count). Each row is what the fines known `delay` weeks after that
    week add to what the earlier ones told: negative where a late fine shows that the agent had
    left. The rows with week + delay before an origin add up to exactly what can be read from the
    fines known at it.
    """

    hours: pd.DataFrame
    finds: pd.DataFrame


def presences(fines: pd.DataFrame, parameters: PresenceParameters) -> Presences:
    """Read presences from fines that name their agents.

    `fines` has columns agent, zone, issued_at (tz-aware), week, hour_of_week, category, and delay
    (whole weeks until known).

    A fine tells that its agent is there, so to count it among what he found there would make every
    rate far too high. What he finds from then on is counted, and the time from then on is the
    exposure, as in the multiplicative intensity model (Aalen, 1978): whether a minute is watched
    must follow from the past alone. Its length does not depend on what he finds. Fines of the same
    minute as the one that opens a presence are not told apart from it, so the presence counts from
    the next minute on. Presences end with the week.
    """
    agent_week = pd.factorize(fines["agent"].astype("str") + " " + fines["week"].astype("str"))[0]
    fines = fines.assign(agent_week=agent_week).sort_values(
        ["agent_week", "issued_at", "zone", "category"], kind="stable"
    )
    hours, finds = [], []
    for delay in np.unique(fines["delay"]):
        late = fines["delay"] == delay
        concerned = fines[fines["agent_week"].isin(fines.loc[late, "agent_week"])]
        now = _as_known(concerned[concerned["delay"] <= delay], parameters)
        before = _as_known(concerned[concerned["delay"] < delay], parameters)
        hours.append(_change(now.hours, before.hours, "hours").assign(delay=delay))
        finds.append(_change(now.finds, before.finds, "fines").assign(delay=delay))
    return Presences(_told(hours), _told(finds))


def _as_known(fines: pd.DataFrame, parameters: PresenceParameters) -> Presences:
    """What some fines tell, without its delay; `fines` in order of agent week and time."""
    cut = np.timedelta64(round(60 * parameters.cut_minutes), "s")
    timezone = fines["issued_at"].dt.tz
    issued = fines["issued_at"].dt.tz_convert("UTC").dt.tz_localize(None)
    issued = issued.to_numpy().astype("datetime64[m]").astype("datetime64[s]")
    agent_week, zone = fines["agent_week"].to_numpy(), fines["zone"].to_numpy()
    starts = np.ones(len(issued), dtype=bool)
    starts[1:] = (np.diff(agent_week) != 0) | (np.diff(zone) != 0)
    stay = np.cumsum(starts) - 1
    opening = _openings(stay, issued, cut)
    first = issued[opening] + _MINUTE
    until = np.minimum(first + cut, _left(stay, issued, agent_week, cut)[stay[opening]])
    watched = (
        pd.Series(times).dt.tz_localize("UTC").dt.tz_convert(timezone)
        for times in (first, np.maximum(first, until))
    )
    hours = patrol_hours(*watched)
    of_fine = opening[hours.pop("row").to_numpy()]
    hours["zone"] = zone[of_fine]
    hours["hours"] = np.round(hours["hours"] / _GRAIN) * _GRAIN
    hours = hours[hours["week"] == fines["week"].to_numpy()[of_fine]]
    # the presence that each fine falls in or opens, and whether it came later than that began
    own = np.searchsorted(opening, np.arange(len(issued)), side="right") - 1
    found = issued > issued[opening[own]]
    return Presences(hours, fines.loc[found, [*_CELL, "category"]].assign(fines=1))


def _openings(stay: np.ndarray, issued: np.ndarray, cut: np.timedelta64) -> np.ndarray:
    """Positions of the fines that open a presence, rising; `issued` in whole minutes.

    The first of each stay (fines of one agent in one zone on end), and after each presence the next
    fine of the stay, if there is one.
    """
    seconds, beyond = issued.astype(np.int64), int((_MINUTE + cut).astype(np.int64))
    key = stay.astype(np.int64) * (int(seconds.max(initial=0)) + beyond + 1) + seconds
    opening = np.flatnonzero(np.diff(stay, prepend=-1) != 0)
    found = [opening]
    while len(opening):
        following = np.searchsorted(key, key[opening] + beyond, side="left")
        opening = opening[following < len(key)]
        following = following[following < len(key)]
        opening = following[stay[following] == stay[opening]]
        found.append(opening)
    return np.sort(np.concatenate(found))


def _left(
    stay: np.ndarray, issued: np.ndarray, agent_week: np.ndarray, cut: np.timedelta64
) -> np.ndarray:
    """When each stay ended at the latest: half-way to a next fine elsewhere within `cut`."""
    last = np.flatnonzero(np.diff(stay, append=-1) != 0)
    ended = issued[last] + _MINUTE + cut
    following = last[:-1] + 1
    gap = issued[following] - issued[last[:-1]]
    near = (agent_week[following] == agent_week[last[:-1]]) & (gap <= cut)
    ended[:-1] = np.where(near, issued[last[:-1]] + gap // 2, ended[:-1])
    return ended


def _change(now: pd.DataFrame, before: pd.DataFrame, value: str) -> pd.DataFrame:
    """What `now` tells beyond `before`, one row per zone-hour (and category)."""
    keys = [name for name in now.columns if name != value]
    both = pd.concat([now, before.assign(**{value: -before[value]})])
    change = both.groupby(keys, sort=True)[value].sum().reset_index()
    return change[change[value] != 0]


def _told(changes: list[pd.DataFrame]) -> pd.DataFrame:
    told = pd.concat(changes, ignore_index=True)
    names = [*_CELL, "delay", "category", "fines", "hours"]
    told = told[[name for name in names if name in told]]
    types = {name: kind for name, kind in _TYPES.items() if name in told}
    return told.astype(types).sort_values(list(told.columns), ignore_index=True)


def checked_rows(
    events: np.ndarray, exposure: np.ndarray, unit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Zone-hours with vehicles checked as binomial trials: row, hit, exposure.

    A zone-hour with k `events` becomes k hits of one vehicle (`unit` of exposure each) and one miss
    of all the others: with P = 1 - exp(-rate x unit) per vehicle the loss of a miss is linear in
    exposure, so this is exactly the binomial likelihood of k among n (up to a constant). `row` is
    the position each came from, in order. Of a zone-hour with fewer vehicles than infractions
    (a visit that began in the hour before) only the hits are left.
    """
    hits = np.round(events).astype(np.int64)
    left = exposure - hits * unit
    missed = left > 1e-9
    row = np.concatenate([np.repeat(np.arange(len(hits)), hits), np.flatnonzero(missed)])
    hit = np.concatenate([np.ones(hits.sum(), np.uint8), np.zeros(missed.sum(), np.uint8)])
    share = np.where(hit == 1, unit, left[row])
    order = np.argsort(row, kind="stable")
    return row[order], hit[order], share[order]
