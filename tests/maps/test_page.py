from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

import made_backgrounds
import made_routes
import made_weeks
from infraction_model.errors import ConfigError, ContractError
from infraction_model.maps.background import Background
from infraction_model.maps.basemap import Basemap
from infraction_model.maps.page.codes import DIGITS
from infraction_model.maps.page.html import html_page


class Elements(HTMLParser):
    """What an HTML reader makes of a page: tags with attributes, and text per tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.texts, self._open = [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open = tag

    def handle_data(self, text):
        self.texts.append((self._open, text))


def data_of(page: str) -> dict:
    [packed] = re.findall(r'id="week-data">([A-Za-z0-9+/=]*)</script>', page)
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def numbers(text: str, width: int = 1) -> np.ndarray:
    digits = np.array([DIGITS.index(digit) for digit in text]).reshape(-1, width)
    return digits @ 64 ** np.arange(width - 1, -1, -1)


@pytest.mark.parametrize(("zones", "width", "close"), [(30, 3, 5e-6), (1200, 2, 3e-4)])
def test_the_page_holds_the_scores(zones, width, close):
    week = made_weeks.week(made_weeks.streets(zones))
    data = data_of(html_page(week))
    assert data["width"] == width
    share = numbers(data["probability"], width) / (64**width - 2)
    shown = (data["top"] * share**2).reshape(week.probability.shape)
    np.testing.assert_allclose(shown, week.probability, atol=close * data["top"])
    most = 64 ** (width - 1) - 1
    down, up = (
        numbers(data[side], width - 1).reshape(shown.shape) / most for side in ("low", "high")
    )
    low, high = shown * (1 - down), shown + (data["cap"] - shown) * up**2
    assert (low <= 1 - np.exp(-week.lower) + close).all()
    assert (high >= 1 - np.exp(-week.upper) - close).all()
    assert (high - low <= np.exp(-week.lower) - np.exp(-week.upper) + 3.2 / most).all()
    best = [(cell // 168, cell % 168) for cell in data["best"]]
    assert best == list(zip(week.ranked["row"], week.ranked["hour"], strict=True))[:200]


@pytest.mark.parametrize(("basis", "kind"), [("recorded", "hazard"), ("none", "zone")])
def test_expected_numbers_follow_from_the_probability_where_they_do(basis, kind):
    data = data_of(html_page(made_weeks.week(made_weeks.streets(10), basis=basis)))
    assert data["expected"]["kind"] == kind


def test_expected_numbers_of_a_model_where_they_do_not_are_held_one_by_one():
    week = made_weeks.week(made_weeks.streets(10))
    factor = np.random.default_rng(1).uniform(1, 2, week.expected.shape)
    week.expected[:] = week.expected * factor
    held = data_of(html_page(week))["expected"]
    ratio = held["low"] * (held["high"] / held["low"]) ** (numbers(held["digits"]) / 63)
    assert held["kind"] == "hour"
    np.testing.assert_allclose(ratio.reshape(factor.shape), factor, rtol=0.02)


def test_2700_zones_fit_into_3_megabytes_with_all_that_a_page_may_tell():
    week = made_weeks.week(made_weeks.streets(2700))
    spread = np.random.default_rng(3).uniform(0.3, 1.5, week.expected.shape)
    week.probability[:] = -np.expm1(-np.log1p(spread * week.expected) / spread)
    names = tuple(f"category {number}" for number in range(12))
    plan = made_routes.plan(stops=12, teams=tuple("ABCDEFGH"), days=tuple(range(6)))
    mix = made_backgrounds.mix(week, names)
    page = html_page(week, background=made_backgrounds.background(week, plan=plan, mix=mix))
    assert len(page.encode()) < 3_000_000
    data = data_of(page)
    assert data["expected"]["kind"] == "hour"
    assert len(data["categories"]["scales"]) == 9
    assert data["categories"]["names"]["fr"][-1] == "autres catégories"
    assert sum(len(route["stops"]) for route in data["plan"]["routes"]) == 8 * 6 * 12


@pytest.mark.parametrize("geometries", [made_weeks.streets(5), dict.fromkeys("abc")])
def test_nothing_in_the_page_asks_for_anything_outside_it(geometries):
    week = made_weeks.week(geometries)
    page = html_page(week, background=made_backgrounds.background(week))
    elements = Elements(page)
    for tag, attributes in elements.tags:
        assert not attributes.keys() & {"src", "srcset", "action", "style", "onclick", "onload"}, (
            tag
        )
        assert attributes.get("href", "#").startswith(("#", "data:,"))
    [style] = [text for tag, text in elements.texts if tag == "style" and text.strip()]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_lets_run_just_the_scripts_of_the_page():
    page = html_page(made_weeks.week(made_weeks.streets(5)))
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert len(scripts) == 2
    allowed = re.findall(r"script-src ([^;]*);", policy.replace("&#39;", "'"))[0]
    assert allowed == " ".join(f"'sha256-{found}'" for found in hashes)
    assert "default-src" in policy
    assert "unsafe" not in policy


def test_hostile_names_are_text_and_nothing_else():
    names = {f"z{place}": name for place, name in enumerate(made_weeks.HOSTILE)}
    plain = Elements(html_page(made_weeks.week(dict.fromkeys(names))))
    page = html_page(made_weeks.week(dict.fromkeys(names), names))
    assert Elements(page).tags == plain.tags
    found = data_of(page)["zones"]["name"]
    assert found[0] == made_weeks.HOSTILE[0]
    assert max(map(len, found)) == 200


def test_reasons_are_held_for_the_best_hours_with_words_for_their_features():
    week = made_weeks.week(made_weeks.streets(30))
    data = data_of(html_page(week))
    assert data["reasons"]["texts"] == ["eb_rate_13w_s2 +0.81; weekday +0.33"]
    given = week.ranked[week.ranked["reasons"] != ""]
    cells = (given["row"] * 168 + given["hour"]).astype(str)
    assert set(data["reasons"]["cells"]) == set(cells)
    assert set(data["feature_words"]["fr"]) == {"eb_rate_13w_s2", "weekday"}


def test_the_same_week_gives_the_same_page_to_the_byte():
    assert html_page(made_weeks.week(made_weeks.cells(2))) == html_page(
        made_weeks.week(made_weeks.cells(2))
    )


def test_a_banner_comes_first_and_is_only_text():
    week = made_weeks.week(made_weeks.streets(3))
    banner = {"fr": "Modèle <u>de secours</u>", "en": "Fallback <u>model</u>"}
    page = html_page(week, "fr", banner=banner)
    elements = Elements(page)
    assert ("p", "Modèle <u>de secours</u>") in elements.texts
    assert "u" not in [tag for tag, _ in elements.tags]
    assert data_of(page)["written"]["en"]["banner"] == "Fallback <u>model</u>"
    assert "banner" not in data_of(html_page(week))["written"]["fr"]


def test_a_plan_of_other_zones_is_refused_with_what_to_do():
    week = made_weeks.week(made_weeks.streets(5))
    with pytest.raises(ContractError, match=r"visits zone 'S0005'.*Run `infraction-model plan`"):
        html_page(week, background=Background(plan=made_routes.plan()))


@pytest.mark.parametrize("limits", ["known", "extrapolated"])
def test_tiers_of_a_category_hold_their_share_of_all_zone_hours(limits):
    week = made_weeks.week(made_weeks.streets(40))
    hours = tuple(range(160)) if limits == "extrapolated" else (0, 1, 2)
    week = dataclasses.replace(week, extrapolated=hours)
    mix = made_backgrounds.mix(week)
    data = data_of(html_page(week, background=made_backgrounds.background(week, mix=mix)))
    share = numbers(data["categories"]["share"], 2).reshape(40, -1) / (64**2 - 1)
    top = data["top"] * (numbers(data["probability"], 3) / (64**3 - 2)) ** 2
    expected = -np.log1p(-top.reshape(40, 168))
    known = ~np.isin(np.arange(168), hours)
    for place, scale in enumerate(data["categories"]["scales"]):
        own = expected * share[:, [place]]
        for end, least in enumerate(zip(*scale["limits"].values(), strict=True)):
            in_tier = [np.inf if limit is None else limit for limit in least]
            held = (own[:, known] >= in_tier[0]).sum() + (own[:, ~known] >= in_tier[1]).sum()
            assert held == np.ceil(week.tier_shares[end] * own.size)
        cells = np.array(scale["best"])
        rows, at = cells // 168, cells % 168
        assert (np.diff(own[rows, at][known[at]]) <= 1e-12).all()
        assert (np.diff(known[at].astype(int)) <= 0).all()


def test_a_basemap_is_one_host_by_https_and_only_then_does_the_policy_name_one():
    week = made_weeks.week(made_weeks.streets(5))
    address = "https://tiles.example.org/{z}/{x}/{y}.png"
    assert "img-src data: https://tiles.example.org;" in html_page(week, basemap=Basemap(address))
    assert "img-src data:;" in html_page(week)
    bare = made_weeks.week(dict.fromkeys("abc"))
    assert "img-src data:;" in html_page(bare, basemap=Basemap(address))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://tiles.example.org/{z}/{x}/{y}.png", "expected an address such as https://"),
        ("https://{s}.tiles.example.org/{z}/{x}/{y}.png", "expected an address such as https://"),
        ("https://tiles.example.org/{z}/{x}.png", "without {y}"),
        ("https://a.org; script-src *;/{z}/{x}/{y}", "expected an address such as https://"),
    ],
)
def test_an_address_that_is_no_basemap_is_a_wrong_setting(address, says):
    with pytest.raises(ConfigError, match=re.escape(says)):
        Basemap(address).host()
