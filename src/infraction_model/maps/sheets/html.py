"""The sheets that patrols carry: an A4 page per shift and one of the whole week, in one HTML file.

Pages are laid out here, not by the browser: rows of a stated height, so many on a page. So no row
is ever cut in two, each page has its head and its number, and every browser prints the same.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from infraction_model.exposure import Basis
from infraction_model.maps.characters import encodable
from infraction_model.maps.inline import asset, content_policy, templates
from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.maps.sheets.sketch import HEIGHT, WIDTH, Sketch, metres_between, sketch
from infraction_model.maps.texts import week_title
from infraction_model.maps.ways import comes_to
from infraction_model.wording import (
    category_name,
    clock,
    day_and_date,
    day_names,
    long_date,
    number,
    words,
)

LONGEST = 90
"""Characters of a text that a sheet shows: longer ones end in an ellipsis."""

_READS_VISITS = ("recorded", "checks")  # the models of other bases do not see visits
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ROWS = {True: 15, False: 17}  # of the only page of a sheet, with and without a sketch
_LOW_ROWS = {True: 13, False: 16}  # up to so many there is room for higher ones
_ROWS_OF_SEVERAL = 16
_OVERVIEW, _PER_SHIFT, _PER_TEAM = 170, 8, 2  # millimetres: of the table, and what rows take
_SAME_PLACE = 5.0  # metres: two zones may share a stretch of street


def sheets_html(
    plan: WeekPlan,
    town: str,
    language: str = "fr",
    zones: pd.DataFrame | None = None,
    basis: Basis = "recorded",
) -> str:
    """All sheets of a week as one HTML file that asks nothing of any network.

    `basis` is the exposure basis of the scores: it says what is expected, and what a visit that
    finds nothing is good for.

    `zones` (columns zone_id, geometry in degrees or None) are drawn round the stops of a sketch.
    On the screen one sheet or all can be chosen and printed, A4 upright, black on white.
    """
    said, style = words("sheet", language), asset("assets/sheets.css")
    script = asset("assets/sheets.js")
    shapes = [] if zones is None else list(zones["geometry"])
    return (
        templates()
        .get_template("sheets.html.j2")
        .render(
            language=language,
            policy=content_policy(style, [script]),
            style=Markup(style),
            script=Markup(script),
            t=said,
            why_nothing=said["why_nothing" if basis in _READS_VISITS else "why_nothing_unread"],
            town=short(town),
            week=week_title(plan.monday, language),
            monday=long_date(plan.monday, language),
            model=short(str(plan.about["model_version"])),
            kind=plan.kind,
            days=day_names(language),
            overview=_overview(plan, language),
            purposes=_purposes(plan, language),
            sheets=[
                _sheet(f"s{place}", route, language, basis, sketch(route, shapes))
                for place, route in enumerate(plan.routes, 1)
            ],
            width=WIDTH,
            height=HEIGHT,
        )
    )


def short(text: str, most: int = LONGEST) -> str:
    """A text of the town in one line of a bearable length."""
    line = _CONTROL.sub(" ", encodable(text)).strip()
    return line if len(line) <= most else f"{line[: most - 1]}…"


@dataclass(frozen=True)
class Page:
    """One page of a sheet: some of its rows, and whether it is the last, with what stands below."""

    number: int
    rows: Sequence[dict[str, Any]]
    last: bool


def paged(rows: Sequence[dict[str, Any]], with_sketch: bool) -> list[Page]:
    """The rows of a sheet on as few pages as they take, evenly."""
    if len(rows) <= _ROWS[with_sketch]:
        return [Page(1, rows, True)]
    count = max(2, -(-len(rows) // _ROWS_OF_SEVERAL))
    each = -(-len(rows) // count)
    return [
        Page(place + 1, rows[place * each : (place + 1) * each], place == count - 1)
        for place in range(count)
    ]


def _sheet(
    name: str, route: Route, language: str, basis: Basis, drawn: Sketch | None
) -> dict[str, Any]:
    said = words("sheet", language)
    rows = _rows(route, language)
    pages = paged(rows, drawn is not None)
    dense = len(pages) == 1 and len(rows) > _LOW_ROWS[drawn is not None]
    unplaced = [str(stop.sequence) for stop in route.stops if stop.longitude is None]
    return {
        "id": name,
        "code": short(route.shift_id),
        "day": day_and_date(route.start.date(), language),
        "team": _team(route, said),
        "choice": _choice(route, language),
        "hours": _hours(route, language),
        "mode": said[f"mode_{route.mode}"] if route.team else "",
        "pause": _pause(route, language),
        "start": _start(route, language),
        "comes_to": comes_to(route, basis, language),
        "pages": pages,
        "dense": dense,
        "sketch": drawn,
        "bar": "" if drawn is None else _distance(drawn.bar_metres, language),
        "unplaced": ", ".join(unplaced) if drawn is not None else "",
    }


def _choice(route: Route, language: str) -> str:
    """A sheet in the list of all; what turns the direction of text ends with the team's name."""
    team = f"\u2068{_team(route, words('sheet', language))}\u2069"
    return f"{day_and_date(route.start.date(), language)} · {team} · {_hours(route, language)}"


