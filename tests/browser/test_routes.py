"""The plan on the planner's page: shifts, stops and who comes when, as they are in the plan."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import subprocess

import pytest

import made_backgrounds
import made_routes
import made_weeks
from infraction_model.maps.background import Background
from infraction_model.maps.basemap import Basemap

pytestmark = pytest.mark.browser

MORNING = "mar. 9 h–12 h · équipe B, à pied".replace(" h", "\u00a0h")


@pytest.fixture(scope="module")
def town():
    return made_weeks.week(made_weeks.streets(120))


def clock(time: dt.datetime) -> str:
    minutes = f"\u00a0{time.minute:02d}" if time.minute else ""
    return f"{time.hour}\u00a0h{minutes}"


def hour_of(time: dt.datetime) -> int:
    return time.weekday() * 24 + time.hour


def chosen_hour(found) -> int:
    return int(found.page.locator("[data-part=slider]").input_value())


@pytest.mark.parametrize("view", ["map", "table"])
def test_a_shift_is_chosen_and_its_stops_lead_through_the_week(open_page, keep_picture, town, view):
    middle = {"longitude": made_routes.LON + 0.007, "latitude": made_routes.LAT + 0.003}
    noon = dt.datetime.combine(made_weeks.MONDAY + dt.timedelta(days=1), dt.time(10, 40))
    plan = made_routes.plan(stops=8, break_start=noon, break_minutes=20, **middle)
    found = open_page(town, background=made_backgrounds.background(town, plan=plan))
    page = found.page
    if view == "table":
        page.click("[data-choice='view=table']")
    page.click("[data-choice='list=routes']")
    options = found.texts("[data-part=shift] option")
    assert len(options) == len(plan.routes) == 4
    assert options[3] == MORNING
    page.select_option("[data-part=shift]", label=MORNING)
    route = plan.routes[3]
    assert route.team == "B"
    assert found.texts(".stop-row .name") == [stop.name for stop in route.stops]
    times = [f"{clock(stop.arrive)}–{clock(stop.leave)}" for stop in route.stops]
    assert found.texts(".stop-row .times") == times
    words = {"yield": "rendement", "safety": "sécurité", "explore": "exploration"}
    assert found.texts(".stop-row .chip") == [words[stop.purpose] for stop in route.stops]
    assert found.texts(".likely")[0].endswith("trottoir ou passage piéton, non-paiement")
    assert chosen_hour(found) == hour_of(route.stops[0].arrive)
    assert "à vol d'oiseau" in found.text("[data-part=route_about]")
    assert f"{len(route.stops)} passages" in found.text("[data-part=route_about]")
    rows = page.locator(".stops > li").evaluate_all("all => all.map((one) => one.className)")
    assert rows.index("pause") == sum(stop.arrive < noon for stop in route.stops) == 6
    assert found.text(".pause") == f"Pause de {clock(noon)} à 11\u00a0h"
    page.locator(".stop-row").nth(5).click()
    assert found.text("#zone-name") == route.stops[5].name
    assert chosen_hour(found) == hour_of(route.stops[5].arrive)
    assert page.locator(".stop-row[aria-current]").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert found.text("#zone-name") == route.stops[6].name
    if view == "map":
        assert found.texts(".badge .stop") == [str(place) for place in range(1, 9)]
        assert page.locator(".badge .base").count() == 1
        page.locator(".badge .stop").nth(2).dispatch_event("click")
        assert found.text("#zone-name") == route.stops[2].name
    keep_picture(found, f"route-{view}")


def test_the_list_and_the_zone_say_who_comes_when(open_page, town):
    plan = made_routes.plan(stops=3)
    found = open_page(town, background=Background(plan=plan))
    stop = plan.routes[0].stops[1]
    found.go_to(hour_of(stop.arrive))
    found.page.fill("[data-part=search]", stop.name)
    found.page.press("[data-part=search]", "Enter")
    assert found.texts(".ranked .visit") == [f"→\u00a0A {clock(stop.arrive)}"]
    [visit] = found.texts(".visits button")
    assert visit == f"lun. {clock(stop.arrive)} · équipe Asécurité"
    found.page.click(".visits button")
    assert found.page.locator(".stop-row[aria-current] .name").inner_text() == stop.name
    found.page.click("[data-choice='list=hour']")
    found.page.fill("[data-part=search]", town.zones["name"][100])
    found.page.press("[data-part=search]", "Enter")
    assert "Aucun passage prévu" in found.text("[data-part=zone_body]")


def test_a_plan_without_a_roster_says_so_and_draws_no_line(open_page, town):
    plan = made_routes.plan(kind="hours", teams=("",), days=(2,))
    found = open_page(town, background=Background(plan=plan))
    found.page.evaluate(
        """() => { const own = L.Polyline.prototype.initialize; window.lines = 0;
        L.Polyline.prototype.initialize = function (points, options) {
          if (options && options.dashArray) window.lines += 1;
          return own.call(this, points, options); }; }"""
    )
    found.page.click("[data-choice='list=routes']")
    assert "sans équipe ni itinéraire" in found.text("[data-part=route_about]")
    assert found.texts("[data-part=shift] option") == ["mercredi 14 janvier · 3 passages"]
    assert len(found.texts(".badge .stop")) == 3
    assert found.page.evaluate("window.lines") == 0


def test_hostile_teams_and_categories_are_text_and_keep_the_page_whole(open_page, town):
    hostile = made_weeks.HOSTILE
    plan = made_routes.plan(stops=3, teams=hostile, days=(0,), names=hostile)
    for_all = tuple((name, 0.2) for name in hostile)
    routes = tuple(
        dataclasses.replace(
            route,
            stops=tuple(dataclasses.replace(stop, likely=for_all) for stop in route.stops),
        )
        for route in plan.routes
    )
    plan = dataclasses.replace(plan, routes=routes)
    beside = made_backgrounds.background(town, plan=plan, mix=made_backgrounds.mix(town, hostile))
    found = open_page(town, background=beside)
    page = found.page
    page.click("[data-choice='list=routes']")
    for number in range(len(hostile)):
        page.select_option("[data-part=shift]", str(number))
        page.locator(".stop-row").first.click()
    for number in range(9):
        page.select_option("[data-part=category]", str(number))
    page.click("[data-choice='view=table']")
    page.click("[data-choice='list=hour']")
    assert page.evaluate("window.hacked") is None
    foreign = "img, iframe, object, embed, script[src], svg:not(.calibration svg)"
    assert page.locator(foreign).count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    wide = "all => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert page.locator("main > section").evaluate_all(wide) == 0


@pytest.mark.parametrize("stops", [12, 24])
def test_a_chosen_route_is_printed_whole_on_one_sheet(open_page, town, tmp_path, stops):
    plan = made_routes.plan(stops=stops)
    found = open_page(town, background=made_backgrounds.background(town, plan=plan))
    found.page.click("[data-choice='list=routes']")
    found.page.select_option("[data-part=shift]", "0")
    printed = found.page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.count(b"/Type /Page\n") == 1
    found.page.emulate_media(media="print")
    cut = """() => [...document.querySelectorAll("main > section")].flatMap((section) => {
      const end = section.getBoundingClientRect().bottom;
      return [...section.querySelectorAll("li, p, button, .heat, .key")].filter(
        (one) => one.getClientRects().length && one.getBoundingClientRect().bottom > end + 1
      ).map((one) => one.textContent);
    })"""
    assert found.page.evaluate(cut) == []
    assert found.page.locator(".stop-row").count() == stops
    for shown in (".route-title", ".legend", ".claim", ".hour-day", "footer"):
        assert found.page.is_visible(shown), shown
    for hidden in ("[data-part=shift]", ".tools", "[data-part=open_model]"):
        assert not found.page.is_visible(hidden), hidden
    reader = shutil.which("pdftotext")
    if reader:
        (tmp_path / "page.pdf").write_bytes(printed)
        text = subprocess.run(
            [reader, tmp_path / "page.pdf", "-"], capture_output=True, check=True
        ).stdout.decode()
        assert all(stop.name in text for stop in plan.routes[0].stops)


TILE = bytes.fromhex(  # a picture of one grey point
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c6358"
    "b5fb0c0004440232c510d9590000000049454e44ae426082"
)


@pytest.mark.parametrize("answers", [True, False])
def test_a_basemap_comes_from_its_one_host_or_not_at_all(open_page, town, answers):
    host = "https://tiles.example.org"
    basemap = Basemap(host + "/{z}/{x}/{y}.png", "© <b>les contributeurs</b>")
    asked = []

    def answer(route):
        asked.append(route.request.url)
        if answers:
            route.fulfill(body=TILE, content_type="image/png")
        else:
            route.abort()

    found = open_page(town, host=host, answer=answer, basemap=basemap)
    found.page.wait_for_function("() => document.querySelector('.leaflet-tile-pane') !== null")
    found.page.wait_for_timeout(300)
    assert asked
    assert found.texts(".credit") == ([basemap.credit] if answers else [])
    assert found.page.locator(".leaflet-tile").count() == (len(asked) if answers else 0)
    assert "tiles.example.org" in found.page.text_content("dialog")
    found.complaints[:] = [one for one in found.complaints if "net::ERR_FAILED" not in one]
