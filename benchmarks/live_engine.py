"""The engine of the live alerts alone: messages read and events handled per second.

    python benchmarks/live_engine.py [--events 200000]

2,000 bays in 100 zones, stays and pauses of an hour on average, batches of 1,000; once without
tickets and once with a ticket, which names its zone only, for six in ten stays. Then tickets alone,
of one zone with 100 bays: 5,000 in order over a quarter of an hour, and 3,000 of one second. CPU
seconds.
"""

from __future__ import annotations

import argparse
import heapq
import random
import time

from infraction_model.alerts.engine import Engine
from infraction_model.alerts.events import BayChange, Event, Tick, Ticket
from infraction_model.alerts.messages import read_message
from infraction_model.alerts.parameters import LiveParameters
from infraction_model.alerts.town import Town, Zone

BAYS, ZONES, BATCH = 2000, 100, 1000
BEGIN = 1_773_039_600  # Monday 2026-03-09, 08:00 in Paris
MESSAGE = b'{"bay":"Z001-03","zone":"Z001","status":"occupied","at":"2026-03-10T09:00:00+01:00"}'
COMES, LEAVES, PAYS = range(3)


def main() -> None:
    """Print messages and events per second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    count = parser.parse_args().events
    began = time.process_time()
    for _ in range(count):
        read_message(MESSAGE)
    print(f"messages read per second: {count / (time.process_time() - began):,.0f}")
    for share, what in ((0.0, "bays only"), (0.6, "with tickets")):
        events = street(count, share)
        engine = Engine(town(), LiveParameters())
        began = time.process_time()
        for start in range(0, count, BATCH):
            engine.handle(events[start : start + BATCH])
        print(f"events per second, {what}: {count / (time.process_time() - began):,.0f}")
    for number, span, what in ((5000, 900, "in order"), (3000, 1, "of one second")):
        print(f"tickets of a zone per second, {what}: {number / crowd(number, span):,.0f}")


def town() -> Town:
    """Paid zones with a limit of an hour and a half."""
    names = [f"Z{number:03d}" for number in range(ZONES)]
    return Town("Europe/Paris", {name: Zone(name, BAYS // ZONES, "Rouge", 90.0) for name in names})


def street(count: int, paying: float) -> list[Event]:
    """What bays and meters say, in order of time."""
    rng = random.Random(2)
    waiting = [(BEGIN + rng.randrange(3600), COMES, bay, 0) for bay in range(BAYS)]
    heapq.heapify(waiting)
    events: list[Event] = []
    while len(events) < count:
        at, kind, bay, lasting = heapq.heappop(waiting)
        zone_id = f"Z{bay % ZONES:03d}"
        bay_id = f"{zone_id}-{bay // ZONES:02d}"
        if kind == PAYS:
            events.append(Ticket(zone_id, None, at, at + lasting, at))
            continue
        events.append(BayChange(bay_id, zone_id, kind == COMES, at))
        following = at + 60 + int(rng.expovariate(1 / 3600))
        heapq.heappush(waiting, (following, LEAVES if kind == COMES else COMES, bay, 0))
        if kind == COMES and rng.random() < paying:
            lasting = 60 * rng.randrange(20, 90)
            heapq.heappush(waiting, (at + rng.randrange(60, 240), PAYS, bay, lasting))
    return events


def crowd(number: int, span: int) -> float:
    """CPU seconds for so many tickets, sold within `span` seconds in a zone with 100 full bays."""
    engine = Engine(town(), LiveParameters())
    at = BEGIN + 7200
    bays = [BayChange(f"Z000-{bay:02d}", "Z000", True, at + bay) for bay in range(100)]
    engine.handle([Tick(at), *bays])
    sold = [at + 120 + place * span // number for place in range(number)]
    tickets = [Ticket("Z000", None, at, at + 3600, at, str(n)) for n, at in enumerate(sold)]
    began = time.process_time()
    for start in range(0, number, BATCH):
        engine.handle(tickets[start : start + BATCH])
    return time.process_time() - began


if __name__ == "__main__":
    main()
