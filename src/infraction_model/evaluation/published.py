"""A published week read back: the scores table as the forecast it was, so that it can be judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from infraction_model.errors import ContractError
from infraction_model.evaluation.coverage import gamma_shape
from infraction_model.exposure import Basis, is_known
from infraction_model.forecast import Forecast
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, to_local, week_of

_STEPS = np.geomspace(1e-9, 1e9, 4000)
_SURPRISE = np.log1p(_STEPS) / _STEPS


def published_forecast(
    scores: pd.DataFrame, zones: pd.DataFrame, basis: Basis, planned: int
) -> Forecast:
    """The forecast behind a scores table, planned at origin `planned`.

    Of the zones that `zones` (a panel's) still has, in its order. Where the table has no hour (the
    one spring skips) nothing is expected. Raises ContractError where it is not of one whole week.
    """
    local = to_local(scores["starts_at"])
    weeks = np.unique(week_of(local))
    if len(weeks) != 1:
        raise ContractError(
            f"expected scores of one week, got {len(weeks)}. Score the week again before it is "
            "judged."
        )
    kept = zones[zones["zone_id"].isin(scores["zone_id"].unique())].reset_index(drop=True)
    row = pd.Index(kept["zone_id"]).get_indexer(scores["zone_id"])
    hour = hour_of_week(local)

    def grid(column: str) -> np.ndarray:
        values = np.zeros((len(kept), HOURS_PER_WEEK))
        values[row[row >= 0], hour[row >= 0]] = scores[column].to_numpy(float)[row >= 0]
        return values

    probability, expected = grid("infraction_probability"), grid("expected_infractions")
    rate = expected if is_known(basis) else -np.log1p(-np.minimum(probability, 1 - 1e-12))
    lower, upper = grid("lower"), grid("upper")
    known_hours = np.ones(HOURS_PER_WEEK, bool)
    known_hours[hour[(scores["exposure_basis"] == "extrapolated").to_numpy()]] = False
    return Forecast(
        zones=kept,
        origin=planned,
        target=int(weeks[0]),
        rate=rate,
        variation=variation_of(rate, probability),
        probability=probability,
        expected=expected,
        lower=lower,
        upper=upper,
        reasons=np.full(rate.shape, "", dtype=object),
        known_hours=known_hours,
    )


def variation_of(rate: np.ndarray, probability: np.ndarray) -> np.ndarray | None:
    """The relative variance of the rate that a probability of one hour implies, None where none.

    The inverse of `chance`: -log(1 - p) = log(1 + v x rate) / v, looked up.
    """
    surprise = -np.log1p(-np.minimum(probability, 1 - 1e-12))
    if np.allclose(surprise, rate, rtol=1e-6, atol=1e-9):
        return None
    share = np.divide(surprise, rate, out=np.ones_like(rate), where=rate > 0)
    widened = np.exp(np.interp(-share, -_SURPRISE, np.log(_STEPS)))
    return np.maximum(np.divide(widened, rate, out=np.zeros_like(rate), where=rate > 0), 1e-6)


def scaled(forecast: Forecast, factor: float) -> Forecast:
    """The forecast of records of which only a share has come in, or of another level."""
    rate = forecast.rate * factor
    surprise = rate
    if forecast.variation is not None:
        surprise = np.log1p(forecast.variation * rate) / forecast.variation
    return replace(
        forecast,
        rate=rate,
        probability=-np.expm1(-surprise),
        expected=forecast.expected * factor,
        lower=forecast.lower * factor,
        upper=forecast.upper * factor,
    )


def flat(forecast: Forecast, hours: np.ndarray) -> Forecast:
    """The same level with nothing told apart: one rate for every zone and hour.

    `hours` (zones, 168) are the exposure hours over which both expect as much.
    """
    looked = max(float(hours.sum()), 1e-12)

    def constant(values: np.ndarray) -> np.ndarray:
        return np.full(values.shape, float((values * hours).sum()) / looked)

    rate, expected = constant(forecast.rate), constant(forecast.expected)
    return replace(
        forecast,
        rate=rate,
        variation=None,
        probability=-np.expm1(-rate),
        expected=expected,
        lower=expected,
        upper=expected,
    )


def relative_variance(forecast: Forecast) -> np.ndarray:
    """How far each rate may be off by its own interval: variance over mean squared."""
    return 1.0 / gamma_shape(forecast.lower, forecast.upper)
