"""Who scores the week: a model trained for it, the champion, or the empirical-Bayes rate."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from infraction_model.errors import MissingArtefactError
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.forecast import Forecast, Forecaster, fit, predict
from infraction_model.io.bundles import bundle_folder, read_bundle
from infraction_model.io.cluster import zone_chunks
from infraction_model.io.decisions import champion
from infraction_model.io.workspace import Workspace
from infraction_model.panel import Panel
from infraction_model.pipelines.forecasting import seen, town_of
from infraction_model.pipelines.score import scores_table
from infraction_model.pipelines.weekly.journal import Journal
from infraction_model.pipelines.weekly.parameters import Parameters

FALLBACK = "empirical_bayes"


@dataclass(frozen=True)
class Scored:
    """The scores of the target week, who made them, and the forecast they were made from."""

    scores: pd.DataFrame
    forecast: Forecast
    forecaster: Forecaster
    version: str
    source: Literal["trained", "champion", "empirical_bayes"]


def score(
    parameters: Parameters,
    panel: Panel,
    data_origin: int,
    target: int,
    trained: str | None,
    journal: Journal,
) -> Scored:
    """Score the target week from what was known at `data_origin`.

    `trained` names the bundle that this run made the champion. Where the champion cannot score, for
    whatever reason, the empirical-Bayes rate does; where even that fails, its error is raised.
    """
    workspace = Workspace(parameters.workspace)
    with journal.stage("score", or_else="champion_unusable"):
        bundle = champion(workspace)
        if bundle is None:
            raise MissingArtefactError("no model was ever promoted in this workspace.")
        forecaster = read_bundle(bundle_folder(parameters.models, workspace.name, bundle))
        source = "trained" if bundle == trained else "champion"
        return _scored(forecaster, bundle, source, parameters, panel, data_origin, target)
    with journal.stage("score by the empirical-Bayes rate"):
        town = town_of(parameters.data, parameters.exposure, panel, data_origin)
        seen_panel = seen(panel, town)
        [forecaster] = fit(
            seen_panel,
            data_origin,
            town,
            [EmpiricalBayesParameters()],
            parameters.features,
            parameters.forecast,
        )
        return _scored(forecaster, FALLBACK, FALLBACK, parameters, panel, data_origin, target)


def _scored(
    forecaster: Forecaster,
    version: str,
    source: str,
    parameters: Parameters,
    panel: Panel,
    data_origin: int,
    target: int,
) -> Scored:
    # a week that lies further ahead than the model's own gap is seen with older features, rather
    # than with weeks of silence that nobody has heard from yet
    ahead = dataclasses.replace(forecaster.parameters, gap=target - data_origin)
    reaching = dataclasses.replace(forecaster, parameters=ahead)
    panel = seen(panel, forecaster.town)
    with zone_chunks(parameters.scale) as chunks:
        [forecast] = predict([reaching], panel, data_origin, parameters.explain_top, chunks)
    scores = scores_table(forecast, forecaster, panel.timezone, version)
    return Scored(scores, forecast, forecaster, version, source)
