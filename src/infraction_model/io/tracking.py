"""MLflow: runs, the registry, its aliases. With served_model.py the only file that imports mlflow.

The store is one SQLite file and an artefact folder below the workspace, or any server by its URI.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from filelock import FileLock
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID
from sqlalchemy.exc import SQLAlchemyError

from infraction_model.errors import ConfigError, MissingArtefactError
from infraction_model.estimators.design import answers
from infraction_model.io.bundles import read_bundle

CHALLENGER, CHAMPION = "challenger", "champion"
_REQUIREMENTS = ("infraction-model", "lightgbm", "mlflow", "numpy", "pandas", "scipy")
_REGISTRY_LINES = ("Successfully registered model", "Created version", "Registered model")


@dataclass(frozen=True)
class TrackingParameters:
    """Where runs are kept: `uri` empty means a SQLite store below the workspace."""

    uri: str = ""
    experiment: str = "infraction-model"


@dataclass(frozen=True)
class RegisteredModel:
    """One version in the registry and the bundle it points to."""

    name: str
    version: int
    bundle: str


class Tracking:
    """A tracking store: logs trained bundles, moves aliases, finds a bundle by alias."""

    def __init__(
        self, parameters: TrackingParameters, root: Path, model_name: str, create: bool = True
    ) -> None:
        """Open the store at `parameters.uri`, or the one below `root`, made on first use.

        Without `create`, raises MissingArtefactError where nothing has been trained yet.
        """
        self.root = Path(root).resolve()
        self.model_name = model_name
        self.experiment = parameters.experiment
        database = self.root / "mlflow.db"
        self.uri = parameters.uri or f"sqlite:///{database.as_posix()}"
        # MLflow answers each call with hints meant for a notebook; the command line has its own.
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        self.is_local = not parameters.uri
        if self.is_local and not create and not database.exists():
            raise MissingArtefactError(
                f"no model has been trained in this workspace: {database} is not there. "
                "Run `infraction-model train` with the same workspace first."
            )
        self.client = self._open()

    def _make_current(self) -> None:
        """Point MLflow's functions, which know one store per process, at this one."""
        mlflow.set_tracking_uri(self.uri)
        mlflow.set_registry_uri(self.uri)

    def _open(self) -> mlflow.MlflowClient:
        self._make_current()
        if not self.is_local:
            return self._connect()
        self.root.mkdir(parents=True, exist_ok=True)
        # the first client creates the tables: two processes that do so at once break the store
        with FileLock(self.root / "store.lock"):
            return self._connect()

    def _connect(self) -> mlflow.MlflowClient:
        try:
            client = mlflow.MlflowClient(self.uri, self.uri)
            found = client.get_experiment_by_name(self.experiment)
            if found is not None:
                self._experiment_id = found.experiment_id
            else:
                location = (self.root / "artifacts").as_uri() if self.is_local else None
                self._experiment_id = client.create_experiment(self.experiment, location)
        except (MlflowException, SQLAlchemyError) as error:
            raise ConfigError(
                f"the tracking store {self.uri} does not answer ({error}). Check tracking.uri."
            ) from None
        return client

    def log_training(
        self,
        bundle: Path,
        example: pd.DataFrame,
        parameters: dict[str, Any],
        metrics: dict[str, float],
        tags: dict[str, str],
    ) -> RegisteredModel:
        """Log a bundle as a run and a model version with the alias challenger.

        `example` holds feature rows plus exposure hours; its answers by the bundle give the
        signature. Registering the same bundle again makes a new run and version of the same model.
        """
        self._make_current()
        with mlflow.start_run(experiment_id=self._experiment_id, run_name=bundle.name):
            mlflow.log_params(parameters)
            mlflow.log_metrics(metrics)
            mlflow.set_tags({**tags, "bundle": bundle.name})
            for path in sorted(bundle.glob("model_card.*")):
                mlflow.log_artifact(str(path), "model_card")
            info = self._log_model(bundle, example)
        registered = int(info.registered_model_version)
        self.client.set_model_version_tag(self.model_name, str(registered), "bundle", bundle.name)
        self.set_alias(CHALLENGER, registered)
        return RegisteredModel(self.model_name, registered, bundle.name)

    def _log_model(self, bundle: Path, example: pd.DataFrame):
        signature = infer_signature(example, answers(read_bundle(bundle).estimator, example))
        with warnings.catch_warnings(), _without_registry_lines():
            warnings.simplefilter("ignore")  # type hints, integer columns: meant as they are
            return mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("served_model.py")),
                artifacts={"bundle": str(bundle.resolve())},
                signature=signature,
                input_example=example,
                pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
                registered_model_name=self.model_name,
            )

    def start_study(self, name: str, tags: dict[str, str]) -> str:
        """Begin a run that trials are nested below; gives its id. `finish` ends it."""
        run = self.client.create_run(self._experiment_id, run_name=name, tags=tags)
        return run.info.run_id

    def finish(self, run_id: str, metrics: dict[str, float] | None = None) -> None:
        """End a run that `start_study` began, with what came of it."""
        self.client.log_batch(run_id, metrics=_metrics(metrics or {}))
        self.client.set_terminated(run_id)

    def log_trial(
        self,
        parent: str,
        name: str,
        parameters: dict[str, Any],
        metrics: dict[str, float],
        fold_metrics: list[dict[str, float]],
        tags: dict[str, str],
        finished: bool = True,
    ) -> str:
        """Log one trial as a run nested below `parent`; gives its id.

        Figures of fold n are step n of the metric `by_fold/NAME`. A trial that was pruned or broke
        off is not `finished`: MLflow shows it as killed. Several processes may log at once.
        """
        tags = {**tags, MLFLOW_PARENT_RUN_ID: parent}
        run = self.client.create_run(self._experiment_id, run_name=name, tags=tags)
        steps = [
            metric
            for fold, figures in enumerate(fold_metrics)
            for metric in _metrics({f"by_fold/{key}": figures[key] for key in figures}, fold)
        ]
        params = [Param(key, str(value)) for key, value in parameters.items()]
        self.client.log_batch(run.info.run_id, _metrics(metrics) + steps, params)
        self.client.set_terminated(run.info.run_id, "FINISHED" if finished else "KILLED")
        return run.info.run_id

    def set_alias(self, alias: str, model_version: int) -> None:
        self.client.set_registered_model_alias(self.model_name, alias, str(model_version))

    def find(self, alias: str) -> RegisteredModel:
        """The version under an alias; raises MissingArtefactError saying which command sets it."""
        try:
            found = self.client.get_model_version_by_alias(self.model_name, alias)
        except MlflowException:
            remedy = "train" if alias == CHALLENGER else "promote"
            raise MissingArtefactError(
                f"model '{self.model_name}' has no version with the alias '{alias}'. "
                f"Run `infraction-model {remedy}` with the same workspace first."
            ) from None
        if "bundle" not in found.tags:
            raise MissingArtefactError(
                f"version {found.version} of model '{self.model_name}', the '{alias}', names no "
                "bundle: `infraction-model train` did not make it. Move the alias to one it made."
            )
        return RegisteredModel(self.model_name, int(found.version), found.tags["bundle"])


def _metrics(figures: dict[str, float], at: int = 0) -> list[Metric]:
    now = int(time.time() * 1000)
    return [Metric(key, float(value), now, at) for key, value in figures.items()]


@contextlib.contextmanager
def _without_registry_lines() -> Iterator[None]:
    """Keep back the lines MLflow prints, past its logger, on each registration; no other line."""
    written = io.StringIO()
    try:
        with contextlib.redirect_stderr(written):
            yield
    finally:
        for line in written.getvalue().splitlines():
            if not line.startswith(_REGISTRY_LINES):
                print(line, file=sys.stderr)
