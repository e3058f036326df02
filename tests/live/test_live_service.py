"""The loop of the live service: what is acknowledged when, and whose clock counts."""

from __future__ import annotations

import json
import logging
import threading

import pytest

from infraction_model.alerts.events import BayChange, ClockState, Tick, Verdict
from infraction_model.errors import StorageError
from infraction_model.io.event_source import Received
from infraction_model.io.live_store import Batch, LiveStore, StoreParameters
from infraction_model.io.live_view import LiveView
from infraction_model.pipelines.live.service import IntakeParameters, Service
from infraction_model.pipelines.live.watch import Watch
from live.made_records import alert, changes

AT = 1_709_535_600
AWAY: list[Received] = []  # no message, as the broker is away


def message(bay: str, at: int = AT) -> Received:
    payload = json.dumps({"bay": bay, "zone": "Z0", "status": "occupied", "at": at})
    return Received(payload.encode(), "parking/bays")


class Script:
    """A source that gives the batches it was told to, and writes down what happens to them."""

    def __init__(self, diary: list, *batches: list[Received]) -> None:
        self.diary, self.batches, self.connected = diary, list(batches), True
        self.place = None

    def take(self, most: int, seconds: float) -> list[Received] | None:
        batch = self.batches.pop(0) if self.batches else None
        self.connected = batch is not AWAY
        return batch

    def acknowledge(self, messages) -> None:
        self.diary.append(("acknowledged", len(messages)))

    def close(self) -> None: ...


class Listener:
    """An engine that only writes down what it is given."""

    def __init__(self, diary: list) -> None:
        self.diary, self.bounds = diary, []

    def handle(self, events, latest=None):
        self.diary += events
        self.bounds.append(latest)
        return changes()

    def finish(self):
        self.diary.append("finished")
        return changes()


@pytest.fixture
def store(tmp_path):
    opened = LiveStore(tmp_path / "state.db", StoreParameters(synchronous="OFF"))
    yield opened
    opened.close()


def serve(store, *batches, now=None, tick_seconds=10.0) -> list:
    """What happens, in order, when a source gives these batches."""
    diary: list = []
    intake, never = IntakeParameters(tick_seconds=tick_seconds), threading.Event()
    source = Script(diary, *batches)
    Service(Listener(diary), store, source, intake, never, now).run(lambda: None)
    return diary


def changed(bay: str) -> BayChange:
    return BayChange(bay, "Z0", True, AT)


def test_a_batch_is_acknowledged_once_it_is_kept(store):
    diary = serve(store, [message("a"), message("b")], [message("c")])
    assert diary == [
        changed("a"),
        changed("b"),
        ("acknowledged", 2),
        changed("c"),
        ("acknowledged", 1),
        "finished",
    ]


