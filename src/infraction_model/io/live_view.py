"""What the live page and the outgoing messages see of the live state, and the verdicts they bring.

The service alone writes alerts (io/live_store.py); here they are read. What is written here lies in
tables of its own: the inbox of verdicts, which the service takes as events, and the outbox's tries.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec

from infraction_model.alerts.events import Alert, Reading
from infraction_model.io.live_tables import ALERTS, READINGS, connect, transaction


class Outgoing(msgspec.Struct, frozen=True):
    """An alert that is to go out, in its newest revision; tried `tries` times so far.

    `id` is new whenever a newer revision takes the place of the one that waits.
    """

    id: int
    alert: Alert
    tries: int


class LiveView:
    """The live state at `path` as others than the service see it; threads may share one."""

    def __init__(self, path: Path) -> None:
        self._database = connect(path)
        self._lock = threading.Lock()

    def close(self) -> None:
        self._database.close()

    def revision(self) -> int:
        """Grows with every change of an alert or a reading."""
        with self._lock:
            row = self._database.execute(
                "SELECT value FROM facts WHERE name = 'revision'"
            ).fetchone()
        return int(row[0]) if row else 0

    def clock(self) -> int | None:
        """The time of the events, in seconds since 1970; None before the first of them."""
        with self._lock:
            row = self._database.execute(
                "SELECT json_extract(value, '$.at') FROM facts WHERE name = 'clock'"
            ).fetchone()
        return row[0] if row else None

    def open_alerts(self) -> list[Alert]:
        """The open alerts, those of the highest value first."""
        return self._alerts("WHERE closed_at IS NULL ORDER BY value DESC, alert_id", ())

    def alert(self, alert_id: str) -> Alert | None:
        found = self._alerts("WHERE alert_id = ?", (alert_id,))
        return found[0] if found else None

    def changes_since(self, revision: int) -> list[Alert]:
        """The alerts, open or closed, that changed after a revision, in order of the change."""
        return self._alerts("WHERE changed > ? ORDER BY changed, alert_id", (revision,))

    def readings(self, since: int = 0) -> list[Reading]:
        """The newest reading of each zone, where it changed after revision `since`."""
        with self._lock:
            rows = self._database.execute(
                f"{READINGS.select} WHERE changed > ? ORDER BY zone_id", (since,)
            ).fetchall()
        return [READINGS.record(row) for row in rows]

    def post_verdict(self, alert_id: str, right: bool) -> bool:
        """Put an officer's word on an alert into the inbox; False where there is no such alert."""
        if self.alert(alert_id) is None:
            return False
        with self._lock, transaction(self._database):
            self._database.execute(
                "INSERT INTO inbox (alert_id, is_right) VALUES (?, ?)", (alert_id, right)
            )
        return True

    def outbox_due(self, target: str, now: float, most: int = 100) -> list[Outgoing]:
        """What is to go out to a target and whose next try is not after `now`, oldest first."""
        with self._lock:
            rows = self._database.execute(
                "SELECT id, alert, tries FROM outbox WHERE target = ? AND next_try <= ? "
                "ORDER BY next_try, id LIMIT ?",
                (target, now, most),
            ).fetchall()
        return [
            Outgoing(number, msgspec.json.decode(alert, type=Alert), tries)
            for number, alert, tries in rows
        ]

    def outbox_done(self, number: int) -> None:
        """It went out. A newer revision that came meanwhile has another number, and stays."""
        self._write("DELETE FROM outbox WHERE id = ?", (number,))

    def outbox_retry(self, number: int, next_try: float) -> None:
        """It did not go out: try again at `next_try`, in seconds of the clock of `outbox_due`."""
        self._write(
            "UPDATE outbox SET tries = tries + 1, next_try = ? WHERE id = ?", (next_try, number)
        )

    def _write(self, statement: str, values: tuple) -> None:
        with self._lock, transaction(self._database):
            self._database.execute(statement, values)

    def _alerts(self, which: str, values: tuple) -> list[Alert]:
        with self._lock:
            rows = self._database.execute(f"{ALERTS.select} {which}", values).fetchall()
        return [ALERTS.record(row) for row in rows]
