"""Features of how full zones are, as known at the origin: never what the target hour itself shows.

Source of all: the tables of `infraction-model occupancy`, where the town has run it before `panel`.
NaN in zones of which nothing is known.
"""

from __future__ import annotations

import numpy as np

from infraction_model.features.known_occupancy import KnownOccupancy
from infraction_model.features.registry import feature
from infraction_model.features.snapshot import Snapshot

PRIOR_WEEKS = 1.0
"""How many weeks of its own the usual week of a zone is worth, where an hour was seldom known."""

_UNKNOWN = np.full((1, 1), np.nan)


@feature
def occupancy_rate(snapshot: Snapshot) -> np.ndarray:
    """Share of the bays that are usually taken in this hour of the week, 0 to 1, half-life 13
    weeks; where few weeks are known drawn to the zone's level x the town's week."""
    known = snapshot.context.occupancy
    return _UNKNOWN if known is None else _usual(snapshot, known)


@feature
def occupancy_trend(snapshot: Snapshot) -> np.ndarray:
    """Occupancy of the zone, all hours: half-life 4 weeks over what is usual in the same hours; 1
    is unchanged."""
    known = snapshot.context.occupancy
    if known is None:
        return _UNKNOWN
    recent = known.means["4w"]
    due = _sum(recent.weight * np.nan_to_num(_usual(snapshot, known)))
    return _ratio(_sum(recent.total), due)


@feature
def occupancy_full(snapshot: Snapshot) -> np.ndarray:
    """Share of the weeks in which more than 85 % of the bays were taken in this hour of the week,
    half-life 13 weeks."""
    known = snapshot.context.occupancy
    return _UNKNOWN if known is None else _ratio(known.full.total, known.full.weight)


@feature
def occupancy_vehicles(snapshot: Snapshot) -> np.ndarray:
    """Cars expected in the zone in this hour of the week: its spaces x occupancy_rate."""
    known = snapshot.context.occupancy
    if known is None:
        return _UNKNOWN
    spaces = snapshot.zones["spaces"].to_numpy(dtype=float)[:, None]
    return spaces * _usual(snapshot, known)


def _usual(snapshot: Snapshot, known: KnownOccupancy) -> np.ndarray:
    """Expected occupancy of each hour of week, (zones, 168); NaN in zones never known."""
    if "occupancy" not in snapshot.cache:
        sums = known.means["13w"]
        week = _ratio(sums.total.sum(axis=0), sums.weight.sum(axis=0))
        level = _ratio(_sum(sums.total), _sum(sums.weight * np.nan_to_num(week)))
        prior = np.minimum(level * week, 1.0)
        seen = np.isfinite(prior)
        mean = (sums.total + PRIOR_WEEKS * prior) / (sums.weight + PRIOR_WEEKS)
        snapshot.cache["occupancy"] = np.where(seen, mean, np.nan)
    return snapshot.cache["occupancy"]


def _sum(values: np.ndarray) -> np.ndarray:
    return values.sum(axis=1, keepdims=True)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
