"""An engine that goes on from what was kept, in a town that is no longer quite the same."""

from __future__ import annotations

import dataclasses

from infraction_model.alerts.engine import Engine
from infraction_model.alerts.events import BayChange, State, Tick, Ticket
from infraction_model.alerts.parameters import LiveParameters, RulesParameters
from made_streets import STREET, Followed, instant

NINE = instant("2026-03-10T09:00")


def before() -> Followed:
    """Two cars without a ticket for half an hour, one of them in S2, and one message held."""
    cars = [BayChange(f"{zone}-01", zone, True, NINE) for zone in ("S1", "S2")]
    later = BayChange("S2-02", "S2", True, NINE + 9000)
    ticket = Ticket("S2", "S2-03", NINE, NINE + 9000, NINE)
    followed = Followed(parameters=LiveParameters())
    return followed.take([Tick(NINE), *cars, later, ticket, Tick(NINE + 1800)])


def rows_of(state: State) -> list:
    """All that is kept, in an order of its own."""
    tables = [state.bays, state.tickets, state.alerts, state.held, state.quality, state.readings]
    return [state.clock, *(sorted(map(repr, rows)) for rows in tables)]


def test_an_engine_knows_what_the_one_before_it_knew():
    followed = before()
    again = Engine(STREET, LiveParameters(), followed.kept())
    assert rows_of(again.state()) == rows_of(followed.engine.state())


def test_a_rule_that_is_no_longer_watched_closes_its_alerts_at_once():
    followed = before()
    assert {one.closed_at for one in followed.standing()} == {None}
    nothing = LiveParameters(rules=RulesParameters(None, None, (), ()))
    followed.engine = Engine(STREET, nothing, followed.kept())
    followed.take([])
    ends = {(one.closed_because, one.closed_at) for one in followed.standing()}
    assert ends == {("ended", NINE + 1800)}


def test_a_zone_that_the_town_no_longer_has_is_left_out():
    followed = before()
    zones = {name: zone for name, zone in STREET.zones.items() if name != "S2"}
    smaller = dataclasses.replace(STREET, zones=zones)
    followed.engine = Engine(smaller, LiveParameters(), followed.kept())
    followed.take([Tick(NINE + 10_000), BayChange("S2-01", "S2", False, NINE + 10_000)])
    by_zone = {one.zone_id: one for one in followed.standing()}
    assert by_zone["S1"].closed_at is None
    assert (by_zone["S2"].closed_because, by_zone["S2"].closed_at) == ("ended", NINE + 1800)
    assert [letter.reason for letter in followed.dead] == ["unknown_zone"]
    assert {bay.zone_id for bay in followed.engine.state().bays} == {"S1"}


def test_a_bay_that_the_town_now_knows_to_be_elsewhere_begins_anew_there():
    followed = before()
    wiser = dataclasses.replace(STREET, bays={"S2-01": "S1"})
    followed.engine = Engine(wiser, LiveParameters(), followed.kept())
    followed.take([Tick(NINE + 1860), BayChange("S2-01", None, True, NINE + 1860)])
    old = {one.zone_id: one for one in followed.standing()}["S2"]
    assert (old.closed_because, old.closed_at) == ("ended", NINE + 1800)
    bay = followed.engine.state().bays[-1]
    assert (bay.bay_id, bay.zone_id, bay.since) == ("S2-01", "S1", NINE + 1860)
    assert not followed.dead
