"""A recorded stream at a pace: each event when its time has come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from infraction_model.errors import InputError
from infraction_model.io.event_files import FileSource
from infraction_model.io.event_source import Received

_LONGEST_STEP = 3600
"""Seconds. Nobody waits for an event further ahead: a night without events, or a wrong clock."""


class Paced:
    """A file's events at `speed` times the pace at which they happened.

    `time_of` gives the time of a message in seconds, None where it has none. A message without a
    time, or with one before or far ahead of its predecessor's, comes together with that.
    """

    def __init__(
        self,
        source: FileSource,
        speed: float,
        time_of: Callable[[bytes], int | None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source, self._speed, self._time_of = source, speed, time_of
        self._clock, self._sleep = clock, sleep
        self._waiting: deque[tuple[float, tuple[str, int], Received]] = deque()
        self._at: int | None = None
        self._passed, self._began, self._over = 0, 0.0, False
        self._broken_by: InputError | None = None
        self.place, self.connected = source.place, True

    def take(self, most: int, seconds: float) -> list[Received] | None:
        """The messages whose time has come, after waiting up to `seconds`; None at the end."""
        self._read_ahead(most)
        if not self._waiting:
            if self._broken_by is not None:
                raise self._broken_by
            return None
        pause = self._waiting[0][0] - self._clock()
        if pause > 0:
            self._sleep(min(pause, seconds))
        now, due = self._clock(), []
        while self._waiting and len(due) < most and self._waiting[0][0] <= now:
            _, self.place, message = self._waiting.popleft()
            due.append(message)
        return due

    def acknowledge(self, messages: Sequence[Received]) -> None:
        self._source.acknowledge(messages)

    def close(self) -> None:
        self._source.close()

    def _read_ahead(self, most: int) -> None:
        while len(self._waiting) < most and not self._over:
            try:
                taken = self._source.take(1)
            except InputError as error:  # once what was read before has come
                self._broken_by, taken = error, None
            self._over = taken is None
            for message in taken or ():
                self._waiting.append((self._due(message), self._source.place, message))

    def _due(self, message: Received) -> float:
        at = self._time_of(message.payload)
        if self._at is None:
            self._began, self._at = self._clock(), at
        elif at is not None and not -_LONGEST_STEP <= at - self._at <= 0:
            self._passed += at - self._at if 0 < at - self._at <= _LONGEST_STEP else 0
            self._at = at
        return self._began + self._passed / self._speed
