"""The routes of a plan that every renderer draws: shifts, their stops in order, where and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infraction_model import timegrid
from infraction_model.patrol.shifts import DAY, MINUTE


@dataclass(frozen=True)
class Stop:
    """One visit: the zone, when, what for, and what is likely to be found there.

    `arrive`, `leave`: wall clock. `longitude`, `latitude`: a point of the zone, None where it has
    no place on a map. `likely`: the zone's most frequent categories, each with its share.
    """

    sequence: int
    zone_id: str
    name: str
    arrive: dt.datetime
    leave: dt.datetime
    expected: float
    purpose: str
    propensity: float
    longitude: float | None
    latitude: float | None
    likely: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Route:
    """One team's shift on one day, with its stops in order.

    `start`, `end`, `break_start`: wall clock. `longitude`, `latitude`: where the shift starts, None
    where that is not stated. A plan without a roster has one route a day, of no team.
    """

    shift_id: str
    team: str
    mode: str
    start: dt.datetime
    end: dt.datetime
    break_start: dt.datetime | None
    break_minutes: int
    longitude: float | None
    latitude: float | None
    stops: tuple[Stop, ...]

    @property
    def expected(self) -> float:
        """Infractions that its visits are expected to find."""
        return sum(stop.expected for stop in self.stops)


@dataclass(frozen=True)
class WeekPlan:
    """The plan of a target week as it is drawn.

    `kind`: `routes` (ways between places), `shifts` (times, but zones without places), `hours` (no
    roster: zone-hours, no teams). `about` is the plan's own record (plan.json).
    """

    kind: str
    routes: tuple[Route, ...]
    about: Mapping[str, Any]

    @property
    def monday(self) -> dt.date:
        """The first day of the target week."""
        return dt.date.fromisoformat(self.about["target_week"])


MOST_LIKELY = 3
"""Categories of a zone that a stop names, the most frequent first."""

_LEAST_LIKELY = 0.05


def week_plan(
    visits: pd.DataFrame,
    zones: pd.DataFrame,
    about: Mapping[str, Any],
    week: int,
    mix: tuple[Sequence[str], np.ndarray],
) -> WeekPlan:
    """The plan of a week from its contract table `visits` and its record.

    `visits` has times in the town's own zone; `zones` has zone_id, name, lon, lat (NaN where
    unknown); `mix` is patrol.records.category_mix of the same zones. Routes are in the order of
    their start, then of the team.
    """
    places = zones.reset_index(drop=True)
    row_of = pd.Index(places["zone_id"]).get_indexer(visits["zone_id"])
    arrive_at, leave_at = (timegrid.to_local(visits[name]) for name in ("arrive_at", "leave_at"))
    stops: dict[str, list[Stop]] = {}
    rows = zip(visits.to_dict("records"), row_of, arrive_at, leave_at, strict=True)
    for visit, row, arrive, leave in rows:
        place = places.iloc[row] if row >= 0 else None
        stop = Stop(
            sequence=int(visit["sequence"]),
            zone_id=visit["zone_id"],
            name=visit["zone_id"] if place is None else place["name"],
            arrive=arrive.to_pydatetime(),
            leave=leave.to_pydatetime(),
            expected=float(visit["expected_infractions"]),
            purpose=visit["purpose"],
            propensity=float(visit["propensity"]),
            longitude=None if place is None else _known(place["lon"]),
            latitude=None if place is None else _known(place["lat"]),
            likely=() if place is None else likely(mix, row),
        )
        stops.setdefault(visit["shift_id"], []).append(stop)
    monday = dt.datetime.combine(timegrid.monday(week), dt.time())
    shifts = about["shifts"] or _days(visits, monday)
    routes = [_route(shift, stops.get(shift["shift_id"], []), monday) for shift in shifts]
    routes.sort(key=lambda route: (route.start, route.team))
    return WeekPlan(about["kind"], tuple(routes), about)


def likely(mix: tuple[Sequence[str], np.ndarray], row: int) -> tuple[tuple[str, float], ...]:
    """The most frequent categories of the zone in a row of the mix, each with its share."""
    names, share = mix
    best = np.argsort(-share[row], kind="stable")[:MOST_LIKELY]
    return tuple(
        (names[place], float(share[row, place]))
        for place in best
        if share[row, place] >= _LEAST_LIKELY
    )


def _route(shift: Mapping[str, Any], stops: list[Stop], monday: dt.datetime) -> Route:
    at = {
        key: None if shift[key] is None else monday + dt.timedelta(seconds=shift[key])
        for key in ("start", "end", "break_start")
    }
    return Route(
        shift_id=shift["shift_id"],
        team=shift["team"],
        mode=shift["mode"],
        **at,
        break_minutes=shift["break_seconds"] // MINUTE if at["break_start"] else 0,
        longitude=shift["longitude"],
        latitude=shift["latitude"],
        stops=tuple(sorted(stops, key=lambda stop: stop.sequence)),
    )


def _days(visits: pd.DataFrame, monday: dt.datetime) -> list[dict[str, Any]]:
    """The days of a plan without a roster, as shifts of nobody."""
    arrive = timegrid.to_local(visits["arrive_at"])
    days = ((arrive - pd.Timestamp(monday)).dt.days).groupby(visits["shift_id"]).first()
    nobody = {"team": "", "mode": "foot", "break_start": None, "break_seconds": 0}
    nowhere = {"longitude": None, "latitude": None}
    return [
        {"shift_id": shift_id, "start": day * DAY, "end": (day + 1) * DAY} | nobody | nowhere
        for shift_id, day in days.items()
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
