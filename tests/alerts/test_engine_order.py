"""What comes of events depends neither on batches, nor on restarts, nor on their order."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.alerts.events import BayChange, Event, Tick, Ticket, Verdict
from made_streets import Followed, instant

START = instant("2026-03-10T08:30")  # a Tuesday, market in S3
BAYS = [f"{zone}-{number:02d}" for zone in ("S1", "S2", "S3") for number in (1, 2, 3)]
REORDER, FUTURE = 600, 300

said = st.sampled_from([True, True, False, False, None])
bay_change = st.tuples(st.just("bay"), st.sampled_from(BAYS), said)
ticket = st.tuples(
    st.just("ticket"),
    st.sampled_from(["S1", "S2", *BAYS[:4]]),
    st.integers(5, 90),
)
gaps = st.sampled_from([0, 0, 30, 60, 120, 290, 600, 1500])
steps = st.lists(st.tuples(gaps, bay_change | ticket), min_size=1, max_size=60)


def stream(steps) -> list[Event]:
    """Events in order of time, with ticks over long silences so that the clock can follow."""
    at, events = START, [Tick(START)]
    for gap, (kind, where, what) in steps:
        at += gap
        if gap > FUTURE:
            events.append(Tick(at))
        if kind == "bay":
            kinds = ("forDisabled",) if where == "S3-03" else ()
            events.append(BayChange(where, where[:2], what, at, kinds))
        else:
            bay = where if "-" in where else None
            events.append(Ticket(where[:2], bay, at, at + 60 * what, at))
    return [*events, Tick(at + 7200)]


def doubtful(event: Event) -> Event:
    """As it is, but one bay whose messages now and then give it another zone and other kinds."""
    if not isinstance(event, BayChange) or event.bay_id != "S2-03":
        return event
    kinds = ((), ("loading",), ("forDisabled",))[event.at // 30 % 3]
    zone_id = ("S1", "S2", "S2")[event.at // 60 % 3]
    return msgspec.structs.replace(event, bay_id="4711", zone_id=zone_id, kinds=kinds)


verdicts = st.lists(st.tuples(st.integers(0, 70), st.booleans()), max_size=4)
skews = st.lists(
    st.tuples(st.integers(0, 70), st.sampled_from([-4000, -700, -300, 400, 5000, 90_000])),
    max_size=8,
)


@given(steps, st.integers(1, 9), verdicts, skews)
@settings(max_examples=40, deadline=None)
def test_batches_and_restarts_change_nothing(steps, size, verdicts, skews):
    events = [doubtful(event) for event in stream(steps)]
    for place, offset in skews:
        event = events[place % len(events)]
        if not isinstance(event, Tick):
            events[place % len(events)] = msgspec.structs.replace(event, at=event.at + offset)
    known = list(Followed().all(events).alerts)
    for place, right in verdicts if known else []:
        at = getattr(events[min(place, len(events) - 1)], "at", START)
        events.insert(place + 1, Verdict(known[place % len(known)], right, at))
    whole = Followed().all(events)
    for other in (Followed().all(events, 1), Followed(restart=True).all(events, size)):
        assert other.alerts == whole.alerts
        assert other.dead == whole.dead
        assert other.counts == whole.counts
        assert other.tables == whole.tables
        assert other.clock == whole.clock


@given(steps, st.integers(1, 7))
@settings(max_examples=20, deadline=None)
def test_messages_told_again_change_nothing(steps, size):
    events = stream(steps)
    once = Followed().all(events)
    twice = Followed()
    for start in range(0, len(events), size):
        twice.take(events[start : start + size]).take(events[start : start + size])
    assert twice.alerts == once.alerts
    assert twice.tables["bays"] == once.tables["bays"]


WHAT_STANDS = ("alert_id", "reasons", "opened_at", "updated_at", "closed_at", "closed_because")


@given(steps, st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_any_order_within_the_horizon_gives_the_same_alerts(steps, random):
    events = stream(steps)
    first, *between, last = events
    told = [one for one in between if not isinstance(one, Tick)]
    late = sorted(told, key=lambda one: one.at + random.randrange(REORDER + 1))
    in_order = Followed().take([first, *told, last])
    shuffled = Followed().take([first, *late, last])

    def stands(followed: Followed) -> list[tuple]:
        return [tuple(getattr(one, key) for key in WHAT_STANDS) for one in followed.standing()]

    assert stands(shuffled) == stands(in_order)
    assert not [one for one in shuffled.dead if one.reason == "late"]
    for bay_id, bay in in_order.tables["bays"].items():
        other = shuffled.tables["bays"][bay_id]
        assert (other.occupied, other.since) == (bay.occupied, bay.since)
    now_open = [one for one in in_order.standing() if one.closed_at is None]
    for alert in now_open:
        twin = shuffled.alerts[alert.alert_id]
        assert msgspec.structs.replace(twin, revision=0) == msgspec.structs.replace(
            alert, revision=0
        )
