"""Backtest: every estimator judged on the same past weeks, down to the sums behind figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.asof import completeness, completeness_at
from infraction_model.evaluation import metrics, reliability
from infraction_model.evaluation.coverage import RateErrors, counts_inside
from infraction_model.evaluation.folds import (
    FoldParameters,
    Outcome,
    PredictedWeek,
    predicted_weeks,
)
from infraction_model.evaluation.groups import GROUPINGS, History, classify, history
from infraction_model.evaluation.truth import true_figures, true_rates
from infraction_model.exposure import Basis, is_known
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, Forecast, ForecastParameters, Town
from infraction_model.panel import Panel
from infraction_model.timegrid import monday

SHARES = (0.01, 0.05, 0.10)
"""Sizes of the lists judged, as shares of the exposed zone-hours."""

CURVE_SHARES = np.concatenate([np.arange(0, 21) / 200, np.arange(3, 21) / 20])
"""Where the capture curve is drawn."""

RATIOS: dict[str, tuple[str, str]] = {
    "hit_share": ("hits", "zone_hours"),
    "mean_probability": ("probability", "zone_hours"),
    "log_loss": ("loss", "zone_hours"),
    "brier": ("squared", "zone_hours"),
    "poisson_deviance": ("deviance", "zone_hours"),
    **{f"capture_top_{s:.0%}": (f"captured_{s:.0%}", "fines") for s in SHARES},
    **{f"precision_top_{s:.0%}": (f"listed_hits_{s:.0%}", f"listed_{s:.0%}") for s in SHARES},
    **{f"pei_top_{s:.0%}": (f"captured_{s:.0%}", f"perfect_{s:.0%}") for s in SHARES},
    "counts_inside": ("inside", "zone_hours"),
    "found_to_forecast": ("hits", "probability"),
}
"""Figures that are one sum over another: figure -> (numerator, denominator)."""

GROUPS = ("all", *(f"{name}:{group}" for name, groups in GROUPINGS.items() for group in groups))
"""The rows of tables by group: all zone-hours, then every group of every grouping."""


@dataclass(frozen=True)
class Cells:
    """The exposed zone-hours of one target week; arrays have one value each.

    `zone` is a position in `zone_ids`; `groups` are the groupings' codes, as classify gives them.
    """

    zone_ids: np.ndarray
    zone: np.ndarray
    hour_of_week: np.ndarray
    hit: np.ndarray
    fines: np.ndarray
    hours: np.ndarray
    groups: dict[str, np.ndarray]

    def at(self, values: np.ndarray) -> np.ndarray:
        """The values of these zone-hours out of (zones, 168)."""
        return values[self.zone, self.hour_of_week]

    def by_zone(self, values: np.ndarray | None = None) -> np.ndarray:
        """Values (or a count) added up by zone: (zones,)."""
        return np.bincount(self.zone, values, minlength=len(self.zone_ids)).astype(float)


@dataclass(frozen=True)
class Fold:
    """One target week of one estimator, judged; no zone-hour is kept, only sums.

    `sums` by name and zone (zones,) in the order of `zone_ids`; `group_sums` by name and group
    (GROUPS,); `reliability` a fine table per group (GROUPS, FINE, 3); `curve` the fines that the
    top CURVE_SHARES hold.
    """

    estimator: str
    origin: int
    target: int
    zone_ids: np.ndarray
    sums: dict[str, np.ndarray]
    group_sums: dict[str, np.ndarray]
    reliability: np.ndarray
    curve: np.ndarray
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
    """Predict the last weeks before `origin` with every estimator, and judge each week.

    As folds.predicted_weeks; `truth` (zone_id, week, hour_of_week, rate) adds the figures only a
    made town can have. Folds come in order of target week, then estimator.
    """
    known = history(panel, town.basis, folds.targets(origin)[0] - parameters.gap)
    judge = Judge(known, town.basis, truth)
    weeks = predicted_weeks(panel, origin, town, estimators, features, parameters, folds, progress)
    return [fold for week in weeks for fold in judge.folds(week)]


class Judge:
    """Judges one predicted week after another; groups are those of the first."""

    def __init__(self, known: History, basis: Basis, truth: pd.DataFrame | None = None) -> None:
        self.known = known
        self.basis = basis
        self.truth = truth
        self.rate_errors: dict[str, RateErrors] = {}

    def folds(self, week: PredictedWeek) -> list[Fold]:
        """Every estimator's fold of one predicted week."""
        zones = next(iter(week.forecasts.values())).zones
        past = self.known.of(zones["zone_id"])
        cells = _cells(zones, week.outcome, classify(past, self.basis))
        true_rate = None if self.truth is None else true_rates(self.truth, zones, week.target)
        folds = []
        for name, forecast in week.forecasts.items():
            fold = self._fold(name, week, forecast, cells)
            if true_rate is not None:
                fold.figures.update(
                    true_figures(forecast, week.outcome, past.hours, self.basis, true_rate)
                )
            folds.append(fold)
        return folds

    def _fold(self, name: str, week: PredictedWeek, forecast: Forecast, cells: Cells) -> Fold:
        probability = cells.at(forecast.chance(week.outcome.hours))
        expected = cells.at(forecast.expected) * cells.hours
        ranked = metrics.top(expected, 1.0)
        sums = _sums(cells, probability, expected, ranked)
        if is_known(self.basis):
            sums["inside"] = cells.by_zone(counts_inside(forecast, week.outcome))
        errors = self.rate_errors.setdefault(name, RateErrors(counts=is_known(self.basis)))
        sums["error_seen"], sums["error_claimed"] = errors.take(forecast, week.outcome)
        fine, group_sums = _by_group(cells, probability)
        totals = {key: value.sum() for key, value in sums.items()}
        return Fold(
            estimator=name,
            origin=week.origin,
            target=week.target,
            zone_ids=cells.zone_ids,
            sums=sums,
            group_sums=group_sums,
            reliability=fine,
            curve=_curve(cells.fines[ranked]),
            figures=figures_of(totals, fine[0]),
        )


