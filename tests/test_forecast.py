import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.errors import ConfigError, NotEnoughDataError
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.snapshot import cell_events
from infraction_model.forecast import (
    ForecastParameters,
    feature_rows,
    fit,
    known_panel,
    learn_design,
    predict,
)

MODEL = ExposureGBMParameters(max_trees=30, min_data_in_leaf=20)
NAMES = ("eb_rate_13w_s2", "zone_rate_52w", "rate_lag_1", "hour_of_day", "cell_hours")


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(weeks=40)


def _fit(panel, origin, basis="recorded", estimators=(MODEL,), **settings):
    parameters = ForecastParameters(**settings)
    town = small_town.town(basis)
    return fit(panel, origin, town, list(estimators), FeatureParameters(), parameters)


def test_an_unexposed_zone_hour_is_no_row_and_an_exposed_one_without_a_fine_is_a_zero(panel):
    town, parameters = small_town.town("recorded"), ForecastParameters()
    known = known_panel(panel, panel.end_week, town)
    design = learn_design(known, panel.end_week, town, NAMES, parameters)
    taught = set(zip(design.zone, design.week, design.hour_of_week, strict=True))
    patrolled = known.patrols[known.patrols["week"].isin(np.unique(design.week))]
    assert taught == set(patrolled[["zone", "week", "hour_of_week"]].itertuples(index=False))
    assert 0.2 < design.hit.mean() < 0.8
    assert (
        design.events.sum()
        == cell_events(known, "recorded")["events"][
            cell_events(known, "recorded")["week"].isin(np.unique(design.week))
        ].sum()
    )


def test_rows_teach_with_the_features_their_own_origin_would_have_shown():
    """Train and score parity: the same function at the same origin gives the same numbers."""
    panel = small_town.panel(weeks=40, late=0.0)
    town, parameters = small_town.town("recorded"), ForecastParameters(gap=2)
    origin = panel.end_week
    known = known_panel(panel, origin, town)
    design = learn_design(known, origin, town, NAMES, parameters)
    [forecaster] = fit(panel, origin, town, [MODEL], FeatureParameters(names=NAMES), parameters)
    target = int(np.unique(design.week)[10])
    shown = feature_rows(forecaster, panel, target - 2, rows=8 * 168)
    of_week = design.week == target
    cells = design.zone[of_week].astype(int) * 168 + design.hour_of_week[of_week]
    columns = [design.names.index(name) for name in shown.columns]
    np.testing.assert_array_equal(design.features[of_week][:, columns], shown.to_numpy()[cells])


def test_all_positives_and_a_weighted_draw_of_the_rest_stand_for_every_zone_hour(panel):
    town, parameters = small_town.town("none"), ForecastParameters(draw_share=0.1)
    known = known_panel(panel, panel.end_week, town)
    design = learn_design(known, panel.end_week, town, NAMES, parameters)
    weeks = np.unique(design.week)
    hours = (8 * 168) * len(weeks) - sum(1 for week in weeks if week == 2829)  # spring skips one
    assert design.weight.sum() == pytest.approx(hours, rel=0.05)
    events = cell_events(known, "none")
    assert design.hit.sum() == events["events"][events["week"].isin(weeks)].sum()
    assert np.all(design.weight[design.hit == 1] == 1)
    assert len(design) < 0.3 * hours


def test_recent_weeks_count_for_the_share_of_their_records_that_came_in():
    panel = small_town.panel(weeks=40, late=0.5)
    town = small_town.town("recorded")
    known = known_panel(panel, panel.end_week, town)
    design = learn_design(
        known, panel.end_week, town, NAMES, ForecastParameters(least_completeness=0.3)
    )
    hours = known.patrols.set_index(["zone", "week", "hour_of_week"])["hours"]
    full = hours.loc[
        list(zip(design.zone, design.week, design.hour_of_week, strict=True))
    ].to_numpy()
    share = design.exposure / full
    newest, oldest = design.week == design.week.max(), design.week == design.week.min()
    assert share[newest].mean() == pytest.approx(0.5, abs=0.1)
    assert share[oldest].mean() == pytest.approx(1.0)


def test_a_week_too_incomplete_does_not_teach():
    panel = small_town.panel(weeks=40, late=0.5)
    lax, strict = (
        _fit(panel, panel.end_week, estimators=[ConstantParameters()], least_completeness=share)[0]
        for share in (0.3, 0.95)
    )
    assert lax.label_weeks[1] == panel.end_week - 1
    assert strict.label_weeks[1] < panel.end_week - 3


def test_late_records_do_not_bias_the_level():
    """Half the fines come in weeks late; the rate learnt is that of all of them."""
    late, prompt = (small_town.panel(weeks=60, per_week=200, late=share) for share in (0.5, 0.0))
    rates = [
        predict(_fit(p, p.end_week, estimators=[ConstantParameters()]), p, p.end_week)[0].rate[0, 0]
        for p in (late, prompt)
    ]
    assert rates[0] == pytest.approx(rates[1], rel=0.05)


