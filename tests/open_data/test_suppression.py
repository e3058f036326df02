"""No small count can be told from what is published: shown by trying to, as an attacker would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import Bounds, LinearConstraint, milp

from infraction_model.open_data import suppression
from infraction_model.open_data.suppression import protect

K = 5


def _shown(counts: np.ndarray) -> np.ndarray:
    """Without the columns whose totals, which are shown, are small themselves."""
    return counts * (counts.sum(axis=0) >= K)


TABLES = (
    st.tuples(st.integers(2, 6), st.integers(1, 4))
    .flatmap(
        lambda shape: arrays(
            np.int64, shape, elements=st.sampled_from([0, 0, 1, 2, 3, 4, 6, 9, 30])
        )
    )
    .map(_shown)
)


def reach(counts: np.ndarray, withheld: np.ndarray) -> dict[tuple[int, int], tuple[float, float]]:
    """The least and the most that each withheld figure can be, by all that is shown.

    Written apart from the code: the figures are inner counts, row totals and column totals.
    """
    rows, columns = counts.shape
    shape = (rows + 1, columns + 1)
    table = np.zeros(shape)
    table[:-1, :-1] = counts
    table[:-1, -1], table[-1, :] = counts.sum(axis=1), [*counts.sum(axis=0), counts.sum()]
    hidden = np.zeros(shape, dtype=bool)
    hidden[:-1] = withheld
    equations = []
    for row in range(shape[0]):
        line = np.zeros(shape)
        line[row, :-1], line[row, -1] = 1, -1
        equations.append(line.ravel())
    for column in range(shape[1]):
        line = np.zeros(shape)
        line[:-1, column], line[-1, column] = 1, -1
        equations.append(line.ravel())
    zero = np.zeros(len(equations))
    low = np.where(hidden, 0, table)
    bounds = Bounds(low.ravel(), np.where(hidden, np.inf, table).ravel())
    found = {}
    for place in zip(*np.nonzero(hidden), strict=True):
        aim = np.zeros(shape)
        aim[place] = 1
        ends = []
        for sign in (1, -1):
            solved = milp(
                sign * aim.ravel(),
                constraints=LinearConstraint(np.array(equations), zero, zero),
                bounds=bounds,
                integrality=np.ones(aim.size),
            )
            ends.append(np.inf if solved.status == 3 else sign * solved.fun)
        found[tuple(int(part) for part in place)] = (ends[0], ends[1])
    return found


def with_totals(counts: np.ndarray) -> np.ndarray:
    return np.column_stack([counts, counts.sum(axis=1)])


def assert_protected(counts: np.ndarray, withheld: np.ndarray) -> None:
    table = with_totals(counts)
    small = (table > 0) & (table < K)
    assert withheld[small].all()
    found = reach(counts, withheld)
    for place in zip(*np.nonzero(small), strict=True):
        least, most = found[tuple(int(part) for part in place)]
        assert least == 0, place
        assert most >= K, place


def test_small_counts_alone_are_found_out_at_once():
    """The attacker of these tests is one to be feared."""
    counts = np.array([[12, 3, 20], [15, 18, 30], [40, 11, 9]])
    table = with_totals(counts)
    only_small = (table > 0) & (table < K)
    assert reach(counts, only_small) == {(0, 1): (3, 3)}


def test_one_small_count_takes_three_others_with_it():
    counts = np.array([[12, 3, 20], [15, 18, 30], [40, 11, 9]])
    withheld = protect(counts, K)
    assert withheld.sum() == 4
    assert withheld[0, 1]
    assert not withheld[:, -1].any()
    assert_protected(counts, withheld)


@settings(max_examples=30)
@given(TABLES)
def test_no_small_count_of_any_table_can_be_told(counts):
    withheld = protect(counts, K)
    assert withheld.shape == (counts.shape[0], counts.shape[1] + 1)
    assert_protected(counts, withheld)


@settings(max_examples=8)
@given(TABLES)
def test_nor_where_rows_are_dealt_into_blocks(counts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suppression, "LARGEST", 2)
        withheld = protect(counts, K)
    assert_protected(counts, withheld)


def test_a_table_that_blocks_cannot_protect_is_protected_as_a_whole(monkeypatch):
    # dealt into two blocks, 3 and 2 stand in a block of their own and cannot move
    counts = np.array([[40, 40], [20, 20], [0, 3], [0, 2]])
    assert_protected(counts, protect(counts, K))
    monkeypatch.setattr(suppression, "LARGEST", 1)
    assert_protected(counts, protect(counts, K))


def test_nothing_is_withheld_where_nothing_is_small():
    assert not protect(np.array([[5, 0], [0, 9], [700, 6]]), K).any()


@pytest.mark.parametrize("counts", [[[3, 30]], [[2, 30], [1, 40]]])
def test_a_table_whose_shown_totals_are_small_cannot_be_protected(counts):
    with pytest.raises(ValueError, match="column totals are shown"):
        protect(np.array(counts), K)


def test_most_of_a_towns_table_stays():
    """As few figures go as it takes: about three in ten more than the small ones themselves."""
    rng = np.random.default_rng(3)
    counts = rng.poisson(rng.gamma(0.7, 25, (80, 1)) * rng.dirichlet([2, 2, 2], 80))
    withheld = protect(counts, K)
    table = with_totals(counts)
    small = (table > 0) & (table < K)
    assert withheld.sum() < 1.45 * small.sum()
    assert withheld[:, -1].sum() <= small[:, -1].sum() + 1


def test_the_same_table_is_protected_alike_each_time():
    rng = np.random.default_rng(5)
    counts = rng.poisson(4.0, (12, 3))
    np.testing.assert_array_equal(protect(counts, K), protect(counts, K))
