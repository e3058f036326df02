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

KILLS_IN_A_ROW = 10


class Loop:
    """One town's batch, to be killed."""

    def __init__(self, workspace: Path, models: Path, seed: int) -> None:
        self.workspace, self.models = workspace, models
        self.said = models.with_name("said.txt")
        self.publications = Publications(workspace / "publications")
        self.rng = random.Random(seed)
        self.seconds = {True: 0.0, False: 0.0}

    def run(self, origin: str, kill: bool, renewed: bool) -> bool:
        """One run, with a changed export to take in or not; gives whether it was killed."""
        if renewed:
            with (self.workspace / "raw" / "meteo.csv").open("ab") as file:
                file.write(b"\n")
        before, began = self.publications.current().name, time.monotonic()
        child = self._fork(origin)
        if kill:
            time.sleep(self.rng.uniform(0.0, self.seconds[renewed]))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not kill:
            self.seconds[renewed] = time.monotonic() - began
        about = {"origin": origin, "before": before, "after": self.publications.current().name}
        code = os.waitstatus_to_exitcode(status)
        about |= {"killed": code == -signal.SIGKILL, "code": code}
        said = self.said.read_text(encoding="utf-8")[-2000:] if code > 0 else ""
        print(json.dumps(about | {"said": said}), flush=True)
        return code == -signal.SIGKILL

    def _fork(self, origin: str) -> int:
        child = os.fork()
        if child:
            return child
        said = os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        settings = [
            f"workspace={self.workspace}",
            f"models={self.models}",
            f"origin={origin}",
            f"started_at={origin}T06:00:00",
            "redo=true",
            "retrain_weeks=99",
            "patrol.routing.iterations=20",
        ]
        os._exit(cli.main(["weekly", *settings]))


def main(workspace: Path, models: Path, origins: list[str], kills: int, seed: int) -> None:
    loop = Loop(workspace, models, seed)
    killed = 0
    while killed < kills:
        for origin in origins:
            for renewed in (True, False):
                loop.run(origin, kill=False, renewed=renewed)
            for _ in range(KILLS_IN_A_ROW):
                killed += loop.run(origin, kill=True, renewed=loop.rng.random() < 0.3)
    for origin in origins:
        loop.run(origin, kill=False, renewed=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4]), 7)
