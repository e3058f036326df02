"""The live state on disk: a batch is kept whole or not at all, and read back as it was."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infraction_model.alerts.events import (
    Alert,
    BayState,
    ClockState,
    DeadLetter,
    Held,
    Reading,
    SensorQuality,
    TicketState,
)
from infraction_model.errors import InputError
from infraction_model.io.live_store import Batch, LiveStore, StoreParameters, digest
from infraction_model.io.live_view import LiveView
from live.made_records import alert, changes, records

KINDS = {
    "bays": (BayState, "bay_id"),
    "tickets": (TicketState, "ticket_id"),
    "alerts": (Alert, "alert_id"),
    "held": (Held, "held_id"),
    "quality": (SensorQuality, "bay_id"),
    "readings": (Reading, "zone_id"),
}
QUICK = StoreParameters(synchronous="OFF")
CLOCK = ClockState(at=1_700_010_000, lead_bay="Z1-1", confirmed=1_700_009_000)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "live" / "state.db"


def opened(path, parameters=QUICK, targets=()) -> LiveStore:
    return LiveStore(path, parameters, targets)


@given(st.fixed_dictionaries({name: records(*kind) for name, kind in KINDS.items()}))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_kept_is_read_back_to_the_bit(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("state") / "state.db"
    store = opened(path)
    store.commit(changes(**parts), Batch())
    store.close()
    store = opened(path)
    state, every_alert = store.state(keep_hours=1.0), store.alerts()
    store.close()
    for name, (_, key) in KINDS.items():
        expected = sorted(parts[name], key=lambda record: getattr(record, key))
        kept = every_alert if name == "alerts" else getattr(state, name)
        found = sorted(kept, key=lambda record: getattr(record, key))
        assert found == expected, name
        assert repr(found) == repr(expected)  # 1 is not True


def test_a_later_batch_replaces_and_takes_away(path):
    store = opened(path)
    ticket = TicketState("t1", "Z1", None, 0, 60, 0, None, None)
    store.commit(changes(tickets=[ticket], alerts=[alert()], clock=CLOCK), Batch())
    closed = alert(closed_at=CLOCK.at, closed_because="left", revision=2)
    store.commit(changes(tickets_gone=["t1"], alerts=[closed]), Batch())
    state = store.state(keep_hours=1.0)
    assert (state.tickets, state.alerts, state.clock) == ([], [closed], CLOCK)


def test_a_batch_that_fails_leaves_nothing(path):
    store = opened(path)
    store.commit(changes(alerts=[alert()], clock=CLOCK), Batch(digests=[digest(b"a")]))
    before = store.state(keep_hours=1.0)
    broken = changes(
        bays=[BayState("b", "Z1", (), True, 0, "", 0, False)],
        alerts=[alert(alert_id="a2", value={"no": "number"})],
    )
    with pytest.raises(sqlite3.Error):
        store.commit(broken, Batch(digests=[digest(b"b")], place=("f", 7)))
    store.close()
    store = opened(path)
    assert store.state(keep_hours=1.0) == before
    assert store.lines_read("f") == 0
    assert store.knows(digest(b"a"))
    assert not store.knows(digest(b"b"))


def test_messages_are_known_again_until_enough_others_came(path):
    store = opened(path, StoreParameters(synchronous="OFF", remembered=4))
    for begin in range(0, 12, 2):
        batch = [digest(b"%d" % number) for number in (begin, begin + 1)]
        store.commit(changes(), Batch(digests=batch))
    for _ in range(2):
        known = [store.knows(digest(b"%d" % number)) for number in range(12)]
        assert known == [False] * 8 + [True] * 4
        store.close()
        store = opened(path, StoreParameters(synchronous="OFF", remembered=4))
    [[kept]] = sqlite3.connect(path).execute("SELECT COUNT(*) FROM recent").fetchall()
    assert kept == 2


def test_a_dead_letter_is_kept_once_and_the_oldest_fall_out(path):
    store = opened(path, StoreParameters(synchronous="OFF", most_dead_letters=3))
    letters = [DeadLetter("bad_message", "no bay", None, f"{number}") for number in range(5)]
    came = [(letter, "parking/bays") for letter in letters]
    for _ in range(3):
        store.commit(changes(dead_letters=letters[:1]), Batch(dead_letters=came[:3]))
    assert store.dead_letters() == came[:3]
    store.commit(changes(dead_letters=letters[4:]), Batch(dead_letters=came[3:4]))
    assert store.dead_letters() == [*came[2:4], (letters[4], None)]


def test_old_closed_alerts_go_and_open_ones_stay(path):
    store = opened(path, StoreParameters(synchronous="OFF", keep_days=1.0))
    old = alert(alert_id="old", closed_at=CLOCK.at - 90_000, closed_because="left")
    recent = alert(alert_id="recent", closed_at=CLOCK.at - 80_000, closed_because="left")
    store.commit(changes(alerts=[alert(), old, recent], clock=CLOCK), Batch())
    there = alert(alert_id="there", bay_id="Z1-2", closed_at=CLOCK.at - 90_000, revision=2)
    stays = BayState("Z1-2", "Z1", (), True, there.stay_from, "", 0, False)
    store.commit(changes(alerts=[there], bays=[stays]), Batch())
    later = ClockState(CLOCK.at + 3600, "Z1-1", CLOCK.at)
    store.commit(changes(clock=later), Batch())
    assert [kept.alert_id for kept in store.alerts()] == ["a1", "recent", "there"]
    # an engine is given what closed lately, what is open, and what is of a car that stays
    assert [kept.alert_id for kept in store.state(keep_hours=2.0).alerts] == ["a1", "there"]


def test_only_the_newest_revision_of_an_alert_waits_to_go_out(path):
    store, view = opened(path, targets=("mqtt", "webhook")), LiveView(path)
    store.commit(changes(alerts=[alert(), alert(alert_id="a2")]), Batch())
    first = view.outbox_due("webhook", now=0.0)
    assert [waiting.alert.alert_id for waiting in first] == ["a1", "a2"]
    view.outbox_retry(first[0].id, next_try=50.0)
    # a new value alone is not sent again; a new revision is
    store.commit(changes(alerts=[alert(value=0.1), alert(alert_id="a2", revision=2)]), Batch())
    [second] = view.outbox_due("webhook", now=49.0)
    assert (second.alert.alert_id, second.alert.revision) == ("a2", 2)
    view.outbox_done(first[1].id)  # the older revision went out meanwhile
    assert view.outbox_due("webhook", now=49.0) == [second]
    view.outbox_done(second.id)
    [retried] = view.outbox_due("webhook", now=50.0)
    assert (retried.alert, retried.tries) == (alert(), 1)
    # a newer revision waits until its target may be tried again
    store.commit(changes(alerts=[alert(revision=2)]), Batch())
    assert view.outbox_due("webhook", now=49.0) == []
    assert len(view.outbox_due("mqtt", now=0.0)) == 2


def test_what_waits_for_a_target_that_is_no_more_goes(path):
    opened(path, targets=("mqtt", "webhook")).commit(changes(alerts=[alert()]), Batch())
    opened(path, targets=("mqtt",)).close()
    view = LiveView(path)
    assert view.outbox_due("webhook", now=0.0) == []
    assert len(view.outbox_due("mqtt", now=0.0)) == 1


def test_a_page_sees_what_changed_since_it_looked(path):
    store, view = opened(path), LiveView(path)
    assert (view.revision(), view.clock(), view.open_alerts()) == (0, None, [])
    low, high = alert(value=0.1), alert(alert_id="a2", value=0.9)
    store.commit(changes(alerts=[low, high], clock=CLOCK), Batch())
    seen = view.revision()
    assert (view.open_alerts(), view.clock()) == ([high, low], CLOCK.at)
    assert view.changes_since(0) == [low, high]
    closed = alert(closed_at=CLOCK.at, closed_because="left", revision=2)
    reading = Reading("Z1", None, 3, 10, CLOCK.at)
    store.commit(changes(alerts=[closed], readings=[reading]), Batch())
    store.commit(changes(bays=[BayState("b", "Z1", (), True, 0, "", 0, False)]), Batch())
    assert view.changes_since(seen) == [closed]
    assert view.readings(seen) == [reading]
    assert view.open_alerts() == [high]
    assert (view.revision(), view.readings(view.revision())) == (seen + 1, [])


def test_a_verdict_waits_in_the_inbox_until_a_batch_took_it(path):
    store, view = opened(path), LiveView(path)
    store.commit(changes(alerts=[alert()]), Batch())
    assert not view.post_verdict("nobody's", right=True)
    assert view.post_verdict("a1", right=False)
    [(number, *said)] = store.inbox()
    assert said == ["a1", False]
    store.commit(changes(), Batch(inbox=[number]))
    assert store.inbox() == []


def test_a_file_of_another_version_or_kind_is_refused_with_a_way_out(path):
    opened(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(InputError, match=r"its tables: 99.*restart=true"):
        opened(path)
    path.write_bytes(b"no database at all, but a text of some length" * 10)
    with pytest.raises(InputError, match=r"no SQLite file.*restart=true"):
        opened(path)


def test_an_event_that_was_held_and_used_later_counts_as_used(path):
    store = opened(path)
    store.commit(changes(counts={"held": 2}), Batch())
    store.commit(changes(counts={"held": -1, "used": 1}), Batch())
    assert store.fates() == {"held": 1, "used": 1}


def test_the_topics_of_a_session_are_remembered(path):
    store = opened(path)
    assert store.subscribed() == []
    store.subscribe(["parking/#", "a"])
    store.subscribe(["b", "a"])
    store.close()
    assert opened(path).subscribed() == ["parking/#", "a", "b"]


@pytest.mark.parametrize(
    "statement, said",
    [
        ("PRAGMA user_version = 0", "its tables: 0"),
        ("DROP TABLE bays", "no such table: bays"),
        ("UPDATE bays SET history = '12'", "the history '12' of the bay 'b'"),
        ("UPDATE bays SET history = '12+x'", "the history"),
        ("UPDATE bays SET since = 'long ago'", "a row of its table bays"),
        ("UPDATE alerts SET reasons = '{'", "'{' in it"),
        ("UPDATE facts SET value = '{}' WHERE name = 'clock'", "'{}' in it"),
        ("UPDATE facts SET value = 'x' WHERE name = 'revision'", "'x' in it"),
    ],
)
def test_a_state_that_somebody_changed_is_refused_with_a_way_out(path, statement, said):
    store, bay = opened(path), BayState("b", "Z1", (), True, 12, "12+", 0, False)
    store.commit(changes(bays=[bay], alerts=[alert()], clock=CLOCK), Batch())
    store.close()
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()
    with pytest.raises(InputError) as refused:
        opened(path).state(keep_hours=1e6)
    assert said in str(refused.value)
    assert "restart=true" in str(refused.value)


def test_a_damaged_page_is_told_to_the_service_and_to_who_looks(path):
    store = opened(path)
    many = [alert(alert_id=f"a{number}") for number in range(500)]
    store.commit(changes(alerts=many), Batch())
    store.close()
    with open(path, "r+b") as file:
        file.seek(8192)
        file.write(b"\x5a" * (path.stat().st_size - 8192))
    view = LiveView(path)
    for look in (view.open_alerts, lambda: view.outbox_retry(1, 0.0), lambda: opened(path)):
        with pytest.raises(InputError, match=r"is broken: .*restart=true"):
            look()
