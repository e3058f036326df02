"""How a published week did: what was found against what had been said, as far as known by now.

A week is judged on the zone-hours that were looked at, as published, whatever model made it.
Records still to come in are allowed for: what was expected is multiplied by the share that has come
in (asof.completeness). `judge_week` gives plain values; `trend` puts the weeks of a town together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pandas as pd
from annotated_types import Ge, Interval

from infraction_model.asof import completeness, completeness_at
from infraction_model.evaluation import metrics, reliability
from infraction_model.evaluation.adherence import AdherenceParameters
from infraction_model.evaluation.alarms import AlarmParameters
from infraction_model.evaluation.backtest import GROUPS, Fold, Judge
from infraction_model.evaluation.drift import YEAR, DriftParameters
from infraction_model.evaluation.folds import Outcome, PredictedWeek, outcome
from infraction_model.evaluation.groups import ZONE_CLASSES, history
from infraction_model.evaluation.published import flat, published_forecast, scaled
from infraction_model.exposure import is_known
from infraction_model.features.snapshot import cell_events, exposed_hours
from infraction_model.forecast import Forecast, Town
from infraction_model.panel import Panel
from infraction_model.timegrid import monday
from infraction_model.wording import by_key

WEEK_FORMAT = 1
PUBLISHED, FLAT = "published", "flat"
_DUE_AFTER_LAST = 10.0
_MONTH, _MONTHS = 4, 3

REASONS = by_key("not_judged")
"""Why a week cannot be judged, by the code that `reason` holds."""


@dataclass(frozen=True)
class MonitoringParameters:
    """How published weeks are judged.

    `judge_again`: each run judges anew so many published weeks that are over, for late records.
    `least_completeness`: a week is judged once this share of its records has come in.
    """

    judge_again: Annotated[int, Ge(1)] = 6
    least_completeness: Annotated[float, Interval(gt=0, le=1)] = 0.5
    alarm: AlarmParameters = field(default_factory=AlarmParameters)
    drift: DriftParameters = field(default_factory=DriftParameters)
    adherence: AdherenceParameters = field(default_factory=AdherenceParameters)


def judge_week(
    scores: pd.DataFrame,
    panel: Panel,
    town: Town,
    planned: int,
    origin: int,
    parameters: MonitoringParameters | None = None,
) -> dict[str, Any]:
    """How one published week did, as known at `origin`; `planned` is the origin it was made at.

    `scores` is the contract table as published. A week that cannot be judged has `judged` false and
    a `reason` (a code of REASONS); figures not defined are None. Keys: see docs/monitoring.md.
    """
    parameters = parameters or MonitoringParameters()
    known = panel.seen_through(town.basis, town.vehicles_per_hour).as_of(origin)
    forecast = published_forecast(scores, known.zones, town.basis, planned)
    about = _about(scores, forecast, town, origin, known)
    found = outcome(known, town.basis, forecast)
    forecast = scaled(forecast, about["records_in"])
    reason = _why_not(forecast, found, about["records_in"], origin, parameters)
    if reason is not None:
        return {**about, "judged": False, "reason": reason}
    figures = _figures(forecast, found, known, town)
    return _defined({**about, "judged": True, "reason": None, **figures})


def trend(weeks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The judged weeks in their order, each as it was judged last (records come in late)."""
    latest: dict[str, dict[str, Any]] = {}
    for week in sorted(weeks, key=lambda one: (one["target_week"], one["origin"])):
        before = latest.get(week["target_week"])
        if before is None or week["judged"] or not before["judged"]:
            latest[week["target_week"]] = week
    return list(latest.values())


def _about(
    scores: pd.DataFrame, forecast: Forecast, town: Town, origin: int, known: Panel
) -> dict[str, Any]:
    versions = scores["model_version"].unique()
    return {
        "format": WEEK_FORMAT,
        "target_week": str(monday(forecast.target)),
        "planned": str(monday(forecast.origin)),
        "origin": str(monday(origin)),
        "model_version": ", ".join(map(str, versions)),
        "exposure_basis": town.basis,
        "records_in": _records_in(known, town, forecast.target, origin),
        "zones": len(forecast.zones),
        "zones_gone": int(scores["zone_id"].nunique() - len(forecast.zones)),
    }


def _records_in(known: Panel, town: Town, target: int, origin: int) -> float:
    """Share of the week's records that have come in, if delays stay as they were.

    Inferred presences come in with the fines they are read from, so that what is known of them can
    be compared at any time.
    """
    if town.basis == "inferred":
        return 1.0
    curve = completeness(known.fines, origin)
    return float(completeness_at(curve, np.array(origin - 1 - target)))


def _why_not(
    forecast: Forecast,
    found: Outcome,
    records_in: float,
    origin: int,
    parameters: MonitoringParameters,
) -> str | None:
    """The code of why a week cannot be judged, None where nothing is in the way."""
    if forecast.target >= origin:
        return "not_over"
    if records_in < parameters.least_completeness:
        return "not_mature"
    if not found.exposed.any():
        return "no_patrol"
    return None if _is_whole(forecast, found) else "not_in"


