import numpy as np
import pytest

import small_town
from infraction_model.errors import ConfigError
from infraction_model.features.history import empirical_bayes, marginal_prior
from infraction_model.features.registry import FEATURES, check_names, register
from infraction_model.features.snapshot import Sums, snapshots
from infraction_model.occupancy.known import with_occupancy
from infraction_model.panel import build

CURVE = np.ones(1)  # every record is known at once


def _snapshot(panel, basis="recorded"):
    return next(snapshots(panel, basis, small_town.CALENDAR, CURVE, [panel.end_week], gap=1))


@pytest.fixture(scope="module")
def snapshot():
    return _snapshot(small_town.panel(weeks=60, per_week=300, late=0.0))


def test_the_posterior_mean_is_the_gamma_poisson_one():
    prior, strength = np.array([[0.5]]), 2.0
    shrunk = empirical_bayes(Sums(np.array([[7.0]]), np.array([[4.0]])), prior, strength)
    assert shrunk == pytest.approx((7 + 2.0) / (4 + 2.0 / 0.5))
    nothing = empirical_bayes(Sums(np.zeros((1, 1)), np.zeros((1, 1))), prior, strength)
    assert nothing == pytest.approx(0.5)


def test_rates_recover_the_towns_own_where_patrols_went(snapshot):
    truth = small_town.true_rate(8)
    served = snapshot.decayed["all"].hours > 5
    for name in ("eb_rate_all_s8", "zone_hour_of_day_rate", "zone_workday_hour_rate"):
        error = FEATURES[name](snapshot)[served] / truth[served] - 1
        assert np.abs(error).mean() < 0.15, name
    level = FEATURES["zone_rate_all"](snapshot)[:, 0]
    assert np.all(np.diff(level) > 0)


def test_an_unpatrolled_hour_of_a_zone_takes_the_zones_level_not_zero():
    """Two like zones, one never visited in the afternoon: silence there is not innocence."""
    zones, fines, patrols = small_town.tables(zones=8, weeks=60, per_week=300, late=0.0)
    cut = (patrols["zone_id"] == "z01") & (patrols["started_at"].dt.hour >= 12)
    silent = (fines["zone_id"] == "z01") & (fines["issued_at"].dt.hour >= 12)
    panel = build(zones, fines[~silent], patrols[~cut])
    afternoon = slice(14, 17)
    truth = small_town.true_rate(8)[1, afternoon]
    exposed = FEATURES["eb_rate_all_s2"](_snapshot(panel))[1, afternoon]
    silence_as_zero = FEATURES["eb_rate_all_s2"](_snapshot(panel, "none"))[1, afternoon]
    np.testing.assert_allclose(exposed, truth, rtol=0.3)
    assert (silence_as_zero < 0.1 * truth).all()


def test_hours_without_any_patrol_lean_on_the_hours_beside_them(snapshot):
    profile = marginal_prior(snapshot, "all").mean(0)[:24]
    served = np.arange(8, 18)
    assert profile[7] == pytest.approx(profile[8], rel=0.35)
    assert profile[served].min() * 0.5 < profile[18] < profile[served].max() * 1.5


def test_a_feature_name_can_be_taken_once():
    with pytest.raises(ValueError, match="twice"):
        register("weekday", lambda snapshot: None)


def test_an_unknown_feature_is_refused_with_the_near_one():
    with pytest.raises(ConfigError, match="Did you mean 'zone_hours'"):
        check_names(["zone_hour"])


def test_every_feature_says_what_it_is_and_fits_the_grid():
    panel = build(*small_town.full_tables(weeks=60))
    full = _snapshot(with_occupancy(panel, small_town.occupancy_table(8, 60)))
    unknown = ("max_stay_minutes", "footfall_rate", "footfall_trend", "category_share_3")
    for name, function in FEATURES.items():
        assert function.__doc__, name
        values = np.broadcast_to(function(full), (8, 168))
        assert np.isfinite(values).any() or name in unknown, name
