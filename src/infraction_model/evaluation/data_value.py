"""What each source of data is worth: the same past weeks predicted with it and without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge
from scipy.optimize import minimize_scalar

from infraction_model.errors import ConfigError
from infraction_model.evaluation import metrics
from infraction_model.evaluation.bootstrap import resample
from infraction_model.evaluation.folds import (
    FoldParameters,
    Outcome,
    PredictedWeek,
    outcome,
    predicted_weeks,
)
from infraction_model.evaluation.gains import Arm, Gain, gain, luck_of
from infraction_model.evaluation.truth import true_rates
from infraction_model.exposure import Basis, in_patrol_hours, is_known
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import (
    EstimatorParameters,
    Forecast,
    ForecastParameters,
    Town,
    make_estimator,
)
from infraction_model.panel import Panel

EXPOSURE = "exposure"
"""The source that says what was looked at: a patrol log, vehicles checked, agents' numbers."""

SOURCES: dict[str, tuple[str, ...]] = {
    "calendar": (
        "public_holiday",
        "beside_public_holiday",
        "school_holiday",
        "school_zones_on_holiday",
    ),
    "places": (
        "spaces",
        "max_stay_minutes",
        "neighbours_rate",
        "neighbours_recent_rate",
        "metres_to_centre",
    ),
    "categories": ("category_share_1", "category_share_2", "category_share_3", "category_mix"),
    "weather": ("rain_expected", "temperature_expected", "rain_anomaly", "temperature_anomaly"),
    "events": tuple(
        f"{kind}_{what}"
        for kind in ("roadworks", "market", "event")
        for what in ("announced", "recent")
    ),
    "payments": ("payments_rate", "payments_trend", "payments_per_space"),
    "occupancy": ("occupancy_rate", "occupancy_trend", "occupancy_full", "occupancy_vehicles"),
    "footfall": ("footfall_rate", "footfall_trend"),
    "commerce": ("commerce", "commerce_nearby"),
}
"""The features that a source brings; all others rest on the fines and the clock alone."""

TOP = 0.05
"""The list that is judged: this share of the zone-hours looked at."""


@dataclass(frozen=True)
class DataValueParameters:
    """The weeks predicted, and how often each fit is repeated with another seed.

    `weeks`, `settle_weeks` and `refit_every` are as for a backtest; more weeks make intervals
    narrower. A fit that draws at random is repeated `repeats` times and its figures averaged, else
    luck would pass for value.
    """

    weeks: Annotated[int, Ge(2)] = 8
    settle_weeks: Annotated[int, Ge(0)] = 0
    refit_every: Annotated[int, Ge(1)] = 8
    repeats: Annotated[int, Ge(1)] = 2

    @property
    def folds(self) -> FoldParameters:
        return FoldParameters(self.weeks, self.settle_weeks, self.refit_every)


@dataclass(frozen=True)
class SourceValue:
    """A source's gain: `on_top` of all others, and `alone` added to the fines (and exposure)."""

    source: str
    on_top: Gain
    alone: Gain


@dataclass(frozen=True)
class DataValue:
    """Every source that the town has, judged; those it lacks; the arms' own figures.

    `units` says what the intervals resample; `level_without_exposure` is the factor that brought
    the forecast without exposure to the level of what patrols found, None where there is none.
    """

    basis: Basis
    gap: int
    values: list[SourceValue]
    lacking: list[str]
    arms: dict[str, dict[str, float]]
    targets: list[int]
    zones: int
    repeats: int
    units: str
    level_without_exposure: float | None


def available(panel: Panel, source: str) -> bool:
    """Whether a panel holds anything of a source."""
    kinds = set(panel.context["kind"])
    if source == "weather":
        return bool(kinds & {"rain", "temperature"})
    if source == "events":
        return bool(kinds & {"roadworks", "market", "event"})
    if source in ("payments", "occupancy", "footfall", "commerce"):
        return source in kinds
    if source == "places":
        return bool(panel.zones[["spaces", "max_stay_minutes", "lon"]].notna().any(axis=None))
    return source != "categories" or panel.fines["category"].nunique() > 1


