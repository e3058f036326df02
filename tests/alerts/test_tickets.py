"""Which car a ticket is of, and what is thought of sensors once officers have looked."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.alerts import tickets as matching
from infraction_model.alerts.bays import Bay
from infraction_model.alerts.events import BayChange, Event, Tick, Ticket, Verdict
from infraction_model.alerts.hours import limit_hours
from infraction_model.alerts.parameters import (
    LiveParameters,
    RulesParameters,
    TicketParameters,
    UnpaidRule,
)
from infraction_model.calendars import CalendarParameters
from made_streets import Followed, instant

NINE = instant("2026-03-10T09:00")
UNPAID = LiveParameters(
    rules=RulesParameters(overstay=None, unpaid=UnpaidRule(chance=0.8), reserved=()),
    tickets=TicketParameters(zone_trust=0.5),
)


def came(bay: str, minutes: float, occupied: bool = True) -> BayChange:
    """A car comes, or leaves, so many minutes after nine."""
    return BayChange(bay, bay[:2], occupied, NINE + round(60 * minutes))


def ticket(minutes: float, bay: str | None = None, lasting: int = 120) -> Ticket:
    """A ticket bought so many minutes after nine."""
    at = NINE + round(60 * minutes)
    return Ticket("S1", bay, at, at + 60 * lasting, at)


def street(*events: Event, until: float = 60) -> Followed:
    """The street after events, and a tick."""
    followed = Followed(parameters=UNPAID, restart=True)
    return followed.all([Tick(events[0].at), *events, Tick(NINE + round(60 * until))])


def owners(followed: Followed) -> list[str | None]:
    """The bays that tickets were found to be of, by the time they were bought."""
    rows = sorted(followed.tables["tickets"].values(), key=lambda one: one.at)
    return [one.stay_bay for one in rows]


def test_a_ticket_of_a_zone_is_of_the_car_that_came_two_minutes_before():
    cars = [came("S1-01", 0), came("S1-02", 5), came("S1-03", 8), came("S1-04", 9.9)]
    assert owners(street(*cars, ticket(10))) == ["S1-03"]


def test_each_car_has_one_ticket():
    cars = [came("S1-01", 0), came("S1-02", 1)]
    assert owners(street(*cars, ticket(2), ticket(3), ticket(4))) == ["S1-01", "S1-02", None]


def test_a_car_that_came_long_before_did_not_just_buy_a_ticket():
    assert owners(street(came("S1-01", 0), ticket(16))) == [None]


def test_waiting_for_paid_hours_does_not_count():
    """Parked at eight, paid at nine: no paid minute lies between."""
    assert owners(street(came("S1-01", -60), ticket(1))) == ["S1-01"]


def test_a_second_ticket_near_the_end_of_the_first_is_of_the_same_car():
    cars = [came("S1-01", 0), came("S1-02", 40)]
    sold = [ticket(2, lasting=30), ticket(31, lasting=30)]
    assert owners(street(cars[0], *sold, cars[1], until=45)) == ["S1-01", "S1-01"]


def test_a_ticket_that_names_its_bay_is_of_the_car_there_or_of_the_next_one():
    assert owners(street(came("S1-01", 0), came("S1-02", 9), ticket(10, "S1-01"))) == ["S1-01"]
    early = street(ticket(10, "S1-01"), came("S1-01", 11), until=60)
    assert owners(early) == ["S1-01"]
    assert not early.alerts
    too_early = street(ticket(10, "S1-01"), Tick(NINE + 1200), came("S1-01", 26), until=60)
    assert owners(too_early) == [None]


def test_the_next_car_in_a_bay_does_not_take_over_the_ticket():
    cars = [came("S1-01", 0), came("S1-01", 20, False), came("S1-01", 21)]
    followed = street(cars[0], ticket(1, "S1-01"), *cars[1:], until=40)
    assert [one.stay_from for one in followed.standing()] == [NINE + 21 * 60]


def test_what_is_not_sure_lowers_the_chance():
    by_bay = street(came("S1-01", 0), came("S1-02", 0), ticket(2, "S1-02")).standing()
    assert [one.chance for one in by_bay] == [pytest.approx(0.8)]
    by_zone = street(came("S1-01", 0), came("S1-02", 1), ticket(3)).standing()
    assert [(one.bay_id, one.chance) for one in by_zone] == [("S1-01", pytest.approx(0.4))]
    loose = street(ticket(-20, lasting=300), came("S1-01", 0), came("S1-02", 0)).standing()
    assert [one.chance for one in loose] == [pytest.approx(0.2)] * 2


def found_anew(bays: list[Bay], sold: list[matching.Sold]) -> dict[str, matching.Stay | None]:
    """Whose each ticket is, found one by one in the order in which they were bought."""
    zone = matching.ZoneTickets(bays, HOURS, TicketParameters())
    for one in sorted(sold):
        zone.add(matching.Sold(one.ticket_id, one.zone_id, told_as(one), None))
    return {one.ticket_id: one.stay for one in zone.sold}


def told_as(one: matching.Sold) -> Ticket:
    """The ticket as it was told."""
    return Ticket(one.zone_id, one.bay_id, one.paid_from, one.paid_until, one.at)


HOURS = limit_hours(LiveParameters().limits, "Europe/Paris", CalendarParameters())
moments = st.one_of(st.integers(0, 8), st.integers(0, 2000))
steps = st.lists(
    st.tuples(st.just("bay"), st.integers(0, 5), moments, st.sampled_from([-1, 0, 1, 1]))
    | st.tuples(st.just("ticket"), st.sampled_from([None] * 5 + [0, 1]), moments,
                st.sampled_from([180, 600, 1200, 3600])),
    max_size=40,
)  # fmt: skip


@given(steps, st.integers(2, 200))
@settings(max_examples=100, deadline=None)
def test_whose_a_ticket_is_depends_on_no_order(steps, most):
    """Each step takes only those tickets anew that it may concern; all together give the same."""
    bays = [Bay(f"S1-{number:02d}", "S1", (), ()) for number in range(6)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_MOST_AT_ONCE", most)
        zone = matching.ZoneTickets(bays, HOURS, TicketParameters())
        for number, (kind, where, after, what) in enumerate(steps):
            at = NINE + after
            if kind == "ticket":
                bay = None if where is None else f"S1-{where:02d}"
                ticket = Ticket("S1", bay, at, at + what, at)
                zone.add(matching.Sold(f"{hash((number, after)):x}", "S1", ticket, None))
            elif not bays[where].knows(at, what):
                bays[where].insert(at, what)
                zone.changed(at)
                zone.match(bays[where].bay_id, at)
        assert {one.ticket_id: one.stay for one in zone.sold} == found_anew(bays, zone.sold)
        for stay, own in zone.of_stay.items():
            assert own == sorted(one for one in zone.sold if one.stay == stay)


def test_a_crowd_of_tickets_of_one_second_does_not_stop_the_service():
    """3,000 of a zone with 100 bays; each of them took the others anew, minutes of work in all."""
    bays = [came(f"S1-{number:02d}", 0) for number in range(100)]
    crowd = [msgspec.structs.replace(ticket(2), number=str(n)) for n in range(3000)]
    followed = Followed(parameters=UNPAID).take([Tick(NINE + 120), *bays])
    began = time.process_time()
    followed.take(crowd)
    assert time.process_time() - began < 10
    assert sum(one is not None for one in owners(followed)) == 100


def test_a_ticket_is_forgotten_once_its_car_is_gone():
    followed = street(came("S1-01", 0), ticket(1), came("S1-01", 30, False), until=60 * 5)
    assert not followed.tables["tickets"]
    stays = street(came("S1-01", 0), ticket(1), until=60 * 5)
    assert owners(stays) == ["S1-01"]


def test_tickets_alike_are_one_unless_their_number_tells_them_apart():
    cars = [came("S1-01", 0), came("S1-02", 0)]
    assert len(owners(street(*cars, ticket(2), ticket(2)))) == 1
    numbered = [msgspec.structs.replace(ticket(2), number=number) for number in "12"]
    assert sorted(owners(street(*cars, *numbered))) == ["S1-01", "S1-02"]


def test_a_late_ticket_is_a_dead_letter_and_one_told_twice_counts_once():
    followed = street(came("S1-01", 0), ticket(2), ticket(2))
    assert followed.counts["duplicate"] == 1
    followed.take([ticket(3)])
    assert [letter.reason for letter in followed.dead] == ["late"]


def test_an_alert_reported_on_is_closed_and_stays_so():
    followed = Followed(parameters=LiveParameters(), restart=True)
    followed.take([Tick(NINE), came("S1-01", 0), Tick(NINE + 1200)])
    (alert,) = followed.alerts.values()
    followed.take([Tick(NINE + 1290), Verdict(alert.alert_id, True, NINE + 1260)])
    followed.take([Tick(NINE + 3 * 3600)])
    (closed,) = followed.alerts.values()
    assert (closed.closed_because, closed.closed_at) == ("reported", NINE + 1260)
    assert closed.verdict is True
    assert closed.revision == alert.revision + 1
    again = Verdict(alert.alert_id, True, NINE + 1300)
    assert followed.take([again]).counts["duplicate"] == 1
    assert followed.alerts[alert.alert_id] == closed


def test_a_corrected_report_takes_the_place_of_the_one_before():
    followed = Followed(parameters=LiveParameters(), restart=True)
    followed.take([Tick(NINE), came("S1-01", 0), Tick(NINE + 1200)])
    (alert,) = followed.alerts.values()
    followed.take([Verdict(alert.alert_id, False, NINE + 1260)])
    first = followed.alerts[alert.alert_id]
    followed.take([Verdict(alert.alert_id, True, NINE + 1290)])
    (corrected,) = followed.alerts.values()
    assert (corrected.verdict, corrected.revision) == (True, first.revision + 1)
    assert (corrected.closed_at, corrected.closed_because) == (first.closed_at, "reported")
    row = followed.tables["quality"]["S1-01"]
    assert (row.right, row.wrong) == (1, 0)
    assert corrected.trust == row.trust == pytest.approx(10 / 11)
    assert "duplicate" not in followed.counts


def test_false_alarms_lower_the_trust_in_a_sensor_and_the_value_of_its_next_alert():
    followed = Followed(parameters=LiveParameters(), restart=True)
    other = [came("S1-02", k) for k in range(1)]
    followed.take([Tick(NINE), came("S1-01", 0), *other, Tick(NINE + 1200)])
    first, untouched = followed.standing()
    assert first.trust == untouched.trust == pytest.approx(0.9)
    at = NINE + 1260
    followed.take([Verdict(first.alert_id, False, at)])
    row = followed.tables["quality"]["S1-01"]
    assert (row.right, row.wrong, row.trust) == (0, 1, pytest.approx(9 / 11))
    gone, back = came("S1-01", 22, False), came("S1-01", 23)
    followed.take([gone, back, Tick(NINE + 60 * 40)])
    of_bay = {one.stay_from: one for one in followed.standing() if one.bay_id == "S1-01"}
    second = of_bay[back.at]
    assert second.trust == pytest.approx(9 / 11)
    parts = second.chance * second.still_there * second.severity * second.trust
    assert second.value == parts
    beside = next(one for one in followed.standing() if one.bay_id == "S1-02")
    assert beside.trust == pytest.approx(0.9)


def test_a_report_on_one_stay_ranks_the_open_alert_of_the_next_anew():
    followed = Followed(parameters=LiveParameters())
    events = [Tick(NINE), came("S1-01", 0), came("S1-01", 15, False), came("S1-01", 16)]
    followed.take([*events, Tick(NINE + 60 * 30)])
    gone, there = followed.standing()
    followed.take([Verdict(gone.alert_id, False, NINE + 60 * 30)])
    assert followed.alerts[gone.alert_id].closed_because == "left"
    assert followed.alerts[there.alert_id].trust == pytest.approx(9 / 11)


def test_a_late_message_withdraws_an_alert_that_should_never_have_been():
    followed = Followed(parameters=LiveParameters(), restart=True)
    followed.take([Tick(NINE), came("S1-01", 0), Tick(NINE + 60 * 15)])
    (alert,) = followed.alerts.values()
    followed.take([came("S1-01", 9, False)])
    (withdrawn,) = followed.alerts.values()
    assert (alert.closed_at, withdrawn.closed_because) == (None, "withdrawn")
    assert withdrawn.revision > alert.revision
    assert not followed.standing()


def test_a_bay_that_turns_out_to_be_reserved_is_held_to_that():
    followed = Followed(parameters=LiveParameters(rules=RulesParameters(unpaid=None)))
    change = BayChange("S3-01", "S3", True, NINE, ())
    again = BayChange("S3-01", "S3", True, NINE + 300, ("loading",))
    followed.take([Tick(NINE), change, again, Tick(NINE + 60 * 31)])
    (alert,) = followed.standing()
    assert alert.reasons == ("reserved:loading",)
    assert alert.opened_at == NINE + 60 * 30


@given(st.permutations(range(3)))
def test_a_bay_is_of_the_kinds_that_its_newest_message_with_any_gives(order):
    changes = [
        BayChange("S3-01", "S3", True, NINE, ("loading",)),
        BayChange("S3-01", "S3", True, NINE + 60, ("forDisabled",)),
        BayChange("S3-01", "S3", True, NINE + 120),
    ]
    followed = Followed(parameters=LiveParameters(rules=RulesParameters(unpaid=None)), restart=True)
    told = [changes[place] for place in order]
    followed.all([Tick(NINE + 120), *told, Tick(NINE + 60 * 31)], 1)
    assert followed.tables["bays"]["S3-01"].kinds == ("forDisabled",)
    (alert,) = followed.standing()
    assert (alert.reasons, alert.opened_at) == (("reserved:disabled",), NINE + 600)


@pytest.mark.parametrize("late", [0, 600])
def test_a_stay_that_was_over_keeps_the_kinds_it_had(late):
    parameters = LiveParameters(rules=RulesParameters(unpaid=None))
    stay = [
        BayChange("S3-01", "S3", True, NINE, ("loading",)),
        BayChange("S3-01", "S3", False, NINE + 1500, ("loading",)),
    ]
    other = BayChange("S3-01", "S3", True, NINE + 1560, ("forDisabled",))
    followed = Followed(parameters=parameters)
    followed.all([Tick(NINE), *stay, Tick(other.at + late), other, Tick(NINE + 7200)], 1)
    (alert,) = followed.standing()
    assert (alert.stay_from, alert.reasons) == (other.at, ("reserved:disabled",))


def test_a_report_on_an_alert_closed_long_ago_is_a_dead_letter():
    followed = Followed(parameters=LiveParameters())
    events = [Tick(NINE), came("S1-01", 0), came("S1-01", 15, False)]
    followed.take([*events, Tick(NINE + 50 * 3600)])
    (gone,) = followed.standing()
    followed.take([Verdict(gone.alert_id, False, NINE + 50 * 3600)])
    assert [letter.reason for letter in followed.dead] == ["unknown_alert"]
    assert not followed.tables["quality"]