def _is_whole(forecast: Forecast, found: Outcome) -> bool:
    """Whether the week's records reach its end: else more would be due after the last fine.

    Nobody finds nothing where _DUE_AFTER_LAST fines are due, so then an export ends too early.
    """
    hours_with_fine = np.flatnonzero(found.fines.any(axis=0))
    last = hours_with_fine.max(initial=-1)
    due = (forecast.expected * found.hours)[:, last + 1 :].sum()
    return float(due) < _DUE_AFTER_LAST


def _figures(forecast: Forecast, found: Outcome, known: Panel, town: Town) -> dict[str, Any]:
    """All figures of a week that can be judged; `forecast` is of the records that have come in."""
    week = PredictedWeek(
        forecast.origin,
        forecast.target,
        {PUBLISHED: forecast, FLAT: flat(forecast, found.hours)},
        found,
    )
    judge = Judge(history(known, town.basis, forecast.origin), town.basis)
    own, constant = judge.folds(week)
    expected = forecast.expected * found.hours
    counts = is_known(town.basis)
    fines, due = float(found.fines.sum()), float(expected.sum())
    hours = float(found.hours.sum())
    elsewhere = known.fines[known.fines["week"] == forecast.target]["fines"].sum() - fines
    fine = own.reliability[0]
    coarse = reliability.add_up(fine, reliability.merged(fine))
    loss, flat_loss = own.figures["log_loss"], constant.figures["log_loss"]
    listed = {key: own.figures[f"{key}_top_5%"] for key in ("capture", "precision", "pei")}
    return {
        "zone_hours": int(own.figures["zone_hours"]),
        "patrol_hours": hours if counts else None,
        "zone_hours_hit": int(found.hit.sum()),
        "fines": fines,
        "fines_elsewhere": float(elsewhere),
        "expected": due,
        "ratio": _ratio(fines, due, _zone_sums(found.fines), _zone_sums(expected)),
        "log_loss": loss,
        "log_loss_flat": flat_loss,
        "gain": 1 - loss / flat_loss if flat_loss > 0 else math.nan,
        "calibration_error": own.figures["calibration_error"],
        "calibration_error_by_chance": own.figures["calibration_error_by_chance"],
        "calibration": reliability.curve(coarse).to_dict(orient="records"),
        "capture": listed["capture"],
        "precision": listed["precision"],
        "of_best_possible": listed["pei"],
        "hit_share": own.figures["hit_share"],
        "yield": _yield(forecast, found) if counts else None,
        "yield_all": fines / hours if counts else None,
        "coverage": own.figures.get("counts_inside"),
        "zone_classes": _by_zone_class(own, constant),
        "charts": _charts(forecast, found, known, town),
    }


def _charts(
    forecast: Forecast, found: Outcome, known: Panel, town: Town
) -> dict[str, dict[str, Any]]:
    """`charts`, with what the same season brought a year before."""
    figures = charts(forecast, found, is_known(town.basis))
    figures["level"]["season"] = season(forecast, known, town)
    return figures


def season(forecast: Forecast, known: Panel, town: Town) -> list[float] | None:
    """How far the level moved at this time a year before, lowest and highest log; or None.

    That of the week a year before (a quarter each from its neighbours) against each month that a
    model might have learnt its level in: the three months before that week was planned. 0 lies
    between. It is what forecasts that know no season would have been off by. Zones and hours weigh
    as in the forecast, so that where patrols went makes no difference. None without a year before.
    """
    target, planned = forecast.target - YEAR, forecast.origin - YEAR
    weeks = range(planned - _MONTHS * _MONTH, target + 2)
    if weeks[0] < known.first_week:
        return None
    found, due = _by_week(forecast, known, town, weeks)

    def index(first: int, weights: Sequence[float]) -> float:
        part = slice(first - weeks[0], first - weeks[0] + len(weights))
        return math.log((found[part] @ weights + 0.5) / (due[part] @ weights + 0.5))

    then = index(target - 1, (0.25, 0.5, 0.25))
    months = range(weeks[0], planned, _MONTH)
    moved = [then - index(first, (1.0,) * _MONTH) for first in months]
    return [min(0.0, *moved), max(0.0, *moved)]


def _by_week(
    forecast: Forecast, known: Panel, town: Town, weeks: range
) -> tuple[np.ndarray, np.ndarray]:
    """Fines found in the forecast's zones in each week, and due at its rates where one looked."""
    zones = known.zones["zone_id"].isin(forecast.zones["zone_id"]).to_numpy()
    events = cell_events(known, town.basis)
    events = events[zones[events["zone"]] & events["week"].isin(weeks)]
    found = np.bincount(events["week"] - weeks[0], events["fines"], minlength=len(weeks))
    due = []
    for week in weeks:
        hours = exposed_hours(known, town.basis, week)
        hours = hours[zones] if len(hours) == len(zones) else hours
        due.append(float((forecast.expected * hours).sum()))
    return found, np.array(due)


