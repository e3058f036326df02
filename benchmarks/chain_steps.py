"""Wall seconds, CPU seconds and peak memory of each step on a town: one process per step.

    python benchmarks/chain_steps.py [san_francisco] [--workspace DIR]

Reads the exports that conf/data/TOWN.yaml names, so run it from the top of the repository.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEPS = ("ingest", "panel", "train", "backtest", "promote", "score", "map")
COMMAND = Path(sys.executable).with_name("infraction-model")


def main() -> int:
    """Run every step in turn and print a table row for each; the first failure ends it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("town", nargs="?", default="demo", help="name of a file in conf/data")
    parser.add_argument("--workspace", type=Path, help="default: a folder that is thrown away")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        workspace = arguments.workspace or Path(scratch) / arguments.town
        print(f"{'step':<10} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}")
        for step in ("simulate", *STEPS) if arguments.town == "demo" else STEPS:
            code = _measure(step, arguments.town, workspace)
            if code:
                return code
    return 0


def _measure(step: str, town: str, workspace: Path) -> int:
    command = [str(COMMAND), step, f"data={town}", f"workspace={workspace}"]
    if step in ("train", "promote", "score"):
        command.append(f"models={workspace / 'models'}")
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.stderr.write(output.read().decode(errors="replace"))
            return process.returncode
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{step:<10} {wall:8.1f} {cpu:8.1f} {usage.ru_maxrss / 1024:8.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
