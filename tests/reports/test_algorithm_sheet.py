"""The public sheet of the algorithm: its figures are the model's own, gaps are said to be gaps."""

from __future__ import annotations

import copy
import datetime as dt
import io
import re

import pandas as pd
import pytest

import small_town
from infraction_model.estimators.baselines import BareMeanParameters, EmpiricalBayesParameters
from infraction_model.evaluation.backtest import backtest
from infraction_model.evaluation.findings import findings
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.evaluation.groups import history
from infraction_model.evaluation.model_card import model_card, watcher
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit
from infraction_model.reports.algorithm_sheet import (
    SECTIONS,
    SOURCES,
    Entry,
    ModelFigures,
    SheetParameters,
    about,
    entries,
    inventory_csv,
    inventory_json,
    quality,
    render,
)
from infraction_model.reports.backtest_words import sentences
from infraction_model.reports.numbers import decimal, percent

HOSTILE = "<script>alert(1)</script>"
DAY = dt.date(2024, 7, 1)
STATED = SheetParameters(
    "Ville", "Voirie", "=cmd|' /C calc'!A0", "dpo@example.org", "CGCT", "12 000", "–", "–"
)
PLAN = {"visits": 60, "by_purpose": {"yield": 30, "safety": 24, "explore": 6}}


@pytest.fixture(scope="module")
def known() -> ModelFigures:
    """A model of the small town with its card and its backtest."""
    panel = small_town.panel(zones=6, weeks=20, per_week=100, late=0.1)
    origin, town = panel.end_week, small_town.town("recorded")
    settings = (FeatureParameters(), ForecastParameters())
    kinds = [EmpiricalBayesParameters(), BareMeanParameters()]
    seen, folds = history(panel, "recorded", origin), []
    model, _ = fit(panel, origin, town, kinds, *settings, watcher(folds, seen, "recorded"))
    judged = backtest(
        panel, origin, town, {kind.kind: kind for kind in kinds}, *settings, FoldParameters(weeks=2)
    )
    found = findings(judged, "empirical_bayes", "recorded", gap=1, records_in=1.0)
    found["in_words"] = {language: sentences(found, language) for language in ("fr", "en")}
    told = {"town": HOSTILE, "bundle": "2024-empirical_bayes-1", "software": "infraction-model 0"}
    card = model_card(model, folds, seen, {"z00": "Rue secrète"}, found, told)
    sources, inputs = ["fines", "patrols", "payments"], ["past", "calendar", "occupancy"]
    return ModelFigures(card, found, PLAN, sources, inputs)


def said(sheet: list[Entry], key: str) -> str:
    [entry] = [entry for entry in sheet if entry.key == key]
    return " ".join(entry.text)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_its_figures_are_those_of_the_backtest(known, language):
    text = " ".join(quality(known, language))
    own = known.backtest["intervals"]["empirical_bayes"]
    for shown in (
        percent(own["mean_probability"]["value"], 1, language),
        percent(own["hit_share"]["value"], 1, language),
        percent(own["capture_top_5%"]["value"], 0, language),
        decimal(own["pai_top_5%"]["value"], 1, language),
    ):
        assert shown in text
    best = min(
        (one for one in known.backtest["comparisons"] if one["baseline"]),
        key=lambda one: one["other_loss"],
    )
    assert decimal(best["other_loss"], 3, language) in text


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("better", "Il fait mieux"), ("worse", "Il fait moins bien"), ("unclear", "ne se distingue")],
)
def test_it_does_not_claim_more_than_the_comparison(known, verdict, words):
    found = copy.deepcopy(known.backtest)
    for one in found["comparisons"]:
        one["verdict"] = verdict
    assert words in quality(ModelFigures(known.card, found, None, []), "fr")[-1]


