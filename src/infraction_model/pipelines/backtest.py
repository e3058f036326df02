"""Panel -> how good forecasts of past weeks would have been, beside the baselines."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from infraction_model.errors import ConfigError, did_you_mean
from infraction_model.evaluation.backtest import (
    Fold,
    backtest,
    of_usual_week,
    records_in,
    summary,
    table,
)
from infraction_model.evaluation.comparison import resampling_of, with_hindsight
from infraction_model.evaluation.findings import findings
from infraction_model.evaluation.folds import FoldParameters, known_at_once
from infraction_model.evaluation.leakage import leaky_claims
from infraction_model.evaluation.presence import against_log
from infraction_model.exposure import ExposureParameters, is_known
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters, Town
from infraction_model.io.atomic import write_bytes, write_text
from infraction_model.io.experiments import slug
from infraction_model.io.json_files import write_json
from infraction_model.io.panels import read_panel
from infraction_model.io.tables import read_parquet
from infraction_model.io.tracking import TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.panel import Panel
from infraction_model.parameters import one_of
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.experiments import keep_experiment
from infraction_model.pipelines.forecasting import (
    SuitedEstimator,
    estimator_of,
    origin_week,
    seen,
    settings_of,
    town_of,
)
from infraction_model.pipelines.run_records import backtest_record, data_used, open_tracking
from infraction_model.pipelines.town import TownData
from infraction_model.reports.backtest_plot import draw
from infraction_model.reports.backtest_report import render, render_markdown
from infraction_model.reports.backtest_tables import curves, metrics
from infraction_model.reports.backtest_words import sentences
from infraction_model.timegrid import monday

_SHOWN = ("log_loss", "brier", "calibration_error", "capture_top_5%", "pei_top_5%")
_SHOWN_OF_TRUTH = ("excess_log_loss", "yield_top_5%", "coverage_known_hours")


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model backtest`.

    `compare` names the kinds of estimators judged beside the model, with their defaults (the
    model's own kind too, as "defaults"); None takes all, without exposure only those that are quick
    there. With a `question`, what is found is kept as a numbered folder below `experiments`.
    """

    workspace: Path
    data: TownData
    exposure: one_of(*ExposureParameters.__args__)
    features: FeatureParameters
    estimator: one_of(SuitedEstimator, *EstimatorParameters.__args__)
    forecast: ForecastParameters
    folds: FoldParameters
    tracking: TrackingParameters
    compare: tuple[str, ...] | None = None
    question: str | None = None
    experiments: Path = Path("experiments")
    origin: dt.date | None = None
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Predict the last weeks before the origin with the model and every baseline, and compare."""
    workspace = Workspace(parameters.workspace)
    model = estimator_of(parameters.estimator, parameters.exposure)
    parameters = dataclasses.replace(parameters, estimator=model)
    if parameters.question is not None:
        slug(parameters.question)  # before minutes of work: a question without words says so now
    estimators_of(model, compared(parameters))  # as soon
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    # before minutes of work: a store that does not answer says so now
    tracking = open_tracking(parameters.tracking, workspace)
    data = data_used(panel, workspace)
    town = reported_town(parameters, panel, origin)
    check = against_log(panel) if town.basis == "inferred" else None
    panel = seen(panel, town)
    with step(f"predicting the {parameters.folds.weeks} weeks before {monday(origin)}"):
        truth = truth_of(workspace)
        folds, found = judged(parameters, panel, origin, town, truth)
    found["origin"] = str(monday(origin))
    if check is not None:
        found["presence"] = dataclasses.asdict(check)
    if parameters.folds.also_hindsight:
        with step("the same weeks as if every record had been known at once"):
            at_once = known_at_once(panel)
            again = _backtest(at_once, origin, town, parameters, truth)
            ahead = parameters.forecast.gap + 1
            gains = with_hindsight(folds, again, resampling_of(folds), ahead)
            found["hindsight"] = [dataclasses.asdict(gain) for gain in gains]
    if parameters.folds.random_split:
        with step("what a random split of zone-hours would claim"):
            found["leaky_claims"] = _leaky_claims(panel, folds, town, parameters)
    found["in_words"] = {language: sentences(found, language) for language in ("fr", "en")}
    _write(workspace, folds, found, parameters)
    if tracking is not None:
        with step("logging the run"):
            tracking.log_run(backtest_record(parameters, folds, found, data, origin, workspace))
    _say(folds, found, workspace)
    if parameters.question is not None:
        kept, _ = keep_experiment(parameters, folds, found, data.digest, origin)
        say(f"Experiment: {kept}")


def reported_town(parameters: Any, panel: Panel, origin: int) -> Town:
    """The town as of the planning of the first reported week.

    What counts as an hour of patrol goes by what was known then.
    """
    planned = parameters.folds.targets(origin)[0] - parameters.forecast.gap
    return town_of(parameters.data, parameters.exposure, panel, planned)


def judged(
    parameters: Any, panel: Panel, origin: int, town: Town, truth: pd.DataFrame | None
) -> tuple[list[Fold], dict[str, Any]]:
    """The reported weeks predicted with backtest's settings (or tune's), and what they say."""
    folds = _backtest(panel, origin, town, parameters, truth)
    found = findings(
        folds,
        parameters.estimator.kind,
        town.basis,
        parameters.forecast.gap,
        records_in(panel, folds),
        of_usual_week(panel, folds),
    )
    return folds, found | {"settings": settings_of(parameters)}


def compared(parameters: Any) -> tuple[str, ...]:
    if parameters.compare is not None:
        return parameters.compare
    every = tuple(kind().kind for kind in EstimatorParameters.__args__)
    if is_known(parameters.exposure.kind):
        return every
    return tuple(kind for kind in every if kind not in ("stack", "latent_class"))


def estimators_of(
    model: EstimatorParameters, compare: tuple[str, ...]
) -> dict[str, EstimatorParameters]:
    """The model and those it is compared with, by kind; ConfigError on an unknown kind."""
    kinds = {kind().kind: kind for kind in EstimatorParameters.__args__}
    kinds["defaults"] = type(model)
    for name in compare:
        if name not in kinds:
            raise ConfigError(
                f"key 'compare': there is no estimator '{name}'. {did_you_mean(name, kinds)}"
            )
    return {model.kind: model} | {name: kinds[name]() for name in compare if name != model.kind}


def truth_of(workspace: Workspace) -> pd.DataFrame | None:
    """The made town's true rates, which only this judgement reads; None in a real town."""
    path = workspace.truth / "rates.parquet"
    return read_parquet(path, "simulate") if path.exists() else None


