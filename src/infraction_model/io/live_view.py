"""What the live page and the outgoing messages see of the live state, and the verdicts they bring.

The service alone writes alerts (io/live_store.py); here they are read. What is written here lies in
tables of its own: the inbox of verdicts, which the service takes as events, and the outbox's tries.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec

from infraction_model.alerts.events import Alert, Reading
from infraction_model.io.live_tables import ALERTS, READINGS, ask, connect, decoded, transaction


class Outgoing(msgspec.Struct, frozen=True):
    """An alert that is to go out, in its newest revision; tried `tries` times so far.

    `id` is new whenever a newer revision takes the place of the one that waits.
    """

    id: int
    alert: Alert
    tries: int


class LiveView:
    """The live state at `path` as others than the service see it; threads may share one.

    Whatever reads or writes raises InputError where the state is damaged, StorageError where the
    disk is full or fails, or the state is held for long.
    """

    def __init__(self, path: Path) -> None:
        self._database = connect(path)
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def revision(self) -> int:
        """Grows with every change of an alert or a reading."""
        rows = self._ask("SELECT value FROM facts WHERE name = 'revision'")
        return decoded(rows[0][0], int) if rows else 0

    def clock(self) -> int | None:
        """The time of the events, in seconds since 1970; None before the first of them."""
        rows = self._ask("SELECT json_extract(value, '$.at') FROM facts WHERE name = 'clock'")
        return rows[0][0] if rows else None

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
        rows = self._ask(f"{READINGS.select} WHERE changed > ? ORDER BY zone_id", (since,))
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
        rows = self._ask(
            "SELECT id, alert, tries FROM outbox WHERE target = ? AND next_try <= ? "
            "ORDER BY next_try, id LIMIT ?",
            (target, now, most),
        )
        return [Outgoing(number, decoded(alert, Alert), tries) for number, alert, tries in rows]

    def outbox_done(self, number: int) -> None:
        """It went out. A newer revision that came meanwhile has another number, and stays."""
        self._write("DELETE FROM outbox WHERE id = ?", (number,))

    def outbox_retry(self, number: int, next_try: float) -> None:
        """It did not go out: try again at `next_try`, in seconds of the clock of `outbox_due`."""
        self._write(
            "UPDATE outbox SET tries = tries + 1, next_try = ? WHERE id = ?", (next_try, number)
        )

    def _ask(self, query: str, values: tuple = ()) -> list[tuple]:
        with self._lock:
            return ask(self._database, query, values)

    def _write(self, statement: str, values: tuple) -> None:
        with self._lock, transaction(self._database):
            self._database.execute(statement, values)

    def _alerts(self, which: str, values: tuple) -> list[Alert]:
        return [ALERTS.record(row) for row in self._ask(f"{ALERTS.select} {which}", values)]
