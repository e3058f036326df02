"""MLflow's store, opened: SQLite below the workspace, or a server that must answer in seconds."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import mlflow
import sqlalchemy
from filelock import FileLock
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from infraction_model.errors import ConfigError, MissingArtefactError, TrackingUnavailable
from infraction_model.io.tracking_views import saved_views

SECONDS_TO_ANSWER = 5
_MANNERS = {
    # MLflow's own patience is minutes: a weekly run must say in seconds that its server is away
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    # it answers each call with hints meant for a notebook: the command line has its own
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
_KIND = {"mlflow.experimentKind": "custom_model_development"}  # no chat model
_SERVERS = ("http", "https")
_DATABASES = {
    "sqlite": {},
    "postgresql": {"connect_timeout": SECONDS_TO_ANSWER},
    "mysql": {"connect_timeout": SECONDS_TO_ANSWER},
    "mssql": {"timeout": SECONDS_TO_ANSWER},
}
"""Databases that MLflow can keep its store in, and how each is told not to wait for long."""
_PLACES = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("source", "storage_location"),
}
"""Where MLflow's tables keep absolute addresses of artefacts: table -> columns."""


@dataclass(frozen=True)
class TrackingParameters:
    """Where runs are kept: `uri` empty means a SQLite store below the workspace.

    `kind` none keeps no runs: for commands that can do without the registry.
    """

    kind: Literal["mlflow", "none"] = "mlflow"
    uri: str = ""
    experiment: str = "infraction-model"


@dataclass(frozen=True)
class Store:
    """An open store: its address, MLflow's client of it, and the experiment that runs go to."""

    uri: str
    client: mlflow.MlflowClient
    experiment_id: str

    def make_current(self) -> None:
        """Point MLflow's functions, which know one store per process, at this one."""
        mlflow.set_tracking_uri(self.uri)
        mlflow.set_registry_uri(self.uri)


def open_store(parameters: TrackingParameters, root: Path, create: bool = True) -> Store:
    """Open the store at `parameters.uri`, or the one below `root`, made on first use.

    Raises TrackingUnavailable within seconds where a server does not answer, ConfigError where
    `parameters` name no store, MissingArtefactError where there is none yet and not `create`.
    """
    if parameters.kind == "none":
        raise ConfigError(
            "tracking=none keeps no runs and no models, but this command needs the registry. "
            "Give tracking=local or tracking=server."
        )
    _mind_manners()
    if parameters.uri:
        _check_answers(parameters.uri)
        return _connect(parameters.uri, parameters.experiment, None)
    database = root / "mlflow.db"
    if not create and not database.exists():
        raise MissingArtefactError(
            f"no model has been trained in this workspace: {database} is not there. "
            "Run `infraction-model train` with the same workspace first."
        )
    root.mkdir(parents=True, exist_ok=True)
    # the first client creates the tables: two processes that do so at once break the store
    with FileLock(root / "store.lock"):
        artifacts = (root / "artifacts").as_uri()
        uri = f"sqlite:///{database.as_posix()}"
        _check_answers(uri)
        _follow_the_workspace(database, parameters.experiment, artifacts)
        return _connect(uri, parameters.experiment, artifacts)


@contextlib.contextmanager
def answering(uri: str) -> Iterator[None]:
    """Turn whatever MLflow raises in the block into TrackingUnavailable, which names the store."""
    try:
        yield
    except (MlflowException, SQLAlchemyError) as error:
        raise _unavailable(uri, error) from error


def _connect(uri: str, experiment: str, artifacts: str | None) -> Store:
    with answering(uri):
        client = mlflow.MlflowClient(uri, uri)
        found = client.get_experiment_by_name(experiment)
        identity = (
            client.create_experiment(experiment, artifacts, _KIND | saved_views())
            if found is None
            else found.experiment_id
        )
    store = Store(uri, client, identity)
    store.make_current()
    return store


def _mind_manners() -> None:
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    for name, value in _MANNERS.items():
        os.environ.setdefault(name, value)


def _check_answers(uri: str) -> None:
    """Ask once, for a few seconds, whether anybody is there: MLflow itself would ask for long."""
    kind = urlsplit(uri).scheme.partition("+")[0]
    if kind in _DATABASES:
        _check_database(uri, _DATABASES[kind])
        return
    if kind not in _SERVERS:
        raise ConfigError(
            "tracking.uri: expected the address of an MLflow server (http://HOST:5000) or of a "
            f"database (sqlite:///FILE, postgresql://…), got '{uri}'."
        )
    with answering(uri):
        creds = get_default_host_creds(uri)
        http_request(creds, "/health", "GET", max_retries=0, timeout=SECONDS_TO_ANSWER)


def _check_database(uri: str, patience: dict[str, int]) -> None:
    try:
        engine = sqlalchemy.create_engine(uri, connect_args=patience)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"tracking.uri: {_shown(uri)} needs the package '{error.name}' (pip install)."
        ) from None
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            f"tracking.uri: {_shown(uri)} is no database's address: {error}"
        ) from None
    try:
        with answering(uri):
            sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def _unavailable(uri: str, error: BaseException) -> TrackingUnavailable:
    while error.__cause__ or error.__context__:  # down to what the system said
        error = error.__cause__ or error.__context__
    said = str(error).strip().partition("\n")[0].replace(uri, _shown(uri))
    return TrackingUnavailable(
        f"the tracking store {_shown(uri)} does not answer ({said}). "
        "Check tracking.uri and that it runs."
    )


def _shown(uri: str) -> str:
    """An address without the password that a database's may hold."""
    password = urlsplit(uri).password
    return uri.replace(f":{password}@", ":…@") if password else uri


def _follow_the_workspace(database: Path, experiment: str, artifacts: str) -> None:
    """Where the workspace was moved or copied, let a store's absolute addresses follow it.

    MLflow keeps each artefact's absolute address; a copy would go on writing into the original.
    """
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        before = _old_place(connection, experiment)
        if before is None or before == artifacts:
            return
        for table, columns in _PLACES.items():
            for column in columns:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
                    f"WHERE {column} = ? OR {column} LIKE ? ESCAPE '\\'",
                    (artifacts, len(before) + 1, before, _escaped(before) + "/%"),
                )


def _old_place(connection: sqlite3.Connection, experiment: str) -> str | None:
    try:
        row = connection.execute(
            "SELECT artifact_location FROM experiments WHERE name = ?", (experiment,)
        ).fetchone()
    except sqlite3.OperationalError:  # no tables yet: another process was stopped while it made it
        return None
    return None if row is None else row[0]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
