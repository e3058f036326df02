import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.evaluation.backtest import (
    FoldParameters,
    backtest,
    in_words,
    outcome,
    records_in,
    summary,
    table,
)
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit, predict

ESTIMATORS = {"empirical_bayes": EmpiricalBayesParameters(), "constant": ConstantParameters()}


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(weeks=50, per_week=200, late=0.3)


def _truth(panel) -> pd.DataFrame:
    rate = small_town.true_rate(len(panel.zones))
    zone, hour = np.divmod(np.arange(rate.size), 168)
    rows = {"zone_id": panel.zones["zone_id"].to_numpy()[zone], "hour_of_week": hour}
    weeks = range(panel.end_week - 4, panel.end_week)
    return pd.concat([pd.DataFrame({**rows, "week": week, "rate": rate.ravel()}) for week in weeks])


def _backtest(panel, basis="recorded", truth=None, progress=lambda text: None, **folds):
    return backtest(
        panel,
        panel.end_week,
        small_town.town(basis),
        ESTIMATORS,
        FeatureParameters(),
        ForecastParameters(),
        FoldParameters(**folds),
        truth,
        progress,
    )


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_a_fold_is_to_the_bit_what_score_would_have_said_at_that_origin(panel, basis):
    folds = _backtest(panel, basis, weeks=2, refit_every=1)
    last = folds[-2]
    assert last.forecast.origin == panel.end_week - 2
    town, parameters = small_town.town(basis), ForecastParameters()
    fitted = fit(
        panel,
        last.forecast.origin,
        town,
        [ESTIMATORS[last.estimator]],
        FeatureParameters(),
        parameters,
    )
    [score] = predict(fitted, panel, last.forecast.origin)
    np.testing.assert_array_equal(score.rate, last.forecast.rate)
    np.testing.assert_array_equal(score.upper, last.forecast.upper)


def test_every_week_is_predicted_once_by_every_estimator(panel):
    rows = table(_backtest(panel, weeks=3, refit_every=2))
    assert rows.groupby("estimator")["target_week"].nunique().to_dict() == dict.fromkeys(
        ESTIMATORS, 3
    )
    weeks_ahead = pd.to_datetime(rows["target_week"]) - pd.to_datetime(rows["origin"])
    assert (weeks_ahead == pd.Timedelta(weeks=1)).all()


def test_outcomes_are_all_the_panel_holds_also_what_came_in_after_planning(panel):
    [fold, _] = _backtest(panel, weeks=1)
    of_week = panel.fines[panel.fines["week"] == fold.forecast.target]
    assert fold.outcome.fines.sum() == of_week["fines"].sum()
    hours = panel.patrols[panel.patrols["week"] == fold.forecast.target]["hours"]
    assert fold.outcome.hours.sum() == pytest.approx(hours.sum())
    assert fold.figures["zone_hours"] == len(hours)


def test_the_truth_itself_would_have_no_excess_and_a_full_yield(panel):
    truth = _truth(panel)
    means = summary(_backtest(panel, truth=truth, weeks=2))
    eb, constant = means.loc["empirical_bayes"], means.loc["constant"]
    assert 0 <= eb["excess_log_loss"] < constant["excess_log_loss"]
    assert constant["yield_top_5%"] < eb["yield_top_5%"] <= 1
    assert eb["spearman_known_hours"] > 0.8
    difference = eb["log_loss"] - eb["true_log_loss"]
    assert difference == pytest.approx(eb["excess_log_loss"], abs=0.03)


def test_the_truth_of_infractions_does_not_judge_probabilities_of_recorded_fines(panel):
    means = summary(_backtest(panel, "none", truth=_truth(panel), weeks=1))
    assert "yield_top_5%" in means
    assert not [name for name in means if name.startswith(("excess", "coverage", "true"))]


def test_words_say_who_is_beaten_and_who_is_not(panel):
    means = summary(_backtest(panel, weeks=2))
    assert "empirical_bayes beats constant" in in_words(means, "empirical_bayes")
    assert "constant does NOT beat empirical_bayes" in in_words(means, "constant")
    assert "intervals" not in in_words(means, "constant")


@pytest.mark.parametrize(
    ("coverage", "said"), [(0.6, "do NOT hold"), (0.9, "hold"), (0.99, "do NOT hold")]
)
def test_words_say_whether_intervals_mean_what_they_say(panel, coverage, said):
    means = summary(_backtest(panel, weeks=1)).assign(coverage_known_hours=coverage)
    assert f"intervals {said} what they say: {coverage:.0%}" in in_words(means, "constant")


def test_zones_are_matched_by_name_not_by_position():
    panel = small_town.panel(weeks=20, official=False)
    town = small_town.town("none", min_fines=int(np.median(panel.fines_per_zone())) + 1)
    fitted = fit(
        panel,
        panel.end_week - 2,
        town,
        [ConstantParameters()],
        FeatureParameters(),
        ForecastParameters(),
    )
    [forecast] = predict(fitted, panel, panel.end_week - 2)
    assert len(forecast.zones) < len(panel.zones)
    found = outcome(panel, "none", forecast)
    names = panel.zones["zone_id"].to_numpy()[panel.fines["zone"]]
    for position, zone in enumerate(forecast.zones["zone_id"]):
        rows = panel.fines[(names == zone) & (panel.fines["week"] == forecast.target)]
        assert found.fines[position].sum() == rows["fines"].sum()


def test_a_week_without_any_patrol_is_left_out_and_said():
    zones, fines, patrols = small_town.tables(weeks=30, late=0.0)
    week = (patrols["started_at"].dt.tz_localize(None) - small_town.FIRST_MONDAY).dt.days // 7
    pause = small_town.build(zones, fines, patrols[week != 28])
    said = []
    folds = _backtest(pause, weeks=3, progress=said.append)
    assert {fold.forecast.target - pause.first_week for fold in folds} == {27, 29}
    assert [line for line in said if "no patrol and is not judged" in line]
    ended = small_town.build(zones, fines, patrols[week < 25])
    with pytest.raises(NotEnoughDataError, match="nobody patrolled"):
        _backtest(ended, weeks=3)


def test_words_say_when_the_outcomes_are_not_all_in():
    whole = small_town.panel(weeks=40, late=0.5)
    late = whole.as_of(whole.end_week)  # an export made the morning after the last week
    newest, settled = _backtest(late, weeks=2), _backtest(late, weeks=2, settle_weeks=9)
    assert records_in(late, newest) < 0.9
    assert records_in(late, settled) > 0.97
    assert settled[0].figures["hit_share"] > newest[0].figures["hit_share"]
    means = summary(newest)
    assert "settle_weeks" in in_words(means, "constant", records_in(late, newest))
    assert "settle_weeks" not in in_words(means, "constant", records_in(late, settled))
