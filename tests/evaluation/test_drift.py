from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

import small_town
from infraction_model.evaluation.drift import bins_of, input_drift, psi, psi_by_chance
from made_panels import bare_panel

COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=20)


@given(COUNTS)
def test_psi_is_jeffreys_divergence_of_the_shares(counts):
    one, other = np.array(counts, float), np.array(counts[::-1], float)
    p, q = (values + 0.5 for values in (one, other))
    assert psi(one, other) == pytest.approx(entropy(p, q) + entropy(q, p), abs=1e-12)
    assert psi(one, other) == pytest.approx(psi(other, one), abs=1e-12)
    assert psi(one, one) == 0.0


def test_psi_by_chance_is_what_chance_makes():
    rng = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    drawn = [psi(rng.multinomial(2000, shares), rng.multinomial(300, shares)) for _ in range(400)]
    assert np.mean(drawn) == pytest.approx(psi_by_chance(10, 2000, 300), rel=0.1)


@given(COUNTS, st.floats(1, 1000), st.floats(1, 30))
def test_every_bin_is_due_enough_recent_records(counts, recent, least):
    reference = np.array(counts, float)
    bin_of = bins_of(reference, recent, least)
    due = np.bincount(bin_of, reference / max(reference.sum(), 1e-12) * recent)
    assert np.all(np.diff(bin_of) >= 0)
    assert len(due) == 1 or due.min() >= least * (1 - 1e-9)


def _panel(weeks: int, zone_of, hour_of=None, per_week: int = 200, seed: int = 1):
    """Single fines; `zone_of` gives each week's zones, `hour_of` its hours."""
    rng = np.random.default_rng(seed)
    rows = [
        pd.DataFrame(
            {
                "zone": zone_of(rng, week, per_week),
                "week": week + 2800,
                "hour_of_week": rng.integers(0, 168, per_week)
                if hour_of is None
                else hour_of(rng, week, per_week),
            }
        )
        for week in range(weeks)
    ]
    return bare_panel(pd.concat(rows))


def _levels(panel, origin=None) -> dict[str, str]:
    rows = input_drift(panel, origin or panel.end_week)
    return {row["name"]: row["level"] for row in rows}


def _even(rng, week, count):
    return rng.integers(0, 12, count)


def test_nothing_has_drifted_where_nothing_changed():
    for seed in range(5):
        assert set(_levels(_panel(60, _even, seed=seed)).values()) == {"ok"}


def test_a_shift_to_other_zones_is_an_alarm_for_zones_alone():
    def moved(rng, week, count):
        return rng.integers(0, 12, count) if week < 56 else rng.integers(0, 5, count)

    found = _levels(_panel(60, moved))
    assert found["fines_zones"] == "alarm"
    assert {name for name, level in found.items() if level != "ok"} == {"fines_zones"}


def test_a_shift_that_last_year_had_too_is_the_season():
    def evenings(rng, week, count):
        low, high = (0, 24) if week % 52 < 48 else (17, 24)
        return rng.integers(0, 7, count) * 24 + rng.integers(low, high, count)

    with_year = input_drift(_panel(104, _even, evenings), 2800 + 104)
    row = next(row for row in with_year if row["name"] == "fines_hours")
    assert row["level"] == "ok"
    assert row["value"] > 0.25 > row["last_year"]
    first_year = _panel(52, _even, evenings)
    assert _levels(first_year)["fines_hours"] == "alarm"


def test_too_short_a_history_is_not_compared():
    assert input_drift(_panel(12, _even), 2812) == []


def test_nothing_known_later_is_read():
    panel = small_town.panel(weeks=40, late=0.4)
    origin = panel.end_week - 6
    later = panel.fines[panel.fines["week"] + panel.fines["delay"] >= origin]
    more = pd.concat([panel.fines, later.assign(zone=np.int32(0))], ignore_index=True)
    changed = replace(panel, fines=more)
    assert input_drift(panel, origin) == input_drift(changed, origin)
    assert {"patrol_zones", "fines_delays"} <= {row["name"] for row in input_drift(panel, origin)}