def _cells(zones: pd.DataFrame, found: Outcome, groups: dict[str, np.ndarray]) -> Cells:
    zone, hour = np.nonzero(found.exposed)
    return Cells(
        zone_ids=zones["zone_id"].to_numpy(),
        zone=zone,
        hour_of_week=hour,
        hit=found.hit[zone, hour],
        fines=found.fines[zone, hour],
        hours=found.hours[zone, hour],
        groups={name: codes[zone, hour] for name, codes in groups.items()},
    )


def _sums(
    cells: Cells, probability: np.ndarray, expected: np.ndarray, ranked: np.ndarray
) -> dict[str, np.ndarray]:
    """The sums behind the figures, each (zones,); `ranked` lists the zone-hours, best first."""
    sums = {
        "zone_hours": cells.by_zone(),
        "hits": cells.by_zone(cells.hit),
        "fines": cells.by_zone(cells.fines),
        "probability": cells.by_zone(probability),
        "loss": cells.by_zone(metrics.losses(cells.hit, probability)),
        "squared": cells.by_zone((probability - cells.hit) ** 2),
        "deviance": cells.by_zone(metrics.poisson_deviances(cells.fines, expected)),
    }
    perfect = metrics.top(cells.fines, 1.0)
    for share in SHARES:
        count = max(1, round(share * len(ranked)))
        listed, best = np.zeros(len(ranked)), np.zeros(len(ranked))
        listed[ranked[:count]] = 1.0
        best[perfect[:count]] = 1.0
        sums[f"listed_{share:.0%}"] = cells.by_zone(listed)
        sums[f"listed_hits_{share:.0%}"] = cells.by_zone(listed * cells.hit)
        sums[f"captured_{share:.0%}"] = cells.by_zone(listed * cells.fines)
        sums[f"perfect_{share:.0%}"] = cells.by_zone(best * cells.fines)
    return sums


