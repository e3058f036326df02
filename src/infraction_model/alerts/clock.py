"""What time it is on the street, as the events tell it: late, in time, or from the future."""

from __future__ import annotations

from bisect import bisect_left, insort

import msgspec

from infraction_model.alerts.events import BayChange, ClockState, Held
from infraction_model.alerts.parameters import ClockParameters


class StreetClock:
    """The newest time told, and the newest that a second bay or the service confirms.

    One bay alone moves the clock no further than `future_minutes` beyond what is confirmed, however
    often it tells a wrong time, and no number of bays further than that beyond the service's own
    time, where it tells one. Until a time is confirmed there is none. `at` is -1 until then.
    """

    def __init__(self, parameters: ClockParameters, state: ClockState | None) -> None:
        self._ahead = round(60 * parameters.future_minutes)
        self._behind = round(60 * parameters.reorder_minutes)
        self.at = -1
        self._latest: int | None = None
        self.lead_bay: str | None = None
        self.confirmed = -1
        if state is not None:
            self.at, self.lead_bay, self.confirmed = state.at, state.lead_bay, state.confirmed
        self.horizon = 0
        """The oldest time that is still put in its place."""
        self.limit = -1
        """The newest time that is believed of a single bay."""
        self._set_limits()

    def bound(self, latest: int | None) -> None:
        """It is `latest` by the service's own clock; None where that is not known."""
        if latest != self._latest:
            self._latest = latest
            self._set_limits()

    def tell(self, bay_id: str, at: int) -> None:
        """A bay tells a time that is not from the future."""
        if at > self.at:
            if bay_id != self.lead_bay:
                self.confirmed, self.lead_bay = max(self.confirmed, self.at), bay_id
            self.at = at
            self._set_limits()
        elif at > self.confirmed and bay_id != self.lead_bay:
            self.confirmed = at
            self._set_limits()

    def confirm(self, at: int) -> None:
        """The service or enough bays confirm a time, which counts unless the service's own clock
        speaks against it."""
        if at > self.confirmed and not self._is_beyond(at):
            self.confirmed = at
            self._set_limits()

    def move(self, at: int) -> None:
        """It is at least `at` now."""
        if at > self.at:
            self.at, self.lead_bay = at, None
            self._set_limits()

    def state(self) -> ClockState | None:
        """The clock as it is kept; None before it runs."""
        return None if self.at < 0 else ClockState(self.at, self.lead_bay, self.confirmed)

    def _is_beyond(self, at: int) -> bool:
        return self._latest is not None and at > self._latest + self._ahead

    def _set_limits(self) -> None:
        self.horizon = self.at - self._behind
        self.limit = self.confirmed + self._ahead if self.confirmed >= 0 else -1
        if self._is_beyond(self.limit):
            self.limit = self._latest + self._ahead


class Waiting:
    """Changes from the future that wait for their time to be confirmed, in order of time."""

    def __init__(self, parameters: ClockParameters, held: list[Held]) -> None:
        self._within = round(60 * parameters.confirm_minutes)
        self._bays = parameters.confirm_bays
        self._longest = round(3600 * parameters.hold_hours)
        self._most = parameters.most_held
        self._by_id = {one.held_id: one for one in held}
        self._order = sorted((one.at, one.held_id) for one in held)

    @property
    def first(self) -> int | None:
        """The earliest time that waits."""
        return self._order[0][0] if self._order else None

    def all(self) -> list[Held]:
        """All that waits, in order of time."""
        return [self._by_id[held_id] for _, held_id in self._order]

    def confirmed_by(self, change: BayChange, now: int) -> int | None:
        """The time that `change` and held changes of enough other bays say it is at least, all of
        them being within `confirm_minutes` of it; None where they are too few.

        What came before the clock last moved, at `now`, does not count: since then bays that are
        in time have spoken against it.
        """
        held_at = now if now >= 0 else None
        first = bisect_left(self._order, (change.at - self._within, ""))
        last = bisect_left(self._order, (change.at + self._within + 1, ""))
        agreed = {change.bay_id}
        for at, held_id in reversed(self._order[first:last]):
            held = self._by_id[held_id]
            if held.held_at == held_at:
                agreed.add(held.bay_id)
            if len(agreed) >= self._bays:
                return min(at, change.at)
        return None

    def hold(self, change: BayChange, zone_id: str, now: int) -> tuple[Held | None, Held | None]:
        """Keep a change (None: it is kept already), and drop the furthest one if there are too
        many: returns both."""
        held_id = f"{change.bay_id}@{change.at}{sign(change.occupied)}"
        if held_id in self._by_id:
            return None, None
        kept = Held(
            held_id,
            change.bay_id,
            zone_id,
            change.occupied,
            change.at,
            change.kinds,
            now if now >= 0 else None,
        )
        self._by_id[held_id] = kept
        insort(self._order, (change.at, held_id))
        if len(self._order) <= self._most:
            return kept, None
        return kept, self._by_id.pop(self._order.pop()[1])

    def take(self, limit: int) -> Held | None:
        """The earliest one that is not after `limit`, which waits no longer."""
        if not self._order or self._order[0][0] > limit:
            return None
        return self._by_id.pop(self._order.pop(0)[1])

    def renewed(self, before: int, now: int) -> list[Held]:
        """Those held at `before`, which wait since `now` from now on: what was held with them moved
        the clock, so that nothing spoke against them."""
        return self._since(before if before >= 0 else None, now)

    def dated(self, now: int) -> list[Held]:
        """Those that came before there was a clock, which wait since `now` from now on."""
        return self._since(None, now)

    def _since(self, held_at: int | None, now: int) -> list[Held]:
        found = [one for one in self._by_id.values() if one.held_at == held_at]
        new = [msgspec.structs.replace(one, held_at=now) for one in found]
        self._by_id.update((one.held_id, one) for one in new)
        return new

    def expired(self, now: int) -> list[Held]:
        """Those that waited too long, in order of time, which wait no longer."""
        late = [
            one
            for one in self.all()
            if one.held_at is not None and one.held_at + self._longest <= now
        ]
        for one in late:
            del self._by_id[one.held_id]
        self._order = [(at, held_id) for at, held_id in self._order if held_id in self._by_id]
        return late

    def clear(self) -> list[Held]:
        """All that waits, which waits no longer."""
        gone = self.all()
        self._by_id.clear()
        self._order.clear()
        return gone


def sign(occupied: bool | None) -> str:
    """A change in one character: + occupied, - free, ? unknown."""
    return "?" if occupied is None else "+" if occupied else "-"
