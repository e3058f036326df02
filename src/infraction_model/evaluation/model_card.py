"""What a trained model is, how good, and where it is weak: the content of its card, plain values.

After Mitchell et al., Model Cards for Model Reporting (2019): every model has one beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.estimators.design import Design
from infraction_model.evaluation import reliability
from infraction_model.evaluation.backtest import Fold, by_estimator
from infraction_model.evaluation.comparison import by_group, compare, resampling_of
from infraction_model.evaluation.groups import History
from infraction_model.evaluation.held_out import held_out_folds
from infraction_model.exposure import Basis, is_known
from infraction_model.forecast import Forecaster, Watch
from infraction_model.timegrid import monday

CARD_FORMAT = 1
BACKTEST_FIGURES = (
    "log_loss",
    "brier",
    "calibration_error",
    "capture_top_5%",
    "precision_top_5%",
    "pai_top_5%",
    "pei_top_5%",
    "counts_inside",
    "rate_error",
    "excess_log_loss_patrolled_hour",
    "excess_log_loss_known_hours",
    "yield_top_5%",
    "coverage_known_hours",
)
"""What a card repeats of a backtest, where the figure exists."""


def watcher(found: list[Fold], known: History, basis: Basis) -> Watch:
    """Something for `forecast.fit` to show held-out rows to: their folds are added to `found`."""

    def watch(
        kind: str,
        zone_ids: pd.Series,
        held_out: Design,
        rate: np.ndarray,
        variation: np.ndarray | None,
    ) -> None:
        if kind not in {fold.estimator for fold in found}:  # a baseline that is its own baseline
            found.extend(held_out_folds(kind, zone_ids, held_out, rate, variation, known, basis))

    return watch


def model_card(
    model: Forecaster,
    folds: Sequence[Fold],
    known: History,
    names: Mapping[str, str],
    backtest: dict[str, Any] | None,
    about: dict[str, Any],
) -> dict[str, Any]:
    """All a card says.

    `folds` are held-out weeks of the model and of one baseline, `known` what was known at the
    origin, `names` those of the zones, `backtest` the findings of a backtest of the same settings,
    `about` what only the caller knows (town, bundle, software). Figures not defined are NaN.
    """
    basis = model.town.basis
    return {
        "format": CARD_FORMAT,
        **about,
        "estimator": model.estimator_parameters.kind,
        "settings": dataclasses.asdict(model.estimator_parameters),
        "inputs": list(model.estimator.needs),
        "origin": str(monday(model.trained_origin)),
        "gap": model.parameters.gap,
        "data": {
            "first_label_week": str(monday(model.label_weeks[0])),
            "last_label_week": str(monday(model.label_weeks[1])),
            "rows": model.rows,
            "zones": len(known.zone_ids),
            "fines": float(known.fines.sum()),
        },
        "exposure_basis": basis,
        "effort": effort(known, names, patrols=is_known(basis)),
        "held_out": _held_out(folds, model.estimator_parameters.kind),
        "backtest": None if backtest is None else _of_backtest(backtest),
    }


def effort(known: History, names: Mapping[str, str], patrols: bool) -> dict[str, Any]:
    """Who is patrolled more: how unequally hours (or, where unknown, fines) fall on zones.

    `counted` says which; `gini` is 0 where all zones get alike, near 1 where one gets all; `half`
    the smallest share of zones that gets half; `lorenz` shares of the total by tenths of zones,
    least first; `never` the share of zone-hours never patrolled, at hours when patrols go anywhere.
    """
    amount = known.hours.sum(axis=1) if patrols else known.fines
    order = np.argsort(-amount, kind="stable")
    total = max(float(amount.sum()), 1e-12)
    reached = np.cumsum(amount[order]) / total
    lorenz = np.interp(
        np.arange(11) / 10,
        np.arange(len(amount) + 1) / len(amount),
        np.concatenate([[0.0], np.cumsum(np.sort(amount)) / total]),
    )
    town = known.hours.sum(axis=0) > 0
    return {
        "counted": "patrol_hours" if patrols else "fines",
        "total": float(amount.sum()),
        "gini": gini(amount),
        "half": float((np.searchsorted(reached, 0.5) + 1) / len(amount)),
        "lorenz": lorenz.tolist(),
        "never": float((known.hours[:, town] <= 0).mean()) if patrols else float("nan"),
        "most": [
            {
                "zone_id": known.zone_ids[zone],
                "name": names.get(known.zone_ids[zone], known.zone_ids[zone]),
                "share": float(amount[zone] / total),
            }
            for zone in order[:5]
        ],
    }


def gini(amount: np.ndarray) -> float:
    """The Gini coefficient (Gini, 1912): mean difference of two zones over twice the mean."""
    count, total = len(amount), float(np.sum(amount))
    if not total:
        return float("nan")
    rank = np.arange(1, count + 1)
    return float(np.sum((2 * rank - count - 1) * np.sort(amount)) / (count * total))


def _held_out(folds: Sequence[Fold], model: str) -> dict[str, Any]:
    """Log loss beside the baseline's on the weeks both held out, calibration, and weak groups."""
    own = by_estimator(folds)
    common = set.intersection(*({fold.target for fold in part} for part in own.values()))
    shared = [fold for fold in folds if fold.target in common]
    resampling = resampling_of(shared)
    comparisons = compare(shared, model, resampling, ahead=1)
    mine = [fold for fold in shared if fold.estimator == model]
    fine = sum(fold.reliability[0] for fold in mine)
    coarse = reliability.add_up(fine, reliability.merged(fine))
    rows, forecast, hits = fine.sum(axis=0)
    other = comparisons[0].other if comparisons else None
    return {
        "weeks": [str(monday(week)) for week in sorted(common)],
        "zone_hours": rows,
        "log_loss": sum(fold.sums["loss"].sum() for fold in mine) / rows,
        "mean_probability": forecast / rows,
        "hit_share": hits / rows,
        "calibration_error": float(reliability.error(coarse)),
        "calibration_error_by_chance": reliability.error_by_chance(coarse),
        "calibration": reliability.curve(coarse).to_dict(orient="records"),
        "comparisons": [dataclasses.asdict(one) for one in comparisons],
        "groups": by_group(shared, model, other, resampling).to_dict(orient="records"),
    }


def _of_backtest(found: dict[str, Any]) -> dict[str, Any]:
    own = found["intervals"][found["estimator"]]
    return {
        "weeks": found["weeks"],
        "figures": {name: own[name] for name in BACKTEST_FIGURES if name in own},
        "comparisons": found["comparisons"],
        "groups": found["groups"],
        "best_baseline": found["best_baseline"],
        "in_words": found["in_words"],
    }
