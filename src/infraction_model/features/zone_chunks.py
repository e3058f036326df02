"""Zone chunks: features and scores of some zones at a time, here or wherever a runner sends them.

Most features look at their own zone only, once the town's marginals (zone level x hour-of-week
profile) are known. Those marginals are small and computed whole; a chunk is then cut from the
snapshot with its part of them, and gives to the bit what the whole gives. Features that look across
zones in any other way are computed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from infraction_model.features.history import marginal_prior
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import HALF_LIVES, LISTS_OF_SUMS, Snapshot, Sums
from infraction_model.timegrid import HOURS_PER_WEEK

Run = Callable[[Callable[..., Any], Iterable[tuple]], list]
"""Calls a function with each of several tuples of arguments; the results in their order."""

_OF_ONE_ZONE = ("infraction_model.features.history", "infraction_model.features.recurring")
_OF_THE_TOWN = ("cell_mean", "town_rate", "fines_rate_13w", "fines_per_event")


def run_here(function: Callable[..., Any], arguments: Iterable[tuple]) -> list:
    """One after another, in this process."""
    return [function(*one) for one in arguments]


@dataclass(frozen=True)
class Chunks:
    """How many zones are worked on at a time (0: all at once), and who does it.

    `train`: who makes the final fit of LightGBM, where it is not this process.
    """

    zones: int = 0
    run: Run = run_here
    train: Callable[..., Any] | None = None

    def rows(self, function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
        """A function of rows applied to chunks of as many rows as `zones` zones have."""
        if not self.zones:
            return function(values)
        step = self.zones * HOURS_PER_WEEK
        parts = [(values[first : first + step],) for first in range(0, len(values), step)]
        return np.concatenate(self.run(function, parts))


WHOLE = Chunks()


def looks_at_own_zone(name: str) -> bool:
    """Whether a registered feature may be computed on a chunk of zones."""
    return FEATURES[name].__module__ in _OF_ONE_ZONE and name not in _OF_THE_TOWN


def part(snapshot: Snapshot, zones: slice) -> Snapshot:
    """Some zones of a snapshot, with the town's marginals as fitted to all of them.

    What features of one zone do not look at is left out.
    """
    for half_life in HALF_LIVES:
        marginal_prior(snapshot, half_life)

    def cut(sums: Sums) -> Sums:
        hours = sums.hours if len(sums.hours) == 1 else sums.hours[zones]
        return Sums(sums.events[zones], hours)

    marginals = {}
    for half_life in HALF_LIVES:
        level, profile = snapshot.cache["prior", half_life]
        marginals["prior", half_life] = (level[zones], profile)
    left_out = dict.fromkeys(field.name for field in fields(snapshot))
    return Snapshot(
        **left_out
        | {name: getattr(snapshot, name) for name in ("origin", "target", "calendar")}
        | {"zones": snapshot.zones.iloc[zones], "cache": marginals}
        | {"decayed": {name: cut(sums) for name, sums in snapshot.decayed.items()}}
        | {name: [cut(s) for s in getattr(snapshot, name)] for name in LISTS_OF_SUMS}
    )


def chunked(
    values_at: Callable[..., np.ndarray],
    snapshot: Snapshot,
    names: Sequence[str],
    zone: np.ndarray,
    hour: np.ndarray,
    chunks: Chunks,
) -> np.ndarray:
    """`values_at(snapshot, names, zone, hour)` of features of one zone, chunk by chunk.

    `zone` ascends, as rows are drawn.
    """
    starts = np.arange(0, len(snapshot.zones), chunks.zones)
    bounds = np.searchsorted(zone, [*starts, len(snapshot.zones)])
    arguments = (
        (
            part(snapshot, slice(start, start + chunks.zones)),
            tuple(names),
            zone[first:last] - start,
            hour[first:last],
        )
        for start, first, last in zip(starts, bounds[:-1], bounds[1:], strict=True)
        if last > first
    )
    return np.concatenate(chunks.run(values_at, arguments))