def test_several_estimators_fitted_together_are_those_fitted_alone(panel):
    together = _fit(panel, panel.end_week, estimators=[MODEL, EmpiricalBayesParameters()])
    alone = _fit(panel, panel.end_week, estimators=[MODEL])
    rates = [predict(fitted, panel, panel.end_week)[0].rate for fitted in (together, alone)]
    np.testing.assert_array_equal(*rates)


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_probability_expectation_and_interval_hang_together(panel, basis):
    [forecast] = predict(_fit(panel, panel.end_week, basis), panel, panel.end_week, explain_top=60)
    assert forecast.target == panel.end_week + 1
    np.testing.assert_allclose(forecast.probability, 1 - np.exp(-forecast.rate))
    assert (forecast.lower < forecast.expected).all()
    assert (forecast.expected < forecast.upper).all()
    if basis == "none":  # fines behind an hour with at least one: never fewer than one
        assert (forecast.expected >= forecast.probability).all()
        assert forecast.known_hours.all()
    else:
        assert forecast.known_hours.reshape(7, 24)[:5, 8:18].all()
        assert not forecast.known_hours.reshape(7, 24)[5:].any()
    explained = forecast.reasons != ""
    assert 50 <= explained.sum() <= 60
    assert forecast.priority[explained].min() >= np.sort(forecast.priority, axis=None)[-60]


def test_extrapolated_hours_come_after_every_known_one(panel):
    [forecast] = predict(_fit(panel, panel.end_week), panel, panel.end_week)
    known = forecast.priority[:, forecast.known_hours]
    assert known.min() > forecast.priority[:, ~forecast.known_hours].max()


def test_a_model_trained_later_is_not_asked_about_the_past(panel):
    fitted = _fit(panel, panel.end_week, estimators=[ConstantParameters()])
    with pytest.raises(ConfigError, match="knows what came later"):
        predict(fitted, panel, panel.end_week - 1)
    assert predict(fitted, panel, panel.end_week)


def test_only_zones_with_enough_known_fines_are_modelled_unless_the_town_named_them():
    panel = small_town.panel(weeks=20, official=False)
    counts = dict(zip(panel.zones["zone_id"], panel.fines_per_zone(), strict=True))
    town = small_town.town("none", min_fines=sorted(counts.values())[3])
    everything_known = panel.end_week + 10
    for official, busy in ((False, town.min_fines), (True, 0)):
        panel = small_town.panel(weeks=20, official=official)
        fitted = fit(
            panel,
            everything_known,
            town,
            [ConstantParameters()],
            FeatureParameters(),
            ForecastParameters(),
        )
        [forecast] = predict(fitted, panel, everything_known)
        modelled = {zone for zone, count in counts.items() if count >= busy}
        assert set(forecast.zones["zone_id"]) == modelled
        assert forecast.rate.shape == (len(modelled), 168)


def test_zones_teach_by_how_busy_they_were_at_the_rows_own_origin():
    """A zone that only lately became busy must not teach its quiet past by today's measure."""
    zones, fines, _ = small_town.tables(weeks=40, official=False, late=0.0)
    week = (fines["issued_at"].dt.tz_localize(None) - small_town.FIRST_MONDAY).dt.days // 7
    fines = fines[(fines["zone_id"] != "z00") | (week >= 30)]
    panel = small_town.build(zones, fines, None)
    town = small_town.town("none", min_fines=40)
    known = known_panel(panel, panel.end_week, town)
    position = known.zones.index[known.zones["zone_id"] == "z00"][0]
    design = learn_design(known, panel.end_week, town, NAMES, ForecastParameters())
    taught = np.unique(design.week[design.zone == position])
    assert taught.min() > panel.first_week + 30
    assert taught.max() == panel.end_week - 1


def test_too_little_history_says_how_much_is_needed(panel):
    with pytest.raises(NotEnoughDataError, match="weeks can teach"):
        _fit(panel, panel.first_week + 6)
    derived = small_town.panel(weeks=5, official=False)
    with pytest.raises(NotEnoughDataError, match="no zone has"):
        known_panel(derived, derived.end_week, small_town.town("none", min_fines=10**6))


def test_fines_that_never_fall_into_a_patrol_are_said_to_teach_nothing():
    zones, fines, patrols = small_town.tables(weeks=20)
    nights = fines.assign(issued_at=fines["issued_at"] + pd.Timedelta(hours=12))
    panel = small_town.build(zones, nights.drop(columns="recorded_at"), patrols)
    with pytest.raises(NotEnoughDataError, match="patrols and fines name the same zones"):
        _fit(panel, panel.end_week)
