"""The command `publish`: what is read, what is said, and the folder that is written whole."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from infraction_model import __version__
from infraction_model.errors import ConfigError
from infraction_model.io.atomic import new_folder
from infraction_model.io.json_files import json_text
from infraction_model.io.retention import kept_from
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.open_data.occupancy import best_known
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.publish.files import PAGE, Publication, contents
from infraction_model.pipelines.publish.fines import RECORD, fine_rows, published_before
from infraction_model.pipelines.publish.sheet import model_figures
from infraction_model.pipelines.publish.tables import (
    Occupancy,
    OpenDataParameters,
    PublicRows,
    occupancy_rows,
)
from infraction_model.pipelines.town import TownData
from infraction_model.timegrid import monday, to_local, week_of, week_starting

_NO_OCCUPANCY = Occupancy([], None, None)
_SUNDAY = pd.Timedelta(hours=36)


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model publish`."""

    workspace: Path
    data: TownData
    open_data: OpenDataParameters
    models: Path = Path("models")
    origin: dt.date | None = None
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Write the folder `open_data`, whole or not at all, and name its page."""
    workspace, chosen = Workspace(parameters.workspace), parameters.open_data
    folder = workspace.open_data
    zones = read_table("zones", workspace.table("zones"), "ingest")
    fines = read_table("fines", workspace.table("fines"), "ingest")
    known = _occupancy(workspace)
    times = [fines["issued_at"], *([] if known is None else [known["starts_at"]])]
    origin = _origin(parameters.origin, times)
    occupancy = _NO_OCCUPANCY
    if known is not None:
        occupancy = occupancy_rows(known, zones, origin, parameters.data.calendar, chosen)
    with step("withholding small counts of fines"):
        before, first = published_before(folder), kept_from(workspace.retention)
        counted = fine_rows(fines, zones, monday(origin), first, before, chosen)
    tables = [*occupancy.tables, *counted.tables]
    with step("writing open data and the sheet of the algorithm"):
        model = model_figures(workspace, parameters.models)
        made = Publication(parameters.data, zones, origin, tables, occupancy, counted.months, model)
        found = contents(made, chosen, parameters.language)
        found[RECORD] = _record(made, chosen.k, found)
        with new_folder(folder) as temporary:
            for name, content in found.items():
                (temporary / name).write_bytes(content)
    _tell(tables, counted.new)
    if known is None:
        say("no occupancy is known: run `infraction-model occupancy` to publish it as well")
    say(f"open data, its dictionary first: {(folder / PAGE).resolve()}")


def _occupancy(workspace: Workspace) -> pd.DataFrame | None:
    """The best-known occupancy of each zone and hour, None where none is known."""
    found = []
    for source in ("sensors", "payments"):
        path = workspace.occupancy(source) / "occupancy.parquet"
        found.append(read_table("occupancy", path, "occupancy") if path.exists() else None)
    return best_known(*found)


def _origin(asked: dt.date | None, times: Sequence[pd.Series]) -> int:
    """The week asked for, or the one after the last week of which there is any record."""
    if asked is not None:
        return week_starting(asked)
    ends = [to_local(own).max() for own in times if len(own)]
    if not ends:
        raise ConfigError("key 'origin': there is no record to tell it by; name a Monday.")
    # the last Sunday of an export is often without a record
    return int(week_of(np.array([(max(ends) + _SUNDAY).to_datetime64()]))[0])


def _record(made: Publication, k: int, found: Mapping[str, bytes]) -> bytes:
    """What the folder was made from: origin, under which rule each month is published, digests."""
    content: dict[str, Any] = {
        "origin": str(made.day),
        "software": __version__,
        "k": k,
        "months": made.months,
        "files": {name: hashlib.sha256(text).hexdigest() for name, text in found.items()},
    }
    return json_text(content).encode()


def _tell(tables: Sequence[PublicRows], new: Sequence[str]) -> None:
    for one in tables:
        secret = ""
        if "statut" in one.rows:
            secret = f", {(one.rows['statut'] == 'secret').mean():.0%} of them withheld"
        say(f"{one.table.name}: {len(one.rows)} rows{secret}")
    say(f"months of fines published for the first time: {', '.join(new) or 'none'}")
