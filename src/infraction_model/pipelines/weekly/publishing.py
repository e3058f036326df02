"""What a publication holds: the map, its tables, how data and model are, and a record."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from infraction_model import __version__
from infraction_model.io.json_files import write_json
from infraction_model.io.publications import WEEKS
from infraction_model.io.tables import write_table
from infraction_model.maps.background import Background
from infraction_model.maps.week import MapParameters, MapWeek
from infraction_model.pipelines.week_files import write_page
from infraction_model.reports.status_page import prometheus_text, render, status_json

RECORD = "publication.json"


def fill(
    folder: Path,
    week: MapWeek,
    scores: pd.DataFrame,
    status: dict[str, Any],
    record: dict[str, Any],
    chosen: MapParameters,
    background: Background,
) -> None:
    """Write page, status and scores into a folder; the record, last, names all files' digests."""
    write_page(folder, week, background, chosen, status["banner"])
    write_table("scores", scores, folder / "scores.parquet")
    _text(folder / "status.html", render(status, chosen.language))
    write_json(folder / "status.json", status_json(status))
    write_json(folder / WEEKS, {"weeks": status["weeks"]})
    _text(folder / "status.prom", prometheus_text(status))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    write_json(folder / RECORD, record | {"software": __version__, "files": digests})


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
