"""Each rule on the street: when it is broken, until when, and the errors of impossible ones."""

from __future__ import annotations

import pytest

from infraction_model.alerts.engine import Engine
from infraction_model.alerts.events import Alert, BayChange, Tick, Ticket
from infraction_model.alerts.parameters import (
    ForbiddenRule,
    LiveParameters,
    OverstayRule,
    ReservedRule,
    RulesParameters,
    UnpaidRule,
)
from infraction_model.alerts.rules import EVEN, ODD, side_of
from infraction_model.errors import ConfigError
from infraction_model.parameters import read
from made_streets import MARKET, RULES, STREET, Followed, instant

ONLY_OVERSTAY = LiveParameters(rules=RulesParameters(unpaid=None, reserved=()))
ONLY_UNPAID = LiveParameters(rules=RulesParameters(overstay=None, reserved=()))


def one_alert(parameters: LiveParameters, *events, until: str) -> Alert | None:
    """The alert that events lead to, if there is one."""
    followed = Followed(parameters=parameters)
    followed.all([Tick(events[0].at), *events, Tick(instant(until))])
    assert len(followed.alerts) <= 1
    return next(iter(followed.alerts.values()), None)


def came(bay: str, when: str, *kinds: str) -> BayChange:
    """A car comes."""
    return BayChange(bay, bay[:2], True, instant(when), kinds)


def left(bay: str, when: str) -> BayChange:
    """A car leaves."""
    return BayChange(bay, bay[:2], False, instant(when))


def test_an_overstay_counts_limited_hours_and_grace():
    """An hour and five minutes from 11:30, half an hour of which lies before the pause."""
    alert = one_alert(ONLY_OVERSTAY, came("S1-01", "2026-03-10T11:30"), until="2026-03-10T15:00")
    assert alert.reasons == ("overstay",)
    assert alert.opened_at == instant("2026-03-10T14:35") + 1
    assert alert.closed_at is None


@pytest.mark.parametrize("size", [1, 9])
def test_no_alert_where_the_car_leaves_at_the_second_at_which_it_is_due(size):
    came_at, due = came("S1-01", "2026-03-10T09:00"), instant("2026-03-10T10:05") + 1
    gone = BayChange("S1-01", "S1", False, due)
    followed = Followed(parameters=ONLY_OVERSTAY)
    followed.all([Tick(came_at.at), came_at, Tick(due - 1), gone, Tick(due + 600)], size)
    assert not followed.standing()
    late = Followed(parameters=ONLY_OVERSTAY)
    late.all([Tick(came_at.at), came_at, Tick(due + 60), gone, Tick(due + 600)], size)
    assert not late.standing()


def test_no_overstay_where_the_car_leaves_in_time():
    came_at, gone = came("S1-01", "2026-03-10T09:00"), left("S1-01", "2026-03-10T10:05")
    assert one_alert(ONLY_OVERSTAY, came_at, gone, until="2026-03-10T12:00") is None


def test_an_overstay_ends_with_the_limited_hours_and_goes_on_with_them():
    stay = came("S1-01", "2026-03-10T16:30")
    evening = one_alert(ONLY_OVERSTAY, stay, until="2026-03-10T20:00")
    assert (evening.closed_at, evening.closed_because) == (instant("2026-03-10T18:00"), "ended")
    morning = one_alert(ONLY_OVERSTAY, stay, until="2026-03-11T09:30")
    assert morning.alert_id == evening.alert_id
    assert morning.closed_at is None
    assert morning.opened_at == evening.opened_at
    assert morning.updated_at == instant("2026-03-11T09:00")


def test_a_zone_without_a_limit_or_a_paid_tariff_has_neither_rule():
    stay = came("S3-02", "2026-03-11T09:00")
    assert one_alert(LiveParameters(), stay, until="2026-03-11T17:00") is None


def test_unpaid_until_a_ticket_comes_and_again_once_it_has_run_out():
    stay = came("S1-01", "2026-03-10T09:00")
    unpaid = one_alert(ONLY_UNPAID, stay, until="2026-03-10T09:14")
    assert unpaid.opened_at == instant("2026-03-10T09:10") + 1
    at = instant("2026-03-10T09:15")
    ticket = Ticket("S1", "S1-01", at, at + 1800, at)
    paid = one_alert(ONLY_UNPAID, stay, ticket, until="2026-03-10T09:50")
    assert (paid.closed_at, paid.closed_because) == (at, "paid")
    again = one_alert(ONLY_UNPAID, stay, ticket, until="2026-03-10T09:56")
    assert again.closed_at is None
    assert again.updated_at == at + 1800 + 601
    assert again.alert_id == unpaid.alert_id


def test_a_ticket_bought_before_the_hours_begin_counts_from_their_beginning():
    at = instant("2026-03-10T08:40")
    ticket = Ticket("S1", "S1-01", instant("2026-03-10T09:00"), instant("2026-03-10T10:00"), at)
    stay = came("S1-01", "2026-03-10T08:39")
    assert one_alert(ONLY_UNPAID, stay, ticket, until="2026-03-10T10:10") is None
    assert one_alert(ONLY_UNPAID, stay, ticket, until="2026-03-10T10:11") is not None


