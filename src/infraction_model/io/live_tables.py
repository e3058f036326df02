"""The tables of the live state in SQLite: a column for each field of each record, and no pickle."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from infraction_model.alerts.events import (
    Alert,
    BayState,
    Held,
    Reading,
    SensorQuality,
    TicketState,
)
from infraction_model.errors import InputError, StorageError

SCHEMA_VERSION = 2
_WAIT_SECONDS = 10.0
_HISTORY = re.compile(r"(-?\d+[-+?]( -?\d+[-+?])*)?", re.ASCII)
"""The text of BayState.history: times and what was said at each."""
Kind = TypeVar("Kind", bound=msgspec.Struct)


def _affinity(hint: Any) -> str:
    kinds = {hint, *typing.get_args(hint)}
    if float in kinds:
        return "REAL"
    return "INTEGER" if kinds & {int, bool} else "TEXT"


def _is_tuple(hint: Any) -> bool:
    return typing.get_origin(hint) is tuple


class Records(Generic[Kind]):
    """A table of records of one kind, one row each, told apart by `key`.

    Texts, whole numbers and floats are kept as such; true and false as 1 and 0; a tuple of texts
    as JSON. `more` are columns beside the record's own, in SQL.
    """

    def __init__(self, name: str, kind: type[Kind], key: str, more: str = "") -> None:
        hints = typing.get_type_hints(kind)
        self.name, self.kind, self.columns = name, kind, tuple(hints)
        self._tuples = [place for place, hint in enumerate(hints.values()) if _is_tuple(hint)]
        columns = [
            f"{column} {_affinity(hint)}{' PRIMARY KEY' if column == key else ''}"
            for column, hint in hints.items()
        ]
        self.create = f"CREATE TABLE {name} ({', '.join(columns)}{more and f', {more}'})"
        self.select = f"SELECT {', '.join(self.columns)} FROM {name}"
        self.delete = f"DELETE FROM {name} WHERE {key} = ?"

    def upsert(self, *more: str) -> str:
        """The statement that inserts or replaces a row, with further columns after its own."""
        columns = (*self.columns, *more)
        marks = ", ".join("?" * len(columns))
        return f"INSERT OR REPLACE INTO {self.name} ({', '.join(columns)}) VALUES ({marks})"

    def row(self, record: Kind) -> tuple[Any, ...]:
        """A record as SQLite keeps it."""
        values = msgspec.structs.astuple(record)
        if not self._tuples:
            return values
        kept = list(values)
        for place in self._tuples:
            kept[place] = msgspec.json.encode(kept[place]).decode()
        return tuple(kept)

    def record(self, row: tuple[Any, ...]) -> Kind:
        """The record that a row keeps, every value checked against its type.

        Raises InputError where the row is no such record.
        """
        values = list(row[: len(self.columns)])
        for place in self._tuples:
            values[place] = decoded(values[place], tuple[str, ...])
        named = dict(zip(self.columns, values, strict=True))
        try:
            # 1 and 0 become true and false
            return msgspec.convert(named, self.kind, strict=False)
        except msgspec.ValidationError as error:
            raise _broken(f"a row of its table {self.name}: {error}") from None


BAYS = Records("bays", BayState, "bay_id")
TICKETS = Records("tickets", TicketState, "ticket_id")
ALERTS = Records("alerts", Alert, "alert_id", more="changed INTEGER NOT NULL")
HELD = Records("held", Held, "held_id")
QUALITY = Records("quality", SensorQuality, "bay_id")
READINGS = Records("readings", Reading, "zone_id", more="changed INTEGER NOT NULL")
RECORDS: tuple[Records, ...] = (BAYS, TICKETS, ALERTS, HELD, QUALITY, READINGS)

_OTHERS = """
CREATE INDEX alerts_changed ON alerts (changed);
CREATE INDEX alerts_closed_at ON alerts (closed_at);
CREATE INDEX readings_changed ON readings (changed);
CREATE TABLE dead_letters (
    digest BLOB PRIMARY KEY, reason TEXT, detail TEXT, at INTEGER, payload TEXT, source TEXT,
    number INTEGER
);
CREATE INDEX dead_letters_number ON dead_letters (number);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE fates (fate TEXT PRIMARY KEY, events INTEGER NOT NULL);
CREATE TABLE recent (batch INTEGER PRIMARY KEY, digests BLOB NOT NULL);
CREATE TABLE places (name TEXT PRIMARY KEY, lines INTEGER NOT NULL);
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, alert_id TEXT NOT NULL, is_right INTEGER NOT NULL
);
CREATE TABLE outbox (
    target TEXT NOT NULL, alert_id TEXT NOT NULL, id INTEGER NOT NULL UNIQUE,
    revision INTEGER NOT NULL, alert TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (target, alert_id)
);
"""


_AFRESH = "Move it away, or begin afresh with restart=true."


def _broken(what: object) -> InputError:
    return InputError(f"the live state (live/state.db) is broken: {what}. {_AFRESH}")


def _as_error(error: sqlite3.DatabaseError) -> sqlite3.DatabaseError | StorageError | InputError:
    """What SQLite says, in words: the disk, or what stands on it; else the error itself."""
    code = getattr(error, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        return _broken(error)  # a page is damaged; a table is not there
    if isinstance(error, sqlite3.OperationalError):
        return StorageError(
            f"the live state cannot be read or kept: {error}. What came last was not acknowledged: "
            "give the disk room, and start again."
        )
    return error


def connect(path: Path, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open the state at `path`, made where it is not there yet.

    The connection may be used by several threads, one at a time. Raises InputError where the file
    is no state of this version, StorageError where it cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        database = sqlite3.connect(
            path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {synchronous}")
    except sqlite3.OperationalError as error:
        raise StorageError(f"cannot open {path}: {error}.") from None
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is no SQLite file ({error}). {_AFRESH}") from None
    _make_tables(database, path)
    return database


def _make_tables(database: sqlite3.Connection, path: Path) -> None:
    with transaction(database):
        [version] = database.execute("PRAGMA user_version").fetchone()
        [tables] = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        if version == 0 and not tables:
            statements = [records.create for records in RECORDS]
            for statement in [*statements, *filter(str.strip, _OTHERS.split(";"))]:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    if version != SCHEMA_VERSION and (version or tables):
        raise InputError(
            f"{path} was written by another version of this software, or by another program (its "
            f"tables: {version}, expected: {SCHEMA_VERSION}). {_AFRESH}"
        )


def ask(database: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[tuple]:
    """The rows that a query finds.

    Raises InputError where the state is damaged, StorageError where the disk fails or another
    program holds the file.
    """
    try:
        return database.execute(query, values).fetchall()
    except sqlite3.DatabaseError as error:
        raise _as_error(error) from None


def decoded(text: Any, kind: type[Any]) -> Any:
    """What a text of the state says in JSON. Raises InputError where it is not of this kind."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, TypeError) as error:
        raise _broken(f"{str(text)[:80]!r} in it: {error}") from None


def bay_states(database: sqlite3.Connection) -> list[BayState]:
    """What is known of every bay. Raises InputError where a bay's history is not one."""
    found = [BAYS.record(row) for row in ask(database, BAYS.select)]
    for bay in found:
        if not _HISTORY.fullmatch(bay.history):
            raise _broken(f"the history {bay.history[:80]!r} of the bay {bay.bay_id!r}")
    return found


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All that is done in the block is kept, or, on any error or kill, nothing of it.

    Raises StorageError where the disk is full or fails, or another program holds the file;
    InputError where the file is damaged.
    """
    try:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("COMMIT")
    except BaseException as error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        if isinstance(error, sqlite3.DatabaseError):
            raise _as_error(error) from None
        raise
