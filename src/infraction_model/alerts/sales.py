"""The tickets of all zones of a town, as far as they still matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from infraction_model.alerts.bays import Bay
from infraction_model.alerts.hours import OpenHours
from infraction_model.alerts.parameters import TicketParameters
from infraction_model.alerts.rules import Cover
from infraction_model.alerts.tickets import Sold, ZoneTickets


class Sales:
    """The tickets of each zone that has any; `bays` and `in_zone` are those of the street."""

    def __init__(
        self,
        bays: Mapping[str, Bay],
        in_zone: Callable[[str], list[Bay]],
        hours: OpenHours,
        parameters: TicketParameters,
    ) -> None:
        self._bays, self._in_zone = bays, in_zone
        self._hours, self._parameters = hours, parameters
        self._zones: dict[str, ZoneTickets] = {}

    def __iter__(self) -> Iterator[Sold]:
        """All tickets, zone by zone, in the order in which they were bought."""
        return (one for zone in self._zones.values() for one in zone.sold)

    def get(self, zone_id: str) -> ZoneTickets | None:
        """The tickets of a zone; None where it never had one."""
        return self._zones.get(zone_id)

    def of(self, zone_id: str) -> ZoneTickets:
        """The tickets of a zone, which may be none yet."""
        if zone_id not in self._zones:
            bays = self._in_zone(zone_id)
            self._zones[zone_id] = ZoneTickets(bays, self._hours, self._parameters)
        return self._zones[zone_id]

    def covers(self, bay: Bay, since: int) -> list[Cover]:
        """What the tickets of a stay cover."""
        tickets = self._zones.get(bay.zone_id)
        return [] if tickets is None else tickets.covers((bay.bay_id, since))

    def forget(self, horizon: int) -> list[Sold]:
        """Forget the tickets that matter no more after `horizon`, and return them."""
        gone: list[Sold] = []
        for tickets in self._zones.values():
            old = [
                one
                for one in tickets.sold
                if one.paid_until < horizon and one.at < horizon and not self._needs(one, horizon)
            ]
            if old:
                tickets.drop(old)
                gone += old
        return gone

    def _needs(self, ticket: Sold, horizon: int) -> bool:
        """Whether a ticket is one of a stay whose course may still be worked out anew."""
        if ticket.stay is None:
            return False
        bay_id, since = ticket.stay
        return any(
            start == since and (to is None or to >= horizon)
            for start, to, _ in self._bays[bay_id].stays()
        )
