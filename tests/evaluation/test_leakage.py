from dataclasses import replace

import numpy as np
import pytest

import small_town
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.evaluation.backtest import backtest, summary
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.evaluation.leakage import leaky_claims
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters

TREES = ExposureGBMParameters(min_data_in_leaf=30, max_trees=60, validation_weeks=4)


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(zones=12, weeks=30, per_week=250, late=0.2)


def _claims(panel, estimator, basis="recorded", town=None):
    targets = range(panel.end_week - 4, panel.end_week)
    town = town or small_town.town(basis)
    return leaky_claims(panel, targets, town, estimator, FeatureParameters(), ForecastParameters())


def test_features_of_the_whole_history_claim_what_no_forecast_can_keep(panel):
    folds = backtest(
        panel,
        panel.end_week,
        small_town.town("recorded"),
        {"exposure_gbm": TREES},
        FeatureParameters(),
        ForecastParameters(),
        FoldParameters(weeks=4),
    )
    honest = summary(folds).loc["exposure_gbm", "log_loss"]
    claims = _claims(panel, TREES)
    assert claims.whole_history < 0.97 * honest
    assert claims.random_split == pytest.approx(honest, rel=0.05)
    assert claims == _claims(panel, TREES)


def test_vehicles_of_one_zone_hour_stay_together():
    """Judged by zone-hours as everything else, though each vehicle checked teaches by itself."""
    zones, fines, patrols = small_town.tables(zones=8, weeks=20, per_week=150, late=0.0)
    patrols = patrols.assign(vehicles_checked=20)
    panel = small_town.build(zones, fines, patrols)
    town = replace(small_town.town("checks"), vehicles_per_hour=40.0)
    by_vehicle = _claims(panel, EmpiricalBayesParameters(), town=town)
    by_hour = _claims(panel, EmpiricalBayesParameters())
    assert by_vehicle.random_split == pytest.approx(by_hour.random_split, rel=0.1)
    assert np.isfinite(by_vehicle.whole_history)
