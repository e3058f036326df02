"""Each gate refuses by its own name, and only by it; a figure that is no number refuses too."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

import small_town
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.evaluation.backtest import GROUPS, Fold, backtest
from infraction_model.evaluation.bootstrap import Interval
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.evaluation.gates import (
    GateParameters,
    GateResult,
    Verdict,
    calibration_gate,
    coverage_gate,
    features_gate,
    fold_gates,
    level_gate,
    rolled_back_gate,
)
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters

PARAMETERS = GateParameters()


@pytest.fixture(scope="module")
def folds() -> list[Fold]:
    """Four weeks of a good challenger, a champion and a bundle just like it, and two baselines."""
    panel = small_town.panel(zones=12, weeks=30, per_week=200, late=0.1)
    judged = backtest(
        panel,
        panel.end_week,
        small_town.town("recorded"),
        {"empirical_bayes": EmpiricalBayesParameters(), "constant": ConstantParameters()},
        FeatureParameters(),
        ForecastParameters(),
        FoldParameters(weeks=4, refit_every=4),
    )
    bayes = [fold for fold in judged if fold.estimator == "empirical_bayes"]
    alike = [
        dataclasses.replace(fold, estimator=name)
        for name in ("challenger", "champion", "bundle")
        for fold in bayes
    ]
    return [*alike, *judged]


def _asked(folds: Sequence[Fold], basis: str = "recorded", gap: int = 1) -> Verdict:
    return Verdict(tuple(fold_gates(folds, basis, gap, PARAMETERS)))


def _changed(folds: list[Fold], estimator: str, what: str, factor: float) -> list[Fold]:
    """The folds with one sum of one estimator multiplied, or that of one group."""
    found = []
    for fold in folds:
        if fold.estimator == estimator and what in GROUPS:
            loss = fold.group_sums["loss"] * np.where(np.array(GROUPS) == what, factor, 1.0)
            fold = dataclasses.replace(fold, group_sums={**fold.group_sums, "loss": loss})
        elif fold.estimator == estimator:
            sums = {**fold.sums, what: fold.sums[what] * factor}
            fold = dataclasses.replace(fold, sums=sums)
        found.append(fold)
    return found


SPOILT = {
    "log_loss": ("champion", "loss", 0.93),
    "baseline": ("empirical_bayes", "loss", 0.93),
    "calibration": ("challenger", "probability", 1.6),
    "coverage": ("challenger", "inside", 0.8),
    "groups": ("challenger", "hour_band:morning", 1.1),
    "bundle": ("bundle", "loss", 1.03),
}


def test_a_challenger_as_good_as_the_champion_passes_every_gate(folds):
    verdict = _asked(folds)
    assert verdict.held
    assert {result.name for result in verdict.results} == set(SPOILT)
    assert all(result.asked for result in verdict.results)


@pytest.mark.parametrize("gate", SPOILT)
def test_a_gate_refuses_by_its_name_and_no_other_does(folds, gate):
    verdict = _asked(_changed(folds, *SPOILT[gate]))
    assert verdict.refusals == (gate,)
    assert not verdict.held


@pytest.mark.parametrize("gate", SPOILT)
def test_a_figure_that_is_no_number_refuses_by_name(folds, gate):
    estimator, what, _ = SPOILT[gate]
    verdict = _asked(_changed(folds, estimator, what, float("nan")))
    assert gate in verdict.refusals
    [row] = [row for row in verdict.rows if row["name"] == gate]
    assert row["level"] == "alarm"
    assert row["value"] is None
    assert "no number" in row["words"]["en"]


@pytest.mark.parametrize(("absent", "gate"), [("constant", "baseline"), ("empirical_bayes", None)])
def test_a_missing_figure_refuses_by_name(folds, absent, gate):
    verdict = _asked([fold for fold in folds if fold.estimator != absent])
    assert "baseline" in verdict.refusals
    assert gate is None or verdict.refusals == (gate,)


def test_outcomes_that_no_history_could_tell_refuse_whatever_the_champion_does(folds):
    spoilt = folds
    for name in ("challenger", "champion", "bundle", "empirical_bayes"):
        spoilt = _changed(spoilt, name, "loss", 1.6)
    assert _asked(spoilt).refusals == ("baseline",)


def test_without_a_champion_the_empirical_bayes_rate_stands_in(folds):
    first = [fold for fold in folds if fold.estimator != "champion"]
    verdict = _asked(first)
    assert verdict.held
    said = {result.name: result for result in verdict.results}
    assert said["log_loss"].evidence["against"] == "empirical_bayes"
    assert "no champion yet" in said["log_loss"].words["en"]
    assert "log_loss" in _asked(_changed(first, "empirical_bayes", "loss", 0.9)).refusals


def test_what_may_be_chance_is_no_reason_to_refuse_but_far_worse_is(folds):
    """Worse in one week, better in the next: 3 % on the whole, and no more than luck."""
    own = [fold for fold in folds if fold.estimator == "challenger"]
    others = [fold for fold in folds if fold.estimator != "challenger"]

    def asked(factors: Sequence[float]) -> GateResult:
        changed = [
            part
            for fold, factor in zip(own, factors, strict=True)
            for part in _changed([fold], "challenger", "loss", factor)
        ]
        return next(r for r in _asked([*changed, *others]).results if r.name == "log_loss")

    lucky, far_worse = asked([1.25, 0.85, 1.2, 0.82]), asked([1.5, 0.9, 1.5, 0.9])
    assert lucky.evidence["lower"] < 0
    assert PARAMETERS.log_loss_worse < lucky.value < PARAMETERS.log_loss_far_worse
    assert lucky.held
    assert far_worse.evidence["lower"] < 0
    assert not far_worse.held


def test_small_groups_are_not_judged_and_that_is_said(folds):
    strict = dataclasses.replace(PARAMETERS, least_group_hits=10**6)
    [result] = [r for r in fold_gates(folds, "recorded", 1, strict) if r.name == "groups"]
    assert result.held
    assert not result.asked
    assert result.row["level"] == "warning"
    assert result.evidence["too_small"] > 5


def test_without_exposure_intervals_are_held_to_errors_of_rates():
    right, wrong = Interval(1.1, 0.6, 1.6, 0.0), Interval(3.4, 2.0, 4.8, 0.0)
    assert coverage_gate({"rate_error": right}, "none", 1, PARAMETERS).held
    assert not coverage_gate({"rate_error": wrong}, "none", 1, PARAMETERS).held
    assert not coverage_gate({}, "none", 1, PARAMETERS).held
    assert not coverage_gate({}, "none", 0, PARAMETERS).asked


def test_calibration_off_by_chance_alone_is_let_pass():
    assert calibration_gate(Interval(1.4, 0.7, 2.1, 0.3), PARAMETERS).held
    assert not calibration_gate(Interval(1.4, 1.2, 1.6, 0.0), PARAMETERS).held
    assert not calibration_gate(None, PARAMETERS).held


def test_a_feature_that_is_gone_and_a_source_that_fell_silent_are_named():
    assert features_gate(5, (), {}, PARAMETERS).held
    found = features_gate(5, ("payments_rate",), {"rain": 6}, PARAMETERS)
    assert not found.held
    assert "payments_rate" in found.words["fr"]
    assert "rain" in found.words["en"]


@pytest.mark.parametrize(("expected", "held"), [(100.0, True), (40.0, False), (170.0, False)])
def test_the_level_of_the_next_week_is_held_to_what_is_usual(expected, held):
    assert level_gate(expected, 100.0, PARAMETERS).held == held


def test_a_level_that_is_no_number_or_has_nothing_usual_refuses():
    assert not level_gate(float("nan"), 100.0, PARAMETERS).held
    assert not level_gate(100.0, float("nan"), PARAMETERS).held
    assert not level_gate(100.0, 0.0, PARAMETERS).held


def test_a_model_taken_out_of_service_does_not_come_back_by_itself():
    assert rolled_back_gate(None).held
    found = rolled_back_gate("2024-05-01: it sent everyone to one street")
    assert not found.held
    assert "one street" in found.words["en"]


def test_french_words_have_french_numbers(folds):
    words = {result.name: result.words["fr"] for result in _asked(folds).results}
    assert "+0,0\u202f%" in words["log_loss"]
    assert "." not in words["calibration"].split("(")[0]
