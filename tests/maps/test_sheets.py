"""The printed sheets: pages laid out by rows, a sketch true to scale, text that stays text."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

import made_routes
import made_weeks
from infraction_model.maps.sheets.html import paged, sheets_html
from infraction_model.maps.sheets.sketch import HEIGHT, WIDTH, sketch

EARTH = Geod(ellps="sphere")
BASE = {"longitude": 3.304, "latitude": 49.802}


class Elements(HTMLParser):
    """The tags of a page, and the text within each class of interest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]


@given(st.integers(0, 200), st.booleans())
def test_every_row_is_on_one_page_and_no_page_holds_too_many(count, with_sketch):
    rows = [{"order": place} for place in range(count)]
    pages = paged(rows, with_sketch)
    assert [row for page in pages for row in page.rows] == rows
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    most = 16 if len(pages) > 1 else 15 if with_sketch else 17
    assert max(len(page.rows) for page in pages) <= most
    assert all(page.rows for page in pages) or not rows


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02)), min_size=2, max_size=16))
def test_a_sketch_is_true_to_scale_and_its_numbers_can_be_read(offsets):
    route = made_routes.at_places([(2.35 + east, 48.85 + north) for east, north in offsets])
    drawn = sketch(route)
    places = [(mark.place_x, mark.place_y) for mark in drawn.marks]
    per_metre = drawn.bar / drawn.bar_metres
    for (x, y), (other_x, other_y), stop, after in zip(
        places, places[1:], route.stops, route.stops[1:], strict=False
    ):
        metres = EARTH.inv(stop.longitude, stop.latitude, after.longitude, after.latitude)[2]
        on_paper = np.hypot(other_x - x, other_y - y)
        assert on_paper == pytest.approx(metres * per_metre, rel=0.02, abs=3)
        north = after.latitude - stop.latitude
        if abs(north) > 1e-4 and abs(y - other_y) > 2:
            assert (y - other_y > 0) == (north > 0)
    labels = np.array([(mark.x, mark.y) for mark in drawn.marks])
    gaps = np.hypot(*(labels[:, None] - labels[None]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min() >= 28
    for x, y in (*places, *labels.tolist()):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_streets_are_drawn_within_the_sketch_only():
    (route,) = made_routes.plan(teams=("A",), days=(0,), **BASE).routes
    drawn = sketch(route, [*made_weeks.streets(120).values(), None, *made_weeks.cells(2).values()])
    figures = np.array(re.findall(r"(-?\d+) (-?\d+)", drawn.streets), dtype=int)
    assert len(figures) > 20
    assert figures.min() >= -1
    assert (figures <= [WIDTH + 1, HEIGHT + 1]).all()
    assert sketch(made_routes.plan(kind="shifts").routes[0]) is None


def test_legs_are_straight_lines_from_the_stop_before_and_from_the_base_after_a_break():
    places = [(2.35, 48.85), (2.36, 48.855), (2.34, 48.86)]
    pause = dt.datetime.combine(made_weeks.MONDAY, dt.time(9, 30))
    route = made_routes.at_places(places, break_start=pause, break_minutes=20, **BASE_IN_PARIS)
    html = sheets_html(made_routes.of(route), "Paris", "en")
    said = [float(one) for one in re.findall(r"· ([\d.]+) (?:km|m) away", html)]
    base = (BASE_IN_PARIS["longitude"], BASE_IN_PARIS["latitude"])
    ways = [(base, places[0]), (places[0], places[1]), (base, places[2])]
    metres = [EARTH.inv(*start, *end)[2] for start, end in ways]
    assert said == pytest.approx(
        [round(one / 1000, 1) if one >= 995 else round(one, -1) for one in metres], abs=0.1
    )
    assert html.count('class="pause"') == 1


@pytest.mark.parametrize(
    ("basis", "expected", "learns"),
    [
        ("recorded", "; Expected infractions: ", "teaches the model"),
        ("none", "; Expected fines: ", "learns from fines alone"),
    ],
)
def test_a_sheet_says_no_more_than_the_exposure_basis_allows(basis, expected, learns):
    plan = made_routes.plan(stops=1, teams=("A",), days=(0,))
    html = sheets_html(plan, "Paris", "en", basis=basis)
    assert expected in html
    assert learns in html


BASE_IN_PARIS = {"longitude": 2.352, "latitude": 48.8515}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_asks_for_nothing_and_runs_its_own_script_alone(language):
    html = sheets_html(made_routes.plan(**BASE), "Saint-Martin", language)
    assert all(one.startswith(("data:", "#s")) for one in Elements(html).addresses)
    assert "http://" not in html
    assert "https://" not in html
    assert "style=" not in html
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    allowed = re.findall(r"'sha256-[^']*'", policy.replace("&#39;", "'"))
    held = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag in ("script", "style")
        for text in re.findall(f"<{tag}>(.*?)</{tag}>", html, re.S)
    ]
    assert allowed == [f"'sha256-{one}'" for one in held]
    assert "unsafe" not in policy


def test_hostile_texts_are_text_and_nothing_else_and_stay_short():
    names = (*made_weeks.HOSTILE, "\ud800 half", "\x07 bell")
    plain = made_routes.plan(stops=12, teams=tuple("ABCDEFGHIJKL"), days=(0,))
    hostile = made_routes.plan(stops=12, teams=names, days=(0,), names=names)
    expected = Elements(sheets_html(plain, "Saint-Martin"))
    for town in names[::4]:
        html = sheets_html(hostile, town)
        assert Elements(html).tags == expected.tags
        html.encode("utf-8")
    assert "A" * 91 not in html
    assert "\x07" not in html
    assert "&lt;script&gt;window.hacked" in html
