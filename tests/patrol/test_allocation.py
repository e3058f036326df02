"""Whole weeks planned: what every plan keeps, whatever the town and the rules."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import made_plans
from infraction_model.errors import ConfigError
from infraction_model.patrol.allocation import RuleParameters, plan_week
from infraction_model.patrol.exploration import ExploreParameters
from infraction_model.patrol.routing import RoutingParameters
from infraction_model.patrol.shifts import DAY, HOUR

QUICK = RoutingParameters(iterations=150)
NO_RULES = RuleParameters(coverage_weeks=None)
NO_EXPLORING = ExploreParameters(share=0.0)


def keeps_its_times(plan, task):
    """Every visit within its shift, outside the break, after the walk from where the team was."""
    for number, shift in enumerate(plan.shifts):
        visits = [visit for visit in plan.visits if visit.shift == number]
        for stretch in shift.stretches(number):
            place, free = task.travel.base(number), stretch.start
            for visit in visits:
                if not stretch.start <= visit.arrive < stretch.end:
                    continue
                walk = int(task.travel.seconds(shift.mode, np.array(place), np.array(visit.zone)))
                assert visit.arrive >= free + walk
                assert visit.leave == visit.arrive + task.worth.seconds
                place, free = visit.zone, visit.leave
            base = np.array(task.travel.base(number))
            back = int(task.travel.seconds(shift.mode, np.array(place), base))
            assert free + (back if place != base else 0) <= stretch.end
        inside = sum(
            stretch.start <= visit.arrive < stretch.end
            for visit in visits
            for stretch in shift.stretches(number)
        )
        assert inside == len(visits)


towns = st.fixed_dictionaries(
    {
        "zones": st.integers(1, 25),
        "seed": st.integers(0, 1000),
        "minutes": st.integers(5, 60),
        "located": st.booleans(),
    }
)
on_duty = st.builds(
    made_plans.shifts,
    teams=st.integers(1, 3),
    days=st.sets(st.integers(0, 6), min_size=1, max_size=2).map(tuple),
    start=st.sampled_from(["06:30", "09:00", "13:45", "22:00"]),
    end=st.sampled_from(["10:00", "15:10", "18:00", "01:30"]),
    mode=st.sampled_from(["foot", "bicycle", "car"]),
    longitude=st.sampled_from([None, made_plans.LON]),
    break_start=st.sampled_from([None, "09:30", "23:00"]),
    break_minutes=st.integers(0, 90),
)


@settings(max_examples=40)
@given(
    town=towns,
    shifts=on_duty,
    forced=st.sets(st.integers(0, 24), max_size=2),
    excluded=st.sets(st.integers(0, 24), max_size=5),
    a_day=st.integers(1, 3),
    a_week=st.integers(1, 4),
    share=st.sampled_from([0.0, 0.1, 0.5]),
    waiting=st.sampled_from([0.0, 40.0, np.inf]),
)
def test_what_every_plan_keeps(town, shifts, forced, excluded, a_day, a_week, share, waiting):
    zones = town["zones"]
    forced = {zone for zone in forced - excluded if zone < zones}
    excluded = {zone for zone in excluded if zone < zones}
    task = made_plans.task(
        on_duty=shifts, days_since_visit=np.linspace(0, 1, zones) * min(waiting, 99), **town
    )
    rules = RuleParameters(
        most_visits_a_day=a_day,
        most_visits_a_week=a_week,
        forced=tuple(task.zone_ids[zone] for zone in sorted(forced)),
        excluded=tuple(task.zone_ids[zone] for zone in sorted(excluded)),
    )
    explore = ExploreParameters(share=share)
    plan = plan_week(task, rules, explore, QUICK)
    keeps_its_times(plan, task)
    assert plan.value == pytest.approx(sum(visit.value for visit in plan.visits))
    assert plan.found == pytest.approx(sum(visit.found for visit in plan.visits))
    visited = [visit.zone for visit in plan.visits]
    assert not excluded & set(visited)
    missed = {task.zone_ids.index(name) for name in plan.not_reached}
    assert forced - set(visited) == missed
    counts = np.bincount(visited, minlength=zones)
    assert counts.max(initial=0) <= a_week
    of_day = [(visit.zone, plan.shifts[visit.shift].day) for visit in plan.visits]
    assert all(of_day.count(one) <= a_day for one in set(of_day))
    assert all(0 < visit.propensity <= 1 for visit in plan.visits)
    assert plan_week(task, rules, explore, QUICK) == plan


def test_a_zone_forced_by_hand_is_visited_however_little_is_found_there():
    task = made_plans.task(zones=40)
    poor = int(task.worth.fresh().max(axis=1).argmin())
    rules = RuleParameters(coverage_weeks=None, forced=(task.zone_ids[poor],))
    plain = plan_week(task, NO_RULES, NO_EXPLORING, QUICK)
    forced = plan_week(task, rules, NO_EXPLORING, QUICK)
    assert poor not in [visit.zone for visit in plain.visits]
    assert poor in [visit.zone for visit in forced.visits]
    assert forced.not_reached == ()


def test_a_forced_zone_that_no_shift_can_reach_is_named():
    far = made_plans.zones_table(5)
    far.loc[2, "lon"] += 5.0
    task = made_plans.task(zones=5)
    task = replace(task, travel=type(task.travel)(far, task.shifts, task.travel.parameters))
    plan = plan_week(task, RuleParameters(forced=("z002",)), NO_EXPLORING, QUICK)
    assert plan.not_reached == ("z002",)


def test_rules_about_zones_that_are_not_there_or_contradict_are_refused():
    task = made_plans.task(zones=5)
    with pytest.raises(ConfigError, match=r"forced': there is no zone 'z02'.*Did you mean 'z0"):
        plan_week(task, RuleParameters(forced=("z02",)), NO_EXPLORING, QUICK)
    rules = RuleParameters(forced=("z001",), excluded=("z001",))
    with pytest.raises(ConfigError, match="both"):
        plan_week(task, rules, NO_EXPLORING, QUICK)


def test_the_share_that_explores_is_the_share_stated():
    """Over a week, to a whole visit; those drawn are not the ones made anyway."""
    days = (0, 1, 2, 3, 4)
    task = made_plans.task(zones=120, on_duty=made_plans.shifts(teams=2, days=days))
    plan = plan_week(task, NO_RULES, ExploreParameters(share=0.2), QUICK)
    drawn = [visit for visit in plan.visits if visit.purpose == "explore"]
    assert len(drawn) / len(plan.visits) == pytest.approx(0.2, abs=0.03)
    assert all(visit.propensity < 1 for visit in drawn)
    assert all(v.propensity == 1 for v in plan.visits if v.purpose != "explore")


def test_zones_that_waited_too_long_are_visited_within_what_the_rule_allows():
    days = (0, 1, 2, 3)
    waited = np.zeros(60)
    waited[[7, 11, 13]] = 30.0, np.inf, 50.0
    task = made_plans.task(zones=60, on_duty=made_plans.shifts(days=days), days_since_visit=waited)
    plan = plan_week(task, RuleParameters(coverage_weeks=4), NO_EXPLORING, QUICK)
    assert {7, 11, 13} <= {visit.zone for visit in plan.visits}
    assert (plan.due, plan.still_due) == (3, 0)
    everywhere = replace(task, days_since_visit=np.full(60, 100.0))
    rules = RuleParameters(coverage_weeks=4, most_coverage=0.25)
    plan = plan_week(everywhere, rules, NO_EXPLORING, QUICK)
    assert plan.count("explore") / len(plan.visits) == pytest.approx(0.25, abs=0.06)
    assert 0 < plan.still_due < plan.due == 60


def test_visits_for_safety_are_those_mostly_worth_their_dangerous_categories():
    task = made_plans.task(zones=30)
    plan = plan_week(task, NO_RULES, NO_EXPLORING, QUICK)
    assert plan.count("safety") > 0
    for visit in plan.visits:
        assert (visit.purpose == "safety") == (task.worth.safety[visit.zone] > 0.5)


def test_visits_come_at_the_hour_at_which_most_is_found():
    """One zone worth something in one hour only, and another that is worth little at any."""
    task = made_plans.task(zones=2, on_duty=made_plans.shifts(teams=1))
    rate = np.full((2, 168), 0.05)
    rate[0] = 0.0
    rate[0, 24 + 11] = 4.0
    worth = replace(task.worth, rate=rate)
    plan = plan_week(replace(task, worth=worth, upper=worth), NO_RULES, NO_EXPLORING, QUICK)
    [visit] = [visit for visit in plan.visits if visit.zone == 0]
    assert visit.arrive // HOUR == 24 + 11


def test_longer_searches_are_no_worse_than_the_routes_they_start_from():
    task = made_plans.task(zones=80, on_duty=made_plans.shifts(teams=3))
    values = [
        plan_week(task, NO_RULES, NO_EXPLORING, RoutingParameters(iterations=count)).value
        for count in (0, 2000)
    ]
    assert values[1] > 1.01 * values[0]


def test_without_places_visits_are_still_apart_by_the_minutes_stated():
    task = made_plans.task(zones=20, located=False)
    assert not task.travel.knows_places
    plan = plan_week(task, NO_RULES, NO_EXPLORING, QUICK)
    keeps_its_times(plan, task)
    assert len(plan.visits) > 10
    assert {plan.shifts[visit.shift].start // DAY for visit in plan.visits} == {1}
