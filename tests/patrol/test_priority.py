from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraction_model.errors import ConfigError
from infraction_model.patrol.priority import prioritise, tier_limits


def table(expected, zone=None, hour=None) -> pd.DataFrame:
    count = len(expected)
    hours = range(count) if hour is None else hour
    return pd.DataFrame(
        {
            "zone_id": ["a"] * count if zone is None else zone,
            "starts_at": pd.Timestamp("2026-01-12", tz="Europe/Paris")
            + pd.to_timedelta(hours, "h"),
            "expected_infractions": np.asarray(expected, dtype=float),
            "exposure_basis": "recorded",
        }
    )


# Few distinct values, so that most examples are full of ties.
rows = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.25, 0.5, 3.0]), st.sampled_from("abcÉé"), st.integers(0, 167)
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda row: row[1:],
)
shares = st.lists(st.floats(0.001, 1), min_size=1, max_size=4, unique=True).map(sorted)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_given_does_not_matter(cells, random):
    straight = prioritise(table(*zip(*cells, strict=True)))
    random.shuffle(cells)
    pd.testing.assert_frame_equal(straight, prioritise(table(*zip(*cells, strict=True))))


@given(rows, shares)
def test_ranks_run_from_1_to_n_and_tiers_are_nested(cells, tier_shares):
    ranked = prioritise(table(*zip(*cells, strict=True)), tier_shares)
    assert ranked["rank"].tolist() == list(range(1, len(cells) + 1))
    assert ranked["tier"].is_monotonic_increasing
    for tier, share in enumerate(tier_shares, start=1):
        held = (ranked["tier"] <= tier).sum()
        assert share * len(cells) - 1e-6 <= held < share * len(cells) + 1


@given(rows)
def test_the_written_tie_rule(cells):
    ranked = prioritise(table(*zip(*cells, strict=True)))
    keys = list(
        zip(-ranked["expected_infractions"], ranked["zone_id"], ranked["starts_at"], strict=True)
    )
    assert keys == sorted(keys)


def test_a_share_that_gives_a_whole_number_is_not_pushed_up_by_binary_fractions():
    assert tier_limits(100, [0.07, 0.29, 0.57]).tolist() == [7, 29, 57]


@pytest.mark.parametrize("wrong", [[], [0.0, 0.1], [0.2, 0.1], [0.1, 0.1], [0.5, 1.2], [-0.1]])
def test_shares_that_do_not_rise_within_one_are_refused(wrong):
    with pytest.raises(ConfigError, match="rise within"):
        prioritise(table([1.0, 2.0]), wrong)


def test_hours_that_nobody_patrols_come_after_all_others():
    cells = table([9.0, 1.0, 2.0]).assign(exposure_basis=["extrapolated", "recorded", "recorded"])
    assert prioritise(cells)["expected_infractions"].tolist() == [2.0, 1.0, 9.0]