def test_without_a_backtest_the_weeks_held_out_speak_and_without_a_model_nobody(known):
    held_out = quality(ModelFigures(known.card, None, None, []), "fr")
    assert "mises de côté" in held_out[0]
    nothing = ModelFigures(None, None, None, [])
    assert quality(nothing, "fr") == ["Pas encore mesurée\u00a0: aucun banc d'essai n'a été fait."]
    sheet = entries(nothing, SheetParameters(), "Ville", DAY, "fr")
    assert "Aucun modèle n'est encore en service" in said(sheet, "algorithm")
    assert not re.search(r"\d+\s%", render(sheet, "Ville", "fr"))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_the_town_did_not_state_is_marked_as_missing(known, language):
    sheet = entries(known, SheetParameters(), "Ville", DAY, language)
    missing = [entry.key for entry in sheet if entry.missing]
    assert missing == ["service", "contact", "legal", "resources", "decisions", "code", "dpo"]
    page = render(sheet, "Ville", language)
    assert page.count('<span class="gap">') == 7
    assert {"fr": "à compléter", "en": "to be filled in"}[language] in page
    full = render(entries(known, STATED, "Ville", DAY, language), "Ville", language)
    assert 'class="gap"' not in full


def test_every_section_and_each_point_of_the_article_is_there(known):
    sheet = entries(known, STATED, "Ville", DAY, "fr")
    assert [entry.section for entry in sheet] == sorted(
        (entry.section for entry in sheet), key=SECTIONS.index
    )
    assert {entry.section for entry in sheet} == set(SECTIONS)
    points = {entry.point: entry.key for entry in sheet if entry.point}
    assert points == {1: "automation", 2: "data", 3: "parameters", 4: "operations"}


def test_only_data_that_there_are_is_named(known):
    text = said(entries(known, STATED, "Ville", DAY, "fr"), "data")
    assert "Paiements" in text
    assert "Capteurs" not in text
    everything = ModelFigures(known.card, None, None, SOURCES)
    assert "Capteurs" in said(entries(everything, STATED, "Ville", DAY, "fr"), "data")


def test_it_learns_from_no_more_than_its_inputs(known):
    sheet = entries(known, STATED, "Ville", DAY, "fr")
    text = said(sheet, "operations")
    count = len(known.card["inputs"])
    kinds = "verbalisations et présences passées, calendrier, occupation des places"
    assert f"Variables lues\u00a0: {count} ({kinds})." in text
    page = render(sheet, "Ville", "fr")
    assert "contexte ce qu'il" not in page
    none = entries(ModelFigures(None, None, None, []), STATED, "Ville", DAY, "fr")
    assert "Variables lues" not in said(none, "operations")


def test_the_plan_says_how_much_of_it_explores(known):
    assert "60 passages, dont 10" in said(entries(known, STATED, "V", DAY, "fr"), "operations")
    plan = {"visits": 5, "by_purpose": {"explore": 0}}
    unexplored = ModelFigures(known.card, None, plan, [])
    assert "5 passages\u00a0; 0" in said(entries(unexplored, STATED, "V", DAY, "fr"), "operations")
    none = ModelFigures(known.card, None, None, [])
    assert "Aucune proposition" in said(entries(none, STATED, "V", DAY, "fr"), "operations")


def test_neither_zones_nor_exact_counts_of_fines_are_told(known):
    """The card names who is patrolled most, and counts every fine; the public sheet does not."""
    page = render(entries(known, STATED, "Ville", DAY, "fr"), "Ville", "fr")
    assert known.card["effort"]["most"]
    assert "Rue secrète" not in page
    fines = known.card["data"]["fines"]
    assert decimal(fines, 0, "fr") not in page
    assert about(fines, "fr") in page


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "moins de 100"),
        (47, "moins de 100"),
        (99, "moins de 100"),
        (104, "environ 100"),
        (12345, "environ 12\u202f000"),
    ],
)
def test_how_many_fines_are_told_of(count, told):
    assert about(count, "fr") == told


def test_page_and_inventory_say_the_same_and_run_nothing(known):
    sheet = entries(known, STATED, HOSTILE, DAY, "fr")
    page = render(sheet, HOSTILE, "fr")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"https?://", page)
    table = pd.read_csv(io.BytesIO(inventory_csv(sheet, "fr")), sep=";", encoding="utf-8-sig")
    assert len(table) == len(sheet)
    assert table.loc[table["information"] == "Contact", "valeur"].item().startswith("'=cmd")
    plain = inventory_json(sheet, "fr")
    assert [one["text"] for one in plain] == [list(entry.text) for entry in sheet]
    assert plain[0]["key"] == "administration.name"
