"""What the latent-class model says of the target week: zones understood by others like them."""

from __future__ import annotations

import numpy as np

from infraction_model.features.registry import feature
from infraction_model.features.snapshot import Snapshot
from infraction_model.latent_class.model import Posterior


def _posterior(snapshot: Snapshot) -> Posterior:
    if "latent_class" not in snapshot.cache:
        snapshot.cache["latent_class"] = snapshot.latent_class()
    return snapshot.cache["latent_class"]


@feature
def latent_rate(snapshot: Snapshot) -> np.ndarray:
    """Posterior mean rate, events per exposure hour: level of the zone x hours of its classes x its
    own hours, all history (latent_class/classes.py)."""
    return _posterior(snapshot).rate


@feature
def latent_variation(snapshot: Snapshot) -> np.ndarray:
    """Relative variance of that rate under its posterior: how little the zone-hour is known."""
    return _posterior(snapshot).variation
