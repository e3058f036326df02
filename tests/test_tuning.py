"""A search finishes as many trials as were wanted, repeats none, and reads nothing too late."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

import small_town
from infraction_model.errors import ConfigError
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.evaluation.backtest import backtest, summary
from infraction_model.evaluation.search_space import SearchParameters
from infraction_model.evaluation.trials import Settings, Trials, figure_of
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters
from infraction_model.tuning import (
    Task,
    TuningParameters,
    _WithinFit,
    distribution_of,
    finished_trials,
    open_study,
    pick,
    search,
)

SETTINGS = Settings(
    ExposureGBMParameters(
        num_leaves=8, max_trees=30, patience=10, min_data_in_leaf=20, feature_fraction=1.0
    ),
    ForecastParameters(),
)
SPACE = {
    "estimator": {
        "num_leaves": {"kind": "int", "low": 2, "high": 16, "log": True},
        "learning_rate": {"kind": "float", "low": 0.01, "high": 0.3, "log": True},
    }
}
ABOUT = {"data": "d", "search space": "s"}


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(weeks=40, per_week=120, late=0.3)


@pytest.fixture
def task(panel, tmp_path):
    return Task(
        panel=panel,
        origin=panel.end_week - 5,
        town=small_town.town("recorded"),
        features=FeatureParameters(("eb_rate_13w_s2", "weekday", "hour_of_day")),
        settings=SETTINGS,
        ranges=SearchParameters("some", SPACE).ranges(SETTINGS),
        objectives=("log_loss",),
        tuning=TuningParameters(weeks=2, settle_weeks=1, refit_every=2, keep_gb=0.5),
        truth=None,
        storage=f"sqlite:///{tmp_path / 'study.db'}",
        study="some",
    )


def run(task, trials, processes=1):
    study, told = open_study(task, ABOUT), []
    search(task, study, trials, processes, told.append)
    return study, told


def settings_tried(study) -> set[tuple]:
    return {tuple(trial.params.values()) for trial in finished_trials(study)}


def test_a_trial_is_judged_as_a_backtest_would_on_what_was_known_then(panel, task):
    trials = task.trials()
    for settings in (SETTINGS, SETTINGS.changed({"estimator.num_leaves": 3}), SETTINGS):
        folds = list(trials.folds(settings))
        again = backtest(
            panel.as_of(task.origin),
            task.origin,
            task.town,
            {"model": settings.estimator},
            task.features,
            settings.forecast,
            task.tuning.folds,
        )
        assert figure_of(folds, "log_loss") == summary(again).loc["model", "log_loss"]
        assert max(fold.target for fold in folds) == task.origin - 2


def test_what_became_known_after_the_search_began_changes_nothing(panel, task):
    fines = panel.fines
    late = fines["week"] + fines["delay"] >= task.origin
    assert late.any()
    known = dataclasses.replace(panel, fines=fines[~late].reset_index(drop=True))
    figures = [
        [fold.figures["log_loss"] for fold in _trials(one, task).folds(SETTINGS)]
        for one in (panel, known)
    ]
    assert figures[0] == figures[1]


def _trials(panel, task) -> Trials:
    return Trials(panel, task.origin, task.town, task.features, task.tuning.folds)


def test_a_search_gone_on_with_repeats_nothing_and_counts_what_was_there(task):
    study, told = run(task, 3)
    assert [one.number for one in told] == [0, 1, 2]
    assert told[0].parameters == {"estimator.num_leaves": 8, "estimator.learning_rate": 0.05}
    first = settings_tried(study)
    study, told = run(task, 6)
    assert len(told) == 3
    assert len(settings_tried(study)) == 6
    assert first < settings_tried(study)
    assert run(task, 6)[1] == []


def test_one_process_finds_the_same_settings_again(task, tmp_path):
    other = dataclasses.replace(task, storage=f"sqlite:///{tmp_path / 'other.db'}")
    (_, there), (_, here) = run(task, 3), run(other, 3)
    assert there == here


def test_two_processes_finish_what_was_wanted_and_no_more(task):
    study, told = run(task, 4, processes=2)
    assert len(told) == len(finished_trials(study)) == 4
    assert len(settings_tried(study)) == 4
    assert {trial.state for trial in study.trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    # whichever process judged it: the figure is that of the settings alone
    [default] = [one for one in told if one.number == 0]
    assert default.values == (figure_of(list(task.trials().folds(SETTINGS)), "log_loss"),)


def test_a_trial_that_a_killed_process_left_is_tried_again(task):
    study = open_study(task, ABOUT)
    left = study.ask({key: distribution_of(one) for key, one in task.ranges.items()})
    study, told = run(task, 1)
    assert [trial.state for trial in study.trials] == [TrialState.FAIL, TrialState.COMPLETE]
    assert [one.parameters for one in told] == [left.params]


def test_settings_tried_before_are_told_and_not_judged_again(task, monkeypatch):
    study, [first] = run(task, 1)
    study.enqueue_trial(first.parameters)
    monkeypatch.setattr(Trials, "folds", None)
    _, [again] = run(task, 2)
    assert (again.number, again.values) == (1, first.values)


def test_a_study_begun_on_something_else_is_refused(task):
    open_study(task, ABOUT)
    with pytest.raises(ConfigError, match=r"another search space.*study=NAME"):
        open_study(task, ABOUT | {"search space": "t"})


def test_a_trial_far_behind_is_given_up_within_its_first_fit(task):
    space = {"estimator": {"min_data_in_leaf": {"kind": "int", "low": 20, "high": 2000}}}
    ranges = SearchParameters("some", space).ranges(SETTINGS)
    tuning = dataclasses.replace(task.tuning, least_finished=1, warm_up=0.0)
    task = dataclasses.replace(task, tuning=tuning, ranges=ranges)
    study, _ = run(task, 1)
    study.enqueue_trial({"estimator.min_data_in_leaf": 1000})
    _, [pruned] = run(task, 2)
    assert (pruned.values, pruned.by_week) == (None, [])
    two = dataclasses.replace(
        task, objectives=("log_loss", "capture_top_5%"), study="two", tuning=tuning
    )
    assert all(one.values is not None for one in run(two, 2)[1])


def test_small_steps_are_not_behind_for_being_small():
    reported = {}
    for rate in (0.05, 0.1):
        trial = SimpleNamespace(
            report=lambda value, step, rate=rate: reported.setdefault(step, {}).update(
                {rate: value}
            ),
            should_prune=lambda: False,
        )
        callback = _WithinFit(trial, first_step=1000)
        for trees in range(5, 101, 5):
            loss = 1.0 / (1.0 + trees * rate)
            callback(
                SimpleNamespace(
                    iteration=trees - 1,
                    params={"learning_rate": rate},
                    evaluation_result_list=[("held out", "binary_logloss", loss, False)],
                )
            )
    both = [values for values in reported.values() if len(values) == 2]
    assert len(both) == 10
    assert all(values[0.05] == pytest.approx(values[0.1]) for values in both)
    assert min(reported) == 1001


def test_trials_are_not_compared_where_all_have_only_begun():
    steps = []
    trial = SimpleNamespace(report=lambda value, step: steps.append(step), should_prune=lambda: 0)
    callback = _WithinFit(trial, first_step=0, warm_up=2.0)
    for trees in range(5, 61, 5):
        result = [("held out", "binary_logloss", 1 / trees, False)]
        callback(
            SimpleNamespace(
                iteration=trees - 1, params={"learning_rate": 0.1}, evaluation_result_list=result
            )
        )
    # at a distance of 2, and every half from there
    assert steps == [4, 5, 6, 7, 8, 9, 10, 11, 12]


def test_of_two_objectives_the_second_may_cost_a_little_of_the_first(task):
    task = dataclasses.replace(task, objectives=("log_loss", "capture_top_5%"))
    study = optuna.create_study(directions=["minimize", "maximize"])
    for values in ([0.4000, 0.20], [0.4007, 0.25], [0.4100, 0.40], [0.4005, 0.22]):
        study.add_trial(optuna.trial.create_trial(values=values))
    assert pick(study, task).number == 1
    strict = dataclasses.replace(task, tuning=dataclasses.replace(task.tuning, give_up=0.0))
    assert pick(study, strict).number == 0


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, "names no setting"),
        ({"features": {"x": {"kind": "int", "low": 1, "high": 2}}}, "below estimator and forecast"),
        ({"forecast": {"gap": {"kind": "int", "low": 1, "high": 2}}}, "forecast.gap"),
        ({"estimator": {"num_leaves": {"kind": "int", "low": 1, "high": 9}}}, "num_leaves.*2"),
        ({"estimator": {"num_leafs": {"kind": "int", "low": 2, "high": 9}}}, "'num_leaves'"),
        ({"estimator": {"num_leaves": {"kind": "int", "low": 9, "high": 9}}}, "low < high"),
        ({"estimator": {"num_leaves": {"kind": "in", "low": 2, "high": 9}}}, "no 'in'"),
        ({"estimator": {"num_leaves": {"kind": "int", "lo": 2, "high": 9}}}, "lo'"),
        (
            {"estimator": {"lambda_l2": {"kind": "float", "low": 0, "high": 9, "log": True}}},
            "log",
        ),
        ({"estimator": {"offset": {"kind": "categorical", "choices": []}}}, "each once"),
        ({"estimator": {"num_leaves": 3}}, "expected a range"),
        ({"estimator": {"candidates": {"kind": "int", "low": 1, "high": 2}}}, "fits one kind"),
    ],
)
def test_a_space_that_cannot_be_searched_is_said_by_its_key(space, said):
    with pytest.raises(ConfigError, match=said) as error:
        SearchParameters("some", space).ranges(SETTINGS)
    assert "search.space" in str(error.value)


def test_a_range_set_to_null_is_not_searched():
    space = {"estimator": SPACE["estimator"] | {"num_leaves": None}}
    assert list(SearchParameters("some", space).ranges(SETTINGS)) == ["estimator.learning_rate"]
    assert np.isclose(SETTINGS.value("estimator.learning_rate"), 0.05)
