"""Who becomes champion: what `promote` and the weekly batch share."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

from infraction_model import __version__
from infraction_model.errors import (
    ConfigError,
    InfractionModelError,
    MissingArtefactError,
    TrackingUnavailable,
)
from infraction_model.evaluation.contest import judge
from infraction_model.evaluation.gates import GateParameters, Verdict
from infraction_model.features.registry import check_names
from infraction_model.forecast import Forecaster
from infraction_model.io.bundles import bundle_folder, read_bundle
from infraction_model.io.decisions import (
    Decision,
    ModelVersion,
    champions,
    path_of,
    read_decisions,
    record,
    rolled_back,
    withdraw,
)
from infraction_model.io.tracking import CHALLENGER, CHAMPION, Tracking
from infraction_model.io.workspace import Workspace
from infraction_model.panel import Panel
from infraction_model.timegrid import monday


def decide(
    workspace: Workspace,
    panel: Panel,
    origin: int,
    tracking: Tracking,
    models: Path,
    gate: GateParameters,
    decided_at: str,
    force: bool = False,
    reason: str = "",
    progress: Callable[[str], None] = lambda text: None,
) -> Decision:
    """Judge the registry's challenger against its champion as of `origin`, and act on it.

    Where every gate holds, the champion alias moves; else it stays (`outcome` "refused", the gates
    named in `refusals`). Either way the decision is recorded in the workspace with its evidence,
    and noted on the challenger's run. With `force` the alias moves though gates refuse, and the
    record says so with its `reason`. A challenger that is the champion already changes nothing.

    `panel` is the town's whole panel, not seen through any exposure; `models` the folder of all
    towns' bundles; `decided_at` an ISO time, which nothing here asks for itself. Raises ConfigError
    for `force` without a reason or a challenger trained after `origin`, MissingArtefactError where
    there is no challenger or its bundle is gone. A champion whose bundle no longer predicts is
    taken for none: it must be replaced.
    """
    if force and not reason.strip():
        raise ConfigError("force=true needs a reason, which is recorded: reason='why it must be'.")
    challenger = _version(tracking, CHALLENGER)
    champion = champion_version(tracking)
    settings = dataclasses.asdict(gate)
    decision = Decision(
        number=0,
        decided_at=decided_at,
        outcome="unchanged",
        origin=str(monday(origin)),
        challenger=challenger,
        champion_before=champion,
        champion_after=champion,
        forced=False,
        reason=reason.strip(),
        gates=[],
        settings=json.loads(json.dumps(settings)),
        software=__version__,
    )
    if champion is not None and champion.bundle == challenger.bundle:
        return decision
    verdict = judge(
        panel,
        origin,
        read_bundle(bundle_folder(models, workspace.name, challenger.bundle)),
        None
        if champion is None
        else _as_champion(bundle_folder(models, workspace.name, champion.bundle), progress),
        gate,
        rolled_back(read_decisions(workspace), challenger.bundle),
        progress,
    )
    decision = _decided(decision, verdict, force)
    return _act(workspace, tracking, decision)


def roll_back(
    workspace: Workspace, tracking: Tracking, models: Path, decided_at: str, reason: str = ""
) -> Decision:
    """Put the champion before the present one back in service, and record it; twice goes further.

    Raises MissingArtefactError where the record knows no earlier champion, or its bundle is gone.
    """
    present = champion_version(tracking)
    line = champions(read_decisions(workspace))
    if present is not None and (not line or line[-1].bundle != present.bundle):
        line.append(present)
    if len(line) < 2:
        raise MissingArtefactError(
            f"there is no champion to go back to: {workspace.decisions} records no earlier one."
        )
    previous = line[-2]
    read_bundle(bundle_folder(models, workspace.name, previous.bundle))
    decision = Decision(
        number=0,
        decided_at=decided_at,
        outcome="rolled_back",
        origin=None,
        challenger=previous,
        champion_before=line[-1],
        champion_after=previous,
        forced=False,
        reason=reason.strip(),
        gates=[],
        settings={},
        software=__version__,
    )
    return _act(workspace, tracking, decision)


def champion_version(tracking: Tracking) -> ModelVersion | None:
    """The registry's champion; None where no model was ever promoted."""
    try:
        return _version(tracking, CHAMPION)
    except MissingArtefactError:
        return None


def _as_champion(bundle: Path, progress: Callable[[str], None]) -> Forecaster | None:
    """The champion to be compared with; None where it can no longer predict: it must be replaced.

    Its files may be gone or changed, or it reads a feature that this software no longer has.
    """
    try:
        champion = read_bundle(bundle)
        check_names(champion.estimator.needs)
    except InfractionModelError as error:
        progress(f"the champion cannot be compared with, it no longer predicts: {error}")
        return None
    return champion


def _version(tracking: Tracking, alias: str) -> ModelVersion:
    found = tracking.find(alias)
    return ModelVersion(found.bundle, found.version)


def _decided(decision: Decision, verdict: Verdict, force: bool) -> Decision:
    decision = dataclasses.replace(decision, outcome="refused", gates=verdict.rows)
    if verdict.held or force:
        decision = dataclasses.replace(
            decision,
            outcome="promoted",
            champion_after=decision.challenger,
            forced=not verdict.held,
        )
    return decision


def _act(workspace: Workspace, tracking: Tracking, decision: Decision) -> Decision:
    """Record a decision, then make its move; a move that fails is taken out of the record.

    Should the process die in between, the record is ahead of the registry: the registry stands, and
    the next run decides again.
    """
    decision = record(workspace, decision)
    if decision.moved:
        try:
            tracking.set_alias(CHAMPION, decision.champion_after.version)
        except BaseException:
            withdraw(workspace, decision)
            raise
    # the decision stands without it: the note is for whoever looks at the run
    with contextlib.suppress(TrackingUnavailable):
        _note(workspace, tracking, decision)
    return decision


def _note(workspace: Workspace, tracking: Tracking, decision: Decision) -> None:
    """Tag the version decided of, and lay the record beside its run."""
    path = path_of(workspace, decision.number)
    when = {"decided_at": decision.decided_at}
    if decision.outcome == "rolled_back":
        tracking.note(decision.champion_after.version, {"decision": "restored", **when}, [path])
        tracking.note(decision.champion_before.version, {"decision": "taken_out", **when}, [path])
        return
    tags = {
        "decision": decision.outcome,
        "refused_by": ", ".join(decision.refusals) or "none",
        "forced": str(decision.forced).lower(),
    }
    tracking.note(decision.challenger.version, tags | when, [path])