def _by_group(cells: Cells, probability: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The fine tables (GROUPS, FINE, 3), and the sums by group (GROUPS,)."""
    groupings = [(np.zeros(len(cells.zone), np.uint8), 1)]
    groupings += [(cells.groups[name], len(groups)) for name, groups in GROUPINGS.items()]
    fine = reliability.fine_tables(cells.hit, probability, groupings)
    values = {"loss": metrics.losses(cells.hit, probability), "fines": cells.fines}
    sums = {
        key: np.concatenate([np.bincount(code, v, minlength=size) for code, size in groupings])
        for key, v in values.items()
    }
    return fine, sums


def _curve(listed_fines: np.ndarray) -> np.ndarray:
    """Fines in the first CURVE_SHARES of a list, given its fines, best first."""
    found = np.concatenate([[0.0], np.cumsum(listed_fines)])
    return found[np.round(CURVE_SHARES * len(listed_fines)).astype(int)]


def figures_of(totals: dict[str, float], fine: np.ndarray) -> dict[str, float]:
    """The figures that some sums and a fine table of reliability give."""
    values = {"zone_hours": float(totals["zone_hours"]), "fines": float(totals["fines"])}
    for name, (numerator, denominator) in RATIOS.items():
        if numerator in totals:
            below = totals[denominator]
            values[name] = float(totals[numerator] / below) if below else float("nan")
    for share in SHARES:
        area = totals[f"listed_{share:.0%}"] / totals["zone_hours"]
        values[f"pai_top_{share:.0%}"] = values[f"capture_top_{share:.0%}"] / float(area)
    coarse = reliability.add_up(fine, reliability.merged(fine))
    values["calibration_error"] = float(reliability.error(coarse))
    values["calibration_error_by_chance"] = reliability.error_by_chance(coarse)
    return values


def records_in(panel: Panel, folds: Sequence[Fold]) -> float:
    """Share of the judged weeks' records that have come in, if delays stay as they were."""
    now = int((panel.fines["week"] + panel.fines["delay"]).max()) + 1
    curve = completeness(panel.fines, now)
    targets = np.array([fold.target for fold in folds])
    return float(completeness_at(curve, now - 1 - targets).mean())


def of_usual_week(panel: Panel, folds: Sequence[Fold]) -> float:
    """Fines of a judged week as a share of those of the middle week before: are records missing?

    NaN where the panel has no week before them.
    """
    targets = sorted({fold.target for fold in folds})
    by_week = panel.fines.groupby("week")["fines"].sum()
    earlier = by_week[(by_week.index >= panel.first_week) & (by_week.index < targets[0])]
    if earlier.empty:
        return float("nan")
    return float(by_week.reindex(targets, fill_value=0).mean() / earlier.median())


def table(folds: Sequence[Fold]) -> pd.DataFrame:
    """One row per fold: estimator, origin, target_week, then the figures."""
    return pd.DataFrame(
        {
            "estimator": fold.estimator,
            "origin": str(monday(fold.origin)),
            "target_week": str(monday(fold.target)),
            **fold.figures,
        }
        for fold in folds
    )


def summary(folds: Sequence[Fold]) -> pd.DataFrame:
    """Every figure over all folds, one row per estimator, in the folds' order.

    Each zone-hour counts alike: sums over all weeks make the figures. Zone-hours and fines are
    those of a mean week, figures against the truth the mean of the weeks.
    """
    rows = {}
    for name, own in by_estimator(folds).items():
        means = pd.DataFrame([fold.figures for fold in own]).mean().to_dict()
        totals = {key: sum(fold.sums[key].sum() for fold in own) for key in own[0].sums}
        pooled = figures_of(totals, sum(fold.reliability[0] for fold in own))
        size = {key: means[key] for key in ("zone_hours", "fines")}
        rows[name] = means | pooled | size
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("estimator")


def by_estimator(folds: Sequence[Fold]) -> dict[str, list[Fold]]:
    """The folds of each estimator, in the order in which they come."""
    found: dict[str, list[Fold]] = {}
    for fold in folds:
        found.setdefault(fold.estimator, []).append(fold)
    return found
