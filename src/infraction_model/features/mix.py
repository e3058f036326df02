"""Features of what was found and how long ago: the categories of fines, and the last event.

Source of all: the fines, all history known at the origin (and the patrols, see Snapshot's events).
"""

from __future__ import annotations

import numpy as np

from infraction_model.features.known_fines import NEVER
from infraction_model.features.registry import feature, register
from infraction_model.features.snapshot import Snapshot

MAIN_CATEGORIES = 3
"""How many of the town's most frequent categories have a share of their own."""

STRENGTH = 10.0
"""Fines that the town's mix is worth when a zone's own is shrunk to it."""


def _shares(snapshot: Snapshot) -> np.ndarray:
    """Each zone's share of fines by category, shrunk to the town's, (zones, categories).

    The town's most frequent category comes first. Categories of which no fine is known are left
    out: that they exist may have become known later.
    """
    fines = snapshot.category_fines
    known = fines.sum(axis=0)
    order = np.argsort(-known, kind="stable")[: np.count_nonzero(known)]
    town = known[order] / max(known.sum(), 1.0)
    return (fines[:, order] + STRENGTH * town) / (fines.sum(axis=1, keepdims=True) + STRENGTH)


def _register_shares() -> None:
    for rank in range(1, MAIN_CATEGORIES + 1):
        register(f"category_share_{rank}", _share(rank))


def _share(rank: int):
    def share(snapshot: Snapshot) -> np.ndarray:
        shares = _shares(snapshot)
        return shares[:, rank - 1, None] if rank <= shares.shape[1] else np.full((1, 1), np.nan)

    share.__doc__ = (
        f"Share of the zone's fines that are of the town's category number {rank} by frequency, 0 "
        "to 1, shrunk to the town's share by 10 fines; NaN where there are fewer categories."
    )
    return share


@feature
def category_mix(snapshot: Snapshot) -> np.ndarray:
    """How mixed the zone's fines are: the entropy of its shrunk category shares, nats."""
    shares = _shares(snapshot)
    return -(shares * np.log(shares)).sum(axis=1, keepdims=True)


@feature
def weeks_since_event(snapshot: Snapshot) -> np.ndarray:
    """Weeks from the last known event in the zone-hour to the origin; NaN where there is none."""
    return _weeks_since(snapshot, snapshot.last_event_week)


@feature
def zone_weeks_since_event(snapshot: Snapshot) -> np.ndarray:
    """Weeks from the last known event in the zone, at any hour, to the origin; NaN if none."""
    return _weeks_since(snapshot, snapshot.last_event_week.max(axis=1, keepdims=True))


def _weeks_since(snapshot: Snapshot, week: np.ndarray) -> np.ndarray:
    return np.where(week == NEVER, np.nan, (snapshot.origin - week).astype(float))


_register_shares()
