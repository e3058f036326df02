"""The latent-class rate, brought to the level of recent weeks, with an honest spread."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge
from scipy.special import gammaln

from infraction_model.estimators.design import Design, best_level, columns, log_loss
from infraction_model.timegrid import HOURS_PER_WEEK

RATE, VARIATION = "latent_rate", "latent_variation"

WIDENINGS = np.array([1.0, 1.4, 2.0, 2.8, 4.0, 5.6])
"""Factors on the posterior's relative variance to choose from; habitual hours never narrow it, for
most zone-hours are not habitual."""

_CAUTION = 4.0
"""Log likelihood that a factor of e on the variance must gain."""


@dataclass(frozen=True)
class LatentClassRateParameters:
    """The last `validation_weeks` label weeks say at which level, and how wide, rates are."""

    kind: Literal["latent_class"] = "latent_class"
    validation_weeks: Annotated[int, Ge(1)] = 12


class LatentClassRate:
    """Reads the posterior of the latent-class model (features latent_rate and latent_variation).

    Fitted: `level_`, a factor on its rates, and `widening_`, one on their relative variance.
    """

    def __init__(self, parameters: LatentClassRateParameters) -> None:
        self.parameters = parameters

    @property
    def needs(self) -> tuple[str, ...]:
        return (RATE, VARIATION)

    @property
    def uses(self) -> tuple[str, ...]:
        return self.needs

    @property
    def validation_weeks(self) -> int:
        return self.parameters.validation_weeks

    def fit(self, design: Design) -> Self:
        recent = design.take(design.recent(self.validation_weeks))
        self.level_ = self.widening_ = 1.0
        rate = self.rate(recent.features, recent.names)
        variation = self.variation(recent.features, recent.names)
        self.level_ = best_level(rate, recent, variation)[0]
        self.widening_ = best_widening(self.level_ * rate, variation, recent)
        self.held_out_rate_ = self.level_ * rate
        return self

    def rate(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        rate = columns(features, names, (RATE,))[:, 0].astype(np.float64)
        return self.level_ * np.clip(rate, 1e-6, None)

    def variation(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        variation = columns(features, names, (VARIATION,))[:, 0].astype(np.float64)
        return self.widening_ * np.clip(variation, 1e-6, None)

    def files(self) -> dict[str, str]:
        state = {"level": self.level_, "widening": self.widening_}
        return {"estimator.json": json.dumps(state)}

    @classmethod
    def from_files(cls, parameters: LatentClassRateParameters, files: Mapping[str, str]) -> Self:
        estimator = cls(parameters)
        state = json.loads(files["estimator.json"])
        estimator.level_, estimator.widening_ = state["level"], state["widening"]
        return estimator


def best_widening(rate: np.ndarray, variation: np.ndarray, design: Design) -> float:
    """The factor on the relative variance under which held-out rows are likeliest.

    Counts are negative binomial, mean exposure x rate; hits drawn with a weight, where there are no
    counts, are Bernoulli. Held to 1 where the rows say little.
    """

    counted = np.all(design.weight == 1.0) and (design.is_trials or design.events.max() > 1)

    def score(widening: float) -> float:
        spread = widening * variation
        if counted:
            gained = _log_likelihood(rate, spread, design)
        else:
            gained = -log_loss(rate, design, spread) * len(design)
        return gained - _CAUTION * np.log(widening) ** 2

    return float(max(WIDENINGS, key=score))


def _log_likelihood(rate: np.ndarray, variation: np.ndarray, design: Design) -> float:
    """Of the events of each zone-hour, trials of one zone-hour added up (negative binomial)."""
    cell = design.week.astype(np.int64) * (int(design.zone.max()) + 1) + design.zone
    cell = cell * HOURS_PER_WEEK + design.hour_of_week
    _, first, group = np.unique(cell, return_index=True, return_inverse=True)
    events = np.bincount(group, design.events)
    expected = np.bincount(group, design.exposure * rate)
    shape = 1.0 / variation[first]
    chance = gammaln(shape + events) - gammaln(shape) + shape * np.log(shape)
    chance += events * np.log(np.maximum(expected, 1e-12))
    return float(np.sum(chance - (shape + events) * np.log(shape + expected)))
