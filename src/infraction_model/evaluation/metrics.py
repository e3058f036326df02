"""Figures of merit for forecasts of rare events on the grid."""

from __future__ import annotations

import numpy as np
from scipy import stats

SMALLEST = 1e-9


def losses(hit: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Negative log likelihood of what happened, nats, one per zone-hour; less is better.

    Twice their sum is the Bernoulli deviance (McCullagh and Nelder, 1989).
    """
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return -np.where(hit, np.log(p), np.log1p(-p))


def log_loss(hit: np.ndarray, probability: np.ndarray) -> float:
    """Mean of `losses`, nats per zone-hour."""
    return float(np.mean(losses(hit, probability)))


def brier(hit: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared error of the probability (Brier, 1950); less is better."""
    return float(np.mean((probability - hit) ** 2))


def poisson_deviances(count: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Poisson deviance of each count (McCullagh and Nelder, 1989); 0 where expected = count."""
    mean = np.clip(expected, SMALLEST, None)
    ratio = np.log(np.where(count > 0, count / mean, 1.0))
    return 2.0 * (count * ratio - (count - mean))


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


def precision(hit: np.ndarray, priority: np.ndarray, share: float) -> float:
    """Share of the top `share` of zone-hours that had at least one find."""
    return float(np.mean(hit[top(priority, share)]))


def pai(value: np.ndarray, priority: np.ndarray, share: float) -> float:
    """Prediction accuracy index: share captured / share of zone-hours (Chainey et al., 2008)."""
    return capture(value, priority, share) * len(value) / len(top(priority, share))


def pei(value: np.ndarray, priority: np.ndarray, share: float) -> float:
    """Prediction efficiency index: PAI / the best possible PAI of that size (Hunt, 2016).

    The same as what a list of the top `share` finds as a share of what the perfect list would.
    """
    perfect = value[top(value, share)].sum()
    return float(value[top(priority, share)].sum() / max(perfect, SMALLEST))


def spearman(true_rate: np.ndarray, rate: np.ndarray) -> float:
    """Rank correlation of two arrays (Spearman, 1904); NaN where one of them is constant."""
    ranks = [stats.rankdata(values.ravel()) for values in (true_rate, rate)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])
