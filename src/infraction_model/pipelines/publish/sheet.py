"""What the public sheet of the algorithm is filled from: the model of the newest scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infraction_model.errors import MissingArtefactError
from infraction_model.exposure import is_known
from infraction_model.features.matrix import FEATURES
from infraction_model.io.bundles import bundle_folder
from infraction_model.io.json_files import read_json
from infraction_model.io.publications import Publications
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.weekly.publishing import RECORD
from infraction_model.reports.algorithm_sheet import INPUTS, ModelFigures

_KIND_OF_MODULE = {
    "calendar": "calendar",
    "context": "context",
    "occupancy": "occupancy",
    "places": "places",
    "spatial": "neighbours",
}
"""What the features of a module are made from; those of all others from past fines."""

_BEHIND = {"context": ("context",), "occupancy": ("payments", "occupancy_events", "counts")}
"""The tables that a kind of input is made from, as far as they are there."""


def model_figures(workspace: Workspace, models: Path) -> ModelFigures:
    """The card of the model in use, the backtest of such a model and the newest plan, as far as
    there are any.

    Raises InputError where one of these files is broken, MissingArtefactError where there are
    scores of a model without a card.
    """
    version = _version(workspace)
    card = None
    if version is not None:
        path = bundle_folder(models, workspace.name, version) / "model_card.json"
        if not path.exists():
            raise MissingArtefactError(
                f"the newest scores are of the model {version}, but {path} is not there: the "
                "public sheet would have to leave it out. Name the folder of the models "
                "(models=DIR), or run `infraction-model score` with a model that is there."
            )
        card = read_json(path, "train")
    kinds = _kinds(card)
    sources = _sources(workspace, card, kinds)
    return ModelFigures(card, _backtest(workspace, version), _plan(workspace), sources, kinds)


def _kinds(card: dict[str, Any] | None) -> list[str]:
    """What the model's inputs are made from, in the order of INPUTS; every model reads the past."""
    if card is None:
        return []
    modules = [FEATURES[name].__module__ for name in card["inputs"] if name in FEATURES]
    found = {_KIND_OF_MODULE.get(module.rpartition(".")[2], "past") for module in modules}
    return [kind for kind in INPUTS if kind in found | {"past"}]


def _sources(workspace: Workspace, card: dict[str, Any] | None, kinds: list[str]) -> list[str]:
    """The tables that the model reads; patrols where its exposure comes from them."""
    if card is None:
        return []
    found = ["fines", *(["patrols"] if is_known(card["exposure_basis"]) else [])]
    behind = [table for kind in kinds for table in _BEHIND.get(kind, ())]
    return found + [table for table in behind if workspace.table(table).exists()]


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
