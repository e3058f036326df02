"""From what tickets show to the cars that are there: a relation learnt where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DAY_KINDS = 3
CLASSES = DAY_KINDS * 24
WITHIN = ("constant", "running", "before", "after", "hour_before", "hour_after", "opening")
BETWEEN = ("usual", "usual_today", "long", "usual_long")
FEATURES = WITHIN + BETWEEN
_OF_PRIOR = FEATURES.index("running")


@dataclass(frozen=True)
class RelationParameters:
    """How the relation is learnt.

    `pull` is how many zone-hours the relation of all hours weighs in that of one kind of day and
    hour. What tells zones apart (their usual week, long tickets) is believed only as far as zones
    with a known truth differ: `between` is how many zones the belief that it means nothing weighs.
    Older weeks weigh half after `half_life_weeks`.
    """

    pull: float = 1.0
    between: float = 1.0
    half_life_weeks: float = 26.0


class Relation:
    """Ridge regression of the occupancy rate on ticket features, by kind of day and hour.

    Its prior is that a running ticket is a car and nothing else is. Sums are kept zone by zone, so
    that each zone can be predicted as if its own truth were not known.
    """

    def __init__(self, zones: int, parameters: RelationParameters) -> None:
        size = len(FEATURES)
        self.parameters = parameters
        self.squares = np.zeros((zones, CLASSES, size, size))
        self.products = np.zeros((zones, CLASSES, size))
        self.total = np.zeros((CLASSES, size, size)), np.zeros((CLASSES, size))

    def learn(self, features: np.ndarray, truth: np.ndarray, kind: np.ndarray) -> None:
        """Take in a week: features (zone, hour, feature), truth (zone, hour; NaN: not known).

        `kind` is the class of each hour.
        """
        fade = 0.5 ** (1.0 / self.parameters.half_life_weeks)
        self.squares *= fade
        self.products *= fade
        for zone in np.flatnonzero(np.isfinite(truth).any(axis=1)):
            seen = np.isfinite(truth[zone])
            rows, values = features[zone, seen], truth[zone, seen]
            np.add.at(self.squares[zone], kind[seen], rows[:, :, None] * rows[:, None, :])
            np.add.at(self.products[zone], kind[seen], rows * values[:, None])
        self.total = self.squares.sum(axis=0), self.products.sum(axis=0)

    def known(self) -> np.ndarray:
        """Zone-hours with a known truth of each zone, as far as they still weigh."""
        return self.squares[:, :, 0, 0].sum(axis=1)

    def known_classes(self) -> np.ndarray:
        """Zone-hours with a known truth of each class, as far as they still weigh."""
        return self.total[0][:, 0, 0]

    def coefficients(self, without: int | None = None) -> np.ndarray:
        """Coefficients (class, feature), learnt from all zones but one where named."""
        squares, products = self.total
        zones = self.known() > 0
        if without is not None:
            squares = squares - self.squares[without]
            products = products - self.products[without]
            zones = zones & (np.arange(len(zones)) != without)
        size = len(FEATURES)
        prior = np.zeros(size)
        prior[_OF_PRIOR] = 1.0
        all_squares, all_products = squares.sum(axis=0), products.sum(axis=0)
        penalty = np.full(size, float(self.parameters.pull))
        per_zone = np.diag(all_squares) / max(int(zones.sum()), 1)
        first = len(WITHIN)
        penalty[first:] += self.parameters.between * per_zone[first:]
        pooled = np.linalg.solve(all_squares + np.diag(penalty), all_products + penalty * prior)
        pull = np.full(size, float(self.parameters.pull))
        pull[first:] += self.parameters.between * per_zone[first:] / CLASSES
        return np.linalg.solve(
            squares + np.diag(pull)[None], (products + (pull * pooled)[None])[:, :, None]
        )[:, :, 0]


def rates(features: np.ndarray, coefficients: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Occupancy rates (…, hour) from features (…, hour, feature), within 0 and 1."""
    return np.clip(np.einsum("...hf,hf->...h", features, coefficients[kind]), 0.0, 1.0)
