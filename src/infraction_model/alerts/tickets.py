"""Which stay a ticket belongs to: that of its bay, or the likeliest one of its zone."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from infraction_model.alerts.bays import Bay
from infraction_model.alerts.events import Ticket, TicketState
from infraction_model.alerts.hours import OpenHours
from infraction_model.alerts.parameters import TicketParameters
from infraction_model.alerts.rules import Cover

Stay = tuple[str, int]
"""A stay: its bay and its beginning."""

_MOST_AT_ONCE = 200
"""So many tickets of a second and a zone are matched. A street of meters sells fewer; what a broken
meter repeats would otherwise be matched anew with each further one."""


class Sold:
    """A ticket and the stay it belongs to, None where no known stay fits."""

    __slots__ = (
        "at",
        "bay_id",
        "before",
        "order",
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
        self.order = (ticket.at, ticket_id)

    def __lt__(self, other: Sold) -> bool:
        return self.order < other.order

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


class _Parked(NamedTuple):
    """The cars of a zone at an instant: all of them, the newest first, as (since, bay); and those
    that may just have bought a ticket, the likeliest first, as (how likely, -since, bay)."""

    at: int
    there: list[tuple[int, str]]
    likely: list[tuple[int, int, str]]


class _Touched:
    """The stays whose tickets changed, and when those end; `all`: one may have none any more."""

    def __init__(self, within: int) -> None:
        self._within = within
        self.stays: set[Stay] = set()
        self.all = False
        self._ends: list[int] = []

    def add(self, stay: Stay, tickets: Iterable[Sold]) -> None:
        """The tickets of a stay changed to these."""
        self.stays.add(stay)
        self._ends += [one.paid_until for one in tickets]
        self._ends.sort()

    def ends_near(self, at: int) -> bool:
        """Whether one of the tickets ends so near to `at` that one bought then may follow it."""
        place = bisect_left(self._ends, at - self._within)
        return place < len(self._ends) and self._ends[place] <= at + self._within


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
        self._loose: dict[str, Sold] = {}
        self._without_bay = 0
        self._newest = -1
        self._awaited: dict[str, int] = {}
        self._sure: tuple[int, float] | None = None
        self._parked: _Parked | None = None

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
        self._keep(one)
        if self.sold[-1] is one:
            return [one] if self._settle(one) else []
        moved: list[Sold] = []
        touched = _Touched(self._within)
        for other in self._from(one):
            pushed_out = other.at == one.at and self._is_one_too_many(other)
            concerned = other is one or pushed_out or self._depends(other, touched)
            if not concerned or not self._settle(other):
                continue
            moved.append(other)
            for stay in (other.before, other.stay):
                if stay is not None:
                    touched.add(stay, self.of_stay.get(stay, ()))
            touched.all |= other.before is not None and not self._taken(other.before, other)
        return moved

    def restore(self, one: Sold) -> None:
        """Take over a ticket with the stay it was found to belong to."""
        self._keep(one)
        if one.bay_id is not None:
            self._await(one, one.bay_id)
        if one.stay is not None:
            del self._loose[one.ticket_id]
            insort(self.of_stay.setdefault(one.stay, []), one)

    def match(self, bay_id: str, since: int) -> list[Sold]:
        """Something else is known of a bay from `since` on: find anew whose the tickets are that
        were bought then or later, or a little before and for this very bay; returns those that are
        another stay's than before, each with `before` as it was."""
        self._parked = None
        first = bisect_left(self.sold, since - self._within, key=lambda one: one.at)
        redone = [one for one in self.sold[first:] if one.at >= since or one.bay_id == bay_id]
        return [one for one in redone if self._settle(one)]

    def match_without(self, bay_id: str, since: int) -> list[Sold]:
        """A bay came or went: no ticket is of a stay in it that was known before, and whose those
        are that were bought from `since` on is found anew; returns as `match` does."""
        gone = [one for one in self.sold if one.stay is not None and one.stay[0] == bay_id]
        for one in gone:
            one.before = one.stay
            self._move(one, None)
        found = self.match(bay_id, since)
        return found + [one for one in gone if one not in found]

    def drop(self, gone: Iterable[Sold]) -> None:
        """Forget tickets that matter no more."""
        self._sure = None
        names = {one.ticket_id for one in gone}
        for one in self.sold:
            if one.ticket_id in names:
                self._move(one, None)
                del self._loose[one.ticket_id]
                self._without_bay -= one.bay_id is None
        self.sold = [one for one in self.sold if one.ticket_id not in names]

    def _keep(self, one: Sold) -> None:
        insort(self.sold, one)
        self._newest = max(self._newest, one.at)
        self._loose[one.ticket_id] = one
        self._without_bay += one.bay_id is None

    def _from(self, new: Sold) -> Iterator[Sold]:
        """A new ticket and those after it that it may concern, in order."""
        place = bisect_left(self.sold, new)
        first = bisect_left(self.sold, new.at, key=lambda one: one.at)
        after = bisect_left(self.sold, new.at + 1, key=lambda one: one.at)
        yield new
        yield from self.sold[place + 1 : min(first + _MOST_AT_ONCE, after)]
        if place < first + _MOST_AT_ONCE < after:
            yield self.sold[first + _MOST_AT_ONCE]
        yield from self.sold[after:]

    def _depends(self, one: Sold, touched: _Touched) -> bool:
        """Whether a ticket may be another stay's because others came to be of these stays."""
        if one.bay_id is not None:
            return False
        if touched.all or one.stay in touched.stays:
            return True
        likely = one.stay is not None and self.of_stay[one.stay][0] is one
        return not likely and touched.ends_near(one.at)

    def _settle(self, one: Sold) -> bool:
        """Find the stay of a ticket, those before it being settled; returns whether it moved."""
        self._sure = None
        one.before = one.stay
        self._move(one, self._owner(one))
        return one.stay != one.before

    def _move(self, one: Sold, stay: Stay | None) -> None:
        if stay == one.stay:
            return
        if one.stay is not None:
            own = self.of_stay[one.stay]
            own.remove(one)
            if not own:
                del self.of_stay[one.stay]
        if stay is None:
            self._loose[one.ticket_id] = one
        else:
            self._loose.pop(one.ticket_id, None)
            insort(self.of_stay.setdefault(stay, []), one)
        one.stay = stay

    def _taken(self, stay: Stay, by: Sold) -> bool:
        """Whether a stay has a ticket that was bought before `by`."""
        own = self.of_stay.get(stay)
        return own is not None and own[0] < by

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
        if self._parked is not None and at <= self._parked.at:
            self._parked = None

    def _sureness(self, at: int) -> float:
        if not self._without_bay:
            return 1.0
        loose = sum(one.paid_from <= at < one.paid_until for one in self._loose.values())
        if not loose:
            return self._zone_trust
        bare = sum(
            not self._covered((bay.bay_id, since), at)
            for bay in self._bays
            if (since := bay.stay_at(at)) is not None
        )
        return self._zone_trust * (1.0 - min(loose / bare, 1.0) if bare else 1.0)

    def _covered(self, stay: Stay, at: int) -> bool:
        return any(one.paid_until > at for one in self.of_stay.get(stay, ()) if one.at <= at)

    def _owner(self, one: Sold) -> Stay | None:
        if one.bay_id is not None:
            return self._in_bay(one, one.bay_id)
        if self._is_one_too_many(one):
            return None
        parked = self._parked_at(one.at)
        for _, since, bay_id in parked.likely:
            if not self._taken((bay_id, -since), one):
                return bay_id, -since
        return self._extended(parked.there, one)

    def _is_one_too_many(self, one: Sold) -> bool:
        """Whether so many were bought at the same second before it that it is not matched."""
        place = bisect_left(self.sold, one) - _MOST_AT_ONCE
        return place >= 0 and self.sold[place].at == one.at

    def _parked_at(self, at: int) -> _Parked:
        """The cars there at an instant; tickets of the same second share them."""
        if self._parked is None or self._parked.at != at:
            there = [
                (since, bay.bay_id) for bay in self._bays if (since := bay.stay_at(at)) is not None
            ]
            there.sort(reverse=True)
            self._parked = _Parked(at, there, self._likely(there, at))
        return self._parked

    def _likely(self, there: list[tuple[int, str]], at: int) -> list[tuple[int, int, str]]:
        found = []
        for since, bay_id in there:
            waited = self._hours.between(since, at)
            if waited > self._within:
                break
            found.append((abs(waited - self._usual), -since, bay_id))
        return sorted(found)

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

    def _extended(self, there: list[tuple[int, str]], ticket: Sold) -> Stay | None:
        """The stay whose last ticket ended nearest to when one was bought, before or after it."""
        best: tuple[int, str, int] | None = None
        for since, bay_id in there:
            own = self.of_stay.get((bay_id, since), ())
            ends = [one.paid_until for one in own if one < ticket]
            if ends:
                apart = abs(max(ends) - ticket.at)
                if apart <= self._within and (best is None or (apart, bay_id, since) < best):
                    best = (apart, bay_id, since)
        return None if best is None else (best[1], best[2])
