"""The figures of the week as digits, and as the page will read them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from infraction_model.maps.page import codes
from infraction_model.maps.week import NEARLY_ONE, MapWeek, probability_bound

FINE_ZONES = 1000  # up to so many zones, figures are held finer than they are shown
_TOLERANCE = 0.002


@dataclass(frozen=True)
class Figures:
    """`coded`: what the page's scripts read; the arrays (zones, 168): what they will read in it."""

    coded: dict[str, Any]
    probability: np.ndarray
    expected: np.ndarray

    @property
    def hazard(self) -> np.ndarray:
        """-log(1 - p) of the probability read."""
        return -np.log1p(-np.minimum(self.probability, NEARLY_ONE))

    @property
    def is_mixed(self) -> bool:
        """Whether finds bunch beyond chance, so that the hazard is less than what is expected."""
        return self.coded["expected"]["kind"] == "hour"


def figures_of(week: MapWeek) -> Figures:
    """Probabilities, intervals, tiers and expected numbers of a week."""
    top = float(np.nanmax(week.probability))
    width = 3 if len(week.zones) <= FINE_ZONES else 2
    level = codes.levels(week.probability, top, width)
    shown = codes.values_of(level, top, width)
    low, high = (
        probability_bound(week.probability, week.expected, bound)
        for bound in (week.lower, week.upper)
    )
    cap = max(float(np.nanmax(high)), top)
    form, expected = _expected(week, shown)
    coded = {
        "width": width,
        "top": top,
        "cap": cap,
        "nearly_one": NEARLY_ONE,
        "probability": codes.text(level, width),
        "low": codes.text(codes.below(low, shown, width - 1), width - 1),
        "high": codes.text(codes.above(high, shown, cap, width - 1), width - 1),
        "tiers": codes.two_a_digit(week.tier),
        "expected": form,
    }
    return Figures(coded, shown, expected)


def _expected(week: MapWeek, shown: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    """How the expected number follows from the probability, and what follows from that shown.

    As the Poisson hazard -log(1 - p) (exposure recorded), as p times a factor of the zone (fines
    per event, exposure none), or, of a model where neither holds, as a factor of each zone-hour.
    """
    hazard = -np.log1p(-np.minimum(week.probability, NEARLY_ONE))
    hazard_shown = -np.log1p(-np.minimum(shown, NEARLY_ONE))
    if _alike(week.expected, hazard):
        return {"kind": "hazard"}, hazard_shown
    positive = np.nan_to_num(week.probability).sum(axis=1)
    per_zone = np.divide(
        np.nansum(week.expected, axis=1), positive, out=np.ones_like(positive), where=positive > 0
    )
    if _alike(week.expected, week.probability * per_zone[:, None]):
        rounded = [float(f"{factor:.6g}") for factor in per_zone]
        return {"kind": "zone", "factor": rounded}, shown * np.array(rounded)[:, None]
    usable = (hazard_shown > 0) & (week.expected > 0)
    factor = np.divide(week.expected, hazard_shown, out=np.ones_like(shown), where=usable)
    low, high = float(factor.min()), float(factor.max())
    ratio = codes.ratios(factor, low, high)
    form = {"kind": "hour", "low": low, "high": high, "digits": codes.text(ratio)}
    return form, hazard_shown * codes.ratio_of(ratio, low, high)


def _alike(values: np.ndarray, others: np.ndarray) -> bool:
    return bool(np.nanmax(np.abs(values - others) - _TOLERANCE * values) <= 1e-6)
