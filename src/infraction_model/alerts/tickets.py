"""Which stay a ticket belongs to: that of its bay, or the likeliest one of its zone."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterable

from infraction_model.alerts.bays import Bay
from infraction_model.alerts.events import Ticket, TicketState
from infraction_model.alerts.hours import OpenHours
from infraction_model.alerts.parameters import TicketParameters
from infraction_model.alerts.rules import Cover

Stay = tuple[str, int]
"""A stay: its bay and its beginning."""


class Sold:
    """A ticket and the stay it belongs to, None where no known stay fits."""

    __slots__ = (
        "at",
        "bay_id",
        "before",
        "paid_from",
        "paid_until",
        "stay",
        "ticket_id",
        "zone_id",
    )

    def __init__(self, ticket_id: str, zone_id: str, ticket: Ticket, stay: Stay | None) -> None:
        self.ticket_id, self.zone_id, self.bay_id = ticket_id, zone_id, ticket.bay_id
        self.paid_from, self.paid_until, self.at = ticket.paid_from, ticket.paid_until, ticket.at
        self.stay = self.before = stay

    def __lt__(self, other: Sold) -> bool:
        return (self.at, self.ticket_id) < (other.at, other.ticket_id)

    def cover(self) -> Cover:
        """What it covers: known at, paid from, paid until."""
        return (self.at, self.paid_from, self.paid_until)

    def state(self) -> TicketState:
        """The ticket as it is kept."""
        bay_id, since = self.stay or (None, None)
        return TicketState(
            self.ticket_id,
            self.zone_id,
            self.bay_id,
            self.paid_from,
            self.paid_until,
            self.at,
            bay_id,
            since,
        )


def ticket_id(zone_id: str, ticket: Ticket) -> str:
    """A name for a ticket that is the same each time it is told."""
    times = f"{ticket.paid_from}|{ticket.paid_until}|{ticket.at}"
    words = f"{zone_id}|{ticket.bay_id or ''}|{times}|{ticket.number or ''}"
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()


def restored_ticket(kept: TicketState) -> Sold:
    """A ticket as it was kept."""
    told = Ticket(kept.zone_id, kept.bay_id, kept.paid_from, kept.paid_until, kept.at)
    stay = None
    if kept.stay_bay is not None and kept.stay_from is not None:
        stay = (kept.stay_bay, kept.stay_from)
    return Sold(kept.ticket_id, kept.zone_id, told, stay)


class ZoneTickets:
    """The tickets of a zone and the stays they belong to.

    A ticket that names its bay belongs to the stay there when it is bought, or else to the next one
    that begins within `match_minutes`. One that does not belongs to the stay without a ticket that
    began about `usual_minutes` of paid hours before, at most `match_minutes`; else to the stay
    whose last ticket ended nearest to it, no further than that; else to none. Whose a ticket is
    depends on what happened until it was bought, never on the order in which messages came.
    """

    def __init__(self, bays: list[Bay], hours: OpenHours, parameters: TicketParameters) -> None:
        self._bays, self._hours = bays, hours
        self._usual = round(60 * parameters.usual_minutes)
        self._within = round(60 * parameters.match_minutes)
        self._zone_trust = parameters.zone_trust
        self.sold: list[Sold] = []
        self.of_stay: dict[Stay, list[Sold]] = {}
        self._newest = -1
        self._awaited: dict[str, int] = {}
        self._sure: tuple[int, float] | None = None

    def touched_by(self, bay_id: str, at: int) -> bool:
        """Whether a change in a bay at `at` may alter whose a known ticket is."""
        return at <= self._newest or at <= self._awaited.get(bay_id, -1)

    def covers(self, stay: Stay) -> list[Cover]:
        """What the tickets of a stay cover."""
        return [one.cover() for one in self.of_stay.get(stay, ())]

    def knows(self, one: Sold) -> bool:
        """Whether this very ticket was told before."""
        place = bisect_left(self.sold, one)
        return place < len(self.sold) and self.sold[place].ticket_id == one.ticket_id

    def add(self, one: Sold) -> list[Sold]:
        """Take a ticket; returns the tickets that are found to be another stay's than before."""
        in_order = one.at >= self._newest
        insort(self.sold, one)
        self._newest = max(self._newest, one.at)
        return self._settle([one]) if in_order and self.sold[-1] is one else self.match(one.at)

    def restore(self, one: Sold) -> None:
        """Take over a ticket with the stay it was found to belong to."""
        insort(self.sold, one)
        self._newest = max(self._newest, one.at)
        if one.bay_id is not None:
            self._await(one, one.bay_id)
        if one.stay is not None:
            insort(self.of_stay.setdefault(one.stay, []), one)

    def match(self, since: int) -> list[Sold]:
        """Find anew whose the tickets are that were bought from `since` on, or a little before;
        returns those that are another stay's than before, each with `before` as it was."""
        first = bisect_left(self.sold, since - self._within, key=lambda one: one.at)
        return self._settle(self.sold[first:])

    def _settle(self, redone: list[Sold]) -> list[Sold]:
        self._sure = None
        for one in redone:
            one.before = one.stay
            self._take_away(one)
        for one in redone:
            one.stay = self._owner(one)
            if one.stay is not None:
                insort(self.of_stay.setdefault(one.stay, []), one)
        return [one for one in redone if one.stay != one.before]

    def drop(self, gone: Iterable[Sold]) -> None:
        """Forget tickets that matter no more."""
        self._sure = None
        names = {one.ticket_id for one in gone}
        for one in self.sold:
            if one.ticket_id in names:
                self._take_away(one)
        self.sold = [one for one in self.sold if one.ticket_id not in names]

    def sureness(self, at: int) -> float:
        """How sure it is that a car without a ticket has none, at an instant; 0 to 1.

        Less where tickets name only their zone, and less by the share of such cars that running
        tickets of unknown cars may be those of.
        """
        if self._sure is None or self._sure[0] != at:
            self._sure = (at, self._sureness(at))
        return self._sure[1]

    def changed(self, at: int) -> None:
        """A bay of the zone told something of `at`."""
        if self._sure is not None and at <= self._sure[0]:
            self._sure = None

    def _sureness(self, at: int) -> float:
        if not any(one.bay_id is None for one in self.sold):
            return 1.0
        loose = sum(one.stay is None and one.paid_from <= at < one.paid_until for one in self.sold)
        if not loose:
            return self._zone_trust
        bare = sum(
            not self._covered((bay.bay_id, since), at)
            for bay in self._bays
            if (since := bay.stay_at(at)) is not None
        )
        return self._zone_trust * (1.0 - min(loose / bare, 1.0) if bare else 1.0)

    def _take_away(self, one: Sold) -> None:
        if one.stay is None:
            return
        own = self.of_stay[one.stay]
        own.remove(one)
        if not own:
            del self.of_stay[one.stay]
        one.stay = None

    def _covered(self, stay: Stay, at: int) -> bool:
        return any(one.paid_until > at for one in self.of_stay.get(stay, ()) if one.at <= at)

    def _owner(self, one: Sold) -> Stay | None:
        if one.bay_id is not None:
            return self._in_bay(one, one.bay_id)
        at = one.at
        there = [
            (since, bay.bay_id) for bay in self._bays if (since := bay.stay_at(at)) is not None
        ]
        there.sort(reverse=True)
        best: tuple[int, int, str] | None = None
        for since, bay_id in there:
            if self.of_stay.get((bay_id, since)):
                continue
            waited = self._hours.between(since, at)
            if waited > self._within:
                break
            rank = (abs(waited - self._usual), -since, bay_id)
            if best is None or rank < best:
                best = rank
        return self._extended(there, at) if best is None else (best[2], -best[1])

    def _in_bay(self, one: Sold, bay_id: str) -> Stay | None:
        bay = next((bay for bay in self._bays if bay.bay_id == bay_id), None)
        since = bay.stay_at(one.at) if bay is not None else None
        if since is None:
            last = self._await(one, bay_id)
            since = bay.next_stay(one.at) if bay is not None else None
            if since is None or since > last:
                return None
        return bay_id, since

    def _await(self, one: Sold, bay_id: str) -> int:
        """The next car in the bay may be the one the ticket is of, if it comes soon: until when."""
        last = one.at + self._within
        self._awaited[bay_id] = max(last, self._awaited.get(bay_id, -1))
        return last

    def _extended(self, there: list[tuple[int, str]], at: int) -> Stay | None:
        """The stay whose last ticket ended nearest to `at`, before or after it."""
        best: tuple[int, str, int] | None = None
        for since, bay_id in there:
            own = self.of_stay.get((bay_id, since))
            if own:
                apart = abs(max(one.paid_until for one in own) - at)
                if apart <= self._within and (best is None or (apart, bay_id, since) < best):
                    best = (apart, bay_id, since)
        return None if best is None else (best[1], best[2])
