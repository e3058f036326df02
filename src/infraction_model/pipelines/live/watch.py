"""What a person at a terminal sees while the live service runs, and what its log keeps."""

from __future__ import annotations

import datetime as dt
import logging
import time
from zoneinfo import ZoneInfo

from rich.console import Console

from infraction_model.io.event_source import Source
from infraction_model.io.live_store import LiveStore
from infraction_model.io.mqtt import MqttSource
from infraction_model.pipelines.live.service import Service

_LOG = logging.getLogger(__name__)
_SHOWN_EVERY, _LOGGED_EVERY = 0.5, 60.0  # seconds


class Watch:
    """One line that is kept up to date at a terminal; elsewhere a line in the log each minute."""

    def __init__(self, service: Service, store: LiveStore, source: Source, timezone: str) -> None:
        self._service, self._store, self._source = service, store, source
        self._zone = ZoneInfo(timezone)
        console = Console(stderr=True, highlight=False)
        self._status = console.status("no events yet") if console.is_terminal else None
        self._shown = self._logged = time.monotonic()

    def __enter__(self) -> Watch:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_) -> None:
        if self._status is not None:
            self._status.stop()
        _LOG.info("%s", self._said())

    def __call__(self) -> None:
        """Tell how far the service is, where it is time to."""
        now = time.monotonic()
        if self._status is not None and now - self._shown >= _SHOWN_EVERY:
            self._shown = now
            self._status.update(self._said())
        if now - self._logged >= _LOGGED_EVERY:
            self._logged = now
            _LOG.info("%s", self._said())

    def _said(self) -> str:
        clock = self._store.clock
        at = "no events yet"
        if clock is not None:
            at = f"{dt.datetime.fromtimestamp(clock, self._zone):%Y-%m-%d %H:%M:%S}"
        said = f"{at}: {self._service.messages} messages, {self._store.count_open()} open alerts"
        if not self._source.connected:
            said += "; the broker cannot be reached, trying again"
        if isinstance(self._source, MqttSource) and self._source.sessions_lost:
            said += "; the broker has lost the session, and what it kept for us"
        return said
