"""The course of a stay: when it came to break rules, which, and when it no longer did."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from infraction_model.alerts.events import Alert, Closed
from infraction_model.alerts.hours import NEVER
from infraction_model.alerts.rules import Cover, Rule


class Belief(NamedTuple):
    """The span in which a stay is believed: not at once in a flapping bay, and not for ever."""

    start: int
    end: int


class Course:
    """What came of a stay so far. `reasons` are those broken now, `shown` the last ones that were.

    `changes` counts what happened; `until` is when the next thing may happen by itself.
    """

    __slots__ = (
        "because",
        "changes",
        "closed_at",
        "opened_at",
        "reasons",
        "shown",
        "until",
        "updated_at",
    )

    def __init__(self) -> None:
        self.reasons: tuple[str, ...] = ()
        self.shown: tuple[str, ...] = ()
        self.opened_at = self.updated_at = -1
        self.closed_at: int | None = None
        self.because: Closed | None = None
        self.changes = 0
        self.until = NEVER

    def take(self, at: int, reasons: tuple[str, ...], because: Closed) -> bool:
        """From `at` on these reasons hold; if none does any more it is `because`. Returns whether
        that is news."""
        if reasons == self.reasons:
            return False
        if reasons:
            self.opened_at = at if self.opened_at < 0 else self.opened_at
            self.shown, self.closed_at, self.because = reasons, None, None
        else:
            self.closed_at, self.because = at, because
        self.reasons, self.updated_at = reasons, at
        self.changes += 1
        return True

    def content(self) -> tuple:
        """All that a reader of the alert would see differ."""
        return (self.opened_at, self.updated_at, self.shown, self.closed_at, self.because)


class StayAlert:
    """The alert of one stay, with what an officer said of it; `left` is when the stay ended."""

    __slots__ = (
        "alert_id",
        "bay_id",
        "course",
        "left",
        "revision",
        "row",
        "since",
        "verdict",
        "zone_id",
    )

    def __init__(self, bay_id: str, zone_id: str, since: int) -> None:
        self.alert_id = name_of(bay_id, since)
        self.bay_id, self.zone_id, self.since = bay_id, zone_id, since
        self.course = Course()
        self.left: int | None = None
        self.verdict: bool | None = None
        self.revision = 0
        self.row: Alert | None = None

    @property
    def open(self) -> bool:
        """Whether the alert is open."""
        return self.course.closed_at is None

    def follow(self, course: Course) -> bool:
        """Take over what is now known to have come of the stay; returns whether that is news."""
        news = course.content() != self.course.content()
        self.course = course
        if news:
            self.revision = max(self.revision + 1, course.changes)
        return news

    def close(self, at: int, because: Closed) -> None:
        """Close it, for a reason that lies outside of the rules."""
        course = self.course
        course.reasons, course.until = (), NEVER
        course.closed_at, course.because, course.updated_at = at, because, at
        course.changes += 1
        self.revision += 1

    @classmethod
    def restored(cls, row: Alert) -> StayAlert:
        """The alert as it was kept."""
        one = cls(row.bay_id, row.zone_id, row.stay_from)
        course = one.course
        course.shown, course.reasons = row.reasons, row.reasons if row.closed_at is None else ()
        course.opened_at, course.updated_at = row.opened_at, row.updated_at
        course.closed_at, course.because = row.closed_at, row.closed_because
        course.changes = one.revision = row.revision
        one.verdict, one.row = row.verdict, row
        return one


def name_of(bay_id: str, since: int) -> str:
    """The id of the alert of a stay: the same whenever and wherever it is made."""
    return hashlib.blake2b(f"{bay_id}@{since}".encode(), digest_size=8).hexdigest()


def closed_row(row: Alert, at: int) -> Alert:
    """An open alert of a place that is no longer watched, closed."""
    return replace(
        row, closed_at=at, updated_at=at, closed_because="ended", revision=row.revision + 1
    )


def standing(
    rules: Sequence[Rule], since: int, covers: Sequence[Cover], belief: Belief, at: int
) -> tuple[tuple[str, ...], int]:
    """The rules that a stay since `since` breaks at `at`, and when that may change by itself."""
    if at < belief.start:
        return (), belief.start
    if at >= belief.end:
        return (), NEVER
    reasons, until = (), belief.end
    for rule in rules:
        broken, change = rule.standing(since, covers, at)
        if broken:
            reasons += (rule.reason,)
        if change < until:
            until = change
    return reasons, until


def why_over(covers: Sequence[Cover], belief: Belief, before: tuple[str, ...], at: int) -> Closed:
    """Why none of the reasons that held `before` does at `at`."""
    if at >= belief.end:
        return "sensor"
    paid = any(max(known, start) <= at < end for known, start, end in covers)
    return "paid" if "unpaid" in before and paid else "ended"


def course_of(
    rules: Sequence[Rule], since: int, covers: Sequence[Cover], belief: Belief, to: int
) -> Course:
    """What came of a stay up to `to`, from its beginning."""
    course, at = Course(), since
    while True:
        reasons, course.until = standing(rules, since, covers, belief, at)
        course.take(at, reasons, why_over(covers, belief, course.reasons, at))
        if course.until > to:
            return course
        at = course.until
