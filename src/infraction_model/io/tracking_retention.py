"""Runs and model versions that go back too far, taken out of a tracking store for good."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
import subprocess
import sys
from collections.abc import Collection

from infraction_model.errors import TrackingUnavailable
from infraction_model.io.tracking import Tracking
from infraction_model.io.tracking_store import answering

_PAGE = 1000


def runs_before(tracking: Tracking, day: dt.date, bundles: Collection[str]) -> dict[str, str]:
    """The runs (id -> name) of these bundles, and those with weeks or an origin before `day`."""
    found: dict[str, str] = {}
    with answering(tracking.uri):
        for run in _every_run(tracking):
            tags = run.data.tags
            origin = tags.get("origin", "")
            if (
                tags.get("bundle") in bundles
                or (origin and origin < str(day))
                or _first_week(tracking, run) < str(day)
            ):
                found[run.info.run_id] = run.info.run_name or run.info.run_id
    return found


def retire(tracking: Tracking, runs: Collection[str], bundles: Collection[str]) -> None:
    """Delete runs, the models they logged and the versions of `bundles`.

    Below a workspace they are wiped from the disk. On a server they are marked as deleted: its
    administrator wipes them with `mlflow gc`.
    """
    client = tracking.client
    with answering(tracking.uri):
        _delete_versions(tracking, runs, bundles)
        for model in _models_of(tracking, runs):
            client.delete_logged_model(model)
        for run in runs:
            client.delete_run(run)
    if tracking.uri.startswith("sqlite:") and runs:
        _wipe(tracking)


def _delete_versions(tracking: Tracking, runs: Collection[str], bundles: Collection[str]) -> None:
    """Delete versions with all that is said of them; MLflow keeps an empty row of each.

    Where none is left, the registered model goes too, and its rows with it.
    """
    client, name = tracking.client, tracking.model_name
    versions = client.search_model_versions(f"name='{name}'")
    gone = [
        version
        for version in versions
        if version.run_id in runs or version.tags.get("bundle") in bundles
    ]
    if gone and len(gone) == len(versions):
        client.delete_registered_model(name)
        return
    for version in gone:
        for tag in version.tags:
            client.delete_model_version_tag(name, version.version, tag)
        client.update_model_version(name, version.version, "")
        client.delete_model_version(name, version.version)


def _every_run(tracking: Tracking):
    token = None
    while True:
        page = tracking.client.search_runs(
            [tracking.experiment_id], max_results=_PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return


def _first_week(tracking: Tracking, run) -> str:
    """The first week that a run's figures by week are about, as a date; "9" where there is none."""
    by_week = [name for name in run.data.metrics if name.startswith("by_week/")]
    stamps = [
        point.timestamp
        for name in by_week
        for point in tracking.client.get_metric_history(run.info.run_id, name)
    ]
    if not stamps:
        return "9"
    return str(dt.datetime.fromtimestamp(min(stamps) / 1000, dt.UTC).date())


def _models_of(tracking: Tracking, runs: Collection[str]) -> list[str]:
    token, found = None, []
    while True:
        page = tracking.client.search_logged_models(
            [tracking.experiment_id], max_results=50, page_token=token
        )
        found += [model.model_id for model in page if model.source_run_id in runs]
        token = page.token
        if not token:
            return found


def _wipe(tracking: Tracking) -> None:
    """Let MLflow delete for good what is marked as deleted, and leave no trace in free pages."""
    command = [sys.executable, "-m", "mlflow", "gc"]
    addresses = ["--backend-store-uri", tracking.uri, "--tracking-uri", tracking.uri]
    done = subprocess.run(
        [*command, *addresses],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MLFLOW_TRACKING_URI": tracking.uri},
    )
    if done.returncode != 0:
        raise TrackingUnavailable(
            f"the runs are marked as deleted, but `mlflow gc` failed: {done.stderr.strip()[-500:]}"
        )
    with contextlib.closing(sqlite3.connect(tracking.root / "mlflow.db", timeout=60)) as database:
        database.execute("VACUUM")
