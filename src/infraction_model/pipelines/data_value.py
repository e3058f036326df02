"""Panel -> what each source of data is worth: past weeks predicted with it and without it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.evaluation.data_value import DataValueParameters, data_value
from infraction_model.exposure import ExposureParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters
from infraction_model.io.atomic import write_bytes, write_text
from infraction_model.io.panels import read_panel
from infraction_model.io.tables import read_parquet
from infraction_model.io.workspace import Workspace
from infraction_model.parameters import one_of
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forecasting import SuitedEstimator, origin_week, seen, town_of
from infraction_model.pipelines.town import TownData
from infraction_model.reports.data_value_report import (
    data_value_csv,
    draw,
    render,
    render_markdown,
    sentences,
)
from infraction_model.timegrid import monday


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model data_value`."""

    workspace: Path
    data: TownData
    exposure: one_of(*ExposureParameters.__args__)
    features: FeatureParameters
    estimator: one_of(SuitedEstimator, *EstimatorParameters.__args__)
    forecast: ForecastParameters
    data_value: DataValueParameters
    language: Literal["fr", "en"] = "fr"
    origin: dt.date | None = None


def run(parameters: Parameters) -> None:
    """Judge every source that the panel holds; write the report and say it in short."""
    workspace = Workspace(parameters.workspace)
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    town = town_of(parameters.data, parameters.exposure, panel, origin)
    estimator = parameters.estimator
    if isinstance(estimator, SuitedEstimator):  # the stack cannot leave out a source
        estimator = ExposureGBMParameters()
    truth = workspace.truth / "rates.parquet"
    with step(f"predicting {parameters.data_value.weeks} weeks with and without each source"):
        found = data_value(
            seen(panel, town),
            origin,
            town,
            estimator,
            parameters.features,
            parameters.forecast,
            parameters.data_value,
            truth=read_parquet(truth, "simulate") if truth.exists() else None,
            progress=say,
        )
    title, language = parameters.data.title, parameters.language
    write_text(workspace.report("data_value.csv"), data_value_csv(found))
    write_bytes(workspace.report("data_value.png"), draw(found, language))
    write_text(workspace.report("data_value.html"), render(found, title, language))
    write_text(workspace.report("data_value.md"), render_markdown(found, title, language))
    for sentence in sentences(found, language):
        say(sentence)
    say(f"As of {monday(origin)}. Report: {workspace.report('data_value.html')}")
