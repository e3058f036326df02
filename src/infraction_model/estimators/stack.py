"""Several estimators in one: the weighted geometric mean of their rates.

The weights are found on the last label weeks, from rates given before those weeks were learnt, so a
member that adds nothing gets nothing (stacked generalisation, Wolpert, 1992; log-linear pooling).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge
from scipy.optimize import minimize

from infraction_model.estimators.baselines import ColumnRate, EmpiricalBayesParameters
from infraction_model.estimators.design import Design, best_level, columns, log_loss
from infraction_model.estimators.exposure_gbm import (
    Callbacks,
    ExposureGBM,
    ExposureGBMParameters,
    Train,
)
from infraction_model.estimators.latent_class import (
    RATE,
    VARIATION,
    LatentClassRate,
    LatentClassRateParameters,
    best_widening,
)

_SPLIT = ("zone_rate_52w", "hour_rate")
"""Rates that say how much of a zone-hour's rate is the zone's and how much the hour's."""


@dataclass(frozen=True)
class StackParameters:
    """The latent-class rate, LightGBM that starts from it, and the empirical-Bayes rate.

    All are weighed on the last `validation_weeks` label weeks, whatever they say of their own;
    LightGBM starts from the latent-class rate unless it names another offset.
    """

    kind: Literal["stack"] = "stack"
    validation_weeks: Annotated[int, Ge(1)] = 12
    exposure_gbm: ExposureGBMParameters = field(default_factory=ExposureGBMParameters)


class Stack:
    """The members, each fitted, and how they are mixed.

    Fitted: `weights_` of the members, summing to 1, `level_` of their mix, `typical_` rates, which
    are no reason for anything, `widening_`, a factor on the latent-class rate's relative variance.
    """

    def __init__(
        self,
        parameters: StackParameters,
        features: tuple[str, ...],
        train: Train | None = None,
        callbacks: Callbacks = (),
    ) -> None:
        self.parameters = parameters
        weeks = parameters.validation_weeks
        offset = parameters.exposure_gbm.offset or RATE
        trees = dataclasses.replace(parameters.exposure_gbm, validation_weeks=weeks, offset=offset)
        bayes = EmpiricalBayesParameters(validation_weeks=weeks)
        self.members = {
            "latent_class": LatentClassRate(LatentClassRateParameters(validation_weeks=weeks)),
            "exposure_gbm": ExposureGBM(
                trees, tuple(dict.fromkeys([*features, RATE, VARIATION])), train, callbacks
            ),
            "empirical_bayes": ColumnRate.of(bayes),
        }

    @property
    def needs(self) -> tuple[str, ...]:
        trees_first = sorted(self.members, key=lambda name: name != "exposure_gbm")
        names = [name for kind in trees_first for name in self.members[kind].needs]
        return tuple(dict.fromkeys([*names, *_SPLIT]))

    @property
    def uses(self) -> tuple[str, ...]:
        """The columns whose values make a difference: those of members that weigh anything."""
        members = [self.members[kind] for kind, weight in self.weights_.items() if weight > 0]
        names = [name for one in members for name in one.uses]
        return tuple(dict.fromkeys([*names, VARIATION]))

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the columns of `contributions` are called."""
        return tuple(dict.fromkeys([*_SPLIT, RATE, *self.members["exposure_gbm"].reasons]))

    @property
    def validation_weeks(self) -> int:
        return self.parameters.validation_weeks

    def fit(self, design: Design) -> Self:
        for member in self.members.values():
            member.fit(design)
        recent = design.take(design.recent(self.validation_weeks))
        rates = np.stack([member.held_out_rate_ for member in self.members.values()])
        variation = self.members["latent_class"].variation(recent.features, recent.names)
        weights = best_weights(rates, recent, variation)
        self.weights_ = dict(zip(self.members, weights.tolist(), strict=True))
        mixed = np.exp(weights @ np.log(rates))
        # members were brought to their level without the spread that the mix is given
        self.level_ = best_level(mixed, recent, variation)[0]
        self.held_out_rate_ = self.level_ * mixed
        typical = np.median(columns(recent.features, recent.names, (*_SPLIT, RATE)), axis=0)
        self.typical_ = typical.tolist()
        self.widening_ = best_widening(self.held_out_rate_, variation, recent)
        return self

    def rate(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        logs = (
            weight * np.log(self.members[kind].rate(features, names))
            for kind, weight in self.weights_.items()
            if weight > 0
        )
        return self.level_ * np.exp(sum(logs))

    def variation(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        return self.widening_ * self.members["latent_class"].variation(features, names)

    def contributions(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """What each of `reasons` adds to the log of the rate, nearly; (rows, reasons).

        The latent-class rate's part is split into the zone's, the hour's, and the rest.
        """
        trees, by_trees = self.members["exposure_gbm"], self.weights_["exposure_gbm"]
        weight = self.weights_["latent_class"]
        if trees.parameters.offset == RATE:
            weight += by_trees
        against = np.log(columns(features, names, (*_SPLIT, RATE)) / np.array(self.typical_))
        against[:, -1] -= against[:, :-1].sum(axis=1)
        parts = np.zeros((len(features), len(self.reasons)))
        for names_of, values in (
            ((*_SPLIT, RATE), weight * against),
            (trees.reasons, by_trees * trees.contributions(features, names)),
        ):
            parts[:, [self.reasons.index(name) for name in names_of]] += values
        return parts

    def files(self) -> dict[str, str]:
        state = {
            "weights": self.weights_,
            "level": self.level_,
            "widening": self.widening_,
            "typical": self.typical_,
        }
        files = {"estimator.json": json.dumps(state)}
        for kind, member in self.members.items():
            files |= {f"{kind}.{name}": text for name, text in member.files().items()}
        return files

    @classmethod
    def from_files(cls, parameters: StackParameters, files: Mapping[str, str]) -> Self:
        estimator = cls(parameters, ())
        state = json.loads(files["estimator.json"])
        estimator.weights_, estimator.widening_ = state["weights"], state["widening"]
        estimator.typical_, estimator.level_ = state["typical"], state["level"]
        for kind, member in estimator.members.items():
            own = {
                name.removeprefix(f"{kind}."): text
                for name, text in files.items()
                if name.startswith(f"{kind}.")
            }
            estimator.members[kind] = type(member).from_files(_parameters_of(member), own)
        return estimator


def _parameters_of(member):
    return getattr(member, "parameters", None) or EmpiricalBayesParameters(
        member.candidates, member.validation_weeks
    )


def best_weights(rates: np.ndarray, design: Design, variation: np.ndarray) -> np.ndarray:
    """Weights of `rates` (members, rows), summing to 1, that lose least on the rows of a design.

    Where mixing gains nothing, the best single member has all the weight.
    """
    logs = np.log(rates)

    def loss(weights: np.ndarray) -> float:
        return log_loss(np.exp(weights @ logs), design, variation)

    single = np.eye(len(rates))
    best = min(single, key=loss)
    start = 0.5 * best + 0.5 / len(rates)
    found = minimize(
        loss,
        start,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(rates),
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1.0},
        options={"ftol": 1e-10},
    ).x
    found = np.clip(found, 0.0, 1.0)
    found /= found.sum()
    return found if loss(found) < loss(best) else best
