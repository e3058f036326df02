"""What every estimator learns from and how every estimator looks from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from infraction_model.errors import NotEnoughDataError
from infraction_model.timegrid import HOURS_PER_WEEK, monday

LEVEL_STRENGTH = 5.0
"""Events behind which a fitted level is held to 1."""

EXPOSURE_HOURS = "exposure_hours"
"""The column of hours of patrol beside the features in a table shown to a served model."""


@dataclass(frozen=True)
class Design:
    """Rows an estimator learns from: one per exposed zone-hour of a past target week.

    `features` (rows, names) float32, built from what was known at the row's own origin; `hit` 1
    where at least one fine is known; `events` their number; `exposure` patrol hours times the
    share of the week's records that have come in by now (thinning a Poisson count by a delay is
    the same as watching for less time); `weight` 1 / probability of having been drawn.
    """

    names: tuple[str, ...]
    features: np.ndarray
    zone: np.ndarray
    week: np.ndarray
    hour_of_week: np.ndarray
    hit: np.ndarray
    events: np.ndarray
    exposure: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.hit)

    @cached_property
    def is_trials(self) -> bool:
        """Whether zone-hours are cut into several rows, as vehicles checked are."""
        cell = self.week.astype(np.int64) * (int(self.zone.max(initial=0)) + 1) + self.zone
        return len(np.unique(cell * HOURS_PER_WEEK + self.hour_of_week)) < len(self)

    def take(self, rows: np.ndarray) -> Design:
        """The rows under a mask or at some positions."""
        columns = {
            name: value[rows] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        return replace(self, **columns)

    def recent(self, weeks: int) -> np.ndarray:
        """Mask of the rows in the last `weeks` target weeks, at most a quarter of all there are."""
        present = np.unique(self.week)
        return self.week >= present[-max(1, min(weeks, len(present) // 4))]


class Estimator(Protocol):
    """Fitted on a Design, gives the rate of any zone-hour whose features it is shown.

    After `fit`, `held_out_rate_` holds the rates of the rows `design.recent(validation_weeks)` as
    predicted without having learnt from them, but for one factor: their level.
    """

    held_out_rate_: np.ndarray

    @property
    def validation_weeks(self) -> int:
        """How many of the last label weeks are held out."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the feature columns it reads."""

    @property
    def uses(self) -> tuple[str, ...]:
        """Of these, once fitted, the columns whose values make a difference."""

    def fit(self, design: Design) -> Self:
        """Learn; deterministic for one design."""

    def rate(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """Events per exposure hour per row of `features`, whose columns are `names`; float64."""

    def variation(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray | None:
        """Relative variance of those rates; None of an estimator that gives the rate alone."""

    def files(self) -> dict[str, str]:
        """The fitted estimator as text files by name, for a bundle."""

    @classmethod
    def from_files(cls, parameters, files: Mapping[str, str]) -> Self:
        """The fitted estimator back from its files."""


def columns(features: np.ndarray, names: tuple[str, ...], wanted: tuple[str, ...]) -> np.ndarray:
    """The columns `wanted` of a matrix whose columns are `names`; no copy if they come first."""
    if tuple(names[: len(wanted)]) == tuple(wanted):
        return features[:, : len(wanted)]
    return features[:, [names.index(name) for name in wanted]]


def chance(
    rate: np.ndarray, hours: np.ndarray | float, variation: np.ndarray | None = None
) -> np.ndarray:
    """P(at least one event in `hours`), over the posterior of the rate where `variation` is given.

    1 - exp(-rate x hours); of a gamma rate with that mean and relative variance, 1 - E[exp(-rate x
    hours)] = 1 - (1 + variation x rate x hours) ** (-1 / variation).
    """
    return -np.expm1(-_surprise(rate * hours, variation))


def _surprise(expected: np.ndarray, variation: np.ndarray | None) -> np.ndarray:
    """-log P(no event)."""
    if variation is None:
        return expected
    return np.log1p(variation * expected) / variation


def log_loss(rate: np.ndarray, design: Design, variation: np.ndarray | None = None) -> float:
    """Weighted mean log loss of `chance` on the rows of a design.

    Trials of one zone-hour share its rate: as if each drew its own, wide rates would always win, so
    `variation` is left aside there.
    """
    if design.is_trials:
        variation = None
    surprise = _surprise(np.clip(design.exposure * rate, 1e-9, None), variation)
    loss = np.where(design.hit > 0, -np.log(-np.expm1(-surprise)), surprise)
    return float(np.average(loss, weights=design.weight))


def best_level(
    rate: np.ndarray, design: Design, variation: np.ndarray | None = None
) -> tuple[float, float]:
    """The factor on `rate` that fits a design's rows best, and the log loss it reaches.

    Shrunk to 1 by a gamma prior worth LEVEL_STRENGTH events. Raises NotEnoughDataError where no row
    has a hit: the weeks are empty, and a level fitted to them would silence every rate.
    """
    if not design.hit.any():
        raise NotEnoughDataError(
            f"none of the {len(design)} zone-hours of the weeks held out "
            f"({monday(design.week.min())} to {monday(design.week.max())}) has a fine, though they "
            "count as looked at. Check that fines reach as far as patrols do, or give an earlier "
            "origin."
        )
    prior = LEVEL_STRENGTH / design.weight.sum()

    def penalised(log_level: float) -> float:
        loss = log_loss(rate * np.exp(log_level), design, variation)
        return loss + prior * (np.exp(log_level) - log_level)

    fitted = minimize_scalar(
        penalised,
        bounds=(-4.0, 4.0),
        method="bounded",
        options={"xatol": 1e-6},
    )
    level = float(np.exp(fitted.x))
    return level, log_loss(rate * level, design, variation)


def answers(estimator: Estimator, rows: pd.DataFrame) -> pd.DataFrame:
    """What a served model answers to rows of features and hours of patrol.

    Columns infraction_probability, P(at least one event in those hours), and expected_events.
    """
    names = estimator.needs
    features = rows[list(names)].to_numpy(dtype=np.float32)
    rate = estimator.rate(features, names)
    hours = rows[EXPOSURE_HOURS].to_numpy(dtype=float)
    probability = chance(rate, hours, estimator.variation(features, names))
    return pd.DataFrame({"infraction_probability": probability, "expected_events": rate * hours})
