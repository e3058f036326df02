"""A route for a GPS receiver or a phone: each shift as one GPX 1.1 file."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import partial
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from infraction_model.maps.characters import xml_text
from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.maps.ways import aware, shift_title, shift_words, stop_words, time_zone
from infraction_model.maps.week import MapWeek
from infraction_model.wording import words

_NAMESPACE = "http://www.topografix.com/GPX/1/1"
_LONGEST_TEAM = 40


def routes_gpx(
    week: MapWeek, plan: WeekPlan | None = None, language: str = "fr"
) -> dict[str, bytes]:
    """Each route by its file name, `DATE_TEAM_START.gpx`; none where a plan has no routes.

    A file is one `rte`: the base where it is known, the stops in order, the break and the base
    again, with times of arrival in UTC, as GPX wants it. Stops without a place are left out, and
    said to be. File names hold letters, digits and hyphens of ASCII and are told apart without
    regard to case, so that they do on every system.
    """
    if plan is None or plan.kind != "routes":
        return {}
    files: dict[str, bytes] = {}
    for route in plan.routes:
        points = _points(route, week, language)
        if points:
            files[_file_name(route, files)] = _file(route, points, week, language)
    return files


def _file(route: Route, points: list[ET.Element], week: MapWeek, language: str) -> bytes:
    root = ET.Element("gpx", version="1.1", creator="infraction-model", xmlns=_NAMESPACE)
    title = shift_title(route, language)
    _text(ET.SubElement(root, "metadata"), "name", f"{week.town} – {title}")
    way = ET.SubElement(root, "rte")
    _text(way, "name", title)
    _text(way, "desc", "\n".join(shift_words(route, True, week, language)))
    way.extend(points)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _points(route: Route, week: MapWeek, language: str) -> list[ET.Element]:
    said, zone = words("exports", language), time_zone(week)
    stops = [stop for stop in route.stops if stop.longitude is not None]
    if not stops:
        return []
    points = [(stop.arrive, _stop(stop, zone, week, language)) for stop in stops]
    if route.longitude is not None:
        at_base = partial(_point, route.longitude, route.latitude, zone=zone)
        if route.break_start is not None:
            points.append((route.break_start, at_base(route.break_start, said["way_break"])))
            points.sort(key=lambda point: point[0])
        points.insert(0, (route.start, at_base(route.start, said["way_start"])))
        points.append((route.end, at_base(route.end, said["way_end"])))
    return [point for _, point in points]


def _stop(stop: Stop, zone: ZoneInfo, week: MapWeek, language: str) -> ET.Element:
    name = f"{stop.sequence:02d} {stop.name}"
    point = _point(stop.longitude, stop.latitude, stop.arrive, name, zone)
    _text(point, "desc", "\n".join(stop_words(stop, week, language)))
    _text(point, "type", stop.purpose)
    return point


def _point(
    longitude: float, latitude: float, local: dt.datetime, name: str, zone: ZoneInfo
) -> ET.Element:
    point = ET.Element("rtept", lat=f"{latitude:.6f}", lon=f"{longitude:.6f}")
    _text(point, "time", f"{aware(local, zone).astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}")
    _text(point, "name", name)
    return point


def _file_name(route: Route, taken: dict[str, bytes]) -> str:
    plain = unicodedata.normalize("NFKD", route.team).encode("ascii", "ignore").decode()
    team = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_LONGEST_TEAM].strip("-")
    stem = f"{route.start:%Y-%m-%d}_{team or 'team'}_{route.start:%H%M}"
    name, count = f"{stem}.gpx", 1
    while name in taken:
        count += 1
        name = f"{stem}_{count}.gpx"
    return name


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = xml_text(text)
