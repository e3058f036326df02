"""Each registered feature equals its oracle in SQL, at two origins and on both bases."""

import numpy as np
import pandas as pd
import pytest
import shapely

import small_town
from features import oracles
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots
from infraction_model.occupancy.known import with_occupancy
from infraction_model.panel import build

CURVE = np.array([0.6, 0.8, 0.95, 1.0])
WEEKS_IN = (9, 24)  # before and after the clock was put forward; target weeks with holidays
PROVEN_ELSEWHERE: dict[str, str] = {
    **{f"low_rank_rate_{rank}": "tests/features/test_profiles.py" for rank in (5, 15, 40)},
    "latent_rate": "tests/latent_class",
    "latent_variation": "tests/latent_class",
}
"""Features that are too much for SQL, each with the test that proves it by another computation."""


@pytest.fixture(scope="module")
def tables():
    full = small_town.full_tables(weeks=28, late=0.4, per_week=120)
    return *full, small_town.occupancy_table(8, 28)


@pytest.fixture(scope="module", params=WEEKS_IN, ids=lambda weeks: f"week {weeks}")
def weeks_in(request):
    return request.param


@pytest.fixture(scope="module", params=["recorded", "none"])
def drawn(request, weeks_in, tables):
    """A snapshot, and a database that holds what was known at it."""
    panel = with_occupancy(build(*tables[:4]), *tables[4:])
    origin = panel.first_week + weeks_in
    snapshot = next(snapshots(panel, request.param, small_town.CALENDAR, CURVE, [origin], gap=1))
    points = shapely.from_wkb(tables[0].sort_values("zone_id")["geometry"])
    place = pd.DataFrame({"lon": shapely.get_x(points), "lat": shapely.get_y(points)})
    base = oracles.load(tables)
    place = place.rename_axis("zone").reset_index()
    oracles.prepare(base, request.param, panel.first_week, origin, origin + 1, CURVE, place)
    return snapshot, base


def test_every_registered_feature_has_a_proof_and_no_proof_is_left_over():
    assert set(oracles.ORACLES) | set(PROVEN_ELSEWHERE) == set(FEATURES)


@pytest.mark.parametrize("name", oracles.ORACLES)
def test_a_feature_equals_its_oracle(drawn, name):
    snapshot, base = drawn
    shape = (len(snapshot.zones), 168)
    values = np.broadcast_to(FEATURES[name](snapshot), shape)
    np.testing.assert_allclose(values, _asked(base, name, shape), rtol=1e-6, atol=1e-9)


def _asked(base, name: str, shape: tuple[int, int]) -> np.ndarray:
    """What the oracle says of each zone-hour, NaN where it says nothing."""
    found = base.execute(oracles.ORACLES[name]).df()
    zones, hours = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    grid = pd.DataFrame({"zone": zones, "hour": hours})
    keys = [key for key in ("zone", "hour") if key in found]
    assert not found.duplicated(keys).any() if keys else len(found) == 1
    whole = grid.merge(found, on=keys, how="left") if keys else grid.assign(value=found["value"][0])
    return whole["value"].to_numpy(dtype=float).reshape(shape)
