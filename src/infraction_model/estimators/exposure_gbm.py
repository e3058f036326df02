"""LightGBM with the exposure in the likelihood.

The objective `cross_entropy_lambda` with weight w is the likelihood of
P(hit) = 1 - exp(-w x rate), rate = log(1 + exp(score)). The loss of a row without a hit is linear
in w: a negative drawn with probability p, weighted exposure / p, counts for exactly 1 / p rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Interval

from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.design import Design, best_level, columns
from infraction_model.estimators.tree_scores import raw_scores

_COARSE_STRIDE = 2
"""How many trees of the final fit one tree of a coarse search stands for."""

_AS_GOOD = 1.001
"""A held-out loss so near the least one is as good as it: the curve is flat about its end."""

_LOOK_EVERY = 5
"""Trees between two looks at the held-out rows: a look costs as much as a third of a tree."""


Train = Callable[..., Any]
"""Fits a booster elsewhere: takes LightGBM's parameters, the features (rows, names) and by keyword
`names`, `label`, `weight` and `init_score` (None: none) and `trees`; returns a Booster."""

Callbacks = Sequence[Callable[[Any], None]]
"""Callbacks as LightGBM's own, called with a CallbackEnv at each look at the held-out rows."""


@dataclass(frozen=True)
class ExposureGBMParameters:
    """LightGBM's own parameters, and how long to train.

    The number of trees is found by early stopping on the last `validation_weeks` label weeks, then
    all rows are fitted with it. Where the weeks before hold more than `search_rows` rows, a sample
    of so many is searched, in steps of twice the length: half the trees say the same. `offset`
    names a rate feature from which boosting starts (empty: from nothing).
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
    search_rows: Annotated[int, Ge(1000)] = 250_000
    offset: str = ""
    threads: Annotated[int, Ge(1)] = 1
    seed: int = 1


class ExposureGBM:
    """LightGBM on exposed zone-hours.

    Fitted: `booster_`, `trees_`, `level_` of the offset, and `calibration_`, the factor that brings
    rates to the level of the held-out weeks: where reporting delays or a season shift the level,
    older weeks cannot know it. `train`, if given, makes the final fit in LightGBM's stead;
    `callbacks` see how the loss of the held-out rows falls, and end the fit by what they raise.
    """

    def __init__(
        self,
        parameters: ExposureGBMParameters,
        features: tuple[str, ...],
        train: Train | None = None,
        callbacks: Callbacks = (),
    ) -> None:
        self.parameters = parameters
        self.features = features
        self._train_elsewhere = train
        self._callbacks = sorted(callbacks, key=lambda one: getattr(one, "order", 0))

    @property
    def needs(self) -> tuple[str, ...]:
        offset = self.parameters.offset
        return self.features if not offset or offset in self.features else (*self.features, offset)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the columns of `contributions` are called."""
        return self.features

    @property
    def uses(self) -> tuple[str, ...]:
        """The columns whose values make a difference: the offset, and those that trees split on."""
        splits = self.booster_.feature_importance("split", iteration=self.trees_)
        used = [name for name, count in zip(self.features, splits, strict=True) if count]
        return tuple(dict.fromkeys([*used, *filter(None, [self.parameters.offset])]))

    @property
    def validation_weeks(self) -> int:
        return self.parameters.validation_weeks

    def fit(self, design: Design) -> Self:
        held_out = design.recent(self.validation_weeks)
        if held_out.all():
            raise NotEnoughDataError(
                f"{len(np.unique(design.week))} label weeks are too few to hold out "
                f"{self.parameters.validation_weeks} for early stopping. Give a later origin or "
                "fewer estimator.validation_weeks."
            )
        data = self._dataset(design)
        self._learn_number_of_trees(design, held_out, data)
        self.booster_ = self._train(design, data)
        return self

    def _dataset(self, design: Design):
        """The rows, binned once for both fits; by the values of all weeks, by no label."""
        import lightgbm

        weight = (design.exposure * design.weight).astype(np.float32)
        self._objective = _objective(design.hit, weight)
        data = lightgbm.Dataset(
            columns(design.features, design.names, self.features),
            label=design.hit.astype(np.float32),
            weight=weight,
            feature_name=list(self.features),
            params=self._lightgbm_parameters(),
            free_raw_data=True,
        )
        return data.construct()

    def _learn_number_of_trees(self, design: Design, held_out: np.ndarray, data) -> None:
        """Fit the weeks before the last ones, watch the last ones, keep what was learnt there."""
        import lightgbm

        watched, older = design.take(held_out), np.flatnonzero(~held_out)
        self.level_ = self._level(design, ~held_out)
        data.set_init_score(self._offset(design.features, design.names))
        stride = 1
        if len(older) > self.parameters.search_rows:
            stride = _COARSE_STRIDE
            chance = np.random.default_rng(self.parameters.seed).random(len(older))
            older = older[chance < self.parameters.search_rows / len(older)]
        self.booster_ = lightgbm.Booster(
            self._lightgbm_parameters(stride), data.subset(older).construct()
        )
        self.booster_.add_valid(data.subset(np.flatnonzero(held_out)).construct(), "held out")
        self.trees_ = self._stop_early(self.booster_, stride)
        self.calibration_ = 1.0
        rate = self.rate(watched.features, watched.names)
        self.calibration_ = best_level(rate, watched)[0]
        self.held_out_rate_ = self.calibration_ * rate
        self.trees_ *= stride

    def _stop_early(self, booster, stride: int) -> int:
        """Boost until the loss of the held-out rows falls no more; the number of trees then.

        Of a coarse search, the fewest that come within `_AS_GOOD` of the least loss.
        """
        from lightgbm.callback import CallbackEnv

        most, patience = (
            value // stride for value in (self.parameters.max_trees, self.parameters.patience)
        )
        losses: dict[int, float] = {}
        for trees in range(1, max(most, 1) + 1):
            finished = booster.update()
            if trees % _LOOK_EVERY and trees < most and not finished:
                continue
            evaluated = booster.eval_valid()
            losses[trees] = evaluated[0][2]
            for callback in self._callbacks:
                settings = self._lightgbm_parameters(stride)
                callback(CallbackEnv(booster, settings, trees - 1, 0, most, evaluated))
            if finished or trees - min(losses, key=losses.get) >= patience:
                break
        enough = min(losses.values()) * (_AS_GOOD if stride > 1 else 1.0)
        return min(trees for trees, loss in losses.items() if loss <= enough)

    def _train(self, design: Design, data):
        """Fit all rows with the number of trees found."""
        import lightgbm

        if self.parameters.offset:
            self.level_ = self._level(design)
            data.set_init_score(self._offset(design.features, design.names))
        if self._train_elsewhere is not None:
            return self._train_elsewhere(
                self._lightgbm_parameters(),
                columns(design.features, design.names, self.features),
                names=self.features,
                label=data.get_label(),
                weight=data.get_weight(),
                init_score=data.get_init_score(),
                trees=self.trees_,
            )
        return lightgbm.train(self._lightgbm_parameters(), data, num_boost_round=self.trees_)

    def _lightgbm_parameters(self, stride: int = 1) -> dict:
        p = self.parameters
        return {
            "objective": self._objective,
            "metric": self._objective,
            "num_leaves": p.num_leaves,
            "learning_rate": p.learning_rate * stride,
            "feature_fraction": p.feature_fraction,
            "min_data_in_leaf": p.min_data_in_leaf,
            "lambda_l2": p.lambda_l2,
            "num_threads": p.threads,
            "seed": p.seed,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }

    def _level(self, design: Design, rows: np.ndarray | None = None) -> float:
        """The factor that brings the offset to the level of the rows; 1 without an offset."""
        if not self.parameters.offset:
            return 1.0
        design = design if rows is None else design.take(rows)
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
        score = raw_scores(
            self.booster_,
            self.trees_,
            columns(features, names, self.features),
            self.parameters.threads,
        )
        offset = self._offset(features, names)
        return score if offset is None else score + offset

    def rate(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        return self.calibration_ * np.logaddexp(0.0, self.score(features, names))

    def variation(self, features: np.ndarray, names: tuple[str, ...]) -> None:
        return None

    def contributions(self, features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """What each feature adds to the raw score, (rows, features); no mean, no offset."""
        parts = self.booster_.predict(
            columns(features, names, self.features),
            pred_contrib=True,
            num_iteration=self.trees_,
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


def _objective(hit: np.ndarray, weight: np.ndarray) -> str:
    """The LightGBM objective of the likelihood above.

    Where every hit weighs exactly 1, P(hit) = 1 - exp(-rate) is the logistic of the score: the
    weighted binary objective is the same likelihood, at half the cost per row.
    """
    return "binary" if np.all(weight[hit > 0] == 1.0) else "cross_entropy_lambda"
