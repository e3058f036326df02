"""The kinds of drivers of a town: at which hours each offends, in what season, and how.

A profile holds the 168 hours of a week relative to the kind's busy hour (about 1). Hand-made after
what towns report: people who work in the centre leave the car all day, shoppers stop a moment,
parents queue before school, lorries unload on pavements at dawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MARKET_DAYS = (2, 5)
"""Weekdays of the market: Wednesday and Saturday."""

CATEGORIES: tuple[tuple[str, str, str, float], ...] = (
    ("unpaid", "FPS", "Forfait de post-stationnement", 25.0),
    ("blue_zone", "R417-3", "Zone bleue : durée dépassée ou disque absent", 35.0),
    ("rules", "R417-6", "Stationnement contraire à un arrêté municipal", 11.0),
    ("loading", "R417-10", "Stationnement gênant : emplacement de livraison", 35.0),
    ("double", "R417-10", "Stationnement gênant : double file", 35.0),
    ("entrance", "R417-10", "Stationnement gênant : entrée carrossable", 35.0),
    ("pavement", "R417-11", "Stationnement très gênant : trottoir", 135.0),
    ("crossing", "R417-11", "Stationnement très gênant : passage piéton", 135.0),
    ("disabled", "R417-11", "Stationnement très gênant : place handicapés (GIG-GIC)", 135.0),
    ("dangerous", "R417-9", "Stationnement dangereux", 135.0),
    ("abusive", "R417-12", "Stationnement abusif de plus de sept jours", 35.0),
)
"""Common name, code, label and amount (euros) of each infraction."""


@dataclass(frozen=True)
class Kind:
    """One kind of driver.

    `bands` are (weekdays, from hour, to hour, intensity); a later band overrides an earlier one.
    Effects multiply the rate: `rain` per unit of wetness (log), `warmth` per degree above 12 (log),
    `school_holiday`, `public_holiday`, `august` and `december` as factors. `share` is the share of
    zones where the kind leads, `stay_minutes` its median stay, `categories` the weights of what it
    does wrong.
    """

    name: str
    share: float
    base: float
    bands: tuple[tuple[str, int, int, float], ...]
    stay_minutes: float
    categories: dict[str, float]
    rain: float = 0.0
    warmth: float = 0.0
    school_holiday: float = 1.0
    public_holiday: float = 1.0
    august: float = 1.0
    december: float = 1.0

    def profile(self) -> np.ndarray:
        """Relative intensity of the 168 hours of a week, float64."""
        hours = np.full((7, 24), self.base)
        for days, start, end, value in self.bands:
            for day in days:
                hours[int(day), start:end] = value
        return hours.ravel()


# Weekdays are digits: "01234" is Monday to Friday, "5" Saturday, "6" Sunday.
KINDS: tuple[Kind, ...] = (
    Kind(
        "commuters", share=0.20, base=0.04, stay_minutes=300.0,
        bands=(("01234", 7, 8, 0.4), ("01234", 8, 18, 0.95), ("01234", 12, 14, 0.75),
               ("5", 9, 18, 0.25)),
        categories={"unpaid": 6, "blue_zone": 5, "rules": 1, "pavement": 1, "abusive": 0.3},
        rain=0.1, school_holiday=0.8, public_holiday=0.1, august=0.7,
    ),
    Kind(
        "shoppers", share=0.18, base=0.03, stay_minutes=45.0,
        bands=(("0", 10, 12, 0.3), ("0", 14, 19, 0.55), ("1234", 10, 12, 0.8),
               ("1234", 12, 14, 0.4), ("1234", 14, 17, 0.85), ("1234", 17, 19, 1.0),
               ("5", 9, 10, 0.45), ("5", 10, 12, 1.2), ("5", 12, 14, 0.75), ("5", 14, 19, 1.4),
               ("6", 10, 12, 0.3)),
        categories={"unpaid": 5, "blue_zone": 4, "double": 2, "disabled": 1, "loading": 1.5},
        rain=-0.15, school_holiday=1.05, public_holiday=0.25, august=0.7, december=1.35,
    ),
    Kind(
        "school", share=0.12, base=0.02, stay_minutes=12.0,
        bands=(("0134", 8, 9, 1.4), ("0134", 11, 12, 0.7), ("0134", 13, 14, 0.6),
               ("0134", 16, 17, 1.6), ("0134", 17, 18, 0.35), ("2", 8, 9, 1.3), ("2", 11, 12, 0.9)),
        categories={"double": 4, "pavement": 3, "crossing": 3, "entrance": 2, "dangerous": 0.7},
        rain=0.35, school_holiday=0.07, public_holiday=0.05,
    ),
    Kind(
        "market", share=0.06, base=0.05, stay_minutes=60.0,
        bands=(("01346", 10, 12, 0.3), ("0134", 14, 19, 0.35), ("25", 6, 13, 1.2),
               ("2", 8, 12, 1.7), ("5", 8, 12, 2.1), ("5", 14, 18, 0.4)),
        categories={"rules": 4, "double": 2, "pavement": 3, "crossing": 1, "loading": 1},
        rain=-0.5, warmth=0.01, public_holiday=0.9, august=0.9, december=1.1,
    ),
    Kind(
        "deliveries", share=0.10, base=0.04, stay_minutes=15.0,
        bands=(("012345", 6, 10, 1.1), ("012345", 7, 9, 1.4), ("012345", 10, 12, 0.5),
               ("01234", 14, 16, 0.25)),
        categories={"pavement": 6, "double": 3, "loading": 1, "crossing": 1},
        public_holiday=0.15, august=0.75, december=1.2,
    ),
    Kind(
        "evening", share=0.10, base=0.05, stay_minutes=100.0,
        bands=(("01234", 12, 14, 0.5), ("0123", 19, 23, 0.5), ("5", 12, 14, 0.6),
               ("45", 19, 24, 1.4), ("56", 0, 2, 0.7), ("6", 12, 15, 0.6)),
        categories={"pavement": 3, "entrance": 2, "crossing": 2, "disabled": 2, "loading": 2},
        rain=-0.25, warmth=0.02, public_holiday=1.1, august=0.9,
    ),
    Kind(
        "residents", share=0.16, base=0.10, stay_minutes=600.0,
        bands=(("0123456", 0, 7, 0.2), ("0123456", 18, 24, 0.3), ("6", 8, 18, 0.25)),
        categories={"entrance": 3, "pavement": 3, "abusive": 2, "rules": 2, "crossing": 1},
        school_holiday=0.9, august=0.7,
    ),
    Kind(
        "station", share=0.08, base=0.06, stay_minutes=420.0,
        bands=(("01234", 6, 9, 0.9), ("01234", 9, 17, 0.7), ("01234", 17, 19, 0.95),
               ("4", 16, 20, 1.15), ("5", 8, 18, 0.4), ("6", 17, 21, 0.9)),
        categories={"unpaid": 3, "double": 3, "disabled": 1, "entrance": 1, "dangerous": 0.3},
        rain=0.1, school_holiday=0.9, public_holiday=0.6, august=0.75,
    ),
)  # fmt: skip

NAMES: tuple[str, ...] = tuple(kind.name for kind in KINDS)


def profiles() -> np.ndarray:
    """Profiles of all kinds, float64 (kind, hour_of_week)."""
    return np.stack([kind.profile() for kind in KINDS])


def log_effects() -> np.ndarray:
    """What circumstances do to each kind, log, float64 (kind, 6).

    Columns: school holiday, public holiday, August, December, a unit of wetness, a degree.
    """
    factors = [(k.school_holiday, k.public_holiday, k.august, k.december) for k in KINDS]
    return np.column_stack([np.log(factors), [(k.rain, k.warmth) for k in KINDS]])


def category_weights() -> np.ndarray:
    """P(category | kind), float64 (kind, category), each row sums to 1."""
    weights = np.array([[kind.categories.get(c[0], 0.0) for c in CATEGORIES] for kind in KINDS])
    return weights / weights.sum(axis=1, keepdims=True)
