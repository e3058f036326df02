"""What the weeks of zones have in common: hard or soft classes, few shared patterns, or nothing.

A model that groups zones is at home in a town of classes; these towns show how it does elsewhere.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from infraction_model.simulation import kinds

Structure = Literal["classes", "soft", "low_rank", "free"]
FACTORS = 3
"""How many patterns the zones of a `low_rank` town share."""

# Dirichlet weights of a zone's leading kind of driver and of each other kind.
_CLASSES, _SOFT = (7.0, 0.35), (2.5, 1.5)
# Standard deviation of a log profile about the common curve: that of the towns of classes.
_PROFILE_SPREAD = 0.7
_HOURS_ALIKE = 3.0  # length scale over the hours of a day
_WEEKDAYS_ALIKE, _SATURDAY, _SUNDAY, _WEEKEND = 0.8, 0.4, 0.25, 0.5  # correlations of days


def kind_mixture(
    structure: Structure, streets: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Shares of the kinds of drivers in each zone (Dirichlet), (zone, kind), rows sum to 1.

    In `classes` mostly the street's own kind, a few others; else many kinds and none that rules.
    """
    own = streets["kind"].to_numpy()[:, None] == np.array(kinds.NAMES)[None, :]
    leading, other = _CLASSES if structure == "classes" else _SOFT
    weights = rng.gamma(np.where(own, leading, other))
    return weights / weights.sum(axis=1, keepdims=True)


def own_profiles(structure: Structure, zones: int, rng: np.random.Generator) -> np.ndarray | None:
    """The 168-hour profile of each zone where kinds of drivers do not make it, (zone, 168).

    `free`: exp(common curve + a Gaussian process of the zone's own), so no two zones are alike and
    no few patterns make them up. `low_rank`: the log profile is the common curve plus FACTORS
    shared patterns (Gaussian processes), each zone with loadings of its own. Scaled so that every
    zone's mean is the mean of all kinds of drivers; None for `classes` and `soft`.
    """
    if structure in ("classes", "soft"):
        return None
    if structure == "free":
        deviation = _smooth_weeks(zones, rng)
    else:
        loadings = rng.normal(0.0, 1.0 / np.sqrt(FACTORS), (zones, FACTORS))
        deviation = loadings @ _smooth_weeks(FACTORS, rng)
    common = np.average(kinds.profiles(), axis=0, weights=[kind.share for kind in kinds.KINDS])
    profiles = common * np.exp(_PROFILE_SPREAD * deviation)
    return profiles * (common.mean() / profiles.mean(axis=1, keepdims=True))


def _smooth_weeks(count: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of a Gaussian process over the hours of a week, variance 1, (count, 168).

    Its covariance is that of the days (weekdays much alike, Saturday and Sunday less) times that of
    the hours: Matérn 3/2 of the chord between two hours on the clock's circle.
    """
    days = np.full((7, 7), _WEEKDAYS_ALIKE)
    days[5, :5] = days[:5, 5] = _SATURDAY
    days[6, :5] = days[:5, 6] = _SUNDAY
    days[5, 6] = days[6, 5] = _WEEKEND
    np.fill_diagonal(days, 1.0)
    apart = np.abs(np.subtract.outer(np.arange(24), np.arange(24)))
    chord = np.sqrt(3.0) / _HOURS_ALIKE * 24.0 / np.pi * np.sin(np.pi * apart / 24.0)
    hours = (1.0 + chord) * np.exp(-chord)
    root_of_days, root_of_hours = np.linalg.cholesky(days), np.linalg.cholesky(hours)
    noise = rng.normal(size=(count, 7, 24))
    return (root_of_days @ noise @ root_of_hours.T).reshape(count, -1)
