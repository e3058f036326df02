"""How sure a figure is: intervals from resampled weeks, and paired tests of two forecasts.

Every figure is a function of sums (of losses, fines, zone-hours) that are added up once by week and
once by zone; resampling re-weights the sums, so a thousand replicates cost one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

FEW_WEEKS = 8
"""Below so many weeks the zones are resampled too, and the wider interval is taken."""

Statistic = Callable[[np.ndarray], np.ndarray]
"""A figure as a function of sums: (..., columns) -> (...)."""


@dataclass(frozen=True)
class Sums:
    """What a figure is made of, added up: `by_week` (weeks, columns), `by_zone` (zones, columns).

    Both have the same total; `by_zone` has no row where a figure is not made of zones.
    """

    by_week: np.ndarray
    by_zone: np.ndarray


@dataclass(frozen=True)
class Interval:
    """A figure with its central interval; `p` is two-sided, of the figure being 0 in truth."""

    value: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class Resampling:
    """Replicates as weights: `weeks` (replicates, weeks), `zones` (replicates, zones).

    One of them is None where it is not resampled. `blocks` is how many blocks of weeks there are.
    """

    weeks: np.ndarray | None
    zones: np.ndarray | None
    block: int
    blocks: float
    level: float

    @property
    def units(self) -> str:
        """What was resampled: "weeks", "zones" or "both" (the wider interval is taken)."""
        if self.weeks is None:
            return "zones"
        return "weeks" if self.zones is None else "both"


def resample(
    weeks: int, zones: int, seed: int = 1, replicates: int = 1000, level: float = 0.95
) -> Resampling:
    """Draw replicates of a backtest over `weeks` target weeks and `zones` zones.

    Weeks come in blocks on a circle, because neighbouring weeks are alike (Politis and Romano,
    1992), of about weeks^(1/3) from 12 weeks on. Fewer than FEW_WEEKS weeks say little of other
    weeks, and may agree by chance: zones are resampled too; one week alone says nothing of others.
    """
    rng = np.random.default_rng(seed)
    block = 1 if weeks < 12 else round(weeks ** (1 / 3))
    by_week = _circular_blocks(weeks, block, replicates, rng) if weeks > 1 else None
    by_zone = None
    if weeks < FEW_WEEKS and zones > 1:
        by_zone = rng.multinomial(zones, np.full(zones, 1 / zones), size=replicates).astype(float)
    return Resampling(by_week, by_zone, block, weeks / block, level)


def _circular_blocks(
    weeks: int, block: int, replicates: int, rng: np.random.Generator
) -> np.ndarray:
    """How often each week is in each replicate: (replicates, weeks)."""
    starts = rng.integers(0, weeks, (replicates, -(-weeks // block)))
    drawn = (starts[:, :, None] + np.arange(block)) % weeks
    drawn = drawn.reshape(replicates, -1)[:, :weeks]
    cell = np.arange(replicates)[:, None] * weeks + drawn
    return np.bincount(cell.ravel(), minlength=replicates * weeks).reshape(-1, weeks).astype(float)


def interval(sums: Sums, statistic: Statistic, resampling: Resampling) -> Interval:
    """The figure `statistic` of all sums, with its interval.

    The spread of the replicates times Student's t of as many blocks as there are: for a mean over
    weeks without blocks this is the t interval, also with few weeks, where the plain percentiles of
    a bootstrap are far too narrow. NaN where nothing could be resampled.
    """
    value = float(statistic(sums.by_week.sum(axis=0)))
    spreads = [
        _spread(sums.by_week, statistic, resampling.weeks, resampling.blocks),
        _spread(sums.by_zone, statistic, resampling.zones, len(sums.by_zone)),
    ]
    half, p = np.nan, np.nan
    for spread, freedom in [known for known in spreads if known is not None]:
        half = np.fmax(half, spread * stats.t.ppf((1 + resampling.level) / 2, freedom))
        chance = 2 * stats.t.sf(abs(value) / spread, freedom) if spread > 0 else float(value == 0)
        p = np.fmax(p, chance)
    return Interval(value, value - half, value + half, float(p))


def _spread(
    sums: np.ndarray, statistic: Statistic, weights: np.ndarray | None, units: float
) -> tuple[float, float] | None:
    """Standard error of the statistic and its degrees of freedom; None if not resampled."""
    if weights is None or units <= 1 or not len(sums):
        return None
    replicates = statistic(weights @ sums)
    finite = replicates[np.isfinite(replicates)]
    if not len(finite):
        return None
    # a resampled variance is too small by (units - 1) / units
    return float(np.std(finite) * np.sqrt(units / (units - 1))), units - 1


def ratio(numerator: int, denominator: int) -> Statistic:
    """The quotient of two columns of sums; NaN where the second is 0."""

    def statistic(sums: np.ndarray) -> np.ndarray:
        below = sums[..., denominator]
        return np.divide(
            sums[..., numerator], below, out=np.full(below.shape, np.nan), where=below != 0
        )

    return statistic


def diebold_mariano(differences: Sequence[float], ahead: int = 1) -> float:
    """Two-sided p of equal accuracy from one mean loss difference per week, `ahead` weeks ahead.

    Diebold and Mariano (1995) with the small-sample correction and Student's t of Harvey,
    Leybourne and Newbold (1997); autocovariances up to ahead - 1, but none where their sum is
    negative: in few weeks that is mostly chance, and equal models would be told apart twice as
    often as the level says. NaN with fewer than 3 weeks.
    """
    values = np.asarray(differences, dtype=float)
    count = len(values)
    if count < 3:
        return float("nan")
    centred = values - values.mean()
    gammas = [float(centred[lag:] @ centred[: count - lag]) / count for lag in range(ahead)]
    alike = 2 * sum(gammas[1:])
    steps, variance = (ahead, gammas[0] + alike) if alike > 0 else (1, gammas[0])
    if variance <= 0:
        return float(values.mean() == 0)
    correction = (count + 1 - 2 * steps + steps * (steps - 1) / count) / count
    statistic = values.mean() / np.sqrt(variance / count) * np.sqrt(max(correction, 0.0))
    return float(2 * stats.t.sf(abs(statistic), count - 1))
