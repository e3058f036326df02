"""San Francisco's blocks: ours beside mlforecast, Polars and plain pandas, ratios of one run.

    python benchmarks/speed/run.py [--exports DIR] [--scratch DIR] [--repeat 3]

Every contestant is a process of its own, with one thread, on the same zone-hours: fit on what was
known when the first of the last four whole weeks was planned, predict all four. Rounds are
interleaved and the least CPU seconds of each stage are taken, so that a busy machine disturbs the
ratios little. mlforecast 1.1 needs pandas 2, and Polars is nothing the project needs: uv makes an
environment for each from the head of its script.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from prepare import prepare

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MANY_ROWS = yaml.safe_load((ROOT / "conf/experiment/many_rows.yaml").read_text("utf-8"))[
    "estimator"
]
"""The settings that the project offers a large town."""

EVERY_ROW = {"draw_share": 1.0, "max_rows": 100_000_000}
PLAIN_SEARCH = MANY_ROWS | {"search_rows": 100_000_000}
"""LightGBM on all rows as it comes: every row, also in the search for the number of trees."""


def main() -> int:
    """Prepare the data, run every contestant in turns, print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exports", type=Path, default=Path("../shared/data"))
    parser.add_argument("--scratch", type=Path, default=Path("data/speed"))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of contestants")
    arguments = parser.parse_args()
    span = prepare(arguments.exports, arguments.scratch)
    print(f"{span['zones']} blocks, weeks {span['first_week']} to {span['end_week'] - 1}")
    contestants = _contestants(arguments.scratch)
    results: dict[str, list[dict]] = {}
    for _ in range(arguments.repeat):
        for name, command in contestants.items():
            if arguments.only and name not in arguments.only:
                continue
            results.setdefault(name, []).append(_measure(name, command))
    best = {name: _least(runs) for name, runs in results.items()}
    (arguments.scratch / "speed.json").write_text(json.dumps(best, indent=2), "utf-8")
    print(_table(best))
    print(_verdicts(best))
    return 0


def _contestants(scratch: Path) -> dict[str, list[str]]:
    def ours(**settings) -> list[str]:
        return [sys.executable, str(HERE / "ours.py"), str(scratch), json.dumps(settings)]

    return {
        "ours": ours(estimator=MANY_ROWS),
        "ours, no lignum": ours(estimator=MANY_ROWS, lignum=False),
        "ours, defaults": ours(),
        "ours, all rows": ours(estimator=PLAIN_SEARCH, forecast=EVERY_ROW),
        "mlforecast": _apart("with_mlforecast.py", scratch),
        "polars": _apart("with_polars.py", scratch),
        "pandas": [sys.executable, str(HERE / "with_pandas.py"), str(scratch)],
    }


def _apart(script: str, scratch: Path) -> list[str]:
    """A script in the environment that its head names, made by uv."""
    path = str(HERE / script)
    subprocess.run(["uv", "sync", "--quiet", "--script", path], check=True)
    found = subprocess.run(
        ["uv", "python", "find", "--script", path], check=True, capture_output=True, text=True
    )
    return [found.stdout.strip(), path, str(scratch)]


def _measure(name: str, command: list[str]) -> dict:
    """Run one contestant; its own report, with the whole process's CPU and wall seconds."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, env=os.environ | threads)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{name} failed: {' '.join(command)}")
        output.seek(0)
        report = json.loads(output.read().splitlines()[-1])
    report["cpu"], report["wall"] = usage.ru_utime + usage.ru_stime, wall
    print(f"{name:<16} {report['cpu']:6.1f} CPU s  {wall:6.1f} s wall", flush=True)
    return report


def _least(runs: list[dict]) -> dict:
    """The least CPU seconds of every stage and of the whole, over repeated runs."""
    stages = {name: min(run["stages"][name]["cpu"] for run in runs) for name in runs[0]["stages"]}
    smallest = {key: min(run[key] for run in runs) for key in ("cpu", "wall", "peak_gib")}
    return {**runs[0], **smallest, "stages": stages}


def _table(best: dict[str, dict]) -> str:
    columns = ("import", "frame", "features", "train", "predict")
    head = f"{'CPU seconds':<16}" + "".join(f"{c:>10}" for c in columns)
    lines = [head + f"{'whole':>10}{'wall':>8}{'GiB':>7}{'log loss':>10}{'rows':>10}{'trees':>7}"]
    for name, run in best.items():
        cells = "".join(f"{run['stages'].get(column, 0.0):10.2f}" for column in columns)
        lines.append(
            f"{name:<16}{cells}{run['cpu']:10.2f}{run['wall']:8.1f}{run['peak_gib']:7.2f}"
            f"{run['log_loss']:10.5f}{run['rows']:10}{run['trees']:7}"
        )
    return "\n".join(lines)


def _verdicts(best: dict[str, dict]) -> str:
    """Each bar with what was reached; a bar whose contestants did not run is left out."""

    def whole(run: dict) -> float:
        return run["cpu"]

    def part(name: str):
        return lambda run: run["stages"][name]

    bars = (
        ("whole run against mlforecast", "ours", "mlforecast", whole, 0.17),
        ("whole run against pandas", "ours", "pandas", whole, 0.13),
        ("whole run against polars", "ours", "polars", whole, 0.173),
        ("features against mlforecast", "ours", "mlforecast", part("features"), 0.10),
        ("binning and fit against all rows", "ours", "ours, all rows", part("train"), 0.15),
        ("prediction against Booster.predict", "ours", "ours, no lignum", part("predict"), 0.45),
    )
    lines = []
    for said, one, other, of, bar in bars:
        if one in best and other in best:
            ratio = of(best[one]) / of(best[other])
            lines.append(f"{said:<36} {ratio:.3f}  bar {bar:.2f}  {_verdict(ratio <= bar)}")
    if "ours" in best:
        run = best["ours"]
        lines.append(f"{'log loss':<36} {run['log_loss']:.5f}  bar 0.0540")
        lines.append(f"{'peak memory, GiB':<36} {run['peak_gib']:.2f}  bar 0.75")
        for name, bar in (("ours", 1.0), ("ours, no lignum", 2.3)):
            if name in best:
                week = best[name]["warm_week"]
                lines.append(f"{'warm weekly score, ' + name:<36} {week:.2f} s  bar {bar}")
    return "\n".join(lines)


def _verdict(reached: bool) -> str:
    return "reached" if reached else "NOT reached"


if __name__ == "__main__":
    sys.exit(main())
