"""scale=dask: the same model and the same scores, to the bit, from a cluster of two workers."""

import sys
from dataclasses import replace

import numpy as np
import pytest

import small_town
from infraction_model.errors import ConfigError
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.zone_chunks import WHOLE
from infraction_model.forecast import ForecastParameters, fit, predict
from infraction_model.io.cluster import DaskParameters, zone_chunks

FEATURES = FeatureParameters(
    names=("eb_rate_13w_s2", "zone_rate_52w", "rate_lag_1", "neighbouring_hours_rate", "weekday")
)
TREES = ExposureGBMParameters(max_trees=20, min_data_in_leaf=20)

pytestmark = pytest.mark.filterwarnings("ignore:Port .* is already in use")


def made(basis, trees, chunks, late=0.2):
    """The estimator fitted to the small town, and its forecast of the last week."""
    panel, town = small_town.panel(zones=9, weeks=24, late=late), small_town.town(basis)
    origin = panel.end_week - 1
    models = fit(panel, origin, town, [trees], FEATURES, ForecastParameters(), chunks=chunks)
    [forecast] = predict(models, panel, origin, explain_top=5, chunks=chunks)
    return models[0].estimator, forecast


def test_without_dask_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ConfigError, match=r"infraction-model\[scale\]"),
        zone_chunks(DaskParameters()),
    ):
        pass


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("distributed", reason="the extra `scale` is not installed")
    with zone_chunks(DaskParameters(workers=2, zones=4, train=True)) as chunks:
        yield chunks


def test_a_cluster_fits_and_scores_as_one_process_does_to_the_bit(cluster):
    here, forecast_here = made("none", TREES, WHOLE)
    there, forecast_there = made("none", TREES, replace(cluster, train=None))
    assert here.files() == there.files()
    for name in ("rate", "probability", "expected", "lower", "upper", "reasons"):
        np.testing.assert_array_equal(getattr(forecast_here, name), getattr(forecast_there, name))


@pytest.mark.parametrize(
    ("basis", "offset", "late", "objective"),
    [
        ("none", "", 0.0, "binary"),
        ("recorded", "eb_rate_13w_s2", 0.2, "cross_entropy_lambda"),
    ],
)
def test_trees_fitted_by_a_cluster_give_nearly_the_rates_of_one_process(
    cluster, basis, offset, late, objective
):
    trees = replace(TREES, offset=offset)
    here, forecast_here = made(basis, trees, WHOLE, late)
    there, forecast_there = made(basis, trees, cluster, late)
    text = there.files()["model.txt"]
    assert f"[objective: {objective}]" in text
    assert "127.0.0.1" not in text
    assert there.booster_.num_trees() == here.trees_
    rate_here, rate_there = forecast_here.rate.ravel(), forecast_there.rate.ravel()
    assert np.corrcoef(rate_here, rate_there)[0, 1] > 0.99
    assert rate_there.mean() == pytest.approx(rate_here.mean(), rel=0.02)
