"""A panel on disk: a folder of sparse parquet files and one JSON that says what they are."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from infraction_model.errors import InputError, MissingArtefactError
from infraction_model.exposure import Presences
from infraction_model.io.atomic import new_folder
from infraction_model.io.json_files import read_json, write_json
from infraction_model.io.tables import read_parquet, write_parquet
from infraction_model.panel import Panel

FORMAT = 3
_FRAMES = ("zones", "fines", "patrols", "context")
_PRESENCES = ("hours", "finds")


def write_panel(panel: Panel, folder: Path) -> None:
    """Write a panel whole or not at all."""
    about = {
        "format": FORMAT,
        "timezone": panel.timezone,
        "categories": list(panel.categories),
        "has_patrol_log": not panel.patrols.empty,
    }
    with new_folder(folder) as temporary:
        for name in _FRAMES:
            write_parquet(getattr(panel, name), temporary / f"{name}.parquet")
        for name in _PRESENCES:
            path = temporary / f"presence_{name}.parquet"
            write_parquet(getattr(panel.presences, name), path)
        write_json(temporary / "panel.json", about)


def read_panel(folder: Path) -> Panel:
    """Read a panel; raises MissingArtefactError naming the command that makes it."""
    about_path = Path(folder) / "panel.json"
    if not about_path.exists():
        raise MissingArtefactError(
            f"{folder} holds no panel. Run `infraction-model panel` with the same workspace first."
        )
    about = read_json(about_path, "panel")
    if about.get("format") != FORMAT:
        raise InputError(
            f"{about_path}: expected panel format {FORMAT}, got {about.get('format')!r}. "
            "Run `infraction-model panel` again."
        )
    frames = {name: read_parquet(Path(folder) / f"{name}.parquet", "panel") for name in _FRAMES}
    told = {
        name: read_parquet(Path(folder) / f"presence_{name}.parquet", "panel")
        for name in _PRESENCES
    }
    return Panel(
        timezone=about["timezone"],
        categories=tuple(about["categories"]),
        presences=Presences(**told),
        **frames,
    )


def fingerprint(panel: Panel) -> str:
    """A digest of all a panel holds, 16 hex digits: equal where every record is, and only there.

    It is of the content, not of the files: their bytes differ from one version of parquet to the
    next.
    """
    frames = {name: getattr(panel, name) for name in _FRAMES}
    frames |= {name: getattr(panel.presences, name) for name in _PRESENCES}
    digest = hashlib.sha256(repr((panel.timezone, panel.categories, panel.basis)).encode())
    for name, frame in frames.items():
        digest.update(repr((name, list(frame.columns), len(frame))).encode())
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]
