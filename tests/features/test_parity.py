"""The features that teach about an origin are those that a score at it would read, to the bit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.features.matrix import matrix
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots
from infraction_model.occupancy.known import with_occupancy
from infraction_model.panel import build
from infraction_model.teaching import ForecastParameters, draw_snapshots, known_panel

CURVE = np.array([0.6, 0.8, 0.95, 1.0])
WEEKS_IN = (6, 7, 13, 20, 27)


@pytest.fixture(scope="module")
def panel():
    panel = build(*small_town.full_tables(late=0.4))
    return with_occupancy(panel, small_town.occupancy_table(8, 30))


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


@pytest.mark.parametrize("basis", ["recorded", "none"])
@pytest.mark.parametrize("min_fines", [0, 60])
def test_zones_that_became_busy_later_are_not_seen_before(basis, min_fines):
    """Zones derived from fines come in one by one; those with few fines are not modelled."""
    zones, fines, patrols, context = small_town.full_tables(
        zones=16, per_week=60, official=False, late=0.4
    )
    new_street = small_town.FIRST_MONDAY.tz_localize(small_town.TIMEZONE) + pd.Timedelta(weeks=11)
    fines = fines[(fines["zone_id"] != "z02") | (fines["issued_at"] >= new_street)]
    patrols = patrols[(patrols["zone_id"] != "z02") | (patrols["started_at"] >= new_street)]
    occupancy = small_town.occupancy_table(16, 30)
    panel = with_occupancy(build(zones, fines, patrols, context), occupancy)
    town, parameters = small_town.town(basis, min_fines), ForecastParameters()
    end = panel.first_week + WEEKS_IN[-1]
    origins = [panel.first_week + weeks for weeks in (5, *WEEKS_IN)]
    whole = known_panel(panel, end, town, parameters)
    seen = []
    for snapshot in draw_snapshots(whole, town, CURVE, origins, parameters):
        taught = _values(snapshot)
        # at an earlier origin a zone needs as many fines as are the same share of those known
        share = (
            panel.as_of(snapshot.origin).fines["fines"].sum()
            / panel.as_of(end).fines["fines"].sum()
        )
        then = replace(town, min_fines=min_fines * share)
        known = known_panel(panel, snapshot.origin, then, parameters)
        alone = next(draw_snapshots(known, then, CURVE, [snapshot.origin], parameters))
        assert snapshot.zones["zone_id"].tolist() == alone.zones["zone_id"].tolist()
        assert _differing(taught, _values(alone)) == []
        seen.append(len(snapshot.zones))
    assert seen[0] < seen[-1]
