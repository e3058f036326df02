"""The live alerts under load: how soon after a message is its alert kept, and how fast is a replay?

    python benchmarks/live_load.py stream [--rate 2000] [--seconds 600]
    python benchmarks/live_load.py replay [--events 1000000]

`stream` starts a mosquitto (Debian's) on a free port of this machine and the service beside it, and
publishes what 4,000 bays and their meters say with QoS 1. The messages' clock runs so fast that a
bay changes every twenty minutes of it. One in fifty is reserved: a car there is an alert at once.
The time from just before a message is published until its alert is seen in the state by another
process (which looks every 2 ms) is its delay. `replay` reads a file of the same messages.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import shapely

from infraction_model.io.live_store import LiveStore, StoreParameters
from infraction_model.io.live_view import LiveView
from infraction_model.io.tables import write_table
from infraction_model.io.workspace import Workspace

ZONES, BAYS = 200, 20
RESERVED = 50  # one bay in so many
BEGIN = 1_709_535_600
CHANGE_SECONDS = 1200  # of the messages' clock, between two changes of a bay
MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
SETTINGS = """
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 60
max_queued_messages 1000000
user root
"""
RULES = [
    "live.rules.reserved=[{name: loading, kinds: [loading], grace_minutes: 0}]",
    # as often as once in a minute of a town's own clock
    "live.ranking.rerank_seconds=36000",
]


def messages(seed: int) -> Iterator[bytes]:
    """Changes of bays and tickets in order of time, without end; four arrivals of five pay."""
    dice = random.Random(seed)
    due = [
        (BEGIN + dice.uniform(0, CHANGE_SECONDS), zone, bay, "occupied")
        for zone in range(ZONES)
        for bay in range(BAYS)
    ]
    heapq.heapify(due)
    while True:
        time_due, zone, bay, what = heapq.heappop(due)
        at = int(time_due)
        name = f"Z{zone:03d}-{bay:02d}"
        if what == "ticket":
            until = at + dice.randrange(600, 2 * CHANGE_SECONDS)
            message = {"ticket": {"bay": name, "from": at, "until": until}}
        else:
            wait = CHANGE_SECONDS * dice.uniform(0.5, 1.5)
            follows = "free" if what == "occupied" else "occupied"
            heapq.heappush(due, (time_due + wait, zone, bay, follows))
            message = {"bay": name, "zone": f"Z{zone:03d}", "status": what, "at": at}
            if (zone * BAYS + bay) % RESERVED == 0:
                message["kinds"] = ["loading"]
            if what == "occupied" and dice.random() < 0.8:
                heapq.heappush(due, (time_due + dice.uniform(30, 180), zone, bay, "ticket"))
        yield json.dumps(message).encode()


def write_zones(workspace: Path) -> None:
    places = [shapely.to_wkb(shapely.Point(2.6 + 0.001 * zone, 50.5)) for zone in range(ZONES)]
    frame = pd.DataFrame(
        {
            "zone_id": [f"Z{zone:03d}" for zone in range(ZONES)],
            "geometry": places,
            "name": "Rue",
            "official": True,
            "spaces": float(BAYS),
            "tariff": "short",
            "max_stay_minutes": 45.0,
        }
    )
    write_table("zones", frame, Workspace(workspace).table("zones"))


def live(workspace: Path, *settings: str) -> list[str]:
    command = [sys.executable, "-m", "infraction_model.cli"]
    return [*command, "live", f"workspace={workspace}", *RULES, *settings]


def replay(events: int, folder: Path) -> None:
    """Time the command on a file of so many messages."""
    path = folder / "events.jsonl"
    with open(path, "wb") as file:
        file.writelines(message + b"\n" for message in itertools.islice(messages(7), events))
    write_zones(folder)
    began = time.perf_counter()
    subprocess.run(live(folder, "source=file", f"file={path}"), check=True)
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(
        f"{events} events: {wall:.1f} s by the clock ({events / wall:,.0f} events/s), "
        f"{cpu:.1f} CPU s ({events / cpu:,.0f} events/s), peak {used.ru_maxrss / 1024:.0f} MB"
    )


def publish(port: int, rate: float, seconds: float, sent: Path) -> None:
    """Publish at a steady rate; write when each message of a reserved bay left, by bay and time."""
    import paho.mqtt.client as paho

    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="bays", protocol=paho.MQTTv5)
    client.max_inflight_messages_set(5000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    began, left = time.time(), []
    for number, message in enumerate(itertools.islice(messages(7), round(rate * seconds))):
        time.sleep(max(0.0, began + number / rate - time.time()))
        if b"loading" in message and b"occupied" in message:
            arrived = json.loads(message)
            left.append((arrived["bay"], arrived["at"], time.time()))
        last = client.publish("parking/bays", message, qos=1)
    last.wait_for_publish()
    print(f"published {round(rate * seconds) / (time.time() - began):,.0f} messages/s")
    sent.write_text(json.dumps(left))
    client.disconnect()
    client.loop_stop()


def watch(workspace: Path, seconds: float, service: psutil.Process) -> tuple[dict, list]:
    """When each alert was first seen, by bay and beginning of its stay; the memory meanwhile."""
    view, seen, memory = LiveView(Workspace(workspace).live_state), {}, []
    end, measured, revision = time.time() + seconds, 0.0, 0
    while (now := time.time()) < end:
        newest = view.revision()
        if newest > revision:
            for alert in view.changes_since(revision):
                seen.setdefault((alert.bay_id, alert.stay_from), time.time())
            revision = newest
        if now - measured > 5:
            measured = now
            memory.append((now, service.memory_info().rss / 2**20))
        time.sleep(0.002)
    view.close()
    return seen, memory


def stream(rate: float, seconds: float, folder: Path) -> None:
    """Publish to a real broker and say how late alerts were, and how the memory went."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    settings, workspace = folder / "mosquitto.conf", folder / "town"
    settings.write_text(SETTINGS.format(port=port, folder=folder))
    write_zones(workspace)
    LiveStore(Workspace(workspace).live_state, StoreParameters()).close()
    broker = subprocess.Popen([MOSQUITTO, "-c", settings], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    where = ("mqtt.host=127.0.0.1", f"mqtt.port={port}", "intake.tick_seconds=0")
    service = subprocess.Popen(live(workspace, *where))
    time.sleep(6)
    sent = folder / "sent.json"
    publisher = multiprocessing.Process(target=publish, args=(port, rate, seconds, sent))
    publisher.start()
    process = psutil.Process(service.pid)
    before = process.cpu_times()
    seen, memory = watch(workspace, seconds + 5, process)
    after = process.cpu_times()
    publisher.join()
    service.send_signal(signal.SIGTERM)
    service.wait()
    broker.terminate()
    broker.wait()
    _tell(json.loads(sent.read_text()), seen, memory)
    cpu = sum(after[:2]) - sum(before[:2])
    print(f"service: {cpu / seconds:.2f} CPU s per second")


def _tell(left: list, seen: dict, memory: list) -> None:
    delays = np.array([seen[bay, at] - when for bay, at, when in left if (bay, at) in seen])
    missing = len(left) - len(delays)
    shares = [0.5, 0.9, 0.99, 0.999, 1.0]
    told = ", ".join(
        f"{share:.1%} {delay * 1000:.0f} ms"
        for share, delay in zip(shares, np.quantile(delays, shares), strict=True)
    )
    load = os.getloadavg()[1]
    print(f"{len(delays)} alerts ({missing} not seen), load average {load:.1f}; delay: {told}")
    times, sizes = np.array(memory).T
    minutes = ((times - times[0]) // 60).astype(int)
    said = ", ".join(f"{sizes[minutes == one].mean():.0f}" for one in np.unique(minutes))
    print(f"memory of the service by minute, MB: {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["stream", "replay"])
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.what == "stream":
            stream(chosen.rate, chosen.seconds, Path(folder))
        else:
            replay(chosen.events, Path(folder))


if __name__ == "__main__":
    main()
