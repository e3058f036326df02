"""The graph of steps, written once: what each command does, reads and writes.

Imports nothing heavy: the command line lists its commands from here. Paths are below the workspace
unless they begin with "models" or "experiments".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Step:
    """One command: its name, a line of help, and the artefacts it reads and writes.

    `kind`: a "stage" is part of the way from exports to map; a "decision" is made on that way, but
    not by a cache (no stage of dvc.yaml); a "study" answers a question in minutes, and no other
    step reads what it writes; a "tool" is for its own occasion, off that way.
    """

    name: str
    help: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    takes_origin: bool = False
    kind: Literal["stage", "decision", "study", "tool"] = "stage"

    @property
    def module(self) -> str:
        return f"infraction_model.pipelines.{self.name}"


STEPS: tuple[Step, ...] = (
    Step(
        "simulate",
        "make a French town with known truth: raw exports, and the truth apart",
        reads=(),
        writes=("raw", "truth"),
    ),
    Step(
        "ingest",
        "turn a town's exports into contract tables, a quarantine and a report",
        reads=("raw",),
        writes=("tables", "reports/ingest.html", "reports/ingest.json"),
    ),
    Step(
        "panel",
        "put the tables on the (zone, week, hour of week) grid",
        reads=("tables",),
        writes=("panel",),
    ),
    Step(
        "factors",
        "say which weekdays, hours, seasons and zones recur, per hour looked at",
        reads=("panel",),
        writes=(
            "reports/factors.csv",
            "reports/factors_zones.csv",
            "reports/factors_changes.csv",
            "reports/factors_categories.csv",
            "reports/factors.html",
            "reports/factors.md",
        ),
        takes_origin=True,
    ),
    Step(
        "train",
        "fit a model on what was known at an origin and register it as challenger",
        reads=("panel",),
        writes=("models", "mlflow", "reports/train.json"),
        takes_origin=True,
    ),
    Step(
        "backtest",
        "predict past weeks from what was known then, beside the baselines",
        reads=("panel", "truth"),
        writes=(
            "reports/backtest.json",
            "reports/backtest.csv",
            "reports/backtest.png",
            "reports/backtest.html",
            "reports/backtest.md",
            "reports/backtest_metrics.json",
            "reports/backtest_by_week.csv",
            "reports/backtest_calibration.csv",
            "reports/backtest_capture.csv",
            "mlflow",
        ),
        takes_origin=True,
    ),
    Step(
        "data_value",
        "say what each source of data is worth: past weeks predicted with and without it",
        reads=("panel", "truth"),
        writes=(
            "reports/data_value.csv",
            "reports/data_value.png",
            "reports/data_value.html",
            "reports/data_value.md",
        ),
        takes_origin=True,
        kind="study",
    ),
    Step(
        "tune",
        "search settings on earlier weeks, judge the best on the reported ones, keep it",
        reads=("panel", "truth"),
        writes=("tuning", "mlflow", "experiments"),
        takes_origin=True,
        kind="tool",
    ),
    Step(
        "compare",
        "show experiments side by side: better, worse or not distinguishable",
        reads=("experiments",),
        writes=("reports/compare.html", "reports/compare.md", "reports/compare.png"),
        kind="tool",
    ),
    Step(
        "promote",
        "make the challenger the champion that score uses, where every gate holds",
        reads=("panel", "models", "mlflow"),
        writes=("mlflow", "decisions"),
        takes_origin=True,
        kind="decision",
    ),
    Step(
        "score",
        "give every zone and hour of the target week its infraction probability",
        reads=("panel", "models", "mlflow"),
        writes=("scores",),
        takes_origin=True,
    ),
    Step(
        "plan",
        "send teams where most is expected, and some where the model is unsure",
        reads=("tables", "scores"),
        writes=("plans",),
        takes_origin=True,
    ),
    Step(
        "map",
        "draw the week: the planner's page with routes, print sheets, and files for other programs",
        reads=("tables", "scores", "plans"),
        writes=("maps",),
        takes_origin=True,
    ),
    Step(
        "weekly",
        "take in what is new, train when due, score, draw and publish the week, as one batch",
        reads=("raw",),
        writes=("publications", "tables", "panel", "models", "mlflow", "decisions"),
        takes_origin=True,
        kind="tool",
    ),
    Step(
        "occupancy",
        "say how full zones are: source=payments estimates it, source=sensors measures it",
        reads=("tables",),
        writes=("occupancy", "reports/occupancy_payments.html", "reports/occupancy_sensors.html"),
        takes_origin=True,
        kind="tool",
    ),
    Step(
        "dashboard",
        "draw the state of parking: occupancy, its trend, what changed, as one offline page",
        reads=("tables", "occupancy"),
        writes=("dashboard",),
        kind="tool",
    ),
    Step(
        "live",
        "raise ranked alerts as events come, from MQTT or a file, show them and send them out",
        reads=("tables", "scores", "plans"),
        writes=("live",),
        kind="tool",
    ),
    Step(
        "publish",
        "write open data with small counts withheld, their catalogue, and the algorithm's sheet",
        reads=("tables", "occupancy", "scores", "plans", "models", "reports/backtest.json"),
        writes=("open_data",),
        takes_origin=True,
        kind="tool",
    ),
    Step(
        "forget",
        "drop records older than a day and all that was made from them, and prove it",
        reads=("tables", "panel", "models", "mlflow"),
        writes=("tables", "panel", "models", "mlflow", "reports/forget.html"),
        kind="tool",
    ),
)

BY_NAME: dict[str, Step] = {step.name: step for step in STEPS}
