"""What the files of routes share: the way of a shift, its times with an offset, its words."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.maps.texts import words_for
from infraction_model.maps.week import MapWeek
from infraction_model.wording import category_name, clock, day_and_date, number, percent, words

TEAM_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#17202b")
"""Told apart by colour-blind eyes too. Source: Okabe and Ito (2008), Color Universal Design."""


def time_zone(week: MapWeek) -> ZoneInfo:
    """The town's own time zone, in which its scores are."""
    return ZoneInfo(str(week.ranked["starts_at"].dt.tz))


def aware(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """A wall-clock time with its offset, read as timegrid.localise reads it.

    The first passage of an hour repeated in autumn; an hour later in the one skipped in spring.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC).astimezone(zone)


def way(route: Route) -> list[tuple[float, float]]:
    """Longitude and latitude of the places a shift goes through: its base, stops, break, base.

    Stops without a place are passed over; without a base the way begins and ends at a stop. A break
    is taken at the base.
    """
    base = [] if route.longitude is None else [(route.longitude, route.latitude)]
    before, after = [], []
    for stop in route.stops:
        if stop.longitude is not None:
            late = route.break_start is not None and stop.arrive >= route.break_start
            (after if late else before).append((stop.longitude, stop.latitude))
    return [*base, *before, *(base if before and after else []), *after, *base]


def team_colours(plan: WeekPlan) -> dict[str, str]:
    """A colour for each team, in the order of their names; past seven teams they repeat."""
    teams = sorted({route.team for route in plan.routes})
    return {team: TEAM_COLOURS[place % len(TEAM_COLOURS)] for place, team in enumerate(teams)}


def shift_title(route: Route, language: str) -> str:
    """A shift in words: its day, team and hours; a plan without teams has days only."""
    day = day_and_date(route.start.date(), language)
    if not route.team:
        return day
    hours = f"{clock(route.start, language)} – {clock(route.end, language)}"
    return f"{day} · {route.team} · {hours}"


def shift_words(route: Route, drawn: bool, week: MapWeek, language: str) -> list[str]:
    """A shift in words, a line each: what it comes to, what a drawn line is, what is missing."""
    said = words("exports", language)
    lines = [comes_to(route, week.exposure_basis, language)]
    if drawn:
        lines.append(said["straight"])
    unplaced = sum(stop.longitude is None for stop in route.stops)
    if unplaced:
        lines.append(said["shift_unplaced"].format(count=unplaced))
    return lines


def comes_to(route: Route, basis: str, language: str) -> str:
    """How many stops a shift has and what is expected there, named as the exposure basis wants."""
    return words("exports", language)["shift_about"].format(
        stops=len(route.stops),
        expected=words_for(language, basis)["expected"],
        value=number(route.expected, language, 1),
    )


def stop_words(stop: Stop, week: MapWeek, language: str) -> list[str]:
    """A stop in words, a line each: when, what for, what is expected, what to look for."""
    said = words("exports", language)
    basis = words_for(language, week.exposure_basis)
    value = number(stop.expected, language, 2)
    lines = [
        f"{clock(stop.arrive, language)} – {clock(stop.leave, language)}",
        said["stop_purpose"].format(purpose=words("visits", language)[stop.purpose]),
        said["stop_expected"].format(expected=basis["expected"], value=value),
    ]
    if stop.likely:
        lines.append(said["stop_likely"].format(categories=likely_words(stop, language)))
    return lines


def likely_words(stop: Stop, language: str) -> str:
    """The categories likely at a stop, each with its share."""
    return "; ".join(
        f"{category_name(name, language)} {percent(round(share, 2), language)}"
        for name, share in stop.likely
    )
