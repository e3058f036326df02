"""Experiments side by side, as a page, as Markdown, as a table and as a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.image import imread

from infraction_model.evaluation.experiment import compare_experiments
from infraction_model.reports.compare_page import (
    draw,
    render,
    render_markdown,
    sentences,
    table,
)
from infraction_model.wording import by_language
from made_experiments import result

NAMES = {
    "0001-defaults": result(question="As it comes?"),
    "0002-worse": result(-0.02, seed=3, question="Bare <mean> | $x$?"),
    "0003-same": result(question="Another seed?"),
    "0004-better": result(0.02, seed=2, question="Small trees?"),
    "0005-unclear": result(0.0001, seed=5, question="Other weeks?"),
}
FOUND = compare_experiments(NAMES, "0001-defaults")
ALONE = compare_experiments({"0001-defaults": result()}, "0001-defaults")

TEXTS = by_language("compare")


def test_sentences_say_the_reference_then_the_others_best_first():
    said = sentences(FOUND, "en")
    assert said[0].startswith("The reference is 0001-defaults (As it comes?): log loss 0.4")
    assert said[1].startswith("0004-better (Small trees?) is better: log loss −")
    assert "0005-unclear (Other weeks?) is not distinguishable" in "\n".join(said[2:4])
    assert "0003-same (Another seed?) gives the same forecasts" in "\n".join(said[2:4])
    assert said[4].startswith("0002-worse (Bare <mean> | $x$?) is worse: log loss +")


def test_the_figures_said_are_those_found():
    better = next(one for one in FOUND.versus if one.name == "0004-better")
    value, lower, upper = (f"{100 * abs(end):.2f} %" for end in better.loss.relative)
    assert f"log loss −{value} (−{lower} to −{upper})" in sentences(FOUND, "en")[1]
    assert f"−{value}".replace(".", ",").replace(" ", "\u00a0") in sentences(FOUND, "fr")[1]


def test_the_table_has_a_line_per_experiment():
    lines = table(FOUND).splitlines()
    assert [line.split()[0] for line in lines[1:]][0:2] == ["0001-defaults", "0004-better"]
    assert len(lines) == 1 + len(NAMES)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_escapes_what_people_wrote_and_asks_nothing_of_the_network(language):
    page = render(FOUND, language)
    assert "Bare &lt;mean&gt;" in page
    assert "<mean>" not in page
    assert "http://" not in page
    assert "https://" not in page
    for name in NAMES:
        assert f"<td>{name}<small>" in page
    assert page.count(f">{TEXTS[language]['verdicts']['better']}<") == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_markdown_tables_stay_tables(language):
    text = render_markdown(FOUND, language)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(NAMES)
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 1


def test_the_picture_is_drawn_and_the_same_each_time():
    image = draw(FOUND, "en")
    assert image == draw(FOUND, "en")
    pixels = imread(io.BytesIO(image))
    green = (pixels[..., 1] - pixels[..., 0] > 0.2) & (pixels[..., 2] < 0.4)
    red = (pixels[..., 0] - pixels[..., 1] > 0.3) & (pixels[..., 2] < 0.3)
    left = np.arange(pixels.shape[1]) < 0.6 * pixels.shape[1]
    # the better one lies left of the worse one, and above it
    better, worse = np.argwhere(green & left), np.argwhere(red & left)
    assert np.median(better[:, 1]) < np.median(worse[:, 1])
    assert np.median(better[:, 0]) < np.median(worse[:, 0])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_experiment_alone_is_said_to_be_alone(language):
    assert sentences(ALONE, language)[-1] == TEXTS[language]["alone"]
    assert "<img" not in render(ALONE, language)
    assert "compare.png" not in render_markdown(ALONE, language)
