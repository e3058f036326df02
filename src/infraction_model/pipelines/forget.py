"""forget: records older than a day, and all that was made from them, go; a certificate proves it.

Each artefact is replaced or removed whole, the first day kept is remembered before anything else,
and a run that was cut off is completed by the next one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from infraction_model.errors import ConfigError, ContractError, NotEnoughDataError
from infraction_model.exposure import PresenceParameters
from infraction_model.io.atomic import new_folder, recover, write_text
from infraction_model.io.exports import ReadLimits
from infraction_model.io.json_files import write_json
from infraction_model.io.lock import only_one
from infraction_model.io.panels import read_panel, write_panel
from infraction_model.io.publications import Publications
from infraction_model.io.retention import keep_from, kept_from
from infraction_model.io.tables import read_parquet, read_table, write_parquet, write_table
from infraction_model.io.tracking import Tracking, TrackingParameters
from infraction_model.io.tracking_retention import retire, runs_before
from infraction_model.io.workspace import Workspace
from infraction_model.panel import build
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.forget_proof import first_weeks, prove, raw_exports
from infraction_model.pipelines.town import TownData
from infraction_model.reports.forget_report import KINDS, render
from infraction_model.schema import PARKING_TABLES
from infraction_model.timegrid import monday


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model forget`.

    What is older than `before` goes, moved on to the next Monday where it is none. `started_at`
    dates the certificate.
    """

    workspace: Path
    data: TownData
    presence: PresenceParameters
    tracking: TrackingParameters
    started_at: dt.datetime
    before: dt.date | None = None
    dry_run: bool = False
    keep_models: bool = False
    raw: bool = False
    models: Path = Path("models")
    limits: ReadLimits = field(default_factory=ReadLimits)
    language: Literal["fr", "en"] = "fr"


@dataclass(frozen=True)
class Goes:
    """What goes of one kind: how many, the oldest day of it, and their names where few."""

    kind: str
    count: int
    oldest: dt.date | None = None
    names: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        oldest = None if self.oldest is None else str(self.oldest)
        return {
            "kind": self.kind,
            "count": self.count,
            "oldest": oldest,
            "names": list(self.names),
        }


def run(parameters: Parameters) -> None:
    """Forget, then read everything again; raises ContractError where something older is left."""
    if parameters.before is None:
        raise ConfigError(
            "key 'before': say from which day on records are kept: --before 2023-01-01."
        )
    workspace = Workspace(parameters.workspace)
    asked = kept_from(workspace.retention) or parameters.before
    first = _monday_from(max(parameters.before, asked))
    with (
        only_one(workspace.weekly / "lock", "a weekly run of this workspace"),
        only_one(workspace.weekly / "training.lock", "a training"),
        _no_live_service(workspace),
    ):
        if not parameters.dry_run:
            _recover(parameters, workspace)
        with step(f"looking for what is older than {first}"):
            tables = _Tables.read(workspace, first)
            stale = _Stale.find(parameters, workspace, first)
        goes = [*tables.goes(), *stale.goes()]
        for one in goes:
            since = "" if one.oldest is None else f", the oldest of {one.oldest}"
            say(f"{'would go' if parameters.dry_run else 'goes'}: {one.count} "
                f"{KINDS['en'][one.kind]}{since}")  # fmt: skip
        if parameters.dry_run:
            say(
                f"dry run: nothing was changed. {len(goes)} kinds of things are older than {first}."
            )
            return
        keep_from(workspace.retention, first)
        with step("rewriting tables and panel"):
            tables.write(workspace, parameters.presence)
        with step("removing what was made from older records"):
            stale.remove(parameters, workspace)
        with step("reading everything again"):
            certificate = _certificate(parameters, workspace, first, goes)
    _tell(certificate, workspace)


def _no_live_service(workspace: Workspace) -> contextlib.AbstractContextManager:
    """Keep the live service from running meanwhile, in a town that has one."""
    if not workspace.live.exists():
        return contextlib.nullcontext()
    return only_one(workspace.live_lock, "a live service")


def _monday_from(day: dt.date) -> dt.date:
    """The Monday on or after a day: moved back, some days older than asked would stay."""
    return day + dt.timedelta(days=-day.weekday() % 7)


_TIMES = {"fines": "issued_at", "patrols": "started_at", "context": "end"} | PARKING_TABLES
"""The time of each table that says whether a row is older."""


