import copy
import re
from html.parser import HTMLParser

import pytest

import small_town
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.evaluation.backtest import backtest
from infraction_model.evaluation.findings import findings
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters
from infraction_model.reports import backtest_texts
from infraction_model.reports.backtest_plot import draw
from infraction_model.reports.backtest_report import render, render_markdown
from infraction_model.reports.backtest_words import sentences

ESTIMATORS = {
    "exposure_gbm": ExposureGBMParameters(min_data_in_leaf=30, max_trees=40, validation_weeks=4),
    "empirical_bayes": EmpiricalBayesParameters(),
    "constant": ConstantParameters(),
}
HOSTILE = "<script>alert(1)</script> | # Ville *`"


@pytest.fixture(scope="module", params=["recorded", "none"])
def found(request):
    panel = small_town.panel(zones=10, weeks=26, per_week=200, late=0.1)
    folds = backtest(
        panel,
        panel.end_week,
        small_town.town(request.param),
        ESTIMATORS,
        FeatureParameters(),
        ForecastParameters(),
        FoldParameters(weeks=3),
    )
    result = findings(
        folds, "exposure_gbm", request.param, gap=1, records_in=0.9, of_usual_week=0.88
    )
    result["leaky_claims"] = {"random_split": 0.4, "whole_history": 0.3}
    result["hindsight"] = [
        {"other": name, "own_loss": 0.4, "other_loss": 0.5, "relative": (-0.2, -0.3, -0.1)}
        for name in ESTIMATORS
    ]
    return result


class _Page(HTMLParser):
    """Counts open tags and takes note of anything that would ask a network or run."""

    void = {"meta", "link", "img", "br"}  # noqa: RUF012

    def __init__(self):
        super().__init__()
        self.open, self.text, self.sources = [], [], []

    def handle_starttag(self, tag, attrs):
        self.sources += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_is_whole_offline_and_escapes_the_towns_name(found, language):
    page = _Page()
    html = render(found, HOSTILE, language)
    page.feed(html)
    assert page.open == []
    assert all(source.startswith("data:") for source in page.sources)
    assert "<script" not in html
    shown = " ".join(" ".join(page.text).split())
    assert HOSTILE in shown
    for sentence in sentences(found, language):
        assert " ".join(sentence.split()) in shown
    assert html.count("data:image/png;base64,") == 4
    assert backtest_texts.TEXTS[language]["leak_badge"] in shown


@pytest.mark.parametrize("language", ["fr", "en"])
def test_markdown_has_the_same_tables_and_no_markup_of_the_towns(found, language):
    text = render_markdown(found, HOSTILE, language)
    assert "<script>" not in text
    assert text.startswith(f"# {backtest_texts.TEXTS[language]['title']}")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(columns) == 1, block
    model = backtest_texts.estimator_name("exposure_gbm", language)
    value = f"{found['means']['exposure_gbm']['log_loss']:.4f}"
    value = value.replace(".", ",") if language == "fr" else value
    assert f"| {model} | {value} [" in text


def test_every_estimator_there_is_has_a_name():
    kinds = {kind().kind for kind in EstimatorParameters.__args__}
    assert kinds <= set(backtest_texts.ESTIMATORS["fr"])


def _with(found, verdict: str, change: tuple[float, float, float]):
    changed = copy.deepcopy(found)
    [best] = [one for one in changed["comparisons"] if one["other"] == found["best_baseline"]]
    best.update(verdict=verdict, relative=change)
    return changed


def test_words_claim_no_more_than_the_interval_allows(found):
    better = sentences(_with(found, "better", (-0.04, -0.06, -0.02)), "en")[0]
    assert "beats" in better
    assert "4.0 % less (95 % interval 2.0 % to 6.0 %)" in better
    worse = sentences(_with(found, "worse", (0.04, 0.02, 0.06)), "en")[0]
    assert "does NOT beat" in worse
    assert "4.0 % more (95 % interval 2.0 % to 6.0 %)" in worse
    unclear = sentences(_with(found, "unclear", (-0.01, -0.03, 0.01)), "en")[0]
    assert "not distinguishable" in unclear
    assert "beat" not in unclear
    assert "NE bat PAS" in sentences(_with(found, "worse", (0.04, 0.02, 0.06)), "fr")[0]


