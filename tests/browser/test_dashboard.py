"""The state of parking in a real browser: its figures are those of the tables, as asked."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import made_dashboards
import made_weeks
from infraction_model.maps.dashboard.html import dashboard_page
from infraction_model.timegrid import hour_of_week, to_local, week_of

pytestmark = pytest.mark.browser

SHAPES = made_weeks.streets(40)
KNOWN = list(SHAPES)[:30]
ZONES = made_weeks.zones(SHAPES)
CHANGED, SENSED, ALARMED = KNOWN[20], KNOWN[3:8], KNOWN[9]
WEEKS = 24  # from 8 January to 23 June 2024


@pytest.fixture(scope="module")
def table():
    """Thirty zones; some hours measured, one zone fuller from the week of 27 May on."""
    made = made_dashboards.later(made_dashboards.occupancy(KNOWN, WEEKS), CHANGED, 20, 1.4)
    return made.assign(basis=np.where(made["zone_id"].isin(SENSED), "sensors", "payments"))


@pytest.fixture(scope="module")
def html(table):
    board = made_dashboards.board(
        table,
        ZONES,
        indicators=made_dashboards.indicators(SENSED),
        alarms=made_dashboards.alarms(ALARMED, "2024-06-10"),
        faults=made_dashboards.faults(SENSED[0], "B-7", "2024-05-20", "2024-05-27"),
    )
    return dashboard_page(board)


@pytest.fixture(scope="module")
def shared(open_shared, html):
    return open_shared(html, 1366, 768)


@pytest.fixture
def found(shared):
    """The page that all share: in French, with all zones shown."""
    page = shared.page
    if page.get_attribute("html", "lang") != "fr":
        page.click("[data-part=language]")
    page.fill("[data-part=search]", "")
    page.click("[data-choice='shown=all']")
    return shared


def name_of(zone_id: str) -> str:
    return ZONES.set_index("zone_id")["name"][zone_id]


def grid(table: pd.DataFrame) -> pd.DataFrame:
    local = to_local(table["starts_at"])
    return table.assign(week=week_of(local), hour=hour_of_week(local), day=local.dt.strftime("%F"))


def paid_means(table: pd.DataFrame) -> pd.Series:
    """By zone and week, in paid hours as conf/occupancy has them; five holidays are in the span."""
    rows = grid(table)
    holidays = ("2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20")
    clock = rows["hour"] % 24
    open_now = (rows["hour"] < 144) & (clock.between(9, 11) | clock.between(14, 17))
    return (
        rows[open_now & ~rows["day"].isin(holidays)]
        .groupby(["zone_id", "week"])["occupancy"]
        .mean()
    )


def typical_at(table: pd.DataFrame, hour: int) -> pd.Series:
    """By zone: the mean of the eight last weeks out of the holidays of zone B."""
    rows = grid(table)
    last = rows["week"].max()
    weeks = [*range(last - 6, last + 1), last - 9]
    return (
        rows[(rows["hour"] == hour) & rows["week"].isin(weeks)]
        .groupby("zone_id")["occupancy"]
        .mean()
    )


def share_in(text: str) -> float:
    return float(re.search(r"([\d,.]+)\s*%", text).group(1).replace(",", ".")) / 100


def cells(found, column: int) -> dict[str, str]:
    """The shown rows of a column by the name of their zone."""
    names = found.texts("[data-part=table] tbody th")
    values = found.texts(f"[data-part=table] tbody tr > :nth-child({column})")
    return dict(zip(names, values, strict=True))


def all_rows(found) -> None:
    while found.page.is_visible("[data-part=more]"):
        found.page.click("[data-part=more]")


def test_the_towns_figure_is_that_of_the_tables(found, table):
    weeks = paid_means(table).unstack()
    spaces = ZONES.set_index("zone_id")["spaces"][weeks.index]
    expected = np.average(weeks.iloc[:, -1], weights=spaces)
    assert share_in(found.text("#town-now")) == pytest.approx(expected, abs=0.0051)
    low, high = (share_in(one) for one in found.text("#town-interval").split(" et "))
    assert low < expected < high
    assert "9 % sur des capteurs" in found.text(".claim").replace("\u00a0", " ")
    assert "30 secteurs connus sur 40" in found.text(".now")


def test_every_zones_figures_are_those_of_the_tables(found, table):
    found.go_to(36)
    all_rows(found)
    last, hour = cells(found, 4), cells(found, 5)
    weeks, typical = paid_means(table).unstack().iloc[:, -1], typical_at(table, 36)
    assert set(last) == {name_of(zone_id) for zone_id in KNOWN}
    for zone_id in KNOWN:
        name = name_of(zone_id)
        assert share_in(last[name]) == pytest.approx(weeks[zone_id], abs=0.0055)
        assert share_in(hour[name]) == pytest.approx(typical[zone_id], abs=0.0055)


def test_full_and_empty_zones_follow_the_hour(found, table):
    for hour in (37, 3):
        found.go_to(hour)
        shares = (100 * typical_at(table, hour)).round()
        for kind, expected in (("full", shares >= 85), ("empty", shares < 30)):
            title = found.text(f".extreme.{kind} h3")
            count = int(expected.sum())
            assert title.split()[0] == (str(count) if count else "Aucun")
    found.go_to(37)
    found.page.click("[data-choice='shown=full']")
    shares = (100 * typical_at(table, 37)).round()
    expected = {name_of(zone_id) for zone_id in shares.index[shares >= 85]}
    assert expected
    assert set(cells(found, 1)) == expected


def test_little_used_zones_have_the_colours_of_the_legend_and_no_zone_is_called_empty(found):
    """Every colour below 30 % stands beside the title, and none above it."""
    beside = "one => getComputedStyle(one, '::before').backgroundImage"
    swatch = found.page.eval_on_selector(".extreme.empty h3", beside)
    keys = found.page.locator(".legend .key").evaluate_all(
        "all => all.map(one => [one.textContent, getComputedStyle(one.firstChild).backgroundColor])"
    )
    shown = [text for text, colour in keys if colour in swatch]
    assert shown == ["< 10", "10–20", "20–30"]
    assert found.text("[data-choice='shown=empty']") == "Peu occupés"
    assert "vide" not in found.text(".typical").lower()


def test_what_is_cut_off_shows_that_there_is_more(open_html, html):
    found = open_html(html, 1280, 720)
    cut = "all => all.filter(one => one.scrollHeight > one.clientHeight + 1 && one.className !== "
    cut += "'picture').map(one => getComputedStyle(one).backgroundAttachment)"
    marked = found.page.locator("main > section").evaluate_all(cut)
    assert marked
    assert all("local" in one and "scroll" in one for one in marked)


def test_a_changed_zone_is_named_first_and_leads_to_its_panel(found):
    assert found.text(".changed h3").startswith("Secteurs changés (1)")
    line = found.text(".happened.changes li")
    assert name_of(CHANGED) in line
    assert 0.3 < share_in(line) < 0.5
    assert "depuis la semaine du 27 mai 2024" in line
    found.page.click(".happened.changes button")
    assert found.text("#zone-name") == name_of(CHANGED)
    assert "depuis la semaine du" in found.text(".zone .happened")
    found.page.click("[data-choice='shown=changed']")
    assert list(cells(found, 1)) == [name_of(CHANGED)]


def test_alarms_and_faults_are_listed_with_their_zone(found):
    assert name_of(ALARMED) in found.text(".happened.compliance li")
    assert "B-7" in found.text(".happened.faults li")
    found.page.click(".happened.faults button")
    assert found.text("#zone-name") == name_of(SENSED[0])


def test_stays_are_told_only_where_sensors_saw_them(found):
    found.page.fill("[data-part=search]", name_of(SENSED[1]))
    found.page.press("[data-part=search]", "Enter")
    assert found.texts(".zone .stays dd") == ["3,3", "1\u00a0h 15", "3,1\u00a0%", "1,6\u00a0%"]
    assert "5,5 places vues en moyenne, 1\u202f001 arrivées" in found.text(".zone")
    assert found.text("#zone-basis") == "mesuré"
    found.page.fill("[data-part=search]", name_of(KNOWN[25]))
    found.page.press("[data-part=search]", "Enter")
    assert "durées et rotation inconnues" in found.text(".zone")
    assert found.text("#zone-basis") == "estimé"


def test_a_zone_of_which_nothing_is_known_says_so(found):
    found.page.fill("[data-part=search]", name_of(list(SHAPES)[35]))
    found.page.press("[data-part=search]", "Enter")
    assert "ni capteur, ni paiement" in found.text(".zone")


def test_the_other_language_is_one_click_away(found):
    found.go_to(37)
    french = found.text("#town-now")
    found.page.click("[data-part=language]")
    assert found.page.get_attribute("html", "lang") == "en"
    assert found.page.title().startswith("Saint-Martin – State of parking")
    assert found.text("[data-part=hour]") == "Tuesday, 13:00 to 14:00"
    assert share_in(found.text("#town-now")) == share_in(french)
    shown = found.page.locator("body").inner_text()
    assert not re.search(r"secteur|semaine|heures|vacances", shown)


def test_it_works_with_the_keyboard_alone(found):
    page = found.page
    found.go_to(60)
    page.focus("[data-part=slider]")
    before = int(page.input_value("[data-part=slider]"))
    page.keyboard.press("ArrowLeft")
    assert int(page.input_value("[data-part=slider]")) == before - 1
    page.keyboard.press("PageUp")
    assert int(page.input_value("[data-part=slider]")) == before - 25
    spoken = page.get_attribute("[data-part=slider]", "aria-valuetext")
    assert spoken == found.text("[data-part=hour]").lower()
    page.focus("[data-part=chart] svg")
    page.keyboard.press("ArrowLeft")
    week = found.text("[data-part=chart_week]")
    assert week.startswith("Semaine du 10 juin 2024\u00a0: ")
    page.keyboard.press("Home")
    assert found.text("[data-part=chart_week]").startswith("Semaine du 8 janv. 2024")
    page.focus("[data-part=table] thead th:first-child button")
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-part=table] thead th:first-child", "aria-sort") == "ascending"
    names = found.texts("[data-part=table] tbody th")
    assert names == sorted(names)
    page.click("[data-part=table] thead th:nth-child(4) button")


def test_a_click_on_the_typical_week_goes_to_its_hour(found):
    found.page.click("[data-part=table] tbody button")
    found.page.click("[data-part=town_week] [data-hour='60']")
    assert found.text("[data-part=hour]") == "Mercredi, de 12 h à 13 h".replace(" h", "\u00a0h")
    hours = "all => all.map((one) => one.dataset.hour)"
    marked = found.page.locator(".heat-cell.now").evaluate_all(hours)
    assert marked == ["60", "60"]


def test_a_gap_is_not_drawn_over(open_html, table):
    week = week_of(to_local(table["starts_at"])) - made_dashboards.FIRST
    board = made_dashboards.board(table[(week != 8) & (week != 9)].reset_index(drop=True), ZONES)
    found = open_html(dashboard_page(board))
    assert found.page.locator("[data-part=chart] .line").count() == 2
    assert found.page.locator("[data-part=chart] .band").count() == 2


def test_tickets_alone_are_never_called_occupancy_of_cars(open_html, table):
    board = made_dashboards.board(table.assign(basis="paid"), ZONES)
    found = open_html(dashboard_page(board, "en"))
    assert "not the number of cars that were there" in found.text(".claim")
    assert found.text("#zone-basis") == "paid tickets only"
    changed = found.text(".happened.changes li")
    assert "tickets since the week of 27 May 2024" in changed
    assert "cars" not in changed


@pytest.mark.parametrize("width", [420, 1000, 1366])
def test_nothing_is_wider_than_the_screen(open_html, html, keep_picture, width):
    found = open_html(html, width, 900)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    keep_picture(found, f"dashboard-{width}")


def test_a_town_without_outlines_gets_the_table(open_html, table):
    bare = made_weeks.zones(dict.fromkeys(SHAPES))
    found = open_html(dashboard_page(made_dashboards.board(table, bare)))
    assert "Aucun secteur n'a de contour" in found.text(".picture")
    assert len(cells(found, 4)) == 25


def test_hostile_names_stay_text(open_html):
    ids = [f"H{place}" for place in range(len(made_weeks.HOSTILE))]
    names = dict(zip(ids, made_weeks.HOSTILE, strict=True))
    shapes = dict(zip(ids, SHAPES.values(), strict=False))
    zones = made_weeks.zones(shapes, names).assign(tariff=made_weeks.HOSTILE[0])
    board = made_dashboards.board(
        made_dashboards.occupancy(ids, weeks=4),
        zones,
        title=made_weeks.HOSTILE[1],
        indicators=made_dashboards.indicators(ids[:2]),
        alarms=made_dashboards.alarms(ids[0], "2024-01-29"),
        faults=made_dashboards.faults(ids[2], made_weeks.HOSTILE[2], "2024-01-22", "2024-01-23"),
    )
    found = open_html(dashboard_page(board), 420, 900)
    for name in ("<script>", "svg onload", "&lt;b&gt;"):
        found.page.fill("[data-part=search]", name)
        found.page.press("[data-part=search]", "Enter")
        assert name in found.text("#zone-name")
    found.page.click("[data-part=language]")
    assert found.page.evaluate("window.hacked") is None
    assert found.page.locator("main img").count() == 0
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 420
