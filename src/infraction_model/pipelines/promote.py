"""The registry's challenger becomes the champion that score uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infraction_model.io.bundles import read_bundle
from infraction_model.io.tracking import CHALLENGER, CHAMPION, Tracking, TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.town import TownData


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model promote`."""

    workspace: Path
    data: TownData
    tracking: TrackingParameters
    models: Path = Path("models")


def run(parameters: Parameters) -> None:
    """Move the champion alias to the challenger, once its bundle has been read whole."""
    workspace = Workspace(parameters.workspace)
    with step("promoting the challenger"):
        tracking = Tracking(parameters.tracking, workspace.tracking, workspace.name, create=False)
        challenger = tracking.find(CHALLENGER)
        read_bundle(parameters.models / workspace.name / challenger.bundle)
        tracking.set_alias(CHAMPION, challenger.version)
    say(f"version {challenger.version} of '{challenger.name}' is the champion: {challenger.bundle}")
