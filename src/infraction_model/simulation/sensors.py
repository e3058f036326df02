"""What sensors in the bays know of the stays: arrivals and departures, and the sensors' faults."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.timegrid import HOURS_PER_WEEK

_SHORTEST_SEEN = 3
_MISSED_SHARE = 0.01
_DEAD_WEEKS = 3


def make_bay_events(
    stays: pd.DataFrame, zones: np.ndarray, first_week: int, weeks: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Bay events of the given zones in order of arrival: zone, bay, arrived, departed (minutes).

    A stay under three minutes is not seen, one in a hundred is missed, and one bay's sensor is dead
    for three weeks.
    """
    seen = stays[stays["zone"].isin(zones)]
    lasting = seen["departed"] - seen["arrived"]
    seen = seen[(lasting >= _SHORTEST_SEEN) & (rng.random(len(seen)) >= _MISSED_SHARE)]
    seen = seen.sort_values(["arrived", "zone", "bay"], kind="stable", ignore_index=True)
    seen = seen[["zone", "bay", "arrived", "departed"]]
    if weeks - first_week < _DEAD_WEEKS + 2 or seen.empty:
        return seen
    start = int(rng.integers(first_week + 1, weeks - _DEAD_WEEKS)) * HOURS_PER_WEEK * 60
    dead = seen["arrived"].between(start, start + _DEAD_WEEKS * HOURS_PER_WEEK * 60)
    bay = (seen["zone"] == rng.choice(zones)) & (seen["bay"] == 1)
    return seen[~(dead & bay)].reset_index(drop=True)
