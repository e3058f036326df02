"""Runs the live service again and again and kills it at random moments, for test_live_kills.py.

Everything is imported once; each run is a fork of this process, so that the moments of the kills
fall into the service's work and not into its imports. A run is killed some time after it has kept
something new, and one in four as soon as it begins. Prints a JSON line per run: how many messages
the state knew then. After the last kill the service runs until LAST_BAY was seen.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from infraction_model.io.live_tables import connect
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines import live
from live.made_records import parameters_for
from live.made_stream import LAST_BAY

LONGEST_AT_WORK = 0.3  # seconds


def main(workspace: Path, port: int, kills: int, seed: int) -> None:
    dice, parameters = random.Random(seed), parameters_for(workspace, port=port)
    child = start(parameters)
    sys.stdin.readline()  # until then the first service subscribes, and nothing is published
    before = 0
    for _ in range(kills):
        wait_until(lambda before=before: known(workspace) > before)
        time.sleep(dice.uniform(0.0, LONGEST_AT_WORK))
        code = end(child, signal.SIGKILL)
        before = known(workspace)
        tell(workspace, code)
        child = start(parameters)
        if dice.random() < 0.25:
            time.sleep(dice.uniform(0.0, LONGEST_AT_WORK))
            end(child, signal.SIGKILL)
            child = start(parameters)
    wait_until(lambda: has_seen_the_last(workspace))
    time.sleep(0.5)  # if it has only just begun
    tell(workspace, end(child, signal.SIGTERM))


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)


def start(parameters: live.Parameters) -> int:
    child = os.fork()
    if child:
        return child
    log = os.open(parameters.workspace / "service.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        live.run(parameters)
        code = 0
    finally:
        os._exit(code)


def end(child: int, by: signal.Signals) -> int:
    os.kill(child, by)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def tell(workspace: Path, code: int) -> None:
    print(json.dumps({"code": code, "known": known(workspace)}), flush=True)


def known(workspace: Path) -> int:
    """How many messages the state knows: fewer than it remembers."""
    [[count]] = ask(workspace, "SELECT COALESCE(SUM(LENGTH(digests)) / 12, 0) FROM recent")
    return count


def has_seen_the_last(workspace: Path) -> bool:
    found = f"bay_id = '{LAST_BAY}'"
    held = ask(workspace, f"SELECT 1 FROM held WHERE {found}")
    return bool(held or ask(workspace, f"SELECT 1 FROM bays WHERE {found}"))


def ask(workspace: Path, query: str) -> list:
    database = connect(Workspace(workspace).live_state)
    rows = database.execute(query).fetchall()
    database.close()
    return rows


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
