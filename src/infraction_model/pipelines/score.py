"""Panel + champion -> the scores table of the target week."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge

from infraction_model.forecast import Forecast, Forecaster, predict
from infraction_model.io.bundles import bundle_folder, read_bundle
from infraction_model.io.cluster import ScaleParameters, zone_chunks
from infraction_model.io.json_files import write_json
from infraction_model.io.panels import read_panel
from infraction_model.io.tables import write_table
from infraction_model.io.tracking import CHALLENGER, CHAMPION, Tracking, TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.parameters import one_of
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forecasting import origin_week, seen
from infraction_model.pipelines.town import TownData
from infraction_model.timegrid import HOURS_PER_WEEK, monday, starts_at


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model score`.

    `model` is an alias, or the name of a bundle; the `explain_top` zone-hours that come first get
    their reasons.
    """

    workspace: Path
    data: TownData
    tracking: TrackingParameters
    scale: one_of(*ScaleParameters.__args__)
    models: Path = Path("models")
    model: str = CHAMPION
    explain_top: Annotated[int, Ge(0)] = 500
    origin: dt.date | None = None


def run(parameters: Parameters) -> None:
    """Score every zone and hour of the week that lies the model's gap after the origin."""
    workspace = Workspace(parameters.workspace)
    with step(f"finding the {parameters.model}"):
        bundle = _bundle(parameters, workspace)
        forecaster = read_bundle(bundle_folder(parameters.models, workspace.name, bundle))
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    panel = seen(panel, forecaster.town)
    with step(f"scoring the week of {monday(origin + forecaster.parameters.gap)}") as done:
        with zone_chunks(parameters.scale) as chunks:
            [forecast] = predict([forecaster], panel, origin, parameters.explain_top, chunks)
        scores = scores_table(forecast, forecaster, panel.timezone, bundle)
        path = workspace.scores(monday(forecast.target))
        write_table("scores", scores, path)
        done.rows = len(scores)
        about = {
            "origin": str(monday(origin)),
            "target_week": str(monday(forecast.target)),
            "gap": forecaster.parameters.gap,
            "model_version": bundle,
        }
        write_json(workspace.about_scores(monday(forecast.target)), about)
    say(
        f"{len(forecast.zones)} zones x {HOURS_PER_WEEK} hours scored as known on "
        f"{monday(origin)}: {path}"
    )


def _bundle(parameters: Parameters, workspace: Workspace) -> str:
    if parameters.model not in (CHAMPION, CHALLENGER):
        return parameters.model
    tracking = Tracking(parameters.tracking, workspace.tracking, workspace.name, create=False)
    return tracking.find(parameters.model).bundle


def scores_table(
    forecast: Forecast, forecaster: Forecaster, timezone: str, version: str
) -> pd.DataFrame:
    """A forecast as the contract table `scores`.

    The hour that spring skips has no row. `exposure_basis` is "extrapolated" at hours of the week
    when no patrol goes anywhere in town, whatever the basis of the rest.
    """
    zones = len(forecast.zones)
    table = pd.DataFrame(
        {
            "zone_id": np.repeat(forecast.zones["zone_id"].to_numpy(), HOURS_PER_WEEK),
            "starts_at": np.tile(starts_at(forecast.target, timezone), zones),
            "infraction_probability": forecast.probability.ravel(),
            "expected_infractions": forecast.expected.ravel(),
            "lower": forecast.lower.ravel(),
            "upper": forecast.upper.ravel(),
            "exposure_basis": np.tile(
                np.where(forecast.known_hours, forecaster.town.basis, "extrapolated"), zones
            ),
            "model_version": version,
            "reasons": forecast.reasons.ravel(),
        }
    )
    return table[table["starts_at"].notna()].reset_index(drop=True)
