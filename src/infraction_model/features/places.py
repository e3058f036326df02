"""Features of the place itself, from the zones table."""

from __future__ import annotations

import numpy as np

from infraction_model.features.registry import feature
from infraction_model.features.snapshot import Snapshot


def _column(snapshot: Snapshot, name: str) -> np.ndarray:
    return snapshot.zones[name].to_numpy(dtype=float)[:, None]


@feature
def spaces(snapshot: Snapshot) -> np.ndarray:
    """Parking spaces of the zone; NaN where the town gave none."""
    return _column(snapshot, "spaces")


@feature
def max_stay_minutes(snapshot: Snapshot) -> np.ndarray:
    """Longest stay allowed, minutes; NaN where there is no limit or none was given."""
    return _column(snapshot, "max_stay_minutes")


@feature
def longitude(snapshot: Snapshot) -> np.ndarray:
    """Longitude of the zone's centre, degrees; NaN without geometry."""
    return _column(snapshot, "lon")


@feature
def latitude(snapshot: Snapshot) -> np.ndarray:
    """Latitude of the zone's centre, degrees; NaN without geometry."""
    return _column(snapshot, "lat")
