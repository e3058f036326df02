"""The rules of the street: for a stay, whether each is broken at an instant, and until when."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from infraction_model.alerts.hours import NEVER, OpenHours, limit_hours, sorted_spans
from infraction_model.alerts.parameters import (
    ForbiddenRule,
    LiveParameters,
    OverstayRule,
    ReservedRule,
    UnpaidRule,
)
from infraction_model.alerts.town import Town, Zone
from infraction_model.errors import ConfigError, did_you_mean

Cover = tuple[int, int, int]
"""What a ticket of a stay covers: known at, paid from, paid until."""

ODD, EVEN = "odd_side", "even_side"


class Rule(Protocol):
    """A rule as it holds for one bay; `chance` is that of a breach where it seems broken."""

    reason: str
    severity: float
    chance: float

    def standing(self, since: int, covers: Sequence[Cover], at: int) -> tuple[bool, int]:
        """Whether a stay since `since` breaks it at `at`, and until when that cannot change,
        provided that no ticket comes."""
        ...


@dataclass(frozen=True, slots=True)
class Overstay:
    """Longer than `allowed` seconds of limited hours; in breach only in such hours."""

    hours: OpenHours
    allowed: int
    severity: float
    chance: float
    reason: str = "overstay"

    def standing(self, since: int, covers: Sequence[Cover], at: int) -> tuple[bool, int]:
        due = self.hours.reached(since, self.allowed + 1)
        return (False, due) if at < due else self.hours.opening(at)


@dataclass(frozen=True, slots=True)
class Unpaid:
    """More than `grace` seconds of paid hours since the arrival, or since the last ticket ended."""

    hours: OpenHours
    grace: int
    severity: float
    chance: float
    reason: str = "unpaid"

    def standing(self, since: int, covers: Sequence[Cover], at: int) -> tuple[bool, int]:
        following, paid_to = NEVER, since
        for known, start, end in covers:
            begins = max(known, start)
            if begins > at:
                following = min(following, begins)
            elif end > at:
                return False, end
            else:
                paid_to = max(paid_to, end)
        due = self.hours.reached(paid_to, self.grace + 1)
        if at < due:
            return False, min(due, following)
        broken, until = self.hours.opening(at)
        return broken, min(until, following)


@dataclass(frozen=True, slots=True)
class Forbidden:
    """More than `grace` seconds of a time at which nobody may park here."""

    hours: OpenHours
    grace: int
    severity: float
    chance: float
    reason: str

    def standing(self, since: int, covers: Sequence[Cover], at: int) -> tuple[bool, int]:
        closed, until = self.hours.opening(at)
        if not closed:
            return False, until
        due = max(since, self.hours.start_of_span(at)) + self.grace
        return (True, until) if at >= due else (False, min(due, until))


@dataclass(frozen=True, slots=True)
class Reserved:
    """Longer than `grace` seconds in a bay kept for others."""

    grace: int
    severity: float
    chance: float
    reason: str

    def standing(self, since: int, covers: Sequence[Cover], at: int) -> tuple[bool, int]:
        due = since + self.grace
        return (True, NEVER) if at >= due else (False, due)


class Rules:
    """The rules of a town, for each of its bays. Raises ConfigError where one cannot hold."""

    def __init__(self, parameters: LiveParameters, town: Town) -> None:
        self._rules, self._town = parameters.rules, town
        _check(parameters, town)
        self._limits = limit_hours(parameters.limits, town.timezone, town.calendar)
        self._forbidden = {
            (rule.name, side): OpenHours(forbidden_hours(rule, side), town.timezone)
            for rule in self._rules.forbidden
            for side in ((ODD, EVEN) if rule.sides != "both" else ("",))
        }
        self._kinds = {kind for rule in self._rules.reserved for kind in rule.kinds}
        self._known: dict[tuple[str, tuple[str, ...], str], tuple[Rule, ...]] = {}

    @property
    def paid_hours(self) -> OpenHours:
        """The hours in which parking is paid for and limited."""
        return self._limits

    def know(self, zone_id: str) -> bool:
        """Whether the town has a zone."""
        return zone_id in self._town.zones

    def may_hold(self, bay_id: str, zone_id: str) -> bool:
        """Whether the town has a zone, and does not know a bay to be in another one."""
        return self._town.may_hold(bay_id, zone_id)

    def of_bay(self, bay_id: str, zone_id: str, kinds: tuple[str, ...]) -> tuple[Rule, ...]:
        """The rules that hold in a bay; bays alike share them."""
        # of what a message calls a bay, only the words that a rule asks for
        key = (zone_id, tuple(sorted(self._kinds & set(kinds))), side_of(bay_id, kinds))
        if key not in self._known:
            self._known[key] = tuple(self._made(*key))
        return self._known[key]

    def _made(self, zone_id: str, kinds: tuple[str, ...], side: str) -> list[Rule]:
        zone, rules = self._town.zones[zone_id], self._rules
        found: list[Rule] = []
        over, unpaid = rules.overstay, rules.unpaid
        if over is not None and zone.max_stay_minutes is not None and _holds(over, zone_id):
            allowed = _seconds(zone.max_stay_minutes + over.grace_minutes)
            found.append(Overstay(self._limits, allowed, over.severity, over.chance))
        if unpaid is not None and _paid(unpaid, zone):
            grace = _seconds(unpaid.grace_minutes)
            found.append(Unpaid(self._limits, grace, unpaid.severity, unpaid.chance))
        for rule in rules.forbidden:
            if zone_id in rule.zones:
                hours = self._forbidden[rule.name, side if rule.sides != "both" else ""]
                grace, reason = _seconds(rule.grace_minutes), f"forbidden:{rule.name}"
                found.append(Forbidden(hours, grace, rule.severity, rule.chance, reason))
        for rule in rules.reserved:
            if set(rule.kinds) & set(kinds) and _holds(rule, zone_id):
                grace, reason = _seconds(rule.grace_minutes), f"reserved:{rule.name}"
                found.append(Reserved(grace, rule.severity, rule.chance, reason))
        return found


def _holds(rule: OverstayRule | ReservedRule, zone_id: str) -> bool:
    return not rule.zones or zone_id in rule.zones


def _paid(rule: UnpaidRule, zone: Zone) -> bool:
    if rule.zones:
        return zone.zone_id in rule.zones
    free = {tariff.casefold() for tariff in rule.free_tariffs}
    return zone.tariff is not None and zone.tariff.casefold() not in free


def _seconds(minutes: float) -> int:
    return round(60 * minutes)


def side_of(bay_id: str, kinds: tuple[str, ...]) -> str:
    """The side of the street a bay is on: as its kinds say, else by the number its name ends in."""
    for side in (ODD, EVEN):
        if side in kinds:
            return side
    number = re.search(r"(\d+)\D*$", bay_id)
    return EVEN if number and int(number[1]) % 2 == 0 else ODD


def forbidden_hours(rule: ForbiddenRule, side: str):
    """The hours of each day at which `rule` forbids a side ("" where it forbids both)."""
    spans = sorted_spans(rule.hours)

    def of_day(day: dt.date) -> list[tuple[dt.timedelta, dt.timedelta]]:
        in_week = day.weekday() in rule.days
        counted = not rule.nth or (day.day - 1) // 7 + 1 in rule.nth
        named = (in_week and counted) or day in rule.dates
        return spans if named and _side_closed(rule, side, day) else []

    return of_day


def _side_closed(rule: ForbiddenRule, side: str, day: dt.date) -> bool:
    if rule.sides == "both":
        return True
    even = day.day <= 15 if rule.sides == "half_month" else day.day % 2 == 1
    return side == (EVEN if even else ODD)


def _check(parameters: LiveParameters, town: Town) -> None:
    """Every zone that a rule names is one of the town; an overstay needs a limit."""
    rules = parameters.rules
    named: list[tuple[str, OverstayRule | UnpaidRule | ForbiddenRule | ReservedRule]] = []
    named += [("overstay", rules.overstay)] if rules.overstay is not None else []
    named += [("unpaid", rules.unpaid)] if rules.unpaid is not None else []
    named += [(f"forbidden ({rule.name!r})", rule) for rule in rules.forbidden]
    named += [(f"reserved ({rule.name!r})", rule) for rule in rules.reserved]
    for key, rule in named:
        for zone_id in rule.zones:
            if zone_id not in town.zones:
                raise ConfigError(
                    f"key 'live.rules.{key}.zones': there is no zone '{zone_id}' in this town. "
                    f"{did_you_mean(zone_id, town.zones)}"
                )
    for zone_id in rules.overstay.zones if rules.overstay is not None else ():
        if town.zones[zone_id].max_stay_minutes is None:
            raise ConfigError(
                f"key 'live.rules.overstay.zones': zone '{zone_id}' has no limit. Give it a "
                "max_stay_minutes in the zones table, or leave it out."
            )
