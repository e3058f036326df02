"""The words of the live street: what comes in as events, and what alerts and states go out as.

Times are whole seconds since 1970 (UTC). Every field is text, a number, true or false, missing, or
a tuple of texts, so that a store can keep each as a column.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Closed = Literal["left", "paid", "ended", "sensor", "reported", "withdrawn"]
"""Why an alert is closed: the car left; a ticket came; the rule no longer holds (its hours are
over); the sensor is not believed; an officer reported on it; or a message that came late shows that
it should never have been opened (such an alert counts nowhere)."""

ProbabilityBasis = Literal["hour", "hour_of_week", "none"]
"""Which of the model's figures stands beside an alert: that of the very hour; that of the same hour
of the newest scored week, where no scored week holds the hour; or none."""


class BayChange(Struct, frozen=True, gc=False, tag="bay", tag_field="event"):
    """A sensor says whether a bay is occupied (None: it does not know), from `at` on.

    `zone_id` may be missing where the town knows the bay. `kinds` says what the bay is reserved
    for, such as "forDisabled" or "loading".
    """

    bay_id: str
    zone_id: str | None
    occupied: bool | None
    at: int
    kinds: tuple[str, ...] = ()


class Ticket(Struct, frozen=True, gc=False, tag="ticket", tag_field="event"):
    """A payment for a zone, or for a bay of it where the meter asks for one; known from `at` on.

    `number` tells it from another one of the same place and times; it is the meter's own.
    """

    zone_id: str | None
    bay_id: str | None
    paid_from: int
    paid_until: int
    at: int
    number: str | None = None


class Reading(Struct, frozen=True, gc=False, tag="reading", tag_field="event"):
    """How many vehicles or free places a zone has, as a display or a counting loop tells it."""

    zone_id: str
    vehicles: int | None
    free: int | None
    spaces: int | None
    at: int


class Verdict(Struct, frozen=True, gc=False, tag="verdict", tag_field="event"):
    """What an officer found at an alert: an infraction (`right`), or a false alarm."""

    alert_id: str
    right: bool
    at: int


class Tick(Struct, frozen=True, gc=False, tag="tick", tag_field="event"):
    """The service's own clock says what time it is; sent when no events come."""

    at: int


Event = BayChange | Ticket | Reading | Verdict | Tick


class Alert(Struct, frozen=True):
    """A stay in breach of a rule; there is one per stay, open while `closed_at` is None.

    `reasons` are the rules broken now (or when it closed), as "overstay", "unpaid",
    "forbidden:NAME", "reserved:NAME". `chance` is that of a breach, `still_there` that of the car
    being there in `minutes_to_reach`, `trust` the sensor's; `value` is the product of the three and
    `severity`. `verdict` is what an officer said. `revision` grows when what matters changes:
    opened, reasons, closed.
    """

    alert_id: str
    bay_id: str
    zone_id: str
    stay_from: int
    reasons: tuple[str, ...]
    opened_at: int
    updated_at: int
    closed_at: int | None
    closed_because: Closed | None
    severity: float
    chance: float
    still_there: float
    minutes_to_reach: float
    team: str | None
    trust: float
    value: float
    infraction_probability: float | None
    probability_basis: ProbabilityBasis
    verdict: bool | None
    revision: int


class BayState(Struct, frozen=True):
    """What is known of a bay: `occupied` (None: unknown) `since`, and what brought it there.

    `history` holds the newest changes as "TIME+", "TIME-" or "TIME?", in order of time and parted
    by blanks. `late` counts messages that came too late in a row; `suspect`: its clock is wrong.
    `kinds` were told at `kinds_at` (-1: never).
    """

    bay_id: str
    zone_id: str
    kinds: tuple[str, ...]
    occupied: bool | None
    since: int
    history: str
    late: int
    suspect: bool
    kinds_at: int = -1


class TicketState(Struct, frozen=True):
    """A ticket, and the stay it was found to belong to (`stay_bay` None: to no known one)."""

    ticket_id: str
    zone_id: str
    bay_id: str | None
    paid_from: int
    paid_until: int
    at: int
    stay_bay: str | None
    stay_from: int | None


class Held(Struct, frozen=True):
    """A change that is dated too far ahead of the clock, kept until another bay confirms the time.

    `held_at` is the clock when it came (None: there was none yet).
    """

    held_id: str
    bay_id: str
    zone_id: str
    occupied: bool | None
    at: int
    kinds: tuple[str, ...]
    held_at: int | None


class SensorQuality(Struct, frozen=True):
    """How often officers found alerts of a bay right or wrong, and the trust drawn from it."""

    bay_id: str
    zone_id: str
    right: int
    wrong: int
    trust: float
    updated_at: int


class ClockState(Struct, frozen=True):
    """The clock of the events: the newest time told, the bay that told it, and the newest time that
    another bay, or the service, confirms.
    """

    at: int
    lead_bay: str | None
    confirmed: int


class DeadLetter(Struct, frozen=True):
    """An event that could not be used: why, in a word and in a sentence, and the event as JSON."""

    reason: str
    detail: str
    at: int | None
    payload: str


class State(Struct):
    """All that an engine must know to go on as if it had never stopped.

    Of the closed alerts those are needed that closed within `clock.keep_hours` before the clock,
    and those of stays that still go on (`stay_from` is the bay's `since`); more do no harm.
    """

    clock: ClockState | None
    bays: list[BayState]
    tickets: list[TicketState]
    alerts: list[Alert]
    held: list[Held]
    quality: list[SensorQuality]
    readings: list[Reading]


class Changes(Struct):
    """What a batch of events changed: rows to insert or replace, and ids of rows that are gone.

    `alerts` holds each changed alert once, as it is after the batch. `counts` says how many events
    of the batch had which fate: used, duplicate, late, future, unknown_zone and so on.
    """

    clock: ClockState | None
    bays: list[BayState]
    tickets: list[TicketState]
    alerts: list[Alert]
    held: list[Held]
    quality: list[SensorQuality]
    readings: list[Reading]
    dead_letters: list[DeadLetter]
    tickets_gone: list[str]
    held_gone: list[str]
    counts: dict[str, int]
