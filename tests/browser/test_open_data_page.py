"""The front page of the open data on a telephone: nothing of it is cut."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pytest

from infraction_model.open_data.dcat import Publisher
from infraction_model.open_data.dictionary import FineRule, Rules, describe
from infraction_model.open_data.files import TABLES
from infraction_model.open_data.fines import FineParameters
from infraction_model.open_data.occupancy import PublicOccupancy
from infraction_model.reports.open_data_page import render

pytestmark = pytest.mark.browser

JUDGED = pd.DataFrame(
    {"kind": ["measured", "estimated"], "zones": [4, 29], "weeks": 8, "error": 0.081,
     "error_last_week": 0.102, "error_mean": 0.08, "covered": [0.9, 1.0]}
)  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_table_fits_a_telephone(browser, tmp_path, language):
    groups = FineParameters().groups
    rules = Rules(5, PublicOccupancy(), [FineRule("2024-01", "2024-03", 5, 60, groups)])
    words = [describe(table, rules, language) for table in TABLES]
    about = {
        "origin": dt.date(2024, 6, 3),
        "publisher": Publisher(name="Ville"),
        "k": 5,
        "other_files": [("disponibilites.jsonld", "Places libres, en entités NGSI-LD")],
    }
    path = tmp_path / "index.html"
    path.write_text(render(words, JUDGED, about, "Ville", language), encoding="utf-8")
    page = browser.new_page(viewport={"width": 420, "height": 900})
    page.goto(path.as_uri())
    wide = page.evaluate(
        "[...document.querySelectorAll('html, .wide')].filter("
        "one => one.scrollWidth > one.clientWidth).map(one => one.innerText.slice(0, 80))"
    )
    figures = page.locator("tr", has_text=re.compile(r"90\s*%")).all_inner_texts()
    page.close()
    assert wide == []
    assert ["100" in one for one in figures] == [True]
