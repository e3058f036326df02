"""Single days: travel times, and routes held against every possible one."""

import itertools

import numpy as np
import pandas as pd
import pytest

import made_plans
from infraction_model.errors import ConfigError, InputError
from infraction_model.patrol.allocation import spans
from infraction_model.patrol.day import Choices, Day, arrivals
from infraction_model.patrol.greedy import greedy_routes, several_routes
from infraction_model.patrol.routing import RoutingParameters, better_routes
from infraction_model.patrol.shifts import HOUR, WeeklyShift, clock, shifts_of_week
from infraction_model.patrol.travel import Travel, TravelParameters


def _day(zones: int, seed: int, teams: int = 1, **settings) -> tuple[Day, Choices]:
    rng = np.random.default_rng(seed)
    shifts = made_plans.shifts(teams, **settings)
    travel = Travel(made_plans.zones_table(zones, seed), shifts, TravelParameters())
    stretches = tuple(s for number, shift in enumerate(shifts) for s in shift.stretches(number))
    hour = rng.integers(24 + 9, 24 + 11, zones)
    choices = Choices(
        zone=np.arange(zones),
        early=hour * HOUR,
        late=(hour + 1) * HOUR,
        worth=rng.random(zones),
        wanted=np.zeros(zones, dtype=bool),
        group=np.arange(zones) // 2,
    )
    return Day(shifts, stretches, travel, 15 * 60), choices


def _best(day: Day, choices: Choices) -> float:
    """The most that any route of one team can collect, by trying every order of every subset."""
    best = 0.0
    for size in range(1, len(choices) + 1):
        for route in itertools.permutations(range(len(choices)), size):
            once = len(set(choices.group[list(route)])) == size
            if once and arrivals(day, choices, 0, route) is not None:
                best = max(best, float(choices.worth[list(route)].sum()))
    return best


@pytest.mark.parametrize("seed", range(4))
def test_routes_are_the_best_of_all_where_all_can_be_tried(seed):
    day, choices = _day(7, seed, end="10:40")
    start = greedy_routes(day, choices)
    [route] = better_routes(day, choices, [start], RoutingParameters(iterations=1000))
    assert arrivals(day, choices, 0, route) is not None
    best = _best(day, choices)
    assert choices.worth[route].sum() == pytest.approx(best)
    assert choices.worth[start[0]].sum() > 0.7 * best


def test_two_teams_never_make_two_visits_of_one_group():
    day, choices = _day(30, seed=3, teams=2)
    for routes in (
        greedy_routes(day, choices),
        better_routes(day, choices, several_routes(day, choices), RoutingParameters(500)),
    ):
        rows = [row for route in routes for row in route]
        assert len(set(choices.group[rows])) == len(rows) > 8
        assert all(arrivals(day, choices, n, route) for n, route in enumerate(routes))


def test_a_wanted_visit_is_made_before_all_others():
    day, choices = _day(30, seed=3, teams=1)
    poorest = int(choices.worth.argmin())
    wanted = choices.wanted.copy()
    wanted[poorest] = True
    asked = Choices(choices.zone, choices.early, choices.late, choices.worth, wanted, choices.group)
    [route] = greedy_routes(day, choices)
    assert poorest not in route
    [route] = better_routes(day, asked, several_routes(day, asked), RoutingParameters(500))
    assert poorest in route


def test_travel_is_the_straight_line_and_its_detour_at_the_speed_of_the_mode():
    zones = pd.DataFrame({"zone_id": ["a", "b"], "lon": [3.0, 3.0], "lat": [49.0, 49.01]})
    travel = Travel(zones, (), TravelParameters(detour=1.5))
    metres = 6371000 * np.radians(0.01)
    for mode, speed, stop in (("foot", 4.5, 0), ("bicycle", 13.0, 60), ("car", 20.0, 180)):
        seconds = travel.seconds(mode, np.array(0), np.array(1))
        assert seconds == pytest.approx(metres * 1.5 / (speed / 3.6) + stop, abs=1.5)
    assert travel.seconds("foot", np.array(1), np.array(1)) == 0