def charts(forecast: Forecast, found: Outcome, counts: bool) -> dict[str, dict[str, Any]]:
    """What the alarm rule goes by: three figures that chance alone leaves near 0, and chance's sd.

    `level`: log of found over expected. `zones`: the squared relative error of the zones' rates,
    the week's level apart, without the part that chance makes (moments). `ranking`: log loss beyond
    what the forecast itself claims, level apart, as a share of the claim (after Spiegelhalter,
    1986): high where what was said to be likely and unlikely did not turn out so.
    """
    exposed = found.exposed
    events = np.where(exposed, found.fines if counts else found.hit, 0.0)
    mean = forecast.expected * found.hours if counts else forecast.chance(found.hours)
    events_due = float(np.where(exposed, mean, 0.0).sum())
    levelled = scaled(forecast, (float(events.sum()) + 0.5) / (events_due + 0.5))
    # hours with a fine say little of how many there are: the level is of fines whatever the basis
    due = float((forecast.expected * found.hours).sum())
    level = math.log((float(found.fines[exposed].sum()) + 0.5) / (due + 0.5))
    p = levelled.chance(found.hours)[exposed]
    p = np.clip(p, metrics.SMALLEST, 1 - metrics.SMALLEST)
    odds = np.log(p) - np.log1p(-p)
    claim = float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).sum())
    excess = float(metrics.losses(found.hit[exposed], p).sum()) - claim
    mean = levelled.expected * found.hours if counts else levelled.chance(found.hours)
    by_zone, due_by_zone = _zone_sums(events), _zone_sums(np.where(exposed, mean, 0.0))
    noise = by_zone if counts else _zone_sums(np.where(exposed, mean * (1 - mean), 0.0))
    squares = max(float((due_by_zone**2).sum()), 1e-12)
    return {
        "level": {"value": level, "chance": 1 / math.sqrt(due + 0.5), "season": None},
        "zones": {
            "value": float(((by_zone - due_by_zone) ** 2 - noise).sum()) / squares,
            "chance": math.sqrt(2 * float((noise**2).sum())) / squares,
        },
        "ranking": {
            "value": excess / max(claim, 1e-12),
            "chance": math.sqrt(float((p * (1 - p) * odds**2).sum())) / max(claim, 1e-12),
        },
    }


def _zone_sums(values: np.ndarray) -> np.ndarray:
    return values.sum(axis=1)


def _ratio(
    fines: float, due: float, by_zone: np.ndarray, due_by_zone: np.ndarray
) -> dict[str, float]:
    """Found over expected with its 95 % interval, zones taken as independent.

    Quasi-Poisson (McCullagh and Nelder, 1989): the variance is Poisson's times the zones' own
    dispersion around the ratio, never less than 1.
    """
    if due <= 0:
        return {"value": math.nan, "lower": math.nan, "upper": math.nan}
    ratio = fines / due
    used = due_by_zone > 0
    mean = np.maximum(due_by_zone[used] * max(ratio, 1e-9), 1e-9)
    squares = float(((by_zone[used] - mean) ** 2).sum() / mean.sum())
    wide = 1.96 * math.sqrt(max(squares, 1.0) / max(fines, 1.0))
    return {"value": ratio, "lower": ratio * math.exp(-wide), "upper": ratio * math.exp(wide)}


def _yield(forecast: Forecast, found: Outcome, share: float = 0.05) -> float:
    """Fines per patrol hour in the patrolled zone-hours that the published list puts first."""
    priority = forecast.priority[found.exposed]
    first = metrics.top(priority, share)
    hours = found.hours[found.exposed][first]
    return float(found.fines[found.exposed][first].sum() / hours.sum())


def _by_zone_class(own: Fold, constant: Fold) -> list[dict[str, Any]]:
    """One row per class of zones that was looked at: zone-hours, hits, hits expected, log loss."""
    rows = []
    for name in ZONE_CLASSES:
        at = GROUPS.index(f"zone_class:{name}")
        zone_hours, expected, hits = own.reliability[at].sum(axis=0)
        if zone_hours:
            loss, flat_loss = (fold.group_sums["loss"][at] / zone_hours for fold in (own, constant))
            rows.append(
                {
                    "zone_class": name,
                    "zone_hours": int(zone_hours),
                    "fines": float(own.group_sums["fines"][at]),
                    "hits": int(hits),
                    "hits_expected": float(expected),
                    "ratio": float(hits / expected) if expected else math.nan,
                    "log_loss": float(loss),
                    "log_loss_flat": float(flat_loss),
                }
            )
    return rows


def _defined(value: Any) -> Any:
    """Plain values, None where a figure is not defined, so that files and memory say the same."""
    if isinstance(value, dict):
        return {key: _defined(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_defined(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
