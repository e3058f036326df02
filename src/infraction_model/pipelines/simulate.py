"""simulate: make a French town with known truth, write its raw exports and, apart, its truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from infraction_model.io.atomic import new_folder
from infraction_model.io.tables import write_parquet
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.town import TownData
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import simulate


@dataclass(frozen=True)
class Parameters:
    """Where the made town goes, and what it is like."""

    workspace: Path
    data: TownData
    simulation: SimulationParameters = field(default_factory=SimulationParameters)


def run(parameters: Parameters) -> None:
    """Write `raw/` and `truth/` below the workspace, each folder whole or not at all."""
    workspace = Workspace(parameters.workspace)
    with step("making the town"):
        town = simulate(parameters.simulation)
    with step("writing its exports and its truth"):
        write_raw(town.raw, workspace.raw)
        write_truth(town.truth, workspace.truth)
    say(
        f"{town.parameters.name}: {len(town.streets)} zones, {town.parameters.weeks} weeks from "
        f"{town.parameters.first_monday}, {len(town.patrols)} patrols, {len(town.fines)} fines."
    )
    say(f"Raw exports: {workspace.raw}. Truth, which only evaluation reads: {workspace.truth}.")


def write_raw(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the raw exports; replaces the folder at once."""
    with new_folder(folder) as temporary:
        for name, content in files.items():
            (temporary / name).write_bytes(content)


def write_truth(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write each truth table as parquet; replaces the folder at once."""
    with new_folder(folder) as temporary:
        for name, frame in tables.items():
            write_parquet(frame, temporary / f"{name}.parquet")
