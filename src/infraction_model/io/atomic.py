"""A file or folder is written whole or not at all: a temporary name beside it, then a rename."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infraction_model.errors import of_os_error


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; on success it becomes `path`, on any error it vanishes.

    Parent folders are made. Raises StorageError where the folder cannot be written, InputError
    where it cannot be one.
    """
    path = Path(path)
    temporary = _temporary_beside(path)
    try:
        yield temporary
        with open(temporary, "rb+") as handle:  # Windows flushes only what may be written
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; on success it takes the place of `path`, or vanishes."""
    path = Path(path)
    temporary = _temporary_beside(path)
    temporary.mkdir()
    retired = temporary.with_suffix(".old")
    try:
        yield temporary
        if path.exists():
            os.replace(path, retired)
        try:
            os.replace(temporary, path)
        except OSError:
            if retired.exists() and not path.exists():
                os.replace(retired, path)
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(retired, ignore_errors=True)


def recover(path: Path) -> None:
    """Put back a folder that a killed `new_folder` had moved aside, and clear what was left.

    Clears what a killed `new_file` left of a file as well.

    Only for a caller that knows no other run writes `path` meanwhile.
    """
    path = Path(path)
    retired = sorted(path.parent.glob(f".{path.name}.*.old"))
    if retired and not path.exists():
        os.replace(retired.pop(), path)
    for leftover in [*retired, *path.parent.glob(f".{path.name}.*.tmp")]:
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with new_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes whole or not at all."""
    with new_file(path) as temporary:
        temporary.write_bytes(content)


def _temporary_beside(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise of_os_error(error, f"cannot write {path}") from None
    os.close(handle)
    Path(name).unlink()
    return Path(name)
