import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.errors import ConfigError, NotEnoughDataError
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import fit, predict
from infraction_model.teaching import ForecastParameters

MODEL = ExposureGBMParameters(max_trees=30, min_data_in_leaf=20)


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(weeks=40)


def _fit(panel, origin, basis="recorded", estimators=(MODEL,), **settings):
    parameters = ForecastParameters(**settings)
    town = small_town.town(basis)
    return fit(panel, origin, town, list(estimators), FeatureParameters(), parameters)


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
    panel = small_town.panel(weeks=20, official=False, late=0.0)
    counts = dict(zip(panel.zones["zone_id"], panel.fines_per_zone(), strict=True))
    town = small_town.town("none", min_fines=sorted(counts.values())[3])
    everything_known = panel.end_week
    for official, busy in ((False, town.min_fines), (True, 0)):
        panel = small_town.panel(weeks=20, official=official, late=0.0)
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


def test_fines_that_never_fall_into_a_patrol_are_said_to_teach_nothing():
    zones, fines, patrols = small_town.tables(weeks=20)
    nights = fines.assign(issued_at=fines["issued_at"] + pd.Timedelta(hours=12))
    panel = small_town.build(zones, nights.drop(columns="recorded_at"), patrols)
    with pytest.raises(NotEnoughDataError, match="patrols and fines name the same zones"):
        _fit(panel, panel.end_week)
