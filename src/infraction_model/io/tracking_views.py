"""Saved views of MLflow's table of runs: its pages open with the columns that matter here.

MLflow keeps a view as a tag of the experiment; the format is that of MLflow 3.17. One that does not
know it ignores it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

_TAG = "mlflow.sharedViewState."
_FOUND_BY = ("tags.estimator", "tags.origin", "tags.exposure_basis")
_VIEWS: dict[str, tuple[str, Sequence[str]]] = {
    "backtests": (
        "backtest",
        (
            *_FOUND_BY,
            "metrics.log_loss",
            "metrics.others/empirical_bayes_log_loss",
            "metrics.calibration_error",
            "metrics.capture_top_5pct",
            "tags.town",
        ),
    ),
    "trainings": (
        "train",
        (
            *_FOUND_BY,
            "metrics.held_out_log_loss",
            "metrics.baseline_held_out_log_loss",
            "attributes.Models",
            "tags.town",
        ),
    ),
    "trials": ("trial", ("metrics.log_loss", "metrics.yield_top_5pct", "tags.town")),
}
"""View -> the kind of runs it shows, and the columns."""


def saved_views() -> dict[str, str]:
    """The tags of an experiment that hold its views: backtests, trainings and trials."""
    return {f"{_TAG}{name}": _view(name, kind, columns) for name, (kind, columns) in _VIEWS.items()}


def _view(name: str, kind: str, columns: Sequence[str]) -> str:
    state = {
        **_STATE,
        "searchFilter": f"tags.kind = '{kind}'",
        "selectedColumns": [_quoted(column) for column in columns],
    }
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode("ascii")
    # a fixed time: the same store, whenever it is made
    about = {"name": name.capitalize(), "createdAt": 0, "updatedAt": 0}
    return json.dumps({**about, "state": f"deflate;{packed}"})


def _quoted(column: str) -> str:
    where, _, name = column.partition(".")
    return f"{where}.`{name}`"


_STATE: Mapping[str, Any] = {
    "orderByKey": "attributes.start_time",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "columnOrder": [],
    "columnWidths": {},
    "runsHiddenMode": "FIRST_10_RUNS",
    "viewMaximized": False,
    "runListHidden": False,
    "isAccordionReordered": False,
    "useGroupedValuesInCharts": True,
    "hideEmptyCharts": True,
    "groupBy": None,
    "groupsExpanded": {},
    "globalLineChartConfig": {
        "xAxisKey": "step",
        "lineSmoothness": 0,
        "selectedXAxisMetricKey": "",
    },
}
"""The rest of what MLflow's page remembers of a table, as it starts out."""