def test_what_could_not_be_kept_is_not_acknowledged(store, monkeypatch):
    def full(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(store, "commit", full)
    diary: list = []
    source, never = Script(diary, [message("a")]), threading.Event()
    service = Service(Listener(diary), store, source, IntakeParameters(), never)
    with pytest.raises(StorageError):
        service.run(lambda: None)
    assert diary == [changed("a")]


def test_what_comes_again_is_acknowledged_again_and_used_once(store):
    diary = serve(store, [message("a"), message("a")], [message("a"), message("b")])
    used = [event for event in diary if isinstance(event, BayChange)]
    assert used == [changed("a"), changed("b")]
    assert diary.count(("acknowledged", 2)) == 2
    assert store.fates()["redelivered"] == 2


def test_a_bad_message_is_kept_with_its_reason_and_stops_nothing(store):
    bad = Received(b"\xff{" + b"x" * 9000, "parking/bays")
    diary = serve(store, [message("a"), bad, message("b")], [bad])
    assert diary[:3] == [changed("a"), changed("b"), ("acknowledged", 3)]
    [(letter, source)] = store.dead_letters()
    assert (letter.reason, source) == ("bad_message", "parking/bays")
    assert "JSON" in letter.detail
    assert "9002 bytes" in letter.payload
    assert len(letter.payload) < 5000


def test_the_machines_clock_counts_only_when_no_message_comes(store):
    times = iter([AT, AT + 9, AT + 10, AT + 20, AT + 25, AT + 31, AT + 40, AT + 41, AT + 41])
    batches = [[], [], [message("a")], *[[]] * 5]
    diary = serve(store, *batches, now=lambda: next(times))
    assert diary == [
        changed("a"),
        ("acknowledged", 1),
        Tick(AT + 31),
        ("acknowledged", 0),
        Tick(AT + 41),
        ("acknowledged", 0),
        "finished",
    ]


def test_what_a_broker_kept_comes_before_the_machines_clock(store):
    times = iter(range(AT, AT + 900, 5))
    diary = serve(store, *[AWAY] * 9, [], [message("a")], now=lambda: next(times))
    assert diary == [changed("a"), ("acknowledged", 1), "finished"]


@pytest.mark.parametrize(
    "now, tick_seconds, bound", [(lambda: AT + 0.5, 10.0, AT), (None, 10.0, None),
                                 (lambda: AT, 0.0, None)]
)  # fmt: skip
def test_the_machines_clock_bounds_what_bays_of_a_broker_may_claim(store, now, tick_seconds, bound):
    engine, never = Listener([]), threading.Event()
    intake = IntakeParameters(tick_seconds=tick_seconds)
    Service(engine, store, Script([], [message("a")]), intake, never, now).run(lambda: None)
    assert engine.bounds == [bound]


def test_an_error_of_ours_in_reading_a_message_costs_that_message_alone(store, monkeypatch):
    def read(payload):
        if b"bad" in payload:
            raise KeyError("bad")
        return [changed("a")]

    monkeypatch.setattr("infraction_model.pipelines.live.service.read_message", read)
    diary = serve(store, [message("bad"), message("a")])
    assert diary == [changed("a"), ("acknowledged", 2), "finished"]
    [(letter, _)] = store.dead_letters()
    assert (letter.reason, letter.detail) == ("bad_message", "cannot be read: KeyError('bad')")


def test_a_message_as_deep_as_can_be_decoded_is_a_dead_letter(store):
    deep = [Received(b'{"bay":' + b"[" * depth + b"]" * depth + b"}", "parking/bays")
            for depth in range(900, 1001, 5)]  # fmt: skip
    diary = serve(store, [*deep, message("a")])
    assert diary == [changed("a"), ("acknowledged", len(deep) + 1), "finished"]
    assert store.fates()["bad_message"] == len(deep) == len(store.dead_letters())


@pytest.mark.parametrize("now, tick_seconds", [(None, 10.0), (lambda: AT, 0.0)])
def test_a_replay_knows_no_time_but_that_of_its_messages(store, now, tick_seconds):
    assert serve(store, [], [], now=now, tick_seconds=tick_seconds) == ["finished"]


def test_a_clock_far_ahead_of_the_messages_is_not_believed(store):
    store.commit(changes(clock=ClockState(AT, "a", AT)), Batch())
    for ahead, ticked in ((3590, True), (3591, False)):
        times = iter([AT + ahead, AT + ahead + 10])
        diary = serve(store, [], [], now=lambda times=times: next(times))
        assert (Tick(AT + ahead + 10) in diary) == ticked


def test_verdicts_are_taken_as_events_once(store, tmp_path):
    store.commit(changes(alerts=[alert()]), Batch())
    view = LiveView(tmp_path / "state.db")
    view.post_verdict("a1", right=True)
    view.close()
    diary = serve(store, [], [])
    assert [event for event in diary if isinstance(event, Verdict)] == [Verdict("a1", True, 0)]


def test_the_log_says_how_far_the_service_is_and_that_the_broker_is_away(store, caplog):
    store.commit(changes(alerts=[alert()], clock=ClockState(AT, "a", AT)), Batch())
    source = Script([], [message("a")])
    service = Service(Listener([]), store, source, IntakeParameters(), threading.Event())
    with caplog.at_level(logging.INFO), Watch(service, store, source, "Europe/Paris"):
        service.run(lambda: None)
        source.connected = False
    assert "2024-03-04 08:00:00: 1 messages, 1 open alerts" in caplog.text
    assert "the broker cannot be reached" in caplog.text


def test_stop_ends_after_the_batch_under_way(store):
    diary: list = []
    source = Script(diary, [message("a")], [message("b")])
    stopping = threading.Event()
    Service(Listener(diary), store, source, IntakeParameters(), stopping).run(stopping.set)
    assert diary == [changed("a"), ("acknowledged", 1)]