def test_a_market_begins_while_a_car_is_there():
    alert = one_alert(RULES, came("S3-02", "2026-03-09T20:00"), until="2026-03-10T10:00")
    assert alert.reasons == ("forbidden:market",)
    assert alert.opened_at == instant("2026-03-10T09:05")
    after = one_alert(RULES, came("S3-02", "2026-03-09T20:00"), until="2026-03-10T13:30")
    assert (after.closed_at, after.closed_because) == (instant("2026-03-10T13:00"), "ended")


def test_a_reserved_bay_by_the_kinds_that_messages_give_it():
    parameters = LiveParameters(rules=RulesParameters(overstay=None, unpaid=None))
    stay = came("S2-01", "2026-03-10T22:00", "forDisabled")
    alert = one_alert(parameters, stay, until="2026-03-10T22:30")
    assert alert.reasons == ("reserved:disabled",)
    assert alert.opened_at == instant("2026-03-10T22:10")
    assert alert.chance == pytest.approx(0.3)
    assert alert.severity == 3.0
    plain = one_alert(parameters, came("S2-02", "2026-03-10T22:00"), until="2026-03-11T22:00")
    assert plain is None


def test_reasons_come_together_in_one_alert():
    alert = one_alert(LiveParameters(), came("S1-01", "2026-03-10T09:00"), until="2026-03-10T10:30")
    assert alert.reasons == ("overstay", "unpaid")
    assert alert.opened_at == instant("2026-03-10T09:10") + 1
    assert alert.revision == 2
    assert alert.chance == 1.0


def test_a_stay_is_not_believed_for_ever():
    parked = came("S1-01", "2026-03-10T10:00")
    alert = one_alert(LiveParameters(), parked, until="2026-03-17T10:30")
    assert (alert.closed_at, alert.closed_because) == (parked.at + 168 * 3600, "sensor")


def test_the_side_of_a_bay():
    assert (side_of("S1-04", ()), side_of("S1-07", ())) == (EVEN, ODD)
    assert side_of("S1-04", ("odd_side",)) == ODD


IMPOSSIBLE = {
    "hours: []": ({"hours": []}, "at least one span"),
    "hours end first": ({"hours": ["14:00-09:00"]}, "09:00-12:00, got 14:00-09:00"),
    "no day": ({"days": []}, "holds on no day"),
    "a sixth Tuesday": ({"nth": [6]}, "forbidden.0.nth.0"),
    "an eighth day": ({"days": [7]}, "forbidden.0.days.0"),
    "no zone": ({"zones": []}, "name the zones"),
    "a negative grace": ({"grace_minutes": -1}, "grace_minutes"),
    "a 30th of February": ({"dates": ["2026-02-30"]}, "forbidden.0.dates.0"),
    "grace beyond the hours": ({"hours": ["06:00-07:00"], "grace_minutes": 300}, "leaves nothing"),
    "over midnight": ({"hours": ["22:00-06:00"]}, "is two: 22:00-24:00 and 00:00-06:00"),
    "75 minutes": ({"hours": ["09:75-12:00"]}, "got 09:75-12:00"),
    "grace for ever": ({"grace_minutes": float("inf")}, "grace_minutes"),
    "a name with blanks": ({"name": "Market day"}, "small letters"),
}


@pytest.mark.parametrize("change, said", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_rule_says_which_key_and_what_to_do(change, said):
    rule = {"name": "market", "zones": ["S3"], "days": [1], **change}
    with pytest.raises(ConfigError, match=said):
        read(LiveParameters, {"rules": {"forbidden": [rule]}})


def test_a_grace_may_be_as_long_as_a_night():
    hours = ("22:00-24:00", "00:00-06:00")
    assert ForbiddenRule("night", ("S3",), (1,), hours, grace_minutes=300.0).grace_minutes == 300


@pytest.mark.parametrize(
    "key, value",
    [
        ("limits.days", []),
        ("limits.days", [7]),
        ("clock.reorder_minutes", float("inf")),
        ("clock.reorder_minutes", float("nan")),
        ("clock.future_minutes", float("inf")),
        ("clock.confirm_bays", 1),
        ("tickets.match_minutes", float("inf")),
        ("rules.overstay.grace_minutes", float("inf")),
        ("rules.unpaid.grace_minutes", float("inf")),
    ],
)
def test_an_impossible_setting_is_refused_with_its_key(key, value):
    given: object = value
    for part in reversed(key.split(".")):
        given = {part: given}
    with pytest.raises(ConfigError, match=key.rpartition(".")[2]):
        read(LiveParameters, given)


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="two rules are called 'market'"):
        RulesParameters(forbidden=(MARKET, MARKET))


@pytest.mark.parametrize(
    "rules, said",
    [
        (RulesParameters(forbidden=(ForbiddenRule("market", ("S9",), (1,)),)), "no zone 'S9'"),
        (RulesParameters(overstay=OverstayRule(("S3",))), "'S3' has no limit"),
        (RulesParameters(unpaid=UnpaidRule(("Z",))), "no zone 'Z'"),
        (RulesParameters(reserved=(ReservedRule("x", ("y",), ("Z",)),)), "no zone 'Z'"),
    ],
)
def test_a_rule_that_the_town_cannot_have_is_refused(rules, said):
    with pytest.raises(ConfigError, match=said):
        Engine(STREET, LiveParameters(rules=rules))
