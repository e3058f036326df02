"""Tuning: settings searched by Optuna on earlier weeks. The one file that imports Optuna."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import optuna
import pandas as pd
from annotated_types import Ge
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from infraction_model.errors import ConfigError, InfractionModelError, NotEnoughDataError
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.evaluation.search_space import Choices, FloatRange, Range
from infraction_model.evaluation.trials import Settings, Trials, figure_of
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import Town
from infraction_model.panel import Panel

Objective = Literal["log_loss", "brier", "capture_top_5%", "yield_top_5%"]
"""What a search makes good: the losses fall, the shares rise."""

Study = optuna.Study

_FALLING = ("log_loss", "brier")

_STRIDE = 0.5
"""How far (trees x learning rate) lies from one report within a fit to the next."""

_STEPS_OF_A_FIT, _FIRST_WEEK = 1000, 900
"""Steps of a trial: those of a fit lie in one thousand, its weeks are the last hundred of them."""


@dataclass(frozen=True)
class TuningParameters:
    """On which weeks trials are judged, and when one is given up.

    The `weeks` lie before all that the backtest reports: they end `settle_weeks` before the origin
    at which the backtest's first week was planned, and only what was known then is read. A trial is
    pruned where it is behind the median of the finished ones at the same point, once
    `least_finished` are; within a fit not before the distance `warm_up` (trees x learning rate): at
    first, large trees and those that start from a rate are ahead wherever they end. `give_up`: with
    two objectives, the share of the first one's best value that may be given up for the second.
    `keep_gb`: memory for what trials have in common, in each process.
    """

    weeks: Annotated[int, Ge(1)] = 8
    settle_weeks: Annotated[int, Ge(0)] = 2
    refit_every: Annotated[int, Ge(1)] = 4
    prune: Literal["median", "none"] = "median"
    least_finished: Annotated[int, Ge(1)] = 5
    warm_up: Annotated[float, Ge(0)] = 4.0
    give_up: Annotated[float, Ge(0)] = 0.002
    seed: int = 1
    keep_gb: Annotated[float, Ge(0)] = 2.0

    @property
    def folds(self) -> FoldParameters:
        return FoldParameters(self.weeks, self.settle_weeks, self.refit_every)


@dataclass(frozen=True)
class Task:
    """All that a process needs to judge a trial; `truth` as backtest takes it."""

    panel: Panel
    origin: int
    town: Town
    features: FeatureParameters
    settings: Settings
    ranges: dict[str, Range]
    objectives: tuple[Objective, ...]
    tuning: TuningParameters
    truth: pd.DataFrame | None
    storage: str
    study: str

    def trials(self) -> Trials:
        """The judge of trials; what it keeps is its own."""
        return Trials(
            self.panel,
            self.origin,
            self.town,
            self.features,
            self.tuning.folds,
            self.truth,
            self.tuning.keep_gb * 1e9,
        )

    @property
    def can_prune(self) -> bool:
        """Whether trials are given up early: Optuna prunes by one objective only."""
        return self.tuning.prune != "none" and len(self.objectives) == 1


@dataclass(frozen=True)
class TrialResult:
    """One finished trial: `values` of the objectives (None: pruned), figures by judged week."""

    number: int
    parameters: dict[str, Any]
    values: tuple[float, ...] | None
    by_week: list[dict[str, float]]


class _BehindMedian(optuna.pruners.BasePruner):
    """Prunes what is worse than the median of the finished trials at the same step.

    As Optuna's MedianPruner, but by the value at that step: that one goes by the best of all steps,
    and here the steps of a fit (held-out rows) and of its weeks are of different kinds.
    """

    def __init__(self, least_finished: int) -> None:
        self.least_finished = least_finished

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        step = trial.last_step
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        values = [t.intermediate_values[step] for t in finished if step in t.intermediate_values]
        if step is None or len(values) < self.least_finished:
            return False
        behind = trial.intermediate_values[step] - float(np.median(values))
        return behind > 0 if study.direction == StudyDirection.MINIMIZE else behind < 0


class _WithinFit:
    """A LightGBM callback: reports the least held-out loss so far, and ends a trial far behind.

    Trials are compared at the same distance (trees x learning rate), not after the same number of
    trees: else small steps would always be behind.
    """

    order = 20

    def __init__(self, trial: Trial, first_step: int, warm_up: float = 0.0) -> None:
        self.trial = trial
        self.first_step = first_step
        self.warm_up = warm_up
        self.reported, self.least = 0, np.inf

    def __call__(self, env: Any) -> None:
        self.least = min(self.least, env.evaluation_result_list[0][2])
        travelled = (env.iteration + 1) * env.params["learning_rate"]
        mark = min(int(travelled / _STRIDE), _FIRST_WEEK - 1)
        if mark > self.reported and travelled >= self.warm_up:
            self.reported = mark
            _report(self.trial, self.least, self.first_step + mark)


def _report(trial: Trial, value: float, step: int) -> None:
    trial.report(value, step)
    if trial.should_prune():
        raise optuna.TrialPruned


def judge(task: Task, trials: Trials, trial: Trial) -> TrialResult:
    """Judge one trial week by week; it ends early where it is pruned."""
    first = task.objectives[0]

    def callbacks(number: int) -> tuple[_WithinFit, ...]:
        watched = task.can_prune and first == "log_loss"
        first_step = number * _STEPS_OF_A_FIT
        return (_WithinFit(trial, first_step, task.tuning.warm_up),) if watched else ()

    folds, by_week, parameters = [], [], dict(trial.params)
    try:
        for fold in trials.folds(task.settings.changed(parameters), callbacks):
            folds.append(fold)
            by_week.append({name: figure_of([fold], name) for name in task.objectives})
            number, week = divmod(len(folds) - 1, task.tuning.refit_every)
            # weeks cost little beside a fit: they are heard out before the next one, and to the end
            next_is_a_fit = week == task.tuning.refit_every - 1 and len(folds) < task.tuning.weeks
            if task.can_prune and next_is_a_fit:
                step = number * _STEPS_OF_A_FIT + _FIRST_WEEK + week
                _report(trial, figure_of(folds, first), step)
    except optuna.TrialPruned:
        return TrialResult(trial.number, parameters, None, by_week)
    values = tuple(figure_of(folds, name) for name in task.objectives)
    for name, value in zip(task.objectives, values, strict=True):
        if not np.isfinite(value):
            raise NotEnoughDataError(
                f"{name} is not defined in the {len(folds)} weeks that trials are judged on: "
                "nothing was found in them. Give more tuning.weeks or another objective."
            )
    return TrialResult(trial.number, parameters, values, by_week)


def distribution_of(wanted: Range) -> optuna.distributions.BaseDistribution:
    """A range as Optuna has it."""
    if isinstance(wanted, Choices):
        return optuna.distributions.CategoricalDistribution(wanted.choices)
    if isinstance(wanted, FloatRange):
        return optuna.distributions.FloatDistribution(wanted.low, wanted.high, log=wanted.log)
    return optuna.distributions.IntDistribution(wanted.low, wanted.high, log=wanted.log)


def open_study(task: Task, about: Mapping[str, str]) -> Study:
    """The study of a task, begun or gone on with; one process may hold it at a time.

    `about` says what its trials rest on (data, space, settings), digests by name; raises
    ConfigError where the study that is there was begun on something else. The sampler's seed goes
    by how many trials there are already: one and the same seed would repeat them.
    Trials that a killed process left running are failed, and their settings tried again.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    directions = ["minimize" if name in _FALLING else "maximize" for name in task.objectives]
    storage = _storage(task.storage)
    known = [one.study_name for one in storage.get_all_studies()]
    if task.study not in known:
        study = optuna.create_study(storage=storage, study_name=task.study, directions=directions)
        for name, digest in about.items():
            study.set_user_attr(name, digest)
    study = optuna.load_study(study_name=task.study, storage=storage)
    for name, digest in about.items():
        if study.user_attrs.get(name) != digest:
            raise ConfigError(
                f"the study '{task.study}' was begun with another {name}: its trials cannot be "
                "compared with new ones. Give a new one another name: study=NAME."
            )
    tried = study.get_trials(deepcopy=False)
    seed = int(np.random.SeedSequence([task.tuning.seed, len(tried)]).generate_state(1)[0])
    study.sampler = optuna.samplers.TPESampler(seed=seed)
    study.pruner = _pruner(task)
    if not tried:
        defaults = {key: task.settings.value(key) for key in task.ranges}
        if all(task.ranges[key].holds(value) for key, value in defaults.items()):
            study.enqueue_trial(defaults)
    for trial in tried:
        if trial.state == TrialState.RUNNING:
            study.tell(trial.number, state=TrialState.FAIL)
            study.enqueue_trial(trial.params)
    return study


