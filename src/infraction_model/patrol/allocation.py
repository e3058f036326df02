"""Who goes where in a target week: visits for their yield, by rule, and to explore, day by day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval

from infraction_model.errors import ConfigError, did_you_mean
from infraction_model.patrol.day import Choices, Day, Routes, arrivals
from infraction_model.patrol.exploration import ExploreParameters, appeal, draw, inclusion
from infraction_model.patrol.greedy import greedy_routes, several_routes
from infraction_model.patrol.routing import RoutingParameters, better_routes
from infraction_model.patrol.shifts import DAY, HOUR, Shift, Stretch
from infraction_model.patrol.travel import Travel
from infraction_model.patrol.visits import Purpose, Visit, Worth, appraise

DAYS = 7
"""Of a week."""

_ALIKE = 0.8
"""Hours of a zone that follow each other are one choice while the least is so near the best."""

_WORTH_WAITING = 0.5
"""Of a zone's choices of a day, those worth less than this share of its best are not looked at."""


@dataclass(frozen=True)
class RuleParameters:
    """What a plan must keep, whatever visits are worth.

    `coverage_weeks`: each zone is visited at least once in so many weeks, as far as `most_coverage`
    (a share of all visits) allows; null: no such rule. `most_visits_a_day`, `most_visits_a_week`:
    to one zone. `forced`: zone_ids visited at least once in the week; `excluded`: never.
    """

    coverage_weeks: Annotated[int, Ge(1)] | None = 4
    most_coverage: Annotated[float, Interval(ge=0, le=1)] = 0.25
    most_visits_a_day: Annotated[int, Ge(1)] = 1
    most_visits_a_week: Annotated[int, Ge(1)] = 5
    forced: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """What a week's plan is made from.

    `zone_ids` in the order of all arrays; `worth` of visits, `upper` the same at the upper end of
    each rate's interval; `days_since_visit` at the beginning of the target week; `travel` between
    the zones and the bases of `shifts`; `week`: the target week; `skipped`: its hours that the
    clock jumps over, in which nobody can be anywhere.
    """

    zone_ids: Sequence[str]
    worth: Worth
    upper: Worth
    days_since_visit: np.ndarray
    shifts: tuple[Shift, ...]
    travel: Travel
    week: int
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The visits of a week, by shift and time, and what the rules came to.

    `not_reached`: forced zones that no shift could visit; `due`: zones that should have been
    visited by the rule on coverage at the beginning of the week, `still_due`: at its end.
    """

    shifts: tuple[Shift, ...]
    visits: tuple[Visit, ...]
    not_reached: tuple[str, ...] = ()
    due: int = 0
    still_due: int = 0

    @property
    def value(self) -> float:
        """What the plan is worth: the sum over its visits."""
        return math.fsum(visit.value for visit in self.visits)

    @property
    def found(self) -> float:
        """Infractions that the plan is expected to find: the sum over its visits."""
        return math.fsum(visit.found for visit in self.visits)

    def count(self, purpose: Purpose) -> int:
        """How many visits have a purpose."""
        return sum(visit.purpose == purpose for visit in self.visits)


def plan_week(
    task: Task, rules: RuleParameters, explore: ExploreParameters, routing: RoutingParameters
) -> Plan:
    """Plan the target week day by day; the same task and settings give the same plan.

    Raises ConfigError where the rules name a zone that is not there, or force one they exclude.
    """
    week = _Week(task, rules, explore, routing)
    days = sorted({shift.day for shift in task.shifts})
    for number, day in enumerate(days):
        week.plan_day(day, days[number:])
    return week.plan()


class _Week:
    """A week that is being planned: what is asked for, and what was planned on the days before."""

    def __init__(
        self,
        task: Task,
        rules: RuleParameters,
        explore: ExploreParameters,
        routing: RoutingParameters,
    ) -> None:
        self.task, self.rules, self.explore, self.routing = task, rules, explore, routing
        self.forced, self.excluded = forced_and_excluded(task.zone_ids, rules)
        self.due = due_zones(task.days_since_visit, rules) & ~self.excluded
        self.fresh, self.upper = task.worth.fresh(), task.upper.fresh()
        self.made = np.zeros(len(task.zone_ids), dtype=np.int64)
        self.owed = 0.0
        self.visits: list[Visit] = []

    def plan_day(self, day: int, days: Sequence[int]) -> None:
        """Plan one day; `days` are those not planned yet, this one first."""
        today = self._day(day)
        if not today.stretches:
            return
        forced = self.forced & (self.made == 0) & self._is_best(today, days)
        plain = self._choices(today, forced)
        routes = greedy_routes(today, plain)
        taken = np.zeros(len(self.made), dtype=bool)
        taken[[plain.zone[row] for route in routes for row in route]] = True
        stops = sum(len(route) for route in routes)
        least = min((plain.worth[row] for route in routes for row in route), default=0.0)
        covered = self._covered(~taken, stops, len(days))
        drawn, probability = self._explored(plain, ~(taken | covered | forced), stops, least)
        choices = self._choices(today, forced | covered | drawn)
        choices = worth_looking_at(choices, math.ceil(self.routing.zones_per_visit * stops))
        if self.task.travel.knows_places:
            several = several_routes(today, choices)
            routes = better_routes(today, choices, several, self.routing)
        else:
            routes = greedy_routes(today, choices)
        visits = _visits(today, choices, routes)
        # what was drawn but not reached, or drawn too much, is made up for on later days
        self.owed += self.explore.share * len(visits) - sum(drawn[visit.zone] for visit in visits)
        for visit in visits:
            explores = drawn[visit.zone] or covered[visit.zone]
            visit = replace(
                visit,
                purpose="explore" if explores else self.task.worth.purpose(visit.zone),
                propensity=float(probability[visit.zone]) if drawn[visit.zone] else 1.0,
            )
            self.visits.append(visit)
            self.made[visit.zone] += 1

    def plan(self) -> Plan:
        """The week as planned so far."""
        missed = np.flatnonzero(self.forced & (self.made == 0))
        return Plan(
            shifts=self.task.shifts,
            visits=tuple(appraise(self.visits, self.task.worth)),
            not_reached=tuple(str(self.task.zone_ids[zone]) for zone in missed),
            due=int(self.due.sum()),
            still_due=int((self.due & (self.made == 0)).sum()),
        )

    def _day(self, day: int) -> Day:
        shifts = self.task.shifts
        stretches = [
            stretch
            for number, shift in enumerate(shifts)
            if shift.day == day
            for whole in shift.stretches(number)
            for stretch in whole.without(self.task.skipped)
        ]
        return Day(shifts, tuple(stretches), self.task.travel, self.task.worth.seconds)

    def _is_best(self, today: Day, days: Sequence[int]) -> np.ndarray:
        """Of which zones no later day has a better hour on duty; all of them on the last day."""
        later = [
            self.fresh[:, _hours(self._day(day).stretches)].max(axis=1, initial=0.0)
            for day in days[1:]
        ]
        now = self.fresh[:, _hours(today.stretches)].max(axis=1)
        return now >= np.max(later, axis=0, initial=0.0)

    def _choices(self, today: Day, wanted: np.ndarray) -> Choices:
        """Every visit of a day that is worth something or wanted, and allowed."""
        rules, hours = self.rules, _hours(today.stretches)
        parts = np.minimum(rules.most_visits_a_day, rules.most_visits_a_week - self.made)
        parts = np.where(wanted, np.minimum(parts, 1), parts)
        allowed = ~self.excluded & (parts > 0)
        zones = np.flatnonzero(allowed & ((self.fresh[:, hours] > 0).any(axis=1) | wanted))
        # the day has as many parts as a zone may have visits, one in each
        part = np.arange(len(hours)) * parts[zones, None] // len(hours)
        row, first, last, worth = spans(self.fresh[np.ix_(zones, hours)], hours, part)
        return Choices(
            zone=zones[row],
            early=hours[first] * HOUR,
            late=(hours[last] + 1) * HOUR,
            worth=worth,
            wanted=wanted[zones[row]],
            group=zones[row] * rules.most_visits_a_day + part[row, first],
        )

    def _covered(self, free: np.ndarray, stops: int, days_left: int) -> np.ndarray:
        """The zones that the rule on coverage asks for today, the longest waiting first."""
        waiting = np.flatnonzero(self.due & (self.made == 0))
        today = min(
            math.ceil(len(waiting) / days_left), math.floor(self.rules.most_coverage * stops)
        )
        waiting = waiting[free[waiting]]
        best = self.fresh[waiting].max(axis=1, initial=0.0)
        order = np.lexsort((waiting, -best, -self.task.days_since_visit[waiting]))
        covered = np.zeros(len(self.made), dtype=bool)
        covered[waiting[order[:today]]] = True
        return covered

    def _explored(
        self, choices: Choices, free: np.ndarray, stops: int, least: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """The zones drawn to be explored today, and the probability with which each was."""
        zone, best = best_of_zones(choices)
        zone, best = zone[free[zone]], best[free[zone]]
        count = max(0, min(round(self.owed + self.explore.share * stops), len(zone)))
        drawn = np.zeros(len(free), dtype=bool)
        probability = np.zeros(len(free))
        if count:
            hour = choices.early[best] // HOUR
            expected, upper = self.fresh[zone, hour], self.upper[zone, hour]
            appeals = appeal(expected, upper, least, self.explore)
            probability[zone] = inclusion(appeals, count)
            day = int(choices.early[0]) // DAY
            rng = np.random.default_rng([self.explore.seed, self.task.week, day])
            drawn[zone[draw(probability[zone], rng)]] = True
        return drawn, probability


def forced_and_excluded(
    zone_ids: Sequence[str], rules: RuleParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Masks of the zones that the rules name; ConfigError where one is not there, or is both."""
    forced = _named(zone_ids, rules.forced, "forced")
    excluded = _named(zone_ids, rules.excluded, "excluded")
    both = np.flatnonzero(forced & excluded)
    if len(both):
        raise ConfigError(
            f"zone '{zone_ids[both[0]]}' is both in patrol.rules.forced and in "
            "patrol.rules.excluded. Take it out of one."
        )
    return forced, excluded


