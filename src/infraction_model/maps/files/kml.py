"""The week for a phone: zones by priority, shifts with their stops and lines, as KML (OGC 2.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from xml.etree import ElementTree as ET

import shapely

from infraction_model.maps.characters import xml_text
from infraction_model.maps.files.zone_figures import zone_figures
from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.maps.scale import ABSENT_COLOUR, tier_colours
from infraction_model.maps.shapes import flat_parts, simplified
from infraction_model.maps.texts import tier_words, week_title, words_for
from infraction_model.maps.ways import (
    aware,
    shift_title,
    shift_words,
    stop_words,
    team_colours,
    time_zone,
    way,
)
from infraction_model.maps.week import MapWeek
from infraction_model.wording import clock, day_and_date, number, percent, words

_NAMESPACE = "http://www.opengis.net/kml/2.2"
_NO_TIER = 0
_NEARLY_SURE = 0.99


def week_kml(week: MapWeek, plan: WeekPlan | None = None, language: str = "fr") -> bytes:
    """A KML document: a folder of zones by the tier of their best hour, one of shifts.

    Zones without a place and stops without one are left out. The least tier and the shifts are
    there to be ticked (visibility 0). Descriptions are plain text that stays text where a reader
    takes it for HTML. Coordinates have 6 decimals; shapes are simplified as on the page.
    """
    said = words("exports", language)
    root = ET.Element("kml", xmlns=_NAMESPACE)
    document = ET.SubElement(root, "Document")
    _text(document, "name", f"{week.town} – {week_title(week.monday, language)}")
    _text(document, "open", "1")
    _described(document, [words_for(language, week.exposure_basis)["claim"]])
    _styles(document, week, plan)
    _zones(_folder(document, said["zones_folder"], shown=True), week, language)
    placed = [] if plan is None else [route for route in plan.routes if _placed(route)]
    if placed:
        folder = _folder(document, said["shifts_folder"], shown=False)
        teams = list(team_colours(plan))
        for route in placed:
            _shift(folder, route, teams.index(route.team), week, plan, language)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _styles(document: ET.Element, week: MapWeek, plan: WeekPlan | None) -> None:
    tiers = [colour for colour, _ in tier_colours(len(week.tier_shares))]
    for tier, colour in enumerate([ABSENT_COLOUR, *tiers]):
        _style(document, f"tier-{tier}", colour, width=5)
    if plan is not None:
        for place, colour in enumerate(team_colours(plan).values()):
            _style(document, f"team-{place}", colour, width=3)


def _style(document: ET.Element, name: str, colour: str, width: int) -> None:
    style = ET.SubElement(document, "Style", id=name)
    _text(ET.SubElement(style, "IconStyle"), "color", _abgr(colour))
    line = ET.SubElement(style, "LineStyle")
    _text(line, "color", _abgr(colour))
    _text(line, "width", str(width))
    _text(ET.SubElement(style, "PolyStyle"), "color", _abgr(colour, opacity="b3"))


def _zones(parent: ET.Element, week: MapWeek, language: str) -> None:
    """A folder per tier, the zones with the best hours first; then those without a forecast."""
    said, map_words = words("exports", language), words("map", language)
    figures = zone_figures(week)
    shapes = simplified(week.zones["geometry"])
    tiers = [tier or _NO_TIER for tier in figures["best_tier"]]
    order = sorted(range(len(tiers)), key=lambda row: figures["best_rank"][row] or 0)
    names = [
        said["tier_folder"].format(tier=map_words["tier"].format(tier=tier), share=share)
        for tier, share in enumerate(tier_words(week.tier_shares, language), start=1)
    ]
    for tier, name in [*enumerate(names, start=1), (_NO_TIER, said["no_figures"])]:
        rows = [row for row in order if tiers[row] == tier and shapes[row] is not None]
        if not rows:
            continue
        shown = tier in range(1, week.last_tier)
        folder = _folder(parent, name, shown)
        for row in rows:
            zone = {key: values[row] for key, values in figures.items()}
            zone |= {key: week.zones[key][row] for key in ("zone_id", "name")}
            _zone(folder, zone, shapes[row], shown, week, language)


def _zone(
    folder: ET.Element,
    zone: Mapping[str, Any],
    shape: shapely.Geometry,
    shown: bool,
    week: MapWeek,
    language: str,
) -> None:
    mark = _placemark(folder, zone["name"], shown)
    if zone["best_hour"] is not None:
        _described(mark, _zone_words(zone, week, language))
    _text(mark, "styleUrl", f"#tier-{zone['best_tier'] or _NO_TIER}")
    given = ("zone_id", "best_hour", "best_tier", "best_probability", "expected_infractions_week")
    _data(mark, {key: zone[key] for key in given if zone[key] is not None})
    _shape(mark, shape)


def _zone_words(zone: Mapping[str, Any], week: MapWeek, language: str) -> list[str]:
    said, basis = words("exports", language), words_for(language, week.exposure_basis)
    best = dt.datetime.fromisoformat(zone["best_hour"])
    chance = float(f"{min(zone['best_probability'], _NEARLY_SURE):.2g}")
    value = percent(chance, language)
    if zone["best_probability"] > _NEARLY_SURE:  # no forecast is shown as certainty
        value = said["more_than"].format(value=value)
    return [
        said["zone_best"].format(
            when=f"{day_and_date(best.date(), language)}, {clock(best, language)}",
            tier=basis["tier"].format(tier=zone["best_tier"]),
            rank=number(zone["best_rank"], language),
        ),
        said["zone_probability"].format(probability=basis["probability"], value=value),
        said["zone_expected"].format(
            expected=basis["expected"],
            value=number(zone["expected_infractions_week"], language, 1),
        ),
    ]


def _shift(
    parent: ET.Element, route: Route, team: int, week: MapWeek, plan: WeekPlan, language: str
) -> None:
    """A folder of a shift: its line where its stops are a route, then the stops with numbers."""
    said = words("exports", language)
    folder = _folder(parent, shift_title(route, language), shown=False)
    drawn = plan.kind == "routes"
    _described(folder, shift_words(route, drawn, week, language))
    places = way(route)
    if drawn and len(set(places)) > 1:
        mark = _placemark(folder, said["way_line"], shown=False)
        _text(mark, "styleUrl", f"#team-{team}")
        _shape(mark, shapely.LineString(places))
    for stop in _placed(route):
        _stop(folder, stop, team, week, language)


def _placed(route: Route) -> list[Stop]:
    return [stop for stop in route.stops if stop.longitude is not None]


def _stop(folder: ET.Element, stop: Stop, team: int, week: MapWeek, language: str) -> None:
    zone = time_zone(week)
    mark = _placemark(folder, f"{stop.sequence}. {stop.name}", shown=False)
    _described(mark, stop_words(stop, week, language))
    _text(mark, "styleUrl", f"#team-{team}")
    times = {"arrive": stop.arrive, "leave": stop.leave}
    _data(
        mark,
        {
            "zone_id": stop.zone_id,
            "sequence": stop.sequence,
            **{key: aware(time, zone).isoformat() for key, time in times.items()},
            "purpose": stop.purpose,
            "expected": round(stop.expected, 6),
        },
    )
    _shape(mark, shapely.Point(stop.longitude, stop.latitude))


def _folder(parent: ET.Element, name: str, shown: bool) -> ET.Element:
    folder = ET.SubElement(parent, "Folder")
    _text(folder, "name", name)
    _text(folder, "visibility", "1" if shown else "0")
    return folder


def _placemark(parent: ET.Element, name: str, shown: bool) -> ET.Element:
    mark = ET.SubElement(parent, "Placemark")
    _text(mark, "name", name)
    if not shown:
        _text(mark, "visibility", "0")
    return mark


def _described(element: ET.Element, lines: Sequence[str]) -> None:
    """Lines of text, with what HTML would take for its own escaped: many readers show HTML."""
    _text(element, "description", escape("\n".join(lines), quote=False))


def _data(mark: ET.Element, values: Mapping[str, Any]) -> None:
    extended = ET.SubElement(mark, "ExtendedData")
    for key, value in values.items():
        _text(ET.SubElement(extended, "Data", name=key), "value", str(value))


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = xml_text(text)


def _shape(parent: ET.Element, shape: shapely.Geometry) -> None:
    parts = flat_parts(shapely.orient_polygons(shape, exterior_cw=False))
    place = parent if len(parts) == 1 else ET.SubElement(parent, "MultiGeometry")
    for part in parts:
        element = ET.SubElement(place, part.geom_type)
        if isinstance(part, shapely.Polygon):
            for side, ring in [
                ("outerBoundaryIs", part.exterior),
                *(("innerBoundaryIs", hole) for hole in part.interiors),
            ]:
                inner = ET.SubElement(ET.SubElement(element, side), "LinearRing")
                _coordinates(inner, ring)
        else:
            _coordinates(element, part)


def _coordinates(element: ET.Element, line: shapely.Geometry) -> None:
    places = shapely.get_coordinates(line)
    _text(element, "coordinates", " ".join(f"{x:.6f},{y:.6f}" for x, y in places))


def _abgr(colour: str, opacity: str = "ff") -> str:
    """A colour as KML wants it: opacity, blue, green, red."""
    return f"{opacity}{colour[5:7]}{colour[3:5]}{colour[1:3]}"
