"""Figures of one category of infractions: what is left when the others do not count."""

from __future__ import annotations

import numpy as np

_STEPS = 30


def mixing(expected: np.ndarray, hazard: np.ndarray) -> np.ndarray:
    """How much finds bunch beyond chance: the x > 0 with log(1 + x) / x = hazard / expected.

    `hazard` is -log(1 - p). Where a rate is uncertain (gamma), p = 1 - (1 + v r)^(-1/v), and x is
    v r; where finds are Poisson, or the hazard is no smaller, x is 0. Newton's steps from the upper
    bound 1 / q² - 1, from where they fall to the root of a concave function.
    """
    ratio = np.divide(hazard, expected, out=np.ones_like(hazard), where=expected > 0)
    mixed = (ratio > 0) & (ratio < 1 - 1e-9)
    q = np.where(mixed, ratio, 0.5)
    x = 1 / q**2 - 1
    for _ in range(_STEPS):
        before = x
        x = np.maximum(x - (np.log1p(x) - q * x) / (1 / (1 + x) - q), 1e-12)
        if np.allclose(x, before, rtol=1e-12, atol=0.0):
            break
    return np.where(mixed, x, 0.0)


def thinned_hazard(hazard: np.ndarray, mixed: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The hazard of a category that makes up a share of what is found.

    Each find is of the category with that chance, whatever the others: a thinned Poisson is one of
    the share of its rate, a mixed one keeps its v.
    """
    whole = np.log1p(mixed)
    part = np.divide(np.log1p(mixed * share), whole, out=np.zeros_like(whole), where=mixed > 0)
    return hazard * np.where(mixed > 0, part, share)
