"""How wrong estimates were where the truth is known, and how wide intervals must be for it."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from infraction_model.occupancy.spread import short_interval

LEVEL = 0.9
_SCALES = np.geomspace(0.3, 4.0, 40)
_FEWEST = 200
_BETWEEN = 0.5
_MOST_HELD = 400


class Uncertainty:
    """Errors of zones predicted without their own truth, by group of hours.

    The variance of the cars in a zone-hour is a part that grows with what is expected and one that
    grows with its square; then it is scaled until nine in ten of the known errors are covered.
    """

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self.expected: list[np.ndarray] = []
        self.seen: list[np.ndarray] = []
        self.group: list[np.ndarray] = []
        self.size: list[np.ndarray] = []
        self.more: list[np.ndarray] = []
        self.linear = np.full(groups, 1.0)
        self.square = np.full(groups, 0.1)
        self.scale = np.ones(groups)

    def learn(
        self,
        expected: np.ndarray,
        seen: np.ndarray,
        group: np.ndarray,
        size: np.ndarray,
        more: np.ndarray,
    ) -> None:
        """Take in a zone's week: cars expected and seen, the group of hours, the spaces, and the
        variance that is already allowed for.
        """
        for held, new in zip(
            (self.expected, self.seen, self.group, self.size, self.more),
            (expected, seen, group, size, more),
            strict=True,
        ):
            held.append(new)

    def end_of_week(self) -> None:
        """Fit the spread to the zone-weeks taken in most lately."""
        every = (self.expected, self.seen, self.group, self.size, self.more)
        for held in every:
            del held[:-_MOST_HELD]
        if not self.expected:
            return
        mean, truth, groups, spaces, more = map(np.concatenate, every)
        for one in range(self.groups):
            here = groups == one
            if here.sum() >= _FEWEST:
                self._fit(one, *(held[here] for held in (mean, truth, spaces, more)))

    def _fit(self, group: int, mean, truth, spaces, more) -> None:
        floor = np.maximum(mean, 0.1)
        relative = ((truth - mean) ** 2 - more) / floor
        design = np.column_stack([np.ones(len(floor)), floor])
        # squares of few cars are noisy: each row weighs as its own variance allows
        weight = 1.0 / (1.0 + floor)
        squares = design.T @ (design * weight[:, None])
        first, second = np.linalg.solve(squares + 1e-9 * np.eye(2), design.T @ (weight * relative))
        if second < 0:
            first, second = float(np.average(relative, weights=weight)), 0.0
        if first < 0.05:
            first = 0.05
        self.linear[group], self.square[group] = first, second
        covered = []
        for scale in _SCALES:
            low, high = short_interval(mean, scale * self._raw(mean, group) + more, LEVEL)
            covered.append(np.mean((truth >= low - 1e-9) & (truth <= np.minimum(high, spaces))))
        self.scale[group] = float(np.interp(LEVEL, np.maximum.accumulate(covered), _SCALES))

    def _raw(self, mean: np.ndarray, group) -> np.ndarray:
        return self.linear[group] * np.maximum(mean, 0.1) + self.square[group] * mean**2

    def interval(
        self, mean: np.ndarray, group: np.ndarray, more: np.ndarray, zones: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends in cars; `more` is variance of other kinds.

        Errors were seen in so many `zones`: few of them say little of another one, as Student's
        distribution has it, for the part of the variance that lies between zones.
        """
        degrees = max(zones - 1, 2)
        wider = (student.ppf((1 + LEVEL) / 2, degrees) / norm.ppf((1 + LEVEL) / 2)) ** 2
        wider = 1 + _BETWEEN * (wider * (1 + 1 / max(zones, 2)) - 1)
        variance = wider * (self.scale[group] * self._raw(mean, group) + more)
        return short_interval(mean, variance, LEVEL)
