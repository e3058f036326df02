import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from infraction_model.asof import completeness, completeness_at, known_before

RECORDS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 8), st.integers(1, 5)), min_size=1, max_size=60
).map(lambda rows: pd.DataFrame(rows, columns=["week", "delay", "fines"]))


def test_a_record_is_known_only_after_its_known_week():
    records = pd.DataFrame({"week": [3, 3, 3], "delay": [0, 1, 2]})
    assert len(known_before(records, 3)) == 0
    assert len(known_before(records, 4)) == 1
    assert len(known_before(records, 6)) == 3


def test_completeness_recovers_a_known_delay_law_from_truncated_weeks():
    rng = np.random.default_rng(0)
    weeks, stop = 20, 0.25
    records = pd.DataFrame(
        {
            "week": rng.integers(0, weeks, 200_000),
            "delay": rng.geometric(stop, 200_000) - 1,
            "fines": 1,
        }
    )
    seen = completeness(known_before(records, weeks), weeks)
    truth = 1 - (1 - stop) ** np.arange(1, len(seen) + 1)
    np.testing.assert_allclose(seen, truth / truth[-1], atol=0.01)
    assert len(seen) > 15


def test_the_plain_histogram_would_be_too_optimistic():
    rng = np.random.default_rng(1)
    records = pd.DataFrame(
        {"week": rng.integers(0, 12, 50_000), "delay": rng.integers(0, 10, 50_000), "fines": 1}
    )
    known = known_before(records, 12)
    histogram = (known["delay"] <= 2).mean()
    assert abs(completeness(known, 12)[2] - 0.3) < 0.02 < histogram - 0.3


@settings(max_examples=60)
@given(RECORDS)
def test_completeness_rises_to_one_whatever_the_records(records):
    known = known_before(records, 14)
    curve = completeness(known, 14)
    assert ((curve >= 0) & (curve <= 1)).all()
    assert (np.diff(curve) >= -1e-12).all()
    assert curve[-1] == 1


def test_weeks_not_over_are_not_complete_and_older_ones_than_ever_seen_are():
    curve = np.array([0.5, 0.9, 1.0])
    assert completeness_at(curve, np.array([-1, 0, 1, 7])).tolist() == [0, 0.5, 0.9, 1.0]
