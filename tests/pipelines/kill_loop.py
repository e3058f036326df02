"""Runs the weekly batch again and again and kills it at random moments, for test_weekly_kills.py.

Everything is imported once; each run is a fork of this process, so that the moments of the kills
fall into the batch itself and not into its imports. Prints one JSON line per run.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from infraction_model import cli
from infraction_model.io.publications import Publications
from infraction_model.pipelines import weekly  # noqa: F401 - imported before the forks


def fork_run(arguments: list[str]) -> int:
    """Start the batch in a fork; gives its process id."""
    child = os.fork()
    if child:
        return child
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os._exit(cli.main(arguments))


def main(workspace: Path, models: Path, origins: list[str], kills: int, seed: int) -> None:
    rng = random.Random(seed)
    publications = Publications(workspace / "publications")
    longest, killed = 0.0, 0
    while killed < kills:
        for origin in origins:
            base = ["weekly", f"workspace={workspace}", f"models={models}", f"origin={origin}"]
            arguments = [*base, f"started_at={origin}T06:00:00", "redo=true", "retrain_weeks=99"]
            arguments.append("patrol.routing.iterations=20")
            for _ in range(kills // 10):
                # a changed export: the run takes it in, and tables and panel are written again
                with (workspace / "raw" / "meteo.csv").open("ab") as file:
                    file.write(b"\n")
                before = publications.current().name
                moment = rng.uniform(0.0, longest or 1.0)
                child = fork_run(arguments)
                time.sleep(moment)
                os.kill(child, signal.SIGKILL)
                _, status = os.waitpid(child, 0)
                killed += os.WIFSIGNALED(status)
                after = publications.current().name
                print(
                    json.dumps(
                        {
                            "origin": origin,
                            "moment": moment,
                            "before": before,
                            "after": after,
                            "killed": os.WIFSIGNALED(status),
                        }
                    ),
                    flush=True,
                )
            began = time.monotonic()
            _, status = os.waitpid(fork_run(arguments), 0)
            longest = max(longest, time.monotonic() - began)
            print(
                json.dumps(
                    {
                        "origin": origin,
                        "completed": os.waitstatus_to_exitcode(status),
                        "after": publications.current().name,
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4]), 7)
