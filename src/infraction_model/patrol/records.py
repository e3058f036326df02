"""What past records say of zones for a plan: what is found there, and when a patrol last came."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.patrol.visits import SAFETY, VisitParameters

_STRENGTH = 10.0
"""Fines that the town's mix of categories is worth when a zone's own is shrunk to it."""


def known_fines(fines: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    """The fines that the town knew of at the origin, a tz-aware time."""
    known = fines["issued_at"]
    if "recorded_at" in fines:
        known = fines["recorded_at"].where(fines["recorded_at"].notna(), known)
    return fines[known < origin]


def category_mix(fines: pd.DataFrame, zone_ids: pd.Series) -> tuple[list[str], np.ndarray]:
    """The categories that were ever fined, by name, and each zone's share of them.

    `fines` are those known. Shares are (zones, categories), each row sums to 1: a zone's own mix is
    shrunk to the town's by 10 fines. Without any fine there is no category.
    """
    position = pd.Index(zone_ids).get_indexer(fines["zone_id"])
    categories, names = pd.factorize(fines["category"], sort=True)
    counts = np.zeros((len(zone_ids), len(names)))
    np.add.at(counts, (position[position >= 0], categories[position >= 0]), 1)
    if not counts.any():
        return [], np.zeros((len(zone_ids), 0))
    town = counts.sum(axis=0) / counts.sum()
    share = (counts + _STRENGTH * town) / (counts.sum(axis=1, keepdims=True) + _STRENGTH)
    return [str(name) for name in names], share


def severity_of_zones(
    fines: pd.DataFrame, zone_ids: pd.Series, parameters: VisitParameters
) -> tuple[np.ndarray, np.ndarray]:
    """What a typical infraction of each zone weighs, and the share of it that is about safety.

    `fines` are those known; without any, every infraction weighs `other_severity`.
    """
    names, share = category_mix(fines, zone_ids)
    other = parameters.other_severity
    if not names:
        return np.full(len(zone_ids), other), np.zeros(len(zone_ids))
    severity = np.array([parameters.severity.get(name, other) for name in names])
    weight = share @ severity
    safety = share @ np.where(severity >= SAFETY * other, severity, 0.0)
    return weight, np.divide(safety, weight, out=np.zeros_like(weight), where=weight > 0)


def days_since_visit(
    patrols: pd.DataFrame | None, fines: pd.DataFrame, zone_ids: pd.Series, origin: pd.Timestamp
) -> np.ndarray:
    """Days from the last known presence in each zone to the origin; infinite where none is known.

    A fine is a presence too; without a patrol log it is all there is. `fines` are those known.
    """
    seen = [fines[["zone_id", "issued_at"]].set_axis(["zone_id", "at"], axis=1)]
    if patrols is not None:
        ended = patrols.loc[patrols["ended_at"] < origin, ["zone_id", "ended_at"]]
        seen.append(ended.set_axis(["zone_id", "at"], axis=1))
    last = pd.concat(seen).groupby("zone_id")["at"].max().reindex(zone_ids)
    days = ((origin - last) / pd.Timedelta(days=1)).to_numpy()
    return np.where(np.isnan(days), np.inf, np.maximum(days, 0.0))
