"""Whatever is killed when: no event is lost, and none raises an alert twice.

A made stream goes through a real mosquitto while the service is killed again and again, and the
broker once. What the state holds in the end is what one uninterrupted replay of the stream leaves.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

import pytest

from infraction_model.io.live_store import LiveStore, StoreParameters
from infraction_model.io.mqtt import MqttParameters, MqttSender
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines import live
from live.broker import Broker
from live.made_records import parameters_for
from live.made_stream import made_stream, write_zones

pytestmark = pytest.mark.timeout(240)
MESSAGES, ZONES, BAYS = 5000, 6, 20
KILLS = 12
LOOP = Path(__file__).with_name("kill_service.py")
TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def stream() -> list[bytes]:
    return made_stream(MESSAGES, seed=5, zones=ZONES, bays=BAYS)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory, stream) -> Path:
    """A workspace in which the stream was read from a file, in one go."""
    workspace = tmp_path_factory.mktemp("replayed")
    write_zones(workspace, ZONES)
    file = workspace / "stream.jsonl"
    file.write_bytes(b"\n".join(stream))
    live.run(parameters_for(workspace, source="file", file=str(file)))
    return workspace


@pytest.fixture(scope="module")
def killed(tmp_path_factory, stream) -> tuple[Path, list[dict]]:
    """A workspace whose service and broker were killed meanwhile, and how each run ended."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    workspace, runs = tmp_path_factory.mktemp("killed"), []
    write_zones(workspace, ZONES)
    with Broker(workspace / "broker") as broker:
        loop = subprocess.Popen(
            [sys.executable, LOOP, workspace, str(broker.port), str(KILLS), "11"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
        )
        wait_for_session(broker)
        gateway = Gateway(broker.port, stream)
        loop.stdin.write("\n")
        loop.stdin.flush()
        for line in loop.stdout:
            runs.append(json.loads(line))
            if len(runs) == KILLS // 2:
                broker.end(signal.SIGKILL)
                gateway.broken.set()
                broker.start()
            gateway.allowed = len(stream) * (len(runs) + 1) // (KILLS + 1)
        gateway.join()
        loop.communicate()
    return workspace, runs


def wait_for_session(broker: Broker) -> None:
    """Wait until the service has subscribed, and the broker has written that down."""
    log, deadline = broker.folder / "mosquitto.log", time.monotonic() + 60
    while "as infraction-model-live" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2.5)


class Gateway(threading.Thread):
    """Sends the messages, the first `allowed` of them: so some are left for every run.

    After a break it sends those of the last seconds once more: a broker that is killed loses what
    came since it last saved its state, here two seconds.
    """

    def __init__(self, port: int, stream: list[bytes]) -> None:
        super().__init__(daemon=True)
        self._port, self._stream = port, stream
        self.allowed, self.broken = len(stream) // (KILLS + 1), threading.Event()
        self.start()

    def run(self) -> None:
        broker = MqttParameters(host="127.0.0.1", port=self._port, client_id="gateway")
        sender, sent, at = MqttSender(broker), deque(), 0
        while at < len(self._stream):
            if self.broken.is_set():
                self.broken.clear()
                while sent and sent[-1] > time.monotonic() - 8.0:
                    sent.pop()
                at = len(sent)
            if at >= self.allowed:
                time.sleep(0.005)
            elif sender.publish("parking/bays", self._stream[at], seconds=2.0):
                sent.append(time.monotonic())
                at += 1
        sender.close()


def kept(workspace: Path) -> dict[str, list]:
    """All that came of the stream; not how often a message came, and not where from.

    An alert that a late message withdrew is there only where it had been kept before.
    """
    store = LiveStore(Workspace(workspace).live_state, StoreParameters())
    state = store.state(keep_hours=10_000.0)
    letters = [letter for letter, _ in store.dead_letters()]
    found = {
        "alerts": [one for one in store.alerts() if one.closed_because != "withdrawn"],
        "dead letters": letters,
        "clock": [state.clock],
        **{name: getattr(state, name) for name in ("bays", "tickets", "held", "quality")},
    }
    store.close()
    return {name: sorted(map(repr, records)) for name, records in found.items()}


def test_the_service_was_killed_while_it_worked(killed):
    _, runs = killed
    *cut, last = [run["code"] for run in runs]
    assert (cut, last) == ([-signal.SIGKILL] * KILLS, 0)
    known = [run["known"] for run in runs]
    assert known == sorted(set(known))


def test_nothing_is_lost_and_nothing_comes_twice(killed, replayed):
    workspace, _ = killed
    expected, found = kept(replayed), kept(workspace)
    assert len(expected["alerts"]) > 100
    assert len(expected["dead letters"]) > 20
    for name, records in expected.items():
        assert found[name] == records, name


def test_no_alert_is_raised_twice(killed):
    workspace, _ = killed
    store = LiveStore(Workspace(workspace).live_state, StoreParameters())
    alerts = store.alerts()
    assert len({(alert.bay_id, alert.stay_from) for alert in alerts}) == len(alerts)
    assert store.fates()["redelivered"] > 0
    store.close()
