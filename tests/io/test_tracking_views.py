"""The views of MLflow's page of runs; that the page shows them was looked at (MLflow 3.17.2)."""

from __future__ import annotations

import base64
import json
import zlib

from infraction_model.io.tracking_views import saved_views


def test_each_view_shows_its_kind_of_runs_and_is_found_by_a_name_one_can_type():
    kinds = {}
    for key, text in saved_views().items():
        view = json.loads(text)
        state = json.loads(zlib.decompress(base64.b64decode(view["state"].split(";")[1])))
        kinds[key.removeprefix("mlflow.sharedViewState.")] = state["searchFilter"]
        assert all(column.endswith("`") for column in state["selectedColumns"])
        assert len(text) < 5000  # MLflow takes no longer tag of an experiment
    assert kinds == {
        "backtests": "tags.kind = 'backtest'",
        "trainings": "tags.kind = 'train'",
        "trials": "tags.kind = 'trial'",
    }
