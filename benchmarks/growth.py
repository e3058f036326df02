"""Time and memory of the whole path over the size of a town: made panels, exposure `none`.

    python benchmarks/growth.py [--scratch DIR] [--sizes 1000x104 4000x260 …] [--threads 1]

Each size is a process of its own: a made panel (not timed), fit on what was known four weeks before
its end with settings for many rows and at most 2 million of them, then four weeks predicted. Writes
growth.csv and growth.png, time and memory over zones.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from infraction_model.calendars import CalendarParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import Town, fit, predict
from infraction_model.panel import Panel
from infraction_model.teaching import ForecastParameters
from infraction_model.timegrid import HOURS_PER_WEEK

SIZES = ("1000x104", "2500x104", "5000x104", "1000x260", "4000x260", "7000x260", "10000x260")
MAX_ROWS = 2_000_000
FIRST_WEEK = 2_600
ROOT = Path(__file__).parents[1]
MANY_ROWS = yaml.safe_load((ROOT / "conf/experiment/many_rows.yaml").read_text("utf-8"))[
    "estimator"
]


def made_panel(zones: int, weeks: int, seed: int = 1) -> Panel:
    """Zones of unequal levels and eight habits of the week; 1 % of zone-hours have a fine."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(0.7, 1.0, zones)
    hour = np.arange(HOURS_PER_WEEK)
    habits = np.exp(2.0 * np.cos(2 * np.pi * (hour % 24 - rng.integers(7, 19, 8)[:, None]) / 24))
    habits[:, 120:] *= rng.uniform(0.1, 1.0, 8)[:, None]
    rate = level[:, None] * (habits / habits.mean(1, keepdims=True))[rng.integers(0, 8, zones)]
    rate *= 0.012 / rate.mean()
    parts = []
    for week in range(weeks):
        zone, of_week = np.nonzero(rng.random(rate.shape) < rate)
        parts.append((zone.astype(np.int32), of_week.astype(np.int16), FIRST_WEEK + week))
    fines = pd.DataFrame(
        {
            "zone": np.concatenate([part[0] for part in parts]),
            "week": np.repeat(
                np.arange(FIRST_WEEK, FIRST_WEEK + weeks, dtype=np.int32),
                [len(part[0]) for part in parts],
            ),
            "hour_of_week": np.concatenate([part[1] for part in parts]),
        }
    )
    fines = fines.sort_values(["zone", "week", "hour_of_week"], ignore_index=True)
    fines = fines.assign(delay=np.int16(0), category=np.int16(0), fines=np.int32(1))
    names = [f"z{number:05d}" for number in range(zones)]
    table = pd.DataFrame({"zone_id": names, "name": names, "official": True})
    table[["spaces", "max_stay_minutes", "lon", "lat"]] = np.nan
    patrols = {"zone": np.int32, "week": np.int32, "hour_of_week": np.int16, "delay": np.int16}
    patrols |= {"hours": np.float64, "vehicles": np.int32}
    return Panel(
        timezone="Europe/Paris",
        zones=table,
        categories=("unpaid",),
        fines=fines,
        patrols=pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in patrols.items()}),
    )


def one_size(size: str, threads: int) -> None:
    """Fit and predict one made panel; print seconds and memory as JSON."""
    zones, weeks = map(int, size.split("x"))
    panel = made_panel(zones, weeks)
    town = Town("none", CalendarParameters("FR", None, "B"))
    origin = panel.end_week - 5
    before = _peak_gib()
    clock = [(time.perf_counter(), time.process_time())]
    [model] = fit(
        panel,
        origin,
        town,
        [ExposureGBMParameters(**MANY_ROWS, threads=threads)],
        FeatureParameters(),
        ForecastParameters(max_rows=MAX_ROWS),
    )
    clock.append((time.perf_counter(), time.process_time()))
    for week in range(4):
        [made] = predict([model], panel, origin + week)
        assert np.isfinite(made.rate).all()
    clock.append((time.perf_counter(), time.process_time()))
    (fit_wall, fit_cpu), (predict_wall, predict_cpu) = np.diff(clock, axis=0).tolist()
    figures = {
        "zones": zones,
        "weeks": weeks,
        "cells": zones * weeks * HOURS_PER_WEEK,
        "rows": model.rows,
        "trees": model.estimator.trees_,
        "fit_cpu_s": round(fit_cpu, 2),
        "predict_cpu_s": round(predict_cpu, 2),
        "cpu_s": round(fit_cpu + predict_cpu, 2),
        "wall_s": round(fit_wall + predict_wall, 2),
        "peak_gib": round(_peak_gib(), 2),
        "made_gib": round(before, 2),
    }
    print(json.dumps(figures))


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def picture(rows: list[dict], path: Path) -> None:
    """CPU seconds and peak memory over zones, a line per length of history."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for weeks in sorted({row["weeks"] for row in rows}):
        line = sorted((row for row in rows if row["weeks"] == weeks), key=lambda row: row["zones"])
        zones = [row["zones"] for row in line]
        for axis, key in zip(axes, ("cpu_s", "peak_gib"), strict=True):
            axis.plot(zones, [row[key] for row in line], marker="o", label=f"{weeks} weeks")
    for axis, said in zip(axes, ("CPU seconds", "peak memory, GiB"), strict=True):
        axis.set(xlabel="zones", title=said, xlim=(0, None), ylim=(0, None))
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    figure.suptitle(f"Fit and four weeks predicted, at most {MAX_ROWS:,} rows taught")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def main() -> int:
    """Run every size in a process of its own; write the table and the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scratch", type=Path, default=Path("data/growth"))
    parser.add_argument("--sizes", nargs="*", default=SIZES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--one", help="run one size in this process")
    arguments = parser.parse_args()
    if arguments.one:
        one_size(arguments.one, arguments.threads)
        return 0
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    rows = []
    for size in arguments.sizes:
        command = [sys.executable, __file__, "--one", size, "--threads", str(arguments.threads)]
        alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # as the command line has it
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=alone)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(" ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
    with open(arguments.scratch / "growth.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    picture(rows, arguments.scratch / "growth.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
