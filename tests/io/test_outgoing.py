"""Alerts go out for real: to an HTTP server that fails at first, and to a mosquitto broker."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import random
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from unittest.mock import Mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_live
from infraction_model.alerts.events import Alert
from infraction_model.errors import ConfigError
from infraction_model.io import outgoing
from infraction_model.io.live_view import LiveView
from infraction_model.io.mqtt import MqttParameters, MqttSender, MqttSource
from infraction_model.io.outgoing import (
    SECRET,
    Delivery,
    OutgoingParameters,
    WebhookTarget,
    message_of,
    sending,
    signature,
    wait_seconds,
)
from live.broker import Broker

KEY = "a secret of sixteen or more"
QUICK = {
    "first_seconds": 0.02,
    "longest_seconds": 0.1,
    "look_seconds": 0.01,
    "patience_seconds": 0.5,
}


@pytest.fixture
def state(tmp_path):
    with contextlib.closing(made_live.MadeState(tmp_path / "live.sqlite")) as made:
        yield made


class Receiver:
    """An HTTP server that answers with the given statuses in turn, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.answers = threading.Event()  # it keeps who asks waiting while this is clear
        self.answers.set()
        self.posts: list[tuple[dict, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.posts.append((dict(self.headers), body))
                receiver.answers.wait(20)
                left = receiver.statuses
                status = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):  # what follows a redirection
                self.do_POST()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/alerts"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def revisions(self, alert_id: str) -> list[int]:
        told = [json.loads(body) for _, body in self.posts]
        return [one["revision"] for one in told if one["alert_id"] == alert_id]


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


@contextlib.contextmanager
def going_out(state, broker=None, environment=None, **settings):
    parameters = OutgoingParameters(**QUICK | settings)
    with (
        contextlib.closing(LiveView(state.path)) as view,
        sending(view, parameters, broker or MqttParameters(), environment or {}, seed=1),
    ):
        yield


def test_a_webhook_that_fails_at_first_gets_every_alert_in_the_end(state):
    alerts = made_live.alerts(6, ["z1", "z2"])
    state.send_out("webhook", *alerts)
    receiver = Receiver(500, 503, 302, 404, 200)
    with contextlib.closing(receiver), going_out(state, webhook=receiver.address):
        until(lambda: not state.waiting())
    bodies = [body for _, body in receiver.posts[4:]]
    assert sorted(bodies) == sorted(message_of(alert) for alert in alerts)
    assert len(receiver.posts) == 4 + 6  # no redirection followed, nothing sent once more


def test_what_goes_out_is_the_alert_with_its_state_and_signed(state):
    gone = made_live.closed(made_live.alert("a1", "z1", reasons=("overstay", "unpaid")), "paid")
    state.send_out("webhook", gone)
    receiver = Receiver(204)
    with (
        contextlib.closing(receiver),
        going_out(state, environment={SECRET: KEY}, webhook=receiver.address),
    ):
        until(lambda: not state.waiting())
    [(headers, body)] = receiver.posts
    told = json.loads(body)
    assert told.pop("state") == "closed"
    assert msgspec.convert(told, Alert) == gone
    assert headers["Idempotency-Key"] == "a1-2"
    at, digest = headers["X-Infraction-Model-Signature"].split(",")
    signed = at.removeprefix("t=").encode() + b"." + body
    expected = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    assert digest == f"sha256={expected}"
    assert abs(int(at.removeprefix("t=")) - time.time()) < 60


def test_a_slow_webhook_holds_up_nothing_but_itself(state, broker):
    alerts = made_live.alerts(4, ["z1"])
    for target in ("webhook", "mqtt"):
        state.send_out(target, *alerts)
    receiver = Receiver(200)
    receiver.answers.clear()
    to_both = {"topic": "town", "webhook": receiver.address, "patience_seconds": 20.0}
    with (
        contextlib.closing(receiver),
        going_out(state, MqttParameters(port=broker), **to_both),
    ):
        until(lambda: len(state.waiting()) == 4)  # the broker has all of them
        state.put(*alerts)  # nor is the intake kept waiting
        assert len(receiver.posts) <= 1
        receiver.answers.set()
        until(lambda: not state.waiting())
    assert len(receiver.posts) == 4


def test_a_newer_revision_takes_the_place_of_the_one_that_waits(state):
    first = made_live.alert("a1", "z1")
    state.send_out("webhook", first)
    receiver = Receiver(503)
    with contextlib.closing(receiver), going_out(state, webhook=receiver.address):
        until(lambda: len(receiver.posts) >= 2)
        state.send_out("webhook", made_live.closed(first))
        until(lambda: 2 in receiver.revisions("a1"))
        receiver.statuses = [200]
        until(lambda: not state.waiting())
    told = receiver.revisions("a1")
    assert told == sorted(told)
    assert told[0] == 1


def test_the_next_try_outlives_a_restart_and_one_bad_alert_holds_up_no_other(state):
    """A clock of its own: nothing waits for real."""
    clock = [1000.0]
    state.send_out("webhook", made_live.alert("bad", "z1"), made_live.alert("good", "z1"))

    class Choosy:
        tried: ClassVar[list[str]] = []

        def close(self):
            pass

        def send(self, alert):
            self.tried.append(alert.alert_id)
            return alert.alert_id != "bad"

    parameters = OutgoingParameters(webhook="http://localhost/", first_seconds=2.0)
    for _ in range(2):  # a restart between the two
        with contextlib.closing(LiveView(state.path)) as view:
            delivery = Delivery("webhook", Choosy(), view, parameters, 1, lambda: clock[0])
            delivery.once()
            delivery.once()
    assert Choosy.tried == ["bad", "good"]
    [(name, tries, next_try)] = state.waiting()
    assert (name, tries) == ("bad", 1)
    assert 1001.0 <= next_try <= 1003.0
    clock[0] = next_try + 0.01
    with contextlib.closing(LiveView(state.path)) as view:
        Delivery("webhook", Choosy(), view, parameters, 1, lambda: clock[0]).once()
    [(_, tries, later)] = state.waiting()
    assert tries == 2
    assert 2.0 <= later - clock[0] <= 6.0


def test_told_to_stop_it_begins_with_no_further_alert(state):
    state.send_out("webhook", *made_live.alerts(5, ["z1"]))
    stop, tried = threading.Event(), []
    target = Mock(send=lambda alert: tried.append(alert) or stop.set() or True)
    with contextlib.closing(LiveView(state.path)) as view:
        delivery = Delivery("webhook", target, view, OutgoingParameters(), 1, time.time)
        delivery.once(stop)
    assert len(tried) == 1
    assert len(state.waiting()) == 4


def test_the_end_does_not_wait_for_a_webhook_that_does_not_answer(state, monkeypatch):
    monkeypatch.setattr(outgoing, "_LEAVING_SECONDS", 0.2)
    state.send_out("webhook", *made_live.alerts(3, ["z1"]))
    receiver = Receiver(200)
    receiver.answers.clear()
    with contextlib.closing(receiver):
        with going_out(state, webhook=receiver.address, patience_seconds=15.0):
            until(lambda: receiver.posts)
            began = time.monotonic()
        assert time.monotonic() - began < 3
        receiver.answers.set()
        # the thread that was left behind ends without a complaint
        until(lambda: not [t for t in threading.enumerate() if t.name.startswith("webhook")])
    assert len(state.waiting()) == 3  # to be sent at the next start


def test_an_answer_that_comes_byte_by_byte_takes_no_longer_than_its_time():
    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as opened:

        def drip() -> None:
            with contextlib.suppress(OSError):
                connection = opened.enter_context(listening.accept()[0])
                for _ in range(30):
                    connection.send(b"H")
                    time.sleep(0.05)

        dripping = threading.Thread(target=drip)
        dripping.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        target = WebhookTarget(address, None, patience_seconds=0.3, now=time.time)
        began = time.monotonic()
        assert not target.send(made_live.alert("a1"))
        # nor is another one begun meanwhile
        assert not target.send(made_live.alert("a2"))
        assert time.monotonic() - began < 1.2
        dripping.join()
        opened.close()
        until(lambda: not [t for t in threading.enumerate() if t.name.startswith("webhook")])
        target.close()


def test_an_outbox_that_is_damaged_is_logged_and_looked_at_again(state, caplog):
    state.send_out("webhook", made_live.alert("a1"))
    database = sqlite3.connect(state.path)
    database.execute("ALTER TABLE outbox RENAME TO lost")
    receiver = Receiver(200)
    with contextlib.closing(receiver), going_out(state, webhook=receiver.address):
        until(lambda: "is broken: no such table: outbox" in caplog.text)
        database.execute("ALTER TABLE lost RENAME TO outbox")
        until(lambda: not state.waiting())
    database.close()


@given(tries=st.integers(1, 10_000), seed=st.integers(0, 2**32))
def test_waits_double_up_to_the_longest_give_or_take_a_half(tries, seed):
    parameters = OutgoingParameters(first_seconds=2.0, longest_seconds=120.0)
    meant = min(2.0 * 2.0 ** min(tries - 1, 10), 120.0)
    found = wait_seconds(tries, parameters, random.Random(seed))
    assert 0.5 * meant <= found <= 1.5 * meant
    assert found == wait_seconds(tries, parameters, random.Random(seed))


@pytest.fixture
def broker(tmp_path):
    """The port of a mosquitto of its own."""
    with Broker(tmp_path / "broker") as running:
        yield running.port


def test_a_broker_gets_each_alert_under_its_zone_whatever_the_zone_is_called(state, broker):
    zones = ["z1", "rue/haute", "a+b#c", "Été"]
    alerts = [made_live.alert(f"a{place}", zone) for place, zone in enumerate(zones)]
    source = MqttSource(MqttParameters(port=broker, topics=("town/alerts/#",), client_id="reader"))
    with contextlib.closing(source):
        until_it_hears(source, broker, "town/alerts/first")
        state.send_out("mqtt", *alerts)
        with going_out(state, MqttParameters(port=broker), topic="town/alerts"):
            heard = {}
            until(lambda: heard.update(topics(source)) or len(heard) == len(zones))
            until(lambda: not state.waiting())
    ways = ["z1", "rue%2Fhaute", "a%2Bb%23c", "%C3%89t%C3%A9"]
    assert heard == {
        f"town/alerts/{way}": alert.alert_id for way, alert in zip(ways, alerts, strict=True)
    }


def topics(source: MqttSource) -> dict[str, str]:
    told = {message.where: json.loads(message.payload) for message in source.take(10, 0.1)}
    return {where: alert["alert_id"] for where, alert in told.items() if "alert_id" in alert}


def until_it_hears(source: MqttSource, broker: int, topic: str) -> None:
    """A subscription follows the connection, nobody says when."""
    sender = MqttSender(MqttParameters(port=broker, client_id="first"))
    with contextlib.closing(sender):
        until(lambda: sender.publish(topic, b"{}") and bool(source.take(10, 0.1)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"topic": "town/#"}, "without"),
        ({"topic": "/"}, "outgoing.topic"),
        ({"webhook": "ftp://example.org/x"}, "expected an address such as https"),
        ({"webhook": "example.org"}, "expected an address such as https"),
        ({"webhook": f"https://{'a' * 300}.example.org/"}, "expected an address such as https"),
        ({"webhook": "https://example.org:99999/"}, "expected an address such as https"),
        ({"webhook": "https://[example.org/"}, "expected an address such as https"),
        ({"webhook": "https://user:word@example.org/"}, "a password does not belong"),
    ],
)
def test_where_nothing_can_go_to_is_said_at_the_start(settings, said):
    with pytest.raises(ConfigError, match=said):
        OutgoingParameters(**settings)


@pytest.mark.parametrize("topic", ["parking", "parking/alerts", "parking/alerts/"])
def test_what_goes_out_may_not_come_in_again(state, topic):
    with pytest.raises(ConfigError, match="would come in again"), going_out(state, topic=topic):
        pass


def test_a_secret_that_is_too_short_is_refused(state):
    with (
        pytest.raises(ConfigError, match=SECRET),
        going_out(state, environment={SECRET: "short"}, webhook="http://127.0.0.1:9/"),
    ):
        pass
    assert signature(b"{}", KEY, 1) != signature(b"{}", KEY, 2)
