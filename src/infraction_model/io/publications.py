"""What a town has published: a folder per target week, whole or not at all, and which is current.

A folder is filled under a temporary name and renamed once all of it is on the disk; only then does
`current` move to it. Whoever reads resolves `current` once and then reads one publication.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infraction_model.errors import MissingArtefactError
from infraction_model.io.atomic import write_text

WEEKS = "weeks.json"
"""In each publication: how the weeks published before it did, as known when it was made."""

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:_(\d+))?")
_POINTER = "current.txt"
_LEFT = re.compile(r"\.(\d{4}-\d{2}-\d{2}(_\d+)?\..*|current\.\d+|current\.txt\..*)")
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP)  # of a file system without links


@dataclass(frozen=True, order=True)
class Publication:
    """One published folder: the Monday of its target week, and which edition of that week."""

    target: dt.date
    edition: int = 1

    @property
    def name(self) -> str:
        return str(self.target) + ("" if self.edition == 1 else f"_{self.edition}")


class Publications:
    """The publications of one town, below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def folder(self, publication: Publication) -> Path:
        return self.root / publication.name

    def all(self) -> list[Publication]:
        """Every publication, oldest target week first, editions of a week in their order."""
        if not self.root.is_dir():
            return []
        found = [_parse(path.name) for path in self.root.iterdir() if not path.is_symlink()]
        return sorted(one for one in found if one is not None)

    def latest(self, target: dt.date) -> Publication | None:
        """The newest edition of a target week, or None."""
        return max((one for one in self.all() if one.target == target), default=None)

    def weeks(self) -> list[Publication]:
        """The newest edition of every target week, oldest first."""
        newest = {one.target: one for one in self.all()}
        return list(newest.values())

    @contextmanager
    def new(self, publication: Publication) -> Iterator[Path]:
        """Give a temporary folder to fill; on success it becomes the publication, in one step.

        Every file is on the disk before the folder gets its name. On any error nothing is left.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{publication.name}.", dir=self.root))
        try:
            temporary.chmod(0o755)  # mkdtemp's own mode would keep the planner out
            yield temporary
            _to_disk(temporary)
            temporary.rename(self.folder(publication))
            _sync(self.root)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def make_current(self, publication: Publication) -> None:
        """Let `current` point to a publication: a link, or a text file where links are not had."""
        temporary = self.root / f".current.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        try:
            temporary.symlink_to(publication.name, target_is_directory=True)
            if os.name == "nt":  # no link to a folder can be replaced in one step there
                (self.root / "current").unlink(missing_ok=True)
            os.replace(temporary, self.root / "current")
        except OSError as error:
            temporary.unlink(missing_ok=True)
            if os.name != "nt" and error.errno not in _NO_LINKS:
                raise
        write_text(self.root / _POINTER, publication.name + "\n")

    def withdraw_current(self) -> None:
        """Let `current` point to nothing: what it showed is to be removed."""
        (self.root / "current").unlink(missing_ok=True)
        (self.root / _POINTER).unlink(missing_ok=True)

    def current(self) -> Publication | None:
        """The publication that readers are shown, or None before the first."""
        link = self.root / "current"
        with contextlib.suppress(OSError):
            return _parse(link.readlink().name)
        with contextlib.suppress(OSError):
            return _parse((self.root / _POINTER).read_text(encoding="utf-8").strip())
        return None

    def current_folder(self) -> Path:
        """The folder of the current publication; MissingArtefactError before the first."""
        current = self.current()
        if current is None or not self.folder(current).is_dir():
            raise MissingArtefactError(
                f"nothing is published in {self.root}. Run `infraction-model weekly` first."
            )
        return self.folder(current)

    def sweep(self) -> None:
        """Remove what a killed run left half written. Only the holder of the lock may."""
        if self.root.is_dir():
            for path in [one for one in self.root.iterdir() if _LEFT.fullmatch(one.name)]:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _parse(name: str) -> Publication | None:
    found = _NAME.fullmatch(name)
    if not found:
        return None
    try:
        return Publication(dt.date.fromisoformat(found[1]), int(found[2] or 1))
    except ValueError:
        return None


def _to_disk(folder: Path) -> None:
    """Flush every file and folder below, so that a power cut cannot leave a name without bytes."""
    for path in [*folder.rglob("*"), folder]:
        _sync(path)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # folders cannot be opened there; a rename is on the disk when it returns
    # Windows flushes only what may be written; a folder can only be read
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
