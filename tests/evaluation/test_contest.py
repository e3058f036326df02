"""Challengers of a small town, good and spoilt, before the gates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import small_town
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.evaluation.contest import contest, judge, stale_sources
from infraction_model.evaluation.gates import GateParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import Forecaster, ForecastParameters, features_of, fit
from infraction_model.occupancy.known import with_occupancy
from infraction_model.panel import Panel, build
from infraction_model.timegrid import HOURS_PER_WEEK

GATES = GateParameters(folds=3)
TREES = ExposureGBMParameters(max_trees=30, min_data_in_leaf=20, patience=30)
FEATURES = FeatureParameters(("eb_rate_13w_light", "zone_rate_13w", "hour_of_day", "payments_rate"))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return build(*small_town.full_tables(weeks=36, per_week=150, late=0.05))


def _model(panel: Panel, origin: int, estimator=TREES) -> Forecaster:
    town = small_town.town("recorded")
    return fit(panel, origin, town, [estimator], FEATURES, ForecastParameters())[0]


@pytest.fixture(scope="module")
def good(panel) -> Forecaster:
    return _model(panel, panel.end_week)


def test_a_good_challenger_passes_first_and_against_an_older_champion(panel, good):
    origin = panel.end_week
    first = judge(panel, origin, good, None, GATES)
    assert first.held, first.refusals
    champion = _model(panel, origin - 8)
    second = judge(panel, origin, good, champion, GATES)
    assert second.held, second.refusals
    [row] = [row for row in second.rows if row["name"] == "log_loss"]
    assert row["evidence"]["against"] == "champion"
    assert row["evidence"]["own"] != row["evidence"]["other"]


def test_who_learnt_from_the_judged_weeks_is_fitted_again_without_them(panel, good):
    origin = panel.end_week
    recent, old = _model(panel, origin - 1), _model(panel, origin - 8)
    said: list[str] = []
    by_recent = contest(panel, origin, good, recent, GATES, said.append)
    assert "fitting 3 estimators" in said[0]  # the champion's recipe is the challenger's: one fit
    loss = {name: _loss(by_recent, name) for name in ("challenger", "champion", "bundle")}
    assert loss["champion"] == loss["challenger"] != loss["bundle"]
    by_old = contest(panel, origin, good, old, GATES)
    assert _loss(by_old, "champion") != _loss(by_old, "challenger")
    assert {fold.origin for fold in by_old} == set(range(origin - 4, origin - 1))
    # an old challenger needs no second fit, and there is no other bundle to look at
    assert {fold.estimator for fold in contest(panel, origin, old, None, GATES)} == {
        "challenger",
        "empirical_bayes",
        "constant",
    }


def _loss(folds, name: str) -> float:
    return sum(fold.sums["loss"].sum() for fold in folds if fold.estimator == name)


def test_a_recipe_is_read_back_from_a_fitted_model(good):
    assert features_of(good) == FEATURES


def test_nothing_known_at_the_origin_or_later_counts(panel, good):
    origin = panel.end_week - 3
    challenger = _model(panel, origin)
    whole = judge(panel, origin, challenger, None, GATES)
    assert whole.rows == judge(panel.as_of(origin), origin, challenger, None, GATES).rows


def test_a_bundle_that_learnt_from_shuffled_weeks_is_refused_though_its_recipe_is_good(panel, good):
    origin = panel.end_week
    rng = np.random.default_rng(0)
    fines = panel.fines.assign(zone=rng.permutation(panel.fines["zone"].to_numpy()))
    spoilt = _model(replace(panel, fines=fines), origin)
    verdict = judge(panel, origin, spoilt, None, GATES)
    assert "bundle" in verdict.refusals
    assert "log_loss" not in verdict.refusals


def test_a_challenger_of_a_panel_in_disorder_is_refused(panel):
    """The last weeks' fines lie on zone-hours where nothing says they should."""
    origin = panel.end_week
    recent = (panel.fines["week"] >= origin - 8).to_numpy()
    looked_at = panel.patrols[panel.patrols["week"] >= origin - 8]
    drawn = looked_at.sample(recent.sum(), replace=True, random_state=1)
    fines = panel.fines.copy()
    for column in ("zone", "week", "hour_of_week"):
        fines.loc[recent, column] = drawn[column].to_numpy(fines[column].dtype)
    broken = replace(panel, fines=fines.astype(panel.fines.dtypes))
    verdict = judge(broken, origin, _model(broken, origin), _model(panel, origin - 9), GATES)
    assert "baseline" in verdict.refusals


def test_a_model_of_another_level_is_refused(panel):
    origin = panel.end_week
    model = _model(panel, origin, EmpiricalBayesParameters())
    model.estimator.level_ *= 2.0
    assert "level" in judge(panel, origin, model, None, GATES).refusals


def test_a_source_that_is_gone_is_named(panel, good):
    assert "payments_rate" in good.estimator.uses
    without = replace(panel, context=panel.context[panel.context["kind"] != "payments"])
    verdict = judge(without, panel.end_week, good, None, GATES)
    [row] = [row for row in verdict.rows if row["name"] == "features"]
    assert row["level"] == "alarm"
    assert row["evidence"]["missing"] == ["payments_rate"]


def test_a_measured_source_that_fell_silent_is_told_if_the_model_uses_it(panel):
    origin = panel.end_week
    early = panel.context["begin"] < (origin - 6) * HOURS_PER_WEEK
    kept = replace(panel, context=panel.context[early | (panel.context["kind"] != "payments")])
    assert stale_sources(kept, origin, ("payments_rate", "weekday"), GATES) == {"payments": 6}
    assert stale_sources(kept, origin, ("weekday",), GATES) == {}
    assert stale_sources(panel, origin, ("payments_rate",), GATES) == {}
    table = small_town.occupancy_table(4, 15)  # nothing since the fifteenth week
    told, then = with_occupancy(panel, table), panel.first_week + 20
    assert stale_sources(told, then, ("occupancy_full",), GATES) == {"occupancy": 5}


def test_too_little_history_refuses_by_name(panel):
    origin = panel.first_week + 9
    model = _model(panel, origin, EmpiricalBayesParameters())
    verdict = judge(panel, origin, model, None, GateParameters(folds=8))
    assert "weeks" in verdict.refusals
