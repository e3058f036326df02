"""The settings of `infraction-model weekly`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from annotated_types import Ge

from infraction_model.evaluation.gates import GateParameters
from infraction_model.evaluation.health_limits import HealthParameters
from infraction_model.evaluation.monitoring import MonitoringParameters
from infraction_model.exposure import ExposureParameters, PresenceParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters
from infraction_model.io.cluster import ScaleParameters
from infraction_model.io.exports import ReadLimits
from infraction_model.io.tracking import TrackingParameters
from infraction_model.maps.week import MapParameters
from infraction_model.parameters import one_of
from infraction_model.pipelines.forecasting import SuitedEstimator
from infraction_model.pipelines.plan import PatrolParameters
from infraction_model.pipelines.town import TownData


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model weekly`.

    `started_at` dates what the run records, and its Monday is the origin where none is given. A
    model is trained once the champion is `retrain_weeks` old. `redo` publishes one more edition of
    a week that is published already; `accept_data` takes data over that looks wrong,
    once a person has looked at it.
    """

    workspace: Path
    data: TownData
    presence: PresenceParameters
    exposure: one_of(*ExposureParameters.__args__)
    features: FeatureParameters
    estimator: one_of(SuitedEstimator, *EstimatorParameters.__args__)
    forecast: ForecastParameters
    tracking: TrackingParameters
    scale: one_of(*ScaleParameters.__args__)
    gate: GateParameters
    health: HealthParameters
    monitoring: MonitoringParameters
    patrol: PatrolParameters
    map: MapParameters
    started_at: dt.datetime
    limits: ReadLimits = field(default_factory=ReadLimits)
    models: Path = Path("models")
    origin: dt.date | None = None
    retrain_weeks: Annotated[int, Ge(1)] = 4
    explain_top: Annotated[int, Ge(0)] = 500
    redo: bool = False
    accept_data: bool = False
