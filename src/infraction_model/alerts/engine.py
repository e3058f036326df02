"""Events in, alerts out: the one entry to the live alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from infraction_model.alerts.bays import UNKNOWN, Bay, code_of
from infraction_model.alerts.clock import StreetClock, Waiting
from infraction_model.alerts.events import (
    BayChange,
    Changes,
    DeadLetter,
    Event,
    Held,
    Reading,
    State,
    Tick,
    Ticket,
    Verdict,
)
from infraction_model.alerts.parameters import LiveParameters
from infraction_model.alerts.ranking import Ranking
from infraction_model.alerts.reach import Reach
from infraction_model.alerts.rules import Rules
from infraction_model.alerts.street import Street
from infraction_model.alerts.town import Town

_encode = msgspec.json.Encoder().encode


class Engine:
    """The live street of one town: takes events in batches, says what changed.

    What comes of a sequence of events does not depend on how it is cut into batches. Given the
    `state` of an engine after any batch, another goes on from there to the bit. Raises ConfigError
    where a rule cannot hold in the town.
    """

    def __init__(self, town: Town, parameters: LiveParameters, state: State | None = None) -> None:
        kept = state or State(None, [], [], [], [], [], [])
        self._town, self._parameters = town, parameters
        self._clock = StreetClock(parameters.clock, kept.clock)
        held = [one for one in kept.held if town.may_hold(one.bay_id, one.zone_id)]
        self._waiting = Waiting(parameters.clock, held)
        ranking = Ranking(
            town.survival,
            town.reach or Reach.nowhere(parameters.reach),
            town.scores,
            town.timezone,
            parameters.ranking,
        )
        self._street = Street(Rules(parameters, town), ranking, parameters)
        self._street.restore(kept)
        self._readings = {one.zone_id: one for one in kept.readings}
        self._take = {
            BayChange: self._bay_change,
            Ticket: self._ticket,
            Reading: self._reading,
            Verdict: self._verdict,
            Tick: self._tick,
        }
        self._sweep_at = _next_sweep(self._clock.at)
        self._note_anew()

    def handle(self, events: Iterable[Event], latest: int | None = None) -> Changes:
        """Take one batch of events and give what it changed.

        `latest` is the time by the service's own clock, beyond which no bays are believed; None for
        a replay, whose time is that of its events alone.
        """
        take = self._take
        self._clock.bound(latest)
        self._release()
        for event in events:
            take[type(event)](event)
        return self._changes()

    def finish(self) -> Changes:
        """The stream has ended: what still waits for its time becomes dead letters."""
        for held in self._waiting.clear():
            self._drop_held(held, "no other bay had confirmed its time when the stream ended")
        return self._changes()

    def state(self) -> State:
        """All that another engine must know to go on from here."""
        street = self._street
        return State(
            self._clock.state(),
            [bay.state() for bay in street.bays.values()],
            [one.state() for one in street.tickets],
            [alert.row for alert in street.alerts.values() if alert.row is not None],
            self._waiting.all(),
            list(street.quality.values()),
            list(self._readings.values()),
        )

    def _note_anew(self) -> None:
        self._held: dict[str, Held] = {}
        self._held_gone: dict[str, None] = {}
        self._told: dict[str, Reading] = {}
        self._tickets_gone: dict[str, None] = {}
        self._dead: list[DeadLetter] = []
        self._counts: Counter[str] = Counter()

    def _changes(self) -> Changes:
        street = self._street
        gone = self._tickets_gone
        changes = Changes(
            self._clock.state(),
            [bay.state() for bay in street.changed_bays.values()],
            [one.state() for name, one in street.changed_tickets.items() if name not in gone],
            street.rows(),
            list(self._held.values()),
            list(street.changed_quality.values()),
            list(self._told.values()),
            self._dead,
            list(gone),
            list(self._held_gone),
            dict(self._counts),
        )
        street.begin()
        self._note_anew()
        return changes

    # what becomes of each kind of event

    def _bay_change(self, change: BayChange) -> None:
        bay = self._street.bays.get(change.bay_id)
        if bay is None:
            bay = self._meet(change)
        if bay is None:
            return
        if change.zone_id not in (None, bay.zone_id) and not self._moved(bay, change):
            said = f"bay '{change.bay_id}' is in zone '{bay.zone_id}', not in '{change.zone_id}'"
            self._refuse("other_zone", said, change)
            return
        clock = self._clock
        if change.at > clock.limit:
            self._hold(bay, change)
        else:
            self._use(bay, change)
        first = self._waiting.first
        if first is not None and first <= clock.limit:
            self._release()

    def _meet(self, change: BayChange) -> Bay | None:
        """A bay that tells something for the first time; None where it has no zone here."""
        told = self._town.bays.get(change.bay_id)
        zone_id = self._town.zone_of(change.bay_id, change.zone_id)
        if zone_id is None:
            said = f"bay '{change.bay_id}' is not known and its message names no zone"
            self._refuse("unknown_bay", said, change)
            return None
        if zone_id not in self._town.zones:
            self._refuse("unknown_zone", f"the town has no zone '{zone_id}'", change)
            return None
        if told is not None and change.zone_id not in (None, told):
            said = f"bay '{change.bay_id}' is in zone '{told}', not in '{change.zone_id}'"
            self._refuse("other_zone", said, change)
            return None
        return self._street.add_bay(change.bay_id, zone_id)

    def _moved(self, bay: Bay, change: BayChange) -> bool:
        """A bay that neither the town nor its own name places is where its newest message says."""
        town, clock, zone_id = self._town, self._clock, change.zone_id
        placed = bay.bay_id in town.bays or town.zone_of(bay.bay_id, None) == bay.zone_id
        in_time = clock.horizon <= change.at <= clock.limit and change.at > bay.newest
        if placed or not in_time or zone_id not in town.zones:
            return False
        self._street.move(bay, zone_id)
        return True

    def _use(self, bay: Bay, change: BayChange) -> None:
        """A change whose time is believed: it takes effect, unless it is too late."""
        at, code, clock, street = change.at, code_of(change.occupied), self._clock, self._street
        if at < clock.horizon:
            self._late(bay, change, code)
            return
        if at > clock.at:
            self._advance(at)
        clock.tell(bay.bay_id, at)
        if bay.late or bay.suspect:
            bay.late, bay.suspect = 0, False
            street.changed_bays[bay.bay_id] = bay
        if change.kinds and (at, change.kinds) > (bay.kinds_at, bay.kinds):
            street.reserve(bay, at, change.kinds)
        self._counts["used" if street.place(bay, at, code) else "duplicate"] += 1

    def _late(self, bay: Bay, change: BayChange, code: int) -> None:
        if bay.knows(change.at, code):
            self._counts["duplicate"] += 1
            return
        clock = self._clock
        self._refuse("late", f"it is {clock.at - change.at} s behind the clock", change)
        # an old message told again says nothing of the bay's clock
        if change.at <= bay.newest:
            return
        bay.late += 1
        self._street.changed_bays[bay.bay_id] = bay
        if bay.late >= self._parameters.clock.suspect_after and not bay.suspect:
            bay.suspect = True
            self._street.place(bay, clock.at, UNKNOWN)

    def _hold(self, bay: Bay, change: BayChange) -> None:
        """A change from the future waits, unless another one bears out its time."""
        agreed = self._waiting.confirmed_by(change, self._clock.at)
        kept, dropped = self._waiting.hold(change, bay.zone_id, self._clock.at)
        if kept is None:
            self._counts["duplicate"] += 1
            return
        self._held[kept.held_id] = kept
        self._held_gone.pop(kept.held_id, None)
        self._counts["held"] += 1
        if dropped is not None:
            self._drop_held(dropped, "too many messages wait for their time to be confirmed")
        if agreed is not None:
            self._clock.confirm(agreed)

    def _release(self) -> None:
        """Changes whose time has been confirmed take effect, in order of time."""
        before = self._clock.at
        while (held := self._waiting.take(self._clock.limit)) is not None:
            self._counts["held"] -= 1
            self._held_over(held)
            change = BayChange(held.bay_id, held.zone_id, held.occupied, held.at, held.kinds)
            self._use(self._street.bays[held.bay_id], change)
        if self._clock.at != before:
            renewed = self._waiting.renewed(before, self._clock.at)
            self._held.update((one.held_id, one) for one in renewed)

    def _ticket(self, ticket: Ticket) -> None:
        zone_id = ticket.zone_id
        if ticket.bay_id is not None:
            zone_id = self._town.zone_of(ticket.bay_id, zone_id)
            known = self._street.bays.get(ticket.bay_id)
            zone_id = known.zone_id if known is not None else zone_id
        if zone_id is None or zone_id not in self._town.zones:
            self._refuse("unknown_zone", f"the town has no zone '{zone_id}'", ticket)
        elif ticket.at < self._clock.horizon:
            behind = self._clock.at - ticket.at
            self._refuse("late", f"it is {behind} s behind the clock", ticket)
        elif self._clock.at >= 0 and ticket.at > self._clock.at + self._longest_ahead():
            self._refuse("future", "it is too far ahead of the clock", ticket)
        else:
            self._counts["used" if self._street.sell(zone_id, ticket) else "duplicate"] += 1

    def _longest_ahead(self) -> int:
        return round(3600 * self._parameters.clock.hold_hours)

    def _reading(self, reading: Reading) -> None:
        known, clock = self._readings.get(reading.zone_id), self._clock
        if reading.zone_id not in self._town.zones:
            self._refuse("unknown_zone", f"the town has no zone '{reading.zone_id}'", reading)
            return
        if clock.at >= 0 and reading.at > clock.at + self._longest_ahead():
            self._refuse("future", "it is too far ahead of the clock", reading)
            return
        if known is not None and reading.at <= known.at:
            if reading == known or not reading.at <= clock.limit < known.at:
                self._counts["duplicate" if reading == known else "late"] += 1
                return
            self._counts["used"] -= 1
            self._refuse("future", "it is ahead of the clock, and a later one is not", known)
        self._readings[reading.zone_id] = self._told[reading.zone_id] = reading
        self._counts["used"] += 1

    def _verdict(self, verdict: Verdict) -> None:
        if not self._street.remembers(verdict.alert_id):
            said = f"there is no alert '{verdict.alert_id}', or it was closed too long ago"
            self._refuse("unknown_alert", said, verdict)
        else:
            self._counts["used" if self._street.judge(verdict) else "duplicate"] += 1

    def _tick(self, tick: Tick) -> None:
        clock = self._clock
        clock.confirm(tick.at)
        self._release()
        if tick.at > clock.at:
            self._advance(tick.at)
            clock.move(tick.at)
        self._counts["used"] += 1

    # what all kinds share

    def _advance(self, at: int) -> None:
        """It is `at` now; once an hour, what matters no more is forgotten."""
        self._street.advance(at)
        if at >= self._sweep_at:
            self._sweep_at = _next_sweep(at)
            self._tickets_gone.update((one.ticket_id, None) for one in self._street.sweep())
            self._held.update((one.held_id, one) for one in self._waiting.dated(at))
            for held in self._waiting.expired(at):
                self._drop_held(held, "no other bay confirmed its time")

    def _drop_held(self, held: Held, why: str) -> None:
        self._held_over(held)
        self._counts["held"] -= 1
        change = BayChange(held.bay_id, held.zone_id, held.occupied, held.at, held.kinds)
        self._refuse("future", f"it is ahead of the clock, and {why}", change)

    def _held_over(self, held: Held) -> None:
        self._held.pop(held.held_id, None)
        self._held_gone[held.held_id] = None

    def _refuse(self, reason: str, detail: str, event: Event) -> None:
        self._dead.append(
            DeadLetter(reason, detail, getattr(event, "at", None), _encode(event).decode())
        )
        self._counts[reason] += 1


def _next_sweep(at: int) -> int:
    """The first whole hour after an instant."""
    return at - at % 3600 + 3600
