"""ingest: a town's exports -> contract tables, a quarantine with a reason per row, a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from infraction_model.errors import ConfigError
from infraction_model.ingest.mapping import ZonesFromCells, ZonesFromFile
from infraction_model.ingest.proposal import propose
from infraction_model.ingest.summary import summarise
from infraction_model.ingest.town import Exports, Ingested, ingest_town
from infraction_model.ingest.zones import OfficialZones, official_zones
from infraction_model.io.atomic import new_folder, write_text
from infraction_model.io.exports import (
    FileFormat,
    ReadLimits,
    read_exports,
    read_forms,
    read_zone_file,
)
from infraction_model.io.json_files import write_json
from infraction_model.io.retention import kept_from
from infraction_model.io.secret import agent_key, keep_agent_key
from infraction_model.io.tables import write_parquet, write_table
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.town import TownData
from infraction_model.reports.ingest_report import render
from infraction_model.schema import validate


@dataclass(frozen=True)
class Parameters:
    """Whose exports, how large they may be, and the language of the report."""

    workspace: Path
    data: TownData
    limits: ReadLimits = field(default_factory=ReadLimits)
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Read everything, then write tables, quarantine and report; nothing is written on an error."""
    workspace = Workspace(parameters.workspace)
    if parameters.data.fines.issued_at is None:
        _propose(parameters, workspace)
        return
    taken = take_in(parameters)
    keep(taken, parameters)
    _say(taken.ingested, workspace)


@dataclass(frozen=True)
class TakenIn:
    """A town's exports as tables in memory, held to their contracts; nothing is written yet."""

    ingested: Ingested
    summary: dict[str, Any]
    secret: bytes


def take_in(parameters: Parameters) -> TakenIn:
    """Read and map the exports; raises an error a user can act on where they cannot be used."""
    data, workspace = parameters.data, Workspace(parameters.workspace)
    _check_exposure(data)
    with step("reading the exports"):
        exports = _read(data, parameters.limits)
    with step("mapping columns, times and places") as done:
        secret = agent_key(workspace.secrets)
        ingested = ingest_town(
            exports,
            data.fines,
            data.zones,
            data.patrols,
            data.timezone,
            secret,
            data.context,
            kept_from(workspace.retention),
            data.parking,
        )
        _check(ingested)
        done.rows = sum(accounts.read for accounts in ingested.accounts)
    summary = {"town": data.title, "timezone": data.timezone}
    return TakenIn(ingested, summary | summarise(ingested, data.fines), secret)


def keep(taken: TakenIn, parameters: Parameters) -> None:
    """Write tables, quarantine and report: all tables of one run or none."""
    workspace = Workspace(parameters.workspace)
    with step("writing tables, quarantine and report") as done:
        page = render(taken.summary, parameters.language)
        if any(source.mapping.agent for source in taken.ingested.sources):
            keep_agent_key(workspace.secrets, taken.secret)
        _write(taken.ingested, taken.summary, page, workspace)
        done.rows = sum(accounts.kept for accounts in taken.ingested.accounts)


def _check_exposure(data: TownData) -> None:
    """Raise ConfigError where the mapping lacks what the town's exposure is made from."""
    counts = data.patrols is not None and data.patrols.vehicles_checked is not None
    forms = data.forms is not None
    needs = {
        "recorded": (data.keeps_log, "a patrol log under data.patrols, or data.forms"),
        "checks": (
            counts or forms,
            "the column data.patrols.vehicles_checked of a patrol log, or data.forms",
        ),
        "inferred": (data.fines.agent is not None, "the column data.fines.agent"),
    }
    there, what = needs.get(data.exposure, (True, ""))
    if not there:
        raise ConfigError(
            f"key 'data.exposure': {data.exposure} needs {what}. Map it, or set data.exposure=none."
        )


def _read(data: TownData, limits: ReadLimits) -> Exports:
    zones = None
    aliases = None
    if isinstance(data.zones, ZonesFromFile):
        zones = _read_zones(data.zones, limits)
        aliases = data.zones.streets.aliases
    elif not isinstance(data.zones, ZonesFromCells):
        aliases = data.zones.aliases
    return Exports(
        read_exports(data.fines.path, data.fines.format, limits),
        data.patrols and read_exports(data.patrols.path, data.patrols.format, limits),
        {
            name: read_exports(mapping.path, mapping.format, limits)
            for name, mapping in data.context.items()
        },
        {
            name: read_exports(mapping.path, mapping.format, limits)
            for name, mapping in data.parking.items()
        },
        zones,
        aliases and read_exports(aliases, FileFormat(), limits)[0],
        data.forms and read_forms(data.forms.path, limits),
    )


def _read_zones(mapping: ZonesFromFile, limits: ReadLimits) -> OfficialZones:
    file = read_zone_file(mapping.path, limits)
    return official_zones(file.export, file.shapes, file.epsg, mapping)


def _check(ingested: Ingested) -> None:
    """Hold every table to its contract before the first is written."""
    for name, table in ingested.tables().items():
        validate(name, table)


def _write(ingested: Ingested, summary: dict, page: str, workspace: Workspace) -> None:
    # all tables of one run or none: fines beside the zones of another run would mislead
    with new_folder(workspace.tables) as folder:
        for name, table in ingested.tables().items():
            write_table(name, table, folder / f"{name}.parquet")
        write_parquet(ingested.quarantine, folder / workspace.quarantine.name)
    write_text(workspace.report("ingest.html"), page)
    write_json(workspace.report("ingest.json"), summary)


def _say(ingested: Ingested, workspace: Workspace) -> None:
    for accounts in ingested.accounts:
        left_out = sum(accounts.filtered.values())
        say(
            f"{accounts.source}: {accounts.read} rows read = {accounts.kept} kept + "
            f"{left_out} left out by filters + {sum(accounts.quarantined.values())} in quarantine."
        )
    say(f"Report: {workspace.report('ingest.html')}. Quarantine: {workspace.quarantine}.")


def _propose(parameters: Parameters, workspace: Workspace) -> None:
    """Look at an unmapped file and write a mapping to correct."""
    data = parameters.data
    with step("looking at the file"):
        export = read_exports(data.fines.path, data.fines.format, parameters.limits)[0]
        proposal = propose(export, data.fines.path, data.timezone)
    path = workspace.root / "conf" / "data" / f"{proposal.name}.yaml"
    write_text(path, proposal.text)
    say(f"Proposed mapping: {path}")
    for line in proposal.remarks:
        say(f"  {line}")
    say(
        "Correct it, then run: infraction-model ingest "
        f"--config-dir {path.parent.parent} data={proposal.name}"
    )
