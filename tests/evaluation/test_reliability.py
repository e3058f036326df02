import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from infraction_model.evaluation import reliability


def _one_table(hit, probability):
    return reliability.fine_tables(hit, probability, [(np.zeros(len(hit), int), 1)])[0]


def _coarse(hit, probability, bins=10):
    fine = _one_table(hit, probability)
    return reliability.add_up(fine, reliability.merged(fine, bins), bins)


def _exact_error(hit, probability, bins=10):
    """Expected calibration error with bins of equal size, from the zone-hours themselves."""
    groups = np.array_split(np.argsort(probability, kind="stable"), bins)
    gaps = [abs(probability[g].sum() - hit[g].sum()) for g in groups]
    return sum(gaps) / len(hit)


@pytest.mark.parametrize("scale", [1.0, 1.5, 0.6])
def test_the_error_from_fine_bins_is_that_of_the_zone_hours(scale):
    rng = np.random.default_rng(0)
    truth = rng.beta(1, 12, 60_000)
    hit = rng.random(60_000) < truth
    said = np.clip(scale * truth, 0, 0.999)
    from_bins = float(reliability.error(_coarse(hit, said)))
    assert from_bins == pytest.approx(_exact_error(hit, said), rel=0.05, abs=3e-4)


def test_bins_have_about_equal_size_and_lose_nothing():
    rng = np.random.default_rng(1)
    probability = rng.beta(0.5, 20, 30_000)
    coarse = _coarse(rng.random(30_000) < probability, probability)
    rows = coarse[:, reliability.ROWS]
    assert rows.sum() == 30_000
    assert rows.min() > 0.7 * rows.max()
    assert coarse[:, reliability.FORECAST].sum() == pytest.approx(probability.sum())


def test_a_constant_forecast_is_one_point_also_at_the_ends():
    for value in (0.0, 0.2, 1.0):
        hit = np.arange(100) < 20
        curve = reliability.curve(_coarse(hit, np.full(100, value)))
        assert len(curve) == 1
        assert curve.loc[0, "forecast"] == pytest.approx(value)
        assert curve.loc[0, "observed"] == pytest.approx(0.2)


def test_groups_and_weeks_add_up():
    rng = np.random.default_rng(2)
    probability, group = rng.random(5_000), rng.integers(0, 3, 5_000)
    hit = rng.random(5_000) < probability
    whole = np.zeros(5_000, int)
    tables = reliability.fine_tables(hit, probability, [(whole, 1), (group, 3)])
    np.testing.assert_allclose(tables[0], _one_table(hit, probability))
    np.testing.assert_allclose(tables[1:].sum(axis=0), tables[0])
    first, second = _one_table(hit[:99], probability[:99]), _one_table(hit[99:], probability[99:])
    np.testing.assert_allclose(first + second, _one_table(hit, probability))


def test_error_by_chance_is_what_a_right_forecast_shows_on_average():
    rng = np.random.default_rng(3)
    probability = rng.beta(1, 8, 4_000)
    shown = []
    for _ in range(200):
        coarse = _coarse(rng.random(4_000) < probability, probability)
        shown.append(float(reliability.error(coarse)))
    assert reliability.error_by_chance(coarse) == pytest.approx(np.mean(shown), rel=0.06)


def test_the_curves_interval_is_wilsons():
    hit = np.arange(50) < 7
    curve = reliability.curve(_coarse(hit, np.full(50, 0.3)))
    low, high = proportion_confint(7, 50, method="wilson")
    assert curve.loc[0, "lower"] == pytest.approx(low, abs=1e-4)
    assert curve.loc[0, "upper"] == pytest.approx(high, abs=1e-4)


def test_curves_of_weeks_are_pooled_into_the_curve_over_all_of_them():
    rng = np.random.default_rng(7)
    weeks = []
    everything = []
    for _ in range(6):
        probability = rng.beta(1, 4, 4000)
        hit = rng.random(4000) < probability
        fine = _one_table(hit, probability)
        weeks.append(reliability.curve(reliability.add_up(fine, reliability.merged(fine))))
        everything.append(fine)
    whole = sum(everything)
    direct = reliability.curve(reliability.add_up(whole, reliability.merged(whole)))
    pooled = reliability.pooled(weeks)
    assert pooled["rows"].sum() == 24_000
    hits = (pooled["rows"] * pooled["observed"]).sum()
    np.testing.assert_allclose(hits, whole[:, reliability.HITS].sum())
    np.testing.assert_allclose(pooled["forecast"], direct["forecast"], atol=0.01)
    np.testing.assert_allclose(pooled["observed"], direct["observed"], atol=0.02)
    assert (pooled["upper"] - pooled["lower"] < weeks[0]["upper"] - weeks[0]["lower"]).all()
