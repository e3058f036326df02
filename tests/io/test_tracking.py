"""A real SQLite store, made once for this file: its first migration takes seconds."""

import datetime as dt
import json
import logging
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import small_town
from infraction_model import __version__
from infraction_model.errors import ConfigError, MissingArtefactError, TrackingUnavailable
from infraction_model.estimators.design import EXPOSURE_HOURS, answers
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, feature_rows, fit
from infraction_model.io.bundles import read_bundle, write_bundle
from infraction_model.io.panels import fingerprint
from infraction_model.io.revision import revision
from infraction_model.io.tracking import (
    CHALLENGER,
    CHAMPION,
    DataUsed,
    RunRecord,
    Tracking,
    TrackingParameters,
)

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


def a_record(bundle: Path, **changes) -> RunRecord:
    weeks = {dt.date(2024, 5, 6): {"log_loss": 0.5}, dt.date(2024, 5, 13): {"log_loss": 0.3}}
    record = {
        "kind": "train",
        "name": bundle.name,
        "parameters": {"estimator.seed": 1},
        "metrics": {"log_loss": 0.4, "capture_top_5%": 0.3, "not_defined": float("nan")},
        "tags": {"town": "Small"},
        "by_week": weeks,
        "data": DataUsed("panel of town", "0123456789abcdef", Path("panel"), {"num_rows": 7}),
        "note": "What it is.",
        "files": {"model_card": sorted(bundle.glob("model_card.*"))},
    }
    return RunRecord(**{**record, **changes})


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
    versions = [tracking.log_training(path, example, a_record(path)) for path in bundles]
    return tracking, versions, bundles, example


def test_a_run_holds_the_models_card(logged):
    tracking, *_ = logged
    for run in tracking.client.search_runs([tracking.experiment_id], max_results=2):
        found = tracking.client.list_artifacts(run.info.run_id, "model_card")
        assert [item.path for item in found] == ["model_card/model_card.md"]


def test_the_newest_is_the_challenger_and_none_is_champion_until_promoted(logged):
    tracking, versions, bundles, _ = logged
    assert [version.version for version in versions] == [1, 2]
    assert tracking.find(CHALLENGER).bundle == bundles[1].name
    with pytest.raises(MissingArtefactError, match="infraction-model promote"):
        tracking.find(CHAMPION)


def test_a_decision_is_noted_on_the_version_and_beside_its_run(logged, tmp_path):
    tracking, versions, *_ = logged
    path = tmp_path / "0001.json"
    path.write_text("{}")
    tracking.note(versions[0].version, {"decision": "refused"}, [path])
    found = tracking.client.get_model_version("town", str(versions[0].version))
    assert found.tags["decision"] == "refused"
    assert tracking.client.get_run(found.run_id).data.tags["decision"] == "refused"
    [kept] = tracking.client.list_artifacts(found.run_id, "decisions")
    assert kept.path == "decisions/0001.json"


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


def test_a_run_shows_what_it_saw_and_each_week_at_its_own_date(logged):
    tracking, versions, bundles, _ = logged
    version = tracking.client.get_model_version("town", str(versions[0].version))
    run = tracking.client.get_run(version.run_id)
    assert run.info.run_name == bundles[0].name
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"log_loss": 0.4, "capture_top_5pct": 0.3, "by_week/log_loss": 0.3}
    steps = tracking.client.get_metric_history(run.info.run_id, "by_week/log_loss")
    seen = [
        (step.step, step.value, dt.datetime.fromtimestamp(step.timestamp / 1000, dt.UTC).date())
        for step in steps
    ]
    assert seen == [(0, 0.5, dt.date(2024, 5, 6)), (1, 0.3, dt.date(2024, 5, 13))]
    [used] = run.inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("panel of town", "0123456789abcdef")
    assert json.loads(used.dataset.profile) == {"num_rows": 7}
    tags = run.data.tags
    assert tags["mlflow.source.name"] == "infraction-model train"
    assert (tags["kind"], tags["software"], tags["town"]) == ("train", __version__, "Small")
    assert tags["mlflow.note.content"] == version.description == "What it is."
    assert {"town": "Small", "bundle": bundles[0].name}.items() <= version.tags.items()
    code = revision()
    assert code is None or tags["mlflow.source.git.commit"] == code.commit


def test_a_panels_fingerprint_tells_one_record_more():
    panel, again = small_town.panel(weeks=6), small_town.panel(weeks=6)
    assert fingerprint(panel) == fingerprint(again)
    again.fines.loc[3, "fines"] += 1
    assert fingerprint(panel) != fingerprint(again)


