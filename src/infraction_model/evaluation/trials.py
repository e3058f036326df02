"""Trial settings judged on rolling origins of earlier weeks, one after another on the same rows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from infraction_model.errors import ConfigError
from infraction_model.estimators.exposure_gbm import Callbacks
from infraction_model.evaluation.backtest import Fold, Judge, summary
from infraction_model.evaluation.folds import FoldParameters, predicted_by
from infraction_model.evaluation.groups import history
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import (
    EstimatorParameters,
    Forecaster,
    ForecastParameters,
    Town,
    fit,
)
from infraction_model.memory import Memory
from infraction_model.panel import Panel
from infraction_model.parameters import one_of, read

_NAME = "trial"


@dataclass(frozen=True)
class Settings:
    """The settings that trials may change."""

    estimator: one_of(*EstimatorParameters.__args__)
    forecast: ForecastParameters

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """With other values at some dotted keys; raises ConfigError for a key or value unknown."""
        plain = json.loads(json.dumps(dataclasses.asdict(self)))
        for key, value in values.items():
            *above, last = key.split(".")
            node = plain
            for part in above:
                node = node.setdefault(part, {})
                if not isinstance(node, dict):
                    raise ConfigError(f"key '{key}': '{part}' holds no keys.")
            node[last] = value
        return read(Settings, plain)

    def value(self, key: str) -> Any:
        """What stands at a dotted key."""
        value: Any = self
        for part in key.split("."):
            value = getattr(value, part)
        return value


class Trials:
    """Judges settings on weeks before `origin`, by nothing but what was known then.

    `truth` as backtest takes it. `keep_bytes` bounds what is kept from one trial to the next: the
    rows that teach, and the zone-hours asked, are the same for all that change the estimator only.
    """

    def __init__(
        self,
        panel: Panel,
        origin: int,
        town: Town,
        features: FeatureParameters,
        folds: FoldParameters,
        truth: pd.DataFrame | None = None,
        keep_bytes: float = 0.0,
    ) -> None:
        self.panel = panel.as_of(origin)
        self.origin = origin
        self.town = town
        self.features = features
        self.fold_parameters = folds
        self.truth = truth
        self.memory = Memory(keep_bytes)
        self._history = None

    def folds(
        self, settings: Settings, callbacks: Callable[[int], Callbacks] = lambda fit: ()
    ) -> Iterator[Fold]:
        """Each week predicted with `settings` and judged; `callbacks` are those of the n-th fit."""
        gap = settings.forecast.gap
        if self._history is None:
            first = self.fold_parameters.targets(self.origin)[0] - gap
            self._history = history(self.panel, self.town.basis, first)
        judge = Judge(self._history, self.town.basis, self.truth)
        fits = 0

        def fitted(planned: int) -> dict[str, Forecaster]:
            nonlocal fits
            [one] = fit(
                self.panel,
                planned,
                self.town,
                [settings.estimator],
                self.features,
                settings.forecast,
                memory=self.memory,
                callbacks=callbacks(fits),
            )
            fits += 1
            return {_NAME: one}

        weeks = predicted_by(
            fitted, self.panel, self.origin, gap, self.fold_parameters, memory=self.memory
        )
        for week in weeks:
            yield from judge.folds(week)


def figure_of(folds: Sequence[Fold], figure: str) -> float:
    """A figure over some weeks of one estimator, as a backtest's summary gives it."""
    return float(summary(folds)[figure].iloc[0])
