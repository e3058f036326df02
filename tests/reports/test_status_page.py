import re
from html.parser import HTMLParser

import pytest

from infraction_model.evaluation.monitoring import REASONS
from infraction_model.io.json_files import json_text
from infraction_model.reports.status_page import (
    overall_level,
    prometheus_text,
    render,
    status_json,
)
from infraction_model.wording import by_language
from made_judged import judged, not_judged

TEXTS = by_language("status")


def _row(name: str, level: str, words: str = "Said.") -> dict:
    both = {"fr": f"{words} (fr)", "en": f"{words} (en)"}
    return {"name": name, "level": level, "value": 2.5, "limit": 2.0, "words": both}


def _drift(level: str = "ok") -> dict:
    more = {"by_chance": 0.004, "before": 0.02, "last_year": None, "bins": 9, "since": "2024-01-01"}
    return _row("fines_hours", level, "Hours") | {"value": 0.03} | more


def _decision() -> dict:
    return {
        "number": 3,
        "decided_at": "2024-02-05T06:00:00",
        "outcome": "refused",
        "origin": "2024-02-05",
        "challenger": {"bundle": "stack-9", "version": 9},
        "champion_before": None,
        "champion_after": None,
        "forced": False,
        "reason": "",
        "gates": [_row("log_loss", "alarm", "Worse than the champion"), _row("coverage", "ok")],
        "settings": {},
        "software": "1",
    }


def _adherence() -> dict:
    words = {"fr": "2 visites sur 4.", "en": "2 of 4 visits."}
    return {
        "target_week": "2024-01-29",
        "origin": "2024-02-05",
        "visits": 4,
        "judged": True,
        "made": 2,
        "share_made": 0.5,
        "followed": True,
        "by_purpose": {"yield": {"visits": 4, "made": 0.5}},
        "planned_hours_share": 0.25,
        "words": words,
        "caution": {"fr": "Prudence.", "en": "Careful."},
    }


def status(**changes) -> dict:
    """A status in which all is well, with some of its parts changed."""
    return {
        "town": "Saint-Martin",
        "target_week": "2024-02-12",
        "origin": "2024-02-05",
        "model": {
            "bundle": "stack-8",
            "kind": "stack",
            "trained_origin": "2024-01-22",
            "source": "champion",
        },
        "banner": None,
        "health": [_row("fresh", "ok")],
        "weeks": [judged(0), not_judged(1), judged(2)],
        "alarms": [],
        "drift": [_drift()],
        "adherence": _adherence(),
        "decisions": [_decision()],
        "log": [
            {"stage": "ingest", "outcome": "done", "seconds": 2.0},
            {"stage": "score", "outcome": "failed: no disk"},
        ],
    } | changes


ALARM = _row("level_up", "alarm", "More found") | {"target_week": judged(2)["target_week"]}
EMPTY = {"weeks": [], "health": [], "drift": [], "adherence": None, "decisions": [], "log": []}


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "ok"),
        ({"health": [_row("a", "warning"), _row("b", "ok")]}, "warning"),
        ({"health": [_row("a", "warning"), _row("b", "alarm")]}, "alarm"),
        ({"alarms": [ALARM]}, "alarm"),
        ({"drift": [_drift("alarm")]}, "warning"),
        ({"banner": {"fr": "Repli.", "en": "Fallback."}}, "warning"),
        (EMPTY, "ok"),
    ],
)
def test_the_level_is_that_of_the_worst_check(changes, level):
    found = status(**changes)
    assert overall_level(found) == level
    assert status_json(found)["level_code"] == ("ok", "warning", "alarm").index(level)
    page = render(found | {"weeks": []}, "fr")  # without its picture, which takes a while
    assert f'class="light {level}"' in page
    assert f"<h2>{TEXTS['fr'][f'level_{level}']}</h2>" in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_wrong_stands_at_the_top_in_words(language):
    halved = _row("volume", "warning", "Volume halved")
    found = status(alarms=[ALARM], health=[halved], weeks=[])
    top = render(found, language).partition("<h2>" + TEXTS[language]["published"])[0]
    assert top.index("More found") < top.index("Volume halved")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("changes", [{}, EMPTY, {"weeks": [not_judged(0, "not_in")]}])
def test_the_page_asks_nothing_of_any_network_and_is_well_formed(language, changes):
    page = render(status(**changes), language)
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "http" not in re.sub(r"http-equiv", "", page)

    class Balanced(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag not in ("meta", "link", "img", "br"):
                self.opened.append(tag)

        def handle_endtag(self, tag):
            assert self.opened.pop() == tag

    parser = Balanced()
    parser.opened = []
    parser.feed(page)
    assert parser.opened == []


def test_names_from_outside_cannot_become_markup():
    name = "<script>alert(1)</script>"
    page = render(status(town=name, health=[_row("x", "warning", name)], weeks=[]), "fr")
    assert name not in page
    assert "&lt;script&gt;" in page


def test_a_week_that_was_not_judged_says_why_and_an_alarm_marks_its_week():
    page = render(status(alarms=[ALARM]), "en")
    assert REASONS["no_patrol"]["en"] in page
    row = next(line for line in page.splitlines() if "badge" in line and "<tr>" in line)
    assert "alarm" in row
    assert "refused" in page
    assert "Worse than the champion (en)" in page
    assert "failed: no disk" in page
    assert "25 %" in page


def test_pages_are_the_same_to_the_bit_for_the_same_status():
    assert render(status(), "fr") == render(status(), "fr")


def test_machines_get_plain_values_under_stable_keys():
    found = status_json(status(alarms=[ALARM]))
    assert list(found) == [
        "format",
        "town",
        "target_week",
        "origin",
        "level",
        "level_code",
        "summary",
        "model",
        "banner",
        "checks",
        "last_judged_week",
        "adherence",
    ]
    assert [(row["group"], row["name"], row["level"]) for row in found["checks"]] == [
        ("health", "fresh", "ok"),
        ("alarm", "level_up", "alarm"),
        ("drift", "fines_hours", "ok"),
    ]
    assert found["last_judged_week"]["week"] == judged(2)["target_week"]
    assert found["adherence"] == {"target_week": "2024-01-29", "visits": 4, "share_made": 0.5}
    assert found["summary"]["en"] == "Alarm: More found (en)"
    assert found["summary"]["fr"].startswith("Alarme : ")
    assert json_text(found)
    assert status_json(status(**EMPTY))["last_judged_week"] is None


SAMPLE = re.compile(r'(\w+)\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (-?[0-9.e+-]+)')


def test_prometheus_can_read_its_text():
    odd = 'Saint "Martin" \\ \n town'
    text = prometheus_text(status(town=odd, alarms=[ALARM]))
    assert text.endswith("\n")
    samples: dict[str, list] = {}
    declared = set()
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            declared.add(line.split()[2])
        elif not line.startswith("# HELP"):
            found = SAMPLE.fullmatch(line)
            assert found, line
            samples.setdefault(found[1], []).append((found[2], float(found[3])))
    assert set(samples) == declared
    [(labels, level)] = samples["infraction_model_status_level"]
    assert level == 2.0
    assert labels == r'town="Saint \"Martin\" \\ \n town"'
    assert dict(samples["infraction_model_week_found_to_forecast"]).values()
    assert samples["infraction_model_origin_timestamp_seconds"][0][1] == 1707091200.0
    assert samples["infraction_model_fallback"][0][1] == 0.0
