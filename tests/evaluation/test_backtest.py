import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.evaluation import metrics
from infraction_model.evaluation.backtest import (
    backtest,
    of_usual_week,
    records_in,
    summary,
    table,
)
from infraction_model.evaluation.folds import (
    FoldParameters,
    known_at_once,
    outcome,
    predicted_weeks,
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


def _settings(panel, basis, **folds):
    return (
        panel,
        panel.end_week,
        small_town.town(basis),
        ESTIMATORS,
        FeatureParameters(),
        ForecastParameters(),
        FoldParameters(**folds),
    )


def _weeks(panel, basis="recorded", progress=lambda text: None, **folds):
    return list(predicted_weeks(*_settings(panel, basis, **folds), progress))


def _backtest(panel, basis="recorded", truth=None, progress=lambda text: None, **folds):
    return backtest(*_settings(panel, basis, **folds), truth, progress)


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_a_fold_is_to_the_bit_what_score_would_have_said_at_that_origin(panel, basis):
    last = _weeks(panel, basis, weeks=2, refit_every=1)[-1]
    assert last.origin == panel.end_week - 2
    town, parameters = small_town.town(basis), ForecastParameters()
    wanted = [ESTIMATORS["empirical_bayes"]]
    fitted = fit(panel, last.origin, town, wanted, FeatureParameters(), parameters)
    [score] = predict(fitted, panel, last.origin)
    np.testing.assert_array_equal(score.rate, last.forecasts["empirical_bayes"].rate)
    np.testing.assert_array_equal(score.upper, last.forecasts["empirical_bayes"].upper)


def test_every_week_is_predicted_once_by_every_estimator(panel):
    rows = table(_backtest(panel, weeks=3, refit_every=2))
    assert rows.groupby("estimator")["target_week"].nunique().to_dict() == dict.fromkeys(
        ESTIMATORS, 3
    )
    weeks_ahead = pd.to_datetime(rows["target_week"]) - pd.to_datetime(rows["origin"])
    assert (weeks_ahead == pd.Timedelta(weeks=1)).all()


def test_outcomes_are_all_the_panel_holds_also_what_came_in_after_planning(panel):
    [week] = _weeks(panel, weeks=1)
    of_week = panel.fines[panel.fines["week"] == week.target]
    assert week.outcome.fines.sum() == of_week["fines"].sum()
    hours = panel.patrols[panel.patrols["week"] == week.target]["hours"]
    assert week.outcome.hours.sum() == pytest.approx(hours.sum())
    [fold, _] = _backtest(panel, weeks=1)
    assert fold.figures["zone_hours"] == len(hours)
    assert fold.figures["fines"] == of_week["fines"].sum()


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_figures_made_of_sums_are_those_of_the_zone_hours(panel, basis):
    """Sums by zone against each figure computed directly from all zone-hours of both weeks."""
    weeks = _weeks(panel, basis, weeks=2)
    folds = _backtest(panel, basis, weeks=2)
    means = summary(folds).loc["empirical_bayes"]
    hit, probability, fines, expected = [], [], [], []
    for week in weeks:
        forecast, exposed = week.forecasts["empirical_bayes"], week.outcome.exposed
        hours = week.outcome.hours[exposed]
        hit.append(week.outcome.hit[exposed])
        probability.append(1 - np.exp(-forecast.rate[exposed] * hours))
        fines.append(week.outcome.fines[exposed])
        expected.append(forecast.expected[exposed] * hours)
    all_hits, all_p = np.concatenate(hit), np.concatenate(probability)
    assert means["log_loss"] == pytest.approx(metrics.log_loss(all_hits, all_p))
    assert means["brier"] == pytest.approx(metrics.brier(all_hits, all_p))
    listed = [metrics.top(e, 0.05) for e in expected]
    captured = sum(f[at].sum() for f, at in zip(fines, listed, strict=True))
    assert means["capture_top_5%"] == pytest.approx(captured / sum(f.sum() for f in fines))
    found = np.concatenate([h[at] for h, at in zip(hit, listed, strict=True)])
    assert means["precision_top_5%"] == pytest.approx(found.mean())
    last = table(folds).set_index("estimator").loc["empirical_bayes"].iloc[-1]
    pei = metrics.pei(fines[-1], expected[-1], 0.05)
    assert last["pei_top_5%"] == pytest.approx(pei)


def test_groups_share_out_every_zone_hour_and_every_fine(panel):
    for fold in _backtest(panel, weeks=2):
        everything = fold.reliability[0].sum(axis=0)
        assert everything[0] == fold.figures["zone_hours"]
        for first, last in ((1, 5), (5, 10), (10, 13), (13, 24)):  # one grouping after another
            parts = fold.reliability[first:last].sum(axis=(0, 1))
            np.testing.assert_allclose(parts, everything)
            loss = fold.group_sums["loss"][first:last].sum()
            assert loss == pytest.approx(fold.sums["loss"].sum())
            assert fold.group_sums["fines"][first:last].sum() == fold.figures["fines"]


def test_the_truth_itself_would_have_no_excess_and_a_full_yield(panel):
    truth = _truth(panel)
    means = summary(_backtest(panel, truth=truth, weeks=2))
    eb, constant = means.loc["empirical_bayes"], means.loc["constant"]
    assert 0 <= eb["excess_log_loss"] < constant["excess_log_loss"]
    assert constant["yield_top_5%"] < eb["yield_top_5%"] <= 1
    assert eb["spearman_known_hours"] > 0.8
    difference = eb["log_loss"] - eb["true_log_loss"]
    assert difference == pytest.approx(eb["excess_log_loss"], abs=0.03)


def test_excess_is_said_apart_for_hours_patrolled_and_not(panel):
    [week] = _weeks(panel, weeks=1)
    means = summary(_backtest(panel, truth=_truth(panel), weeks=1)).loc["empirical_bayes"]
    forecast, truth = week.forecasts["empirical_bayes"], small_town.true_rate(len(panel.zones))
    never = ~forecast.known_hours
    assert 0 < never.mean() < 1
    by_hand = metrics.excess_log_loss(
        1 - np.exp(-truth[:, never]), 1 - np.exp(-forecast.rate[:, never])
    )
    assert means["excess_log_loss_other_hours"] == pytest.approx(by_hand)
    share = never.mean()
    assert means["excess_log_loss_all_hours"] == pytest.approx(
        share * by_hand + (1 - share) * means["excess_log_loss_known_hours"]
    )


def test_the_truth_of_infractions_does_not_judge_probabilities_of_recorded_fines(panel):
    means = summary(_backtest(panel, "none", truth=_truth(panel), weeks=1))
    assert "yield_top_5%" in means
    assert not [name for name in means if name.startswith(("excess", "coverage", "true"))]


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
    assert {fold.target - pause.first_week for fold in folds} == {27, 29}
    assert [line for line in said if "no patrol and is not judged" in line]
    ended = small_town.build(zones, fines, patrols[week < 25])
    with pytest.raises(NotEnoughDataError, match="nobody patrolled"):
        _backtest(ended, weeks=3)


def test_how_much_of_the_outcomes_is_in_rises_with_time():
    whole = small_town.panel(weeks=40, late=0.5)
    late = whole.as_of(whole.end_week)  # an export made the morning after the last week
    newest, settled = _backtest(late, weeks=2), _backtest(late, weeks=2, settle_weeks=9)
    assert records_in(late, newest) < 0.9
    assert records_in(late, settled) > 0.97
    assert settled[0].figures["hit_share"] > newest[0].figures["hit_share"]
    assert of_usual_week(late, newest) < 0.85 < of_usual_week(late, settled) < 1.2


def test_with_hindsight_every_fine_is_known_in_its_own_week(panel):
    hindsight = known_at_once(panel)
    assert (panel.fines["delay"] > 0).any()
    assert (hindsight.fines["delay"] == 0).all()
    key = ["zone", "week", "hour_of_week", "category"]
    counts = [one.fines.groupby(key)["fines"].sum() for one in (panel, hindsight)]
    pd.testing.assert_series_equal(*counts)
    assert not hindsight.fines.duplicated(key).any()
    last = panel.end_week - 1
    known = hindsight.as_of(last + 1).fines
    assert (known["week"] == last).sum() > (panel.as_of(last + 1).fines["week"] == last).sum()
