"""The command `live`: what runs while the service takes events, and what it leaves."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from infraction_model.alerts.engine import Engine
from infraction_model.alerts.messages import BadMessage, read_message
from infraction_model.errors import ConfigError
from infraction_model.io.event_files import STDIN, FileSource, StreamSource, fingerprint
from infraction_model.io.event_source import Source
from infraction_model.io.live_store import LiveStore
from infraction_model.io.live_view import LiveView
from infraction_model.io.lock import only_one
from infraction_model.io.mqtt import MqttSource
from infraction_model.io.outgoing import sending
from infraction_model.io.tables import read_table, write_table
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.live.known import known_town, scored_basis
from infraction_model.pipelines.live.parameters import Parameters
from infraction_model.pipelines.live.replay import Paced
from infraction_model.pipelines.live.service import Service
from infraction_model.pipelines.live.tables import live_tables
from infraction_model.pipelines.live.watch import Watch


def run(parameters: Parameters) -> None:
    """Take events until they end or a signal comes; keep, show and send out the alerts.

    A replay leaves the contract tables alerts, dead_letters and sensor_quality below `live/`.
    Raises LockedError where the workspace has a live service already.
    """
    workspace = Workspace(parameters.workspace)
    _check(parameters)
    with only_one(workspace.live_lock, "a live service"):
        if parameters.restart:
            _forget(workspace.live_state)
        targets = parameters.outgoing.targets
        store = LiveStore(workspace.live_state, parameters.store, targets)
        with contextlib.closing(store), _ended_by_signals() as stopping:
            _serve_and_take(parameters, workspace, store, stopping)
            if parameters.source == "file":
                for name, table in live_tables(store, parameters.data.timezone).items():
                    write_table(name, table, workspace.live / f"{name}.parquet")
            _tell(store, workspace)


def _check(parameters: Parameters) -> None:
    if parameters.source == "file" and parameters.file is None:
        raise ConfigError(
            "key 'file': source=file needs the file of events (file=PATH), or file=- for standard "
            "input."
        )
    if parameters.source == "mqtt" and parameters.file is not None:
        raise ConfigError(
            f"key 'file': {parameters.file} is not read from a broker. Say source=file."
        )


def _forget(state: Path) -> None:
    for name in (state.name, f"{state.name}-wal", f"{state.name}-shm"):
        state.with_name(name).unlink(missing_ok=True)


def _serve_and_take(
    parameters: Parameters, workspace: Workspace, store: LiveStore, stopping: threading.Event
) -> None:
    with step("learning how long cars stay, where teams are, what the model says"):
        town = known_town(workspace, parameters.data, parameters.live)
        state = store.state(parameters.live.clock.keep_hours)
        engine = Engine(town, parameters.live, state)

    with contextlib.ExitStack() as running:
        view = running.enter_context(contextlib.closing(LiveView(workspace.live_state)))
        source = _source(parameters, store)
        running.callback(source.close)
        now = time.time if parameters.source == "mqtt" else None
        service = Service(engine, store, source, parameters.intake, stopping, now)
        if parameters.outgoing.targets:
            out, seed = parameters.outgoing, parameters.seed
            running.enter_context(sending(view, out, parameters.mqtt, os.environ, seed))
        if parameters.serve:
            running.enter_context(_page(parameters, workspace, view))
        with Watch(service, store, source, parameters.data.timezone) as watch:
            service.run(watch)
            if parameters.serve and parameters.linger:
                service.linger(watch)


def _source(parameters: Parameters, store: LiveStore) -> Source:
    """Where messages come from; a file begins after the lines that the state knows."""
    if parameters.source == "mqtt":
        say(f"listening to {parameters.mqtt.host}:{parameters.mqtt.port}; Ctrl-C ends it")
        before = store.subscribed()
        store.subscribe(parameters.mqtt.topics)
        return MqttSource(parameters.mqtt, store.clock is not None, before)
    if parameters.file == STDIN:
        return StreamSource()
    path = Path(parameters.file)
    skip = store.lines_read(fingerprint(path))
    if skip:
        say(f"{path}: going on after line {skip}; restart=true begins afresh")
    source = FileSource(path, skip)
    return Paced(source, parameters.speed, _time_of) if parameters.speed else source


def _time_of(payload: bytes) -> int | None:
    try:
        events = read_message(payload)
    except BadMessage:
        return None
    return events[0].at if events else None


@contextlib.contextmanager
def _page(parameters: Parameters, workspace: Workspace, view: LiveView) -> Iterator[None]:
    # the server and the page cost a second to import, and only this needs them
    from infraction_model.io.live_server import serving
    from infraction_model.maps.live.page import LiveTown, live_page

    data = parameters.data
    zones = read_table("zones", workspace.table("zones"), "ingest")
    basis = scored_basis(workspace)
    page = live_page(LiveTown(data.title, data.timezone, zones, basis), parameters.language)
    with serving(page, view, parameters.server, os.environ) as served:
        until = "until Ctrl-C" if parameters.linger else "until the replay ends"
        say(f"the live page, {until}: {served.link}")
        yield


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """What SIGTERM and SIGINT set, so that the service ends after the batch under way."""
    stopping = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopping.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(store: LiveStore, workspace: Workspace) -> None:
    """Say what the state holds now, and where it lies."""
    alerts, still_open, by_reason = 0, 0, Counter()
    for reasons, is_open, count in store.count_by_reasons():
        alerts, still_open = alerts + count, still_open + count * is_open
        by_reason += Counter(dict.fromkeys(reasons, count))
    said = ", ".join(f"{count} {name}" for name, count in sorted(by_reason.items()))
    say(f"{alerts} alerts, {still_open} of them open{said and ': '}{said}")
    fates = ", ".join(f"{count} {name}" for name, count in store.fates().items() if count)
    say(f"events: {fates or 'none yet'}")
    letters = Counter(letter.reason for letter, _ in store.dead_letters())
    if letters:
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(letters.items()))
        say(f"dead letters: {kinds}")
    say(f"state: {workspace.live_state}")
