import numpy as np
import pytest

import small_town
from infraction_model.features.history import light_rate
from infraction_model.features.profiles import RANKS
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots


@pytest.fixture(scope="module")
def snapshot():
    panel = small_town.panel(zones=60, weeks=30, per_week=300, late=0.2)
    curve = np.array([0.8, 1.0])
    return next(snapshots(panel, "none", small_town.CALENDAR, curve, [panel.end_week], gap=1))


@pytest.mark.parametrize("rank", RANKS)
def test_rates_put_together_from_profiles_are_the_truncated_singular_values(snapshot, rank):
    """Against numpy's own decomposition of the whole matrix."""
    left, sizes, right = np.linalg.svd(np.sqrt(light_rate(snapshot, "all")), full_matrices=False)
    roots = (left[:, :rank] * sizes[:rank]) @ right[:rank]
    expected = np.maximum(roots, 1e-3) ** 2
    values = FEATURES[f"low_rank_rate_{rank}"](snapshot)
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-9)


def test_more_profiles_come_nearer_to_the_rates(snapshot):
    roots = np.sqrt(light_rate(snapshot, "all"))
    errors = [
        np.abs(np.sqrt(FEATURES[f"low_rank_rate_{rank}"](snapshot)) - roots).mean()
        for rank in RANKS
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.5 * errors[0]
