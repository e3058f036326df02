"""Figures that only a made town can have: forecasts against the true rates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.evaluation import metrics
from infraction_model.evaluation.folds import Outcome
from infraction_model.exposure import Basis, in_patrol_hours
from infraction_model.forecast import Forecast


def true_rates(truth: pd.DataFrame, zones: pd.DataFrame, week: int) -> np.ndarray:
    """The true rates of a week, (zones, 168), for the rows of `zones`.

    `truth` has columns zone_id, week, hour_of_week, rate (finds per patrol hour).
    """
    rows = truth[truth["week"] == week]
    grid = rows.pivot(index="zone_id", columns="hour_of_week", values="rate")
    return grid.loc[zones["zone_id"]].to_numpy(dtype=float)


def true_figures(
    forecast: Forecast,
    found: Outcome,
    history_hours: np.ndarray,
    basis: Basis,
    true_rate: np.ndarray,
) -> dict[str, float]:
    """What the truth says of a forecast; `history_hours` (zones, 168) is past patrol.

    Where exposure is no time on patrol only the ranking is held against the truth: the probability
    that a fine is recorded is not the one that an infraction is found in an hour.
    """
    values = _ranking(forecast, true_rate)
    if in_patrol_hours(basis):
        values |= _losses(forecast, found, true_rate)
        values |= _coverage(forecast, found, history_hours, true_rate)
    return values


def _ranking(forecast: Forecast, true_rate: np.ndarray) -> dict[str, float]:
    known = forecast.known_hours
    return {
        "yield_top_5%": metrics.pei(true_rate.ravel(), forecast.priority.ravel(), 0.05),
        "spearman_known_hours": metrics.spearman(true_rate[:, known], forecast.rate[:, known]),
        "spearman_all_hours": metrics.spearman(true_rate, forecast.rate),
    }


def _losses(forecast: Forecast, found: Outcome, true_rate: np.ndarray) -> dict[str, float]:
    """Log loss beyond the truth's: for the hours patrolled, and for one hour of patrol anywhere.

    "Other hours" are hours of the week at which patrols go nowhere.
    """
    exposed, hours = found.exposed, found.hours[found.exposed]
    known = np.broadcast_to(forecast.known_hours, exposed.shape)
    true_patrolled = -np.expm1(-true_rate[exposed] * hours)
    values = {
        "true_log_loss": metrics.log_loss(found.hit[exposed], true_patrolled),
        "excess_log_loss": metrics.excess_log_loss(
            true_patrolled, forecast.chance(found.hours)[exposed]
        ),
    }
    places = {
        "patrolled_hour": exposed,
        "known_hours": known,
        "other_hours": ~known,
        "all_hours": np.ones_like(known),
    }
    for name, where in places.items():
        if where.any():
            true_probability = -np.expm1(-true_rate[where])
            values[f"excess_log_loss_{name}"] = metrics.excess_log_loss(
                true_probability, forecast.probability[where]
            )
    return values


def _coverage(
    forecast: Forecast, found: Outcome, history_hours: np.ndarray, true_rate: np.ndarray
) -> dict[str, float]:
    """Share of true rates inside the 90 % interval, where patrols go and where they do not."""
    inside = (forecast.lower <= true_rate) & (true_rate <= forecast.upper)
    known = np.broadcast_to(forecast.known_hours, inside.shape)
    places = {
        "patrolled": found.exposed,
        "known_hours": known,
        "never_patrolled": known & (history_hours <= 0),
        "other_hours": ~known,
    }
    return {
        f"coverage_{name}": float(inside[where].mean())
        for name, where in places.items()
        if where.any()
    }