def test_more_figures_than_a_server_takes_at_once_are_all_logged(root):
    tracking = Tracking(TrackingParameters(experiment="many"), root, "town")
    weeks = {dt.date(2000, 1, 3) + dt.timedelta(weeks=n): {"a": n, "b": n} for n in range(600)}
    parameters = {f"key_{number}": "x" * 7000 for number in range(130)}
    record = a_record(Path("none"), parameters=parameters, by_week=weeks)
    run = tracking.log_run(record)
    assert len(tracking.client.get_metric_history(run, "by_week/b")) == 600
    assert len(tracking.client.get_run(run).data.params) == 130


def test_a_run_that_breaks_off_is_shown_as_failed(root):
    tracking = Tracking(TrackingParameters(experiment="broken"), root, "town")
    with pytest.raises(OSError, match="nowhere"):
        tracking.log_run(a_record(Path("none"), files={"report": [Path("/nowhere/report.html")]}))
    experiment = tracking.client.get_experiment_by_name("broken")
    [run] = tracking.client.search_runs([experiment.experiment_id])
    assert run.info.status == "FAILED"


def test_a_server_that_is_away_is_named_in_seconds(tmp_path):
    began = time.monotonic()
    unreachable = TrackingParameters(uri="http://127.0.0.1:9")
    with pytest.raises(TrackingUnavailable, match=r"127\.0\.0\.1:9 does not answer .*refused"):
        Tracking(unreachable, tmp_path, "town")
    assert time.monotonic() - began < 5
    assert TrackingUnavailable.exit_code == 8


def test_a_store_that_is_no_database_is_said_at_once_and_left_alone(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"half a copy of something" * 100)
    with pytest.raises(TrackingUnavailable, match="file is not a database"):
        Tracking(TrackingParameters(), tmp_path, "town")
    assert (tmp_path / "mlflow.db").read_bytes().startswith(b"half a copy")


def test_a_database_whose_package_is_missing_is_said_without_its_password(tmp_path):
    uri = "mssql+nodriver://someone:secret@127.0.0.1:9/runs"
    with pytest.raises(ConfigError, match=r"mssql\+nodriver://someone:…@") as raised:
        Tracking(TrackingParameters(uri=uri), tmp_path, "town")
    assert "secret" not in str(raised.value)


def test_a_server_that_listens_and_never_answers_is_given_up_in_seconds(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(TrackingUnavailable, match="does not answer"):
            Tracking(TrackingParameters(uri=uri), tmp_path, "town")
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("uri", ["htp://127.0.0.1:5000", "mlruns", "127.0.0.1:5000"])
def test_what_is_no_address_of_a_store_is_a_mistake_in_the_settings(tmp_path, uri):
    with pytest.raises(ConfigError, match=r"tracking\.uri: expected the address"):
        Tracking(TrackingParameters(uri=uri), tmp_path, "town")


def test_without_a_store_the_registry_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="tracking=local"):
        Tracking(TrackingParameters(kind="none"), tmp_path, "town")


def test_a_moved_store_serves_its_champion_and_a_copy_leaves_the_original_alone(logged, tmp_path):
    tracking, versions, bundles, example = logged
    tracking.set_alias(CHAMPION, versions[0].version)
    copied, moved = tmp_path / "copied 100%", tmp_path / "moved"
    shutil.copytree(tracking.root, copied)
    before = sorted(tracking.root.rglob("*"))
    copy = Tracking(TrackingParameters(), copied, "town")
    copy.log_training(bundles[1], example, a_record(bundles[1]))
    assert sorted(tracking.root.rglob("*")) == before
    copied.rename(moved)
    there = Tracking(TrackingParameters(), moved, "town")
    assert there.find(CHAMPION).bundle == bundles[0].name
    for run in there.client.search_runs([there.experiment_id]):
        assert run.info.artifact_uri.startswith(moved.as_uri())
        assert there.client.list_artifacts(run.info.run_id, "model_card")
    version = there.client.get_model_version_by_alias("town", CHAMPION).version
    lies = there.client.get_model_version_download_uri("town", version)
    assert lies.startswith(moved.as_uri())
    model = mlflow.pyfunc.load_model(lies)
    pd.testing.assert_frame_equal(
        model.predict(example), answers(read_bundle(bundles[0]).estimator, example)
    )


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
    again = tracking.log_training(bundles[1], example, a_record(bundles[1]))
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
        tracking.log_training(bundles[1], example, a_record(bundles[1]))
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