@pytest.mark.parametrize(
    ("coverage", "said"), [(0.6, "too narrow"), (0.9, "intervals mean what"), (0.99, "too wide")]
)
def test_words_say_whether_intervals_hold_the_truth(found, coverage, said):
    changed = copy.deepcopy(found)
    changed["means"]["exposure_gbm"]["coverage_known_hours"] = coverage
    [line] = [text for text in sentences(changed, "en") if "true rates" in text]
    assert said in line
    assert f"{coverage:.0%}".replace("%", " %") in line


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((1.2, 1.4, 1.6), "too narrow"),
        ((0.5, 0.6, 0.7), "wider than need be"),
        ((0.8, 1.0, 1.2), "Nothing found speaks against"),
        ((0.0, 0.9, 3.0), "Too few weeks"),
        ((float("nan"), float("nan"), float("nan")), "Too few weeks"),
    ],
)
def test_without_a_truth_words_go_by_what_residuals_show(found, ends, said):
    changed = copy.deepcopy(found)
    shown = dict(zip(("lower", "value", "upper"), ends, strict=True))
    changed["intervals"]["exposure_gbm"]["rate_error"] = shown
    assert [text for text in sentences(changed, "en") if said in text]


@pytest.mark.parametrize(
    ("error", "said"),
    [(0.011, "mean what they say:"), (0.03, "roughly right"), (0.08, "do NOT mean")],
)
def test_words_say_whether_probabilities_mean_what_they_say(found, error, said):
    changed = copy.deepcopy(found)
    changed["means"]["exposure_gbm"].update(
        calibration_error=error, calibration_error_by_chance=0.01, hit_share=0.2
    )
    [line] = [text for text in sentences(changed, "en") if "probabilities" in text]
    assert said in line


def test_weeks_that_are_full_already_are_not_called_incomplete(found):
    slow = {**found, "records_in": 0.4, "of_usual_week": 0.5}
    fast = {**found, "records_in": 0.4, "of_usual_week": 0.97}
    [line] = [text for text in sentences(slow, "en") if "delays seen" in text]
    assert "40 %" in line
    assert "too low" in line
    [line] = [text for text in sentences(fast, "en") if "delays seen" in text]
    assert "already hold 97 %" in line
    assert "too low" not in line


def test_what_late_records_cost_is_said_with_its_interval(found):
    [line] = [text for text in sentences(found, "en") if "recorded at once" in text]
    assert "0.4000 instead of 0.5000" in line
    assert "(−20.0 %, 95 % interval −30.0 % to −10.0 %)" in line
    assert "[−30,0" in render(found, "Ville", "fr")


def test_late_records_and_few_weeks_are_said_and_nothing_is_said_of_what_was_not_run(found):
    assert [text for text in sentences(found, "en") if "settle_weeks" in text]
    assert [text for text in sentences(found, "en") if "Few weeks judged (3)" in text]
    plain = {**found, "records_in": 1.0, "leaky_claims": None, "hindsight": None}
    said = " ".join(sentences(plain, "en"))
    assert "settle_weeks" not in said
    assert "Not to be believed" not in said
    assert "recorded at once" not in said


def test_a_group_in_which_the_model_loses_is_named(found):
    changed = copy.deepcopy(found)
    for row in changed["groups"]:
        loses = row["group"] == "morning"
        row.update(difference=0.02, lower=0.01 if loses else -0.01, upper=0.03)
    [line] = [text for text in sentences(changed, "en") if "weakest" in text]
    assert "morning (7–12 h) (loses to" in line


def test_the_picture_is_a_png_and_the_same_each_time(found):
    first = draw(found, "Saint-Martin", "fr")
    assert first.startswith(b"\x89PNG")
    assert first == draw(found, "Saint-Martin", "fr")
