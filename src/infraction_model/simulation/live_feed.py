"""What the bays with sensors and the meters send on one morning, message by message, as it arrives.

The sensors of two makers speak NGSI-LD (ParkingSpot of the Smart Data Models), in its full and in
its short form, those of a third plain JSON; the meters speak plain JSON. As on a real street some
messages come late, twice, from a clock that is wrong, or broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from infraction_model.simulation.clock import Clock
from infraction_model.timegrid import HOURS_PER_WEEK, localise

CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
TIMEZONE = "Europe/Paris"
FIRST_MINUTE, LAST_MINUTE = 8 * 60, 13 * 60
_SATURDAY = 5 * 24 * 60
_READINGS_EVERY = 15
_DELAYED, _LONGEST_DELAY = 0.03, 240
_TWICE = 0.02
_BROKEN = (
    '{"bay": "S0001-01", "zone": "S0001", "status": "occup',
    '{"bay": "S0001-02", "zone": "S0001", "status": "maybe", "at": "2024-12-28T10:00:00+01:00"}',
    '{"id": "urn:ngsi-ld:ParkingSpot:S0002-01", "type": "ParkingSpot"}',
)


def make_live_feed(
    events: pd.DataFrame,
    tickets: pd.DataFrame,
    streets: pd.DataFrame,
    clock: Clock,
    weeks: int,
    rng: np.random.Generator,
) -> bytes:
    """The messages of the last Saturday, 08:00 to 13:00, as JSON lines in the order of arrival.

    `events` and `tickets` are those of sensors.py and payments.py (minutes from the first Monday).
    First come the arrivals of the cars that are there at 08:00, each with its own time.
    """
    day = (weeks - 1) * HOURS_PER_WEEK * 60 + _SATURDAY
    first, last = day + FIRST_MINUTE, day + LAST_MINUTE
    sensed = np.unique(events["zone"])
    sent = pd.concat(
        [
            _bay_changes(events, first, last, rng),
            _tickets(tickets[tickets["zone"].isin(sensed)], first, last, rng),
            _readings(events, sensed, first, last),
        ],
        ignore_index=True,
    )
    sent = _as_it_arrives(sent, first, rng)
    written = _Writer(streets, sensed, clock)
    lines = list(written.lines(sent))
    for number, broken in enumerate(_BROKEN, start=1):
        lines.insert(number * len(lines) // (len(_BROKEN) + 1), broken)
    return ("\n".join(lines) + "\n").encode()


def _bay_changes(events: pd.DataFrame, first: int, last: int, rng) -> pd.DataFrame:
    """Arrivals and departures of the morning, and the arrivals of those who were there before.

    In a minute in which one car leaves a bay and the next one comes, the first leaves first.
    """
    here = events[(events["departed"] > first) & (events["arrived"] < last)]
    came = here.assign(second=60 * here["arrived"] + rng.integers(30, 60, len(here)), status=1)
    left = here[here["departed"] < last]
    left = left.assign(second=60 * left["departed"] + rng.integers(0, 30, len(left)), status=0)
    both = pd.concat([came, left], ignore_index=True)
    return both[["zone", "bay", "second", "status"]].assign(what="bay")


def _tickets(tickets: pd.DataFrame, first: int, last: int, rng) -> pd.DataFrame:
    """Tickets that run or begin in the morning, each sent when it is bought."""
    here = tickets[(tickets["paid_until"] > first) & (tickets["paid_from"] < last)]
    second = 60 * here["paid_from"] + rng.integers(0, 60, len(here))
    until = second + 60 * (here["paid_until"] - here["paid_from"])
    number = np.arange(1, len(here) + 1)
    return here[["zone"]].assign(second=second, until=until, number=number, what="ticket")


def _readings(events: pd.DataFrame, sensed: np.ndarray, first: int, last: int) -> pd.DataFrame:
    """How many cars stand in each zone, every quarter of an hour."""
    rows = [
        {
            "zone": zone,
            "second": 60 * minute,
            "parked": int(((own["arrived"] <= minute) & (own["departed"] > minute)).sum()),
        }
        for zone in sensed
        for own in [events[events["zone"] == zone]]
        for minute in range(first, last, _READINGS_EVERY)
    ]
    return pd.DataFrame(rows).assign(what="reading")


def _as_it_arrives(sent: pd.DataFrame, first: int, rng) -> pd.DataFrame:
    """In the order of arrival: some late by minutes, some twice, one from a day ahead."""
    delayed = (rng.random(len(sent)) < _DELAYED) & (sent["second"] >= 60 * first)
    arrives = sent["second"] + np.where(delayed, rng.integers(30, _LONGEST_DELAY, len(sent)), 0)
    again = sent["what"].eq("bay") & (rng.random(len(sent)) < _TWICE)
    wrong = sent[sent["what"].eq("bay") & (sent["second"] >= 60 * first)].head(1)
    wrong = wrong.assign(second=wrong["second"] + 24 * 3600, arrives=wrong["second"] + 600)
    rows = pd.concat(
        [sent.assign(arrives=arrives), sent[again].assign(arrives=arrives[again] + 20), wrong],
        ignore_index=True,
    )
    return rows.sort_values(["arrives", "zone", "what"], kind="stable", ignore_index=True)


class _Writer:
    """Writes each message as its sender does."""

    def __init__(self, streets: pd.DataFrame, sensed: np.ndarray, clock: Clock):
        self.zone_id = streets["zone_id"].to_numpy(dtype=object)
        self.spaces = streets["spaces"].to_numpy()
        self.maker = {zone: place % 3 for place, zone in enumerate(sensed)}
        self.clock = clock

    def lines(self, sent: pd.DataFrame) -> Iterator[str]:
        at = self._stamps(sent["second"])
        until = self._stamps(sent["until"].fillna(sent["second"]))
        for row, begins, ends in zip(sent.itertuples(index=False), at, until, strict=True):
            yield json.dumps(getattr(self, f"_{row.what}")(row, begins, ends))

    def _stamps(self, seconds: pd.Series) -> list[str]:
        """Seconds from the first Monday on the town's clock as ISO times with their offset."""
        start = np.datetime64(self.clock.first_monday, "s")
        local = start + seconds.to_numpy(dtype=np.int64).astype("timedelta64[s]")
        aware, _, _ = localise(pd.Series(local), TIMEZONE)
        return [time.isoformat(timespec="seconds") for time in aware]

    def _bay(self, row, at: str, _: str) -> dict:
        zone_id = self.zone_id[row.zone]
        bay = f"{zone_id}-{int(row.bay):02d}"
        status = "occupied" if row.status else "free"
        maker = self.maker[row.zone]
        if maker == 2:
            return {"bay": bay, "zone": zone_id, "status": status, "at": at}
        name = {"id": f"urn:ngsi-ld:ParkingSpot:{bay}", "type": "ParkingSpot", "@context": CONTEXT}
        site = f"urn:ngsi-ld:OnStreetParking:{zone_id}"
        if maker == 1:
            return name | {"status": status, "refParkingSite": site, "dateModified": at}
        return name | {
            "status": {"type": "Property", "value": status, "observedAt": at},
            "refParkingSite": {"type": "Relationship", "object": site},
        }

    def _ticket(self, row, at: str, until: str) -> dict:
        number = f"{self.zone_id[row.zone]}-{int(row.number):05d}"
        return {
            "ticket": {"id": number, "zone": self.zone_id[row.zone], "from": at, "until": until}
        }

    def _reading(self, row, at: str, _: str) -> dict:
        zone_id, spaces = self.zone_id[row.zone], int(self.spaces[row.zone])
        return {
            "id": f"urn:ngsi-ld:OnStreetParking:{zone_id}",
            "type": "OnStreetParking",
            "@context": CONTEXT,
            "totalSpotNumber": {"type": "Property", "value": spaces, "observedAt": at},
            "availableSpotNumber": {
                "type": "Property",
                "value": max(0, spaces - int(row.parked)),
                "observedAt": at,
            },
        }
