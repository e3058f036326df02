"""Disclosure control: which figures of a table are withheld so that no small count is told.

A count from 1 to k - 1 is withheld (primary suppression), and as many others with it as it takes
that nobody finds it out from what stays (complementary suppression; Cox, 1980). For each small
count the cheapest other table is sought that shows the same published figures and holds 0 in its
place, and one that holds k or more (Kelly, Golden and Assad, 1992; Fischetti and Salazar-González,
2001): all that differs in it is withheld. Those two tables are the proof that a reader who knows
every published figure can tell neither that the count is below k nor that it is above 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

TOTAL_WEIGHT = 5.0
"""How many figures a row's total is worth where one of them must be withheld."""

LARGEST = 150
"""Rows protected at once: the work grows with their square, so more are dealt into blocks."""


def protect(counts: np.ndarray, k: int) -> np.ndarray:
    """Which figures to withhold of a table of counts (row, column) whose column totals are shown.

    bool (row, column + 1), the last column the rows' totals: those are withheld like any figure
    where they must be. Raises ValueError where the total of a column, which is shown, is small
    itself; any other table can be protected, as what a count lacks stands in its column.
    """
    counts = np.asarray(counts, dtype=np.int64)
    columns = counts.sum(axis=0)
    if ((columns > 0) & (columns < k)).any():
        raise ValueError(f"column totals are shown and must be 0 or {k} and more, got {columns}")
    table = np.column_stack([counts, counts.sum(axis=1)])
    withheld = np.zeros(table.shape, dtype=bool)
    for rows in _blocks(table):
        part = _withheld(table[rows], k)
        if part is None:  # a block with too little in a column; the whole has enough
            return _withheld(table, k)
        withheld[rows] = part
    return withheld


def _blocks(table: np.ndarray) -> list[np.ndarray]:
    """Rows dealt into blocks, large and small ones into each.

    Each block is protected with its own column totals held fast, so the whole is as well.
    """
    count = max(-(-len(table) // LARGEST), 1)
    order = np.argsort(-table[:, -1], kind="stable")
    return [np.sort(order[start::count]) for start in range(count)]


def _withheld(table: np.ndarray, k: int) -> np.ndarray | None:
    """Which figures of a table with its rows' totals to withhold, None where none protect it."""
    small = (table > 0) & (table < k)
    search = _Search(table, small)
    for place, goal in _goals(small, k):
        if not search.reached(place, goal) and not search.find(place, goal):
            return None
    return search.withheld


def _goals(small: np.ndarray, k: int) -> Iterator[tuple[tuple[int, int], int]]:
    """Each small count's place and the values it must be able to have; totals come first."""
    rows, columns = np.nonzero(small)
    order = np.lexsort((columns, rows, columns < small.shape[1] - 1))
    for row, column in zip(rows[order], columns[order], strict=True):
        yield (int(row), int(column)), k
        yield (int(row), int(column)), 0


class _Search:
    """Looks for other tables; what differs in any of them is withheld from then on."""

    def __init__(self, table: np.ndarray, small: np.ndarray) -> None:
        self.table = table
        self.withheld = small.copy()
        self.most, self.least = table.copy(), table.copy()
        equations = _additivity(*table.shape)
        self._equations = sparse.hstack([equations, -equations], format="csc")  # more, less

    def reached(self, place: tuple[int, int], goal: int) -> bool:
        """Whether a table found before holds the goal at a place already, or lies beyond it."""
        return bool(self.most[place] >= goal if goal else self.least[place] == 0)

    def find(self, place: tuple[int, int], goal: int) -> bool:
        """Find the cheapest table with `goal` at a place; False where there is none.

        What is withheld already may differ for next to nothing. The equations are those of a
        network, so the corner that the simplex method ends in is a table of whole numbers.
        """
        size = self.table.size
        cost = self._cost()
        more = np.full((size, 2), [0.0, np.inf])
        less = np.column_stack([np.zeros(size), self.table.ravel().astype(float)])
        at = np.ravel_multi_index(place, self.table.shape)
        move = float(goal - self.table[place])
        more[at], less[at] = max(move, 0.0), max(-move, 0.0)
        found = linprog(
            np.concatenate([cost, cost]),
            A_eq=self._equations,
            b_eq=np.zeros(self._equations.shape[0]),
            bounds=np.concatenate([more, less]),
            method="highs-ds",
        )
        if found.x is None:
            return False
        moved = np.rint(found.x[:size] - found.x[size:]).astype(np.int64)
        other = self.table + moved.reshape(self.table.shape)
        self._check(other)
        self.withheld |= other != self.table
        self.most, self.least = np.maximum(self.most, other), np.minimum(self.least, other)
        return True

    def _cost(self) -> np.ndarray:
        """What it costs to let a figure differ by one: little where it is withheld anyway.

        What a figure tells, and so what its loss costs, is taken to grow with its square root.
        """
        weight = np.sqrt(1.0 + self.table)
        weight[:, -1] *= TOTAL_WEIGHT
        return np.where(self.withheld, 1e-3, weight).ravel()

    def _check(self, other: np.ndarray) -> None:
        """A rounding error here would be a proof that proves nothing."""
        same = (other[:, :-1].sum(axis=0) == self.table[:, :-1].sum(axis=0)).all()
        adds_up = (other[:, :-1].sum(axis=1) == other[:, -1]).all()
        if not (same and adds_up and (other >= 0).all()):
            raise ArithmeticError("the other table of a suppression does not add up")


def _additivity(rows: int, columns: int) -> sparse.csc_array:
    """Equations of a change (row, column) that keeps rows adding up and column totals as they are.

    Shape (rows + columns - 1, rows * columns), the last column the rows' totals.
    """
    signs = np.ones(columns)
    signs[-1] = -1.0
    row_sums = sparse.kron(sparse.eye_array(rows), signs[None, :])
    kept = sparse.hstack([sparse.eye_array(columns - 1), sparse.csc_array((columns - 1, 1))])
    column_sums = sparse.kron(np.ones((1, rows)), kept)
    return sparse.csc_array(sparse.vstack([row_sums, column_sums]))