def _team(route: Route, said) -> str:
    return said["team"].format(team=short(route.team)) if route.team else said["no_team"]


def _hours(route: Route, language: str) -> str:
    said = words("sheet", language)
    if not route.team:
        return said["hours_free"]
    return said["hours"].format(start=clock(route.start, language), end=clock(route.end, language))


def _pause(route: Route, language: str) -> str:
    said = words("sheet", language)
    if not route.team:
        return ""
    if route.break_start is None:
        return said["no_break"]
    return said["break"].format(
        start=clock(route.break_start, language), minutes=route.break_minutes
    )


def _start(route: Route, language: str) -> str:
    said = words("sheet", language)
    if not route.team:
        return ""
    if route.longitude is None:
        return said["from_first"]
    return said["from_base"].format(
        latitude=number(route.latitude, language, 4), longitude=number(route.longitude, language, 4)
    )


def _rows(route: Route, language: str) -> list[dict[str, Any]]:
    """A row per stop, and one for the break where it falls between two."""
    rows: list[dict[str, Any]] = []
    base = None if route.longitude is None else (route.longitude, route.latitude)
    here, resting = base, route.break_start
    for stop in route.stops:
        if resting is not None and stop.arrive >= resting and rows:
            rows.append({"pause": _pause(route, language)})
            here, resting = base or here, None
        place = None if stop.longitude is None else (stop.longitude, stop.latitude)
        rows.append(_row(stop, here, place, language))
        here = place or here
    return rows


def _row(
    stop: Stop,
    here: tuple[float, float] | None,
    place: tuple[float, float] | None,
    language: str,
) -> dict[str, Any]:
    said = words("sheet", language)
    name, zone_id = short(stop.name), short(stop.zone_id, 30)
    leg = ""
    if here is not None and place is not None:
        metres = metres_between(here, place)
        leg = said["leg"].format(distance=_distance(metres, language))
        if metres < _SAME_PLACE:
            leg = said["same_place"]
    return {
        "order": stop.sequence,
        "arrive": clock(stop.arrive, language),
        "leave": clock(stop.leave, language),
        "name": name,
        "zone_id": "" if zone_id == name else zone_id,
        "leg": leg,
        "purpose": words("visits", language)[stop.purpose],
        "likely": [short(category_name(category, language), 40) for category, _ in stop.likely],
    }


def _distance(metres: float, language: str) -> str:
    said = words("sheet", language)
    if metres < 995:
        tens = 10 * round(metres / 10) if metres >= 10 else round(metres)
        return said["metres"].format(metres=tens)
    whole = float(metres).is_integer() and metres % 1000 == 0
    return said["kilometres"].format(kilometres=number(metres / 1000, language, 0 if whole else 1))


def _purposes(plan: WeekPlan, language: str) -> list[tuple[str, str]]:
    """The purposes that the plan has, each with what it means."""
    met = {stop.purpose for route in plan.routes for stop in route.stops}
    return [
        (words("visits", language)[name], words("map", language)[f"purpose_{name}"])
        for name in ("yield", "safety", "explore")
        if name in met
    ]


def _overview(plan: WeekPlan, language: str) -> list[list[dict[str, Any]]]:
    """The week's shifts, a row per team and a cell per day, in pages."""
    said = words("sheet", language)
    teams: dict[str, list[list[dict[str, str]]]] = {}
    for place, route in enumerate(plan.routes, 1):
        cells = teams.setdefault(route.team, [[] for _ in range(7)])
        stops = len(route.stops)
        count = said["one_stop"] if stops == 1 else said["stops"].format(stops=stops)
        hours = f"{clock(route.start, language)} – {clock(route.end, language)}"
        day = (route.start.date() - plan.monday) // dt.timedelta(days=1)
        cells[min(max(day, 0), 6)].append(
            {"sheet": f"s{place}", "hours": hours if route.team else "", "stops": count}
        )
    pages: list[list[dict[str, Any]]] = [[]]
    room = _OVERVIEW
    for team in sorted(teams):
        height = _PER_TEAM + _PER_SHIFT * max(len(cell) for cell in teams[team])
        if height > room and pages[-1]:
            pages.append([])
            room = _OVERVIEW
        room -= height
        name = short(team, 40) if team else said["no_team"]
        pages[-1].append({"team": name, "cells": teams[team]})
    return pages
