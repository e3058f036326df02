"""LightGBM with the exposure in the likelihood.

The objective `cross_entropy_lambda` with weight w is the likelihood of
P(hit) = 1 - exp(-w x rate), rate = log(1 + exp(score)). The loss of a row without a hit is linear
in w: a negative drawn with probability p, weighted exposure / p, counts for exactly 1 / p rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Interval

from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.design import Design, best_level, columns


@dataclass(frozen=True)
class ExposureGBMParameters:
    """LightGBM's own parameters, and how long to train.

    The number of trees is found by early stopping on the last `validation_weeks` label weeks, then
    all rows are fitted with it. `offset` names a rate feature from which boosting starts (empty:
    from nothing).
    """

    kind: Literal["exposure_gbm"] = "exposure_gbm"
    num_leaves: Annotated[int, Ge(2)] = 31
    learning_rate: Annotated[float, Gt(0)] = 0.05
    feature_fraction: Annotated[float, Interval(gt=0, le=1)] = 0.4
    min_data_in_leaf: Annotated[int, Ge(1)] = 500
    lambda_l2: Annotated[float, Ge(0)] = 30.0
    max_trees: Annotated[int, Ge(1)] = 600
    patience: Annotated[int, Ge(1)] = 40
    validation_weeks: Annotated[int, Ge(1)] = 12
    offset: str = ""
    threads: Annotated[int, Ge(1)] = 1
    seed: int = 1


class ExposureGBM:
    """LightGBM on exposed zone-hours.

    Fitted: `booster_`, `trees_`, `level_` of the offset, and `calibration_`, the factor that brings
    rates to the level of the held-out weeks: where reporting delays or a season shift the level,
    older weeks cannot know it.
    """

    def __init__(self, parameters: ExposureGBMParameters, features: tuple[str, ...]) -> None:
        self.parameters = parameters
        self.features = features

    @property
    def needs(self) -> tuple[str, ...]:
        offset = self.parameters.offset
        return self.features if not offset or offset in self.features else (*self.features, offset)

    @property
    def validation_weeks(self) -> int:
        return self.parameters.validation_weeks

    def fit(self, design: Design) -> Self:
        self._learn_number_of_trees(design)
        self.booster_ = self._train(design, self.trees_)
        return self

    def _learn_number_of_trees(self, design: Design) -> None:
        """Fit the weeks before the last ones, watch the last ones, keep what was learnt there."""
        import lightgbm

        held_out = design.recent(self.validation_weeks)
        if held_out.all():
            raise NotEnoughDataError(
                f"{len(np.unique(design.week))} label weeks are too few to hold out "
                f"{self.parameters.validation_weeks} for early stopping. Give a later origin or "
                "fewer estimator.validation_weeks."
            )
        stop = lightgbm.early_stopping(self.parameters.patience, verbose=False)
        watched = design.take(held_out)
        self.booster_ = self._train(
            design.take(~held_out), self.parameters.max_trees, watched, [stop]
        )
        self.trees_ = max(self.booster_.best_iteration, 1)
        self.calibration_ = 1.0
        rate = self.rate(watched.features, watched.names)
        self.calibration_ = best_level(rate, watched)[0]
        self.held_out_rate_ = self.calibration_ * rate

    def _train(self, design: Design, trees: int, validation: Design | None = None, callbacks=()):
        import lightgbm

        self.level_ = self._level(design)
        data = self._dataset(design)
        watched = [self._dataset(validation, reference=data)] if validation is not None else None
        return lightgbm.train(
            self._lightgbm_parameters(),
            data,
            num_boost_round=trees,
            valid_sets=watched,
            callbacks=list(callbacks),
        )

    def _lightgbm_parameters(self) -> dict:
        p = self.parameters
        return {
            "objective": "cross_entropy_lambda",
            "metric": "cross_entropy_lambda",
            "num_leaves": p.num_leaves,
            "learning_rate": p.learning_rate,
            "feature_fraction": p.feature_fraction,
            "min_data_in_leaf": p.min_data_in_leaf,
            "lambda_l2": p.lambda_l2,
            "num_threads": p.threads,
            "seed": p.seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }

    def _dataset(self, design: Design, reference=None):
        import lightgbm

        return lightgbm.Dataset(
            columns(design.features, design.names, self.features),
            label=design.hit.astype(np.float32),
            weight=(design.exposure * design.weight).astype(np.float32),
            init_score=self._offset(design.features, design.names),
            feature_name=list(self.features),
            reference=reference,
            free_raw_data=True,
        )

    def _level(self, design: Design) -> float:
        """The factor that brings the offset to the level of the rows; 1 without an offset."""
        if not self.parameters.offset:
            return 1.0
        offset = columns(design.features, design.names, (self.parameters.offset,))[:, 0]
        return best_level(np.maximum(offset.astype(np.float64), 1e-6), design)[0]

    def _offset(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray | None:
        """The score whose rate is the offset feature's, at the fitted level."""
        if not self.parameters.offset:
            return None
        rate = columns(features, names, (self.parameters.offset,))[:, 0].astype(np.float64)
        return np.log(np.expm1(np.clip(self.level_ * rate, 1e-6, 50.0)))

    def score(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """The raw score, float64."""
        score = self.booster_.predict(
            columns(features, names, self.features),
            raw_score=True,
            num_threads=self.parameters.threads,
        )
        offset = self._offset(features, names)
        return score if offset is None else score + offset

    def rate(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        return self.calibration_ * np.logaddexp(0.0, self.score(features, names))

    def contributions(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """What each feature adds to the raw score, (rows, features); no mean, no offset."""
        parts = self.booster_.predict(
            columns(features, names, self.features),
            pred_contrib=True,
            num_threads=self.parameters.threads,
        )
        return parts[:, :-1]

    def files(self) -> dict[str, str]:
        state = {"features": list(self.features), "trees": self.trees_}
        state |= {"level": self.level_, "calibration": self.calibration_}
        return {"estimator.json": json.dumps(state), "model.txt": self.booster_.model_to_string()}

    @classmethod
    def from_files(cls, parameters: ExposureGBMParameters, files: Mapping[str, str]) -> Self:
        import lightgbm

        state = json.loads(files["estimator.json"])
        estimator = cls(parameters, tuple(state["features"]))
        estimator.trees_, estimator.level_ = state["trees"], state["level"]
        estimator.calibration_ = state["calibration"]
        estimator.booster_ = lightgbm.Booster(model_str=files["model.txt"])
        return estimator
