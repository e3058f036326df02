"""Without a roster: the zone-hours on which so many hours of patrol are best spent. No routes.

Who goes, in what order and on what way is left to the town; between two visits the time that is
stated for places of which nothing is known is set aside.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from infraction_model.patrol.allocation import (
    DAYS,
    Plan,
    RuleParameters,
    Task,
    due_zones,
    forced_and_excluded,
)
from infraction_model.patrol.exploration import ExploreParameters, appeal, draw, inclusion
from infraction_model.patrol.shifts import DAY, DAY_NAMES, HOUR, MINUTE, Shift
from infraction_model.patrol.visits import Visit, appraise

HOURS_PER_DAY = 24


def nobodys_shifts() -> tuple[Shift, ...]:
    """The days of a week, on which nobody in particular is on duty."""
    days = range(DAYS)
    return tuple(Shift(DAY_NAMES[day], "", day * DAY, (day + 1) * DAY) for day in days)


def plan_hours(task: Task, hours: float, rules: RuleParameters, explore: ExploreParameters) -> Plan:
    """The best zone-hours for so many hours of patrol in the week, under the same rules as routes.

    `task.shifts` are `nobodys_shifts()`. Forced zones come first, then those that waited too long,
    then those drawn, each in its best hour; the rest of the time goes to the best hours of all.
    """
    forced, excluded = forced_and_excluded(task.zone_ids, rules)
    fresh = np.where(excluded[:, None], 0.0, task.worth.fresh())
    pause = task.travel.parameters.unknown_minutes * MINUTE
    count = math.floor(hours * HOUR / (task.worth.seconds + pause))
    due = due_zones(task.days_since_visit, rules) & ~excluded
    asked = np.flatnonzero(forced)
    best = fresh.max(axis=1)
    waiting = np.flatnonzero(due & ~forced)
    order = np.lexsort((waiting, -best[waiting], -task.days_since_visit[waiting]))
    covered = waiting[order[: math.floor(rules.most_coverage * count)]]
    plain = _best_hours(fresh, count - len(asked) - len(covered), rules, {*asked, *covered})
    drawn, probability = _drawn(task, fresh, plain, {*asked, *covered}, count, explore)
    first = [*asked, *covered, *drawn][:count]
    kept = _best_hours(fresh, count - len(first), rules, set(first))
    cells = [(zone, int(fresh[zone].argmax())) for zone in first] + kept
    exploring = {*covered.tolist(), *drawn.tolist()}
    visits = []
    for zone, hour in cells:
        visit = Visit(
            hour // HOURS_PER_DAY, int(zone), hour * HOUR, hour * HOUR + task.worth.seconds
        )
        purpose = "explore" if zone in exploring else task.worth.purpose(zone)
        visits.append(replace(visit, purpose=purpose, propensity=float(probability[zone])))
    visited = {visit.zone for visit in visits}
    return Plan(
        shifts=task.shifts,
        visits=tuple(appraise(visits, task.worth)),
        not_reached=tuple(str(task.zone_ids[zone]) for zone in asked if zone not in visited),
        due=int(due.sum()),
        still_due=int(sum(zone not in visited for zone in np.flatnonzero(due))),
    )


def _best_hours(
    fresh: np.ndarray, count: int, rules: RuleParameters, apart: set[int]
) -> list[tuple[int, int]]:
    """The best zone-hours of the zones that are not `apart`, as many as the rules allow."""
    cells: list[tuple[int, int]] = []
    by_week = np.zeros(len(fresh), dtype=int)
    by_day = np.zeros((len(fresh), DAYS), dtype=int)
    for cell in np.argsort(-fresh, axis=None, kind="stable"):
        zone, hour = divmod(int(cell), fresh.shape[1])
        if len(cells) >= count or fresh[zone, hour] <= 0:
            break
        day = hour // HOURS_PER_DAY
        full = by_week[zone] >= rules.most_visits_a_week
        if zone in apart or full or by_day[zone, day] >= rules.most_visits_a_day:
            continue
        by_week[zone] += 1
        by_day[zone, day] += 1
        cells.append((zone, hour))
    return cells


def _drawn(
    task: Task,
    fresh: np.ndarray,
    plain: list[tuple[int, int]],
    apart: set[int],
    count: int,
    explore: ExploreParameters,
) -> tuple[np.ndarray, np.ndarray]:
    """The zones drawn to be explored, and the probability with which each of the zones was."""
    taken = {*apart, *(zone for zone, _ in plain)}
    free = [z for z in range(len(fresh)) if z not in taken and fresh[z].max() > 0]
    rows = np.array(free, dtype=np.int64)
    number = min(round(explore.share * count), len(rows))
    probability = np.ones(len(fresh))
    if not number:
        return rows[:0], probability
    hour = fresh[rows].argmax(axis=1)
    least = min((fresh[cell] for cell in plain), default=0.0)
    upper = task.upper.fresh()[rows, hour]
    chances = inclusion(appeal(fresh[rows, hour], upper, least, explore), number)
    chosen = draw(chances, np.random.default_rng([explore.seed, task.week, DAYS]))
    probability[rows[chosen]] = chances[chosen]
    return rows[chosen], probability
