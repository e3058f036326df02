"""What a backtest says: figures with intervals, the model against each other, where it is weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from infraction_model.evaluation import reliability
from infraction_model.evaluation.backtest import (
    GROUPS,
    RATIOS,
    Fold,
    by_estimator,
    summary,
)
from infraction_model.evaluation.bootstrap import (
    Interval,
    Resampling,
    Statistic,
    Sums,
    diebold_mariano,
    interval,
    ratio,
    resample,
)

BASELINES = ("empirical_bayes", "bare_mean", "constant")
"""What any model must beat."""

_SHARES_OF_ONE = (
    "hit_share",
    "mean_probability",
    "capture",
    "precision",
    "pei",
    "counts_inside",
    "calibration_error",
    "coverage",
    "yield",
)

Verdict = Literal["better", "worse", "unclear"]


@dataclass(frozen=True)
class Comparison:
    """The model against one other on the same zone-hours, in log loss.

    `difference` is model minus other, nats per zone-hour, with its 95 % interval and the paired p;
    `relative` the same as a share of the other's log loss (value, lower, upper); `p_weeks` that
    of the weekly means (Diebold and Mariano). `verdict` is unclear where the interval holds 0.
    """

    other: str
    baseline: bool
    own_loss: float
    other_loss: float
    difference: Interval
    relative: tuple[float, float, float]
    p_weeks: float
    verdict: Verdict


def resampling_of(folds: Sequence[Fold], seed: int = 1) -> Resampling:
    """Replicates for the weeks and zones of some folds."""
    weeks = len({fold.target for fold in folds})
    return resample(weeks, len(_zone_index(folds)), seed)


def figures_with_intervals(
    folds: Sequence[Fold], resampling: Resampling
) -> dict[str, dict[str, Interval]]:
    """Every figure of every estimator with its 95 % interval: estimator -> figure -> Interval."""
    zones = _zone_index(folds)
    found = {}
    for name, own in by_estimator(folds).items():
        intervals = {
            figure: _figure_interval(own, zones, figure, resampling) for figure in own[0].figures
        }
        intervals["rate_error"] = _rate_error(own, zones, resampling)
        found[name] = {key: _within_bounds(key, value) for key, value in intervals.items()}
    return found


def _within_bounds(figure: str, found: Interval) -> Interval:
    """The interval without what the figure cannot be: below 0, or a share above 1."""
    if figure.startswith("spearman"):
        least, most = -1.0, 1.0
    else:
        least, most = 0.0, 1.0 if figure.startswith(_SHARES_OF_ONE) else np.inf
    lower, upper = (float(np.clip(end, least, most)) for end in (found.lower, found.upper))
    return replace(found, lower=lower, upper=upper)


def compare(
    folds: Sequence[Fold], model: str, resampling: Resampling, ahead: int
) -> list[Comparison]:
    """The model against every other estimator; `ahead` is how many weeks lie from origin to end."""
    zones = _zone_index(folds)
    own = by_estimator(folds)
    others = [name for name in own if name != model]
    return [_compare(own[model], own[name], zones, resampling, ahead) for name in others]


def _compare(
    model: list[Fold], other: list[Fold], zones: pd.Index, resampling: Resampling, ahead: int
) -> Comparison:
    a, b = (_sums(folds, zones, ("loss", "zone_hours")) for folds in (model, other))
    both = Sums(np.hstack([a.by_week, b.by_week]), np.hstack([a.by_zone, b.by_zone]))
    return paired(other[0].estimator, both, resampling, ahead)


def paired(other: str, both: Sums, resampling: Resampling, ahead: int) -> Comparison:
    """One forecast against another, called `other`, on the same zone-hours.

    Columns of `both`: loss and zone-hours of the one, then of the other.
    """
    difference = interval(both, lambda s: (s[..., 0] - s[..., 2]) / s[..., 1], resampling)
    share = interval(both, lambda s: (s[..., 0] - s[..., 2]) / s[..., 2], resampling)
    weekly = (both.by_week[:, 0] - both.by_week[:, 2]) / both.by_week[:, 1]
    total = both.by_week.sum(axis=0)
    verdict: Verdict = "unclear"
    if difference.upper < 0:
        verdict = "better"
    elif difference.lower > 0:
        verdict = "worse"
    return Comparison(
        other=other,
        baseline=other in BASELINES,
        own_loss=float(total[0] / total[1]),
        other_loss=float(total[2] / total[3]),
        difference=difference,
        relative=(share.value, share.lower, share.upper),
        p_weeks=diebold_mariano(weekly, ahead),
        verdict=verdict,
    )


def with_hindsight(
    known: Sequence[Fold], at_once: Sequence[Fold], resampling: Resampling, ahead: int
) -> list[Comparison]:
    """Each estimator with all records known at once against itself as records were known.

    On the zones that both model in a week: with hindsight more zones are busy enough, and quiet
    zones are easy.
    """
    zones = _zone_index(known)
    own, other = by_estimator(at_once), by_estimator(known)
    gains = []
    for name in other:
        ours = {fold.target: fold for fold in own[name]}
        pairs = [_on_common_zones(ours[fold.target], fold) for fold in other[name]]
        model, as_known = (list(folds) for folds in zip(*pairs, strict=True))
        gains.append(_compare(model, as_known, zones, resampling, ahead))
    return gains


def _on_common_zones(one: Fold, other: Fold) -> tuple[Fold, Fold]:
    """Both folds without the zones that only one of them has."""
    zone_ids = np.intersect1d(one.zone_ids, other.zone_ids)

    def kept(fold: Fold) -> Fold:
        position = pd.Index(fold.zone_ids).get_indexer(zone_ids)
        sums = {name: values[position] for name, values in fold.sums.items()}
        return replace(fold, zone_ids=zone_ids, sums=sums)

    return kept(one), kept(other)


def best_baseline(comparisons: Sequence[Comparison]) -> Comparison | None:
    """The baseline with the least log loss; None where no baseline was compared."""
    baselines = [one for one in comparisons if one.baseline]
    return min(baselines, key=lambda one: one.other_loss, default=None)


def by_group(
    folds: Sequence[Fold], model: str, other: str | None, resampling: Resampling
) -> pd.DataFrame:
    """How the model does in each group of zone-hours, one row per group that has any.

    Columns: grouping, group, zone_hours, fines, hit_share, mean_probability, log_loss,
    calibration_error, calibration_error_by_chance; with another estimator also its other_log_loss
    and the difference (model minus other) with its interval over weeks.
    """
    own = by_estimator(folds)
    rows = []
    for position, label in enumerate(GROUPS[1:], start=1):
        fine = np.array([fold.reliability[position] for fold in own[model]])
        total = fine.sum(axis=0)
        if not total[:, reliability.ROWS].any():
            continue
        sums = _group_sums(own, model, other, position, fine)
        rows.append(_group_row(label, total, sums, other is not None, resampling))
    return pd.DataFrame(rows)


def _group_sums(
    own: dict[str, list[Fold]], model: str, other: str | None, position: int, fine: np.ndarray
) -> np.ndarray:
    """By week: loss of the model, of the other, zone-hours, fines: (weeks, 4)."""
    loss, fines = (
        [fold.group_sums[key][position] for fold in own[model]] for key in ("loss", "fines")
    )
    others = [fold.group_sums["loss"][position] for fold in own[other or model]]
    return np.column_stack([loss, others, fine[:, :, reliability.ROWS].sum(axis=1), fines])


def _group_row(
    label: str, fine: np.ndarray, sums: np.ndarray, compared: bool, resampling: Resampling
) -> dict[str, object]:
    grouping, _, group = label.partition(":")
    rows, forecast, hits = fine.sum(axis=0)
    coarse = reliability.add_up(fine, reliability.merged(fine))
    loss, other_loss, _, fines = sums.sum(axis=0)
    row = {
        "grouping": grouping,
        "group": group,
        "zone_hours": rows,
        "fines": fines,
        "hit_share": hits / rows,
        "mean_probability": forecast / rows,
        "log_loss": loss / rows,
        "calibration_error": float(reliability.error(coarse)),
        "calibration_error_by_chance": reliability.error_by_chance(coarse),
    }
    if compared:
        gap = _over_weeks(sums, lambda s: _quotient(s[..., 0] - s[..., 1], s[..., 2]), resampling)
        row |= {
            "other_log_loss": other_loss / rows,
            "difference": gap.value,
            "lower": gap.lower,
            "upper": gap.upper,
        }
    return row


def calibration_curves(folds: Sequence[Fold], bins: int = 10) -> dict[str, pd.DataFrame]:
    """The calibration curve of each estimator over all weeks, as reliability.curve."""
    curves = {}
    for name, own in by_estimator(folds).items():
        fine = sum(fold.reliability[0] for fold in own)
        curves[name] = reliability.curve(
            reliability.add_up(fine, reliability.merged(fine, bins), bins)
        )
    return curves


def capture_curves(folds: Sequence[Fold]) -> dict[str, np.ndarray]:
    """Share of the fines that the top CURVE_SHARES hold, week by week lists, all weeks together."""
    curves = {}
    for name, own in by_estimator(folds).items():
        found = sum(fold.curve for fold in own)
        curves[name] = found / max(found[-1], 1.0)
    return curves


def _zone_index(folds: Sequence[Fold]) -> pd.Index:
    """Every zone that any fold has."""
    return pd.Index(sorted({zone for fold in folds for zone in fold.zone_ids}))


def _sums(folds: Sequence[Fold], zones: pd.Index, columns: Sequence[str]) -> Sums:
    """Some sums of one estimator's folds by week and by zone."""
    by_week = np.array([[fold.sums[name].sum() for name in columns] for fold in folds])
    by_zone = np.zeros((len(zones), len(columns)))
    for fold in folds:
        by_zone[zones.get_indexer(fold.zone_ids)] += np.column_stack(
            [fold.sums[name] for name in columns]
        )
    return Sums(by_week, by_zone)


