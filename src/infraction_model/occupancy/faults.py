"""When a sensor cannot be believed: dead, stuck or flapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt

from infraction_model.occupancy.timeline import HOUR, Hours, Spans
from infraction_model.timegrid import HOURS_PER_WEEK

FAULTS = ("dead", "stuck", "flapping")
_FEWEST_ARRIVALS = 30
_LONG_STAY = 0.99


@dataclass(frozen=True)
class FaultParameters:
    """When a sensor is not believed.

    Dead: silent for `dead_hours` or more in which `dead_arrivals` or more were to be expected by
    its own past and by the other bays of its zone. Stuck: occupied for `stuck_hours` or more, or
    for two days and `stuck_times` the stay that one in a hundred of its zone exceeds. Flapping:
    `flips` arrivals and departures within `flip_minutes`. A reading that is written only on change
    is believed for `hold_hours`.
    """

    dead_hours: Annotated[float, Gt(0)] = 24.0
    dead_arrivals: Annotated[float, Gt(0)] = 15.0
    stuck_hours: Annotated[float, Gt(0)] = 168.0
    stuck_times: Annotated[float, Gt(0)] = 10.0
    flips: Annotated[int, Ge(4)] = 10
    flip_minutes: Annotated[float, Gt(0)] = 20.0
    hold_hours: Annotated[float, Gt(0)] = 24.0


def find_faults(stays: pd.DataFrame, hours: Hours, parameters: FaultParameters) -> pd.DataFrame:
    """The faults of each bay: bay_id, zone_id, start, end (seconds), fault; in order.

    `stays` holds bay_id, zone_id, start, end (seconds, in order and without overlaps in a bay) over
    the span of `hours`.
    """
    found = []
    for zone_id, of_zone in stays.groupby("zone_id", sort=True):
        longest = _longest(of_zone, parameters)
        expected = _Expected.of(of_zone, hours)
        for bay_id, own in of_zone.groupby("bay_id", sort=True):
            start, end = own["start"].to_numpy(), own["end"].to_numpy()
            spans = {
                "dead": expected.silences(str(bay_id), start, end, hours, parameters),
                "stuck": [
                    (a, b) for a, b in zip(start, end, strict=True) if b - a >= longest * HOUR
                ],
                "flapping": _flapping(start, end, parameters),
            }
            found += [(bay_id, zone_id, a, b, fault) for fault in FAULTS for a, b in spans[fault]]
    frame = pd.DataFrame(found, columns=["bay_id", "zone_id", "start", "end", "fault"])
    return frame.astype({"bay_id": "str", "zone_id": "str", "start": "int64", "end": "int64"})


def _longest(of_zone: pd.DataFrame, parameters: FaultParameters) -> float:
    """The stay, in hours, from which on a bay of the zone is taken for stuck."""
    lengths = (of_zone["end"] - of_zone["start"]) / HOUR
    unusual = parameters.stuck_times * float(lengths.quantile(_LONG_STAY))
    return min(parameters.stuck_hours, max(48.0, unusual))


@dataclass(frozen=True)
class _Expected:
    """Arrivals of a zone: `elapsed` is the share of a week's arrivals, added up over the edges."""

    edges: np.ndarray
    elapsed: np.ndarray
    arrivals: np.ndarray
    bays: np.ndarray

    @classmethod
    def of(cls, of_zone: pd.DataFrame, hours: Hours) -> _Expected:
        start = of_zone["start"].to_numpy()
        place = np.clip((start - hours.edges[0]) // HOUR, 0, len(hours) - 1)
        seen = np.bincount(hours.hour_of_week[place], minlength=HOURS_PER_WEEK) + 0.5
        profile = (seen / seen.sum())[hours.hour_of_week]
        elapsed = np.concatenate([[0.0], np.cumsum(profile)])
        return cls(hours.edges, elapsed, start, of_zone["bay_id"].to_numpy())

    def silences(
        self,
        bay_id: str,
        start: np.ndarray,
        end: np.ndarray,
        hours: Hours,
        parameters: FaultParameters,
    ) -> list[tuple[int, int]]:
        """The times in which the bay was free for too long to be true, from its first event on."""
        if len(start) < _FEWEST_ARRIVALS:
            return []
        free_from, free_until = end, np.append(start[1:], hours.edges[-1])
        gap = np.interp(free_until, self.edges, self.elapsed)
        gap = gap - np.interp(free_from, self.edges, self.elapsed)
        span = self.elapsed[-1] - np.interp(start[0], self.edges, self.elapsed)
        expected = len(start) * gap / np.maximum(span - gap, 1e-9)
        others = np.sort(self.arrivals[(self.bays != bay_id) & (self.arrivals >= start[0])])
        meanwhile = np.searchsorted(others, free_until) - np.searchsorted(others, free_from)
        by_others = len(start) * meanwhile / np.maximum(len(others) - meanwhile, 1)
        # a street that is closed silences all its bays: nobody can tell that from a dead gateway
        expected = np.where(meanwhile > 0, np.minimum(expected, by_others), expected)
        silent = (free_until - free_from >= parameters.dead_hours * HOUR) & (
            expected >= parameters.dead_arrivals
        )
        return list(zip(free_from[silent].tolist(), free_until[silent].tolist(), strict=True))


def _flapping(
    start: np.ndarray, end: np.ndarray, parameters: FaultParameters
) -> list[tuple[int, int]]:
    flips = np.sort(np.concatenate([start, end]))
    first, last = flips[: -parameters.flips + 1], flips[parameters.flips - 1 :]
    many = last - first <= parameters.flip_minutes * 60
    spans = Spans.union(first[many], last[many])
    return list(zip(spans.starts.tolist(), spans.ends.tolist(), strict=True))
