"""The small files of a backtest, against the findings they are drawn from."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from infraction_model.reports.backtest_tables import curves, metrics

WEEKS = ["2024-05-06", "2024-05-13"]
FOUND = {
    "estimator": "stack",
    "means": {
        "stack": {"log_loss": 0.4, "capture_top_5%": 0.3, "zone_hours": 7.0},
        "constant": {"log_loss": 0.6, "capture_top_5%": 0.1, "zone_hours": 7.0},
    },
    "by_week": [
        {"estimator": name, "target_week": week, "zone_hours": 7.0, "log_loss": loss}
        for week, losses in zip(WEEKS, [(0.5, 0.7), (0.3, 0.55)], strict=True)
        for name, loss in zip(["stack", "constant"], losses, strict=True)
    ],
    "calibration": {
        "stack": [{"forecast": 0.1, "observed": 0.2, "rows": 9.0, "lower": 0.0, "upper": 0.4}]
    },
    "capture": {"shares": [0.0, 0.5, 1.0], "stack": [0.0, 0.8, 1.0], "constant": [0.0, 0.5, 1.0]},
}


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(curves(FOUND)[name]))


def test_the_model_is_told_by_its_part_and_the_others_by_their_kinds():
    assert metrics(FOUND) == {
        "log_loss": 0.4,
        "capture_top_5%": 0.3,
        "log_loss_of": {"constant": 0.6},
    }


def test_curves_are_wide_tables():
    weeks = read("by_week")
    assert weeks.to_dict("list") == {
        "week": [1, 2],
        "target_week": WEEKS,
        "model": [0.5, 0.3],
        "constant": [0.7, 0.55],
    }
    assert read("capture").to_dict("list") == {
        "share": [0.0, 0.5, 1.0],
        "model": [0.0, 0.8, 1.0],
        "constant": [0.0, 0.5, 1.0],
    }
    [row] = read("calibration").to_dict("records")
    assert row == pytest.approx(
        {"forecast": 0.1, "observed": 0.2, "lower": 0.0, "upper": 0.4, "perfect": 0.1}
    )
