"""What is known of each bay: its newest changes in order of time, and the stays they amount to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from infraction_model.alerts.clock import sign
from infraction_model.alerts.course import StayAlert
from infraction_model.alerts.events import BayState
from infraction_model.alerts.rules import Rule

UNKNOWN, FREE, OCCUPIED = -1, 0, 1
"""What a sensor says; at the same second a car leaves before the next one comes."""

_CODES = {"?": UNKNOWN, "-": FREE, "+": OCCUPIED}
_SAID = {UNKNOWN: None, FREE: False, OCCUPIED: True}


def code_of(occupied: bool | None) -> int:
    """What a sensor says, as a number that sorts."""
    return UNKNOWN if occupied is None else int(occupied)


class Bay:
    """A bay and its newest changes; `since` is when what it says now began (-1: it said nothing).

    `until` is when its standing with the rules may change next, `reasons` those broken now, as of
    `stepped`. `alerts` holds those of its newest stays, by the stay's beginning. Its `kinds` are
    those that its newest message with any gave it, at `kinds_at`.
    """

    __slots__ = (
        "alerts",
        "bay_id",
        "changes",
        "kinds",
        "kinds_at",
        "late",
        "reasons",
        "rules",
        "since",
        "stepped",
        "suspect",
        "until",
        "zone_id",
    )

    def __init__(
        self, bay_id: str, zone_id: str, kinds: tuple[str, ...], rules: tuple[Rule, ...]
    ) -> None:
        self.bay_id, self.zone_id, self.kinds, self.rules = bay_id, zone_id, kinds, rules
        self.changes: list[tuple[int, int]] = []
        self.kinds_at = -1
        self.since = -1
        self.late = 0
        self.suspect = False
        self.until = -1
        self.reasons: tuple[str, ...] = ()
        self.stepped = -1
        self.alerts: dict[int, StayAlert] = {}

    @property
    def occupied(self) -> bool:
        """Whether a car is there now, as far as is known."""
        return bool(self.changes) and self.changes[-1][1] == OCCUPIED

    @property
    def newest(self) -> int:
        """The newest time it told; -1 where it told none."""
        return self.changes[-1][0] if self.changes else -1

    def knows(self, at: int, code: int) -> bool:
        """Whether this very change was told before."""
        place = bisect_left(self.changes, (at, code))
        return place < len(self.changes) and self.changes[place] == (at, code)

    def insert(self, at: int, code: int) -> None:
        """Put a change in its place in time."""
        self.changes.insert(bisect_left(self.changes, (at, code)), (at, code))
        self.since = self.changes[self._first_of_run(len(self.changes) - 1)][0]

    def forget(self, before: int, window: int) -> None:
        """Keep of what was said before `before` only what then held, and since when.

        Where a car was there then, `window` seconds before its arrival are kept as well: they say
        whether the sensor flapped.
        """
        changes = self.changes
        last = bisect_left(changes, (before, UNKNOWN)) - 1
        if last < 1:
            return
        kept = [one for place, one in enumerate(changes[: last + 1]) if self._begins_run(place)]
        cut = len(kept) - 1
        if kept[-1][1] == OCCUPIED:
            cut = max(bisect_left(kept, (kept[-1][0] - window, UNKNOWN)) - 1, 0)
        self.changes = kept[cut:] + changes[last + 1 :]

    def stays(self) -> Iterator[tuple[int, int | None, bool]]:
        """The stays that the changes amount to: from, to (None: still there), whether the car was
        seen to leave."""
        start = None
        for at, code in self.changes:
            if code == OCCUPIED:
                start = at if start is None else start
            elif start is not None:
                yield start, at, code == FREE
                start = None
        if start is not None:
            yield start, None, False

    def stay_at(self, at: int) -> int | None:
        """The beginning of the stay during which `at` falls, if a car was there then."""
        if self.changes and self.changes[-1][0] <= at:
            return self.since if self.changes[-1][1] == OCCUPIED else None
        place = bisect_right(self.changes, (at, OCCUPIED)) - 1
        if place < 0 or self.changes[place][1] != OCCUPIED:
            return None
        return self.changes[self._first_of_run(place)][0]

    def next_stay(self, after: int) -> int | None:
        """The beginning of the first stay that begins after `after`."""
        for since, _, _ in self.stays():
            if since > after:
                return since
        return None

    def flips(self, start: int, end: int) -> int:
        """How many times what was said changed from `start` to `end`, both included."""
        first = bisect_left(self.changes, (start, UNKNOWN))
        last = bisect_right(self.changes, (end, OCCUPIED))
        return sum(self._begins_run(place) for place in range(first, last))

    def state(self) -> BayState:
        """The bay as it is kept."""
        said = _SAID[self.changes[-1][1]] if self.changes else None
        history = " ".join([f"{at}{sign(_SAID[code])}" for at, code in self.changes])
        return BayState(
            self.bay_id,
            self.zone_id,
            self.kinds,
            said,
            self.since,
            history,
            self.late,
            self.suspect,
            self.kinds_at,
        )

    def restore(self, state: BayState) -> None:
        """Take over what was kept."""
        self.changes = [(int(one[:-1]), _CODES[one[-1]]) for one in state.history.split()]
        self.since, self.late, self.suspect = state.since, state.late, state.suspect
        self.kinds_at = state.kinds_at

    def _begins_run(self, place: int) -> bool:
        return place == 0 or self.changes[place][1] != self.changes[place - 1][1]

    def _first_of_run(self, place: int) -> int:
        while not self._begins_run(place):
            place -= 1
        return place