@dataclass(frozen=True)
class _Tables:
    """The contract tables without what is older, what went of each, and the panel's weeks."""

    kept: Mapping[str, pd.DataFrame]
    quarantine: pd.DataFrame
    gone: list[Goes]

    def goes(self) -> list[Goes]:
        return [one for one in self.gone if one.count]

    @classmethod
    def read(cls, workspace: Workspace, first: dt.date) -> _Tables:
        """Raises NotEnoughDataError where nothing newer would be left."""
        kept: dict[str, pd.DataFrame] = {}
        gone: list[Goes] = []
        for name, time in _TIMES.items():
            path = workspace.table(name)
            if name != "fines" and not path.exists():
                continue
            table = read_table(name, path, "ingest")
            local = table[time].dt.tz_localize(None)
            older = local < pd.Timestamp(first)
            kept[name] = table[~older].reset_index(drop=True)
            day = None if not older.any() else local[older].min().date()
            gone.append(Goes(name, int(older.sum()), day))
        if kept["fines"].empty:
            raise NotEnoughDataError(
                f"no fine is newer than {first}: nothing would be left to work with. To forget the "
                f"whole town, delete {workspace.root} and its models."
            )
        if "context" in kept:
            kept["context"] = _no_earlier(kept["context"], first)
        zones = read_table("zones", workspace.table("zones"), "ingest")
        used = pd.concat([table["zone_id"] for table in kept.values() if "zone_id" in table])
        idle = ~zones["official"] & ~zones["zone_id"].isin(used)
        kept["zones"] = zones[~idle].reset_index(drop=True)
        gone.append(Goes("zones", int(idle.sum())))
        quarantine = workspace.quarantine
        rows = read_parquet(quarantine, "ingest") if quarantine.exists() else pd.DataFrame()
        # at the first forgetting nobody knows how old they are; later, ingest has seen to it
        sure = kept_from(workspace.retention) == first
        gone.append(Goes("quarantine", 0 if sure else len(rows)))
        gone.append(_old_weeks(workspace, first))
        return cls(kept, rows if sure else rows.iloc[:0], gone)

    def write(self, workspace: Workspace, presence: PresenceParameters) -> None:
        """All tables at once, then the panel made from them."""
        with new_folder(workspace.tables) as folder:
            for name, table in self.kept.items():
                write_table(name, table, folder / f"{name}.parquet")
            write_parquet(self.quarantine, folder / workspace.quarantine.name)
        if (workspace.panel / "panel.json").exists():
            panel = build(
                self.kept["zones"],
                self.kept["fines"],
                self.kept.get("patrols"),
                self.kept.get("context"),
                presence,
            )
            write_panel(panel, workspace.panel)


def _no_earlier(context: pd.DataFrame, first: dt.date) -> pd.DataFrame:
    """Context that reaches into what is kept, as if it had begun and become known at its start."""
    moved = context.copy()
    for name in ("start", "known_at"):
        if name in moved:
            floor = pd.Timestamp(first, tz=moved[name].dt.tz)
            moved[name] = moved[name].where(~(moved[name] < floor), floor)
    return moved


def _old_weeks(workspace: Workspace, first: dt.date) -> Goes:
    if not (workspace.panel / "panel.json").exists():
        return Goes("weeks", 0)
    panel = read_panel(workspace.panel)
    weeks = pd.concat([panel.fines["week"], panel.patrols["week"]]).unique()
    old = sorted(week for week in weeks if monday(week) < first)
    return Goes("weeks", len(old), monday(old[0]) if old else None)


@dataclass(frozen=True)
class _Stale:
    """What was made from older records: files and folders by kind, and runs of the registry."""

    paths: Mapping[str, list[tuple[Path, dt.date | None]]]
    runs: Mapping[str, str]

    @classmethod
    def find(cls, parameters: Parameters, workspace: Workspace, first: dt.date) -> _Stale:
        paths = {name: _dated(workspace.root / name, first) for name in _DATED}
        reports = workspace.report("")
        paths["reports"] = [(path, None) for path in sorted(reports.glob("*")) if not _own(path)]
        occupancy = [*workspace.occupancy("").glob("*"), *workspace.dashboard.glob("*")]
        paths["occupancy"] = [(path, None) for path in sorted(occupancy)]
        live = sorted(path for path in workspace.live.glob("*") if path != workspace.live_lock)
        paths["live"] = [(path, None) for path in live]
        paths["runs"] = [
            found for command in sorted((workspace.root / "runs").glob("*"))
            for found in _dated(command, first)
        ]  # fmt: skip
        runs: dict[str, str] = {}
        paths["bundles"] = []
        if not parameters.keep_models:
            folder = parameters.models / workspace.name
            paths["bundles"] = [
                (folder / bundle, week)
                for bundle, week in first_weeks(folder).items()
                if week < first
            ]
            bundles = {path.name for path, _ in paths["bundles"]}
            tracking = _tracking(parameters, workspace)
            runs = runs_before(tracking, first, bundles) if tracking else {}
        raw = (workspace.raw, workspace.truth) if parameters.raw else ()
        paths["raw"] = [(folder, None) for folder in raw if folder.exists()]
        return cls(paths, runs)

    def goes(self) -> list[Goes]:
        found = [
            Goes(
                kind,
                len(paths),
                min((day for _, day in paths if day is not None), default=None),
                tuple(path.name for path, _ in paths) if kind == "bundles" else (),
            )
            for kind, paths in self.paths.items()
            if paths
        ]
        runs = [Goes("mlflow_runs", len(self.runs), None, tuple(sorted(self.runs.values())))]
        return [*found, *runs] if self.runs else found

    def remove(self, parameters: Parameters, workspace: Workspace) -> None:
        """Runs first, while the bundles still tell which they are."""
        if self.runs:
            bundles = {path.name for path, _ in self.paths["bundles"]}
            retire(_tracking(parameters, workspace), self.runs, bundles)
        publications = Publications(workspace.publications)
        current = publications.current()
        gone = {path.name for path, _ in self.paths["publications"]}
        if current is not None and current.name in gone:
            publications.withdraw_current()
        for paths in self.paths.values():
            for path, _ in paths:
                _remove(path)


