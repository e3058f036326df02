"""Made alerts, and a live state that holds them, for tests of who reads it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from infraction_model.alerts.events import Alert, Reading
from infraction_model.io.live_tables import ALERTS, READINGS, connect, transaction

NOON = 1_768_042_800  # Saturday 10 January 2026, 12:00 in Paris
REASONS = (
    ("overstay",),
    ("unpaid",),
    ("overstay", "unpaid"),
    ("forbidden:market",),
    ("reserved:disabled",),
)


def alert(name: str = "a1", zone: str = "z1", **changed) -> Alert:
    """An alert of a stay that began 80 minutes before noon."""
    made = Alert(
        alert_id=name,
        bay_id=f"{zone}-07",
        zone_id=zone,
        stay_from=NOON - 4800,
        reasons=("unpaid",),
        opened_at=NOON - 3600,
        updated_at=NOON,
        closed_at=None,
        closed_because=None,
        severity=1.0,
        chance=0.7,
        still_there=0.5,
        minutes_to_reach=6.0,
        team="A",
        trust=0.9,
        value=0.315,
        infraction_probability=0.42,
        probability_basis="hour",
        verdict=None,
        revision=1,
    )
    return msgspec.structs.replace(made, **changed)


def closed(of: Alert, because: str = "left", at: int = NOON + 60) -> Alert:
    return msgspec.structs.replace(
        of, closed_at=at, closed_because=because, updated_at=at, revision=of.revision + 1
    )


def alerts(count: int, zones: list[str], seed: int = 1) -> list[Alert]:
    """Alerts as a busy Saturday has them, no two of the same value."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        chance, there, trust = rng.uniform(0.3, 1), rng.uniform(0.1, 0.95), rng.uniform(0.6, 0.98)
        severity = float(rng.choice([1.0, 1.0, 2.0, 3.0]))
        zone = zones[int(rng.integers(len(zones)))]
        made.append(
            alert(
                f"{number:03d}{rng.integers(2**32):08x}",
                zone,
                bay_id=f"{zone}-{number:02d}",
                stay_from=NOON - int(rng.integers(1200, 14400)),
                opened_at=NOON - int(rng.integers(0, 1200)),
                reasons=REASONS[int(rng.integers(len(REASONS)))],
                severity=severity,
                chance=float(chance),
                still_there=float(there),
                trust=float(trust),
                value=float(chance * there * trust * severity),
                minutes_to_reach=float(rng.integers(2, 20)),
                team=[None, "A", "B"][int(rng.integers(3))],
                infraction_probability=float(rng.uniform(0.05, 0.8)),
            )
        )
    return made


class MadeState:
    """A live state at `path`, written as the service does: one transaction and revision a batch."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = connect(path, synchronous="OFF")
        self.revision = 0

    def put(self, *alerts: Alert, readings: tuple[Reading, ...] = (), clock: int = NOON) -> None:
        self.revision += 1
        with transaction(self._database):
            for records, rows in ((ALERTS, alerts), (READINGS, readings)):
                self._database.executemany(
                    records.upsert("changed"), [(*records.row(row), self.revision) for row in rows]
                )
            self._database.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)",
                [("revision", self.revision), ("clock", f'{{"at": {clock}}}')],
            )

    def send_out(self, target: str, *alerts: Alert) -> None:
        """Put alerts into the outbox, in place of what waits there of the same."""
        with transaction(self._database):
            for one in alerts:
                newest = self._database.execute("SELECT ifnull(max(id), 0) FROM outbox").fetchone()
                row = (target, one.alert_id, newest[0] + 1, one.revision, _json(one))
                self._database.execute(
                    "INSERT OR REPLACE INTO outbox (target, alert_id, id, revision, alert) "
                    "VALUES (?, ?, ?, ?, ?)",
                    row,
                )

    def verdicts(self) -> list[tuple[str, bool]]:
        rows = self._database.execute("SELECT alert_id, is_right FROM inbox ORDER BY id")
        return [(name, bool(right)) for name, right in rows]

    def waiting(self) -> list[tuple[str, int, float]]:
        """What the outbox holds: alert, tries, next try."""
        return self._database.execute(
            "SELECT alert_id, tries, next_try FROM outbox ORDER BY id"
        ).fetchall()

    def close(self) -> None:
        self._database.close()


def _json(alert: Alert) -> str:
    return msgspec.json.encode(alert).decode()
