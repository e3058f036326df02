"""Rolling origins: each past week predicted from what was known when it was planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge

from infraction_model.asof import completeness, completeness_at
from infraction_model.errors import NotEnoughDataError
from infraction_model.evaluation import metrics
from infraction_model.exposure import Basis
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.snapshot import cell_events, exposed_hours
from infraction_model.forecast import (
    EstimatorParameters,
    Forecast,
    Forecaster,
    ForecastParameters,
    Town,
    fit,
    predict,
)
from infraction_model.panel import Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday


@dataclass(frozen=True)
class FoldParameters:
    """The weeks predicted: the last `weeks` before the origin, a refit every `refit_every`.

    The newest `settle_weeks` before the origin are left out, for their records to come in.
    """

    weeks: Annotated[int, Ge(1)] = 4
    settle_weeks: Annotated[int, Ge(0)] = 0
    refit_every: Annotated[int, Ge(1)] = 4


@dataclass(frozen=True)
class Outcome:
    """What was found in one target week, on the zones of a forecast: arrays (zones, 168)."""

    hit: np.ndarray
    fines: np.ndarray
    hours: np.ndarray

    @property
    def exposed(self) -> np.ndarray:
        return self.hours > 0


@dataclass(frozen=True)
class Fold:
    """One target week of one estimator: its forecast, what was found, its figures."""

    estimator: str
    forecast: Forecast
    outcome: Outcome
    figures: dict[str, float]


def backtest(
    panel: Panel,
    origin: int,
    town: Town,
    estimators: dict[str, EstimatorParameters],
    features: FeatureParameters,
    parameters: ForecastParameters,
    folds: FoldParameters,
    truth: pd.DataFrame | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Fold]:
    """Predict the last weeks before `origin` with every estimator, each from its own origin.

    Forecasts see only what was known at their own origin; outcomes are all the panel holds by now.
    Weeks in which nobody patrolled cannot be judged and are left out, as `progress` says; raises
    NotEnoughDataError where none remains. `truth` (zone_id, week, hour_of_week, rate) adds
    the figures only a made town can have. Folds come in order of target week, then estimator.
    """
    done: list[Fold] = []
    fitted: Sequence[Forecaster] = ()
    last = origin - folds.settle_weeks
    for number, target in enumerate(range(last - folds.weeks, last)):
        planned = target - parameters.gap
        if number % folds.refit_every == 0:
            progress(f"fitting {len(estimators)} estimators as of {monday(planned)}")
            fitted = fit(panel, planned, town, list(estimators.values()), features, parameters)
        progress(f"predicting the week of {monday(target)}")
        forecasts = predict(fitted, panel, planned)
        found = outcome(panel, town.basis, forecasts[0])
        if not found.exposed.any():
            progress(f"the week of {monday(target)} has no patrol and is not judged")
            continue
        true_rate = _true_rate(truth, forecasts[0])
        for name, forecast in zip(estimators, forecasts, strict=True):
            judged = figures(forecast, found, town.basis, true_rate)
            done.append(Fold(name, forecast, found, judged))
    if not done:
        raise NotEnoughDataError(
            f"nobody patrolled in the {folds.weeks} weeks before {monday(last)}, so nothing can be "
            "judged. Give an earlier origin, or check how far the patrol log reaches."
        )
    return done


def records_in(panel: Panel, folds: Sequence[Fold]) -> float:
    """Share of the judged weeks' records that have come in, if delays stay as they were."""
    now = int((panel.fines["week"] + panel.fines["delay"]).max()) + 1
    curve = completeness(panel.fines, now)
    targets = np.array([fold.forecast.target for fold in folds])
    return float(completeness_at(curve, now - 1 - targets).mean())


def outcome(panel: Panel, basis: Basis, forecast: Forecast) -> Outcome:
    """What the panel knows of a forecast's target week, zone by zone as the forecast has them."""
    wanted = panel.zones["zone_id"].isin(forecast.zones["zone_id"])
    panel = panel.select(wanted.to_numpy())
    shape = (len(forecast.zones), HOURS_PER_WEEK)
    events, fines = np.zeros(shape), np.zeros(shape)
    found = cell_events(panel, basis)
    found = found[found["week"] == forecast.target]
    np.add.at(events, (found["zone"], found["hour_of_week"]), found["events"])
    np.add.at(fines, (found["zone"], found["hour_of_week"]), found["fines"])
    hours = np.broadcast_to(exposed_hours(panel, basis, forecast.target), shape)
    return Outcome(hit=events > 0, fines=fines, hours=hours)


