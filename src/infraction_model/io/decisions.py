"""The record of who became champion, who was refused, and why: one JSON file per decision.

A file appears whole or not at all, and none is ever changed, so a crash loses at most the decision
that was being written. The registry's alias says who is champion; where MLflow does not answer, the
newest move of this record does.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from infraction_model import parameters as reading
from infraction_model.io.json_files import json_text, read_json, write_json
from infraction_model.io.lock import only_one
from infraction_model.io.workspace import Workspace

_LONGEST_WRITE = 60.0
"""Seconds to wait for another decision to be written."""


@dataclass(frozen=True)
class ModelVersion:
    """A bundle and its version in the registry."""

    bundle: str
    version: int


@dataclass(frozen=True)
class Decision:
    """What was decided of a challenger, and on what evidence.

    `outcome`: "promoted", "refused", "rolled_back", or "unchanged" where the challenger is the
    champion already, which is not recorded and has number 0. `decided_at` and `origin` are ISO
    dates; `gates` are rows of checks (GateResult.row); `forced`: promoted though a gate refused,
    for the `reason` given; `settings`: the limits of the gates.
    """

    number: int
    decided_at: str
    outcome: Literal["promoted", "refused", "rolled_back", "unchanged"]
    origin: str | None
    challenger: ModelVersion
    champion_before: ModelVersion | None
    champion_after: ModelVersion | None
    forced: bool
    reason: str
    gates: list[dict[str, Any]]
    settings: dict[str, Any]
    software: str

    @property
    def moved(self) -> bool:
        """Whether another model is in service now."""
        return self.champion_after != self.champion_before

    @property
    def refusals(self) -> tuple[str, ...]:
        """The names of the gates that refused."""
        return tuple(row["name"] for row in self.gates if row["level"] == "alarm")


def path_of(workspace: Workspace, number: int) -> Path:
    return workspace.decisions / f"{number:04d}.json"


def read_decisions(workspace: Workspace) -> list[Decision]:
    """Every decision of a workspace, oldest first; InputError where a file is not as written."""
    paths = sorted(workspace.decisions.glob("[0-9]*.json"), key=lambda path: int(path.stem))
    return [reading.read(Decision, read_json(path, "promote")) for path in paths]


def record(workspace: Workspace, decision: Decision) -> Decision:
    """Write a decision under the next number, and give it back with it.

    The same refusal as the newest one, on the same evidence, is that one: nothing is written.
    """
    with only_one(workspace.decisions / "record.lock", "a decision", _LONGEST_WRITE):
        return _record(workspace, decision)


def _record(workspace: Workspace, decision: Decision) -> Decision:
    known = read_decisions(workspace)
    decision = dataclasses.replace(decision, number=known[-1].number + 1 if known else 1)
    written = _as_read(decision)
    if known and decision.outcome == "refused":
        same = dataclasses.replace(
            written, number=known[-1].number, decided_at=known[-1].decided_at
        )
        if same == known[-1]:
            return known[-1]
    write_json(path_of(workspace, decision.number), dataclasses.asdict(decision))
    return written


def withdraw(workspace: Workspace, decision: Decision) -> None:
    """Take back a move that was recorded but could not be made."""
    path_of(workspace, decision.number).unlink(missing_ok=True)


def champion(workspace: Workspace) -> str | None:
    """The bundle of the champion by the record alone, without MLflow; None where there is none."""
    line = champions(read_decisions(workspace))
    return line[-1].bundle if line else None


def champions(decisions: Sequence[Decision]) -> list[ModelVersion]:
    """The champions a rollback can go back through, oldest first; the last is in service."""
    line: list[ModelVersion] = []
    for decision in decisions:
        before, after = decision.champion_before, decision.champion_after
        if decision.outcome == "promoted":
            # an alias moved by hand is not in the record, but what it moved to was in service
            if before is not None and (not line or line[-1].bundle != before.bundle):
                line.append(before)
            line.append(after)
        elif decision.outcome == "rolled_back":
            while line and line[-1].bundle != after.bundle:
                line.pop()
            line = line or [after]
    return line


def rolled_back(decisions: Sequence[Decision], bundle: str) -> str | None:
    """Why a bundle was taken out of service, where that is the last thing done about it."""
    why = None
    for decision in decisions:
        if decision.outcome == "rolled_back" and decision.champion_before.bundle == bundle:
            why = (
                f"{decision.decided_at}: {decision.reason}"
                if decision.reason
                else (decision.decided_at)
            )
        elif decision.outcome == "promoted" and decision.challenger.bundle == bundle:
            why = None
    return why


def _as_read(decision: Decision) -> Decision:
    """The decision as its file gives it back: what is not a number becomes None, tuples lists."""
    return reading.read(Decision, json.loads(json_text(dataclasses.asdict(decision))))
