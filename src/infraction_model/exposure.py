"""How much each zone-hour was looked at, and what can be said where nobody knows.

`recorded`: a patrol log, patrols that found nothing included; exposure is patrol hours.
`checks`: the log also counts the vehicles checked; exposure is vehicles, in units of what an hour
of patrol checks, and k infractions among n vehicles are k hits and n - k misses.
`inferred`: no log, but fines say which agent wrote them: between two fines close in time he was
there. Patrols that found nothing stay invisible, so exposure is too short and rates are too high.
`none`: no log; every zone-hour counts as one hour, and every output is the probability that a fine
is recorded, never that an infraction happens: effort and infractions cannot be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import numpy as np
import pandas as pd
from annotated_types import Gt, Interval

from infraction_model.errors import ConfigError
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, skipped_hours, week_of

Basis = Literal["recorded", "checks", "inferred", "none"]
BASES: tuple[Basis, ...] = get_args(Basis)

Minutes = Annotated[float, Interval(gt=0.0, le=240.0)]
_MINUTE = np.timedelta64(60, "s")
_GRAIN = 1 / 65536  # hours; sums and differences of its multiples are exact in float64


def is_known(basis: Basis) -> bool:
    """Whether a basis tells zone-hours that were looked at from those that were not."""
    return basis != "none"


def in_patrol_hours(basis: Basis) -> bool:
    """Whether exposure is a length of time on patrol, as the true rates of a made town are."""
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
    """Exposure is the presences that agents' fines give away."""

    kind: Literal["inferred"] = "inferred"


@dataclass(frozen=True)
class UnknownExposure:
    """Every zone-hour counts as one hour."""

    kind: Literal["none"] = "none"


ExposureParameters = RecordedExposure | CheckedVehicles | InferredExposure | UnknownExposure


@dataclass(frozen=True)
class PresenceParameters:
    """How presences are read from agents' fines, in minutes.

    Between two fines of one agent no further apart than `cut_minutes` he was in the first fine's
    zone for the first half of the time and in the second's for the other. Where the next fine is
    further off he stayed `after_minutes`, where the one before is, he came `before_minutes` before.
    """

    cut_minutes: Minutes = 30.0
    before_minutes: Minutes = 8.0
    after_minutes: Minutes = 8.0

    def __post_init__(self) -> None:
        if self.before_minutes + self.after_minutes > self.cut_minutes:
            raise ConfigError(
                f"key 'presence.cut_minutes': expected at least before_minutes + after_minutes "
                f"({self.before_minutes + self.after_minutes:g}), so that no minute counts twice, "
                f"got {self.cut_minutes:g}."
            )


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


def presence_hours(fines: pd.DataFrame, parameters: PresenceParameters) -> pd.DataFrame:
    """Where agents were by their fines, as it became known: zone, week, hour_of_week, delay, hours.

    `fines` has columns agent, zone, issued_at (tz-aware), week and delay (whole weeks until known).
    `hours` is what the fines known `delay` weeks after that week add to what the earlier ones told:
    it may be negative, where a late fine shows that the agent had left. The rows with week + delay
    before an origin add up to exactly what can be read from the fines known at it. Presences end
    with the week. Sorted by cell and delay.
    """
    agent_week = pd.factorize(fines["agent"].astype("str") + " " + fines["week"].astype("str"))[0]
    fines = fines.assign(agent_week=agent_week).sort_values(
        ["agent_week", "issued_at", "zone"], kind="stable"
    )
    keys = ["zone", "week", "hour_of_week"]
    changes = []
    for delay in np.unique(fines["delay"]):
        late = fines["delay"] == delay
        concerned = fines[fines["agent_week"].isin(fines.loc[late, "agent_week"])]
        now = _presences(concerned[concerned["delay"] <= delay], parameters)
        before = _presences(concerned[concerned["delay"] < delay], parameters)
        before["hours"] *= -1.0
        change = pd.concat([now, before]).groupby(keys, sort=True)["hours"].sum().reset_index()
        changes.append(change.assign(delay=np.int16(delay)))
    told = pd.concat(changes, ignore_index=True)
    told = told[told["hours"] != 0.0].sort_values([*keys, "delay"], ignore_index=True)
    types = {"zone": np.int32, "week": np.int32, "hour_of_week": np.int16}
    return told.astype(types)[[*keys, "delay", "hours"]]


def _presences(fines: pd.DataFrame, parameters: PresenceParameters) -> pd.DataFrame:
    """Zone, week, hour_of_week and hours of all presences of some fines, in order of agent week."""
    cut, before, after = (
        np.timedelta64(round(60 * minutes), "s")
        for minutes in (
            parameters.cut_minutes,
            parameters.before_minutes,
            parameters.after_minutes,
        )
    )
    issued = fines["issued_at"].dt.tz_convert("UTC").dt.tz_localize(None)
    issued = issued.to_numpy().astype("datetime64[s]")
    agent_week = fines["agent_week"].to_numpy()
    gap = np.diff(issued)
    near = (np.diff(agent_week) == 0) & (gap <= cut)
    until = np.append(np.where(near, gap - gap // 2, after), after)[: len(issued)]
    since = np.insert(np.where(near, gap // 2, before), 0, before)[: len(issued)]
    # the minute of the fine itself, so that no fine lies outside its own presence
    until = np.maximum(until, _MINUTE)
    timezone = fines["issued_at"].dt.tz
    came, left = (
        pd.Series(times).dt.tz_localize("UTC").dt.tz_convert(timezone)
        for times in (issued - since, issued + until)
    )
    hours = patrol_hours(came, left)
    row = hours.pop("row").to_numpy()
    hours["zone"] = fines["zone"].to_numpy()[row]
    hours["hours"] = np.round(hours["hours"] / _GRAIN) * _GRAIN
    return hours[hours["week"] == fines["week"].to_numpy()[row]]


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
