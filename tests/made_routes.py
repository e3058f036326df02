"""Plans as they are drawn, for tests: teams, days, stops on made streets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from infraction_model.maps.routes import Route, Stop, WeekPlan
from made_weeks import MONDAY

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PURPOSES = ("yield", "safety", "explore")
LON, LAT = 3.3, 49.8


def plan(
    stops: int = 3,
    teams: tuple[str, ...] = ("A", "B"),
    days: tuple[int, ...] = (0, 1),
    names: tuple[str, ...] = (),
    kind: str = "routes",
    start: dt.time = dt.time(9),
    monday: dt.date = MONDAY,
    **settings,
) -> WeekPlan:
    """Shifts of three hours and more; the zones S0000, S0001, … are visited in turn.

    `names` are the names of the first zones; `settings` are those of Route.
    """
    routes, zone = [], 0
    for day in days:
        for team in teams:
            begin = dt.datetime.combine(monday + dt.timedelta(days=day), start)
            visits = []
            for place in range(stops):
                visits.append(
                    stop(place, zone, begin + dt.timedelta(minutes=17 * place), names, kind)
                )
                zone = (zone + 1) % 120
            end = begin + dt.timedelta(minutes=max(180, 17 * stops))
            routes.append(
                Route(
                    **{
                        "shift_id": f"{team} {DAYS[day]} {start:%H:%M}",
                        "team": team,
                        "mode": "foot",
                        "start": begin,
                        "end": end,
                        "break_start": None,
                        "break_minutes": 0,
                        "longitude": None,
                        "latitude": None,
                        "stops": tuple(visits),
                        **settings,
                    }
                )
            )
    return of(*routes, kind=kind, monday=monday)


def of(*routes: Route, kind: str = "routes", monday: dt.date = MONDAY) -> WeekPlan:
    """The plan of some routes."""
    about = {"target_week": str(monday), "model_version": "gbm-2026-01-05-1", "kind": kind}
    return WeekPlan(kind, routes, about)


def at_places(places: Sequence[tuple[float, float]], **settings) -> Route:
    """A route through places (longitude, latitude)."""
    (route,) = plan(stops=len(places), teams=("A",), days=(0,), **settings).routes
    stops = [
        replace(stop, longitude=longitude, latitude=latitude)
        for stop, (longitude, latitude) in zip(route.stops, places, strict=True)
    ]
    return replace(route, stops=tuple(stops))


def stop(place: int, zone: int, arrive: dt.datetime, names: tuple[str, ...], kind: str) -> Stop:
    """One stop of a quarter of an hour."""
    purpose = PURPOSES[place % 3]
    return Stop(
        sequence=place + 1,
        zone_id=f"S{zone:04d}",
        name=names[zone] if zone < len(names) else f"Rue S{zone:04d}",
        arrive=arrive,
        leave=arrive + dt.timedelta(minutes=15),
        expected=0.25 + 0.01 * zone,
        purpose=purpose,
        propensity=0.125 if purpose == "explore" else 1.0,
        longitude=LON + 0.0015 * (zone // 2 % 10) if kind == "routes" else None,
        latitude=LAT + 0.001 * (zone // 20) if kind == "routes" else None,
        likely=(("pavement", 0.6), ("unpaid", 0.3)),
    )
