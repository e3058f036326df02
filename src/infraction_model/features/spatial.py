"""Features of where a zone lies: what its neighbours show, and how far from the middle it is.

Neighbours are the 6 zones whose centres are nearest; without geometry all of it is NaN.
"""

from __future__ import annotations

import numpy as np

from infraction_model.features.history import empirical_bayes, marginal_prior, zone_level
from infraction_model.features.registry import feature
from infraction_model.features.snapshot import Snapshot


@feature
def neighbours_rate(snapshot: Snapshot) -> np.ndarray:
    """Mean level of the neighbours over all hours, events per exposure hour, half-life 52 weeks."""
    return snapshot.around.mean(zone_level(snapshot, "52w"))


@feature
def neighbours_recent_rate(snapshot: Snapshot) -> np.ndarray:
    """Mean level of the neighbours over all hours, events per exposure hour, half-life 4 weeks."""
    return snapshot.around.mean(zone_level(snapshot, "4w"))


@feature
def neighbours_hour_rate(snapshot: Snapshot) -> np.ndarray:
    """Mean empirical-Bayes rate of the neighbours in this hour of the week, half-life 52 weeks,
    the prior worth 2 events."""
    prior = marginal_prior(snapshot, "52w")
    return snapshot.around.mean(empirical_bayes(snapshot.decayed["52w"], prior, 2.0))


@feature
def metres_to_centre(snapshot: Snapshot) -> np.ndarray:
    """Distance of the zone's centre from the middle of all known fines, metres."""
    metres = snapshot.around.metres
    located = np.isfinite(metres).all(axis=1)
    weight = np.where(located, snapshot.zone_fines, 0.0)
    if not weight.sum():
        return np.full((1, 1), np.nan)
    middle = (weight[located, None] * metres[located]).sum(axis=0) / weight.sum()
    return np.hypot(*(metres - middle).T)[:, None]
