"""Figures of merit for forecasts of rare events on the grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

SMALLEST = 1e-9


def log_loss(hit: np.ndarray, probability: np.ndarray) -> float:
    """Mean negative log likelihood of what happened, nats per zone-hour; less is better."""
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return float(-np.mean(np.where(hit, np.log(p), np.log1p(-p))))


def brier(hit: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared error of the probability (Brier, 1950); less is better."""
    return float(np.mean((probability - hit) ** 2))


def excess_log_loss(true_probability: np.ndarray, probability: np.ndarray) -> float:
    """Expected log loss beyond that of the truth itself, nats per zone-hour (Kullback-Leibler)."""
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    q = np.clip(true_probability, SMALLEST, 1 - SMALLEST)
    return float(np.mean(q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p))))


def top(priority: np.ndarray, share: float) -> np.ndarray:
    """Positions of the top `share` of values, at least one; ties go to the earlier position."""
    count = max(1, round(share * len(priority)))
    return np.argsort(-priority, kind="stable")[:count]


def capture(value: np.ndarray, priority: np.ndarray, share: float) -> float:
    """Share of all `value` (fines, true rate) found in the top `share` of zone-hours."""
    return float(value[top(priority, share)].sum() / max(value.sum(), SMALLEST))


def yield_of_top(true_rate: np.ndarray, priority: np.ndarray, share: float) -> float:
    """What a list of the top `share` would find, as a share of what the perfect list would."""
    perfect = true_rate[top(true_rate, share)].sum()
    return float(true_rate[top(priority, share)].sum() / max(perfect, SMALLEST))


def calibration(hit: np.ndarray, probability: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """Mean forecast and observed share in bins of equal size: columns forecast, observed, rows."""
    order = np.argsort(probability, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    return pd.DataFrame(
        {
            "forecast": [probability[group].mean() for group in groups],
            "observed": [hit[group].mean() for group in groups],
            "rows": [len(group) for group in groups],
        }
    )


def calibration_error(hit: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Mean gap between forecast and observed share over the bins, weighted by rows (ECE)."""
    table = calibration(hit, probability, bins)
    gaps = (table["forecast"] - table["observed"]).abs()
    return float(np.average(gaps, weights=table["rows"]))


def spearman(true_rate: np.ndarray, rate: np.ndarray) -> float:
    """Rank correlation of two arrays (Spearman, 1904); NaN where one of them is constant."""
    ranks = [stats.rankdata(values.ravel()) for values in (true_rate, rate)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])
