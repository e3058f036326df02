"""Panel -> a fitted model: a bundle, an MLflow run, the registry's challenger."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

from infraction_model import __version__
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.estimators.design import EXPOSURE_HOURS
from infraction_model.exposure import ExposureParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import (
    EstimatorParameters,
    Forecaster,
    ForecastParameters,
    feature_rows,
    fit,
)
from infraction_model.io.bundles import write_bundle
from infraction_model.io.json_files import write_json
from infraction_model.io.panels import read_panel
from infraction_model.io.tracking import Tracking, TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.parameters import one_of
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forecasting import origin_week, seen, town_of
from infraction_model.pipelines.town import TownData
from infraction_model.timegrid import monday


@dataclasses.dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model train`."""

    workspace: Path
    data: TownData
    exposure: one_of(*ExposureParameters.__args__)
    features: FeatureParameters
    estimator: one_of(*EstimatorParameters.__args__)
    forecast: ForecastParameters
    tracking: TrackingParameters
    models: Path = Path("models")
    origin: dt.date | None = None


def run(parameters: Parameters) -> None:
    """Fit on what was known at the origin, write the bundle, register it as challenger."""
    workspace = Workspace(parameters.workspace)
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    town = town_of(parameters.data, parameters.exposure, panel, origin)
    panel = seen(panel, town)
    wanted = [parameters.estimator, EmpiricalBayesParameters()]
    with step(f"fitting {parameters.estimator.kind} as of {monday(origin)}"):
        model, baseline = fit(panel, origin, town, wanted, parameters.features, parameters.forecast)
        bundle = write_bundle(model, parameters.models / workspace.name)
    about = _about(model, baseline, bundle)
    with step("logging the run"):
        tracking = Tracking(parameters.tracking, workspace.tracking, workspace.name)
        registered = tracking.log_training(
            bundle,
            example=feature_rows(model, panel, origin, rows=5).assign(**{EXPOSURE_HOURS: 1.0}),
            parameters=_flat(parameters),
            metrics={key: value for key, value in about.items() if isinstance(value, int | float)},
            tags={"town": parameters.data.name, "software": __version__},
        )
    report = {**about, "model": registered.name, "version": registered.version}
    write_json(workspace.report("train.json"), report)
    say(
        f"{model.rows} zone-hours taught {parameters.estimator.kind}. On the weeks held out its "
        f"log loss is {about['held_out_log_loss']:.4f}, the empirical-Bayes rate's "
        f"{about['baseline_held_out_log_loss']:.4f}.\nIt is version {registered.version} of "
        f"'{registered.name}', the challenger: {bundle}"
    )


def _about(model: Forecaster, baseline: Forecaster, bundle: Path) -> dict[str, Any]:
    """What a training run says of itself; its numbers are the run's metrics."""
    return {
        "bundle": bundle.name,
        "origin": str(monday(model.trained_origin)),
        "first_label_week": str(monday(model.label_weeks[0])),
        "last_label_week": str(monday(model.label_weeks[1])),
        "exposure_basis": model.town.basis,
        "rows": model.rows,
        "trees": getattr(model.estimator, "trees_", 0),
        "spread": model.spread,
        "held_out_log_loss": model.held_out_log_loss,
        "baseline_held_out_log_loss": baseline.held_out_log_loss,
    }


def _flat(parameters: Parameters) -> dict[str, Any]:
    """The settings that shape a model, by dotted key, as MLflow wants them."""
    groups = ("exposure", "features", "estimator", "forecast")
    flat = {"origin": parameters.origin, "data.min_fines": parameters.data.min_fines}
    for group in groups:
        for key, value in dataclasses.asdict(getattr(parameters, group)).items():
            flat[f"{group}.{key}"] = ",".join(value) if isinstance(value, tuple) else value
    return flat
