"""Panel -> settings searched on earlier weeks, judged on the reported ones: an experiment."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Len

from infraction_model.errors import ConfigError
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.evaluation.search_space import SearchParameters
from infraction_model.evaluation.trials import Settings
from infraction_model.exposure import ExposureParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters, Town
from infraction_model.io.experiments import slug
from infraction_model.io.lock import only_one
from infraction_model.io.panels import read_panel
from infraction_model.io.tracking import TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.panel import Panel
from infraction_model.parameters import one_of
from infraction_model.pipelines.backtest import (
    compared,
    estimators_of,
    judged,
    reported_town,
    truth_of,
)
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.experiments import keep_experiment
from infraction_model.pipelines.forecasting import SuitedEstimator, estimator_of, origin_week, seen
from infraction_model.pipelines.run_records import data_used, open_tracking, tags_of
from infraction_model.pipelines.study_log import StudyLog
from infraction_model.pipelines.town import TownData
from infraction_model.reports.experiment_page import answers
from infraction_model.timegrid import monday
from infraction_model.tuning import (
    Objective,
    Study,
    Task,
    TuningParameters,
    finished_trials,
    front,
    open_study,
    pick,
    search,
)


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model tune`.

    `trials` are those in the study in the end. `compare` and `folds` as of backtest, which judges
    the best settings on weeks that had no part in the search.
    """

    workspace: Path
    data: TownData
    exposure: one_of(*ExposureParameters.__args__)
    features: FeatureParameters
    estimator: one_of(SuitedEstimator, *EstimatorParameters.__args__)
    forecast: ForecastParameters
    folds: FoldParameters
    tracking: TrackingParameters
    search: SearchParameters
    tuning: TuningParameters
    trials: Annotated[int, Ge(1)] = 30
    processes: Annotated[int, Ge(1)] = 1
    objectives: Annotated[tuple[Objective, ...], Len(1, 2)] = ("log_loss",)
    study: str | None = None
    question: str | None = None
    experiments: Path = Path("experiments")
    compare: tuple[str, ...] | None = ("defaults", "empirical_bayes")
    origin: dt.date | None = None
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Search, pick, judge the pick on the reported weeks, and write it down."""
    workspace = Workspace(parameters.workspace)
    parameters = _checked(parameters)
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    log = open_tracking(parameters.tracking, workspace)
    data = data_used(panel, workspace)
    town = reported_town(parameters, panel, origin)
    panel, truth = seen(panel, town), truth_of(workspace)
    task = _task(parameters, panel, origin, town, truth, workspace)
    with only_one(workspace.study(task.study).with_suffix(".lock"), "a search in this study"):
        study = open_study(task, _rests_on(task, data.digest))
        tags = tags_of(parameters, data, parameters.estimator.kind, town.basis, origin)
        told = StudyLog(log, study, task, parameters.trials, tags)
        missing = parameters.trials - len(finished_trials(study))
        with step(f"{max(missing, 0)} trials before {monday(task.origin)}"):
            search(task, study, parameters.trials, parameters.processes, told)
        told.finish()
        chosen, found_by = pick(study, task), _account(study, task)
    best = task.settings.changed(chosen.params)
    parameters = dataclasses.replace(parameters, estimator=best.estimator, forecast=best.forecast)
    with step(f"judging the best on the {parameters.folds.weeks} weeks before {monday(origin)}"):
        folds, found = judged(parameters, panel, origin, town, truth)
    kept, result = keep_experiment(parameters, folds, found, data.digest, origin, found_by)
    for key, value in chosen.params.items():
        say(f"{key}={value}")
    for sentence in answers(result, "en"):
        say(sentence)
    say(f"Experiment: {kept}")


def _checked(parameters: Parameters) -> Parameters:
    """With what was left open filled in; raises ConfigError before minutes of work are lost."""
    model = estimator_of(parameters.estimator, parameters.exposure)
    parameters = dataclasses.replace(
        parameters,
        estimator=model,
        question=parameters.question or f"tune {parameters.search.name} of {parameters.data.name}",
    )
    slug(parameters.question)
    if parameters.study is not None:
        slug(parameters.study)
    estimators_of(model, compared(parameters))
    parameters.search.ranges(Settings(model, parameters.forecast))
    if len(set(parameters.objectives)) < len(parameters.objectives):
        raise ConfigError(f"objectives: {parameters.objectives[0]} is named twice.")
    return parameters


def _task(
    parameters: Parameters, panel: Panel, origin: int, town: Town, truth: Any, workspace: Workspace
) -> Task:
    # the search ends where the first reported week was planned: nothing known later is read
    planned = parameters.folds.targets(origin)[0] - parameters.forecast.gap
    settings = Settings(parameters.estimator, parameters.forecast)
    name = slug(parameters.study or f"{parameters.search.name} {monday(planned)}")
    path = workspace.study(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Task(
        panel=panel.as_of(planned),
        origin=planned,
        town=town,
        features=parameters.features,
        settings=settings,
        ranges=parameters.search.ranges(settings),
        objectives=_objectives(parameters.objectives, truth is not None),
        tuning=parameters.tuning,
        truth=truth,
        storage=f"sqlite:///{path.absolute().as_posix()}",
        study=name,
    )


def _objectives(wanted: tuple[Objective, ...], with_truth: bool) -> tuple[Objective, ...]:
    """Those wanted; where no truth is known, what is captured stands for what could be found."""
    if with_truth or "yield_top_5%" not in wanted:
        return wanted
    say("yield_top_5% needs a truth, which no real town has: capture_top_5% takes its place.")
    replaced = ("capture_top_5%" if name == "yield_top_5%" else name for name in wanted)
    return tuple(dict.fromkeys(replaced))


def _rests_on(task: Task, fingerprint: str) -> dict[str, str]:
    """What trials of a study have in common: digests of the data, the space, the settings."""
    folds = dataclasses.asdict(task.tuning.folds)
    ranges = {key: dataclasses.asdict(one) for key, one in task.ranges.items()}
    fixed = [dataclasses.asdict(one) for one in (task.settings, task.features, task.town)]
    return {
        "data": fingerprint,
        "search space": _digest([ranges, task.objectives]),
        "set of settings": _digest([task.origin, folds, fixed]),
    }


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _account(study: Study, task: Task) -> dict[str, Any]:
    """How the settings were found, as plain values for the experiment."""
    finished = finished_trials(study)
    judged_whole = [trial for trial in finished if trial.state.name == "COMPLETE"]
    usual = {key: task.settings.value(key) for key in task.ranges}
    default = [trial.values for trial in judged_whole if trial.params == usual]
    chosen = pick(study, task)
    return {
        "study": task.study,
        "objectives": list(task.objectives),
        "finished": len(finished),
        "pruned": len(finished) - len(judged_whole),
        "weeks": [str(monday(week)) for week in task.tuning.folds.targets(task.origin)],
        "known_on": str(monday(task.origin)),
        "trial": chosen.number,
        "best": chosen.values,
        "default": default[0] if default else None,
        "give_up": task.tuning.give_up,
        "front": [
            {"trial": trial.number, "values": trial.values, "settings": trial.params}
            for trial in front(study)
        ],
        "space": {key: dataclasses.asdict(one) for key, one in task.ranges.items()},
    }
