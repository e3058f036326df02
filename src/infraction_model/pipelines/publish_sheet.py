"""What the public sheet of the algorithm is filled from: the model of the newest scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infraction_model.io.bundles import bundle_folder
from infraction_model.io.json_files import read_json
from infraction_model.io.publications import Publications
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.weekly.publishing import RECORD
from infraction_model.reports.algorithm_sheet import SOURCES, ModelFigures


def model_figures(workspace: Workspace, models: Path) -> ModelFigures:
    """The card of the model in use, the backtest of such a model and the newest plan, as far as
    there are any; raises InputError where one of these files is broken.
    """
    version = _version(workspace)
    card = None
    if version is not None:
        path = bundle_folder(models, workspace.name, version) / "model_card.json"
        card = read_json(path, "train") if path.exists() else None
    sources = [name for name in SOURCES if workspace.table(name).exists()]
    return ModelFigures(card, _backtest(workspace, version), _plan(workspace), sources)


def _version(workspace: Workspace) -> str | None:
    """The model of the newest scores, of `score` or of the weekly batch."""
    weeks = workspace.scored_weeks()
    if weeks and workspace.about_scores(weeks[-1]).exists():
        return read_json(workspace.about_scores(weeks[-1]), "score")["model_version"]
    publications = Publications(workspace.publications)
    current = publications.current()
    if current is None:
        return None
    record = read_json(publications.folder(current) / RECORD, "weekly")
    return record.get("model", {}).get("bundle")


def _backtest(workspace: Workspace, version: str | None) -> dict[str, Any] | None:
    path = workspace.report("backtest.json")
    if version is None or not path.exists():
        return None
    found = read_json(path, "backtest")
    return found if f"-{found['estimator']}-" in version else None


def _plan(workspace: Workspace) -> dict[str, Any] | None:
    for week in reversed(workspace.scored_weeks()):
        path = workspace.plan(week) / "plan.json"
        if path.exists():
            return read_json(path, "plan")
    return None
