"""A share of visits goes where the model is unsure, so that it does not chase its own tail.

A model that is taught by what patrols find, and sends them where it thinks most is found, never
learns where it is wrong about a zone it has given up. So some visits are drawn by lot, and each is
written down with the probability with which it was drawn: what they find can then stand for all
zones, weighed by one over that probability (Horvitz and Thompson, 1952).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval
from scipy.special import ndtr

_Z = 1.6448536269514722
"""Standard deviations from the middle of a normal to the ends of its central 90 %."""


@dataclass(frozen=True)
class ExploreParameters:
    """Which share of visits explores, and where.

    `by`: "chance" draws zones in proportion to the chance that they are better than the least
    visit made for its yield (Thompson, 1933), "width" to how far above the expected the interval
    reaches (as an upper confidence bound does). `floor`: the share of the draw that is the same
    for all zones, so that none starves. `seed`: of the draw.
    """

    share: Annotated[float, Interval(ge=0, le=1)] = 0.1
    by: Literal["chance", "width"] = "chance"
    floor: Annotated[float, Interval(ge=0, le=1)] = 0.1
    seed: int = 1


def appeal(
    expected: np.ndarray, upper: np.ndarray, least: float, parameters: ExploreParameters
) -> np.ndarray:
    """How much each zone deserves to be looked at again; never negative, sums to 1.

    `expected` worth of a visit and its upper bound (the end of the central 90 %), `least`: worth of
    the least visit made anyway.
    """
    if parameters.by == "width":
        own = np.maximum(upper - expected, 0.0)
    else:
        own = chance_to_beat(expected, upper, least)
    even = np.full(len(expected), 1.0 / max(len(expected), 1))
    if not own.sum() > 0:
        return even
    return (1 - parameters.floor) * own / own.sum() + parameters.floor * even


def chance_to_beat(expected: np.ndarray, upper: np.ndarray, least: float) -> np.ndarray:
    """P(a lognormal worth exceeds `least`), its mean and the end of its 90 % interval being known.

    The spread s of its logarithm solves log(upper / mean) = 1.645 s - s^2 / 2; beyond the most that
    this reaches (upper = 3.87 means) the spread is 1.645.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.log(np.where(expected > 0, upper / expected, 1.0))
        spread = _Z - np.sqrt(np.maximum(_Z**2 - 2 * np.maximum(reach, 0.0), 0.0))
        middle = np.log(np.maximum(expected, 1e-12)) - spread**2 / 2
        above = (middle - np.log(max(least, 1e-12))) / np.maximum(spread, 1e-9)
    return np.where(expected > 0, ndtr(above), 0.0)


def inclusion(appeals: np.ndarray, count: int) -> np.ndarray:
    """The probability with which each zone is drawn when `count` are, in proportion to its appeal.

    None is above 1: what is too much for one zone goes to the others. They sum to `count`, or to
    the number of zones where that is less.
    """
    probability = np.zeros(len(appeals))
    certain = np.zeros(len(appeals), dtype=bool)
    while True:
        left = min(count, len(appeals)) - certain.sum()
        total = appeals[~certain].sum()
        if left <= 0 or total <= 0:
            break
        probability = np.where(certain, 1.0, appeals * left / total)
        over = probability > 1 + 1e-12
        if not over.any():
            break
        certain |= over
    return np.clip(np.where(certain, 1.0, probability), 0.0, 1.0)


def draw(probability: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Positions drawn, each with exactly its probability: systematically, in a random order.

    Source: Madow (1949). As many as the probabilities sum to.
    """
    order = rng.permutation(len(probability))
    ends = np.cumsum(probability[order])
    count = round(float(probability.sum()))
    marks = rng.random() + np.arange(count)
    # a mark beyond the sum by a rounding error belongs to the last zone that can be drawn
    position = np.minimum(np.searchsorted(ends, marks, side="right"), len(order) - 1)
    return np.sort(np.unique(order[position])) if count else np.zeros(0, dtype=np.int64)
