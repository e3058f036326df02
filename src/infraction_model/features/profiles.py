"""Features of a zone's profile over the 168 hours: what zones alike share, how peaked it is.

Source: the empirical-Bayes rate of all history with a light prior (history.py), and the exposure.
"""

from __future__ import annotations

import numpy as np

from infraction_model.features.history import light_rate
from infraction_model.features.registry import feature, register
from infraction_model.features.snapshot import Snapshot

RANKS = (5, 15, 40)
"""How many shared profiles the zones' rates are put together from."""


def _low_rank(snapshot: Snapshot, rank: int) -> np.ndarray:
    """The best approximation of the square roots of rates by `rank` profiles (Eckart and Young,
    1936), squared: roots make the chance of counts alike everywhere (Bartlett, 1936)."""
    roots = np.sqrt(light_rate(snapshot, "all"))
    if "profiles" not in snapshot.cache:
        # eigenvectors of the 168 x 168 products: the right singular vectors, largest last
        snapshot.cache["profiles"] = np.linalg.eigh(roots.T @ roots)[1][:, ::-1]
    shared = snapshot.cache["profiles"][:, :rank]
    return np.maximum((roots @ shared) @ shared.T, 1e-3) ** 2


def _register_low_ranks() -> None:
    for rank in RANKS:
        register(f"low_rank_rate_{rank}", _rate(rank))


def _rate(rank: int):
    def rate(snapshot: Snapshot) -> np.ndarray:
        return _low_rank(snapshot, rank)

    rate.__doc__ = (
        f"Rate of the cell put together from {rank} profiles that all zones share, events per "
        "exposure hour, all history."
    )
    return rate


@feature
def hour_peak(snapshot: Snapshot) -> np.ndarray:
    """Rate of the cell against the highest of its zone's 168 hours, 0 to 1, all history."""
    rate = light_rate(snapshot, "all")
    return rate / rate.max(1, keepdims=True)


@feature
def hour_entropy(snapshot: Snapshot) -> np.ndarray:
    """How evenly the zone's rate is spread over the 168 hours: entropy of shares, nats."""
    rate = light_rate(snapshot, "all")
    share = rate / rate.sum(1, keepdims=True)
    return -(share * np.log(share)).sum(1, keepdims=True)


@feature
def relative_effort(snapshot: Snapshot) -> np.ndarray:
    """Exposure hours behind the cell against the mean of the town's cells, half-life 52 weeks.

    Unlike `cell_hours` it does not grow with the history: where nobody knows the exposure that
    would be a clock, and a model would learn the seasons of the one year it has seen.
    """
    hours = snapshot.decayed["52w"].hours
    return hours / max(hours.mean(), 1e-9)


@feature
def zone_relative_effort(snapshot: Snapshot) -> np.ndarray:
    """Exposure hours behind the zone against the mean of the town's zones, half-life 52 weeks."""
    hours = snapshot.decayed["52w"].hours.sum(1, keepdims=True)
    return hours / max(hours.mean(), 1e-9)


_register_low_ranks()
