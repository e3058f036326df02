"""Run every step in order on the made town with the defaults, then say where the map is.

Beside the way from exports to map it shows how full the zones are, the open data, and two minutes
of live alerts: a Saturday morning as its sensors sent it, 200 times as fast.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from infraction_model.pipelines.steps import BY_NAME, STEPS

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = Path(sys.executable).with_name("infraction-model")
WORKSPACE = Path("data/demo")


REPLAY = (
    "live", "live=saint_martin", "source=file", f"file={WORKSPACE}/raw/direct_samedi.jsonl",
    "speed=200", "restart=true", "serve=true", "linger=false", "server.port=0",
)  # fmt: skip
AFTER = {
    "ingest": (("occupancy", "source=sensors"), ("occupancy", "source=payments")),
    "map": (("dashboard",), ("publish",), REPLAY),
}
"""What else the demo runs after a step, each a command and its overrides."""


def commands() -> list[tuple[str, ...]]:
    """All that the demo runs, in order: commands and their overrides."""
    names = [step.name for step in STEPS if step.kind in ("stage", "decision")]
    return [command for name in names for command in ((name,), *AFTER.get(name, ()))]


def main() -> int:
    began = time.monotonic()
    todo = commands()
    for number, command in enumerate(todo, start=1):
        said = f"[{number}/{len(todo)}] infraction-model {' '.join(command)}"
        print(f"\n{said}: {BY_NAME[command[0]].help}", flush=True)
        done = subprocess.run([PROGRAM, *command], cwd=ROOT, check=False)
        if done.returncode != 0:
            print(f"error: {command[0]} failed; what follows did not run.", file=sys.stderr)
            return done.returncode
    pages = sorted((ROOT / WORKSPACE / "maps").glob("*/index.html"), key=_age)
    print(f"\nAll {len(todo)} steps in {time.monotonic() - began:.0f} s.")
    for study in (step for step in STEPS if step.kind == "study"):
        print(f"Left out, for it takes minutes: {PROGRAM.name} {study.name} ({study.help})")
    print(f"The town's reports: {WORKSPACE / 'reports'}")
    print(f"The state of parking: {WORKSPACE / 'dashboard' / 'index.html'}")
    print(f"Open data and the algorithm's public sheet: {WORKSPACE / 'open_data'}")
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