_DATED = ("scores", "plans", "maps", "publications")


def _own(path: Path) -> bool:
    return path.stem == "forget"


def _dated(folder: Path, first: dt.date) -> list[tuple[Path, dt.date | None]]:
    """What lies in a folder under the name of an older day, such as that of its target week."""
    found = []
    for path in sorted(folder.glob("[0-9]*")):
        try:
            day = dt.date.fromisoformat(path.name[:10])
        except ValueError:
            continue
        if day < first:
            found.append((path, day))
    return found


def _recover(parameters: Parameters, workspace: Workspace) -> None:
    """Put back what a killed run had moved aside, and remove what it was about to remove."""
    for path in (workspace.tables, workspace.panel):
        recover(path)
    for folder in (workspace.root, parameters.models / workspace.name):
        for path in folder.rglob(".*.old"):
            shutil.rmtree(path, ignore_errors=True)


def _remove(path: Path) -> None:
    """A folder goes under another name first, so that nobody reads half of it."""
    if path.is_dir() and not path.is_symlink():
        retired = path.with_name(f".{path.name}.old")
        path.rename(retired)
        shutil.rmtree(retired)
    else:
        path.unlink(missing_ok=True)


def _tracking(parameters: Parameters, workspace: Workspace) -> Tracking | None:
    """The registry, or None where there is none to forget in."""
    there = parameters.tracking.uri or (workspace.tracking / "mlflow.db").exists()
    if parameters.tracking.kind == "none" or not there:
        return None
    return Tracking(parameters.tracking, workspace.tracking, workspace.name, create=False)


def _certificate(
    parameters: Parameters, workspace: Workspace, first: dt.date, goes: list[Goes]
) -> dict[str, Any]:
    """What went and what is left, read again; written as JSON and as a page."""
    models = first_weeks(parameters.models / workspace.name)
    left = [
        {"bundle": name, "oldest": str(week), "proven": week >= first}
        for name, week in models.items()
    ]
    proof = prove(workspace.root, first)
    certificate = {
        "before": str(parameters.before),
        "kept_from": str(first),
        "done_at": parameters.started_at.isoformat(),
        "removed": [one.row() for one in goes],
        **proof,
        "models": left,
        "raw": raw_exports(parameters.data, parameters.limits, first),
        "proven": all(row["proven"] for row in proof["records"]),
    }
    page = render(certificate, parameters.data.title, parameters.language)
    write_json(workspace.report("forget.json"), certificate)
    write_text(workspace.report("forget.html"), page)
    return certificate


def _tell(certificate: Mapping[str, Any], workspace: Workspace) -> None:
    page = workspace.report("forget.html")
    for row in certificate["raw"]:
        if row["older"]:
            say(
                f"{row['file']} still holds {row['older']} older rows: to delete them is up to you."
            )
    left = [row["file"] for row in certificate["records"] if not row["proven"]]
    if left:
        raise ContractError(
            f"older than {certificate['kept_from']} and still there: {', '.join(left[:5])}. "
            f"{page} lists all. Run forget again; if they stay, report it."
        )
    say(f"nothing older than {certificate['kept_from']} is left: {page}")
    if any(row["file"].startswith("open_data/") for row in certificate["mentions"]):
        say(
            "open_data/ still counts fines of older months: `infraction-model publish` takes them "
            "out; what was put elsewhere is up to you."
        )
    for row in certificate["models"]:
        if not row["proven"]:
            say(f"model {row['bundle']} learnt from weeks since {row['oldest']} and was kept.")
    if not certificate["models"]:
        say("No model is left. Run `infraction-model train`, then promote.")
