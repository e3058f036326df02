"""The live state on disk, in SQLite: what came of a batch of events, kept whole or not at all.

A batch is acknowledged to its source only once it is committed here. So whatever is killed when,
each event is either in the state or comes again; and what comes again is known by its digest.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from annotated_types import Ge, Gt

from infraction_model.alerts.events import (
    Alert,
    Changes,
    ClockState,
    DeadLetter,
    SensorQuality,
    State,
)
from infraction_model.io.live_tables import (
    ALERTS,
    BAYS,
    HELD,
    QUALITY,
    READINGS,
    TICKETS,
    Records,
    ask,
    bay_states,
    connect,
    decoded,
    transaction,
)

_DAY, _HOUR = 86_400, 3_600
_DIGEST_BYTES = 12
_STILL_THERE = "EXISTS (SELECT 1 FROM bays WHERE bays.bay_id = alerts.bay_id AND since = stay_from)"


@dataclass(frozen=True)
class StoreParameters:
    """How the state is kept.

    `synchronous` is SQLite's: "FULL" survives a power cut, "NORMAL" only a kill of the program, at
    less cost. A message that equals one of the last `remembered` to the byte is taken for one that
    was delivered again. Closed alerts are kept for `keep_days` of the clock of the events, and so
    many dead letters.
    """

    synchronous: Literal["FULL", "NORMAL", "OFF"] = "FULL"
    remembered: Annotated[int, Ge(0)] = 50_000
    keep_days: Annotated[float, Gt(0)] = 30.0
    most_dead_letters: Annotated[int, Ge(0)] = 100_000


@dataclass(frozen=True)
class Batch:
    """What one batch of messages came to, beside the changes of the engine.

    `digests` are those of its messages; `dead_letters` messages that could not be read, with where
    each came from; `inbox` the numbers of the verdicts it took; `place` the name of a file and how
    many of its lines are read.
    """

    digests: Sequence[bytes] = ()
    dead_letters: Sequence[tuple[DeadLetter, str]] = ()
    fates: Counter[str] = field(default_factory=Counter)
    inbox: Sequence[int] = ()
    place: tuple[str, int] | None = None


class LiveStore:
    """The state at `path`, for its one writer: the service, which holds the workspace's lock.

    `targets` are the ways by which alerts go out: each new revision of an alert is put into the
    outbox of each, in the place of an older one that still waits.
    """

    def __init__(
        self, path: Path, parameters: StoreParameters, targets: Sequence[str] = ()
    ) -> None:
        self._parameters, self._targets = parameters, tuple(targets)
        self._database = connect(path, parameters.synchronous)
        self._clock = self._read_clock()
        self.revision = decoded(self._fact("revision") or "0", int)
        self._outbox = self._highest("outbox", "id")
        self._letters = self._highest("dead_letters", "number")
        self._pruned_at = 0
        kept = ask(self._database, "SELECT batch, digests FROM recent ORDER BY batch")
        self._recent = _Recent(parameters.remembered, kept)
        marks = ", ".join("?" * len(self._targets))
        with transaction(self._database):
            self._database.execute(
                f"DELETE FROM outbox WHERE target NOT IN ({marks})", self._targets
            )

    def close(self) -> None:
        self._database.close()

    @property
    def clock(self) -> int | None:
        """The time of the events, in seconds since 1970; None before the first of them."""
        return None if self._clock is None else self._clock.at

    def state(self, keep_hours: float) -> State:
        """All that an engine needs to go on.

        Of the closed alerts, those that closed within `keep_hours` before the clock, and those of
        cars that are still there.
        """
        since = 0 if self.clock is None else self.clock - keep_hours * _HOUR
        return State(
            clock=self._clock,
            bays=bay_states(self._database),
            tickets=self._all(TICKETS),
            alerts=self._all(
                ALERTS, f"WHERE closed_at IS NULL OR closed_at >= ? OR {_STILL_THERE}", since
            ),
            held=self._all(HELD),
            quality=self._all(QUALITY),
            readings=self._all(READINGS),
        )

    def knows(self, digest: bytes) -> bool:
        """Whether a message is one of the last `remembered`, which the source gives again."""
        return digest in self._recent

    def lines_read(self, name: str) -> int:
        """How many lines of a file came into this state."""
        rows = ask(self._database, "SELECT lines FROM places WHERE name = ?", (name,))
        return rows[0][0] if rows else 0

    def subscribed(self) -> list[str]:
        """The topics that a broker's session may hold: all that were ever named."""
        return decoded(self._fact("subscribed") or "[]", list[str])

    def subscribe(self, topics: Sequence[str]) -> None:
        """Keep the names of topics, before the broker is asked for them."""
        known = self.subscribed()
        more = [topic for topic in topics if topic not in known]
        with transaction(self._database):
            self._set_fact("subscribed", msgspec.json.encode(known + more).decode())

    def inbox(self) -> list[tuple[int, str, bool]]:
        """Verdicts that wait to be taken as events: number, alert_id, whether it was right."""
        rows = ask(self._database, "SELECT id, alert_id, is_right FROM inbox ORDER BY id")
        return [(number, alert_id, bool(right)) for number, alert_id, right in rows]

    def commit(self, changes: Changes, batch: Batch) -> None:
        """Keep what a batch changed, in one transaction; on return it is on the disk."""
        seen = bool(changes.alerts or changes.readings)
        revision = self.revision + seen
        with transaction(self._database):
            self._put_out(changes.alerts)
            self._upsert(changes, revision)
            for records, gone in ((TICKETS, changes.tickets_gone), (HELD, changes.held_gone)):
                self._database.executemany(records.delete, [(key,) for key in gone])
            self._bury(batch.dead_letters)
            self._bury((letter, None) for letter in changes.dead_letters)
            fates = Counter(batch.fates)
            fates.update(changes.counts)  # not +: that drops what has become fewer
            self._count(fates)
            self._database.executemany(
                "DELETE FROM inbox WHERE id = ?", [(number,) for number in batch.inbox]
            )
            if batch.place is not None:
                self._database.execute("INSERT OR REPLACE INTO places VALUES (?, ?)", batch.place)
            self._set_fact("revision", str(revision))
            if changes.clock is not None:
                self._set_fact("clock", msgspec.json.encode(changes.clock).decode())
                self._prune(changes.clock.at)
            self._keep_digests(batch.digests)
        self.revision = revision
        self._clock = changes.clock or self._clock

    def fates(self) -> dict[str, int]:
        """How many events had which fate since the state began."""
        return dict(ask(self._database, "SELECT fate, events FROM fates ORDER BY fate"))

    def count_by_reasons(self) -> list[tuple[tuple[str, ...], bool, int]]:
        """How many alerts there are of the same reasons, open (True) and closed.

        Those that a late message withdrew were never true, and are not counted.
        """
        rows = ask(
            self._database,
            "SELECT reasons, closed_at IS NULL AS still_open, COUNT(*) FROM alerts "
            "WHERE closed_because IS NOT 'withdrawn' GROUP BY reasons, still_open",
        )
        return [
            (decoded(reasons, tuple[str, ...]), bool(still_open), count)
            for reasons, still_open, count in rows
        ]

    def count_open(self) -> int:
        """How many alerts are open."""
        [[count]] = ask(self._database, "SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL")
        return count

    def alerts(self) -> list[Alert]:
        """Every alert that is kept, by the time at which it was opened."""
        return self._all(ALERTS, "ORDER BY opened_at, alert_id")

    def quality(self) -> list[SensorQuality]:
        """What officers' verdicts say of the sensors."""
        return self._all(QUALITY, "ORDER BY bay_id")

    def dead_letters(self) -> list[tuple[DeadLetter, str | None]]:
        """Every dead letter that is kept, in the order in which they came, and where from."""
        rows = ask(
            self._database,
            "SELECT reason, detail, at, payload, source FROM dead_letters ORDER BY number",
        )
        return [(DeadLetter(*letter), source) for *letter, source in rows]

    def _upsert(self, changes: Changes, revision: int) -> None:
        for records, rows in (
            (BAYS, changes.bays),
            (TICKETS, changes.tickets),
            (HELD, changes.held),
            (QUALITY, changes.quality),
        ):
            self._database.executemany(records.upsert(), map(records.row, rows))
        for records, rows in ((ALERTS, changes.alerts), (READINGS, changes.readings)):
            self._database.executemany(
                records.upsert("changed"), ((*records.row(row), revision) for row in rows)
            )

    def _put_out(self, alerts: Iterable[Alert]) -> None:
        """Put alerts with a new revision into the outbox; comes before they are kept."""
        for alert in alerts if self._targets else ():
            known = self._database.execute(
                "SELECT revision FROM alerts WHERE alert_id = ?", (alert.alert_id,)
            ).fetchone()
            if known is not None and known[0] >= alert.revision:
                continue
            written = msgspec.json.encode(alert).decode()
            for target in self._targets:
                self._outbox += 1
                # when it may be tried next stays as it is: the target may be out of order
                self._database.execute(
                    "INSERT INTO outbox (target, alert_id, id, revision, alert) "
                    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (target, alert_id) DO UPDATE SET "
                    "id = excluded.id, revision = excluded.revision, alert = excluded.alert",
                    (target, alert.alert_id, self._outbox, alert.revision, written),
                )

    def _bury(self, letters: Iterable[tuple[DeadLetter, str | None]]) -> None:
        for letter, source in letters:
            key = digest(f"{letter.reason}\n{letter.payload}".encode())
            self._letters += self._database.execute(
                "INSERT OR IGNORE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key, *msgspec.structs.astuple(letter), source, self._letters + 1),
            ).rowcount
        self._database.execute(
            "DELETE FROM dead_letters WHERE number <= ?",
            (self._letters - self._parameters.most_dead_letters,),
        )

    def _count(self, fates: Counter[str]) -> None:
        self._database.executemany(
            "INSERT INTO fates VALUES (?, ?) "
            "ON CONFLICT (fate) DO UPDATE SET events = events + excluded.events",
            fates.items(),
        )

    def _prune(self, clock: int) -> None:
        if clock - self._pruned_at < _HOUR:
            return
        self._pruned_at = clock
        oldest = clock - self._parameters.keep_days * _DAY
        self._database.execute(
            f"DELETE FROM alerts WHERE closed_at < ? AND NOT {_STILL_THERE}", (oldest,)
        )

    def _keep_digests(self, digests: Sequence[bytes]) -> None:
        if not digests:
            return
        oldest = self._recent.add(digests)
        self._database.execute(
            "INSERT INTO recent VALUES (?, ?)", (self._recent.newest, b"".join(digests))
        )
        self._database.execute("DELETE FROM recent WHERE batch < ?", (oldest,))

    def _all(self, records: Records, which: str = "", *values) -> list:
        rows = ask(self._database, f"{records.select} {which}", values)
        return [records.record(row) for row in rows]

    def _read_clock(self) -> ClockState | None:
        kept = self._fact("clock")
        return None if kept is None else decoded(kept, ClockState)

    def _fact(self, name: str) -> str | None:
        rows = ask(self._database, "SELECT value FROM facts WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def _set_fact(self, name: str, value: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _highest(self, table: str, column: str) -> int:
        [[highest]] = ask(self._database, f"SELECT MAX({column}) FROM {table}")
        return highest or 0


class _Recent:
    """The digests of the last `most` messages, or some more: whole batches are forgotten."""

    def __init__(self, most: int, kept: Iterable[tuple[int, bytes]]) -> None:
        self._most, self.newest = most, 0
        self._batches: deque[tuple[int, Sequence[bytes]]] = deque()
        self._known: set[bytes] = set()
        for number, digests in kept:
            self.newest = number - 1
            cuts = range(0, len(digests), _DIGEST_BYTES)
            self.add([digests[at : at + _DIGEST_BYTES] for at in cuts])

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._known

    def add(self, digests: Sequence[bytes]) -> int:
        """Remember a batch of new digests; gives the number of the oldest batch still known."""
        self.newest += 1
        self._batches.append((self.newest, digests))
        self._known.update(digests)
        while len(self._known) - len(self._batches[0][1]) >= self._most:
            self._known.difference_update(self._batches.popleft()[1])
            if not self._batches:
                return self.newest + 1
        return self._batches[0][0]


def digest(payload: bytes) -> bytes:
    """What a message is recognised by when it is delivered again."""
    return hashlib.blake2b(payload, digest_size=_DIGEST_BYTES).digest()
