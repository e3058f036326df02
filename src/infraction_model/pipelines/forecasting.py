"""What train, backtest and score share: the town's panel, its origin, a forecast's settings."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from infraction_model.errors import ConfigError
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.estimators.stack import StackParameters
from infraction_model.exposure import CheckedVehicles, ExposureParameters, is_known
from infraction_model.forecast import EstimatorParameters, Town
from infraction_model.panel import Panel
from infraction_model.pipelines.town import TownData
from infraction_model.timegrid import monday, week_starting


@dataclass(frozen=True)
class SuitedEstimator:
    """The stack where exposure is known, LightGBM alone where it is not."""

    kind: Literal["suited"] = "suited"


def estimator_of(
    wanted: EstimatorParameters | SuitedEstimator, exposure: ExposureParameters
) -> EstimatorParameters:
    """The estimator wanted; for the suited one, that which suits the exposure."""
    if not isinstance(wanted, SuitedEstimator):
        return wanted
    return StackParameters() if is_known(exposure.kind) else ExposureGBMParameters()


def origin_week(origin: dt.date | None, panel: Panel) -> int:
    """The origin asked for, or the Monday after the last whole week; ConfigError if none."""
    return panel.end_week if origin is None else week_starting(origin)


def town_of(data: TownData, exposure: ExposureParameters, panel: Panel, origin: int) -> Town:
    """What a forecast must know of the town; raises ConfigError where its exposure is lacking.

    Vehicles checked per hour of patrol, where not given, are those known at `origin`.
    """
    _check(exposure, panel)
    vehicles = getattr(exposure, "vehicles_per_hour", None)
    if isinstance(exposure, CheckedVehicles) and vehicles is None:
        vehicles = panel.as_of(origin).vehicles_per_hour()
        if not np.isfinite(vehicles):
            raise ConfigError(
                f"exposure=checks: as of {monday(origin)} no patrol that counted vehicles lasted "
                "any time. Say how many count as an hour of patrol: exposure.vehicles_per_hour=30."
            )
    return Town(
        basis=exposure.kind,
        calendar=data.calendar,
        min_fines=data.min_fines,
        vehicles_per_hour=vehicles,
    )


def seen(panel: Panel, town: Town) -> Panel:
    """The panel with the exposure that the town's forecasts go by."""
    return panel.seen_through(town.basis, town.vehicles_per_hour)


def _check(exposure: ExposureParameters, panel: Panel) -> None:
    counts = (panel.patrols["vehicles"] > 0).any()
    needs = {
        "recorded": (not panel.patrols.empty, "a patrol log", "data.patrols"),
        "checks": (counts, "a log of vehicles checked", "data.patrols.vehicles_checked"),
        "inferred": (not panel.presences.hours.empty, "fines that name agents", "data.fines.agent"),
    }
    there, what, key = needs.get(exposure.kind, (True, "", ""))
    if not there:
        raise ConfigError(
            f"exposure={exposure.kind} needs {what}, but the panel holds none. Map {key}, ingest "
            "and build the panel again, or give exposure=none."
        )


def settings_of(parameters: Any) -> dict[str, Any]:
    """The settings that shape a model, of train's or backtest's, as JSON reads them back."""
    groups = ("exposure", "features", "estimator", "forecast")
    values = {group: dataclasses.asdict(getattr(parameters, group)) for group in groups}
    return json.loads(json.dumps(values))
