"""What a page tells beside its week, made up for tests: mix of categories, visits, past weeks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from infraction_model.maps.background import Background, JudgedWeek, Reliability
from infraction_model.maps.week import MapWeek

CATEGORIES = ("unpaid", "overstay", "pavement", "loading", "nommée par la ville")


def mix(week: MapWeek, names: tuple[str, ...] = CATEGORIES, seed: int = 1) -> pd.DataFrame:
    """Shares of categories, the first ones more frequent, each zone's own."""
    weight = np.linspace(4.0, 0.5, len(names))
    share = np.random.default_rng(seed).dirichlet(weight, len(week.zones))
    return pd.DataFrame(share, index=week.zones["zone_id"], columns=list(names))


def curve(bins: int = 5, rows: float = 200.0) -> pd.DataFrame:
    """A calibration curve of bins from 10 % on whose observed share is nine tenths of it."""
    forecast = np.linspace(0.1, 0.6, bins)
    return pd.DataFrame(
        {
            "forecast": forecast,
            "observed": 0.9 * forecast,
            "rows": rows,
            "lower": 0.8 * forecast,
            "upper": forecast,
        }
    )


def background(week: MapWeek, **given) -> Background:
    """Everything known, but for what is given otherwise; the first zone was never visited."""
    days = np.arange(len(week.zones), dtype=float)
    days[0] = np.inf
    return Background(
        **{
            "days_since_visit": pd.Series(days, index=week.zones["zone_id"]),
            "mix": mix(week),
            "trained_on": (dt.date(2024, 1, 1), dt.date(2025, 12, 22)),
            "reliability": Reliability(curve(), "published", 8),
            "last_week": JudgedWeek(dt.date(2025, 12, 29), 0.714, 0.2),
            **given,
        }
    )