def _named(zone_ids: Sequence[str], names: Sequence[str], key: str) -> np.ndarray:
    known = set(zone_ids)
    for name in names:
        if name not in known:
            raise ConfigError(
                f"key 'patrol.rules.{key}': there is no zone '{name}' in the scores. "
                f"{did_you_mean(name, known)}"
            )
    return np.isin(np.array(zone_ids, dtype=object), list(names))


def due_zones(days_since_visit: np.ndarray, rules: RuleParameters) -> np.ndarray:
    """The zones that would have gone too long without a visit by the end of the target week."""
    if rules.coverage_weeks is None:
        return np.zeros(len(days_since_visit), dtype=bool)
    return days_since_visit + DAYS > DAYS * rules.coverage_weeks


def spans(
    worth: np.ndarray, hours: np.ndarray, part: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hours alike put together: row, first and last column, and mean worth of each span.

    `worth` and `part` are (rows, hours). A span has hours that follow each other, of one part, the
    least of them worth at least `_ALIKE` of the best.
    """
    begins = np.ones(worth.shape, dtype=bool)
    low, high = worth[:, 0].copy(), worth[:, 0].copy()
    for column in range(1, len(hours)):
        now = worth[:, column]
        least, most = np.minimum(low, now), np.maximum(high, now)
        goes_on = (least >= _ALIKE * most) & (part[:, column] == part[:, column - 1])
        goes_on &= hours[column] == hours[column - 1] + 1
        begins[:, column] = ~goes_on
        low, high = np.where(goes_on, least, now), np.where(goes_on, most, now)
    row, first = np.nonzero(begins)
    starts = row * len(hours) + first
    ends = np.append(starts[1:], worth.size)
    mean = np.add.reduceat(worth.ravel(), starts) / (ends - starts) if len(starts) else starts
    return row, first, (ends - 1) % len(hours), mean


def best_of_zones(choices: Choices) -> tuple[np.ndarray, np.ndarray]:
    """The zones that have choices, and the position of the one that is worth most of each."""
    order = np.lexsort((np.arange(len(choices)), -choices.worth, choices.zone))
    zone, first = np.unique(choices.zone[order], return_index=True)
    return zone, order[first]


def worth_looking_at(choices: Choices, candidates: int) -> Choices:
    """The choices of the zones with the best ones and of those wanted, without their poor hours."""
    zone, best = best_of_zones(choices)
    rank = np.lexsort((zone, -choices.worth[best], ~choices.wanted[best]))
    kept = rank[: max(candidates, int(choices.wanted[best].sum()))]
    least = np.full(int(choices.zone.max(initial=0)) + 1, np.inf)
    least[zone[kept]] = _WORTH_WAITING * choices.worth[best][kept]
    return choices.take(choices.worth >= least[choices.zone])


def _hours(stretches: Sequence[Stretch]) -> np.ndarray:
    """The hours of the week in which any stretch has time, ascending."""
    hours = {h for s in stretches for h in range(s.start // HOUR, (s.end - 1) // HOUR + 1)}
    return np.array(sorted(hours), dtype=np.int64)


def _visits(day: Day, choices: Choices, routes: Routes) -> list[Visit]:
    visits = []
    for number, route in enumerate(routes):
        times = arrivals(day, choices, number, route)
        for row, arrive in zip(route, times, strict=True):
            shift, zone = day.stretches[number].shift, int(choices.zone[row])
            visits.append(Visit(shift, zone, arrive, arrive + day.seconds))
    return visits
