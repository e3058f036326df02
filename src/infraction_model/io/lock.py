"""A lock that keeps two runs in one workspace apart, and that no crash leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from infraction_model.errors import LockedError


@contextmanager
def only_one(path: Path, what: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock file at `path` while the block runs; `what` says what it keeps single.

    The operating system frees the lock with the process that holds it, however that ends; the file
    itself stays and means nothing. Raises LockedError where another process holds it for longer
    than `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LockedError(
            f"another run holds {path}: {what} is going on already. Wait until it is over."
        ) from None
    try:
        yield
    finally:
        lock.release()
