"""Officers who go where they always go: fixed rounds biased to the centre, in office hours.

The habit follows how central a zone is and old custom, not the truth: some of the worst zones are
hardly ever visited and some quiet ones daily.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.simulation.kinds import MARKET_DAYS

_ROUNDS, _ROUND_ZONES = 3, 22
_NEGLECTED_SHARE, _CHERISHED_SHARE = 0.08, 0.06
_METRES_PER_MINUTE = 75.0
_FLAIR = 0.5  # how far officers do know where the infractions are: 1 would be wholly
_SKIP, _DETOUR = 0.15, 0.05
_SHORTEST_VISIT, _LONGEST_VISIT = 8, 45
_MINUTES_PER_DAY = 24 * 60


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
    streets: pd.DataFrame,
    mean_rate: np.ndarray,
    days: pd.DataFrame,
    officers: int,
    visit_minutes: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Every visit, also those that find nothing: zone, officer, start, end.

    Times are whole minutes from the first Monday 00:00, end exclusive; a visit of `visit_minutes`
    on average stays within its day. Sorted by start, then officer.
    """
    weights = habit_weights(streets, mean_rate, rng)
    places = streets[["east", "north"]].to_numpy()
    rounds = [[_round(weights, places, rng) for _ in range(_ROUNDS)] for _ in range(officers)]
    market = np.flatnonzero(streets["kind"] == "market")
    walks = (
        1.0 + np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1)) / _METRES_PER_MINUTE
    )
    visits = []
    for shift in make_shifts(days, officers, rng):
        weekday = shift.start // _MINUTES_PER_DAY % 7
        route = rounds[shift.officer][(weekday + shift.officer) % _ROUNDS]
        route = np.roll(route, -int(rng.integers(len(route))))
        if shift.market_first:
            route = np.concatenate([rng.permutation(market), route])
        visits += _walk(shift, route, walks, visit_minutes, rng)
    frame = pd.DataFrame(visits, columns=["zone", "officer", "start", "end"], dtype=np.int64)
    return frame.sort_values(["start", "officer"], kind="stable", ignore_index=True)


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


def make_shifts(days: pd.DataFrame, officers: int, rng: np.random.Generator) -> list[Shift]:
    """Who is on duty when: weekdays 8 h to 19 h, fewer on Saturdays, rarely at other times."""
    shifts = []
    for position, day in enumerate(days.itertuples()):
        midnight = position * _MINUTES_PER_DAY
        on_market = day.weekday in MARKET_DAYS
        present, late = rng.random(officers), rng.integers(-15, 16, (officers, 4))
        extra = rng.random((officers, 3))
        for officer in range(officers):
            for start, end in _hours_of(day, present[officer], extra[officer], officer):
                jitter = late[officer, 0 if start < 13 * 60 else 1]
                market_first = on_market and start < 10 * 60 and officer % 3 == 0
                shifts.append(
                    Shift(officer, midnight + start + jitter, midnight + end, market_first)
                )
    return shifts


def _hours_of(day, present: float, extra: np.ndarray, officer: int) -> list[tuple[int, int]]:
    """The hours an officer works on a day, as minutes of the day."""
    morning, afternoon = (8 * 60, 12 * 60), (13 * 60 + 45, 18 * 60 + (15 if officer % 2 else 50))
    if day.public_holiday:
        return [(9 * 60 + 30, 12 * 60)] if present < 0.04 else []
    if day.weekday == 6:
        return [(9 * 60 + 30, 12 * 60 + 15)] if present < 0.05 else []
    if day.weekday == 5:
        return [morning, afternoon] if present < 0.35 else []
    if present > (0.6 if day.date.month == 8 else 0.84):
        return []
    hours = [morning, afternoon]
    if extra[0] < 0.05:
        hours.insert(1, (12 * 60 + 15, 13 * 60 + 25))
    if day.weekday >= 3 and extra[1] < 0.06:
        hours.append((20 * 60, 22 * 60 + 45))
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
