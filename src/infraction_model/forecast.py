"""THE fit and predict path: train, backtest and score all go through here, bit for bit alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from infraction_model.asof import completeness
from infraction_model.errors import ConfigError
from infraction_model.estimators.baselines import (
    BareMeanParameters,
    ColumnRate,
    ConstantParameters,
    EmpiricalBayesParameters,
)
from infraction_model.estimators.design import Design, Estimator, chance, log_loss
from infraction_model.estimators.exposure_gbm import (
    Callbacks,
    ExposureGBM,
    ExposureGBMParameters,
    Train,
)
from infraction_model.estimators.intervals import band, bounds, fit_spread
from infraction_model.estimators.latent_class import LatentClassRate, LatentClassRateParameters
from infraction_model.estimators.reasons import strongest
from infraction_model.estimators.stack import Stack, StackParameters
from infraction_model.exposure import in_patrol_hours, is_known
from infraction_model.features.matrix import FeatureParameters, matrix
from infraction_model.features.registry import check_names
from infraction_model.features.snapshot import Snapshot
from infraction_model.features.zone_chunks import WHOLE, Chunks
from infraction_model.memory import FORGETFUL, Memory
from infraction_model.panel import Panel
from infraction_model.teaching import (
    ForecastParameters,
    Town,
    busy,
    draw_snapshots,
    known_panel,
    learn_design,
)
from infraction_model.timegrid import HOURS_PER_WEEK, monday

KNOWN_HOURS = "cell_hours"
"""The feature that says how well a zone-hour is known."""

LEAST_TOWN_HOURS = 1.0
"""Patrol hours the town must have spent at an hour of week (half-life 52 weeks) to know it."""

EstimatorParameters = (
    StackParameters
    | ExposureGBMParameters
    | LatentClassRateParameters
    | EmpiricalBayesParameters
    | BareMeanParameters
    | ConstantParameters
)


Watch = Callable[[str, pd.Series, Design, np.ndarray, np.ndarray | None], None]
"""Takes the kind of an estimator, the zone_id of each zone of the design, the rows held out while
it learnt, the rate it gave them, and that rate's relative variance where it says one."""

_one_blas_thread = ThreadpoolController().wrap(limits=1, user_api="blas")
"""Matrices are small, and last bits must not depend on a machine's cores. The command line limits
its whole process; other programs that call this module need not."""


@dataclass(frozen=True)
class Forecaster:
    """A fitted estimator with all it takes to predict from a panel; what a bundle holds.

    `spread` holds the gamma shapes of the intervals (intervals.py), `held_out_log_loss` the log
    loss on the last label weeks before the estimator learnt from them.
    """

    town: Town
    parameters: ForecastParameters
    estimator_parameters: EstimatorParameters
    estimator: Estimator
    spread: tuple[float, ...]
    held_out_log_loss: float
    trained_origin: int
    label_weeks: tuple[int, int]
    rows: int


@dataclass(frozen=True)
class Forecast:
    """Rates of every zone and hour of a target week; arrays are (zones, 168), float64.

    `rate` is events per exposure hour, `variation` its relative variance where the estimator says
    one (else None), `probability` P(at least one | one hour), `expected` fines per hour, `lower`
    and `upper` the 90 % interval of `expected`; `reasons` names what raised the
    score, for the explained zone-hours only (text, empty elsewhere). `known_hours` (168,) is False
    for hours of the week at which no patrol goes anywhere in town: rates there are extrapolated.
    `missing` names the columns that make a difference to the estimator and hold no value at all.
    """

    zones: pd.DataFrame
    origin: int
    target: int
    rate: np.ndarray
    variation: np.ndarray | None
    probability: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    reasons: np.ndarray
    known_hours: np.ndarray
    missing: tuple[str, ...] = ()

    @property
    def priority(self) -> np.ndarray:
        """What zone-hours are ranked by: expected fines, extrapolated hours after known ones."""
        return np.where(self.known_hours, self.expected, self.expected - self.expected.max() - 1)

    def chance(self, hours: np.ndarray) -> np.ndarray:
        """P(at least one event) in so many exposure hours, (zones, 168)."""
        return chance(self.rate, hours, self.variation)


def make_estimator(
    parameters: EstimatorParameters,
    features: FeatureParameters,
    train: Train | None = None,
    callbacks: Callbacks = (),
) -> Estimator:
    """The unfitted estimator that some parameters ask for; ConfigError on an unknown feature."""
    if isinstance(parameters, StackParameters):
        estimator = Stack(parameters, features.names, train, callbacks)
    elif isinstance(parameters, ExposureGBMParameters):
        estimator = ExposureGBM(parameters, features.names, train, callbacks)
    elif isinstance(parameters, LatentClassRateParameters):
        estimator = LatentClassRate(parameters)
    else:
        estimator = ColumnRate.of(parameters)
    check_names(estimator.needs)
    return estimator


