"""Panel -> how good forecasts of past weeks would have been, beside the baselines."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from infraction_model.estimators.baselines import (
    BareMeanParameters,
    ConstantParameters,
    EmpiricalBayesParameters,
)
from infraction_model.evaluation.backtest import (
    Fold,
    FoldParameters,
    backtest,
    in_words,
    records_in,
    summary,
    table,
)
from infraction_model.exposure import ExposureParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters
from infraction_model.io.atomic import write_bytes, write_text
from infraction_model.io.json_files import write_json
from infraction_model.io.panels import read_panel
from infraction_model.io.tables import read_parquet
from infraction_model.io.workspace import Workspace
from infraction_model.parameters import one_of
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forecasting import origin_week, seen, town_of
from infraction_model.pipelines.town import TownData
from infraction_model.reports.backtest_plot import draw
from infraction_model.timegrid import monday


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model backtest`."""

    workspace: Path
    data: TownData
    exposure: one_of(*ExposureParameters.__args__)
    features: FeatureParameters
    estimator: one_of(*EstimatorParameters.__args__)
    forecast: ForecastParameters
    folds: FoldParameters
    origin: dt.date | None = None


def run(parameters: Parameters) -> None:
    """Predict the last weeks before the origin with the model and every baseline, and compare."""
    workspace = Workspace(parameters.workspace)
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    town = town_of(parameters.data, parameters.exposure, panel, origin)
    panel = seen(panel, town)
    with step(f"predicting the {parameters.folds.weeks} weeks before {monday(origin)}"):
        folds = backtest(
            panel,
            origin,
            town,
            _estimators(parameters.estimator),
            parameters.features,
            parameters.forecast,
            parameters.folds,
            truth=_truth(workspace),
            progress=say,
        )
    report = _report(folds, parameters, records_in(panel, folds))
    _write(workspace, folds, report, parameters)
    say(summary(folds).T.to_string(float_format="{:.4f}".format))
    say(report["in_words"])
    say(f"Figures, table and picture: {workspace.report('backtest.json').parent}")


def _estimators(model: EstimatorParameters) -> dict[str, EstimatorParameters]:
    baselines = (EmpiricalBayesParameters(), BareMeanParameters(), ConstantParameters())
    return {model.kind: model} | {b.kind: b for b in baselines if b.kind != model.kind}


def _truth(workspace: Workspace) -> pd.DataFrame | None:
    """The made town's true rates, which only this judgement reads; None in a real town."""
    path = workspace.truth / "rates.parquet"
    return read_parquet(path, "simulate") if path.exists() else None


def _report(folds: list[Fold], parameters: Parameters, share_in: float) -> dict[str, Any]:
    means = summary(folds)
    return {
        "estimator": parameters.estimator.kind,
        "exposure_basis": parameters.exposure.kind,
        "weeks": sorted({str(monday(fold.forecast.target)) for fold in folds}),
        "zones": len(folds[0].forecast.zones),
        "records_in": share_in,
        "means": means.to_dict(orient="index"),
        "in_words": in_words(means, parameters.estimator.kind, share_in),
    }


def _write(
    workspace: Workspace, folds: list[Fold], report: dict[str, Any], parameters: Parameters
) -> None:
    title = f"{parameters.data.title}: exposure {parameters.exposure.kind}"
    write_json(workspace.report("backtest.json"), report)
    write_text(workspace.report("backtest.csv"), table(folds).to_csv(index=False))
    write_bytes(workspace.report("backtest.png"), draw(folds, title))