def _backtest(
    panel: Panel,
    origin: int,
    town: Town,
    parameters: Any,
    truth: pd.DataFrame | None,
) -> list[Fold]:
    estimators = estimators_of(parameters.estimator, compared(parameters))
    return backtest(
        panel,
        origin,
        town,
        estimators,
        parameters.features,
        parameters.forecast,
        parameters.folds,
        truth=truth,
        progress=say,
    )


def _leaky_claims(
    panel: Panel, folds: list[Fold], town: Town, parameters: Parameters
) -> dict[str, float]:
    targets = sorted({fold.target for fold in folds})
    claims = leaky_claims(
        panel, targets, town, parameters.estimator, parameters.features, parameters.forecast
    )
    return dataclasses.asdict(claims)


def _write(
    workspace: Workspace, folds: list[Fold], found: dict[str, Any], parameters: Parameters
) -> None:
    title, language = parameters.data.title, parameters.language
    write_json(workspace.report("backtest.json"), found)
    write_json(workspace.report("backtest_metrics.json"), metrics(found))
    for name, text in curves(found).items():
        write_text(workspace.report(f"backtest_{name}.csv"), text)
    write_text(workspace.report("backtest.csv"), table(folds).to_csv(index=False))
    write_bytes(workspace.report("backtest.png"), draw(found, title, language))
    write_text(workspace.report("backtest.html"), render(found, title, language))
    write_text(workspace.report("backtest.md"), render_markdown(found, title, language))


def _say(folds: list[Fold], found: dict[str, Any], workspace: Workspace) -> None:
    means = summary(folds)
    figures = [name for name in (*_SHOWN, *_SHOWN_OF_TRUTH) if name in means]
    say(means[figures].T.to_string(float_format="{:.4f}".format))
    for sentence in found["in_words"]["en"]:
        say(sentence)
    say(f"Report, figures and pictures: {workspace.report('backtest.html')}")
