"""The planner's page in a real browser: what it shows are the scores, whatever is clicked."""

from __future__ import annotations

import numpy as np
import pytest

import made_backgrounds
import made_routes
import made_weeks
from contrast import CONTRAST
from infraction_model import timegrid
from infraction_model.maps.week import map_week

pytestmark = pytest.mark.browser

DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


@pytest.fixture(scope="module")
def town():
    return made_weeks.week(made_weeks.streets(120))


@pytest.fixture(scope="module")
def bare_town():
    names = [f"{number // 40 * 100} {number % 40}TH AVE" for number in range(600)]
    return made_weeks.week(dict.fromkeys(names), dict(zip(names, names, strict=True)), basis="none")


def percent(share: float, decimal: str = ",", gap: str = "\u00a0") -> str:
    """As the page should write it: two figures that count."""
    value = 100 * share
    if value >= 99.5:
        return f"> 99{gap}%"
    digits = 0 if value >= 9.95 else 1 if value >= 0.995 else 2
    return f"{value:.{digits}f}".replace(".", decimal) + f"{gap}%"


def order_at(week, hour: int) -> list[int]:
    """Zones best first, by the scores themselves."""
    ranked = week.ranked[week.ranked["hour"] == hour]
    return ranked.sort_values("rank")["row"].tolist()


def zone_of(week, name: str) -> int:
    return week.zones.index[week.zones["name"] == name].item()


def test_it_opens_at_the_busiest_hour_with_the_first_zone_chosen(open_page, town):
    found = open_page(town)
    hour = int(np.argmax(town.expected.mean(axis=0)))
    first = order_at(town, hour)[0]
    assert int(found.page.locator("[data-part=slider]").input_value()) == hour
    assert found.text("#zone-name") == town.zones["name"][first]
    assert found.text("#zone-probability") == percent(town.probability[first, hour])
    assert "au moins une infraction soit constatée en une heure de patrouille" in found.text(
        ".claim"
    )
    assert town.model_version in found.text("footer")
    assert found.page.title().startswith("Saint-Martin – Carte des priorités")


@pytest.mark.parametrize("hour", [0, 10, 33, 89, 167])
def test_the_list_of_an_hour_is_the_ranking_of_the_scores(open_page, town, hour):
    found = open_page(town)
    found.go_to(hour)
    best = order_at(town, hour)[:40]
    assert found.texts(".ranked .name") == town.zones["name"][best].tolist()
    assert found.texts(".ranked .percent") == [percent(town.probability[z, hour]) for z in best]
    assert found.texts(".ranked .tier") == [f"N{town.tier[zone, hour]}" for zone in best]
    assert found.texts(".badge") == [str(place) for place in range(1, 11)]


def test_the_list_of_the_week_is_the_ranked_table(open_page, town):
    found = open_page(town)
    found.page.click("[data-choice='list=week']")
    best = town.ranked.head(40)
    assert found.texts(".ranked .name") == best["name"].tolist()
    when = [f"{DAYS[hour // 24]} {hour % 24}\u00a0h" for hour in best["hour"]]
    assert found.texts(".ranked .when") == when
    assert found.texts(".badge") == []
    found.page.click("[data-part=ranked_more]")
    assert len(found.texts(".ranked .name")) == 200


def test_the_interval_and_the_expected_number_are_those_of_the_scores(open_page, town):
    found = open_page(town)
    zone, hour = 17, 58
    found.go_to(hour)
    found.page.fill("[data-part=search]", town.zones["name"][zone])
    found.page.press("[data-part=search]", "Enter")
    assert found.text("#zone-name") == town.zones["name"][zone]
    low, high = -np.expm1(-town.lower[zone, hour]), -np.expm1(-town.upper[zone, hour])
    interval = f"entre {percent(low)} et {percent(high)} (intervalle à 90 %)"
    assert found.text("#zone-interval") == interval
    expected = float(found.text("#zone-expected").split()[0].replace(",", "."))
    assert expected == pytest.approx(town.expected[zone, hour], abs=0.0051)


def test_a_click_on_the_map_chooses_the_zone_under_it(open_page):
    town = made_weeks.week(made_weeks.cells(1))
    found = open_page(town)
    box = found.page.locator("[data-part=map]").bounding_box()
    found.page.mouse.click(box["x"] + box["width"] / 2 + 25, box["y"] + box["height"] / 2 + 25)
    centres = np.array([(shape.centroid.x, shape.centroid.y) for shape in town.zones["geometry"]])
    middle = int(np.argmin(((centres - centres.mean(axis=0)) ** 2).sum(axis=1)))
    assert found.text("#zone-name") == town.zones["name"][middle]


