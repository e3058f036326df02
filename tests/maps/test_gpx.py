from __future__ import annotations

import datetime as dt
import re
from xml.etree import ElementTree as ET

import gpxpy
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import made_routes
import made_weeks
from infraction_model.maps.files.gpx import routes_gpx

GPX_11 = "{http://www.topografix.com/GPX/1/1}"
# the order in which the schema of GPX 1.1 wants the children of a point, a route and the whole
ORDER = {
    "gpx": ["metadata", "wpt", "rte", "trk", "extensions"],
    "metadata": ["name", "desc", "author", "copyright", "link", "time", "keywords", "bounds"],
    "rte": ["name", "cmt", "desc", "src", "link", "number", "type", "extensions", "rtept"],
    "rtept": [
        "ele", "time", "magvar", "geoidheight", "name", "cmt", "desc", "src", "link", "sym", "type",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def week():
    return made_weeks.week(made_weeks.streets(4))


def test_each_element_stands_where_the_schema_wants_it(week):
    base = {"longitude": 3.31, "latitude": 49.81}
    for content in routes_gpx(week, made_routes.plan(**base), "fr").values():
        root = ET.fromstring(content)
        assert root.attrib == {"version": "1.1", "creator": "infraction-model"}
        for element in root.iter():
            tag = element.tag.removeprefix(GPX_11)
            given_order = [child.tag.removeprefix(GPX_11) for child in element]
            assert given_order == sorted(given_order, key=ORDER.get(tag, []).index)
            once = [child for child in given_order if child != "rtept"]
            assert len(once) == len(set(once))
            assert tag != "rtept" or element.attrib.keys() == {"lat", "lon"}


@pytest.mark.parametrize("monday", [made_weeks.MONDAY, made_weeks.SPRING])
def test_readers_find_the_stops_in_order_at_the_right_moment(monday, tmp_path):
    week = made_weeks.week(made_weeks.streets(4), monday=monday)
    start = dt.time(1, 50)
    plan = made_routes.plan(3, ("A", "B"), (5, 6), monday=monday, start=start)
    files = routes_gpx(week, plan, "en")
    assert len(files) == len(plan.routes)
    for (name, content), route in zip(files.items(), plan.routes, strict=True):
        [read] = gpxpy.parse(content.decode()).routes
        assert [point.name for point in read.points] == [
            f"{stop.sequence:02d} {stop.name}" for stop in route.stops
        ]
        path = tmp_path / name
        path.write_bytes(content)
        points = pyogrio.read_dataframe(path, layer="route_points")
        assert points.geometry.x.tolist() == pytest.approx([s.longitude for s in route.stops])
        assert points.geometry.y.tolist() == pytest.approx([s.latitude for s in route.stops])
    last = gpxpy.parse(content.decode()).routes[0]
    utc = [f"{point.time.astimezone(dt.UTC):%H:%M}" for point in last.points]
    # on the Sunday of spring 2:07 and 2:24 do not exist: an hour later on the new clock
    assert utc == ["00:50", "01:07", "01:24"]


def test_the_base_begins_and_ends_the_route_and_is_where_the_break_is_taken(week):
    base = {"longitude": 3.31, "latitude": 49.81, "break_minutes": 15}
    pause = dt.datetime(2026, 1, 12, 9, 16)
    [content] = routes_gpx(
        week, made_routes.plan(2, ("A",), (0,), break_start=pause, **base), "en"
    ).values()
    [route] = gpxpy.parse(content.decode()).routes
    assert [point.name for point in route.points] == [
        "Start", "01 Rue S0000", "Break", "02 Rue S0001", "End",
    ]  # fmt: skip
    assert {
        (route.points[place].longitude, route.points[place].latitude) for place in (0, 2, 4)
    } == {(3.31, 49.81)}


@pytest.mark.parametrize("kind", ["shifts", "hours"])
def test_a_plan_without_routes_has_no_files(week, kind):
    assert routes_gpx(week, made_routes.plan(kind=kind), "fr") == {}
    assert routes_gpx(week, None, "fr") == {}


# with lone surrogates, which a team of a hand-written file may have
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
QUIET = made_weeks.week({"S0000": None})


@settings(max_examples=50)
@given(st.lists(ANY_TEXT, min_size=1, max_size=5, unique=True))
def test_no_name_of_a_team_gives_a_file_name_that_a_system_refuses(teams):
    files = routes_gpx(QUIET, made_routes.plan(1, tuple(teams), (0,)), "fr")
    assert len({name.casefold() for name in files}) == len(teams)
    assert all(
        re.fullmatch(r"[0-9]{4}-[0-9-]{5}_[a-z0-9-]+_\d{4}(_\d+)?\.gpx", name) for name in files
    )


@pytest.mark.parametrize(
    ("team", "name"),
    [
        ("Équipe A", "2026-01-12_equipe-a_0900.gpx"),
        ("../../etc/passwd", "2026-01-12_etc-passwd_0900.gpx"),
        ("CON", "2026-01-12_con_0900.gpx"),
        ("فريق", "2026-01-12_team_0900.gpx"),
        ("A" * 10_000, f"2026-01-12_{'a' * 40}_0900.gpx"),
    ],
)
def test_file_names(week, team, name):
    assert list(routes_gpx(week, made_routes.plan(1, (team,), (0,)), "fr")) == [name]
