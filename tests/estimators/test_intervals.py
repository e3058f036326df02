import numpy as np
import pytest

from infraction_model.estimators.design import Design
from infraction_model.estimators.intervals import band, bounds, dispersion, fit_spread
from infraction_model.exposure import checked_rows


def _held_out(shape: float, weeks: int, drawn: float, binary: bool, seed: int = 0):
    """Cells whose true mean is a gamma multiple (mean 1) of what a model expects."""
    rng = np.random.default_rng(seed)
    cells = 4000
    expected = np.repeat(rng.uniform(0.02, 0.3, cells), weeks)
    multiple = np.repeat(rng.gamma(shape, 1 / shape, cells), weeks)
    true = expected * multiple
    events = (rng.random(len(true)) < np.minimum(true, 1)) if binary else rng.poisson(true)
    keep = (events > 0) | (rng.random(len(true)) < drawn)
    weight = np.where(events > 0, 1.0, 1 / drawn)[keep]
    cell = np.repeat(np.arange(cells), weeks)[keep]
    rows = len(cell)
    design = Design(
        names=(),
        features=np.empty((rows, 0), np.float32),
        zone=(cell // 168).astype(np.int32),
        week=np.tile(np.arange(weeks, dtype=np.int32), cells)[keep],
        hour_of_week=(cell % 168).astype(np.int16),
        hit=(events[keep] > 0).astype(np.uint8),
        events=events[keep].astype(float),
        exposure=np.ones(rows),
        weight=weight,
    )
    return expected[keep], design


@pytest.mark.parametrize("shape", [1.0, 3.0, 10.0])
@pytest.mark.parametrize(("binary", "drawn"), [(False, 1.0), (True, 1.0), (True, 0.3)])
def test_the_spread_of_true_rates_is_recovered_also_from_drawn_rows(shape, binary, drawn):
    expected, design = _held_out(shape, weeks=12, drawn=drawn, binary=binary)
    found = dispersion(expected, design, counts=not binary)
    assert 1 / found == pytest.approx(1 / shape, rel=0.35, abs=0.07)


def test_the_spread_is_recovered_from_trials_of_vehicles():
    """Counts among few vehicles vary less than Poisson counts; pairs of weeks do not mind."""
    rng = np.random.default_rng(3)
    cells, weeks, vehicles, unit = 3000, 10, 12, 1 / 25.0
    expected_rate = np.repeat(rng.uniform(0.2, 2.0, cells), weeks)
    true_rate = expected_rate * np.repeat(rng.gamma(4.0, 1 / 4.0, cells), weeks)
    events = rng.binomial(vehicles, -np.expm1(-true_rate * unit))
    row, hit, exposure = checked_rows(events, np.full(len(events), vehicles * unit), unit)
    design = Design(
        names=(),
        features=np.empty((len(row), 0), np.float32),
        zone=(row // weeks // 168).astype(np.int32),
        week=(row % weeks).astype(np.int32),
        hour_of_week=(row // weeks % 168).astype(np.int16),
        hit=hit,
        events=hit.astype(float),
        exposure=exposure,
        weight=np.ones(len(row)),
    )
    found = dispersion(expected_rate[row] * exposure, design, counts=False)
    assert found == pytest.approx(4.0, rel=0.25)


def test_a_perfect_model_gets_narrow_intervals():
    expected, design = _held_out(1e6, weeks=12, drawn=1.0, binary=False)
    assert dispersion(expected, design, counts=True) > 30


def test_a_forecast_that_learns_is_not_taken_for_surer_than_it_is():
    """Each week is forecast from the counts up to two weeks before."""
    rng = np.random.default_rng(11)
    cells, weeks, prior = 20_000, 12, 2.0
    rate = rng.gamma(prior, 1 / prior, cells)
    counts = rng.poisson(rate[:, None], (cells, weeks))
    known = np.arange(weeks).clip(1) - 1  # weeks whose outcome a forecast with a gap of one knows
    seen = np.concatenate([np.zeros((cells, 1)), np.cumsum(counts, axis=1)], axis=1)[:, known]
    expected = (prior + seen) / (prior + known)
    design = Design(
        names=(),
        features=np.empty((cells * weeks, 0), np.float32),
        zone=np.repeat(np.arange(cells) // 168, weeks),
        week=np.tile(np.arange(weeks), cells),
        hour_of_week=np.repeat(np.arange(cells) % 168, weeks),
        hit=(counts.ravel() > 0).astype(np.uint8),
        events=counts.ravel().astype(float),
        exposure=np.ones(cells * weeks),
        weight=np.ones(cells * weeks),
    )
    true_shape = (expected**2).sum() / ((rate[:, None] - expected) ** 2).sum()
    assert dispersion(expected.ravel(), design, counts=False) == pytest.approx(true_shape, rel=0.2)
    assert dispersion(expected.ravel(), design, counts=False, gap=11) > 1.5 * true_shape


def test_ninety_percent_of_gamma_rates_lie_within_the_bounds():
    rng = np.random.default_rng(4)
    rate = rng.uniform(0.1, 3, 20_000)
    lower, upper = bounds(rate, np.full(len(rate), 1 / 4.0))
    true = rate * rng.gamma(4.0, 1 / 4.0, len(rate))
    assert np.mean((lower <= true) & (true <= upper)) == pytest.approx(0.9, abs=0.01)


def test_less_history_never_narrows_the_interval():
    expected, design = _held_out(2.0, weeks=6, drawn=1.0, binary=False)
    hours = np.random.default_rng(0).choice([0.0, 1.0, 9.0], len(expected))
    spread = fit_spread(expected, hours, design, counts=True)
    assert list(spread) == sorted(spread)
    assert band(np.array([0.0, 0.1, 2.0, 2.1])).tolist() == [0, 1, 1, 2]
