from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_weeks
from infraction_model.maps.files.ranked_table import ranked_csv
from infraction_model.spreadsheets import neutral


def read(content: bytes, decimal: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), sep=";", decimal=decimal, encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("language", "decimal", "probability", "zone"),
    [
        ("fr", ",", "Probabilité d'infraction", "Secteur"),
        ("en", ".", "Infraction probability", "Zone"),
    ],
)
def test_the_table_holds_the_scores_best_first(language, decimal, probability, zone):
    week = made_weeks.week(made_weeks.streets(12))
    found = read(ranked_csv(week, language), decimal)
    assert len(found) == 12 * 168
    np.testing.assert_allclose(
        found[probability], week.ranked["infraction_probability"], atol=5.1e-5
    )
    assert found[zone].tolist() == week.ranked["zone_id"].tolist()
    assert found.iloc[:, 0].tolist() == list(range(1, len(found) + 1))


def test_french_dates_and_hours_and_the_mark_that_makes_excel_read_utf8():
    week = made_weeks.week({"a": None})
    content = ranked_csv(week, "fr", rows=1)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    best = week.ranked.iloc[0]
    row = read(content, ",").iloc[0]
    assert row["Date"] == best["starts_at"].strftime("%d/%m/%Y")
    assert row["Heure"] == best["starts_at"].strftime("%Hh00")
    assert row["Jour"] in ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")


def test_where_exposure_is_unknown_the_headers_say_fines():
    header = ranked_csv(made_weeks.week({"a": None}, basis="none"), "fr", rows=1).decode(
        "utf-8-sig"
    )
    assert "Probabilité de verbalisation" in header
    assert "nfraction" not in header.splitlines()[0]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1+1",
        "|calc",
        "=cmd|' /C calc'!A0",
    ],
)
def test_what_a_spreadsheet_would_run_becomes_text(text):
    assert neutral(text).startswith("'")


def test_a_formula_behind_a_separator_of_another_country_becomes_text():
    assert neutral('A,=HYPERLINK("x")') == 'A,\'=HYPERLINK("x")'
    assert neutral('A; "=1"') == 'A;\' "=1"'


@pytest.mark.parametrize("text", ["Rue A", "-12", "+3,5", "12", "", "Rue -Haute", "8 Mai 1945"])
def test_plain_text_and_numbers_stay_as_they_are(text):
    assert neutral(text) == text


def test_no_name_turns_the_direction_of_what_follows_it():
    assert neutral("\u202eeuR\u202c du \u2067Port") == "euR du Port"
    assert neutral("\u202e=1+1") == "'=1+1"
    assert neutral("شارع الحرية") == "شارع الحرية"


@given(st.text())
def test_no_text_keeps_a_control_character_or_opens_a_formula(text):
    safe = neutral(text)
    assert not any(ord(sign) < 32 for sign in safe)
    assert safe.lstrip()[:1] not in ("=", "@", "|")
    assert neutral(safe) == safe
