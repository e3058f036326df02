"""Fines given the truth and the patrols: Poisson(rate x hours looked at), at a uniform minute.

So the log-likelihood under the truth is known exactly, and a zone-hour without a patrol has none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.simulation import kinds
from infraction_model.simulation.drivers import Drivers
from infraction_model.timegrid import HOURS_PER_WEEK

_PROMPT = (0.55, 0.25, 0.10, 0.06, 0.04)
_LATE_DAYS = (21, 85)


def make_fines(
    drivers: Drivers,
    patrols: pd.DataFrame,
    paid: np.ndarray,
    late_share: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """All fines in order of issue: patrol, zone, officer, minute, category, recorded_day.

    `minute` counts from the first Monday 00:00; `recorded_day` from the first Monday: 0 to 4 days
    after the issue, or, for `late_share` of them, 3 to 12 weeks. `paid` (zone) says where an unpaid
    parking charge is possible.
    """
    pieces = hourly_pieces(patrols)
    rate = drivers.rates.reshape(len(drivers.rates), -1)[pieces["zone"], pieces["hour"]]
    expected = rate.astype(np.float64) * (pieces["end"] - pieces["start"]) / 60.0
    counts = rng.poisson(expected)
    fines = pieces.loc[pieces.index.repeat(counts)].reset_index(drop=True)
    length = (fines["end"] - fines["start"]).to_numpy()
    fines["minute"] = fines["start"] + np.floor(rng.random(len(fines)) * length).astype(np.int64)
    fines["category"] = _categories(drivers, fines, paid, rng)
    day = fines["minute"].to_numpy() // (24 * 60)
    fines["recorded_day"] = day + _delays(len(fines), late_share, rng)
    fines = fines.sort_values(["minute", "patrol"], kind="stable", ignore_index=True)
    return fines[["patrol", "zone", "officer", "minute", "category", "recorded_day"]]


def hourly_pieces(patrols: pd.DataFrame) -> pd.DataFrame:
    """Patrols cut at each full hour: patrol (row), zone, officer, hour, start, end (minutes)."""
    first = patrols["start"].to_numpy() // 60
    last = (patrols["end"].to_numpy() - 1) // 60
    repeats = last - first + 1
    row = np.repeat(np.arange(len(patrols)), repeats)
    hour = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats) + first[row]
    return pd.DataFrame(
        {
            "patrol": row,
            "zone": patrols["zone"].to_numpy()[row],
            "officer": patrols["officer"].to_numpy()[row],
            "hour": hour,
            "start": np.maximum(patrols["start"].to_numpy()[row], hour * 60),
            "end": np.minimum(patrols["end"].to_numpy()[row], (hour + 1) * 60),
        }
    )


def _categories(
    drivers: Drivers, fines: pd.DataFrame, paid: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The position in CATEGORIES of each fine: its kind of driver, then what that kind does."""
    week, hour = np.divmod(fines["hour"].to_numpy(), HOURS_PER_WEEK)
    zone = fines["zone"].to_numpy()
    kind = _draw(drivers.mixture[zone] * drivers.demand[:, week, hour].T, rng)
    weights = kinds.category_weights()[kind]
    names = [category[0] for category in kinds.CATEGORIES]
    weights[:, names.index("unpaid")] *= paid[zone]
    weights[:, names.index("blue_zone")] *= ~paid[zone]
    return _draw(weights, rng)


def _draw(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One column per row, with probability proportional to its weight."""
    steps = np.cumsum(weights, axis=1)
    return (rng.random(len(weights))[:, None] * steps[:, -1:] >= steps).sum(axis=1)


def _delays(count: int, late_share: float, rng: np.random.Generator) -> np.ndarray:
    """Days from the issue until the fine was entered."""
    prompt = rng.choice(len(_PROMPT), size=count, p=_PROMPT)
    late = rng.integers(*_LATE_DAYS, size=count)
    return np.where(rng.random(count) < late_share, late, prompt)
