"""A plan as the contract table `visits`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from infraction_model.patrol.allocation import Plan
from infraction_model.timegrid import localise, monday


def visits_table(plan: Plan, zone_ids: Sequence[str], week: int, timezone: str) -> pd.DataFrame:
    """One row per visit, by shift and time; `sequence` counts the stops of a shift from 1."""
    visits, shifts = plan.visits, plan.shifts
    shift = np.array([visit.shift for visit in visits], dtype=np.int64)
    first = np.searchsorted(shift, shift, side="left")
    return pd.DataFrame(
        {
            "shift_id": pd.Series([shifts[number].shift_id for number in shift], dtype="str"),
            "team": pd.Series([shifts[number].team for number in shift], dtype="str"),
            "sequence": np.arange(len(visits)) - first + 1,
            "zone_id": pd.Series([zone_ids[visit.zone] for visit in visits], dtype="str"),
            "arrive_at": _times([visit.arrive for visit in visits], week, timezone),
            "leave_at": _times([visit.leave for visit in visits], week, timezone),
            "expected_infractions": [float(visit.found) for visit in visits],
            "purpose": pd.Series([visit.purpose for visit in visits], dtype="str"),
            "propensity": [float(visit.propensity) for visit in visits],
        }
    )


def _times(seconds: list[int], week: int, timezone: str) -> pd.Series:
    """Seconds on the wall clock since a week's Monday 00:00 as times."""
    local = pd.Timestamp(monday(week)) + pd.to_timedelta(np.array(seconds, dtype=np.int64), "s")
    return localise(pd.Series(local), timezone)[0]
