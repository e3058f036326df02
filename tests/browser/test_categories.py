"""One category alone on the planner's page, and what it tells of zones and of the model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.optimize import brentq

import made_backgrounds
import made_weeks
from infraction_model.patrol.priority import tier_limits
from infraction_model.wording import category_name

pytestmark = pytest.mark.browser


def bunched(week):
    """The same week where rates are uncertain, so that finds bunch beyond chance."""
    spread = np.random.default_rng(3).uniform(0.3, 1.5, week.expected.shape)
    probability = -np.expm1(-np.log1p(spread * week.expected) / spread)
    return dataclasses.replace(week, probability=probability)


def thinned(probability: float, expected: float, share: float, poisson: bool) -> float:
    """P(at least one of a category), the spread of the rate found by search."""
    if poisson:
        return -np.expm1(np.log1p(-probability) * share)
    hazard = -np.log1p(-probability)
    spread = brentq(lambda v: np.log1p(v * expected) / v - hazard, 1e-9, 1e3)
    return -np.expm1(-np.log1p(spread * expected * share) / spread)


def read(text: str) -> float:
    return float(text.replace("\u00a0", "").replace("%", "").replace(",", ".").split()[0])


@pytest.mark.parametrize(
    ("basis", "poisson"), [("recorded", True), ("recorded", False), ("none", True)]
)
def test_figures_of_a_category_are_its_share_of_what_is_found(
    open_page, keep_picture, basis, poisson
):
    week = made_weeks.week(made_weeks.streets(40), basis=basis)
    week = week if poisson else bunched(week)
    mix = made_backgrounds.mix(week)
    found = open_page(week, background=made_backgrounds.background(week, mix=mix))
    total = (np.nansum(week.expected, axis=1)[:, None] * mix.to_numpy()).sum(axis=0)
    names = [mix.columns[place] for place in np.argsort(-total)]
    options = found.texts("[data-part=category] option")
    assert options == ["Toutes catégories", *(category_name(name, "fr") for name in names)]
    number, hour = 1, 58
    share = mix[names[number]].to_numpy()
    found.page.select_option("[data-part=category]", str(number))
    found.go_to(hour)
    expected = week.expected * share[:, None]
    order = np.argsort(-expected[:, hour], kind="stable")
    shown = found.texts(".ranked .name")
    rows = [week.zones.index[week.zones["name"] == name].item() for name in shown]
    np.testing.assert_allclose(expected[rows, hour], expected[order, hour], rtol=0.03)
    limits = np.sort(expected.ravel())[::-1][tier_limits(expected.size, week.tier_shares) - 1]
    for row, percent, tier in zip(
        rows, found.texts(".ranked .percent"), found.texts(".ranked .tier"), strict=True
    ):
        here = week.probability[row, hour], week.expected[row, hour]
        wanted = thinned(*here, share[row], poisson)
        # rounded to two figures, of digits that hold a rate to 2 %
        assert abs(read(percent) - 100 * wanted) < 0.51 + 3 * wanted, row
        if np.abs(expected[row, hour] / limits - 1).min() > 0.03:
            assert tier == f"N{1 + (expected[row, hour] < limits).sum()}"
    assert category_name(names[number], "fr") in found.text("[data-part=legend_title]")
    assert "toutes heures confondues" in found.text("[data-part=zone_body]")
    found.page.click("[data-choice='list=week']")
    first = found.texts(".ranked .name")[0]
    best = expected.max(axis=1)
    assert best[week.zones["name"] == first] == pytest.approx(best.max(), rel=0.03)
    if not poisson:
        keep_picture(found, "category")
    found.page.select_option("[data-part=category]", "")
    found.page.click("[data-choice='list=hour']")
    ranked = week.ranked[week.ranked["hour"] == hour].sort_values("rank")
    assert found.texts(".ranked .name") == ranked["name"].tolist()


@pytest.fixture(scope="module")
def town():
    return made_weeks.week(made_weeks.streets(120))


def pick(found, town, zone: int) -> None:
    found.page.fill("[data-part=search]", town.zones["name"][zone])
    found.page.press("[data-part=search]", "Enter")


def test_a_zone_says_when_it_was_visited_and_how_sure_its_figure_is(open_page, town):
    factors = np.full(town.expected.shape, 1.9)
    factors[5], factors[6] = 4.0, 30.0
    week = dataclasses.replace(
        town, lower=town.expected / factors**0.5, upper=town.expected * factors**0.5
    )
    found = open_page(week, background=made_backgrounds.background(week))
    found.go_to(3)
    pick(found, week, 9)
    last = "Dernière patrouille connue\u202f: 3 janv. 2026, 9 jours avant."
    assert found.text("#zone-last") == last
    assert found.text("#zone-sure").startswith("●●● Plutôt sûr")
    pick(found, week, 5)
    assert found.text("#zone-sure").startswith("●●○ Moyennement sûr")
    pick(found, week, 6)
    assert found.text("#zone-sure").startswith("●○○ Peu sûr")
    found.go_to(int(np.nanargmax(week.expected[6])))  # both bounds of the probability near one
    assert found.text("#zone-sure").startswith("●○○ Peu sûr")
    found.go_to(3)
    pick(found, week, 0)
    assert "jamais, d'après les relevés" in found.text("#zone-last")
    found.page.click("[data-part=language]")
    assert found.text("#zone-last") == "Last patrol: never, as far as the records tell."


def test_the_model_says_what_it_learnt_from_and_how_it_did(open_page, keep_picture, town):
    found = open_page(town, background=made_backgrounds.background(town))
    footer = found.text("footer")
    assert "du 1er janvier 2024 au 22 décembre 2025" in footer
    assert "Semaine du 29 décembre 2025" in footer
    assert "dans 71\u00a0% des heures patrouillées" in footer
    assert "dans 20\u00a0% de toutes" in footer
    found.page.focus("[data-part=open_model]")
    found.page.keyboard.press("Enter")
    assert found.page.is_visible("dialog")
    curve = made_backgrounds.curve()
    points = found.page.locator("svg circle").evaluate_all(
        "all => all.map((one) => [Number(one.getAttribute('cx')), Number(one.getAttribute('cy'))])"
    )
    right, up = np.array(points).T
    ideal = found.page.locator("svg .ideal").evaluate(
        "one => ['x1', 'x2', 'y1', 'y2'].map((name) => Number(one.getAttribute(name)))"
    )
    most = 0.6
    np.testing.assert_allclose(
        (right - ideal[0]) / (ideal[1] - ideal[0]) * most, curve["forecast"], atol=1e-6
    )
    np.testing.assert_allclose(
        (up - ideal[2]) / (ideal[3] - ideal[2]) * most, curve["observed"], atol=1e-6
    )
    label = found.page.get_attribute("svg", "aria-label")
    assert "prévu 60\u00a0%, constaté 54\u00a0%" in label
    assert "8 dernières semaines jugées, 1\u202f000 heures" in found.text("dialog")
    keep_picture(found, "model")
    found.page.keyboard.press("Escape")
    assert not found.page.is_visible("dialog")
    assert found.page.evaluate("document.activeElement.dataset.part") == "open_model"


def test_what_is_not_known_is_said_or_left_out(open_page, town):
    found = open_page(town)
    assert "pas encore jugée" in found.text("footer")
    assert "Appris" not in found.text("footer")
    for absent in (
        "[data-part=category]",
        "[data-part=shift]",
        "[data-choice='list=routes']",
        "svg",
    ):
        assert found.page.locator(absent).count() == 0, absent
    assert found.page.text_content("#zone-last") == ""
    assert "Passages" not in found.text("[data-part=zone_body]")
