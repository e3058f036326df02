"""A model on disk: a folder of text files that says all it takes to predict; no pickle.

A bundle is named after its content, so the same model has the same name on every machine. It is the
truth of what a model is; the tracking store only points to it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from infraction_model import parameters as reading
from infraction_model.errors import InputError, MissingArtefactError
from infraction_model.forecast import (
    EstimatorParameters,
    Forecaster,
    ForecastParameters,
    Town,
    restore_estimator,
)
from infraction_model.io.atomic import new_folder, write_bytes, write_text
from infraction_model.io.json_files import read_json
from infraction_model.timegrid import monday, week_starting

FORMAT = 1
ABOUT = "bundle.json"


@dataclasses.dataclass(frozen=True)
class _About:
    """The content of bundle.json."""

    format: int
    town: Town
    forecast: ForecastParameters
    estimator: reading.one_of(*EstimatorParameters.__args__)
    spread: tuple[float, ...]
    held_out_log_loss: float
    trained_origin: str
    label_weeks: list[str]
    rows: int
    files: dict[str, str]


def bundle_folder(models: Path, town: str, name: str) -> Path:
    """The folder of a town's bundle; ConfigError where the name would lead out of `models`."""
    return Path(models) / town / reading.plain_name(name, "name of a model bundle")


def write_bundle(
    forecaster: Forecaster,
    folder: Path,
    describe: Callable[[str], Mapping[str, bytes]] = lambda name: {},
) -> Path:
    """Write a bundle below `folder` under its own name, whole or not at all; gives its path.

    `describe` is given that name and returns files to lie beside the model, its card: they say what
    it is and are no part of what it is named after.
    """
    files = forecaster.estimator.files()
    about = json.dumps(_about(forecaster, files), indent=1, sort_keys=True)
    digest = hashlib.sha256(about.encode()).hexdigest()[:10]
    name = f"{monday(forecaster.trained_origin)}-{forecaster.estimator_parameters.kind}-{digest}"
    described = describe(name)
    with new_folder(Path(folder) / name) as temporary:
        write_text(temporary / ABOUT, about)
        for file, text in files.items():
            write_text(temporary / file, text)
        for file, content in described.items():
            write_bytes(temporary / file, content)
    return Path(folder) / name


def read_bundle(folder: Path) -> Forecaster:
    """Read a bundle, checking each file against the digest written beside it.

    Raises MissingArtefactError where there is none, InputError where a file is not as written or
    is of another version.
    """
    about_path = Path(folder) / ABOUT
    if not about_path.exists():
        raise MissingArtefactError(
            f"{folder} holds no model bundle. Run `infraction-model train` first, or name another."
        )
    about = read_json(about_path, "train")
    known = reading.read(_About, about)
    if known.format != FORMAT:
        raise InputError(f"{about_path}: expected bundle format {FORMAT}, got {known.format}.")
    files = {name: _read_checked(Path(folder), name, known.files[name]) for name in known.files}
    try:
        estimator = restore_estimator(known.estimator, files)
    except (KeyError, IndexError, ValueError) as error:
        raise InputError(
            f"{folder} was written by another version of this software, which kept other figures "
            f"({error!r}). Train again."
        ) from None
    return Forecaster(
        town=known.town,
        parameters=known.forecast,
        estimator_parameters=known.estimator,
        estimator=estimator,
        spread=known.spread,
        held_out_log_loss=known.held_out_log_loss,
        trained_origin=_week(known.trained_origin),
        label_weeks=tuple(_week(week) for week in known.label_weeks),
        rows=known.rows,
    )


def _about(forecaster: Forecaster, files: dict[str, str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "town": dataclasses.asdict(forecaster.town),
        "forecast": dataclasses.asdict(forecaster.parameters),
        "estimator": dataclasses.asdict(forecaster.estimator_parameters),
        "spread": forecaster.spread,
        "held_out_log_loss": forecaster.held_out_log_loss,
        "trained_origin": str(monday(forecaster.trained_origin)),
        "label_weeks": [str(monday(week)) for week in forecaster.label_weeks],
        "rows": forecaster.rows,
        "files": {name: _digest(text) for name, text in files.items()},
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _read_checked(folder: Path, name: str, digest: str) -> str:
    path = folder / name
    # the name comes from a file that may have been edited: it must stay inside the bundle
    if Path(name).name != name or not path.is_file():
        raise InputError(f"{folder}: file '{name}' of the bundle is not there. Train again.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{path} was changed after training (its digest differs). Train again.")
    return content.decode("utf-8")


def _week(date: str) -> int:
    return week_starting(dt.date.fromisoformat(date))
