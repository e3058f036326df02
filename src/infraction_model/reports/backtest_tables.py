"""A backtest in small files for other programs: its figures as JSON, its curves as CSV, for DVC.

The model judged is the column `model` whatever its kind, so that two backtests lie one upon the
other; the estimators beside it go by their kinds.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

METRICS = (
    "log_loss",
    "brier",
    "calibration_error",
    "capture_top_5%",
    "precision_top_5%",
    "pei_top_5%",
    "counts_inside",
    "excess_log_loss",
    "yield_top_5%",
    "coverage_known_hours",
)
"""Figures of the model, where they exist: those of a made town come last."""


def metrics(found: dict[str, Any]) -> dict[str, Any]:
    """The model's figures, and the log loss of each estimator beside it."""
    means = found["means"]
    own = means[found["estimator"]]
    others = {name: means[name]["log_loss"] for name in means if name != found["estimator"]}
    return {**{name: own[name] for name in METRICS if name in own}, "log_loss_of": others}


def curves(found: dict[str, Any]) -> dict[str, str]:
    """The curves as CSV text by name: by_week (log loss), calibration, capture (share of fines)."""
    shares = {"share": found["capture"]["shares"]}
    captured = {name: found["capture"][name] for name in found["means"]}
    tables = {
        "by_week": _by_week(found),
        "calibration": _calibration(found),
        "capture": pd.DataFrame(shares | captured).rename(columns=_as_model(found)),
    }
    return {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}


def _by_week(found: dict[str, Any]) -> pd.DataFrame:
    """A row per target week; `week` counts them from 1, for programs that draw numbers only."""
    rows = pd.DataFrame(found["by_week"])
    wide = rows.pivot(index="target_week", columns="estimator", values="log_loss")
    wide = wide[list(found["means"])].rename(columns=_as_model(found)).reset_index()
    wide.insert(0, "week", range(1, len(wide) + 1))
    return wide


def _calibration(found: dict[str, Any]) -> pd.DataFrame:
    """A row per tenth of the model's forecasts; `perfect` is where `observed` should lie."""
    curve = pd.DataFrame(found["calibration"][found["estimator"]])
    return curve[["forecast", "observed", "lower", "upper"]].assign(perfect=curve["forecast"])


def _as_model(found: dict[str, Any]) -> dict[str, str]:
    return {found["estimator"]: "model"}
