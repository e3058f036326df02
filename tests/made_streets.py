"""A small made street for tests of the live alerts, and tables that follow an engine's changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from infraction_model.alerts.engine import Engine
from infraction_model.alerts.events import Alert, DeadLetter, Event, State
from infraction_model.alerts.parameters import (
    ClockParameters,
    ForbiddenRule,
    LiveParameters,
    RulesParameters,
    StayParameters,
)
from infraction_model.alerts.town import Town, Zone

PARIS = ZoneInfo("Europe/Paris")

STREET = Town(
    "Europe/Paris",
    {
        "S1": Zone("S1", 10, "Rouge", 60.0),
        "S2": Zone("S2", 10, "Verte", 120.0),
        "S3": Zone("S3", 10, None, None),
    },
)

MARKET = ForbiddenRule("market", ("S3",), (1,), ("09:00-13:00",), grace_minutes=5.0)

RULES = LiveParameters(
    rules=RulesParameters(forbidden=(MARKET,)),
    stays=StayParameters(flips=6, flip_minutes=10.0),
    clock=ClockParameters(keep_hours=1.0),
)


def instant(written: str) -> int:
    """A time on the town's clock, as seconds since 1970."""
    return int(dt.datetime.fromisoformat(written).replace(tzinfo=PARIS).timestamp())


class Followed:
    """An engine and the tables that a store would hold of it, as text and back at every batch."""

    def __init__(
        self, town: Town = STREET, parameters: LiveParameters = RULES, restart: bool = False
    ) -> None:
        self.town, self.parameters, self.restart = town, parameters, restart
        self.engine = Engine(town, parameters)
        self.tables: dict[str, dict[str, object]] = {
            name: {} for name in ("bays", "tickets", "alerts", "held", "quality", "readings")
        }
        self.clock = None
        self.dead: list[DeadLetter] = []
        self.counts: dict[str, int] = {}

    def take(self, events: Iterable[Event]) -> Followed:
        """Handle one batch, write what changed, and where asked go on with a new engine."""
        self._write(self.engine.handle(events))
        if self.restart:
            self.engine = Engine(self.town, self.parameters, self.kept())
        return self

    def all(self, events: Sequence[Event], size: int = 10**9) -> Followed:
        """Handle events in batches of a size."""
        for start in range(0, len(events), size):
            self.take(events[start : start + size])
        return self

    def finish(self) -> Followed:
        """The stream has ended."""
        self._write(self.engine.finish())
        return self

    def kept(self) -> State:
        """What a store would give back, through text: of the alerts those that are needed."""
        rows = {name: list(table.values()) for name, table in self.tables.items()}
        now = -1 if self.clock is None else self.clock.at
        oldest = now - 3600 * self.parameters.clock.keep_hours
        since = {bay.bay_id: bay.since for bay in rows["bays"]}
        rows["alerts"] = [
            one
            for one in rows["alerts"]
            if one.closed_at is None
            or one.closed_at >= oldest
            or one.stay_from == since[one.bay_id]
        ]
        state = State(self.clock, **rows)
        return msgspec.json.decode(msgspec.json.encode(state), type=State)

    @property
    def alerts(self) -> dict[str, Alert]:
        """All alerts so far, by id."""
        return self.tables["alerts"]

    def standing(self) -> list[Alert]:
        """The alerts that were not withdrawn, by bay and time."""
        stand = [one for one in self.alerts.values() if one.closed_because != "withdrawn"]
        return sorted(stand, key=lambda one: (one.bay_id, one.stay_from))

    def _write(self, changes) -> None:
        self.clock = changes.clock
        keys = {
            "bays": "bay_id",
            "tickets": "ticket_id",
            "alerts": "alert_id",
            "held": "held_id",
            "quality": "bay_id",
            "readings": "zone_id",
        }
        for name, key in keys.items():
            self.tables[name].update((getattr(row, key), row) for row in getattr(changes, name))
        for name in changes.tickets_gone:
            self.tables["tickets"].pop(name, None)
        for name in changes.held_gone:
            self.tables["held"].pop(name, None)
        self.dead += changes.dead_letters
        for fate, count in changes.counts.items():
            self.counts[fate] = self.counts.get(fate, 0) + count
