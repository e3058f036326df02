from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import made_plans
from infraction_model.maps.routes import week_plan
from infraction_model.patrol.allocation import RuleParameters, plan_week
from infraction_model.patrol.exploration import ExploreParameters
from infraction_model.patrol.hours import nobodys_shifts, plan_hours
from infraction_model.patrol.routing import RoutingParameters
from infraction_model.patrol.table import visits_table
from infraction_model.pipelines.plan import plan_record
from infraction_model.timegrid import monday

ZONES = 30
MONDAY = monday(made_plans.WEEK)
MIX = (["pavement", "unpaid", "rare"], np.tile([0.38, 0.6, 0.02], (ZONES, 1)))


def drawn(plan, task, kind, located=True, names=None):
    visits = visits_table(plan, task.zone_ids, task.week, "Europe/Paris")
    zones = made_plans.zones_table(ZONES, located=located)
    zones = zones.assign(name=names or [f"Rue {zone}" for zone in zones["zone_id"]])
    return visits, week_plan(visits, zones, plan_record(plan, kind), task.week, MIX)


@pytest.fixture(scope="module")
def routed():
    on_duty = made_plans.shifts(days=(1, 3), break_start="10:30", break_minutes=20)
    task = made_plans.task(ZONES, on_duty)
    routing = RoutingParameters(iterations=50)
    plan = plan_week(task, RuleParameters(), ExploreParameters(), routing)
    return plan, *drawn(plan, task, "routes")


def test_every_visit_is_one_stop_of_its_shift_in_order(routed):
    plan, visits, week = routed
    rows = [
        (route.shift_id, route.team, stop.sequence, stop.zone_id, stop.arrive, stop.leave)
        for route in week.routes
        for stop in route.stops
    ]
    stated = visits.assign(
        arrive=visits["arrive_at"].dt.tz_localize(None),
        leave=visits["leave_at"].dt.tz_localize(None),
    )[["shift_id", "team", "sequence", "zone_id", "arrive", "leave"]]
    assert sorted(rows) == sorted(stated.itertuples(index=False, name=None))
    assert sum(route.expected for route in week.routes) == pytest.approx(plan.found)


def test_a_route_tells_its_hours_its_break_and_where_it_starts(routed):
    first = routed[2].routes[0]
    tuesday = dt.datetime.combine(MONDAY + dt.timedelta(days=1), dt.time())
    assert (first.team, first.mode) == ("team 0", "foot")
    assert (first.start, first.end) == (tuesday.replace(hour=9), tuesday.replace(hour=12))
    assert (first.break_start, first.break_minutes) == (tuesday.replace(hour=10, minute=30), 20)
    assert first.longitude == pytest.approx(made_plans.LON + 0.015)


def test_a_stop_names_what_is_likely_there_and_leaves_out_what_is_rare(routed):
    assert routed[2].routes[0].stops[0].likely == (("unpaid", 0.6), ("pavement", 0.38))


def test_without_a_roster_each_day_is_a_route_of_nobody():
    task = made_plans.task(ZONES, nobodys_shifts(), located=False)
    plan = plan_hours(task, 12.0, RuleParameters(), ExploreParameters())
    visits, week = drawn(plan, task, "hours", located=False)
    assert {route.team for route in week.routes} == {""}
    assert sum(len(route.stops) for route in week.routes) == len(visits)
    for route in week.routes:
        assert {stop.arrive.date() for stop in route.stops} == {route.start.date()}
        assert {stop.longitude for stop in route.stops} == {None}


def test_a_zone_that_the_town_no_longer_has_keeps_its_id_as_its_name(routed):
    _, visits, _ = routed
    zones = made_plans.zones_table(ZONES).iloc[:0].assign(name=pd.Series(dtype="str"))
    about = plan_record(routed[0], "routes")
    week = week_plan(visits, zones, about, made_plans.WEEK, ([], np.zeros((0, 0))))
    assert {stop.name for route in week.routes for stop in route.stops} == set(visits["zone_id"])
