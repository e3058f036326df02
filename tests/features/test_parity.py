"""The features that teach about an origin are those that a score at it would read, to the bit."""

import numpy as np
import pytest

import small_town
from infraction_model.features.matrix import matrix
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots
from infraction_model.panel import build

CURVE = np.array([0.6, 0.8, 0.95, 1.0])
WEEKS_IN = (6, 7, 13, 20, 27)


@pytest.fixture(scope="module")
def panel():
    return build(*small_town.full_tables(late=0.4))


def _values(snapshot) -> np.ndarray:
    zone, hour = np.divmod(np.arange(len(snapshot.zones) * 168), 168)
    return matrix(snapshot, tuple(FEATURES), zone, hour)


def _differing(one: np.ndarray, other: np.ndarray) -> list[str]:
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return [name for name, column in zip(FEATURES, same.T, strict=True) if not column.all()]


@pytest.mark.parametrize("basis", ["recorded", "none"])
def test_a_walk_over_many_origins_sees_at_each_what_a_score_at_it_sees(panel, basis):
    """The walk reads the panel of the last origin, a score at an earlier one that of its own."""
    origins = [panel.first_week + weeks for weeks in WEEKS_IN]
    whole = panel.as_of(origins[-1])
    for snapshot in snapshots(whole, basis, small_town.CALENDAR, CURVE, origins, gap=1):
        taught = _values(snapshot)
        known = panel.as_of(snapshot.origin)
        alone = snapshots(known, basis, small_town.CALENDAR, CURVE, [snapshot.origin], gap=1)
        assert _differing(taught, _values(next(alone))) == []
