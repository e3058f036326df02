"""The patrol plan as the page holds it: shifts with their stops, times in minutes of the week."""

from __future__ import annotations

import datetime as dt
from typing import Any

from infraction_model.errors import ContractError
from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.maps.week import MapWeek
from infraction_model.wording import LANGUAGES, category_name, words

PURPOSES = ("yield", "safety", "explore")
LONGEST_TEAM = 60
LONGEST_CATEGORY = 60
_MINUTE = dt.timedelta(minutes=1)


def plan_of(week: MapWeek, plan: WeekPlan) -> dict[str, Any]:
    """Routes with stops as [zone's row, arrival, departure, expected, purpose, likely].

    Times are minutes from the week's Monday; `purpose` is a place in PURPOSES; `likely` pairs a
    place in `categories` with a share in percent. Raises ContractError where the plan visits a zone
    that the week lacks.
    """
    monday = dt.datetime.combine(week.monday, dt.time())
    row_of = {zone_id: row for row, zone_id in enumerate(week.zones["zone_id"])}
    categories: dict[str, int] = {}
    routes = [_route(route, monday, row_of, categories) for route in plan.routes]
    said = {language: words("visits", language) for language in LANGUAGES}
    return {
        "kind": plan.kind,
        "routes": routes,
        "categories": {
            language: [category_name(name, language)[:LONGEST_CATEGORY] for name in categories]
            for language in LANGUAGES
        },
        "purposes": {
            language: [said[language][purpose] for purpose in PURPOSES] for language in LANGUAGES
        },
    }


def _route(
    route: Route, monday: dt.datetime, row_of: dict[str, int], categories: dict[str, int]
) -> dict[str, Any]:
    pause = None
    if route.break_start is not None:
        pause = [_minute(route.break_start, monday), route.break_minutes]
    base = None
    if route.longitude is not None and route.latitude is not None:
        base = [round(route.longitude, 5), round(route.latitude, 5)]
    return {
        "team": _short(route.team),
        "mode": route.mode,
        "start": _minute(route.start, monday),
        "end": _minute(route.end, monday),
        "pause": pause,
        "base": base,
        "stops": [_stop(stop, monday, row_of, categories) for stop in route.stops],
    }


def _stop(
    stop: Stop, monday: dt.datetime, row_of: dict[str, int], categories: dict[str, int]
) -> list[Any]:
    if stop.zone_id not in row_of:
        raise ContractError(
            f"the plan visits zone '{_short(stop.zone_id)}', which the scores of its week lack. "
            "Run `infraction-model plan` again."
        )
    return [
        row_of[stop.zone_id],
        _minute(stop.arrive, monday),
        _minute(stop.leave, monday),
        float(f"{stop.expected:.3g}"),
        PURPOSES.index(stop.purpose),
        [
            [categories.setdefault(name, len(categories)), round(100 * share)]
            for name, share in stop.likely
        ],
    ]


def _minute(time: dt.datetime, monday: dt.datetime) -> int:
    return round((time - monday) / _MINUTE)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEAM else text[: LONGEST_TEAM - 1] + "…"
