"""Panel -> a fitted model: a bundle, an MLflow run, the registry's challenger."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any, Literal

from infraction_model import __version__
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.estimators.design import EXPOSURE_HOURS
from infraction_model.evaluation.backtest import Fold
from infraction_model.evaluation.groups import History, history
from infraction_model.evaluation.model_card import model_card, watcher
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
from infraction_model.io.cluster import ScaleParameters, zone_chunks
from infraction_model.io.json_files import json_text, read_json, write_json
from infraction_model.io.panels import read_panel
from infraction_model.io.tracking import DataUsed, RunRecord, Tracking, TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.panel import Panel
from infraction_model.parameters import one_of
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forecasting import (
    SuitedEstimator,
    estimator_of,
    origin_week,
    seen,
    settings_of,
    town_of,
)
from infraction_model.pipelines.run_records import (
    data_used,
    held_out_by_week,
    shaping_settings,
    tags_of,
)
from infraction_model.pipelines.town import TownData
from infraction_model.reports.model_card import draw, render, render_markdown
from infraction_model.timegrid import monday


@dataclasses.dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model train`."""

    workspace: Path
    data: TownData
    exposure: one_of(*ExposureParameters.__args__)
    features: FeatureParameters
    estimator: one_of(SuitedEstimator, *EstimatorParameters.__args__)
    forecast: ForecastParameters
    tracking: TrackingParameters
    scale: one_of(*ScaleParameters.__args__)
    models: Path = Path("models")
    origin: dt.date | None = None
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Fit on what was known at the origin, write the bundle, register it as challenger."""
    workspace = Workspace(parameters.workspace)
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    town = town_of(parameters.data, parameters.exposure, panel, origin)
    # before minutes of work: a store that does not answer says so now
    tracking = Tracking(parameters.tracking, workspace.tracking, workspace.name)
    data = data_used(panel, workspace)
    panel = seen(panel, town)
    parameters = dataclasses.replace(
        parameters, estimator=estimator_of(parameters.estimator, parameters.exposure)
    )
    wanted = [parameters.estimator, EmpiricalBayesParameters()]
    known = history(panel, town.basis, origin)
    held_out: list[Fold] = []
    with step(f"fitting {parameters.estimator.kind} as of {monday(origin)}") as done:
        with zone_chunks(parameters.scale) as chunks:
            model, baseline = fit(
                panel,
                origin,
                town,
                wanted,
                parameters.features,
                parameters.forecast,
                watch=watcher(held_out, known, town.basis),
                chunks=chunks,
            )
        done.rows = model.rows
        bundle = write_bundle(
            model,
            parameters.models / workspace.name,
            describe=lambda name: _card(name, model, panel, held_out, known, parameters),
        )
    about = _about(model, baseline, bundle)
    with step("logging the run"):
        example = feature_rows(model, panel, origin, rows=5).assign(**{EXPOSURE_HOURS: 1.0})
        record = _record(parameters, model, bundle, about, held_out, data)
        registered = tracking.log_training(bundle, example, record)
    report = {**about, "model": registered.name, "version": registered.version}
    write_json(workspace.report("train.json"), report)
    say(
        f"{model.rows} zone-hours taught {parameters.estimator.kind}. On the weeks held out its "
        f"log loss is {about['held_out_log_loss']:.4f}, the empirical-Bayes rate's "
        f"{about['baseline_held_out_log_loss']:.4f}.\nIt is version {registered.version} of "
        f"'{registered.name}', the challenger: {bundle}\n"
        f"Its card, what it is good for and where it is weak: {bundle / 'model_card.html'}"
    )


def _card(
    bundle: str,
    model: Forecaster,
    panel: Panel,
    held_out: list[Fold],
    known: History,
    parameters: Parameters,
) -> dict[str, bytes]:
    """The model card's files by name; it repeats a backtest of the same settings, if any."""
    about = {
        "town": parameters.data.title,
        "bundle": bundle,
        "software": f"infraction-model {__version__}",
    }
    path = Workspace(parameters.workspace).report("backtest.json")
    backtest = read_json(path, "backtest") if path.exists() else None
    if backtest is not None and backtest.get("settings") != settings_of(parameters):
        backtest = None
    names = dict(zip(panel.zones["zone_id"], panel.zones["name"], strict=True))
    card = model_card(model, held_out, known, names, backtest, about)
    language = parameters.language
    return {
        "model_card.json": json_text(card).encode(),
        "model_card.md": render_markdown(card, language).encode(),
        "model_card.html": render(card, language).encode(),
        "model_card.png": draw(card, language),
    }


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


def _record(
    parameters: Parameters,
    model: Forecaster,
    bundle: Path,
    about: dict[str, Any],
    held_out: list[Fold],
    data: DataUsed,
) -> RunRecord:
    """What the training's run shows in MLflow."""
    kind, basis = parameters.estimator.kind, model.town.basis
    return RunRecord(
        kind="train",
        name=bundle.name,
        parameters=shaping_settings(parameters, model.trained_origin),
        metrics={key: value for key, value in about.items() if isinstance(value, int | float)},
        tags=tags_of(parameters, data, kind, basis, model.trained_origin),
        by_week=held_out_by_week(held_out, kind),
        data=data,
        note=(
            f"{kind} of {parameters.data.title}, as known on {about['origin']}, exposure "
            f"{basis}. On the weeks held out its log loss is {about['held_out_log_loss']:.4f}, "
            f"the empirical-Bayes rate's {about['baseline_held_out_log_loss']:.4f}. "
            "Its card: model_card/model_card.html among the artifacts."
        ),
        files={"model_card": sorted(bundle.glob("model_card.*"))},
    )
