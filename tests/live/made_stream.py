"""A made morning of bay and payment messages, with the faults that real ones have."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pandas as pd
import shapely

from infraction_model.io.tables import write_table
from infraction_model.io.workspace import Workspace

MONDAY_8AM = 1_709_535_600  # 2024-03-04 08:00 in Paris
MINUTE = 60
SHOP_ZONES, BAYS = 4, 6
LAST_BAY = "Z0-999"
LAST_BAYS = ("Z0-997", "Z0-998", LAST_BAY)
"""Three, so that they confirm each other's time and what waits before them takes effect."""


def write_zones(workspace: Path, zones: int = SHOP_ZONES) -> None:
    """The contract table of some streets with a tariff and a limit of 45 minutes."""
    frame = pd.DataFrame(
        {
            "zone_id": [f"Z{number}" for number in range(zones)],
            "geometry": [
                shapely.to_wkb(shapely.Point(2.64 + 0.001 * number, 50.53))
                for number in range(zones)
            ],
            "name": [f"Rue {number}" for number in range(zones)],
            "official": True,
            "spaces": float(BAYS),
            "tariff": "short",
            "max_stay_minutes": 45.0,
        }
    )
    write_table("zones", frame, Workspace(workspace).table("zones"))


def made_stream(messages: int, seed: int, zones: int = SHOP_ZONES, bays: int = BAYS) -> list[bytes]:
    """About so many messages in the order in which they come, and those of LAST_BAYS at the end.

    One in forty comes twice, one in forty some minutes too late, one in two hundred an hour; and
    one in a hundred is no message at all.
    """
    dice = random.Random(seed)
    timed: list[tuple[float, bytes]] = []
    per_bay = messages * 5 // 6 // (zones * bays)
    for zone in range(zones):
        for bay in range(1, bays + 1):
            timed += _bay(f"Z{zone}", f"Z{zone}-{bay}", per_bay, dice)
    timed.sort()
    timed += [_comes_again(one, dice) for one in dice.sample(timed, len(timed) // 40)]
    for place in dice.sample(range(len(timed)), len(timed) // 40):
        timed[place] = (timed[place][0] + dice.uniform(1, 8) * MINUTE, timed[place][1])
    for place in dice.sample(range(len(timed)), len(timed) // 200):
        timed[place] = (timed[place][0] + 60 * MINUTE, timed[place][1])
    bad = [b"{", b"[]", b'{"bay": 7}', b"\xff\xfe", b'{"bay": "Z0-1", "status": "?"}']
    timed += [
        (dice.choice(timed)[0], dice.choice(bad) + b" " * number)
        for number in range(len(timed) // 100)
    ]
    ordered = [payload for _, payload in sorted(timed)]
    end = max(
        json.loads(payload).get("at", 0)
        for payload in ordered
        if payload[:6] == b'{"bay"' and b"at" in payload
    )
    last = [_message(bay=bay, zone="Z0", status="occupied", at=end + 1) for bay in LAST_BAYS]
    return [*ordered, *last]


def _bay(zone: str, bay: str, changes: int, dice: random.Random) -> list[tuple[float, bytes]]:
    """A bay's arrivals and departures, and a ticket for two arrivals of three."""
    found, at = [], MONDAY_8AM + dice.randrange(30 * MINUTE)
    for _ in range(changes // 2):
        stays = max(3 * MINUTE, round(dice.lognormvariate(3.3, 0.8) * MINUTE))
        found.append((at, _message(bay=bay, zone=zone, status="occupied", at=at)))
        if dice.random() < 2 / 3:
            paid = at + dice.randrange(MINUTE, 4 * MINUTE)
            until = paid + dice.randrange(15, 60) * MINUTE
            where = {"bay": bay} if dice.random() < 0.5 else {}
            ticket = {"zone": zone, **where, "from": paid, "until": until}
            found.append((paid, _message(ticket=ticket)))
        at += stays
        found.append((at, _message(bay=bay, zone=zone, status="free", at=at)))
        at += dice.randrange(1, 30) * MINUTE
    return found


def _comes_again(one: tuple[float, bytes], dice: random.Random) -> tuple[float, bytes]:
    at, payload = one
    return at + dice.uniform(0, 5) * MINUTE, payload


def _message(**values) -> bytes:
    return json.dumps(values).encode()
