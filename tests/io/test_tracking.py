"""A real SQLite store, made once for this file: its first migration takes seconds."""

import logging
import subprocess
import sys

import mlflow
import pandas as pd
import pytest

import small_town
from infraction_model.errors import ConfigError, MissingArtefactError
from infraction_model.estimators.design import EXPOSURE_HOURS, answers
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, feature_rows, fit
from infraction_model.io.bundles import read_bundle, write_bundle
from infraction_model.io.tracking import CHALLENGER, CHAMPION, Tracking, TrackingParameters

_OPEN_STORE = """
import sys
from pathlib import Path
from infraction_model.io.tracking import Tracking, TrackingParameters
Tracking(TrackingParameters(), Path(sys.argv[1]), "town")
"""

_LOAD_BY_ALIAS = """
import sys, mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/town@champion")
rows = pd.read_parquet(sys.argv[2])
model.predict(rows).to_parquet(sys.argv[3])
assert model.metadata.signature.inputs.input_names() == list(rows.columns)
assert len(model.input_example) == len(rows)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A store that two processes made at the same time."""
    root = tmp_path_factory.mktemp("mlflow")
    command = [sys.executable, "-c", _OPEN_STORE, str(root)]
    makers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for maker in makers:
        _, errors = maker.communicate()
        assert maker.returncode == 0, errors
    return root


@pytest.fixture(scope="module")
def logged(root, tmp_path_factory):
    panel = small_town.panel(weeks=20)
    town, parameters = small_town.town("recorded"), ForecastParameters()
    kinds = [
        ExposureGBMParameters(max_trees=trees, min_data_in_leaf=20, patience=trees)
        for trees in (5, 9)
    ]
    fitted = fit(panel, panel.end_week, town, kinds, FeatureParameters(), parameters)
    folder = tmp_path_factory.mktemp("models")
    card = {"model_card.md": b"# Card"}
    bundles = [write_bundle(forecaster, folder, lambda name: card) for forecaster in fitted]
    example = feature_rows(fitted[0], panel, panel.end_week, 5).assign(**{EXPOSURE_HOURS: 0.5})
    tracking = Tracking(TrackingParameters(), root, "town")
    versions = [
        tracking.log_training(path, example, {"estimator.seed": 1}, {"log_loss": 0.4}, {"t": "x"})
        for path in bundles
    ]
    return tracking, versions, bundles, example


def test_a_run_holds_the_models_card(logged):
    tracking, *_ = logged
    for run in tracking.client.search_runs([tracking._experiment_id], max_results=2):
        found = tracking.client.list_artifacts(run.info.run_id, "model_card")
        assert [item.path for item in found] == ["model_card/model_card.md"]


def test_the_newest_is_the_challenger_and_none_is_champion_until_promoted(logged):
    tracking, versions, bundles, _ = logged
    assert [version.version for version in versions] == [1, 2]
    assert tracking.find(CHALLENGER).bundle == bundles[1].name
    with pytest.raises(MissingArtefactError, match="infraction-model promote"):
        tracking.find(CHAMPION)


def test_a_run_keeps_settings_figures_and_the_bundle_it_made(logged):
    tracking, _, bundles, _ = logged
    runs = tracking.client.search_runs(
        [tracking.client.get_experiment_by_name("infraction-model").experiment_id]
    )
    assert {run.data.tags["bundle"] for run in runs} == {bundle.name for bundle in bundles}
    assert all(run.data.params["estimator.seed"] == "1" for run in runs)
    assert all(run.data.metrics["log_loss"] == 0.4 for run in runs)


def test_a_bare_process_loads_the_champion_by_alias_and_answers_the_same(logged, tmp_path):
    tracking, _, bundles, example = logged
    tracking.set_alias(CHAMPION, 1)
    rows, said = tmp_path / "rows.parquet", tmp_path / "said.parquet"
    example.to_parquet(rows)
    uri = f"sqlite:///{tracking.root.as_posix()}/mlflow.db"
    arguments = [sys.executable, "-W", "ignore", "-c", _LOAD_BY_ALIAS, uri, str(rows), str(said)]
    subprocess.run(arguments, check=True, capture_output=True, cwd=tmp_path)
    expected = answers(read_bundle(bundles[0]).estimator, example)
    pd.testing.assert_frame_equal(pd.read_parquet(said), expected)


def test_nothing_pickled_is_in_the_store(logged):
    tracking, *_ = logged
    files = [path for path in tracking.root.rglob("*") if path.is_file()]
    assert any(path.name == "served_model.py" for path in files)
    assert not [path for path in files if path.suffix in (".pkl", ".pickle", ".joblib")]


def test_a_store_that_does_not_answer_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    unreachable = TrackingParameters(uri="http://127.0.0.1:9")
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:9 does not answer"):
        Tracking(unreachable, tmp_path, "town")


def test_reading_where_nothing_was_trained_makes_no_store(tmp_path):
    with pytest.raises(MissingArtefactError, match="infraction-model train"):
        Tracking(TrackingParameters(), tmp_path / "mlflow", "town", create=False)
    assert list(tmp_path.iterdir()) == []


def test_only_the_lines_of_a_registration_are_kept_from_the_terminal(logged, monkeypatch, capsys):
    tracking, versions, bundles, example = logged
    save = mlflow.pyfunc.log_model

    def complaining(**arguments):
        logging.getLogger("mlflow.pyfunc").error("the store is nearly full")
        return save(**arguments)

    monkeypatch.setattr(mlflow.pyfunc, "log_model", complaining)
    again = tracking.log_training(bundles[1], example, {}, {}, {})
    errors = capsys.readouterr().err.splitlines()
    assert again.version == versions[-1].version + 1
    assert len(errors) == 1
    assert "the store is nearly full" in errors[0]


def test_what_mlflow_said_before_it_failed_is_shown(logged, monkeypatch, capsys):
    tracking, _, bundles, example = logged

    def failing(**arguments):
        print("disk error on write", file=sys.stderr)
        raise OSError("No space left on device")

    monkeypatch.setattr(mlflow.pyfunc, "log_model", failing)
    with pytest.raises(OSError, match="No space"):
        tracking.log_training(bundles[1], example, {}, {}, {})
    assert "disk error on write" in capsys.readouterr().err


def test_trials_are_nested_below_their_study_with_each_fold_as_a_step(root):
    tracking = Tracking(TrackingParameters(experiment="studies"), root, "town")
    study = tracking.start_study("how many trees", {"town": "Small"})
    folds = [{"log_loss": 0.5}, {"log_loss": 0.4}]
    best = tracking.log_trial(study, "trial 0", {"a.b": 3}, {"log_loss": 0.45}, folds, {"k": "v"})
    pruned = tracking.log_trial(study, "trial 1", {"a.b": 9}, {}, folds[:1], {}, finished=False)
    tracking.finish(study, {"best_log_loss": 0.45})
    parent, first, second = (tracking.client.get_run(run) for run in (study, best, pruned))
    assert parent.data.metrics == {"best_log_loss": 0.45}
    assert first.data.tags["mlflow.parentRunId"] == second.data.tags["mlflow.parentRunId"] == study
    assert first.data.params == {"a.b": "3"}
    assert first.data.metrics["log_loss"] == 0.45
    steps = tracking.client.get_metric_history(best, "by_fold/log_loss")
    assert [(metric.step, metric.value) for metric in steps] == [(0, 0.5), (1, 0.4)]
    ends = [run.info.status for run in (parent, first, second)]
    assert ends == ["FINISHED", "FINISHED", "KILLED"]
