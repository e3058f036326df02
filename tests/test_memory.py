"""What is kept between fits is what would be made anew, for the same settings only."""

import numpy as np
import pytest

import small_town
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit, predict
from infraction_model.memory import Memory


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(weeks=30, per_week=80)


def _forecast(panel, memory, leaves, **settings):
    town, parameters = small_town.town("recorded"), ForecastParameters(**settings)
    wanted = ExposureGBMParameters(num_leaves=leaves, max_trees=20, min_data_in_leaf=20)
    origin = panel.end_week - 1
    fitted = fit(panel, origin, town, [wanted], FeatureParameters(), parameters, memory=memory)
    return predict(fitted, panel, origin, memory=memory)[0].rate


def test_forecasts_with_a_memory_are_those_without_to_the_bit(panel):
    memory = Memory(1e9)
    for leaves, gap in ((4, 1), (8, 1), (8, 2)):
        with_memory = _forecast(panel, memory, leaves, gap=gap)
        np.testing.assert_array_equal(with_memory, _forecast(panel, Memory(-1), leaves, gap=gap))
    assert memory.bytes > 0


def test_a_memory_makes_things_once_until_the_settings_change():
    memory, made = Memory(100), []

    def make():
        made.append(1)
        return np.zeros(5), np.zeros(5)

    assert memory.recall("a", 1, make) is memory.recall("a", 1, make)
    assert len(made) == 1
    memory.recall("a", 2, make)  # 160 bytes would be too many
    memory.recall("a", 2, make)
    assert (len(made), memory.bytes) == (3, 80)
    memory.recall("b", 1, make)
    assert len(made) == 4