def test_a_table_of_travel_times_says_more_than_straight_lines():
    zones = made_plans.zones_table(3)
    table = pd.DataFrame({"from": ["z000", "z001"], "to": ["z001", "z000"], "minutes": [30, 2.5]})
    travel = Travel(zones, made_plans.shifts(1), TravelParameters(), table)
    assert travel.seconds("foot", np.array(0), np.array(1)) == 30 * 60
    assert travel.seconds("foot", np.array(1), np.array(0)) == 150
    plain = Travel(zones, made_plans.shifts(1), TravelParameters())
    for start, end in ((0, 2), (2, 1), (travel.base(0), 1), (1, travel.base(0))):
        both = [one.seconds("foot", np.array(start), np.array(end)) for one in (travel, plain)]
        assert both[0] == both[1] > 0
    by_bicycle = Travel(zones, (), TravelParameters(), table.assign(mode="bicycle"))
    assert by_bicycle.seconds("bicycle", np.array(0), np.array(1)) == 31 * 60
    assert by_bicycle.seconds("foot", np.array(0), np.array(1)) < 30 * 60
    with pytest.raises(InputError, match="names no zone"):
        Travel(zones, (), TravelParameters(), table.assign(**{"from": "x"}))


def test_a_team_without_a_base_begins_and_ends_wherever_its_visits_are():
    shifts = made_plans.shifts(1, longitude=None)
    travel = Travel(made_plans.zones_table(3), shifts, TravelParameters())
    base, zone = np.array(travel.base(0)), np.array(1)
    assert travel.seconds("foot", base, zone) == travel.seconds("foot", zone, base) == 0


def test_hours_alike_are_one_choice_worth_their_mean():
    worth = np.array([[1.0, 0.9, 0.5, 0.52], [1.0, 1.0, 1.0, 1.0]])
    part = np.array([[0, 0, 0, 0], [0, 0, 1, 1]])
    row, first, last, mean = spans(worth, np.array([9, 10, 11, 12]), part)
    assert list(zip(row, first, last, strict=True)) == [(0, 0, 1), (0, 2, 3), (1, 0, 1), (1, 2, 3)]
    assert mean == pytest.approx([0.95, 0.51, 1.0, 1.0])
    _, first, _, _ = spans(worth[1:], np.array([9, 10, 14, 15]), part[:1])
    assert first.tolist() == [0, 2]


def test_shifts_past_midnight_end_on_the_next_day_and_those_past_sunday_with_the_week():
    late = WeeklyShift("night", (4, 6), "21:30", "02:00", break_start="00:15", break_minutes=20)
    friday, sunday = shifts_of_week([late])
    assert friday.end - friday.start == 4.5 * HOUR
    assert sunday.end == 168 * HOUR
    before, after = friday.stretches(0)
    assert (before.end, after.start) == (5 * 24 * HOUR + 15 * 60, 5 * 24 * HOUR + 35 * 60)
    assert len(sunday.stretches(1)) == 1


@pytest.mark.parametrize(
    ("pause", "minutes", "taken"),
    [("10:00", 20, True), ("12:00", 20, False), ("08:30", 20, False), ("10:00", 0, False)],
)
def test_a_team_is_told_of_breaks_that_it_has(pause, minutes, taken):
    weekly = WeeklyShift("a", (0,), "09:00", "12:00", break_start=pause, break_minutes=minutes)
    (shift,) = shifts_of_week([weekly])
    assert (shift.break_start is not None) == taken
    assert len(shift.stretches(0)) == 1 + taken


def test_times_are_read_as_people_write_them_and_shifts_of_a_team_do_not_overlap():
    assert clock("9h30") == clock("09:30") == 9.5 * HOUR
    assert clock("14h") == 14 * HOUR
    for wrong in ("25:00", "9.30", "noon", "24:30"):
        with pytest.raises(ConfigError, match="expected a time"):
            clock(wrong)
    with pytest.raises(ConfigError, match="twice at once"):
        shifts_of_week(
            [WeeklyShift("A", (0,), "09:00", "12:00"), WeeklyShift("A", (0,), "11:00", "13:00")]
        )
