"""What is new: exports -> tables and panel, taken over only where the data can be trusted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infraction_model import __version__
from infraction_model.errors import InfractionModelError, InputError
from infraction_model.evaluation.data_health import data_health, is_silence
from infraction_model.io.atomic import recover
from infraction_model.io.exports import ReadLimits, find_files, find_forms
from infraction_model.io.json_files import read_json, write_json
from infraction_model.io.panels import read_panel, write_panel
from infraction_model.io.workspace import Workspace
from infraction_model.panel import Panel, build
from infraction_model.pipelines import ingest
from infraction_model.pipelines.known_occupancy import add_what_fits
from infraction_model.pipelines.weekly.journal import Journal
from infraction_model.pipelines.weekly.parameters import Parameters
from infraction_model.schema import validate

EXPORTS = "exports.json"


@dataclass(frozen=True)
class Incoming:
    """The panel to go on with, and the rows of the data's health."""

    panel: Panel
    health: list[dict[str, Any]]


def take_in(parameters: Parameters, origin: int, journal: Journal) -> Incoming:
    """Ingest the exports where they changed; keep the last good panel where they cannot be used.

    A file that changes while it is read, one that breaks its mapping, and data in bad health leave
    tables and panel as they were, as a trouble in the journal. What occupancy says of zones that
    are no more is left out, and said. Raises the error where there is no earlier panel to go on
    with.
    """
    workspace = Workspace(parameters.workspace)
    reports = [workspace.report(f"ingest.{end}") for end in ("html", "json")]
    for path in (workspace.tables, workspace.panel, *reports, workspace.weekly / EXPORTS):
        recover(path)
    has_panel = _can_go_on(workspace)
    health: list[dict[str, Any]] = []
    gone: list[str] = []
    with journal.stage("ingest", or_else="export_unusable" if has_panel else None):
        health, gone = _renew(parameters, workspace, origin, journal, has_panel)
    panel = read_panel(workspace.panel)
    health = health or _health(panel, None, parameters, workspace, origin)
    silent = [row for row in health if row["level"] == "alarm" and is_silence(row)]
    if silent and not journal.troubles:
        journal.trouble("data_silent", ", ".join(row["name"] for row in silent))
    if gone:
        journal.trouble("occupancy_outdated", ", ".join(gone))
    return Incoming(panel, health)


def _renew(
    parameters: Parameters, workspace: Workspace, origin: int, journal: Journal, has_panel: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Take the exports over unless they are the known ones or in bad health.

    Gives the rows of health, and the zones of the occupancy that the new panel lacks.
    """
    remembered = workspace.weekly / EXPORTS
    exports = _fingerprint(parameters)
    if has_panel and _as_remembered(remembered, exports):
        return [], []
    settings = ingest.Parameters(
        parameters.workspace, parameters.data, parameters.limits, parameters.map.language
    )
    taken = ingest.take_in(settings)
    if _fingerprint(parameters) != exports:
        raise InputError(
            "an export changed while it was read: it is being copied. Run weekly again once the "
            "copy is complete; copy under another name and rename to be safe."
        )
    tables = {
        name: None if table is None else validate(name, table)
        for name in ("zones", "fines", "patrols", "context")
        for table in [getattr(taken.ingested, name)]
    }
    panel = build(**tables, presence=parameters.presence)
    panel, gone = add_what_fits(panel, workspace, parameters.data)
    health = _health(panel, taken.summary, parameters, workspace, origin)
    wrong = [row for row in health if row["level"] == "alarm" and not is_silence(row)]
    if wrong and not parameters.accept_data:
        names = ", ".join(row["name"] for row in wrong)
        journal.trouble("data_unhealthy" if has_panel else "data_in_doubt", names)
        if has_panel:
            return health, []
    remembered.unlink(missing_ok=True)
    ingest.keep(taken, settings)
    write_panel(panel, workspace.panel)
    write_json(remembered, exports)
    return health, gone


def _can_go_on(workspace: Workspace) -> bool:
    """Whether there are tables and a panel of an earlier run that can be read."""
    try:
        read_panel(workspace.panel)
    except InfractionModelError:
        return False
    return workspace.table("zones").exists() and workspace.table("fines").exists()


def _as_remembered(path: Path, exports: dict[str, str]) -> bool:
    try:
        return path.exists() and read_json(path, "weekly") == exports
    except InputError:
        return False  # what cannot be read is made anew


def _health(
    panel: Panel,
    summary: dict[str, Any] | None,
    parameters: Parameters,
    workspace: Workspace,
    origin: int,
) -> list[dict[str, Any]]:
    """The health rows of a panel; `summary` is of its ingest, None where it is the known one."""
    path = workspace.report("ingest.json")
    previous = read_json(path, "ingest") if path.exists() else None
    return data_health(
        panel,
        origin,
        summary or previous,
        previous,
        parameters.health,
        parameters.data.calendar,
    )


def _fingerprint(parameters: Parameters) -> dict[str, str]:
    """The digest of every file that ingest and the panel read, by its path, and of the settings."""
    data = parameters.data
    streets = getattr(data.zones, "streets", data.zones)
    patterns = [data.fines.path, getattr(data.zones, "path", None)]
    patterns += [getattr(streets, "aliases", None)]
    patterns += [data.patrols.path] if data.patrols else []
    exports = [*data.context.values(), *data.parking.values()]
    patterns += [mapping.path for mapping in exports]
    files = {path for pattern in patterns if pattern for path in find_files(pattern)}
    files |= set(find_forms(data.forms.path)) if data.forms else set()
    tables = map(Workspace(parameters.workspace).occupancy_table, ("payments", "sensors"))
    files |= {path for path in tables if path.exists()}
    made_by = (data, parameters.presence, parameters.limits, __version__)
    settings = hashlib.sha256(repr(made_by).encode()).hexdigest()
    digests = {str(path): _digest(path, parameters.limits) for path in sorted(files)}
    return {"data": settings} | digests


def _digest(path: Path, limits: ReadLimits) -> str:
    if path.stat().st_size > limits.bytes:
        raise InputError(f"{path} holds more than {limits.megabytes:g} MB (limits.megabytes).")
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
