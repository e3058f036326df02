"""The patrol sheets in a real browser: what they say, how they fit their paper, what is printed."""

from __future__ import annotations

import datetime as dt
import re

import pytest

import made_routes
import made_weeks
from infraction_model.maps.sheets.html import sheets_html

pytestmark = pytest.mark.browser

OVERFLOWING = """() => {
  const found = [];
  for (const page of document.querySelectorAll(".page")) {
    const frame = page.getBoundingClientRect();
    const foot = page.querySelector("footer").getBoundingClientRect();
    for (const part of page.querySelectorAll("header, figcaption, tr, p, dl, figure")) {
      const box = part.getBoundingClientRect();
      if (box.bottom > foot.top + 1 || box.right > frame.right + 1)
        found.push(`${part.tagName} ${part.className} ${part.innerText.slice(0, 40)}`);
    }
    for (const cell of page.querySelectorAll(".stops td, .stops th"))
      if (cell.scrollWidth > cell.clientWidth + 1 || cell.scrollHeight > cell.clientHeight + 1)
        found.push(`cell ${cell.innerText.slice(0, 40)}`);
    const rows = Array.from(page.querySelectorAll(".stops tbody tr"));
    const heights = rows.map((row) => row.offsetHeight);
    if (Math.max(...heights) > 1 + Math.min(...heights)) found.push(`rows of ${heights}`);
  }
  return found;
}"""


def printed_pages(page) -> int:
    """How many sheets of paper the printer gets."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))


def sheet_count(html: str) -> int:
    return html.count('<section class="page">')


def test_a_sheet_says_what_the_plan_says(open_html):
    plan = made_routes.plan(stops=3, mode="bicycle", longitude=3.304, latitude=49.802)
    found = open_html(sheets_html(plan, "Saint-Martin", "fr"))
    route = plan.routes[1]
    found.page.select_option("#choice", "s2")
    assert found.text("#s2 h1") == "lundi 12 janvier 2026"
    assert found.text("#s2 .what") == "Équipe B · de 9 h à 12 h · à vélo".replace(" h", "\u00a0h")
    assert found.texts("#s2 .name") == [stop.name for stop in route.stops]
    assert found.texts("#s2 td.order") == ["1", "2", "3"]
    assert found.texts("#s2 td.time b") == ["9\u00a0h", "9\u00a0h\u00a017", "9\u00a0h\u00a034"]
    assert found.texts("#s2 td.time span") == [
        "9\u00a0h\u00a015", "9\u00a0h\u00a032", "9\u00a0h\u00a049",
    ]  # fmt: skip
    assert [text.split(" · ")[0] for text in found.texts("#s2 .sub")] == [
        "rendement", "sécurité", "exploration",
    ]  # fmt: skip
    assert found.texts("#s2 .likely")[0] == "trottoir ou passage piéton, non-paiement"
    assert "«\u202fRien trouvé\u202f» est un résultat" in found.text("#s2 .nothing")
    assert found.texts("#s2 footer span") == [
        "Semaine du 12 janvier 2026",
        "modèle gbm-2026-01-05-1",
        "feuille B Mon 09:00",
        "page 1/1",
    ]
    assert found.page.locator("#s2 .number").all_text_contents() == ["1", "2", "3"]


def test_one_sheet_or_all_are_printed(open_html):
    html = sheets_html(made_routes.plan(stops=20, days=(0, 2)), "Saint-Martin", "en")
    found = open_html(html)
    assert sheet_count(html) == 1 + 4 * 2
    assert printed_pages(found.page) == sheet_count(html)
    found.page.select_option("#choice", "s3")
    assert found.page.locator(".sheet:visible").count() == 1
    assert printed_pages(found.page) == 2
    found.page.select_option("#choice", "week")
    assert printed_pages(found.page) == 1
    found.page.click("#week a[href='#s4']")
    assert found.page.locator("#choice").input_value() == "s4"
    assert found.text(".sheet:visible h1") == "Wednesday 14 January 2026"


PAUSE = {
    "break_start": dt.datetime.combine(made_weeks.MONDAY, dt.time(9, 20)),
    "break_minutes": 45,
    "longitude": 3.304,
    "latitude": 49.802,
}


@pytest.mark.parametrize("kind", ["routes", "shifts"])
def test_whatever_a_plan_holds_it_fits_its_paper(open_html, kind):
    """Full pages of both heights, the longest names, a break, many teams in the overview."""
    names = ("Boulevard du Général-de-Gaulle-et-de-la-Résistance " * 3, *made_weeks.HOSTILE)
    team = "Équipe de nuit du centre et des faubourgs " * 4
    routes = [
        route
        for day, stops in enumerate((0, 1, 13, 15, 16, 17, 32, 33))
        for settings in ({}, PAUSE)
        for route in made_routes.plan(
            stops=stops, teams=(team,), days=(day % 7,), names=names * 6, kind=kind,
            start=dt.time(9), mode="bicycle", **settings,
        ).routes
    ]  # fmt: skip
    routes += made_routes.plan(teams=tuple(f"Équipe {n}" for n in range(20)), stops=1).routes
    html = sheets_html(made_routes.of(*routes, kind=kind), made_weeks.HOSTILE[7], "fr")
    found = open_html(html)
    assert found.page.evaluate(OVERFLOWING) == []
    found.page.emulate_media(media="print")
    found.page.set_viewport_size({"width": 726, "height": 1054})  # A4 without its margins
    assert found.page.evaluate(OVERFLOWING) == []
    if kind == "routes":
        assert printed_pages(found.page) == sheet_count(html)
