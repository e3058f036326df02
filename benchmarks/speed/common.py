"""What every contestant of the speed benchmark shares: stages timed alike, one loss, one booster.

Imports nothing of infraction_model: mlforecast needs an environment of its own.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

HOURS_PER_WEEK = 168
GAP = 2
"""A week is predicted from weeks that lie at least so many weeks before it: planned a week ahead,
in the week after the last one that is known."""

BOOSTER = {
    "num_leaves": 31,
    "learning_rate": 0.05,
    "feature_fraction": 0.4,
    "min_data_in_leaf": 500,
    "lambda_l2": 30.0,
}
TREES = 200
"""What the peers train: settings that did well on three cities, their number of trees given."""


class Stages:
    """CPU and wall seconds of one stage after another, printed as JSON at the end."""

    def __init__(self, imports: float) -> None:
        self.seconds: dict[str, dict[str, float]] = {"import": {"cpu": imports, "wall": imports}}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        spent = self.seconds.setdefault(name, {"cpu": 0.0, "wall": 0.0})
        spent["cpu"] += time.process_time() - cpu
        spent["wall"] += time.perf_counter() - wall

    def report(self, **figures: float | str) -> None:
        """Print the stages with other figures as the last line of the process."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"stages": self.seconds, "peak_gib": peak, **figures}))


def imported() -> float:
    """CPU seconds since the process began: call after the imports."""
    return time.process_time()


def read_events(scratch: Path) -> tuple[pd.DataFrame, dict]:
    """The zone-hours with at least one fine (zone, week, hour_of_week), and the panel's span.

    Span: zones, first_week, end_week (not included), targets (the weeks to predict), origin (the
    week at which the first of them is planned) and warmup (weeks that do not teach).
    """
    span = json.loads((scratch / "span.json").read_text("utf-8"))
    return pd.read_parquet(scratch / "events.parquet"), span


def dense_hits(events: pd.DataFrame, span: dict) -> np.ndarray:
    """1 where a zone-hour has a fine: (zones, weeks, 168), uint8."""
    weeks = span["end_week"] - span["first_week"]
    hits = np.zeros((span["zones"], weeks, HOURS_PER_WEEK), dtype=np.uint8)
    hits[events["zone"], events["week"] - span["first_week"], events["hour_of_week"]] = 1
    return hits


def label_weeks(span: dict) -> tuple[int, int]:
    """First and last label week, counted from the first week; the last is known at the origin."""
    first = span["warmup"] + GAP - 1
    return first, span["origin"] - 1 - span["first_week"]


def train(features: np.ndarray | pd.DataFrame, hit: np.ndarray, trees: int = TREES):
    """LightGBM on all rows, one thread; returns the booster."""
    import lightgbm

    parameters = BOOSTER | {
        "objective": "binary",
        "num_threads": 1,
        "seed": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(features, label=hit, free_raw_data=True)
    return lightgbm.train(parameters, data, num_boost_round=trees)


def log_loss(hit: np.ndarray, probability: np.ndarray) -> float:
    """Mean log loss."""
    probability = np.clip(probability, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.where(hit > 0, np.log(probability), np.log1p(-probability))))


def scratch_folder() -> Path:
    """The folder named on the command line."""
    return Path(sys.argv[1])