def _figure_interval(
    folds: list[Fold], zones: pd.Index, figure: str, resampling: Resampling
) -> Interval:
    if figure in RATIOS:
        return interval(_sums(folds, zones, RATIOS[figure]), ratio(0, 1), resampling)
    if figure.startswith("pai_top_"):
        share = figure.removeprefix("pai_top_")
        columns = (f"captured_{share}", "fines", f"listed_{share}", "zone_hours")
        return interval(_sums(folds, zones, columns), _pai, resampling)
    if figure == "calibration_error":
        fine = np.array([fold.reliability[0] for fold in folds])
        coarse = reliability.add_up(fine, reliability.merged(fine.sum(axis=0)))
        return _over_weeks(coarse.reshape(len(folds), -1), _calibration_error, resampling)
    if figure == "calibration_error_by_chance":
        value = summary(folds)[figure].iloc[0]
        return Interval(float(value), float("nan"), float("nan"), float("nan"))
    weekly = np.array([[fold.figures.get(figure, np.nan), 1.0] for fold in folds])
    weekly = weekly[np.isfinite(weekly[:, 0])]
    if len(weekly) < len(folds):  # not defined in every week: no interval
        value = float(weekly[:, 0].mean()) if len(weekly) else float("nan")
        return Interval(value, float("nan"), float("nan"), float("nan"))
    return _over_weeks(weekly, ratio(0, 1), resampling)


def _over_weeks(by_week: np.ndarray, statistic: Statistic, resampling: Resampling) -> Interval:
    """The interval of a figure that is known by week only."""
    return interval(Sums(by_week, np.zeros((0, by_week.shape[1]))), statistic, resampling)


def _calibration_error(flat: np.ndarray) -> np.ndarray:
    return reliability.error(flat.reshape(*flat.shape[:-1], -1, 3))


def _pai(sums: np.ndarray) -> np.ndarray:
    captured, fines, listed, zone_hours = np.moveaxis(sums, -1, 0)
    return _quotient(captured * zone_hours, fines * listed)


def _rate_error(folds: list[Fold], zones: pd.Index, resampling: Resampling) -> Interval:
    """How many times as far off rates are as the intervals allow for; 1 is right, below is wide.

    NaN where no pair of weeks was judged, 0 where nothing beyond chance is seen.
    """

    def statistic(sums: np.ndarray) -> np.ndarray:
        return np.sqrt(np.clip(_quotient(sums[..., 0], sums[..., 1]), 0.0, None))

    columns = ("error_seen", "error_claimed")
    return interval(_sums(folds, zones, columns), statistic, resampling)


def _quotient(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    above, below = np.asarray(above, float), np.asarray(below, float)
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)
