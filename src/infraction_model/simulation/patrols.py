"""Officers who go where they always go: fixed rounds biased to the centre, in office hours.

The habit follows how central a zone is and old custom, not the truth: some of the worst zones are
hardly ever visited and some quiet ones daily. It may change once, half-way: then the favourite
zones, the rounds and the hours are drawn anew, as after a new head of service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.simulation.kinds import MARKET_DAYS
from infraction_model.simulation.parameters import SimulationParameters

_ROUNDS, _ROUND_ZONES = 3, 22
_NEGLECTED_SHARE, _CHERISHED_SHARE = 0.08, 0.06
_METRES_PER_MINUTE = 75.0
_FLAIR = 0.5  # how far officers do know where the infractions are: 1 would be wholly
_SKIP, _DETOUR = 0.15, 0.05
_SHORTEST_VISIT, _LONGEST_VISIT = 8, 45
_MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True)
class Timetable:
    """The hours of duty as minutes of the day, and how often officers work at the rarer ones.

    `lunch_share` and `evening_share` are chances per officer and day (evenings from Thursday on),
    `saturday` and `sunday` those of being on duty at all.
    """

    morning: tuple[int, int] = (8 * 60, 12 * 60)
    lunch: tuple[int, int] = (12 * 60 + 15, 13 * 60 + 25)
    afternoon: tuple[int, int] = (13 * 60 + 45, 18 * 60 + 15)
    evening: tuple[int, int] = (20 * 60, 22 * 60 + 45)
    lunch_share: float = 0.05
    evening_share: float = 0.06
    saturday: float = 0.35
    sunday: float = 0.05


@dataclass(frozen=True)
class Habit:
    """Where and when officers go: rounds[officer][which], arrays of zones, and a timetable."""

    rounds: list[list[np.ndarray]]
    timetable: Timetable


@dataclass(frozen=True)
class Shift:
    """The duty of one officer: minutes from the first Monday 00:00."""

    officer: int
    start: int
    end: int
    market_first: bool


def habit_weights(
    streets: pd.DataFrame, mean_rate: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """How much custom draws officers to each zone, float64 (zone), sums to 1."""
    zones = len(streets)
    far = np.hypot(streets["east"], streets["north"]).to_numpy()
    weights = np.exp(-far / (0.4 * far.max())) * np.exp(rng.normal(0.0, 0.7, zones))
    weights *= mean_rate**_FLAIR
    by_rate = np.argsort(mean_rate, kind="stable")
    third = max(1, zones // 3)
    cherished = rng.permutation(by_rate[:third])[: max(1, round(_CHERISHED_SHARE * zones))]
    neglected = rng.permutation(by_rate[-third:])[: max(1, round(_NEGLECTED_SHARE * zones))]
    weights[cherished] = np.quantile(weights, 0.9)
    weights[neglected] *= 0.01
    return weights / weights.sum()


def make_patrols(
    parameters: SimulationParameters,
    streets: pd.DataFrame,
    mean_rate: np.ndarray,
    days: pd.DataFrame,
    rng: np.random.Generator,
    change_rng: np.random.Generator,
) -> pd.DataFrame:
    """Every visit, also those that find nothing: zone, officer, start, end.

    Times are whole minutes from the first Monday 00:00, end exclusive; a visit of
    `parameters.visit_minutes` on average stays within its day. Sorted by start, then officer.
    `change_rng` draws the habit of the second half, where there is another.
    """
    officers = parameters.officers
    places = streets[["east", "north"]].to_numpy()
    habit = _habit(streets, mean_rate, officers, Timetable(), rng)
    habits = [habit] * len(days)
    if parameters.habit_change:
        timetable = _new_timetable(change_rng)
        changed = _habit(streets, mean_rate, officers, timetable, change_rng)
        before = parameters.weeks // 2 * 7
        habits[before:] = [changed] * (len(days) - before)
    market = np.flatnonzero(streets["kind"] == "market")
    walks = (
        1.0 + np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1)) / _METRES_PER_MINUTE
    )
    timetables = [habit.timetable for habit in habits]
    visits = []
    for shift in make_shifts(days, officers, timetables, parameters.duty_share, rng):
        day = shift.start // _MINUTES_PER_DAY
        route = habits[day].rounds[shift.officer][(day % 7 + shift.officer) % _ROUNDS]
        route = np.roll(route, -int(rng.integers(len(route))))
        if shift.market_first:
            route = np.concatenate([rng.permutation(market), route])
        visits += _walk(shift, route, walks, parameters.visit_minutes, rng)
    frame = pd.DataFrame(visits, columns=["zone", "officer", "start", "end"], dtype=np.int64)
    return frame.sort_values(["start", "officer"], kind="stable", ignore_index=True)


def _habit(
    streets: pd.DataFrame,
    mean_rate: np.ndarray,
    officers: int,
    timetable: Timetable,
    rng: np.random.Generator,
) -> Habit:
    weights = habit_weights(streets, mean_rate, rng)
    places = streets[["east", "north"]].to_numpy()
    rounds = [[_round(weights, places, rng) for _ in range(_ROUNDS)] for _ in range(officers)]
    return Habit(rounds, timetable)


def _new_timetable(rng: np.random.Generator) -> Timetable:
    """Other hours: all earlier or later, and more often at lunch, in the evening, at weekends."""
    usual = Timetable()
    later = int(rng.choice([-90, -60, 60, 90]))
    return Timetable(
        morning=(usual.morning[0] + later, usual.morning[1] + later),
        lunch=(usual.lunch[0] + later, usual.lunch[1] + later - 30),
        afternoon=(usual.afternoon[0] + later, usual.afternoon[1] + later),
        evening=(usual.evening[0] + max(0, later - 30), usual.evening[1]),
        lunch_share=rng.uniform(0.1, 0.3),
        evening_share=rng.uniform(0.1, 0.3),
        saturday=rng.uniform(0.2, 0.6),
        sunday=rng.uniform(0.05, 0.2),
    )


def _round(weights: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Zones drawn by habit, then ordered as one walks: always on to the nearest not yet seen."""
    size = min(_ROUND_ZONES, np.count_nonzero(weights), max(2, len(weights) // 2))
    left = list(np.sort(rng.choice(len(weights), size=size, replace=False, p=weights)))
    here = np.zeros(2)
    ordered = []
    while left:
        nearest = int(np.argmin(np.hypot(*(places[left] - here).T)))
        ordered.append(left.pop(nearest))
        here = places[ordered[-1]]
    return np.array(ordered)


def make_shifts(
    days: pd.DataFrame,
    officers: int,
    timetables: Sequence[Timetable],
    duty_share: float,
    rng: np.random.Generator,
) -> list[Shift]:
    """Who is on duty when: mostly weekdays in office hours, by the timetable of each day."""
    shifts = []
    for position, day in enumerate(days.itertuples()):
        midnight = position * _MINUTES_PER_DAY
        on_market = day.weekday in MARKET_DAYS
        present, late = rng.random(officers), rng.integers(-15, 16, (officers, 4))
        extra = rng.random((officers, 3))
        timetable = timetables[position]
        for officer in range(officers):
            if present[officer] >= duty_share * _on_duty(day, timetable):
                continue
            for start, end in _hours_of(day, timetable, extra[officer], officer):
                jitter = late[officer, 0 if start < timetable.afternoon[0] else 1]
                market_first = on_market and start < 10 * 60 and officer % 3 == 0
                shifts.append(
                    Shift(officer, midnight + start + jitter, midnight + end, market_first)
                )
    return shifts


def _on_duty(day, timetable: Timetable) -> float:
    """The share of officers who work on a day."""
    if day.public_holiday:
        return 0.04
    if day.weekday == 6:
        return timetable.sunday
    if day.weekday == 5:
        return timetable.saturday
    return 0.6 if day.date.month == 8 else 0.84


def _hours_of(day, timetable: Timetable, extra: np.ndarray, officer: int) -> list[tuple[int, int]]:
    """The hours an officer on duty works on a day, as minutes of the day."""
    start, end = timetable.morning
    if day.public_holiday:
        return [(start + 90, end)]
    if day.weekday == 6:
        return [(start + 90, end + 15)]
    overtime = 0 if officer % 2 else 35
    hours = [timetable.morning, (timetable.afternoon[0], timetable.afternoon[1] + overtime)]
    if day.weekday == 5:
        return hours
    if extra[0] < timetable.lunch_share:
        hours.insert(1, timetable.lunch)
    if day.weekday >= 3 and extra[1] < timetable.evening_share:
        hours.append(timetable.evening)
    return hours


def _walk(shift: Shift, route, walks, visit_minutes: float, rng: np.random.Generator):
    """The visits of one shift along its route, round and round, with skips and a few detours."""
    steps = 2 + int((shift.end - shift.start) / _SHORTEST_VISIT)
    lasting = rng.gamma(6.0, visit_minutes / 6.0, steps)
    lasting = np.clip(np.rint(lasting), _SHORTEST_VISIT, _LONGEST_VISIT).astype(int)
    chance = rng.random(steps)
    elsewhere = rng.integers(len(walks), size=steps)
    here, now = int(route[0]), shift.start
    visits = []
    for step in range(steps):
        if chance[step] < _SKIP:
            continue
        detour = chance[step] > 1.0 - _DETOUR
        zone = int(elsewhere[step]) if detour else int(route[step % len(route)])
        start = now + round(walks[here, zone])
        if start + lasting[step] > shift.end:
            break
        here, now = zone, start + int(lasting[step])
        visits.append((zone, shift.officer, start, now))
    return visits


def vehicles_checked(
    patrols: pd.DataFrame, found: np.ndarray, spaces: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Vehicles looked at on each visit, those found at fault included; `spaces` is by zone."""
    zone, minutes = patrols["zone"].to_numpy(), (patrols["end"] - patrols["start"]).to_numpy()
    looked_at = spaces[zone] * np.minimum(1.0, minutes / 20.0)
    return found + rng.poisson(0.6 * looked_at)
