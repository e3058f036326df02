"""A new model where one is due, in a process of its own, and the gates' word on it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infraction_model.errors import InfractionModelError
from infraction_model.io.bundles import bundle_folder, read_bundle
from infraction_model.io.decisions import Decision, champion, read_decisions
from infraction_model.io.lock import only_one
from infraction_model.io.panels import read_panel
from infraction_model.io.tracking import Tracking
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines import train
from infraction_model.pipelines.console import step
from infraction_model.pipelines.promoting import decide
from infraction_model.pipelines.weekly.isolation import isolated
from infraction_model.pipelines.weekly.journal import Journal
from infraction_model.pipelines.weekly.parameters import Parameters
from infraction_model.timegrid import monday, week_starting

IN_DOUBT = frozenset({"export_unusable", "data_unhealthy", "data_in_doubt", "data_silent"})
SHOWN_DECISIONS = 8
_LONGEST_TRAINING = 3 * 3600.0


@dataclass(frozen=True)
class Renewal:
    """The bundle that this run made the champion, if any, and the newest decisions on record."""

    trained: str | None
    decisions: list[dict[str, Any]]


def renew(
    parameters: Parameters, data_origin: int, alarms: Sequence[Mapping[str, Any]], journal: Journal
) -> Renewal:
    """Train and ask the gates where that is due; a failure or a refusal is a trouble, no more.

    Due is a model where there is no champion that can be read, where it is `retrain_weeks` old, or
    where monitoring raised an alarm since it was trained. Nothing is learnt from data in doubt.
    """
    workspace = Workspace(parameters.workspace)
    trained = None
    in_doubt = IN_DOUBT & {trouble.kind for trouble in journal.troubles}
    alarm_weeks = [dt.date.fromisoformat(alarm["target_week"]) for alarm in alarms]
    with journal.stage("train and ask the gates", or_else="training_failed") as row:
        if in_doubt or not _is_due(parameters, workspace, data_origin, alarm_weeks):
            row["outcome"] = "not due"
            return Renewal(None, _newest_decisions(workspace))
        with step("training a model and asking the gates"):
            decision = isolated(train_and_decide, parameters, data_origin)
            if decision.outcome == "refused":
                journal.trouble("promotion_refused", ", ".join(decision.refusals))
            elif decision.moved:
                trained = decision.champion_after.bundle
    decisions: list[dict[str, Any]] = []
    with journal.stage("read the decisions", or_else="monitoring_failed"):
        decisions = _newest_decisions(workspace)
    return Renewal(trained, decisions)


def _newest_decisions(workspace: Workspace) -> list[dict[str, Any]]:
    newest = read_decisions(workspace)[-SHOWN_DECISIONS:]
    return [dataclasses.asdict(one) for one in reversed(newest)]


def _is_due(
    parameters: Parameters, workspace: Workspace, data_origin: int, alarm_weeks: Sequence[dt.date]
) -> bool:
    """Whether a model is due; `alarm_weeks` are the Mondays of the weeks that raised alarms."""
    bundle = champion(workspace)
    if bundle is None:
        return True
    try:
        trained = read_bundle(
            bundle_folder(parameters.models, workspace.name, bundle)
        ).trained_origin
    except InfractionModelError:
        return True
    if trained > data_origin:
        return False  # an older week is made up for: the champion of today knows more
    unheard = any(week_starting(week) >= trained for week in alarm_weeks)
    return data_origin - trained >= parameters.retrain_weeks or unheard


def train_and_decide(parameters: Parameters, data_origin: int) -> Decision:
    """Train on the workspace's panel as of an origin, register, and ask the gates.

    Runs in a process of its own, which may outlive a batch that is killed: the lock keeps the next
    batch's training waiting until it is over.
    """
    workspace = Workspace(parameters.workspace)
    with only_one(workspace.weekly / "training.lock", "a training", _LONGEST_TRAINING):
        names = [field.name for field in dataclasses.fields(train.Parameters)]
        shared = {name: getattr(parameters, name) for name in names if hasattr(parameters, name)}
        settings = shared | {"origin": monday(data_origin), "language": parameters.map.language}
        train.run(train.Parameters(**settings))
        return decide(
            workspace,
            read_panel(workspace.panel),
            data_origin,
            Tracking(parameters.tracking, workspace.tracking, workspace.name),
            parameters.models,
            parameters.gate,
            parameters.started_at.isoformat(),
        )
