"""The live page as text: it holds the town, escapes it, and may ask its own server alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser

import pytest

import made_weeks
from infraction_model.maps.live.page import LiveTown, live_page


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def town(geometries, names=None, title: str = "Saint-Martin", scored="recorded") -> LiveTown:
    return LiveTown(title, "Europe/Paris", made_weeks.zones(geometries, names), scored)


def data_of(page: str) -> dict:
    [packed] = re.findall(r'id="live-data">([A-Za-z0-9+/=]*)</script>', page)
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def test_it_holds_the_zones_with_their_places_and_limits():
    streets = made_weeks.streets(6)
    data = data_of(live_page(town(streets)))
    assert data["zones"]["id"] == sorted(streets)
    assert data["zones"]["max_stay"] == [None, 120.0, 120.0, None, 120.0, 120.0]
    for zone, (x, y) in zip(data["zones"]["id"], data["anchors"], strict=True):
        west, south, east, north = streets[zone].bounds
        assert west - 1e-5 <= x <= east + 1e-5
        assert south - 1e-5 <= y <= north + 1e-5


def test_its_policy_lets_its_own_scripts_run_and_ask_its_own_server_alone():
    page = live_page(town(made_weeks.streets(3)))
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.replace("&#39;", "'").split(";"))
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert rules["script-src"] == " ".join(f"'sha256-{found}'" for found in hashes)
    assert (rules["default-src"], rules["connect-src"]) == ("'none'", "'self'")
    assert "unsafe" not in policy
    assert not re.search(r"url\(|@import", re.findall(r"<style>(.*?)</style>", page, re.S)[0])
    for tag, attributes in Tags(page).tags:
        assert not attributes.keys() & {"src", "srcset", "action", "style", "onclick", "onload"}, (
            tag
        )


def test_hostile_names_are_text_and_nothing_else():
    names = {f"z{place}": name for place, name in enumerate(made_weeks.HOSTILE)}
    plain = Tags(live_page(town(dict.fromkeys(names))))
    page = live_page(town(dict.fromkeys(names), names, title=made_weeks.HOSTILE[1]))
    assert Tags(page).tags == plain.tags
    found = data_of(page)["zones"]["name"]
    assert found[0] == made_weeks.HOSTILE[0]
    assert max(map(len, found)) == 200


def test_a_town_without_geometry_has_the_list_and_no_map():
    page = live_page(town(dict.fromkeys("abc")))
    assert data_of(page)["shapes"] is None
    assert 'data-part="map"' not in page
    assert 'data-part="cards"' in page


@pytest.mark.parametrize(
    ("scored", "said"),
    [("recorded", "Probabilité d’infraction"), ("none", "Probabilité d’un PV")],
)
def test_the_models_figure_is_called_what_it_is(scored, said):
    data = data_of(live_page(town(dict.fromkeys("abc"), scored=scored)))
    assert data["catalogues"]["fr"]["model"].startswith(said)


def test_every_word_that_its_scripts_ask_for_is_there_in_both_languages():
    page = live_page(town(made_weeks.streets(3)))
    said = data_of(page)["catalogues"]
    own = re.findall(r"<script>(.*?)</script>", page, re.S)[-1]
    asked = set(re.findall(r'words\.text\("(\w+)"', own)) | set(
        re.findall(r'data-(?:text|label)="(\w+)"', page)
    )
    elsewhere = {"visit_at", "visit_planned", "hours"}  # of the planner's page, in words.js
    assert asked - elsewhere <= set(said["fr"])
    assert set(said["fr"]) == set(said["en"])
