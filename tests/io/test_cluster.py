"""scale=dask: the same model and the same scores, to the bit, from a cluster of two workers."""

import sys

import numpy as np
import pytest

import small_town
from infraction_model.errors import ConfigError
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit, predict
from infraction_model.io.cluster import DaskParameters, HereParameters, zone_chunks

FEATURES = FeatureParameters(
    names=("eb_rate_13w_s2", "zone_rate_52w", "rate_lag_1", "neighbouring_hours_rate", "weekday")
)


@pytest.mark.filterwarnings("ignore:Port .* is already in use")
def test_a_cluster_fits_and_scores_as_one_process_does_to_the_bit():
    pytest.importorskip("distributed", reason="the extra `scale` is not installed")
    panel, town = small_town.panel(zones=9, weeks=24), small_town.town("none")
    origin = panel.end_week - 1
    made = {}
    for scale in (HereParameters(), DaskParameters(workers=2, zones=4)):
        with zone_chunks(scale) as chunks:
            models = fit(
                panel,
                origin,
                town,
                [ExposureGBMParameters(max_trees=20, min_data_in_leaf=20)],
                FEATURES,
                ForecastParameters(),
                chunks=chunks,
            )
            [forecast] = predict(models, panel, origin, explain_top=5, chunks=chunks)
        made[scale.kind] = models[0].estimator.files(), forecast
    assert made["here"][0] == made["dask"][0]
    for name in ("rate", "probability", "expected", "lower", "upper", "reasons"):
        one, other = (getattr(made[kind][1], name) for kind in ("here", "dask"))
        np.testing.assert_array_equal(one, other)


def test_without_dask_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ConfigError, match=r"infraction-model\[scale\]"),
        zone_chunks(DaskParameters()),
    ):
        pass