def data_value(
    panel: Panel,
    origin: int,
    town: Town,
    estimator: EstimatorParameters,
    features: FeatureParameters,
    forecast: ForecastParameters,
    parameters: DataValueParameters,
    truth: pd.DataFrame | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> DataValue:
    """Predict the weeks before `origin` with all sources, without each, and with each alone.

    `panel` is as seen through the town's exposure (pipelines.forecasting.seen). Without exposure
    every zone-hour counts alike, so the probabilities are of another event: that arm is judged on
    the zone-hours looked at after one factor has brought it to their level, the best there is.
    Raises ConfigError for an estimator that reads sources by itself.
    """
    _check(estimator, features)
    known = is_known(town.basis)
    there = [source for source in SOURCES if available(panel, source)]
    judge = _Judge(panel, origin, town, estimator, forecast, parameters, truth)
    arms = _arms(judge, features.names, there, progress)
    resampling = resample(len(judge.targets), len(judge.zone_ids))
    luck = luck_of(list(arms.values()))

    def value(source: str) -> SourceValue:
        with_all, without = arms["all"], arms[f"without {source}"]
        less, more = arms["base"], arms.get(f"with {source}", arms["base"])
        if source == EXPOSURE:
            less = arms["fines only"]
        on_top = gain(without, with_all, resampling, luck)
        return SourceValue(source, on_top, gain(less, more, resampling, luck))

    return DataValue(
        basis=town.basis,
        gap=forecast.gap,
        values=[value(source) for source in [*([EXPOSURE] if known else []), *there]],
        lacking=[*([] if known else [EXPOSURE]), *(s for s in SOURCES if s not in there)],
        arms={name: arm.figures for name, arm in arms.items()},
        targets=judge.targets,
        zones=len(judge.zone_ids),
        repeats=judge.repeats,
        units=resampling.units,
        level_without_exposure=arms[f"without {EXPOSURE}"].level if known else None,
    )


def _check(estimator: EstimatorParameters, features: FeatureParameters) -> None:
    """Refuse what the latent-class model goes into: it reads categories and places by itself."""
    latent = [n for n in make_estimator(estimator, features).needs if n.startswith("latent_")]
    if latent:
        raise ConfigError(
            f"estimator={estimator.kind} reads {latent[0]}, which draws on several sources at "
            "once, so none of them could be left out. Give estimator=exposure_gbm, and no latent "
            "feature under features.names."
        )


def _arms(
    judge: _Judge, names: tuple[str, ...], there: list[str], progress: Callable[[str], None]
) -> dict[str, Arm]:
    """All sources, all but each, the fines (and exposure) with none or one, and no exposure."""
    drawn = {name for brought in SOURCES.values() for name in brought}
    base = [name for name in names if name not in drawn]
    sets = {"all": there, "base": []}
    sets |= {f"without {source}": [s for s in there if s != source] for source in there}
    sets |= {f"with {source}": [source] for source in there}
    blind = {f"without {EXPOSURE}": there, "fines only": []} if is_known(judge.town.basis) else {}
    arms = {}
    for number, (name, sources) in enumerate([*sets.items(), *blind.items()], start=1):
        progress(f"{number} of {len(sets) + len(blind)}: {name}")
        town = replace(judge.town, basis="none") if name in blind else judge.town
        arms[name] = judge.arm([*base, *(f for s in sources for f in SOURCES[s])], town)
    return arms


class _Judge:
    """Predicts the same weeks with one set of features after another."""

    def __init__(
        self,
        panel: Panel,
        origin: int,
        town: Town,
        estimator: EstimatorParameters,
        forecast: ForecastParameters,
        parameters: DataValueParameters,
        truth: pd.DataFrame | None,
    ) -> None:
        self.panel, self.origin, self.town, self.forecast = panel, origin, town, forecast
        self.folds = parameters.folds
        self.truth = truth if in_patrol_hours(town.basis) else None
        self.estimators = {"0": estimator}
        if hasattr(estimator, "seed"):
            seeds = range(parameters.repeats)
            self.estimators = {str(s): replace(estimator, seed=estimator.seed + s) for s in seeds}
        self.targets: list[int] = []
        self.zone_ids = np.array([], dtype=object)

    @property
    def repeats(self) -> int:
        return len(self.estimators)

    def arm(self, names: Sequence[str], town: Town) -> Arm:
        """The figures of one set of features, exposure seen as `town` says."""
        weeks = list(self._weeks(FeatureParameters(tuple(names)), town))
        self.targets = [week.target for week in weeks]
        zone_ids = [next(iter(week.forecasts.values())).zones["zone_id"] for week in weeks]
        self.zone_ids = np.unique(np.concatenate(zone_ids))
        levels = [1.0] * self.repeats
        if town.basis != self.town.basis:
            levels = [_best_level(weeks, name) for name in self.estimators]
        parts = [self._judge(week, levels) for week in weeks]
        loss, captured, best, zone_hours, fines = (list(part) for part in zip(*parts, strict=True))
        return Arm(
            loss=np.stack(loss, axis=1),
            captured=np.stack(captured, axis=1),
            share_of_best=np.stack(best, axis=1),
            zone_hours=np.stack(zone_hours),
            fines=np.stack(fines),
            level=float(np.mean(levels)),
        )

    def _weeks(self, features: FeatureParameters, town: Town) -> Iterator[PredictedWeek]:
        """The predicted weeks with what was found in the zone-hours that were looked at."""
        seen = self.panel if town.basis == self.town.basis else self.panel.seen_through("none")
        for week in predicted_weeks(
            seen, self.origin, town, self.estimators, features, self.forecast, self.folds
        ):
            first = next(iter(week.forecasts.values()))
            found = outcome(self.panel, self.town.basis, first)
            if found.exposed.any():
                yield replace(week, outcome=found)

    def _judge(self, week: PredictedWeek, levels: list[float]) -> tuple[np.ndarray, ...]:
        """Loss, captured (repeats, zones), yield (repeats,), zone-hours and fines (zones,)."""
        first = next(iter(week.forecasts.values()))
        position = np.searchsorted(self.zone_ids, first.zones["zone_id"])
        found = week.outcome
        zone = position[np.nonzero(found.exposed)[0]]

        def by_zone(values: np.ndarray) -> np.ndarray:
            return np.bincount(zone, values, minlength=len(self.zone_ids)).astype(float)

        fines = found.fines[found.exposed]
        losses, captured, best = [], [], []
        for forecast, level in zip(week.forecasts.values(), levels, strict=True):
            expected = level * (forecast.rate * found.hours)[found.exposed]
            levelled = replace(forecast, rate=level * forecast.rate)
            probability = levelled.chance(found.hours)[found.exposed]
            losses.append(by_zone(metrics.losses(found.hit[found.exposed], probability)))
            listed = np.zeros(len(expected))
            listed[metrics.top(expected, TOP)] = 1.0
            captured.append(by_zone(listed * fines))
            best.append(self._share_of_best(forecast, week.target))
        zone_hours = by_zone(np.ones(len(fines)))
        return np.array(losses), np.array(captured), np.array(best), zone_hours, by_zone(fines)

    def _share_of_best(self, forecast: Forecast, target: int) -> float:
        if self.truth is None:
            return float("nan")
        rates = true_rates(self.truth, forecast.zones, target)
        return metrics.pei(rates.ravel(), forecast.priority.ravel(), TOP)


def _best_level(weeks: Sequence[PredictedWeek], name: str) -> float:
    """The factor on the rates that fits what was found where patrols went, with hindsight."""

    def cells(found: Outcome, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (rate * found.hours)[found.exposed], found.hit[found.exposed]

    parts = [cells(week.outcome, week.forecasts[name].rate) for week in weeks]
    expected, hit = (np.concatenate(part) for part in zip(*parts, strict=True))

    def loss(log_level: float) -> float:
        return metrics.log_loss(hit, -np.expm1(-np.exp(log_level) * expected))

    return float(np.exp(minimize_scalar(loss, bounds=(-8.0, 8.0), method="bounded").x))
