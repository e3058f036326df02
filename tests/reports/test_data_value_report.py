"""The data-value report says what the figures say, in both languages, and runs no town's text."""

import csv
import io

import numpy as np
import pytest

from infraction_model.evaluation.bootstrap import Interval
from infraction_model.evaluation.data_value import DataValue, SourceValue
from infraction_model.evaluation.gains import Gain
from infraction_model.reports.data_value_report import (
    data_value_csv,
    draw,
    render,
    render_markdown,
    sentences,
)
from infraction_model.wording import by_language

TOWN = "<script>alert(1)</script> | [x](y)"
NONE = Interval(np.nan, np.nan, np.nan, np.nan)

TEXTS = by_language("data_value")


def _interval(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half, 0.5)


def _gain(value: float, half: float, capture: float = 0.0, best: Interval = NONE) -> Gain:
    return Gain(
        _interval(value, half), _interval(value / 2, half / 2), _interval(capture, 0.01), best
    )


def _found(basis: str = "recorded", best: Interval = NONE) -> DataValue:
    values = [
        SourceValue("weather", _gain(-0.0001, 0.001), _gain(0.0, 0.001)),
        SourceValue("exposure", _gain(0.1234, 0.02, 0.031, best), _gain(0.15, 0.02)),
        SourceValue("events", _gain(0.004, 0.006), _gain(0.002, 0.006)),
        SourceValue("payments", _gain(-0.02, 0.01), _gain(0.001, 0.01)),
    ]
    figures = {"log_loss": 0.43, "capture": 0.3, "yield": 0.85 if best is not NONE else np.nan}
    names = ["all", "base", "fines only", "without exposure", "without weather", "with weather"]
    return DataValue(
        basis=basis,
        gap=1,
        values=[v for v in values if basis != "none" or v.source != "exposure"],
        lacking=["footfall"] if basis != "none" else ["exposure", "footfall"],
        arms={name: figures for name in names if basis != "none" or "exposure" not in name},
        targets=[2800, 2801],
        zones=12,
        repeats=2,
        units="both",
        level_without_exposure=None if basis == "none" else 15.24,
    )


def test_the_verdicts_come_first_then_each_source_with_its_interval_best_first():
    said = sentences(_found(), "en")
    assert said[0] == (
        "Worth having: patrol log. Not clear: works, markets and events announced. Of little use "
        "here: weather. In the way here: parking payments."
    )
    assert said[1] == (
        "Patrol log: worth having. The forecast error falls by 12.34 % (95 % interval: 10.34 % to "
        "14.34 %) against all the rest without it. Of the hours looked at, the top 5 % hold 3.1 pt "
        "more of all fines (2.1 to 4.1)."
    )
    assert [line.split(":")[0] for line in said[1:5]] == [
        "Patrol log",
        "Works, markets and events announced",
        "Weather",
        "Parking payments",
    ]
    assert said[-1] == "Not in the town's data, so not judged: counts of passers-by."


def test_french_writes_numbers_as_the_french_do():
    said = sentences(_found(), "fr")
    assert "baisse de 12,34\u00a0% (intervalle à 95 % : de 10,34\u00a0% à 14,34\u00a0%)" in said[1]
    minus = "\u2212"
    assert said[3] == (
        "Météo : peu utile ici. Baisse de l'erreur de prévision : 0,09\u00a0% au mieux, "
        f"{minus}0,11\u00a0% au pire."
    )


def test_the_truth_of_a_made_town_is_told_where_there_is_one():
    assert not any("made town" in line for line in sentences(_found(), "en"))
    said = sentences(_found(best=_interval(0.184, 0.02)), "en")
    assert "finds 18.4 pt more of what the perfect list would (16.4 to 20.4)" in said[1]
    assert "True yield" in render(_found(best=_interval(0.184, 0.02)), "x", "en")
    assert "True yield" not in render(_found(), "x", "en")


def test_without_exposure_the_report_says_that_a_log_cannot_be_valued():
    found = _found(basis="none")
    assert any("cannot be measured on this data" in line for line in sentences(found, "en"))
    page = render(found, "x", "en")
    assert "with hindsight" not in page
    assert "added to the fines alone" in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_and_its_markdown_hold_every_source_and_no_town_text_runs(language):
    found = _found()
    page, text = render(found, TOWN, language), render_markdown(found, TOWN, language)
    for name in ("weather", "events", "payments", "footfall", "recorded"):
        words = TEXTS[language]["sources"][name]
        assert words.replace("'", "&#39;") in page or words.capitalize() in page, name
        assert words in text, name
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in text
    assert "\\|" in text.splitlines()[0]
    assert "nan" not in text.lower()
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert len(tables) == 2 + 4 + 2 + 6
    assert "× 15" in page


def test_the_table_has_a_row_per_source_and_comparison():
    rows = list(csv.DictReader(io.StringIO(data_value_csv(_found()))))
    assert len(rows) == 8
    first = next(row for row in rows if row["source"] == "exposure")
    assert (first["added_to"], first["verdict"]) == ("all_others", "worth")
    assert float(first["relative"]) == pytest.approx(0.1234)
    assert float(first["relative_lower"]) == pytest.approx(0.1034)
    assert first["share_of_best"] == ""


def test_the_picture_is_the_same_bytes_each_time():
    one = draw(_found(), "en")
    assert one.startswith(b"\x89PNG")
    assert one == draw(_found(), "en")