def _storage(url: str) -> optuna.storages.RDBStorage:
    # several processes write to one SQLite file: each waits for the other
    return optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 120}})


def _pruner(task: Task) -> optuna.pruners.BasePruner:
    if task.can_prune:
        return _BehindMedian(task.tuning.least_finished)
    return optuna.pruners.NopPruner()


def finished_trials(study: Study) -> list[FrozenTrial]:
    """The trials that count: judged to the end or pruned, in their order."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def search(
    task: Task,
    study: Study,
    trials: int,
    processes: int,
    told: Callable[[TrialResult], None],
) -> None:
    """Judge trials until the study holds so many finished ones; `told` hears of each.

    This process alone asks and tells, so that there are never more than were wanted; `processes`
    judge them. What was tried before is not tried again, but told again.
    """
    distributions = {key: distribution_of(one) for key, one in task.ranges.items()}
    running: dict[Future, Trial] = {}
    with _workers(task, processes) as submit:
        while True:
            missing = trials - len(finished_trials(study)) - len(running)
            while missing > 0 and len(running) < processes:
                trial = study.ask(distributions)
                running[submit(trial, _same(study, trial))] = trial
                missing -= 1
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                _tell(study, running.pop(future), future, told)


def _same(study: Study, trial: Trial) -> TrialResult | None:
    """What came of the same settings when they were finished before; None where they were not."""
    for other in finished_trials(study):
        if other.params == trial.params:
            values = None if other.state == TrialState.PRUNED else tuple(other.values)
            by_week = other.user_attrs.get("by_week", [])
            return TrialResult(trial.number, dict(other.params), values, by_week)
    return None


def _tell(study: Study, trial: Trial, future: Future, told: Callable[[TrialResult], None]) -> None:
    try:
        result = future.result()
    except BrokenProcessPool:
        raise InfractionModelError(
            f"the process that judged trial {trial.number} ended, perhaps for lack of memory. Run "
            "the same command again, with fewer processes or a lower tuning.keep_gb."
        ) from None
    except InfractionModelError:
        study.tell(trial, state=TrialState.FAIL)
        raise
    trial.set_user_attr("by_week", result.by_week)
    pruned = result.values is None
    study.tell(trial, result.values, TrialState.PRUNED if pruned else TrialState.COMPLETE)
    told(result)


Submit = Callable[[Trial, TrialResult | None], Future]


@contextmanager
def _workers(task: Task, processes: int) -> Iterator[Submit]:
    """Gives what hands a trial to a process (to this one where it is the only one)."""
    if processes == 1:
        here = task.trials()
        yield lambda trial, known: _done(lambda: known or judge(task, here, trial))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin_work, (task,)) as pool:
        try:
            yield (
                lambda trial, known: (
                    _done(lambda: known) if known else pool.submit(_work, trial._trial_id)
                )
            )
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _done(work: Callable[[], TrialResult]) -> Future:
    """Work done here and now, as what a pool would give."""
    future: Future = Future()
    try:
        future.set_result(work())
    except InfractionModelError as error:
        future.set_exception(error)
    return future


_work_of: dict[str, Any] = {}
"""In a worker: its task, the judge with what it keeps, and the study; set once, as it begins."""


def _begin_work(task: Task) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.load_study(
        study_name=task.study,
        storage=_storage(task.storage),
        sampler=optuna.samplers.RandomSampler(),  # the values are given
        pruner=_pruner(task),
    )
    _work_of.update(task=task, trials=task.trials(), study=study)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _work(trial_id: int) -> TrialResult:
    trial = Trial(_work_of["study"], trial_id)
    return judge(_work_of["task"], _work_of["trials"], trial)


def front(study: Study) -> list[FrozenTrial]:
    """The trials that no other beats in every objective; with one objective, the best."""
    return sorted(study.best_trials, key=lambda trial: (trial.values[0], trial.number))


def pick(study: Study, task: Task) -> FrozenTrial:
    """The trial to use: of the front, those whose first objective is within `give_up` of the best
    (a share of it); of them the one best in the second, then the earliest."""
    sign = [1 if name in _FALLING else -1 for name in task.objectives]
    found = front(study)
    best = min(sign[0] * trial.values[0] for trial in found)
    near = [t for t in found if sign[0] * t.values[0] <= best + task.tuning.give_up * abs(best)]
    if len(task.objectives) == 1:
        near = found
    return min(near, key=lambda t: (sign[-1] * t.values[-1], sign[0] * t.values[0], t.number))