def features_of(forecaster: Forecaster) -> FeatureParameters:
    """The features that an estimator was given, so that its recipe can be fitted again.

    The default ones where it chooses its columns itself.
    """
    estimator = forecaster.estimator
    trees = estimator.members["exposure_gbm"] if isinstance(estimator, Stack) else estimator
    return FeatureParameters(trees.features) if hasattr(trees, "features") else FeatureParameters()


def restore_estimator(parameters: EstimatorParameters, files: dict[str, str]) -> Estimator:
    """A fitted estimator back from a bundle's files."""
    kinds = {
        StackParameters: Stack,
        ExposureGBMParameters: ExposureGBM,
        LatentClassRateParameters: LatentClassRate,
    }
    return kinds.get(type(parameters), ColumnRate).from_files(parameters, files)


@_one_blas_thread
def fit(
    panel: Panel,
    origin: int,
    town: Town,
    estimators: Sequence[EstimatorParameters],
    features: FeatureParameters,
    parameters: ForecastParameters,
    watch: Watch = lambda *held_out: None,
    chunks: Chunks = WHOLE,
    memory: Memory = FORGETFUL,
    callbacks: Callbacks = (),
) -> list[Forecaster]:
    """Fit one or several estimators on the same rows, from nothing but what was known at `origin`.

    `watch` is shown each one's held-out rows, `callbacks` the boosting of each one that boosts.
    `memory` of this panel keeps the rows for the next fit. Raises NotEnoughDataError where too few
    weeks teach.
    """
    unfitted = [make_estimator(wanted, features, chunks.train, callbacks) for wanted in estimators]
    names = _columns(unfitted)

    def rows_that_teach() -> tuple[pd.Series, Design]:
        known = known_panel(panel, origin, town, parameters)
        design = learn_design(known, origin, town, names, parameters, chunks)
        return known.zones["zone_id"], design

    zone_ids, design = memory.recall((town, parameters, names), ("taught", origin), rows_that_teach)
    fitted = []
    for wanted, estimator in zip(estimators, unfitted, strict=True):
        estimator.fit(design)
        held_out = design.take(design.recent(estimator.validation_weeks))
        variation = estimator.variation(held_out.features, held_out.names)
        rate = estimator.held_out_rate_
        watch(wanted.kind, zone_ids, held_out, rate, variation)
        fitted.append(
            Forecaster(
                town=town,
                parameters=parameters,
                estimator_parameters=wanted,
                estimator=estimator,
                spread=_spread(estimator, held_out, town, parameters.gap),
                held_out_log_loss=log_loss(rate, held_out, variation),
                trained_origin=origin,
                label_weeks=(int(design.week.min()), int(design.week.max())),
                rows=len(design),
            )
        )
    return fitted


@_one_blas_thread
def predict(
    forecasters: Sequence[Forecaster],
    panel: Panel,
    origin: int,
    explain_top: int = 0,
    chunks: Chunks = WHOLE,
    memory: Memory = FORGETFUL,
) -> list[Forecast]:
    """Forecast the week `gap` weeks after `origin` from what was known at it.

    All forecasters must be of one town and one gap, so that one snapshot serves them. Raises
    ConfigError where one was trained after `origin`: it knows what came later. Reasons are
    given for the `explain_top` zone-hours that come first; `memory` of this panel keeps the
    zone-hours for the next forecast.
    """
    first = forecasters[0]
    if any((f.town, f.parameters.gap) != (first.town, first.parameters.gap) for f in forecasters):
        raise ValueError("forecasters of different towns or gaps cannot share a snapshot")
    for forecaster in forecasters:
        _refuse_hindsight(forecaster, origin)
    names = _columns([one.estimator for one in forecasters])

    def zone_hours_asked() -> tuple[Snapshot, np.ndarray, np.ndarray]:
        known = known_panel(panel, origin, first.town, first.parameters)
        snapshot = _snapshot(known, first.town, origin, first.parameters)
        zones = np.flatnonzero(busy(known, first.town, [origin])[:, 0])
        return snapshot, zones, matrix(snapshot, names, *_cells(zones), chunks)

    settings = (first.town, first.parameters, names)
    snapshot, zones, values = memory.recall(settings, ("asked", origin), zone_hours_asked)
    return [
        _forecast(one, snapshot, zones, values, names, explain_top, chunks) for one in forecasters
    ]


