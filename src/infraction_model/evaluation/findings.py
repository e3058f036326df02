"""All that a backtest found, as plain values: the content of its report, in JSON as on the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pandas as pd

from infraction_model.evaluation.backtest import CURVE_SHARES, Fold, summary, table
from infraction_model.evaluation.bootstrap import Interval
from infraction_model.evaluation.comparison import (
    best_baseline,
    by_group,
    calibration_curves,
    capture_curves,
    compare,
    figures_with_intervals,
    resampling_of,
)
from infraction_model.exposure import Basis
from infraction_model.timegrid import monday


def findings(
    folds: Sequence[Fold],
    model: str,
    basis: Basis,
    gap: int,
    records_in: float,
    of_usual_week: float = float("nan"),
) -> dict[str, Any]:
    """What the folds say of `model` and of every other estimator.

    Keys: estimator, exposure_basis, gap, weeks, zones, records_in, of_usual_week, means, intervals
    (estimator -> figure -> value, lower, upper), resampling, comparisons, best_baseline, groups
    (rows), by_week (rows), calibration, capture. Figures that are not defined are NaN.
    """
    resampling = resampling_of(folds)
    comparisons = compare(folds, model, resampling, ahead=gap + 1)
    best = best_baseline([one for one in comparisons if one.other != model])
    intervals = figures_with_intervals(folds, resampling)
    return {
        "estimator": model,
        "exposure_basis": basis,
        "gap": gap,
        "weeks": sorted({str(monday(fold.target)) for fold in folds}),
        "zones": max(len(fold.zone_ids) for fold in folds),
        "records_in": records_in,
        "of_usual_week": of_usual_week,
        "means": summary(folds).to_dict(orient="index"),
        "intervals": {
            name: {figure: _plain(value) for figure, value in own.items()}
            for name, own in intervals.items()
        },
        "resampling": {
            "units": resampling.units,
            "block": resampling.block,
            "level": resampling.level,
        },
        "comparisons": [dataclasses.asdict(one) for one in comparisons],
        "best_baseline": None if best is None else best.other,
        "groups": _rows(by_group(folds, model, None if best is None else best.other, resampling)),
        "by_week": _rows(table(folds)[["estimator", "target_week", "zone_hours", "log_loss"]]),
        "calibration": {name: _rows(curve) for name, curve in calibration_curves(folds).items()},
        "capture": {
            "shares": CURVE_SHARES.tolist(),
            **{name: curve.tolist() for name, curve in capture_curves(folds).items()},
        },
    }


def _plain(value: Interval) -> dict[str, float]:
    return {"value": value.value, "lower": float(value.lower), "upper": float(value.upper)}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict(orient="records")
