"""What every source of events has in common: a broker, a file, a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Received(NamedTuple):
    """A message as it came: its bytes, and where it came from (topic; file and line).

    `mid`, `qos` and `connection` are what a broker must be told to acknowledge it.
    """

    payload: bytes
    where: str
    mid: int = 0
    qos: int = 0
    connection: int = 0


class Source(Protocol):
    """Where messages come from, in order, and each until it is acknowledged.

    `connected`: whether they could come just now; a broker may be away. `place`: of a file, its
    name and how many of its lines were taken; None where what was taken does not come again.
    """

    connected: bool

    @property
    def place(self) -> tuple[str, int] | None: ...

    def take(self, most: int, seconds: float) -> list[Received] | None:
        """The next messages, after waiting up to `seconds` for one; None: there are no more."""

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Messages are kept, or known already: they need not be given again."""

    def close(self) -> None: ...
