"""What more data brought over less: two arms judged on the same zone-hours, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.stats import norm

from infraction_model.evaluation.bootstrap import (
    Interval,
    Resampling,
    Statistic,
    Sums,
    interval,
)

LITTLE = 0.002
"""A source that at best takes this share off the log loss brings little."""

Verdict = Literal["worth", "little", "unclear", "harms"]


@dataclass(frozen=True)
class Arm:
    """One set of sources, judged on the zone-hours looked at.

    `loss` and `captured` (fines in the top list) are (repeats, weeks, zones), `share_of_best`
    (repeats, weeks) the true yield of the top list, NaN without a truth. `zone_hours` and `fines`
    are (weeks, zones). `level` is the factor fitted to an arm that knows no exposure, else 1.
    """

    loss: np.ndarray
    captured: np.ndarray
    share_of_best: np.ndarray
    zone_hours: np.ndarray
    fines: np.ndarray
    level: float = 1.0

    @property
    def figures(self) -> dict[str, float]:
        """Log loss per zone-hour, share of the fines in the top list, true yield of that list."""
        return {
            "log_loss": float(self.loss.mean(axis=0).sum() / self.zone_hours.sum()),
            "capture": float(self.captured.mean(axis=0).sum() / max(self.fines.sum(), 1.0)),
            "yield": float(self.share_of_best.mean()),
        }

    def of_repeat(self, repeat: int) -> Arm:
        """The arm as one of its repeats alone shows it."""
        one = slice(repeat, repeat + 1)
        return replace(
            self,
            loss=self.loss[one],
            captured=self.captured[one],
            share_of_best=self.share_of_best[one],
        )


@dataclass(frozen=True)
class Gain:
    """What more data brought over less: each with a 95 % interval, positive is better.

    `relative` is the share taken off the log loss, `log_loss` the same in nats per zone-hour,
    `capture` more of all fines in the top list, `share_of_best` more true yield (NaN: no truth).
    """

    relative: Interval
    log_loss: Interval
    capture: Interval
    share_of_best: Interval

    @property
    def verdict(self) -> Verdict:
        """What the log loss says: of value, at best of little, unclear, or in the way."""
        if self.relative.lower > 0:
            return "worth"
        if self.relative.upper < 0:
            return "harms"
        return "little" if self.relative.upper < LITTLE else "unclear"


def luck_of(arms: Sequence[Arm]) -> dict[str, float]:
    """How far each figure of one fit lies from the mean over seeds, a standard deviation.

    Pooled over all arms, for two or three repeats say little of one arm's own; 0 without repeats.
    """
    spreads = {"log_loss": [], "capture": [], "yield": []}
    for arm in arms:
        repeats = len(arm.loss)
        each = [arm.of_repeat(repeat).figures for repeat in range(repeats)] if repeats > 1 else []
        for name, found in spreads.items():
            found.append(np.var([one[name] for one in each], ddof=1) if each else 0.0)
    return {name: float(np.sqrt(np.mean(found))) for name, found in spreads.items()}


def gain(less: Arm, more: Arm, resampling: Resampling, luck: dict[str, float]) -> Gain:
    """How much better `more` did than `less` on the same zone-hours."""

    def of(name: str, statistic: Statistic, luck: float) -> Interval:
        pair = [getattr(less, name).mean(axis=0), getattr(more, name).mean(axis=0)]
        columns = np.stack([*pair, less.zone_hours, less.fines], axis=-1)
        sums = Sums(columns.sum(axis=1), columns.sum(axis=0))
        return _widened(interval(sums, statistic, resampling), luck, resampling)

    # two arms, each the mean of its repeats
    shrink = np.sqrt(2 / len(less.loss))
    best = np.stack([less.share_of_best.mean(axis=0), more.share_of_best.mean(axis=0)], axis=-1)
    weekly = Sums(np.column_stack([best, np.ones(len(best))]), np.zeros((0, 3)))
    known = bool(np.isfinite(best).all())
    return Gain(
        relative=of(
            "loss",
            lambda sums: 1 - sums[..., 1] / sums[..., 0],
            shrink * luck["log_loss"] / less.figures["log_loss"],
        ),
        log_loss=of("loss", _per(2, sign=-1), shrink * luck["log_loss"]),
        capture=of("captured", _per(3), shrink * luck["capture"]),
        share_of_best=_widened(
            interval(weekly, _per(2), resampling), shrink * luck["yield"], resampling
        )
        if known
        else Interval(np.nan, np.nan, np.nan, np.nan),
    )


def _per(column: int, sign: int = 1) -> Statistic:
    """The second column less the first, per unit of another; the first less it if `sign` is -1."""
    return lambda sums: sign * (sums[..., 1] - sums[..., 0]) / np.maximum(sums[..., column], 1e-9)


def _widened(found: Interval, luck: float, resampling: Resampling) -> Interval:
    """An interval over weeks joined, by squares, with the luck of the fits."""
    half = np.hypot(found.upper - found.value, luck * norm.ppf((1 + resampling.level) / 2))
    return replace(found, lower=float(found.value - half), upper=float(found.value + half))
