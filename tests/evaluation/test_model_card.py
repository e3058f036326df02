import json
from dataclasses import replace

import numpy as np
import pytest

import small_town
from infraction_model.estimators.baselines import BareMeanParameters, EmpiricalBayesParameters
from infraction_model.evaluation.groups import history
from infraction_model.evaluation.held_out import held_out_folds, zone_hours
from infraction_model.evaluation.model_card import effort, gini, model_card, watcher
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit

NAMES = {"z03": "Rue Haute"}
ABOUT = {"town": "Saint-Martin", "bundle": "b", "software": "s"}


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(zones=12, weeks=40, per_week=150, late=0.1)


def _fit(panel, basis, kinds, **settings):
    """Forecasters, their held-out folds, the rows held out of each, and the zones' history."""
    origin, town = panel.end_week, replace(small_town.town(basis), **settings)
    known = history(panel.seen_through(basis, town.vehicles_per_hour), basis, origin)
    folds, rows = [], {}
    watch = watcher(folds, known, basis)

    def keep(kind, zone_ids, held_out, rate, variation):
        rows[kind] = (zone_ids, held_out, rate)
        watch(kind, zone_ids, held_out, rate, variation)

    drawn = ForecastParameters(least_drawn=1)  # of a small town all zone-hours would teach
    fitted = fit(panel, origin, town, kinds, FeatureParameters(), drawn, keep)
    return fitted, folds, rows, known


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_held_out_weeks_give_the_log_loss_that_training_reports(panel, basis):
    kinds = [EmpiricalBayesParameters(), BareMeanParameters()]
    fitted, folds, _, known = _fit(panel, basis, kinds)
    for forecaster in fitted:
        own = [f for f in folds if f.estimator == forecaster.estimator_parameters.kind]
        loss = sum(f.sums["loss"].sum() for f in own) / sum(f.sums["zone_hours"].sum() for f in own)
        assert loss == pytest.approx(forecaster.held_out_log_loss)
    card = model_card(fitted[0], folds, known, NAMES, None, ABOUT)
    assert card["held_out"]["log_loss"] == pytest.approx(fitted[0].held_out_log_loss)
    [against] = card["held_out"]["comparisons"]
    assert against["other"] == "bare_mean"
    assert against["verdict"] == "better"
    assert len(card["held_out"]["weeks"]) == 6


def test_drawn_zone_hours_stand_for_those_that_were_not(panel):
    _, folds, rows, _ = _fit(panel, "none", [EmpiricalBayesParameters()])
    held_out = rows["empirical_bayes"][1]
    drawn = len(held_out) / len(folds)
    stood_for = np.mean([fold.sums["zone_hours"].sum() for fold in folds])
    assert drawn < 0.5 * 12 * 168
    assert stood_for == pytest.approx(12 * 168, rel=0.1)


def test_vehicles_checked_are_judged_as_zone_hours():
    zones, fines, patrols = small_town.tables(zones=8, weeks=24, per_week=150, late=0.0)
    panel = small_town.build(zones, fines, patrols.assign(vehicles_checked=10))
    _, folds, rows, _ = _fit(panel, "checks", [EmpiricalBayesParameters()], vehicles_per_hour=20.0)
    held_out = rows["empirical_bayes"][1]
    judged = zone_hours(held_out, held_out.exposure)
    assert len(judged.week) < len(held_out)
    cells = {*zip(held_out.week, held_out.zone, held_out.hour_of_week, strict=True)}
    assert len(judged.week) == len(cells)
    assert sum(fold.sums["zone_hours"].sum() for fold in folds) == len(cells)
    assert judged.expected.sum() == pytest.approx(held_out.exposure.sum())


def test_a_right_rate_loses_to_none_that_is_wrong(panel):
    _, _, rows, known = _fit(panel, "recorded", [EmpiricalBayesParameters()])
    zone_ids, held_out, _ = rows["empirical_bayes"]
    truth = small_town.true_rate(12)[held_out.zone, held_out.hour_of_week]

    def loss(rate):
        folds = held_out_folds("x", zone_ids, held_out, rate, None, known, "recorded")
        return sum(fold.sums["loss"].sum() for fold in folds)

    assert loss(truth) < min(loss(0.7 * truth), loss(1.4 * truth), loss(truth.mean() + 0 * truth))


def test_a_baseline_needs_no_baseline(panel):
    kinds = [EmpiricalBayesParameters(), EmpiricalBayesParameters()]
    fitted, folds, _, known = _fit(panel, "recorded", kinds)
    card = model_card(fitted[0], folds, known, NAMES, None, ABOUT)
    assert card["held_out"]["comparisons"] == []
    assert card["held_out"]["log_loss"] == pytest.approx(fitted[0].held_out_log_loss)
    assert json.loads(json.dumps(card))["estimator"] == "empirical_bayes"


def test_the_card_says_what_the_model_saw(panel):
    fitted, folds, _, known = _fit(panel, "recorded", [EmpiricalBayesParameters()])
    card = model_card(fitted[0], folds, known, NAMES, None, ABOUT)
    known_fines = panel.fines[panel.fines["week"] + panel.fines["delay"] < panel.end_week]
    assert card["data"]["fines"] == known_fines["fines"].sum()
    assert card["effort"]["total"] == pytest.approx(panel.patrols["hours"].sum())
    hours = panel.patrols.groupby("zone")["hours"].sum().sort_values(ascending=False)
    shares = (hours / hours.sum()).head(5)
    most = card["effort"]["most"]
    assert [zone["zone_id"] for zone in most] == [f"z{zone:02d}" for zone in shares.index]
    assert [zone["share"] for zone in most] == pytest.approx(shares.tolist())
    assert {zone["name"] for zone in most if zone["zone_id"] == "z03"} <= {"Rue Haute"}


def test_gini_by_the_mean_difference_of_all_pairs():
    amount = np.random.default_rng(0).gamma(0.7, size=60)
    pairs = np.abs(amount[:, None] - amount[None, :]).mean()
    assert gini(amount) == pytest.approx(pairs / (2 * amount.mean()))
    assert gini(np.ones(9)) == pytest.approx(0)
    assert gini(np.eye(1, 100)[0]) == pytest.approx(0.99)
    assert np.isnan(gini(np.zeros(3)))


def test_effort_counts_fines_where_nobody_knows_who_was_where(panel):
    known = history(panel, "none", panel.end_week)
    found = effort(known, NAMES, patrols=False)
    assert found["counted"] == "fines"
    assert found["total"] == known.fines.sum()
    assert np.isnan(found["never"])
    assert 0 < found["half"] <= 0.5
    assert found["lorenz"][0] == 0
    assert found["lorenz"][-1] == pytest.approx(1)
    assert (np.diff(found["lorenz"], 2) > -1e-9).all()  # convex: least first
