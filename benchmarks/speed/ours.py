"""San Francisco through the project's own path: forecast.fit, then forecast.predict week by week.

    python benchmarks/speed/ours.py SCRATCH [SETTINGS]

SETTINGS is JSON: {"forecast": {...}, "estimator": {...}, "lignum": false}, over the defaults.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from common import Stages, dense_hits, imported, log_loss, read_events, scratch_folder

from infraction_model import forecast
from infraction_model.calendars import CalendarParameters
from infraction_model.estimators.exposure_gbm import ExposureGBM, ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.io.panels import read_panel

# Loaded when they are first used; a process that fits pays for them as its peers do.
import lightgbm  # noqa: F401  isort: skip
import scipy.stats  # noqa: F401  isort: skip


def main() -> None:
    """Panel, features, training, prediction of the four weeks; stages as the path runs them."""
    stage = Stages(imported())
    settings = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    if not settings.get("lignum", True):
        sys.modules["lignum"] = None
    _time_stages(stage)
    with stage("frame"):
        panel = read_panel(scratch_folder() / "panel")
        events, span = read_events(scratch_folder())
        hits = dense_hits(events, span)
    town = forecast.Town("none", CalendarParameters("US", "CA"))
    [model] = forecast.fit(
        panel,
        span["origin"],
        town,
        [ExposureGBMParameters(**settings.get("estimator", {}))],
        FeatureParameters(),
        forecast.ForecastParameters(**settings.get("forecast", {})),
    )
    losses, weeks = [], []
    for target in span["targets"]:
        began = time.process_time()
        [made] = forecast.predict([model], panel, target - model.parameters.gap)
        weeks.append(time.process_time() - began)
        found = hits[:, target - span["first_week"]]
        losses.append(log_loss(found, made.probability))
    stage.report(
        log_loss=float(np.mean(losses)),
        rows=model.rows,
        features=len(model.estimator.features),
        trees=model.estimator.trees_,
        warm_week=min(weeks),
    )


def _time_stages(stage: Stages) -> None:
    """Have the path itself say how long its parts take."""

    def timed(name: str, function):
        def run(*arguments, **named):
            with stage(name):
                return function(*arguments, **named)

        return run

    forecast.learn_design = timed("features", forecast.learn_design)
    forecast.matrix = timed("features", forecast.matrix)
    forecast._snapshot = timed("features", forecast._snapshot)
    ExposureGBM.fit = timed("train", ExposureGBM.fit)
    forecast._forecast = timed("predict", forecast._forecast)


if __name__ == "__main__":
    main()
