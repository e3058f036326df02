"""The challenger becomes the champion that score uses, where every gate holds; or back again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from infraction_model.errors import ConfigError, PromotionRefused
from infraction_model.evaluation.gates import GateParameters
from infraction_model.io.decisions import Decision, path_of
from infraction_model.io.panels import read_panel
from infraction_model.io.tracking import Tracking, TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forecasting import origin_week
from infraction_model.pipelines.promoting import decide, roll_back
from infraction_model.pipelines.town import TownData
from infraction_model.timegrid import monday

_MARKS = {"ok": "held", "warning": "not asked", "alarm": "REFUSES"}


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model promote`.

    `decided_at` is the time that the record names; `force` promotes whatever the gates say, for the
    `reason` given; `rollback` goes back to the champion before.
    """

    workspace: Path
    data: TownData
    tracking: TrackingParameters
    decided_at: str
    gate: GateParameters = field(default_factory=GateParameters)
    models: Path = Path("models")
    origin: dt.date | None = None
    force: bool = False
    reason: str = ""
    rollback: bool = False


def run(parameters: Parameters) -> None:
    """Ask the gates and move the champion alias, or go back; PromotionRefused where one refuses."""
    workspace = Workspace(parameters.workspace)
    if parameters.rollback and parameters.force:
        raise ConfigError("rollback=true and force=true are two things: give one of them.")
    tracking = Tracking(parameters.tracking, workspace.tracking, workspace.name, create=False)
    if parameters.rollback:
        with step("going back to the champion before"):
            decision = roll_back(
                workspace, tracking, parameters.models, parameters.decided_at, parameters.reason
            )
        return _say_move(decision, workspace)
    panel = read_panel(workspace.panel)
    origin = origin_week(parameters.origin, panel)
    with step(f"asking the gates as of {monday(origin)}"):
        decision = decide(
            workspace,
            panel,
            origin,
            tracking,
            parameters.models,
            parameters.gate,
            parameters.decided_at,
            parameters.force,
            parameters.reason,
            say,
        )
    for row in decision.gates:
        say(f"{row['name']:<12} {_MARKS[row['level']]:<10} {row['words']['en']}")
    if decision.outcome == "refused":
        raise PromotionRefused(_refusal(decision, workspace))
    return _say_move(decision, workspace)


def _refusal(decision: Decision, workspace: Workspace) -> str:
    before = decision.champion_before
    stays = (
        "there is still no champion" if before is None else f"the champion stays {before.bundle}"
    )
    return (
        f"{decision.challenger.bundle} is not promoted: {', '.join(decision.refusals)} "
        f"refused, and {stays}. Evidence: {path_of(workspace, decision.number)}. Train a better "
        "one, or promote it all the same with force=true reason='why'."
    )


def _say_move(decision: Decision, workspace: Workspace) -> None:
    after = decision.champion_after
    if decision.outcome == "unchanged":
        say(f"version {after.version} is the champion already: {after.bundle}")
        return
    how = {"promoted": "is the champion", "rolled_back": "is the champion again"}[decision.outcome]
    forced = f", by force: {decision.reason}" if decision.forced else ""
    say(
        f"version {after.version} {how}{forced}: {after.bundle}\n"
        f"Recorded with its evidence: {path_of(workspace, decision.number)}"
    )
