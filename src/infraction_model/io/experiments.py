"""Experiments on disk: one numbered folder per question, written whole, found by number or name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from infraction_model.errors import ConfigError, InputError, MissingArtefactError, did_you_mean
from infraction_model.io.atomic import new_folder, write_text
from infraction_model.io.json_files import read_json

FORMAT = 1
PAGE, OVERRIDES, MODEL, RESULT = "README.md", "overrides.yaml", "model.yaml", "result.json"
"""Of the settings, `overrides.yaml` has all that a backtest takes, `model.yaml` the model's own."""

_NUMBERED = re.compile(r"(\d{4,})-[a-z0-9-]+")
_LONGEST = 60


def slug(question: str) -> str:
    """A question as the name of a folder: lower-case letters and digits of ASCII, hyphens between.

    Raises ConfigError where nothing of it remains.
    """
    plain = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", plain.lower()))
    if not words:
        raise ConfigError(f"question={question!r}: expected a few words with letters or digits.")
    return words[:_LONGEST].rstrip("-")


def write_experiment(root: Path, question: str, files: Callable[[str], Mapping[str, str]]) -> Path:
    """Write a new experiment under the next free number, whole or not at all; gives its folder.

    `files` is told the folder's name and gives the text of each file by name. Numbers are taken
    under a lock, so that two runs at once get two.
    """
    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    name = slug(question)
    with FileLock(root / ".lock"):
        numbers = [int(found[1]) for found in map(_NUMBERED.fullmatch, _names(root)) if found]
        folder = root / f"{max(numbers, default=0) + 1:04d}-{name}"
        with new_folder(folder) as temporary:
            for file, text in files(folder.name).items():
                write_text(temporary / file, text)
    return folder


def read_experiments(root: Path, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The result.json of experiments by folder name, in the order `wanted`; all there are if empty.

    Each is wanted by number (3 or 0003), by name or by a path. Raises MissingArtefactError for one
    that is not there, InputError for one of another format.
    """
    there = [name for name in _names(root) if _NUMBERED.fullmatch(name)]
    names = [_find(root, one, there) for one in wanted] if wanted else there
    return {name: _read(root / name) for name in dict.fromkeys(names)}


def _names(root: Path) -> list[str]:
    return sorted(path.name for path in Path(root).glob("*") if path.is_dir())


def _find(root: Path, wanted: str, there: Sequence[str]) -> str:
    last = Path(wanted).name
    if last in there:
        return last
    if last.isdigit():
        found = [name for name in there if int(name.partition("-")[0]) == int(last)]
    else:
        found = [name for name in there if name.partition("-")[2] == last]
    if len(found) > 1:
        raise ConfigError(f"'{wanted}' is the name of {', '.join(found)}: give the number.")
    if not found:
        raise MissingArtefactError(
            f"{root} holds no experiment '{wanted}'. {did_you_mean(last, there)}"
        )
    return found[0]


def _read(folder: Path) -> dict[str, Any]:
    path = folder / RESULT
    if not path.exists():
        raise InputError(f"{folder} holds no {RESULT}: it is not an experiment, or not whole.")
    result = read_json(path, "backtest")
    if result.get("format") != FORMAT:
        raise InputError(
            f"{path}: expected an experiment of format {FORMAT}, got {result.get('format')!r}. "
            "Run the command in its README.md again with this version."
        )
    return result