def test_an_hour_step_redraws_only_zones_that_changed_their_look(open_page, town):
    found = open_page(town)
    found.go_to(60)
    found.page.evaluate(
        """() => {
        window.drawn = new Set();
        const own = L.Path.prototype.setStyle;
        L.Path.prototype.setStyle = function (style) {
          if (this.zone !== undefined) window.drawn.add(this.zone);
          return own.call(this, style);
        }; }"""
    )
    found.go_to(61)
    breaks = found.data()["breaks"]
    classes = np.searchsorted(breaks, town.probability[:, [60, 61]], side="right")
    first = town.tier[:, [60, 61]] == 1
    changed = (classes[:, 0] != classes[:, 1]) | (first[:, 0] != first[:, 1])
    drawn = set(found.page.evaluate("[...window.drawn]"))
    near = np.abs(town.probability[:, [60, 61], None] - np.array(breaks)).min(axis=(1, 2)) < 0.001
    assert set(np.flatnonzero(changed & ~near)) <= drawn <= set(np.flatnonzero(changed | near))
    assert 0 < len(drawn) < 120


def test_tiers_filter_the_list(open_page, town):
    found = open_page(town)
    hour = int(found.page.locator("[data-part=slider]").input_value())
    for tier in (1, 4):
        found.page.uncheck(f"[data-tier-box][value='{tier}']")
    kept = [zone for zone in order_at(town, hour) if town.tier[zone, hour] in (2, 3)]
    assert found.texts(".ranked .name") == town.zones["name"][kept][:40].tolist()
    for tier in (2, 3):
        found.page.uncheck(f"[data-tier-box][value='{tier}']")
    assert "Cochez d'autres niveaux" in found.text("[data-part=ranked_note]")


def test_a_search_forgives_accents_case_and_punctuation(open_page):
    names = {"a": "Rue de la République", "b": "Place de l'Église", "c": "Quai Nord"}
    found = open_page(made_weeks.week(dict.fromkeys(names), names))
    found.page.fill("[data-part=search]", "REPUBLIQUE")
    assert found.texts(".ranked .name") == ["Rue de la République"]
    assert found.text("[data-part=found]") == "1 secteur trouvé"
    found.page.fill("[data-part=search]", "l eglise")
    assert found.texts(".ranked .name") == ["Place de l'Église"]
    found.page.fill("[data-part=search]", "gare")
    assert found.text("[data-part=found]") == "Aucun secteur ne correspond à « gare »."


def test_the_other_language_is_one_click_away(open_page, town):
    found = open_page(town)
    zone = zone_of(town, found.text("#zone-name"))
    found.go_to(13)
    found.page.click("[data-part=language]")
    assert found.page.get_attribute("html", "lang") == "en"
    assert found.page.title() == (
        "Saint-Martin – Patrol priority map – "
        "Week of Monday 12 January 2026 to Sunday 18 January 2026"
    )
    assert found.text("[data-part=hour_span]") == "13:00 to 14:00"
    assert found.text("#zone-probability") == percent(town.probability[zone, 13], ".", "")
    french = ("Semaine", "secteur", "heure", "patrouille", "niveau", "Niveau", "Couleur")
    words = found.page.inner_text("body").split()
    assert not set(french) & set(words)
    found.page.click("[data-part=language]")
    assert found.text("[data-part=hour_span]") == "de 13\u00a0h à 14\u00a0h"


def test_a_town_without_outlines_gets_a_table_with_the_scores(open_page, bare_town):
    found = open_page(bare_town)
    assert "pas qu'une infraction ait lieu" in found.text(".claim")
    assert found.page.locator(".leaflet-container").count() == 0
    day = int(found.page.locator("[data-part=slider]").input_value()) // 24
    sums = bare_town.expected[:, 24 * day : 24 * day + 24].sum(axis=1)
    first = found.page.locator(".table-body .table-row").first
    best = zone_of(bare_town, first.locator(".name").inner_text())
    assert sums[best] == sums.max()
    shown = [
        float(text.replace(",", ".")) for text in first.locator(".table-cell").all_inner_texts()
    ]
    expected = 100 * bare_town.probability[best, 24 * day : 24 * day + 24]
    np.testing.assert_allclose(shown, expected, atol=0.51)
    assert found.page.locator(".table-body .table-row").count() < 60
    found.page.locator("[data-part=table]").evaluate("table => { table.scrollTop = 600 * 28; }")
    found.page.wait_for_selector("[role=row][aria-rowindex='601']")
    found.page.locator("[aria-rowindex='601'] .table-cell").nth(5).click()
    assert int(found.page.locator("[data-part=slider]").input_value()) == 24 * day + 5
    last = zone_of(bare_town, found.text("#zone-name"))
    assert sums[last] == sums.min()
    assert found.text("#zone-probability") == percent(bare_town.probability[last, 24 * day + 5])


