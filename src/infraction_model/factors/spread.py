"""How far effects may lie from what was estimated: chance, and days and weeks good as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from infraction_model.factors.observed import Observed


@dataclass(frozen=True)
class Spread:
    """Why counts differ from what is expected, beyond the effects.

    `cell`: variance of the count of one hour over its mean, at least 1 (pure chance). `day`,
    `week`: standard deviations of the relative shocks that all hours of a day, of a week, share.
    """

    cell: float
    day: float
    week: float


def spread_of(
    counts: np.ndarray,
    expected: np.ndarray,
    days: np.ndarray,
    weeks: np.ndarray,
    columns: dict[str, int],
) -> Spread:
    """Variance components by moments, from (moments) counts, expectations, day and week numbers.

    Two hours of one day share its shock and its week's, two days of one week the latter only: the
    mean products of their residuals tell the two apart. `columns` is how many effects were fitted
    that last an "hour", a "day", a "week"; each takes its share out of the residuals.
    """
    residual = counts - expected
    by_day, by_week = (
        (np.bincount(groups, residual), np.bincount(groups, expected)) for groups in (days, weeks)
    )
    lasting_weeks = 1 + columns["week"]
    lasting_days = lasting_weeks + columns["day"]
    moments = _unbiased(residual, lasting_days + columns["hour"])
    day_sums = _unbiased(by_day[0], lasting_days)
    week_sums = _unbiased(by_week[0], lasting_weeks)
    week = _share(week_sums - day_sums, _squares(by_week[1]) - _squares(by_day[1]))
    both = max(week, _share(day_sums - moments, _squares(by_day[1]) - _squares(expected)))
    freedom = max(1, len(counts) - lasting_days - columns["hour"])
    positive = expected > 0
    pearson = (residual[positive] ** 2 / expected[positive]).sum() / freedom
    cell = pearson - both * expected.sum() / len(counts)
    return Spread(max(1.0, float(cell)), float(np.sqrt(both - week)), float(np.sqrt(week)))


def _squares(values: np.ndarray) -> float:
    return float(values @ values)


def _unbiased(residuals: np.ndarray, fitted: int) -> float:
    """The sum of squares that the residuals would have, had nothing been fitted to them."""
    return _squares(residuals) * len(residuals) / max(1, len(residuals) - fitted)


def _share(excess: float, scale: float) -> float:
    return max(0.0, excess / scale) if scale > 0 else 0.0


def covariance_of(
    observed: Observed,
    X: np.ndarray,
    effect: np.ndarray,
    level: np.ndarray,
    days: np.ndarray,
    weeks: np.ndarray,
    spread: Spread,
) -> np.ndarray:
    """Covariance of the effects of the columns of `X` (moments, k), the zones' levels profiled out.

    `effect` (moments) is the fitted one, 0 where a moment is not used; `level` (zones). The
    information is that of the Poisson likelihood with fixed effects (Hausman, Hall and Griliches,
    1984): columns count as far as they vary within a zone. Shocks widen it as clusters do.
    """
    expected = effect * observed.counted.by_moment(level)
    by_zone = level * observed.counted.by_zone(effect)
    mean = level[:, None] * observed.counted.by_zone(effect[:, None] * X)
    mean /= np.maximum(by_zone, 1e-300)[:, None]
    within = X.T @ (expected[:, None] * X) - mean.T @ (by_zone[:, None] * mean)
    share = observed.counted.by_moment(level[:, None] * mean)
    scores = expected[:, None] * X - effect[:, None] * share
    middle = spread.cell * within
    for groups, deviation in ((days, spread.day), (weeks, spread.week)):
        sums = np.zeros((groups.max() + 1, X.shape[1]))
        np.add.at(sums, groups, scores)
        middle += deviation**2 * sums.T @ sums
    inverse = np.linalg.inv(within)
    return inverse @ middle @ inverse
