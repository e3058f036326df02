"""Feature values of chosen zone-hours as one float32 matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Importing the modules registers their features.
from infraction_model.features import (  # noqa: F401
    calendar,
    context,
    history,
    latent_class,
    mix,
    occupancy,
    places,
    profiles,
    recurring,
    spatial,
)
from infraction_model.features.registry import FEATURES, check_names
from infraction_model.features.snapshot import Snapshot
from infraction_model.features.zone_chunks import WHOLE, Chunks, chunked, looks_at_own_zone
from infraction_model.timegrid import HOURS_PER_WEEK

DEFAULT = (
    "eb_rate_4w_light",
    "eb_rate_13w_light",
    "eb_rate_52w_light",
    "zone_rate_4w",
    "zone_rate_13w",
    "hour_rate",
    "zone_hour_of_day_rate",
    "zone_hour_of_day_rate_4w",
    "zone_workday_hour_rate",
    "neighbouring_hours_rate",
    "low_rank_rate_5",
    "low_rank_rate_15",
    "low_rank_rate_40",
    "nth_pair_rate",
    "nth_weekday_rate",
    "day_pair_rate",
    "day_last_week",
    "zone_last_week",
    "fines_rate_13w",
    "fines_per_event",
    "hour_peak",
    "hour_entropy",
    "weeks_since_event",
    "relative_effort",
    "zone_relative_effort",
    "hour_of_day",
    "weekday",
    "public_holiday",
    "beside_public_holiday",
    "school_holiday",
    "spaces",
    "max_stay_minutes",
    "category_share_1",
    "category_share_2",
    "category_share_3",
    "category_mix",
    "roadworks_announced",
    "market_announced",
    "event_announced",
)


@dataclass(frozen=True)
class FeatureParameters:
    """Which registered features a model is given."""

    names: tuple[str, ...] = DEFAULT

    def __post_init__(self) -> None:
        check_names(self.names)


def matrix(
    snapshot: Snapshot,
    names: tuple[str, ...],
    zone: np.ndarray,
    hour: np.ndarray,
    chunks: Chunks = WHOLE,
) -> np.ndarray:
    """Values of the features `names` at the cells (zone[i], hour[i]): (cells, names), float32.

    With `chunks`, features of one zone are computed chunk by chunk; the same values to the bit.
    """
    if not chunks.zones or not len(zone):
        return _values(snapshot, names, zone, hour)
    own = np.array([looks_at_own_zone(name) for name in names])
    values = np.empty((len(zone), len(names)), dtype=np.float32)
    for which, found in (
        (own, lambda some: chunked(_values, snapshot, some, zone, hour, chunks)),
        (~own, lambda some: _values(snapshot, some, zone, hour)),
    ):
        if which.any():
            values[:, which] = found(tuple(np.array(names)[which].tolist()))
    return values


def _values(
    snapshot: Snapshot, names: tuple[str, ...], zone: np.ndarray, hour: np.ndarray
) -> np.ndarray:
    cell = zone.astype(np.int64) * HOURS_PER_WEEK + hour
    values = np.empty((len(zone), len(names)), dtype=np.float32)
    for column, name in enumerate(names):
        values[:, column] = _at(FEATURES[name](snapshot), zone, hour, cell)
    return values


def _at(value: np.ndarray, zone: np.ndarray, hour: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """What an array that broadcasts to (zones, 168) holds at some cells; nothing is broadcast."""
    many_zones, many_hours = value.shape[0] > 1, value.shape[1] > 1
    if many_zones and many_hours:
        return value.reshape(-1).take(cell)
    if many_hours:
        return value[0].take(hour)
    return value[:, 0].take(zone) if many_zones else value[0, 0]