def test_it_can_be_used_from_the_keyboard_alone(open_page, town):
    found = open_page(town)
    keys = found.page.keyboard
    found.page.focus("[data-part=slider]")
    hour = int(found.page.locator("[data-part=slider]").input_value())
    keys.press("ArrowRight")
    keys.press("PageDown")
    assert int(found.page.locator("[data-part=slider]").input_value()) == min(hour + 25, 167)
    found.page.focus(".ranked-row")
    keys.press("ArrowDown")
    keys.press("Enter")
    assert found.text("#zone-name") == found.texts(".ranked .name")[1]
    assert found.page.evaluate("document.activeElement.className") == "ranked-row"
    order = []
    found.page.focus(".skip")
    for _ in range(40):
        keys.press("Tab")
        order.append(found.page.evaluate("document.activeElement.closest('[class]').className"))
    assert {"day", "ranked-row"} <= set(order)


def test_the_hour_that_spring_skips_says_so(open_page):
    found = open_page(made_weeks.week(made_weeks.streets(6), monday=made_weeks.SPRING))
    found.go_to(6 * 24 + 2)
    assert "n'existe pas" in found.text("[data-part=zone_body]")
    assert found.texts(".ranked .name") == []
    assert "n'existe pas" in found.text("[data-part=ranked_note]")


def test_hours_that_nobody_patrols_carry_a_caution(open_page):
    shapes = made_weeks.streets(6)
    scores = made_weeks.scores(list(shapes))
    scores.loc[scores["starts_at"].dt.hour < 6, "exposure_basis"] = "extrapolated"
    week = timegrid.week_starting(made_weeks.MONDAY)
    found = open_page(map_week(scores, made_weeks.zones(shapes), "Saint-Martin", week))
    assert found.page.locator(".bars .extrapolated").count() == 42
    assert found.page.locator(".caution").count() == 0
    found.go_to(24 + 5)
    assert "Aucune patrouille à cette heure" in found.text(".caution")
    found.go_to(24 + 6)
    assert found.page.locator(".caution").count() == 0


def test_hostile_names_are_shown_as_they_are_and_do_nothing(open_page):
    names = {f"z{place}": name for place, name in enumerate(made_weeks.HOSTILE)}
    shapes = {
        zone: made_weeks.streets(len(names))[f"S{place:04d}"] for place, zone in enumerate(names)
    }
    found = open_page(made_weeks.week(shapes, names))
    page = found.page
    for place, name in enumerate(made_weeks.HOSTILE):
        page.locator(".ranked-row").nth(place).click()
        shown = page.locator(".ranked-row .name").nth(place).text_content()
        assert page.locator("#zone-name").text_content() == shown
        assert any(shown.rstrip("…") == whole[: len(shown.rstrip("…"))] for whole in names.values())
        page.fill("[data-part=search]", name[:500])
        page.fill("[data-part=search]", "")
    page.click("[data-choice='view=table']")
    page.mouse.move(600, 500)
    page.wait_for_timeout(50)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, svg, iframe, object, embed, script[src]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_script_that_slipped_in_would_not_run(open_page, town):
    found = open_page(town)
    found.page.evaluate(
        """() => { const script = document.createElement("script");
        script.textContent = "window.hacked = 1"; document.body.append(script); }"""
    )
    assert found.page.evaluate("window.hacked") is None
    assert len(found.complaints) == 1
    assert "Content Security Policy" in found.complaints.pop()


@pytest.mark.parametrize("view", ["map", "table"])
def test_every_text_has_the_contrast_of_wcag_aa(open_page, town, view):
    beside = made_backgrounds.background(town, plan=made_routes.plan(stops=6))
    found = open_page(town, background=beside)
    found.page.click(f"[data-choice='view={view}']")
    found.page.click(
        "[data-choice='colour=priority']" if view == "map" else "[data-choice='sort=hour']"
    )
    found.page.uncheck("[data-tier-box][value='4']")
    assert found.page.evaluate(CONTRAST) == []
    found.page.click("[data-choice='list=routes']")
    found.page.locator(".stop-row").nth(1).click()
    found.page.click("[data-part=open_model]")
    assert found.page.evaluate(CONTRAST) == []


def test_it_prints_on_one_sheet_without_its_controls(open_page, town):
    found = open_page(town)
    place = "one => [one.getBoundingClientRect().x, one.getBoundingClientRect().y]"
    before = found.page.locator(".badge").first.evaluate(place)
    for view in ("table", "map"):
        found.page.click(f"[data-choice='view={view}']")
        printed = found.page.pdf(prefer_css_page_size=True, print_background=True)
        assert printed.count(b"/Type /Page\n") == 1, view
    after = found.page.locator(".badge").first.evaluate(place)
    np.testing.assert_allclose(after, before, atol=2)
    found.page.emulate_media(media="print")
    assert not found.page.is_visible(".tools")
    assert found.page.is_visible(".claim")


@pytest.mark.parametrize("width", [1024, 420])
def test_it_fits_narrow_screens(open_page, town, width):
    found = open_page(town, width=width, height=800)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
