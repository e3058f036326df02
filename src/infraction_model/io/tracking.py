"""MLflow: runs, what they saw and found, the registry and its aliases.

The store is one SQLite file and an artefact folder below the workspace, or any server by its URI
(tracking_store.py). Bundles below models/ are the truth; a model version names the bundle it is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import io
import json
import math
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.utils import mlflow_tags
from sqlalchemy.exc import SQLAlchemyError

from infraction_model import __version__
from infraction_model.errors import MissingArtefactError
from infraction_model.estimators.design import answers
from infraction_model.io.bundles import read_bundle
from infraction_model.io.revision import revision
from infraction_model.io.tracking_store import TrackingParameters, answering, open_store

CHALLENGER, CHAMPION = "challenger", "champion"
_REQUIREMENTS = ("infraction-model", "lightgbm", "mlflow", "numpy", "pandas", "scipy")
_REGISTRY_LINES = ("Successfully registered model", "Created version", "Registered model")
_NO_SUCH = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
_MOST_AT_ONCE, _MOST_METRICS_AT_ONCE, _LONGEST_PARAMETER = 100, 1000, 6000


@dataclass(frozen=True)
class RegisteredModel:
    """One version in the registry and the bundle it points to."""

    name: str
    version: int
    bundle: str


@dataclass(frozen=True)
class DataUsed:
    """The data behind a run: a name, the digest of its content, where it lies, and its size."""

    name: str
    digest: str
    source: Path
    profile: Mapping[str, Any]


@dataclass(frozen=True)
class RunRecord:
    """All that a run's page shows: what it was, what it saw, what came of it.

    `kind` is the command. `by_week`, Monday to figures, becomes the metrics `by_week/NAME`, a step
    a week. `note` is Markdown at the head of the page; `files` by the folder they go to.
    """

    kind: str
    name: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    by_week: Mapping[dt.date, Mapping[str, float]] = field(default_factory=dict)
    data: DataUsed | None = None
    note: str = ""
    files: Mapping[str, Iterable[Path]] = field(default_factory=dict)


class Tracking:
    """A tracking store: logs runs and trained bundles, moves aliases, finds a bundle by alias."""

    def __init__(
        self, parameters: TrackingParameters, root: Path, model_name: str, create: bool = True
    ) -> None:
        """Open the store at `parameters.uri`, or the one below `root`, made on first use.

        Raises TrackingUnavailable within seconds where a server does not answer; without `create`,
        MissingArtefactError where nothing has been trained yet.
        """
        self.root = Path(root).resolve()
        self.model_name = model_name
        self._store = open_store(parameters, self.root, create)
        self.uri, self.client = self._store.uri, self._store.client
        self.experiment_id = self._store.experiment_id

    def log_training(
        self, bundle: Path, example: pd.DataFrame, record: RunRecord
    ) -> RegisteredModel:
        """Log a bundle as a run and a model version with the alias challenger.

        `example` holds feature rows plus exposure hours; its answers by the bundle give the
        signature. Registering the same bundle again makes a new run and version of the same model.
        """
        with self._run(record, {"bundle": bundle.name}) as run:
            self._store.make_current()
            with mlflow.start_run(run_id=run):
                info = self._log_model(bundle, example)
            self._log_figures(run, record, info.model_id)
            registered = info.registered_model_version
            for key, value in {**record.tags, "bundle": bundle.name}.items():
                self.client.set_model_version_tag(self.model_name, registered, key, value)
            self.client.update_model_version(self.model_name, registered, record.note)
            self.set_alias(CHALLENGER, int(registered))
        return RegisteredModel(self.model_name, int(registered), bundle.name)

    def log_run(self, record: RunRecord) -> str:
        """Log a run that makes no model, such as a backtest; gives its id."""
        with self._run(record, {}) as run:
            self._log_figures(run, record)
        return run

    def start_study(self, name: str, tags: dict[str, str]) -> str:
        """Begin a run that trials are nested below; gives its id. `finish` ends it."""
        with answering(self.uri):
            return self._create(name, "study", tags)

    def finish(self, run_id: str, metrics: Mapping[str, float] | None = None) -> None:
        """End a run that `start_study` began, with what came of it."""
        with answering(self.uri):
            self._log_metrics(run_id, _metrics(metrics or {}))
            self.client.set_terminated(run_id)

    def log_trial(
        self,
        parent: str,
        name: str,
        parameters: Mapping[str, Any],
        metrics: Mapping[str, float],
        fold_metrics: list[dict[str, float]],
        tags: dict[str, str],
        finished: bool = True,
    ) -> str:
        """Log one trial as a run nested below `parent`; gives its id.

        Figures of fold n are step n of the metric `by_fold/NAME`. A trial that was pruned or broke
        off is not `finished`: MLflow shows it as killed. Several processes may log at once.
        """
        by_fold = [
            metric
            for fold, figures in enumerate(fold_metrics)
            for metric in _metrics({f"by_fold/{key}": figures[key] for key in figures}, step=fold)
        ]
        with answering(self.uri):
            tags = {**tags, mlflow_tags.MLFLOW_PARENT_RUN_ID: parent}
            run = self._create(name, "trial", tags)
            self._log_parameters(run, parameters)
            self._log_metrics(run, _metrics(metrics) + by_fold)
            self.client.set_terminated(run, "FINISHED" if finished else "KILLED")
        return run

    def set_alias(self, alias: str, model_version: int) -> None:
        with answering(self.uri):
            self.client.set_registered_model_alias(self.model_name, alias, str(model_version))

    def find(self, alias: str) -> RegisteredModel:
        """The version under an alias; raises MissingArtefactError saying which command sets it."""
        with answering(self.uri):
            try:
                found = self.client.get_model_version_by_alias(self.model_name, alias)
            except MlflowException as error:
                if error.error_code not in _NO_SUCH:
                    raise
                found = None
        if found is None:
            remedy = "train" if alias == CHALLENGER else "promote"
            raise MissingArtefactError(
                f"model '{self.model_name}' has no version with the alias '{alias}'. "
                f"Run `infraction-model {remedy}` with the same workspace first."
            )
        if "bundle" not in found.tags:
            raise MissingArtefactError(
                f"version {found.version} of model '{self.model_name}', the '{alias}', names no "
                "bundle: `infraction-model train` did not make it. Move the alias to one it made."
            )
        return RegisteredModel(self.model_name, int(found.version), found.tags["bundle"])

    def note(self, model_version: int, tags: Mapping[str, str], files: Iterable[Path] = ()) -> None:
        """Add tags to a version and to the run that made it, and files to that run's decisions."""
        with answering(self.uri):
            run = self.client.get_model_version(self.model_name, str(model_version)).run_id
            for key, value in tags.items():
                self.client.set_model_version_tag(self.model_name, str(model_version), key, value)
                self.client.set_tag(run, key, value)
            for path in files:
                self.client.log_artifact(run, str(path), "decisions")

    @contextlib.contextmanager
    def _run(self, record: RunRecord, tags: Mapping[str, str]) -> Iterator[str]:
        """A run with a record's tags, settings, data and files; failed where the block fails."""
        with answering(self.uri):
            note = {mlflow_tags.MLFLOW_RUN_NOTE: record.note} if record.note else {}
            run = self._create(record.name, record.kind, {**record.tags, **tags, **note})
            try:
                self._log_parameters(run, record.parameters)
                if record.data is not None:
                    self.client.log_inputs(run, [_dataset_input(record.data, record.kind)])
                for folder, paths in record.files.items():
                    for path in paths:
                        self.client.log_artifact(run, str(path), folder)
                yield run
            except BaseException:
                with contextlib.suppress(MlflowException, SQLAlchemyError):
                    self.client.set_terminated(run, "FAILED")
                raise
            self.client.set_terminated(run)

    def _create(self, name: str, kind: str, tags: Mapping[str, str]) -> str:
        every = {"kind": kind, "software": __version__, **_source(kind), **tags}
        return self.client.create_run(self.experiment_id, run_name=name, tags=every).info.run_id

    def _log_figures(self, run: str, record: RunRecord, model: str | None = None) -> None:
        """A record's figures; those of a model are shown with it and with the data it saw."""
        of_model = {} if model is None else {"model_id": model}
        if record.data is not None:
            of_model |= {"dataset_name": record.data.name, "dataset_digest": record.data.digest}
        metrics = _metrics(record.metrics, run_id=run, **of_model)
        for number, (week, figures) in enumerate(sorted(record.by_week.items())):
            named = {f"by_week/{key}": value for key, value in figures.items()}
            # the chart over time then shows the weeks judged, not the second of logging
            began = dt.datetime(week.year, week.month, week.day, tzinfo=dt.UTC)
            metrics += _metrics(named, step=number, at=began)
        self._log_metrics(run, metrics)

    def _log_metrics(self, run: str, metrics: list[Metric]) -> None:
        for part in _parts(metrics, _MOST_METRICS_AT_ONCE):
            self.client.log_batch(run, metrics=part)

    def _log_parameters(self, run: str, parameters: Mapping[str, Any]) -> None:
        values = [Param(key, str(parameters[key])[:_LONGEST_PARAMETER]) for key in parameters]
        for part in _parts(values, _MOST_AT_ONCE):
            self.client.log_batch(run, params=part)

    def _log_model(self, bundle: Path, example: pd.DataFrame):
        signature = infer_signature(example, answers(read_bundle(bundle).estimator, example))
        with warnings.catch_warnings(), _without_registry_lines():
            warnings.simplefilter("ignore")  # type hints, integer columns: meant as they are
            return mlflow.pyfunc.log_model(
                name=bundle.name,
                python_model=str(Path(__file__).with_name("served_model.py")),
                artifacts={"bundle": str(bundle.resolve())},
                signature=signature,
                input_example=example,
                pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
                registered_model_name=self.model_name,
            )


