"""A real MLflow server on this machine: runs and models go there, and the champion is served."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import small_town
from infraction_model.errors import TrackingUnavailable
from infraction_model.estimators.design import EXPOSURE_HOURS, answers
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, feature_rows, fit
from infraction_model.io.bundles import read_bundle, write_bundle
from infraction_model.io.tracking import CHAMPION, RunRecord, Tracking, TrackingParameters

_MLFLOW = [sys.executable, "-W", "ignore", "-m", "mlflow"]
_PROGRAMS = Path(sys.executable).parent  # MLflow calls uvicorn by its name
_SECONDS_TO_START = 60


def free_port() -> int:
    try:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return probe.getsockname()[1]
    except OSError as error:
        pytest.skip(f"no port of this machine can be opened ({error})")


@contextmanager
def running(command: list[str], health: str, folder: Path, **environment: str) -> Iterator[str]:
    """The command as a server until the block ends, once it answers at the path `health`."""
    url = f"http://127.0.0.1:{command[command.index('--port') + 1]}"
    log = folder / f"{command[0]}.log"
    path = f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    with log.open("wb") as output:
        # a group of its own: MLflow's servers start others, and all are to end
        server = subprocess.Popen(
            [*_MLFLOW, *command],
            cwd=folder,
            env={**os.environ, "PATH": path, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(url + health, server, log)
        yield url
    finally:
        if server.poll() is None:
            os.killpg(server.pid, 15)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, 9)
            server.wait()


def wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"{url} does not answer:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> tuple[Path, pd.DataFrame]:
    panel = small_town.panel(weeks=20)
    kind = ExposureGBMParameters(max_trees=5, min_data_in_leaf=20, patience=5)
    town = small_town.town("recorded")
    [model] = fit(panel, panel.end_week, town, [kind], FeatureParameters(), ForecastParameters())
    rows = feature_rows(model, panel, panel.end_week, 4).assign(**{EXPOSURE_HOURS: [0.5, 1, 2, 3]})
    return write_bundle(model, tmp_path_factory.mktemp("models")), rows


def test_a_server_keeps_the_runs_and_its_champion_answers_requests(bundle, tmp_path, give_store):
    path, rows = bundle
    give_store(tmp_path)
    store = f"sqlite:///{(tmp_path / 'mlflow' / 'mlflow.db').as_posix()}"
    command = ["server", "--backend-store-uri", store, "--artifacts-destination", "artifacts"]
    command += ["--host", "127.0.0.1", "--port", str(free_port()), "--workers", "1"]
    with running(command, "/health", tmp_path) as server:
        tracking = Tracking(TrackingParameters(uri=server), tmp_path / "unused", "town")
        record = RunRecord("train", path.name, {"a": 1}, {"log_loss": 0.4}, {"town": "Small"})
        version = tracking.log_training(path, rows, record)
        tracking.set_alias(CHAMPION, version.version)
        assert tracking.find(CHAMPION).bundle == path.name
        assert not (tmp_path / "unused").exists()
        assert served(server, rows, tmp_path) == pytest.approx(
            answers(read_bundle(path).estimator, rows).to_numpy().ravel().tolist(), rel=1e-9
        )
    began = time.monotonic()
    with pytest.raises(TrackingUnavailable, match="does not answer"):
        tracking.find(CHAMPION)
    assert time.monotonic() - began < 15


def served(server: str, rows: pd.DataFrame, folder: Path) -> list[float]:
    """What `mlflow models serve` answers to a request with these rows, row after row."""
    command = ["models", "serve", "-m", f"models:/town@{CHAMPION}", "--env-manager", "local"]
    command += ["--host", "127.0.0.1", "--port", str(free_port())]
    with running(command, "/ping", folder, MLFLOW_TRACKING_URI=server) as url:
        request = urllib.request.Request(
            f"{url}/invocations",
            data=json.dumps({"dataframe_split": json.loads(rows.to_json(orient="split"))}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)["predictions"]
    return [value for row in found for value in row.values()]
