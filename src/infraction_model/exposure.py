"""How much each zone-hour was looked at, and what can be said where nobody knows.

`recorded`: a patrol log, patrols that found nothing included; exposure is patrol hours.
`none`: no log; every zone-hour counts as one hour, and every output is the probability that a fine
is recorded, never that an infraction happens: effort and infractions cannot be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, skipped_hours, week_of

Basis = Literal["recorded", "none"]


@dataclass(frozen=True)
class ExposureParameters:
    """Where exposure comes from: `recorded` (the patrol log) or `none` (assumed uniform)."""

    kind: Basis = "none"


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