def _source(kind: str) -> dict[str, str]:
    """The tags of MLflow's own columns: who ran which command, from which commit."""
    tags = {
        mlflow_tags.MLFLOW_SOURCE_NAME: f"infraction-model {kind}",
        mlflow_tags.MLFLOW_SOURCE_TYPE: "LOCAL",
    }
    with contextlib.suppress(OSError, KeyError):  # a container's user may have no name
        tags[mlflow_tags.MLFLOW_USER] = getpass.getuser()
    code = revision()
    if code is not None:
        tags[mlflow_tags.MLFLOW_GIT_COMMIT] = code.commit
        tags[mlflow_tags.MLFLOW_GIT_DIRTY] = str(code.dirty).lower()
        if code.dirty:  # the tag above is not shown
            tags["code"] = "with changes not committed"
    return tags


def _dataset_input(data: DataUsed, kind: str) -> DatasetInput:
    source = json.dumps({"uri": data.source.resolve().as_uri()})
    profile = json.dumps(dict(data.profile))
    dataset = Dataset(data.name, data.digest, "local", source, profile=profile)
    return DatasetInput(dataset, [InputTag(mlflow_tags.MLFLOW_DATASET_CONTEXT, kind)])


def _metrics(
    figures: Mapping[str, float], step: int = 0, at: dt.datetime | None = None, **belongs: str
) -> list[Metric]:
    """Figures as MLflow's metrics: what is not defined is left out, for % stands pct."""
    milliseconds = int((time.time() if at is None else at.timestamp()) * 1000)
    return [
        Metric(key.replace("%", "pct"), float(value), milliseconds, step, **belongs)
        for key, value in figures.items()
        if value is not None and math.isfinite(value)
    ]


def _parts(values: list, most: int) -> Iterable[list]:
    return (values[start : start + most] for start in range(0, len(values), most))


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
