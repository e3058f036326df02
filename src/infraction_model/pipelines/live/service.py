"""The loop of the live service: a batch through the engine, kept, and then acknowledged."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt

from infraction_model.alerts.engine import Engine
from infraction_model.alerts.events import DeadLetter, Event, Tick, Verdict
from infraction_model.alerts.messages import BadMessage, read_message
from infraction_model.io.event_source import Received, Source
from infraction_model.io.live_store import Batch, LiveStore, digest

_LONGEST_JUMP = 3600
"""Seconds. Where the events are further behind this machine's clock, it is no live stream."""
_LONGEST_TEXT = 4000

_UNREADABLE = (
    BadMessage,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading a message may raise. Only the first is meant to come; the others would be an
error of ours, for which the service must not end: the message would come again at each start."""


@dataclass(frozen=True)
class IntakeParameters:
    """How messages are taken in: up to `batch` at a time, after waiting up to `wait_seconds`.

    `tick_seconds`: when no message came for so long over a standing connection, the service tells
    the engine the time, so that alerts fall due; 0: never, only the messages tell the time, and
    they may be ahead of this machine's clock.
    """

    batch: Annotated[int, Ge(1)] = 10_000
    wait_seconds: Annotated[float, Gt(0)] = 0.2
    tick_seconds: Annotated[float, Ge(0)] = 10.0


class Service:
    """Takes messages until there are no more, or until `stopping` is set.

    `now` tells this machine's time in seconds, for ticks and as a bound of what bays may claim;
    None for a replay, whose time is that of its events alone.
    """

    def __init__(
        self,
        engine: Engine,
        store: LiveStore,
        source: Source,
        parameters: IntakeParameters,
        stopping: threading.Event,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._engine, self._store, self._source = engine, store, source
        self._parameters, self._stopping, self._now = parameters, stopping, now
        self._quiet_since: float | None = None
        self.messages = 0

    def run(self, watch: Callable[[], None]) -> None:
        """Take in messages; `watch` is called after each turn, whether or not any came."""
        while not self._stopping.is_set():
            taken = self._source.take(self._parameters.batch, self._parameters.wait_seconds)
            if taken is None:
                self._store.commit(self._engine.finish(), Batch(place=self._source.place))
                break
            self._turn(taken)
            watch()

    def linger(self, watch: Callable[[], None]) -> None:
        """After the last message: take what officers say, until `stopping` is set."""
        while not self._stopping.wait(self._parameters.wait_seconds):
            self._turn([])
            watch()

    def _turn(self, messages: list[Received]) -> None:
        digests, letters, fates = {}, [], Counter()
        events: list[Event] = []
        for message in messages:
            key = digest(message.payload)
            if key in digests or self._store.knows(key):
                fates["redelivered"] += 1
                continue
            digests[key] = None
            try:
                events += read_message(message.payload)
            except _UNREADABLE as error:
                letters.append((_dead_letter(message, error), message.where))
        fates["bad_message"] += len(letters)
        verdicts = self._store.inbox()
        events += self._verdicts(verdicts)
        now = self._machine_time()
        if messages:
            self._quiet_since = None
        elif not events:
            events += self._tick(now)
        if messages or events:
            taken = [number for number, *_ in verdicts]
            batch = Batch(list(digests), letters, fates, taken, self._source.place)
            latest = None if now is None else int(now)
            self._store.commit(self._engine.handle(events, latest), batch)
            self._source.acknowledge(messages)
        self.messages += len(messages)

    def _verdicts(self, waiting: list[tuple[int, str, bool]]) -> list[Event]:
        at = self._store.clock or 0
        return [Verdict(alert_id, right, at) for _, alert_id, right in waiting]

    def _machine_time(self) -> float | None:
        """This machine's time; None where it does not count."""
        if self._now is None or not self._parameters.tick_seconds:
            return None
        return self._now()

    def _tick(self, now: float | None) -> list[Event]:
        if now is None:
            return []
        clock = self._store.clock
        # what a broker kept while it or we were away comes first
        if self._quiet_since is None or not self._source.connected:
            self._quiet_since = now
        if now - self._quiet_since < self._parameters.tick_seconds:
            return []
        self._quiet_since = now
        if clock is not None and now - clock > _LONGEST_JUMP:
            return []
        return [Tick(int(now))]


def _dead_letter(message: Received, error: Exception) -> DeadLetter:
    text = message.payload[:_LONGEST_TEXT].decode("utf-8", errors="replace")
    if len(message.payload) > _LONGEST_TEXT:
        text += f" ... ({len(message.payload)} bytes, {digest(message.payload).hex()})"
    detail = str(error) if isinstance(error, BadMessage) else f"cannot be read: {error!r}"
    return DeadLetter("bad_message", detail, None, text)
