"""Chunks of zones give to the bit what the whole town gives."""

import numpy as np
import pytest

import small_town
from infraction_model.features.matrix import matrix
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots
from infraction_model.features.zone_chunks import Chunks, looks_at_own_zone

OWN = tuple(name for name in FEATURES if looks_at_own_zone(name))


@pytest.fixture(scope="module", params=["recorded", "none"])
def snapshot(request):
    panel = small_town.panel(zones=11, late=0.3)
    origin, curve = panel.first_week + 20, np.array([0.6, 0.9, 1.0])
    return next(snapshots(panel, request.param, small_town.CALENDAR, curve, [origin], gap=1))


@pytest.mark.parametrize("zones", [1, 4, 11, 50])
def test_features_of_one_zone_are_the_same_in_chunks(snapshot, zones):
    assert len(OWN) > 15
    drawn = np.random.default_rng(zones).random((11, 168)) < 0.3
    drawn[5] = False
    zone, hour = np.nonzero(drawn)
    names = (*OWN[:3], "hour_of_day", *OWN[3:], "cell_mean", "town_rate")
    whole = matrix(snapshot, names, zone, hour)
    snapshot.cache.clear()
    parts = matrix(snapshot, names, zone, hour, Chunks(zones))
    np.testing.assert_array_equal(parts, whole)


def test_rows_are_scored_in_chunks_of_whole_zones():
    asked = []

    def total(rows):
        asked.append(len(rows))
        return rows.sum(axis=1)

    values = np.arange(5 * 168 * 2, dtype=float).reshape(-1, 2)
    np.testing.assert_array_equal(Chunks(2).rows(total, values), values.sum(axis=1))
    assert asked == [336, 336, 168]


def test_no_zone_hour_at_all_is_an_empty_matrix(snapshot):
    none = np.zeros(0, dtype=int)
    assert matrix(snapshot, OWN, none, none, Chunks(4)).shape == (0, len(OWN))
