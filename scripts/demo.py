"""Run every step in order on the made town with the defaults, then say where the map is."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from infraction_model.pipelines.steps import STEPS

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = Path(sys.executable).with_name("infraction-model")
WORKSPACE = Path("data/demo")


def main() -> int:
    began = time.monotonic()
    steps = [step for step in STEPS if step.kind in ("stage", "decision")]
    for number, step in enumerate(steps, start=1):
        print(f"\n[{number}/{len(steps)}] infraction-model {step.name}: {step.help}", flush=True)
        done = subprocess.run([PROGRAM, step.name], cwd=ROOT, check=False)
        if done.returncode != 0:
            print(f"error: {step.name} failed; the steps after it did not run.", file=sys.stderr)
            return done.returncode
    pages = sorted((ROOT / WORKSPACE / "maps").glob("*/index.html"), key=_age)
    print(f"\nAll {len(steps)} steps in {time.monotonic() - began:.0f} s.")
    for study in (step for step in STEPS if step.kind == "study"):
        print(f"Left out, for it takes minutes: {PROGRAM.name} {study.name} ({study.help})")
    print(f"The town's reports: {WORKSPACE / 'reports'}")
    if not pages:
        print("No map was written.")
        return 1
    page = pages[-1].relative_to(ROOT)
    print(f"What each team carries, to print: {page.with_name('sheets.html')}")
    print(f"The map: {page}")
    return 0


def _age(path: Path) -> float:
    return path.stat().st_mtime


if __name__ == "__main__":
    sys.exit(main())
