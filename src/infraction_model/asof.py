"""What was known at an origin, and how complete it was."""

from __future__ import annotations

import numpy as np
import pandas as pd


def known_before(records: pd.DataFrame, origin: int) -> pd.DataFrame:
    """The rows of `records` (columns week, delay in weeks) that were known before `origin`."""
    return records[(records["week"] + records["delay"]) < origin]


def completeness(records: pd.DataFrame, origin: int) -> np.ndarray:
    """Share of a week's records known `age` whole weeks after its end, by age, as seen at `origin`.

    `records` has columns week, delay and fines (a count) and holds only what was known before
    `origin`; the result has one value per age 0, 1, … up to the first age at which it is 1.
    Recent weeks show only short delays, so the plain histogram would be too optimistic: this is the
    product-limit estimator in reverse time for right-truncated delays (Lagakos, Barraj and
    De Gruttola, 1988), conditional on the delay not exceeding the oldest age.
    """
    if records.empty:
        return np.ones(1)
    age = (origin - 1 - records["week"]).to_numpy()
    delay = records["delay"].to_numpy()
    fines = records["fines"].to_numpy(dtype=float)
    oldest = int(age.max())
    by_delay = np.bincount(delay, fines, minlength=oldest + 1)
    # at risk at s: delay <= s among weeks old enough to have shown a delay of s
    entered = np.cumsum(by_delay)
    too_young = np.concatenate([[0.0], np.cumsum(np.bincount(age, fines, minlength=oldest + 1))])
    at_risk = entered - too_young[: oldest + 1]
    survive = np.where(at_risk > 0, 1 - by_delay / np.maximum(at_risk, 1e-300), 1.0)
    later = np.concatenate([np.cumprod(survive[::-1])[::-1][1:], [1.0]])
    curve = np.clip(later, 0.0, 1.0)
    return curve[: np.flatnonzero(curve < 1.0).max(initial=-1) + 2]


def completeness_at(curve: np.ndarray, age: np.ndarray) -> np.ndarray:
    """The completeness of weeks of the given ages: 0 before their end, 1 beyond the curve."""
    age = np.asarray(age)
    return np.where(age < 0, 0.0, curve[np.clip(age, 0, len(curve) - 1)])