def _refuse_hindsight(forecaster: Forecaster, origin: int) -> None:
    if forecaster.trained_origin > origin:
        trained, asked = monday(forecaster.trained_origin), monday(origin)
        raise ConfigError(
            f"the model was trained on what was known at {trained}, after the origin {asked}: it "
            f"knows what came later. Train one with origin={asked}, or score a later origin."
        )


def _columns(estimators: Sequence[Estimator]) -> tuple[str, ...]:
    """What the estimators read, and the history hours that the intervals go by.

    In the first one's own order, so that it is handed the whole matrix without a copy.
    """
    return tuple(dict.fromkeys([*(name for one in estimators for name in one.needs), KNOWN_HOURS]))


def _snapshot(known: Panel, town: Town, origin: int, parameters: ForecastParameters) -> Snapshot:
    curve = completeness(known.fines, origin)
    return next(draw_snapshots(known, town, curve, [origin], parameters))


def feature_rows(forecaster: Forecaster, panel: Panel, origin: int, rows: int) -> pd.DataFrame:
    """Features of the first zone-hours of a target week, as a served model is shown them."""
    known = known_panel(panel, origin, forecaster.town, forecaster.parameters)
    snapshot = _snapshot(known, forecaster.town, origin, forecaster.parameters)
    names = forecaster.estimator.needs
    zone, hour = _cells(np.arange(len(known.zones)))
    values = matrix(snapshot, names, zone[:rows], hour[:rows])
    return pd.DataFrame(values, columns=list(names))


def _spread(estimator: Estimator, held_out: Design, town: Town, gap: int) -> tuple[float, ...]:
    known_hours = held_out.features[:, held_out.names.index(KNOWN_HOURS)]
    expected = held_out.exposure * estimator.held_out_rate_
    if not is_known(town.basis):
        expected = -np.expm1(-expected)
    counts = in_patrol_hours(town.basis)
    # with no gap every earlier week is known: the week before is the least known of them
    return fit_spread(expected, known_hours, held_out, counts, max(gap, 1))


def _cells(zones: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Zone and hour of week of every zone-hour of some zones."""
    hours = np.arange(HOURS_PER_WEEK)
    return np.repeat(zones, HOURS_PER_WEEK), np.tile(hours, len(zones))


def _forecast(
    forecaster: Forecaster,
    snapshot: Snapshot,
    zones: np.ndarray,
    values: np.ndarray,
    names: tuple[str, ...],
    explain_top: int,
    chunks: Chunks,
) -> Forecast:
    shape = (len(zones), HOURS_PER_WEEK)
    rate = chunks.rows(partial(forecaster.estimator.rate, names=names), values).reshape(shape)
    variation = forecaster.estimator.variation(values, names)
    variation = None if variation is None else variation.reshape(shape)
    probability = chance(rate, 1.0, variation)
    expected = rate
    if not is_known(forecaster.town.basis):
        expected = probability * snapshot.fines_per_event()[zones, None]
    spread = variation
    if spread is None:
        history = values[:, names.index(KNOWN_HOURS)].reshape(shape)
        spread = 1.0 / np.asarray(forecaster.spread)[band(history)]
    lower, upper = bounds(expected, spread)
    forecast = Forecast(
        zones=snapshot.zones.iloc[zones].reset_index(drop=True),
        origin=snapshot.origin,
        target=snapshot.target,
        rate=rate,
        variation=variation,
        probability=probability,
        expected=expected,
        lower=lower,
        upper=upper,
        reasons=np.full(shape, "", dtype=object),
        known_hours=snapshot.town_hours() >= LEAST_TOWN_HOURS,
        missing=_missing(forecaster.estimator, values, names),
    )
    _explain(forecast, forecaster.estimator, values, names, explain_top)
    return forecast


def _missing(estimator: Estimator, values: np.ndarray, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(n for n in estimator.uses if not np.isfinite(values[:, names.index(n)]).any())


def _explain(
    forecast: Forecast,
    estimator: Estimator,
    values: np.ndarray,
    names: tuple[str, ...],
    count: int,
) -> None:
    """Write the reasons of the `count` zone-hours that come first."""
    if count and isinstance(estimator, ExposureGBM | Stack):
        first = np.argsort(-forecast.priority, axis=None, kind="stable")[:count]
        parts = estimator.contributions(values[first], names)
        forecast.reasons.flat[first] = strongest(parts, estimator.reasons)
