"""Events from a file of JSON lines (.gz too) or from standard input, each with its line number."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import queue
import stat
import sys
import threading
import zlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from infraction_model.errors import InputError, of_os_error
from infraction_model.io.event_source import Received

STDIN = "-"
_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 20
"""Bytes. No message may be so long: of a longer line enough is kept for it to be refused."""
_BLOCKS_AHEAD = 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Some editors begin a file of UTF-8 with it; it is no part of the first line."""


def fingerprint(path: Path) -> str:
    """A name for a file by where it lies and how it begins: what a reader's place is kept under.

    A file that grows keeps its name once it is longer than 4 kB. Raises InputError where it cannot
    be read, or is a pipe: what is read of that to name it would be lost.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise InputError(
                f"key 'file': {path} is no file that can be read twice, but a pipe or a device. "
                f"Read it as standard input: file=- < {path}"
            )
        with open(path, "rb") as file:
            begins = hashlib.blake2b(file.read(4096), digest_size=8).hexdigest()
    except OSError as error:
        raise of_os_error(error, f"key 'file': cannot read {path}") from None
    return f"{path.resolve()}#{begins}"


class _Lines:
    """Blocks of bytes as numbered lines; blank lines count, but are not given."""

    def __init__(self, name: str) -> None:
        self.name, self.taken = name, 0
        self._waiting: deque[bytes] = deque()
        self._rest = b""

    def __len__(self) -> int:
        return len(self._waiting)

    def feed(self, block: bytes) -> None:
        *whole, rest = (self._rest + block).split(b"\n")
        self._waiting.extend(whole)
        self._rest = rest[:_LONGEST_LINE]

    def end(self) -> bytes:
        """There is no more: what stands behind the last line break is a line too; gives that."""
        rest, self._rest = self._rest, b""
        if rest:
            self._waiting.append(rest)
        return rest

    def drop(self, most: int) -> None:
        while self._waiting and most > 0:
            self._waiting.popleft()
            self.taken, most = self.taken + 1, most - 1

    def take(self, most: int) -> list[Received]:
        given = []
        while self._waiting and len(given) < most:
            line = self._waiting.popleft()
            self.taken += 1
            if self.taken == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            if line.strip():
                given.append(Received(line, f"{self.name}:{self.taken}"))
        return given


class FileSource:
    """The lines of a file, beginning after the first `skip` of them.

    Raises InputError where there is no such file, or where it breaks off.
    """

    def __init__(self, path: Path, skip: int = 0) -> None:
        self._path, self._name, self.connected = path, fingerprint(path), True
        try:
            self._file: io.BufferedIOBase = (
                gzip.open(path) if path.suffix == ".gz" else open(path, "rb")  # noqa: SIM115 - close()
            )
        except OSError as error:
            raise of_os_error(error, f"key 'file': cannot read {path}") from None
        self._lines, self._over, self._unfinished = _Lines(path.name), False, False
        self._broken_by: Exception | None = None
        while self.lines < skip and self._fill(1):
            self._lines.drop(skip - self.lines)

    @property
    def lines(self) -> int:
        return self._lines.taken

    @property
    def place(self) -> tuple[str, int]:
        """The file's name (`fingerprint`), and how many lines were taken: where others go on.

        Not counted is a last line that is cut off and may be under way: when there is more of the
        file, it is read anew.
        """
        ends_within = self._unfinished and not len(self._lines)
        return self._name, self.lines - ends_within

    def take(self, most: int, seconds: float = 0.0) -> list[Received] | None:
        """The next lines, `most` at most; None once there are no more. Never waits."""
        if self._fill(most):
            return self._lines.take(most)
        if self._broken_by is not None:
            raise InputError(
                f"key 'file': {self._path} breaks off after line {self.lines} ({self._broken_by}). "
                "Copy it again."
            )
        return None

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Nothing to do: `place` says how far we are."""

    def close(self) -> None:
        self._file.close()

    def _fill(self, most: int) -> bool:
        """Read until so many lines wait; gives whether any does."""
        while len(self._lines) < most and not self._over:
            try:
                # no more than one read below: a later one that fails must not take it along
                block = self._file.read1(_BLOCK)
            except (OSError, EOFError, zlib.error) as error:
                self._broken_by, self._over = error, True
                break
            if block:
                self._lines.feed(block)
            else:
                rest = self._lines.end()
                self._over, self._unfinished = True, bool(rest) and not _is_json(rest)
        return len(self._lines) > 0


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


class StreamSource:
    """The lines of standard input, or of another stream of bytes, as they come.

    A thread reads ahead, a little, so that waiting for a line can be given up. Raises InputError
    where standard input is closed, or cannot be read.
    """

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        self._stream = stream or _standard_input()
        self.connected = True
        self._lines, self._over = _Lines("standard input"), False
        self._broken_by: OSError | None = None
        self._blocks: queue.Queue[bytes] = queue.Queue(_BLOCKS_AHEAD)
        threading.Thread(target=self._read, name="standard-input", daemon=True).start()

    @property
    def place(self) -> None:
        """A stream is not read again."""

    def take(self, most: int, seconds: float) -> list[Received] | None:
        """The lines that are there, after waiting up to `seconds` for one; None at the end."""
        if not len(self._lines) and not self._over:
            with contextlib.suppress(queue.Empty):
                block = self._blocks.get(timeout=seconds)
                self._over = not block
                self._lines.feed(block) if block else self._lines.end()
        if self._over and not len(self._lines):
            if self._broken_by is not None:
                raise of_os_error(self._broken_by, _UNREADABLE)
            return None
        return self._lines.take(most)

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Nothing to do: what was read is gone from the stream."""

    def close(self) -> None:
        """Nothing to do: the thread ends with the stream, or with the program."""

    def _read(self) -> None:
        block = b"more"
        while block:
            try:
                block = self._stream.read(_BLOCK) or b""
            except OSError as error:
                self._broken_by, block = error, b""
            self._blocks.put(block)


_UNREADABLE = "key 'file': cannot read standard input (file=-)"


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:  # closed by whoever started us
        raise InputError(f"{_UNREADABLE}: it is closed. Give it a stream: ... | file=-, or < FILE.")
    try:
        # unbuffered: a buffer's lock would be held by the thread when the program ends
        return io.FileIO(sys.stdin.fileno(), closefd=False)
    except OSError as error:
        raise of_os_error(error, _UNREADABLE) from None
