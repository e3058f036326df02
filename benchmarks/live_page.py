"""The live page under load: how soon does a phone hear of an alert, and what do fifty phones cost?

    python benchmarks/live_page.py [--readers 50] [--alerts 1000] [--seconds 20]

Twice a second a tenth of the open alerts is kept anew, as when all are ranked anew. The server runs
in a process of its own, as beside the service, and its readers in this one. The delay is the time
from the commit until a reader has the whole message.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import numpy as np
import psutil

from infraction_model.alerts.events import Alert, Changes
from infraction_model.io.live_access import ServerParameters
from infraction_model.io.live_server import serving
from infraction_model.io.live_store import Batch, LiveStore, StoreParameters
from infraction_model.io.live_view import LiveView

PAUSE = 0.5  # seconds between two batches


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--readers", type=int, default=50)
    options.add_argument("--alerts", type=int, default=1000)
    options.add_argument("--seconds", type=float, default=20.0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        with contextlib.closing(LiveStore(path, StoreParameters())) as store:
            print(json.dumps(measure(store, path, chosen), indent=1))


def measure(store: LiveStore, path: Path, chosen: argparse.Namespace) -> dict[str, float]:
    alerts = [an_alert(number) for number in range(chosen.alerts)]
    store.commit(changes(alerts), Batch())
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(path, there))
    server.start()
    try:
        address = here.recv()
        of_server = psutil.Process(server.pid)
        before = sum(of_server.cpu_times()[:2])
        committed, heard, sizes = asyncio.run(follow(store, alerts, address, chosen))
        used = sum(of_server.cpu_times()[:2]) - before
        memory = of_server.memory_info().rss
    finally:
        here.send("end")
        server.join()
    delays = np.array([at - committed[revision] for revision, at in heard if revision in committed])
    return {
        "readers": chosen.readers,
        "open alerts": chosen.alerts,
        "batches": len(committed),
        "messages heard": len(delays),
        "delay ms, median": round(1000 * float(np.median(delays)), 1),
        "delay ms, 99th percentile": round(1000 * float(np.quantile(delays, 0.99)), 1),
        "kB per message": round(float(np.mean(sizes)) / 1000, 1),
        "server, share of a core": round(used / chosen.seconds, 2),
        "server, MB": round(memory / 1e6),
    }


def serve(path: Path, pipe) -> None:
    with (
        contextlib.closing(LiveView(path)) as view,
        serving("", view, ServerParameters(port=0), {}) as served,
    ):
        pipe.send(served.address)
        pipe.recv()


async def follow(store: LiveStore, alerts: list[Alert], address: str, chosen):
    """Keep batches while readers listen; when each was kept, when each was heard, and its size."""
    committed: dict[int, float] = {}
    heard: list[tuple[int, float]] = []
    sizes: list[int] = []
    readers = [asyncio.create_task(read(address, heard, sizes)) for _ in range(chosen.readers)]
    await asyncio.sleep(1.0)  # all of them have what is open
    sizes.clear()
    dice = np.random.default_rng(1)
    for _ in range(round(chosen.seconds / PAUSE)):
        some = dice.choice(len(alerts), len(alerts) // 10, replace=False)
        value = float(dice.uniform())
        changed = [msgspec.structs.replace(alerts[place], value=value) for place in some]
        store.commit(changes(changed), Batch())
        committed[store.revision] = time.perf_counter()
        await asyncio.sleep(PAUSE)
    for reader in readers:
        reader.cancel()
    return committed, heard, sizes


async def read(address: str, heard: list[tuple[int, float]], sizes: list[int]) -> None:
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=2**24)
    writer.write(f"GET /events HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    while True:
        message = await reader.readuntil(b"\n\n")
        told = message.partition(b"id: ")[2].partition(b"\n")[0]
        if told:
            heard.append((int(told), time.perf_counter()))
            sizes.append(len(message))


def changes(alerts: list[Alert]) -> Changes:
    return Changes(None, [], [], alerts, [], [], [], [], [], [], {})


def an_alert(number: int) -> Alert:
    return Alert(
        alert_id=f"{number:016x}",
        bay_id=f"S{number // 20:04d}-{number % 20:02d}",
        zone_id=f"S{number // 20:04d}",
        stay_from=1_768_042_800 - number,
        reasons=("overstay", "unpaid"),
        opened_at=1_768_042_800,
        updated_at=1_768_042_800,
        closed_at=None,
        closed_because=None,
        severity=1.0,
        chance=0.7,
        still_there=0.5,
        minutes_to_reach=6.0,
        team="A",
        trust=0.9,
        value=number / 1000,
        infraction_probability=0.42,
        probability_basis="hour",
        verdict=None,
        revision=1,
    )


if __name__ == "__main__":
    main()
