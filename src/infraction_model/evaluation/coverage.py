"""Do intervals mean what they say, where no truth is known: two checks on what was found.

Counts: is each count inside the 90 % interval of what the forecast says can be found? It asks
little where counts are small, for chance alone makes most of their spread. Rates: a rate that is
wrong stays wrong from week to week, chance does not; so the products of one zone-hour's residuals
in two weeks show how far rates are off, and the intervals say how far they may be. Only weeks so
near that the later forecast did not know the earlier outcome tell: one that has learnt from it is
off the other way, which would hide just the error that is looked for.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import stats

from infraction_model.evaluation.folds import Outcome
from infraction_model.forecast import Forecast

LEVEL = 0.9
_SHAPES = np.geomspace(0.05, 1e5, 400)


def gamma_shape(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """The shape of the gamma distribution whose central 90 % interval is as wide, in proportion.

    The square of its coefficient of variation is 1 / shape.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(upper > 0, np.log(upper) - np.log(lower), 0.0)
    return np.exp(np.interp(ratio, *_log_ratios()))


@cache
def _log_ratios() -> tuple[np.ndarray, np.ndarray]:
    """Log of upper / lower end, ascending, and the log shape that has it."""
    tail = (1 - LEVEL) / 2
    low, high = (np.log(stats.gamma.ppf(q, _SHAPES)) for q in (tail, 1 - tail))
    finite = np.isfinite(low)
    return (high - low)[finite][::-1], np.log(_SHAPES)[finite][::-1]


def counts_inside(forecast: Forecast, found: Outcome) -> np.ndarray:
    """How far each exposed zone-hour's count lies inside its 90 % interval, 0 to 1, in their order.

    The count's predictive distribution is negative binomial: Poisson at a gamma rate with the
    forecast's mean and interval. A count on the edge counts in part, so that the mean is 0.9 where
    forecasts are right: the randomised probability integral transform without its randomness
    (Czado, Gneiting and Held, 2009).
    """
    exposed = found.exposed
    shape = gamma_shape(forecast.lower[exposed], forecast.upper[exposed])
    mean = np.maximum(forecast.expected[exposed] * found.hours[exposed], 1e-12)
    count = found.fines[exposed]
    distribution = stats.nbinom(shape, shape / (shape + mean))
    above = distribution.cdf(count)
    below = np.where(count > 0, above - distribution.pmf(count), 0.0)
    tail = (1 - LEVEL) / 2
    covered = np.minimum(above, 1 - tail) - np.maximum(below, tail)
    return np.clip(covered, 0.0, None) / np.maximum(above - below, 1e-12)


class RateErrors:
    """Adds up, week by week, how far one estimator's rates are off and how far they may be.

    `take` gives two sums by zone over pairs of this week with earlier ones that its forecast did
    not know (none where the gap is 0): products of residuals, and those the intervals imply. Their
    quotient is the square of how many times too narrow intervals are, for errors that last a week
    and mostly in busy zone-hours: there products are largest.
    """

    def __init__(self, counts: bool) -> None:
        self.counts = counts
        self.before: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]] = []

    def take(self, forecast: Forecast, found: Outcome) -> tuple[np.ndarray, np.ndarray]:
        """Sums (zones,) of the products seen and of the products claimed.

        With `counts` the events are fines at the expected rate, else zone-hours with a fine.
        """
        zone_ids = forecast.zones["zone_id"].to_numpy()
        event = found.fines if self.counts else found.hit
        mean = forecast.expected * found.hours
        if not self.counts:
            mean = forecast.chance(found.hours)
        residual = np.where(found.exposed, event - mean, 0.0).astype(np.float32)
        claimed = (mean / np.sqrt(gamma_shape(forecast.lower, forecast.upper))).astype(np.float32)
        seen, said = np.zeros(len(zone_ids)), np.zeros(len(zone_ids))
        self.before = [week for week in self.before if week[0] >= forecast.origin]
        for _, earlier_ids, earlier_residual, earlier_claimed in self.before:
            here, there = _common(zone_ids, earlier_ids)
            seen[here] += _rowwise(residual[here], earlier_residual[there])
            said[here] += _rowwise(claimed[here], earlier_claimed[there])
        self.before.append((forecast.target, zone_ids, residual, claimed))
        return seen, said


def _common(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the zones that both have, in both."""
    _, here, there = np.intersect1d(one, other, return_indices=True)
    return here, there


def _rowwise(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.einsum("zh,zh->z", one, other, dtype=float)
