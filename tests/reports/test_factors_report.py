"""The report on what recurs: what it says, in both languages, and what it never lets through."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import known_rates
from infraction_model.calendars import CalendarParameters
from infraction_model.factors.analysis import FactorParameters, analyse
from infraction_model.reports.factors_plots import drawable, plots
from infraction_model.reports.factors_report import render, render_markdown
from infraction_model.reports.factors_tables import (
    categories_csv,
    changes_csv,
    factors_csv,
    zones_csv,
)
from infraction_model.reports.factors_texts import TEXTS, level_name
from infraction_model.reports.factors_words import summary
from infraction_model.wording import words
from made_weeks import HOSTILE

WEEKS = 60


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(3)
    level = np.geomspace(0.4, 4.0, 30)
    busy = np.repeat(np.geomspace(8.0, 0.2, 30)[:, None], 7, axis=1)
    change = np.ones((30, WEEKS))
    change[5, 33:] = 0.2
    change[8, 30:] = 3.0
    return known_rates.town(rng, level, WEEKS, 500, busy=busy, change=change)


def analysed(panel, basis: str = "recorded"):
    origin = known_rates.FIRST_WEEK + WEEKS
    calendar = CalendarParameters("FR", None, "B")
    return analyse(panel, origin, basis, calendar, 0, FactorParameters())


@pytest.fixture(scope="module")
def found(panel):
    return analysed(panel)


@pytest.fixture(scope="module")
def hostile(found):
    """The same findings of a town whose names are attacks."""
    names = [HOSTILE[position % len(HOSTILE)] for position in range(len(found.zones))]
    zones = found.zones.assign(name=names, zone_id=names)
    changes = found.changes.assign(name=names[: len(found.changes)])
    categories = found.categories.assign(category=["=1+1", "<img src=x onerror=alert(1)>"])
    return replace(found, zones=zones, changes=changes, categories=categories)


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def words_of(found, language: str = "en") -> str:
    return "\n".join(sentence for _, group in summary(found, language) for sentence in group)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_what_was_found_and_asks_nothing_of_any_network(found, language):
    page = render(found, "Saint-Martin", language)
    tags = Tags(page)
    assert dict(tags.seen)["html"]["lang"] == language
    pictures = [attrs["src"] for tag, attrs in tags.seen if tag == "img"]
    assert len(pictures) == 3
    assert all(source.startswith("data:image/png;base64,") for source in pictures)
    assert not {"script", "iframe", "object"} & {tag for tag, _ in tags.seen}
    assert "http" not in re.sub(r"base64,[^\"]+", "", page).replace("http-equiv", "")
    assert level_name("weekday", "5", language) in page
    for key in ("first", "when", "where", "changed", "unknown", "method"):
        assert TEXTS[language][key].replace("'", "&#39;") in page


def test_the_summary_is_what_was_drawn(found):
    said = words_of(found)
    assert "on Saturday" in said
    assert re.search(r"Weekday: highest Saturday .*, lowest Sunday", said)
    assert "Hours: busy 8–11 h; quiet 11–18 h." in said
    assert "“Rue z029”" in said.split("Zones: first")[1][:60]
    assert re.search(r"“Rue z005”: divided by \d", said)
    assert re.search(r"“Rue z008”: multiplied by \d", said)


def test_the_summary_warns_of_raw_counts(found):
    said = words_of(found)
    rows = found.zones.set_index("name")
    fewer = re.search(
        r"“(Rue z\d+)” is no\. (\d+) by number of fines but no\. (\d+) per hour", said
    )
    assert rows.loc[fewer[1], "rank_by_fines"] == int(fewer[2])
    assert rows.loc[fewer[1], "rank"] == int(fewer[3])
    half = re.search(r"Half of the hours went to (\d+) of 30 zones", said)
    hours = np.sort(found.zones["hours"])[::-1]
    assert hours[: int(half[1])].sum() >= hours.sum() / 2 > hours[: int(half[1]) - 1].sum()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_without_a_patrol_log_every_heading_speaks_of_recorded_fines(panel, language):
    page = render(analysed(panel, "none"), "Saint-Martin", language)
    text = TEXTS[language]
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    figures = [text[key] for key in ("week", "factors", "zones", "changes", "categories", "table")]
    for title in figures:
        assert f"{title} – {text['recorded_only']}" in headings
    assert "patrouille</th>" not in page
    assert "Patrol hours</th>" not in page
    assert text["misleading"] not in page  # nobody knows where officers went
    assert words("factors_sentences", language)["claim_none"].replace("'", "&#39;") in page


def test_what_may_be_chance_is_called_so(found):
    said = words_of(found)
    school = found.table.query("factor == 'school_holiday' and level == 'yes'").iloc[0]
    unsure = school["lower"] <= 1 <= school["upper"]
    [line] = [line for line in said.splitlines() if line.startswith("School holidays")]
    assert line.endswith("the difference may be chance.") == unsure


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_towns_own_text_is_never_markup(hostile, language):
    page = render(hostile, HOSTILE[0], language)
    tags = Tags(page)
    assert not {"script", "svg"} & {tag for tag, _ in tags.seen}
    assert all(attrs["src"].startswith("data:") for tag, attrs in tags.seen if tag == "img")
    assert not any(name.startswith("on") for _, attrs in tags.seen for name in attrs)
    markdown = render_markdown(hostile, HOSTILE[0], language)
    assert "<" not in markdown.replace("\\<", "")
    for line in markdown.splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") in (7, 8, 9), line


@pytest.mark.parametrize("table", [zones_csv, changes_csv, categories_csv])
def test_no_cell_of_a_table_is_run_by_a_spreadsheet(hostile, table):
    rows = list(csv.reader(io.StringIO(table(hostile))))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert not re.match(r"\s*[=+@|]|\s*-\D", cell)


def test_the_tables_hold_every_figure(found):
    rows = list(csv.DictReader(io.StringIO(factors_csv(found))))
    assert len(rows) == len(found.table)
    saturday = next(r for r in rows if (r["factor"], r["level"]) == ("weekday", "5"))
    kept = found.table.query("factor == 'weekday' and level == '5'").iloc[0]
    assert float(saturday["rate_ratio"]) == pytest.approx(kept["rate_ratio"], rel=1e-5)
    assert saturday["exposure_basis"] == "recorded"
    zones = list(csv.DictReader(io.StringIO(zones_csv(found))))
    assert [row["zone_id"] for row in zones] == found.zones["zone_id"].tolist()
    changed = list(csv.DictReader(io.StringIO(changes_csv(found))))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["week"]) for row in changed)


def test_pictures_are_drawn_of_any_name(hostile):
    for picture in plots(hostile, "fr").values():
        assert picture.startswith(b"\x89PNG")
    assert drawable("الحرية Rue\n$x$ 道路") == "الحرية Rue $x$ □□"
    assert len(drawable("A" * 500)) == 44


def test_hours_where_nobody_looked_are_not_drawn_as_low(found):
    """The ground of the picture shows through there: grey, whatever the colours of the scale."""
    import matplotlib.image

    picture = matplotlib.image.imread(io.BytesIO(plots(found, "en")["week"]), format="png")
    height, width = picture.shape[:2]
    night = picture[int(height * 0.5), int(width * 0.10), :3]
    day = picture[int(height * 0.5), int(width * 0.25), :3]
    assert np.ptp(night) < 0.05  # grey
    assert np.ptp(day) > 0.15  # coloured
