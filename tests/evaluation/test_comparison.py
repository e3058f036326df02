import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.estimators.baselines import (
    BareMeanParameters,
    ConstantParameters,
    EmpiricalBayesParameters,
)
from infraction_model.evaluation.backtest import Fold, backtest, summary
from infraction_model.evaluation.comparison import (
    best_baseline,
    by_group,
    calibration_curves,
    capture_curves,
    compare,
    figures_with_intervals,
    resampling_of,
    with_hindsight,
)
from infraction_model.evaluation.findings import findings
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters

ESTIMATORS = {
    "empirical_bayes": EmpiricalBayesParameters(),
    "bare_mean": BareMeanParameters(),
    "constant": ConstantParameters(),
}


@pytest.fixture(scope="module")
def folds() -> list[Fold]:
    panel = small_town.panel(zones=12, weeks=40, per_week=200, late=0.1)
    return backtest(
        panel,
        panel.end_week,
        small_town.town("recorded"),
        ESTIMATORS,
        FeatureParameters(),
        ForecastParameters(),
        FoldParameters(weeks=9, refit_every=9),
    )


def _renamed(folds: list[Fold], name: str) -> list[Fold]:
    return [dataclasses.replace(fold, estimator=name) for fold in folds]


def test_a_model_that_is_better_is_called_so_both_ways_round(folds):
    resampling = resampling_of(folds)
    [constant] = [
        c for c in compare(folds, "empirical_bayes", resampling, 2) if c.other == "constant"
    ]
    assert constant.verdict == "better"
    assert constant.difference.upper < 0
    assert constant.p_weeks < 0.05
    mirrored = next(iter(compare(folds, "constant", resampling, 2)))
    assert mirrored.other == "empirical_bayes"
    assert mirrored.verdict == "worse"
    assert mirrored.difference.value == pytest.approx(-constant.difference.value)
    losses = summary(folds)["log_loss"]
    assert constant.difference.value == pytest.approx(
        losses["empirical_bayes"] - losses["constant"]
    )
    assert constant.relative[0] == pytest.approx(losses["empirical_bayes"] / losses["constant"] - 1)


def test_a_model_and_its_twin_are_not_told_apart(folds):
    own = [fold for fold in folds if fold.estimator == "empirical_bayes"]
    rng = np.random.default_rng(0)
    noisy = []
    for fold in _renamed(own, "twin"):
        loss = fold.sums["loss"] + rng.normal(0, 0.3, len(fold.sums["loss"]))
        noisy.append(dataclasses.replace(fold, sums={**fold.sums, "loss": loss}))
    [twin] = compare([*own, *noisy], "empirical_bayes", resampling_of(own), 2)
    assert twin.verdict == "unclear"
    assert twin.difference.lower < 0 < twin.difference.upper
    [same] = compare([*own, *_renamed(own, "same")], "empirical_bayes", resampling_of(own), 2)
    assert same.verdict == "unclear"
    assert same.difference.p == 1.0


def test_the_best_baseline_is_the_one_with_least_loss(folds):
    own = compare(folds, "empirical_bayes", resampling_of(folds), 2)
    least = summary(folds)["log_loss"].drop("empirical_bayes").idxmin()
    assert best_baseline(own).other == least
    assert best_baseline([]) is None


def test_every_figure_has_the_summarys_value_inside_its_interval(folds):
    means = summary(folds)
    for name, figures in figures_with_intervals(folds, resampling_of(folds)).items():
        assert set(means.columns) <= set(figures)
        for figure in means.columns:
            found = figures[figure]
            assert found.value == pytest.approx(means.loc[name, figure], nan_ok=True), figure
            assert not found.lower > found.value
            assert not found.upper < found.value
        assert figures["precision_top_1%"].upper <= 1.0
        assert figures["calibration_error"].lower >= 0.0


def test_groups_hold_all_zone_hours_and_their_own_losses(folds):
    rows = by_group(folds, "empirical_bayes", "constant", resampling_of(folds))
    means = summary(folds)
    for _, part in rows.groupby("grouping"):
        weights = part["zone_hours"]
        assert weights.sum() == pytest.approx(9 * means.loc["constant", "zone_hours"])
        loss = np.average(part["log_loss"], weights=weights)
        assert loss == pytest.approx(means.loc["empirical_bayes", "log_loss"])
        other = np.average(part["other_log_loss"], weights=weights)
        assert other == pytest.approx(means.loc["constant", "log_loss"])
    np.testing.assert_allclose(rows["difference"], rows["log_loss"] - rows["other_log_loss"])
    # mornings find twice as much as afternoons in this town, which one rate cannot know
    bands = rows.set_index("group")
    assert bands.loc["morning", "hit_share"] > 1.2 * bands.loc["afternoon", "hit_share"]
    assert bands.loc["morning", "upper"] < 0


def test_curves_start_and_end_where_they_must(folds):
    for name, curve in capture_curves(folds).items():
        assert curve[0] == 0
        assert curve[-1] == 1
        assert (np.diff(curve) >= 0).all(), name
    for curve in calibration_curves(folds).values():
        assert curve["rows"].sum() == pytest.approx(9 * folds[0].figures["zone_hours"], rel=0.2)
        assert ((curve["lower"] <= curve["observed"]) & (curve["observed"] <= curve["upper"])).all()


def test_findings_are_plain_values_that_json_keeps(folds):
    found = findings(folds, "empirical_bayes", "recorded", gap=1, records_in=0.99)
    assert found["best_baseline"] in ("bare_mean", "constant")
    assert len(found["weeks"]) == 9
    assert found["resampling"] == {"units": "weeks", "block": 1, "level": 0.95}
    assert len(found["by_week"]) == 27
    again = json.loads(json.dumps(found))
    assert again["means"]["constant"]["log_loss"] == found["means"]["constant"]["log_loss"]
    assert pd.DataFrame(again["groups"]).equals(pd.DataFrame(found["groups"]))


def test_hindsight_is_judged_on_the_zones_that_both_have(folds):
    fewer = [
        dataclasses.replace(
            fold,
            zone_ids=fold.zone_ids[3:],
            sums={name: 0.9 * values[3:] for name, values in fold.sums.items() if name == "loss"}
            | {"zone_hours": fold.sums["zone_hours"][3:]},
        )
        for fold in folds
    ]
    gains = with_hindsight(folds, fewer, resampling_of(folds), ahead=2)
    assert [gain.other for gain in gains] == list(ESTIMATORS)
    for gain in gains:
        assert gain.relative[0] == pytest.approx(-0.1)
        own = [fold for fold in folds if fold.estimator == gain.other]
        loss = sum(fold.sums["loss"][3:].sum() for fold in own)
        assert gain.other_loss == pytest.approx(
            loss / sum(fold.sums["zone_hours"][3:].sum() for fold in own)
        )


def test_few_weeks_are_resampled_by_zone_too(folds):
    few = [fold for fold in folds if fold.target <= min(f.target for f in folds) + 2]
    assert resampling_of(few).units == "both"
    wide = figures_with_intervals(few, resampling_of(few))["empirical_bayes"]["log_loss"]
    narrow = figures_with_intervals(folds, resampling_of(folds))["empirical_bayes"]["log_loss"]
    assert wide.upper - wide.lower > narrow.upper - narrow.lower
