"""Baselines: what any model must beat, each a history feature brought to the right level."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge

from infraction_model.estimators.design import Design, best_level, columns

EB_CANDIDATES = tuple(
    f"eb_rate_{half_life}_{strength}"
    for half_life in ("4w", "13w", "52w", "all")
    for strength in ("light", "s0.5", "s2", "s8")
)


@dataclass(frozen=True)
class EmpiricalBayesParameters:
    """The empirical-Bayes decayed rate: the best of some half-lives and prior strengths.

    `candidates` are features; the one with the least log loss over the last `validation_weeks`
    label weeks is taken, at the level that fits those weeks.
    """

    kind: Literal["empirical_bayes"] = "empirical_bayes"
    candidates: tuple[str, ...] = EB_CANDIDATES
    validation_weeks: Annotated[int, Ge(1)] = 6


@dataclass(frozen=True)
class BareMeanParameters:
    """The historical mean of each zone-hour, without shrinkage: a straw man, reported as such."""

    kind: Literal["bare_mean"] = "bare_mean"


@dataclass(frozen=True)
class ConstantParameters:
    """One rate for the whole town."""

    kind: Literal["constant"] = "constant"


class ColumnRate:
    """A rate read from one feature column, times a level fitted to recent weeks.

    `column_` and `level_` are what was fitted. The level matters where records come in late: rates
    as known at an origin lie below those that the weeks will show in the end.
    """

    def __init__(self, candidates: tuple[str, ...], validation_weeks: int) -> None:
        self.candidates = candidates
        self.validation_weeks = validation_weeks

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.column_,) if hasattr(self, "column_") else self.candidates

    @property
    def uses(self) -> tuple[str, ...]:
        return self.needs

    def fit(self, design: Design) -> Self:
        recent = design.take(design.recent(self.validation_weeks))
        best = np.inf
        for name in self.candidates:
            rate = _positive(columns(recent.features, recent.names, (name,))[:, 0])
            level, loss = best_level(rate, recent)
            if loss < best:
                best, self.column_, self.level_ = loss, name, level
        self.held_out_rate_ = self.rate(recent.features, recent.names)
        return self

    def rate(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        return self.level_ * _positive(columns(features, names, (self.column_,))[:, 0])

    def variation(self, features: np.ndarray, names: tuple[str, ...]) -> None:
        return None

    def files(self) -> dict[str, str]:
        return {"estimator.json": json.dumps({"column": self.column_, "level": self.level_})}

    @classmethod
    def from_files(cls, parameters, files: Mapping[str, str]) -> Self:
        estimator = cls.of(parameters)
        state = json.loads(files["estimator.json"])
        estimator.column_, estimator.level_ = state["column"], state["level"]
        return estimator

    @classmethod
    def of(cls, parameters) -> Self:
        """The unfitted baseline that some parameters ask for."""
        if parameters.kind == "empirical_bayes":
            return cls(parameters.candidates, parameters.validation_weeks)
        column = "cell_mean" if parameters.kind == "bare_mean" else "town_rate"
        return cls((column,), EmpiricalBayesParameters.validation_weeks)


def _positive(rate: np.ndarray) -> np.ndarray:
    return np.clip(rate.astype(np.float64), 1e-6, None)