def figures(
    forecast: Forecast, found: Outcome, basis: Basis, true_rate: np.ndarray | None = None
) -> dict[str, float]:
    """The figures of one fold, on exposed zone-hours; with the truth, also on all of them.

    Without recorded exposure only the ranking is held against the truth: the probability that a
    fine is recorded is not the one that an infraction is found.
    """
    exposed = found.exposed
    hit, rate = found.hit[exposed], forecast.rate[exposed]
    probability = -np.expm1(-rate * found.hours[exposed])
    expected = forecast.expected[exposed] * found.hours[exposed]
    values = {
        "zone_hours": float(exposed.sum()),
        "hit_share": float(hit.mean()),
        "mean_probability": float(probability.mean()),
        "log_loss": metrics.log_loss(hit, probability),
        "brier": metrics.brier(hit, probability),
        "calibration_error": metrics.calibration_error(hit, probability),
    }
    for share in (0.01, 0.05, 0.10):
        captured = metrics.capture(found.fines[exposed], expected, share)
        values[f"capture_top_{share:.0%}"] = captured
    if true_rate is not None:
        values |= _ranking_by_truth(forecast, true_rate)
        if basis == "recorded":
            values |= _rates_by_truth(forecast, found, true_rate)
    return values


def _ranking_by_truth(forecast: Forecast, true_rate: np.ndarray) -> dict[str, float]:
    known = forecast.known_hours
    return {
        "yield_top_5%": metrics.yield_of_top(true_rate.ravel(), forecast.priority.ravel(), 0.05),
        "spearman_known_hours": metrics.spearman(true_rate[:, known], forecast.rate[:, known]),
    }


def _rates_by_truth(forecast: Forecast, found: Outcome, true_rate: np.ndarray) -> dict[str, float]:
    """Figures against the true rate: on patrolled hours, and for an hour of patrol anywhere.

    Hours of the week at which patrols go nowhere ("other hours") are judged apart.
    """
    exposed, hours = found.exposed, found.hours[found.exposed]
    known = forecast.known_hours
    inside = (forecast.lower <= true_rate) & (true_rate <= forecast.upper)
    true_probability = -np.expm1(-true_rate)

    def excess(columns: np.ndarray) -> float:
        return metrics.excess_log_loss(
            true_probability[:, columns], forecast.probability[:, columns]
        )

    values = {
        "true_log_loss": metrics.log_loss(
            found.hit[exposed], -np.expm1(-true_rate[exposed] * hours)
        ),
        "excess_log_loss": metrics.excess_log_loss(
            -np.expm1(-true_rate[exposed] * hours), -np.expm1(-forecast.rate[exposed] * hours)
        ),
    }
    for name, columns in (("known", known), ("other", ~known)):
        if columns.any():
            values[f"excess_log_loss_{name}_hours"] = excess(columns)
            values[f"coverage_{name}_hours"] = float(inside[:, columns].mean())
    return values


def _true_rate(truth: pd.DataFrame | None, forecast: Forecast) -> np.ndarray | None:
    """The true rates of a forecast's week and zones, (zones, 168); None without a truth."""
    if truth is None:
        return None
    week = truth[truth["week"] == forecast.target]
    grid = week.pivot(index="zone_id", columns="hour_of_week", values="rate")
    return grid.loc[forecast.zones["zone_id"]].to_numpy(dtype=float)


def table(folds: Sequence[Fold]) -> pd.DataFrame:
    """One row per fold: estimator, origin, target_week, then the figures."""
    return pd.DataFrame(
        {
            "estimator": fold.estimator,
            "origin": str(monday(fold.forecast.origin)),
            "target_week": str(monday(fold.forecast.target)),
            **fold.figures,
        }
        for fold in folds
    )


def summary(folds: Sequence[Fold]) -> pd.DataFrame:
    """Mean of every figure over the folds, one row per estimator, in the folds' order."""
    numbers = table(folds).drop(columns=["origin", "target_week"])
    return numbers.groupby("estimator", sort=False).mean()


def in_words(means: pd.DataFrame, model: str, records_in: float = 1.0) -> str:
    """What a backtest says of `model`, a sentence each.

    Whether it beats each other estimator in log loss and by how much; whether its probabilities
    and, where the truth is known, its intervals mean what they say; whether the outcomes are in.
    """
    own = means.loc[model]
    lines = []
    for name, other in means["log_loss"].drop(model).items():
        change = (own["log_loss"] - other) / other
        verb = "beats" if change < 0 else "does NOT beat"
        lines.append(
            f"{model} {verb} {name}: log loss {own['log_loss']:.4f} against {other:.4f} "
            f"({change:+.1%})"
        )
    lines.append(
        f"{model} forecast {own['mean_probability']:.2%} of zone-hours to hold a find, "
        f"{own['hit_share']:.2%} did; by tenths it was off by {own['calibration_error']:.2%}"
    )
    coverage = own.get("coverage_known_hours", np.nan)
    if np.isfinite(coverage):
        verdict = "hold" if 0.85 <= coverage <= 0.95 else "do NOT hold"
        lines.append(f"its 90 % intervals {verdict} what they say: {coverage:.0%} of true rates")
    if records_in < 0.95:
        lines.append(
            f"by the delays seen so far only {records_in:.0%} of the judged weeks' records are in: "
            "if delays stay so, outcomes and figures are too low; folds.settle_weeks leaves the "
            "newest weeks out"
        )
    return "\n".join(lines)
