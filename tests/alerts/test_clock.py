"""Messages late, told twice, from the future, or of a clock that jumps: each has its rule."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.alerts.engine import Engine
from infraction_model.alerts.events import BayChange, Reading, Tick, Ticket, Verdict
from infraction_model.alerts.parameters import ClockParameters, LiveParameters
from made_streets import RULES, STREET, Followed, instant

NINE = instant("2026-03-10T09:00")
MINUTE = 60


def said(bay: str, minutes: float, occupied: bool | None = True) -> BayChange:
    """What a bay says so many minutes after nine."""
    return BayChange(bay, bay[:2], occupied, NINE + round(60 * minutes))


def street(*events) -> Followed:
    """The street after a tick at nine and events, one by one."""
    return Followed().all([Tick(NINE), *events], 1)


def fates(followed: Followed) -> dict[str, int]:
    """How many events had each fate, the ticks apart."""
    counts = {name: count for name, count in followed.counts.items() if count}
    counts["used"] = counts.get("used", 0) - 1
    return counts


def test_a_message_told_twice_counts_once():
    once = street(said("S1-01", 1), said("S1-02", 4))
    twice = street(said("S1-01", 1), said("S1-02", 4), said("S1-01", 1), said("S1-02", 4))
    assert fates(twice) == {"used": 2, "duplicate": 2}
    assert twice.tables == once.tables


def test_a_message_ten_minutes_late_is_put_in_its_place():
    followed = street(
        said("S1-01", 0), said("S1-02", 4), said("S1-03", 8), said("S1-02", -2, False)
    )
    bay = followed.tables["bays"]["S1-02"]
    assert (bay.occupied, bay.since) == (True, NINE + 4 * MINUTE)
    assert not followed.dead


def test_a_later_one_is_a_dead_letter_with_its_reason():
    followed = street(said("S1-01", 4), Tick(NINE + 12 * MINUTE), said("S1-04", 1.9))
    (letter,) = followed.dead
    assert (letter.reason, letter.at) == ("late", NINE + 114)
    assert "606 s behind the clock" in letter.detail
    assert msgspec.json.decode(letter.payload)["bay_id"] == "S1-04"
    assert fates(followed) == {"used": 2, "late": 1}


def test_a_bay_that_is_late_again_and_again_is_not_believed_until_it_is_in_time():
    """Its clock is slow: its alert is closed, and nothing it says counts."""
    minutes = [Tick(NINE + k * MINUTE) for k in range(5, 30, 5)]
    lying = [said("S1-01", 1 + k, k % 2 == 0) for k in range(3)]
    followed = street(said("S1-01", 0), *minutes, *lying)
    (alert,) = followed.alerts.values()
    assert (alert.closed_because, alert.closed_at) == ("sensor", NINE + 25 * MINUTE)
    bay = followed.tables["bays"]["S1-01"]
    assert (bay.suspect, bay.occupied, bay.late) == (True, None, 3)
    followed.take([said("S1-01", 26)])
    bay = followed.tables["bays"]["S1-01"]
    assert (bay.suspect, bay.occupied, bay.since, bay.late) == (False, True, NINE + 1560, 0)


def test_old_messages_told_again_do_not_make_a_liar():
    """As where a file is sent once more from its beginning, and its start is no longer known."""
    minutes = [Tick(NINE + k * MINUTE) for k in range(5, 30, 5)]
    again = [said("S1-01", -40 + k, k % 2 == 0) for k in range(9)]
    followed = street(said("S1-01", 0), *minutes, *again)
    bay = followed.tables["bays"]["S1-01"]
    assert (bay.suspect, bay.occupied, bay.late) == (False, True, 0)
    assert followed.standing()[0].closed_at is None
    assert fates(followed)["late"] == len(again)


def test_two_late_messages_do_not_make_a_liar():
    minutes = [Tick(NINE + k * MINUTE) for k in range(5, 30, 5)]
    followed = street(said("S1-01", 0), *minutes, said("S1-01", 1), said("S1-01", 2))
    assert not followed.tables["bays"]["S1-01"].suspect
    assert followed.standing()[0].closed_at is None


def test_a_message_from_the_future_waits_until_two_other_bays_confirm_its_time():
    followed = street(said("S1-01", 0), said("S1-01", 30, False), said("S1-02", 28))
    assert followed.tables["bays"]["S1-01"].occupied
    assert len(followed.tables["held"]) == 2
    followed.take([said("S1-03", 31)])
    assert not followed.tables["held"]
    assert not followed.tables["bays"]["S1-01"].occupied
    assert followed.clock.at == NINE + 31 * MINUTE
    (alert,) = followed.standing()
    assert (alert.opened_at, alert.closed_at) == (NINE + 601, NINE + 30 * MINUTE)


DAY = 24 * 60


@pytest.mark.parametrize("restart", [False, True])
def test_two_bays_of_the_same_wrong_clock_do_not_move_that_of_the_town(restart):
    wrong = [said("S1-01", DAY), said("S1-02", DAY), said("S1-01", DAY + 1, False)]
    town = [said(f"S2-{k % 5:02d}", 2 * k, k % 2 == 0) for k in range(30)]
    third = said("S1-03", DAY)
    followed = Followed(restart=restart).all([Tick(NINE), *wrong, *town, third], 1)
    assert followed.clock.at == town[-1].at
    assert not followed.dead
    assert len(followed.tables["held"]) == 4


def test_a_quiet_street_goes_on_once_three_bays_told_of_it_within_an_hour():
    """A message each quarter of an hour: none is confirmed by one within five minutes."""
    sparse = [said(f"S1-{k:02d}", 15 * k) for k in range(1, 9)]
    followed = street(*sparse, said("S2-01", 3 * DAY))
    assert followed.clock.at == NINE + 15 * 6 * MINUTE
    assert len(followed.tables["held"]) == 3
    assert not followed.dead


def test_no_bays_are_believed_beyond_the_services_own_clock():
    wrong = [said(f"S1-{k:02d}", DAY) for k in range(6)]
    engine = Engine(STREET, RULES)
    engine.handle([Tick(NINE), *wrong], NINE)
    told = [said("S1-06", 4), said("S1-07", 4.5), said("S1-08", 8.5)]
    changes = engine.handle(told, NINE + 3 * MINUTE)
    assert (changes.clock.at, len(changes.held)) == (NINE + 270, 1)
    later = engine.handle([], NINE + 4 * MINUTE)
    assert later.clock.at == NINE + 510
    assert later.held_gone == [f"S1-08@{NINE + 510}+"]


def test_one_bay_alone_never_moves_the_clock_far_however_often_it_tells():
    liar = [said("S1-01", 4 * k, k % 2 == 0) for k in range(200)]
    followed = street(*liar, said("S1-02", 1))
    assert followed.clock.at <= NINE + 5 * MINUTE
    assert not followed.dead
    assert followed.tables["bays"]["S1-02"].occupied


def test_what_waits_in_vain_becomes_a_dead_letter():
    parameters = LiveParameters(clock=ClockParameters(hold_hours=2.0))
    followed = Followed(parameters=parameters)
    followed.all([Tick(NINE), said("S1-01", 60 * 24 * 365)], 1)
    followed.all([Tick(NINE + k * 600) for k in range(1, 12)], 1)
    assert not followed.dead
    followed.all([Tick(NINE + k * 600) for k in range(12, 20)], 1)
    assert [letter.reason for letter in followed.dead] == ["future"]
    assert not followed.tables["held"]


def test_what_waits_when_the_stream_ends_becomes_a_dead_letter():
    followed = street(said("S1-01", 90)).finish()
    assert [letter.reason for letter in followed.dead] == ["future"]
    assert not followed.tables["held"]
    assert fates(followed) == {"used": 0, "future": 1}


def test_too_many_that_wait_lose_the_furthest():
    parameters = LiveParameters(clock=ClockParameters(most_held=2))
    followed = Followed(parameters=parameters).take([Tick(NINE)])
    followed.take([said("S1-01", 100), said("S1-01", 300), said("S1-01", 200)])
    assert [letter.at for letter in followed.dead] == [NINE + 300 * MINUTE]
    assert len(followed.tables["held"]) == 2


def test_the_clock_begins_when_three_bays_agree():
    wrong, right = said("S1-01", 10**6), [said("S1-02", 0), said("S1-03", 2), said("S1-04", 1)]
    followed = Followed(restart=True).all([wrong, *right], 1)
    assert followed.clock.at == NINE + 2 * MINUTE
    assert followed.tables["bays"]["S1-02"].occupied
    assert list(followed.tables["held"]) == [f"S1-01@{wrong.at}+"]
    assert Followed().all([wrong, *right[:2]], 1).clock is None


def test_what_came_before_the_clock_began_waits_no_longer_than_other_messages():
    followed = Followed(restart=True).all([said("S1-01", 10**6), Tick(NINE)], 1)
    followed.all([Tick(NINE + 3600 * k) for k in range(1, 24)], 1)
    assert len(followed.tables["held"]) == 1
    followed.take([Tick(NINE + 3600 * 26)])
    assert [letter.reason for letter in followed.dead] == ["future"]


def test_a_silent_street_goes_on_by_the_services_clock():
    followed = street(said("S1-01", 0), Tick(NINE + 11 * MINUTE))
    assert followed.standing()[0].opened_at == NINE + 601


def test_a_bay_that_flaps_is_believed_only_once_it_is_quiet():
    flips = [said("S1-01", k / 4, k % 2 == 0) for k in range(9)]  # the last: occupied
    since = NINE + 120
    quiet = street(*flips, Tick(since + 599 + 1))
    assert not quiet.alerts
    later = Followed().all([Tick(NINE), *flips, Tick(since + 601)], 1)
    assert [one.opened_at for one in later.standing()] == [since + 601]


def test_events_of_unknown_places_say_so():
    followed = street(
        BayChange("X-01", "X", True, NINE),
        BayChange("nowhere", None, True, NINE),
        said("S1-01", 0),
        BayChange("S1-01", "S2", True, NINE),
        Ticket("S9", None, NINE, NINE + 60, NINE),
        Reading("S9", None, 3, None, NINE),
        Verdict("nothing", True, NINE),
    )
    assert [letter.reason for letter in followed.dead] == [
        "unknown_zone",
        "unknown_bay",
        "other_zone",
        "unknown_zone",
        "unknown_zone",
        "unknown_alert",
    ]
    assert followed.dead[3].detail == "the town has no zone 'S9'"


@pytest.mark.parametrize("restart", [False, True])
def test_a_bay_first_told_in_a_wrong_zone_moves_to_the_one_its_newest_message_names(restart):
    ticket = Ticket("S1", None, NINE, NINE + 7200, NINE + 60)
    wrong = [BayChange("4711", "S1", True, NINE), ticket]
    right = BayChange("4711", "S2", True, NINE + 120)
    followed = Followed(restart=restart).all([Tick(NINE), *wrong, right, Tick(NINE + 1800)], 1)
    bay = followed.tables["bays"]["4711"]
    assert (bay.zone_id, bay.since) == ("S2", NINE + 120)
    (kept,) = followed.tables["tickets"].values()
    assert kept.stay_bay is None
    assert [(one.zone_id, one.opened_at) for one in followed.standing()] == [("S2", NINE + 721)]
    old = BayChange("4711", "S1", False, NINE + 60)
    followed = Followed(restart=restart).all([Tick(NINE + 120), right, old], 1)
    assert [letter.reason for letter in followed.dead] == ["other_zone"]
    assert followed.tables["bays"]["4711"].zone_id == "S2"


@pytest.mark.parametrize("restart", [False, True])
def test_the_alert_of_a_bay_in_a_wrong_zone_is_withdrawn(restart):
    followed = Followed(restart=restart)
    followed.all([Tick(NINE), BayChange("4711", "S1", True, NINE), Tick(NINE + 700)], 1)
    assert followed.standing()
    followed.take([BayChange("4711", "S2", True, NINE + 700)])
    assert not followed.standing()
    followed.take([Tick(NINE + 6000)])
    assert [one.zone_id for one in followed.standing()] == ["S2"]


def test_a_bay_is_of_the_zone_its_name_begins_with():
    followed = street(BayChange("S2-07", None, True, NINE))
    assert followed.tables["bays"]["S2-07"].zone_id == "S2"


def test_the_newest_reading_of_a_zone_stands():
    one, two = Reading("S1", None, 3, 10, NINE + 60), Reading("S1", None, 5, 10, NINE + 120)
    followed = street(two, one, two)
    assert followed.tables["readings"] == {"S1": two}
    assert fates(followed) == {"used": 1, "late": 1, "duplicate": 1}


def test_a_reading_before_the_clock_runs_counts():
    reading = Reading("S1", None, 3, 10, NINE)
    followed = Followed().take([reading])
    assert followed.tables["readings"] == {"S1": reading}
    assert not followed.dead


def test_a_reading_from_the_future_does_not_shut_out_those_of_now():
    ahead, now = Reading("S1", None, 9, 10, NINE + 23 * 3600), Reading("S1", None, 5, 10, NINE)
    for followed in (street(ahead, now), Followed().all([ahead, Tick(NINE), now], 1)):
        assert followed.tables["readings"] == {"S1": now}
        assert [(letter.reason, letter.at) for letter in followed.dead] == [("future", ahead.at)]
        assert fates(followed) == {"used": 1, "future": 1}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(-100, 10**5), st.sampled_from([True, False, None])
        ),
        max_size=40,
    )
)
@settings(max_examples=40, deadline=None)
def test_every_event_has_exactly_one_fate_and_no_time_breaks_the_engine(told):
    events = [BayChange(f"S1-{bay:02d}", "S1", what, NINE + 60 * at) for bay, at, what in told]
    followed = Followed(restart=True).all(events, 3).finish()
    assert sum(followed.counts.values()) == len(events)
    assert len(followed.dead) == sum(followed.counts.get(name, 0) for name in ("late", "future"))
