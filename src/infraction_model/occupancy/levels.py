"""How far single zones lie from the relation of all: pooled by tariff, by few counts already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LevelParameters:
    """How much zones are thought to differ, as standard deviations of a log factor.

    `tariff_spread` between tariffs, `zone_spread` between zones of one tariff, in paid hours; in
    free hours, of which tickets tell less, both are `free_times` as large.
    """

    tariff_spread: float = 0.3
    zone_spread: float = 0.15
    free_times: float = 1.5


class Levels:
    """The factor between the cars that were there and those expected, by zone and paid or free.

    Empirical Bayes on log factors: a zone is drawn to its tariff, a tariff to all.
    """

    def __init__(self, tariffs: np.ndarray, parameters: LevelParameters) -> None:
        self.parameters = parameters
        self.tariff = np.unique(tariffs.astype(str), return_inverse=True)[1]
        self.seen = np.zeros((len(tariffs), 2))
        self.expected = np.zeros((len(tariffs), 2))

    def learn(self, seen: np.ndarray, expected: np.ndarray, fade: float) -> None:
        """Take in the cars of a week that were seen and expected where there was a truth.

        Both are (zone, 2): in paid hours, in free ones.
        """
        self.seen = fade * self.seen + seen
        self.expected = fade * self.expected + expected

    def factors(self, own: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """The factor of each zone in paid and in free hours and the variance of its log, (zone, 2).

        Without its `own` truth a zone is judged by the others of its tariff.
        """
        found = [
            self._factors(self.seen[:, column], self.expected[:, column], times, own)
            for column, times in enumerate((1.0, self.parameters.free_times))
        ]
        factor, variance = (np.column_stack(parts) for parts in zip(*found, strict=True))
        return factor, variance

    def _factors(
        self, seen: np.ndarray, expected: np.ndarray, times: float, own: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        zone_variance = (times * self.parameters.zone_spread) ** 2
        between = (times * self.parameters.tariff_spread) ** -2
        known = expected > 0
        ratio = np.where(known, np.log((seen + 0.5) / (expected + 0.5)), 0.0)
        precision = np.where(known, seen + 1.0, 0.0)
        mean, variance = np.zeros(len(ratio)), np.zeros(len(ratio))
        weight = np.where(known, 1.0 / (zone_variance + 1.0 / np.maximum(precision, 1e-9)), 0.0)
        trust = precision / (precision + 1.0 / zone_variance)
        if not own:
            trust = np.zeros(len(trust))
        for tariff in np.unique(self.tariff):
            here = self.tariff == tariff
            less = 0.0 if own else weight[here]
            total = weight[here].sum() - less + between
            pulled = (weight * ratio)[here]
            centre = (pulled.sum() - (0.0 if own else pulled)) / total
            mean[here] = centre + trust[here] * (ratio[here] - centre)
            variance[here] = zone_variance * (1 - trust[here]) + (1 - trust[here]) ** 2 / total
        return np.exp(mean), variance
