"""Cars counted by an officer who walks by: a few zones, a few times, and not without error."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.timegrid import HOURS_PER_WEEK

_MISSED = 0.02
_PHANTOM = 0.01
_HOURS = (6, 22)


def make_counts(
    stays: pd.DataFrame,
    zones: np.ndarray,
    spaces: np.ndarray,
    count: int,
    first_week: int,
    weeks: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """`count` counts in order of time: zone, minute (from the first Monday), vehicles.

    They are made between 6 and 22 h, Monday to Saturday, in the given zones in turn. One car in
    fifty is overlooked, and one bay in a hundred taken for full that is not.
    """
    if not len(zones) or not count:
        return pd.DataFrame({"zone": [], "minute": [], "vehicles": []}).astype("int64")
    day = rng.choice((weeks - first_week) * 6, size=count)
    day = day // 6 * 7 + day % 6
    minute = first_week * HOURS_PER_WEEK * 60 + day * 24 * 60
    minute = minute + rng.integers(_HOURS[0] * 60, _HOURS[1] * 60, count)
    zone = np.asarray(zones)[np.arange(count) % len(zones)]
    parked = np.array([_parked(stays, *place) for place in zip(zone, minute, strict=True)])
    seen = rng.binomial(parked, 1 - _MISSED)
    seen = seen + rng.binomial(np.maximum(spaces[zone] - parked, 0), _PHANTOM)
    frame = pd.DataFrame({"zone": zone, "minute": minute, "vehicles": seen})
    return frame.sort_values(["minute", "zone"], kind="stable", ignore_index=True)


def _parked(stays: pd.DataFrame, zone: int, minute: int) -> int:
    here = (stays["arrived"] <= minute) & (minute < stays["departed"]) & (stays["zone"] == zone)
    return int(here.sum())
