"""Do probabilities mean what they say: forecasts beside what happened, in fine bins added up.

Fine bins (equal steps of the log-odds) can be added over weeks and groups without keeping any
zone-hour; whoever draws a curve merges them into bins of about equal size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

FINE = 500
_WIDEST = 11.5
"""Log-odds of the outermost bins: probabilities below 1e-5 or above 1 - 1e-5 fall together."""

ROWS, FORECAST, HITS = 0, 1, 2
"""Columns of a fine table: zone-hours, sum of forecast probabilities, zone-hours with a find."""


def fine_bin(probability: np.ndarray) -> np.ndarray:
    """The fine bin of each probability, 0 to FINE - 1."""
    with np.errstate(divide="ignore"):
        odds = np.log(probability) - np.log1p(-probability)
    step = (np.clip(odds, -_WIDEST, _WIDEST) + _WIDEST) / (2 * _WIDEST)
    return np.minimum((step * FINE).astype(np.int64), FINE - 1)


def fine_tables(
    hit: np.ndarray,
    probability: np.ndarray,
    groupings: Sequence[tuple[np.ndarray, int]],
    weight: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Sums per group and fine bin: (groups of all groupings, FINE, 3), as ROWS, FORECAST, HITS.

    Each grouping is the group of every zone-hour and how many groups there are; `weight` is how
    many zone-hours each stands for.
    """
    bins = fine_bin(probability)
    rows = np.broadcast_to(np.asarray(weight, dtype=float), probability.shape)
    values = (rows, rows * probability, rows * hit)
    tables = []
    for group, groups in groupings:
        cell = bins + group.astype(np.int64) * FINE
        columns = [np.bincount(cell, w, minlength=groups * FINE) for w in values]
        tables.append(np.stack(columns, axis=-1).reshape(groups, FINE, 3))
    return np.concatenate(tables).astype(float)


def merged(fine: np.ndarray, bins: int = 10) -> np.ndarray:
    """For each fine bin of a (FINE, 3) table, the bin of about equal size it belongs to."""
    rows = fine[:, ROWS]
    middle = np.cumsum(rows) - rows / 2
    share = middle / max(rows.sum(), 1.0)
    return np.minimum((share * bins).astype(int), bins - 1)


def add_up(fine: np.ndarray, bin_of: np.ndarray, bins: int = 10) -> np.ndarray:
    """Fine tables (..., FINE, 3) added up by `merged` bins: (..., bins, 3)."""
    members = (bin_of[None, :] == np.arange(bins)[:, None]).astype(float)
    return np.einsum("bf,...fc->...bc", members, fine)


def error(coarse: np.ndarray) -> np.ndarray:
    """Mean gap between forecast and observed share, weighted by rows: (..., bins, 3) -> (...).

    Expected calibration error with bins of equal size (Naeini, Cooper and Hauskrecht, 2015).
    """
    gaps = np.abs(coarse[..., FORECAST] - coarse[..., HITS]).sum(axis=-1)
    return gaps / np.maximum(coarse[..., ROWS].sum(axis=-1), 1.0)


def error_by_chance(coarse: np.ndarray) -> float:
    """The error that a perfectly calibrated forecast would show with so many rows.

    Each bin's gap is then about normal: its mean size is sqrt(2 / pi) standard deviations (after
    Bröcker and Smith, 2007, who draw it).
    """
    rows, forecast = coarse[:, ROWS], coarse[:, FORECAST]
    mean = np.divide(forecast, rows, out=np.zeros_like(forecast), where=rows > 0)
    deviation = np.sqrt(rows * mean * (1 - mean))
    return float(np.sqrt(2 / np.pi) * deviation.sum() / max(rows.sum(), 1.0))


def curve(coarse: np.ndarray) -> pd.DataFrame:
    """Columns forecast, observed, rows, lower, upper: the observed share with its 95 % interval.

    The interval is Wilson's (1927) of zone-hours taken as independent.
    """
    rows = coarse[:, ROWS]
    used = rows > 0
    rows, forecast, hits = (coarse[used, column] for column in (ROWS, FORECAST, HITS))
    observed, z2 = hits / rows, 1.96**2
    centre = (observed + z2 / (2 * rows)) / (1 + z2 / rows)
    half = np.sqrt(z2 * observed * (1 - observed) / rows + z2**2 / (4 * rows**2)) / (1 + z2 / rows)
    return pd.DataFrame(
        {
            "forecast": forecast / rows,
            "observed": observed,
            "rows": rows,
            "lower": centre - half,
            "upper": centre + half,
        }
    )


def pooled(curves: Sequence[pd.DataFrame], bins: int = 10) -> pd.DataFrame:
    """The curve over several weeks, from the curve of each: bins of about equal size again."""
    points = pd.concat(curves, ignore_index=True)
    rows, forecast = points["rows"].to_numpy(), points["forecast"].to_numpy()
    columns = np.stack([rows, rows * forecast, rows * points["observed"].to_numpy()], axis=-1)
    fine = np.zeros((FINE, 3))
    np.add.at(fine, fine_bin(forecast), columns)
    return curve(add_up(fine, merged(fine, bins), bins))
