"""What train and backtest tell the tracking store of themselves."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from infraction_model.evaluation.backtest import Fold
from infraction_model.evaluation.model_card import BACKTEST_FIGURES
from infraction_model.io.panels import fingerprint
from infraction_model.io.tracking import DataUsed, RunRecord, Tracking, TrackingParameters
from infraction_model.io.workspace import Workspace
from infraction_model.panel import Panel
from infraction_model.timegrid import monday

_WEEKLY = ("log_loss", "calibration_error", "capture_top_5%", "zone_hours")


def open_tracking(parameters: TrackingParameters, workspace: Workspace) -> Tracking | None:
    """The workspace's store of runs; None with tracking=none. Raises as Tracking does."""
    if parameters.kind == "none":
        return None
    return Tracking(parameters, workspace.tracking, workspace.name)


def data_used(panel: Panel, workspace: Workspace) -> DataUsed:
    """The panel as the input of a run: its fingerprint, its span, its zones and its fines."""
    profile = {
        "num_rows": len(panel.fines),
        "fines": int(panel.fines["fines"].sum()),
        "zones": len(panel.zones),
        "first_week": str(monday(panel.first_week)),
        "end_week": str(monday(panel.end_week)),
        "patrol_hours": float(panel.patrols["hours"].sum()),
    }
    return DataUsed(f"panel of {workspace.name}", fingerprint(panel), workspace.panel, profile)


def shaping_settings(parameters: Any, origin: int) -> dict[str, Any]:
    """The settings of train or backtest that shape a model, by dotted key."""
    flat: dict[str, Any] = {
        "origin": str(monday(origin)),
        "data.min_fines": parameters.data.min_fines,
    }
    for group in ("exposure", "features", "estimator", "forecast", "folds"):
        if hasattr(parameters, group):
            flat |= _flat(dataclasses.asdict(getattr(parameters, group)), f"{group}.")
    return flat


def _flat(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{where}{key}.")
        else:
            is_list = isinstance(value, list | tuple)
            flat[f"{where}{key}"] = ", ".join(map(str, value)) if is_list else value
    return flat


def tags_of(
    parameters: Any, data: DataUsed, estimator: str, basis: str, origin: int
) -> dict[str, str]:
    """What a run is looked for by: the town, the estimator, the origin, the exposure, the data."""
    return {
        "town": parameters.data.name,
        "estimator": estimator,
        "origin": str(monday(origin)),
        "exposure_basis": basis,
        "data_fingerprint": data.digest,
    }


def held_out_by_week(folds: Sequence[Fold], model: str) -> dict[dt.date, dict[str, float]]:
    """Log loss of each held-out week, of the model and, under its name, of the baseline."""
    weeks: dict[dt.date, dict[str, float]] = {}
    for fold in folds:
        name = "log_loss" if fold.estimator == model else f"log_loss_{fold.estimator}"
        loss = fold.sums["loss"].sum() / fold.sums["zone_hours"].sum()
        weeks.setdefault(monday(fold.target), {})[name] = float(loss)
    return weeks


def backtest_record(
    parameters: Any,
    folds: Sequence[Fold],
    found: Mapping[str, Any],
    data: DataUsed,
    origin: int,
    workspace: Workspace,
) -> RunRecord:
    """A backtest's run: figures with intervals, each week's as steps, words and the report."""
    model, weeks = found["estimator"], found["weeks"]
    own = found["intervals"][model]
    metrics: dict[str, float] = {}
    for name in (*BACKTEST_FIGURES, "fines", "hit_share", "mean_probability"):
        if name in own:
            metrics[name] = own[name]["value"]
            metrics |= {f"intervals/{name}_{end}": own[name][end] for end in ("lower", "upper")}
    for one in found["comparisons"]:
        metrics[f"others/{one['other']}_log_loss"] = one["other_loss"]
        for end in ("value", "lower", "upper"):
            metrics[f"others/less_{one['other']}_{end}"] = one["difference"][end]
    reports = sorted(workspace.report("backtest").parent.glob("backtest.*"))
    return RunRecord(
        kind="backtest",
        name=f"{monday(origin)} backtest {model}, {len(weeks)} weeks",
        parameters=shaping_settings(parameters, origin),
        metrics=metrics,
        tags=tags_of(parameters, data, model, found["exposure_basis"], origin),
        by_week=_judged_by_week(folds, model),
        data=data,
        note="\n".join(f"- {line}" for line in found["in_words"][parameters.language]),
        files={"report": reports},
    )


def _judged_by_week(folds: Sequence[Fold], model: str) -> dict[dt.date, dict[str, float]]:
    weeks: dict[dt.date, dict[str, float]] = {}
    for fold in folds:
        figures = weeks.setdefault(monday(fold.target), {})
        if fold.estimator == model:
            figures |= {name: fold.figures[name] for name in _WEEKLY}
        else:
            figures[f"log_loss_{fold.estimator}"] = fold.figures["log_loss"]
    return weeks
