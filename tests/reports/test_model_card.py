import copy
import re

import pytest

import small_town
from infraction_model.estimators.baselines import BareMeanParameters, EmpiricalBayesParameters
from infraction_model.evaluation.backtest import backtest
from infraction_model.evaluation.findings import findings
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.evaluation.groups import history
from infraction_model.evaluation.model_card import BACKTEST_FIGURES, model_card, watcher
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit
from infraction_model.reports.backtest_words import sentences
from infraction_model.reports.model_card import draw, render, render_markdown
from infraction_model.wording import words

HOSTILE = "<script>alert(1)</script> | # Ville"


@pytest.fixture(scope="module", params=["recorded", "none"])
def card(request):
    basis = request.param
    panel = small_town.panel(zones=10, weeks=26, per_week=150, late=0.1)
    origin, town = panel.end_week, small_town.town(basis)
    settings = (FeatureParameters(), ForecastParameters())
    kinds = [EmpiricalBayesParameters(), BareMeanParameters()]
    known, folds = history(panel, basis, origin), []
    model, _ = fit(panel, origin, town, kinds, *settings, watcher(folds, known, basis))
    named = {kind.kind: kind for kind in kinds}
    judged = backtest(panel, origin, town, named, *settings, FoldParameters(weeks=2))
    found = findings(judged, "empirical_bayes", basis, gap=1, records_in=1.0)
    found["in_words"] = {language: sentences(found, language) for language in ("fr", "en")}
    about = {"town": HOSTILE, "bundle": "2024-empirical_bayes-1", "software": "0"}
    return model_card(model, folds, known, {"z00": HOSTILE}, found, about)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_all_it_must_and_escapes_the_town(card, language):
    page = render(card, language)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    text = words("model_card", language)
    for heading in ("what", "use", "performance", "weak", "effort", "exposure", "limits", "data"):
        assert f"<h2>{text[heading]}</h2>".replace("'", "&#39;") in page, heading
    assert page.count("<img") == 1
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_markdown_says_the_same(card, language):
    text = render_markdown(card, language)
    assert "<script>" not in text
    for sentence in card["backtest"]["in_words"][language]:
        assert sentence in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(columns) == 1, block


def test_without_a_log_the_card_never_speaks_of_infractions_found(card):
    page = render(card, "en")
    known = card["exposure_basis"] == "recorded"
    assert ("finds at least one infraction" in page) == known
    assert ("that a fine is recorded there" in page) != known
    assert ("Gini coefficient of patrol hours" in page) == known


def test_without_a_backtest_the_card_says_how_to_get_one(card):
    alone = {**copy.deepcopy(card), "backtest": None}
    page = render(alone, "en")
    assert "infraction-model backtest" in page
    assert "weeks held out)" in page


def test_every_figure_of_a_card_has_a_name():
    assert set(BACKTEST_FIGURES) == set(words("figures", "fr"))


def test_the_picture_is_the_same_each_time(card):
    assert draw(card, "en").startswith(b"\x89PNG")
    assert draw(card, "en") == draw(card, "en")
