"""What the latent-class model sees of a panel at an origin: events, exposure and kinds of day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import sparse

from infraction_model.asof import completeness_at
from infraction_model.calendars import CalendarParameters, is_public_holiday, is_school_holiday
from infraction_model.exposure import Basis, is_known, uniform_hours
from infraction_model.panel import CELL, Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday

DAY_KINDS = ("ordinary", "public holiday", "school holiday")
"""Kinds of day that a class may have a factor for; a public holiday in the school holidays is the
former."""


class Exposure(Protocol):
    """Hours looked at, that can be added up over weeks or over hours of the week."""

    def by_cell(self, level: np.ndarray) -> np.ndarray:
        """Hours times the `level` (zones, weeks) of their week: (day kinds, zones, 168)."""

    def by_week(self, shape: np.ndarray) -> np.ndarray:
        """Hours times the `shape` (day kinds, zones, 168) of their hour: (zones, weeks)."""


@dataclass(frozen=True)
class PatrolledHours:
    """Exposure of single zone-hours: parallel arrays zone, week, hour, day_kind and hours."""

    zones: int
    weeks: int
    zone: np.ndarray
    week: np.ndarray
    hour: np.ndarray
    day_kind: np.ndarray
    hours: np.ndarray

    def by_cell(self, level: np.ndarray) -> np.ndarray:
        size = (len(DAY_KINDS), self.zones, HOURS_PER_WEEK)
        cell = (self.day_kind * self.zones + self.zone) * HOURS_PER_WEEK + self.hour
        amount = self.hours * level[self.zone, self.week]
        return np.bincount(cell, amount, minlength=np.prod(size)).reshape(size)

    def by_week(self, shape: np.ndarray) -> np.ndarray:
        amount = self.hours * shape[self.day_kind, self.zone, self.hour]
        cell = self.zone * self.weeks + self.week
        total = np.bincount(cell, amount, minlength=self.zones * self.weeks)
        return total.reshape(self.zones, self.weeks)


@dataclass(frozen=True)
class UniformHours:
    """Every zone looked at alike: `hours` is (day kinds, weeks, 168)."""

    hours: np.ndarray

    def by_cell(self, level: np.ndarray) -> np.ndarray:
        return level[None] @ self.hours

    def by_week(self, shape: np.ndarray) -> np.ndarray:
        return (shape @ self.hours.transpose(0, 2, 1)).sum(0)


@dataclass(frozen=True)
class Observations:
    """Events and exposure known at an origin, of the zones of which anything was known.

    `zones` are their rows in the panel. Events lie in groups of one zone, hour of week, category
    and kind of day: parallel arrays, `count` float64. `by_week` (zones, weeks) are events, from the
    panel's first week to the origin; `attributes` (zones, columns) are what a zone's level may go
    by, standardised, the first a constant; `target_day_kind` (168,) is that of the week asked for;
    `codes` are the panel's numbers of the categories known, in the order of `category`.
    """

    zones: np.ndarray
    zone: np.ndarray
    hour: np.ndarray
    category: np.ndarray
    day_kind: np.ndarray
    count: np.ndarray
    by_week: np.ndarray
    exposure: Exposure
    attributes: np.ndarray
    target_day_kind: np.ndarray
    codes: np.ndarray

    @property
    def categories(self) -> int:
        return max(len(self.codes), 1)

    @cached_property
    def by_cell(self) -> np.ndarray:
        """Events per zone and hour of week, (zones, 168)."""
        size = (len(self.zones), HOURS_PER_WEEK)
        cell = self.zone * HOURS_PER_WEEK + self.hour
        return np.bincount(cell, self.count, minlength=np.prod(size)).reshape(size)

    @cached_property
    def sums(self) -> dict[str, sparse.csr_matrix]:
        """Matrices that add groups up by zone, hour, category and day_kind."""
        sizes = {
            "zone": len(self.zones),
            "hour": HOURS_PER_WEEK,
            "category": self.categories,
            "day_kind": len(DAY_KINDS),
        }
        group, one = np.arange(len(self.count)), np.ones(len(self.count))
        return {
            name: sparse.csr_matrix((one, (getattr(self, name), group)), (size, len(group)))
            for name, size in sizes.items()
        }


class Record:
    """The panel's records laid out once, to be looked at from one origin after another."""

    def __init__(
        self, panel: Panel, basis: Basis, calendar: CalendarParameters, curve: np.ndarray
    ) -> None:
        self.panel, self.basis, self.curve = panel, basis, curve
        self.calendar = calendar
        self.first = panel.first_week
        self.day_kinds: dict[int, np.ndarray] = {}
        events = _events(panel, basis)
        self.event = {name: events[name].to_numpy().astype(np.int64) for name in (*CELL, "delay")}
        self.event["category"] = events["category"].to_numpy().astype(np.int64)
        self.count = events["events"].to_numpy().astype(float)
        if is_known(basis):
            patrols = panel.seen_patrols(basis)
            patrols = patrols[patrols["week"] >= self.first]
            names = (*CELL, "delay")
            self.patrol = {name: patrols[name].to_numpy().astype(np.int64) for name in names}
            self.hours = patrols["hours"].to_numpy().astype(float)

    def at(self, origin: int, target: int) -> Observations:
        """What was known at `origin` of the zones modelled then, to forecast the week `target`."""
        weeks = origin - self.first
        known = self._known(self.event, origin)
        event = {name: values[known] for name, values in self.event.items()}
        share = completeness_at(self.curve, origin - 1 - (self.first + np.arange(weeks)))
        kinds = np.stack([self._day_kinds(self.first + week) for week in range(weeks)])
        zones, exposure, hours = self._exposure(event["zone"], share, kinds, origin)
        zone = np.searchsorted(zones, event["zone"])
        week = event["week"] - self.first
        # a category that comes up later must not move those known now
        present, category = np.unique(event["category"], return_inverse=True)
        groups = _grouped(
            zone,
            event["hour_of_week"],
            category,
            kinds[week, event["hour_of_week"]],
            self.count[known],
            max(len(present), 1),
        )
        by_week = np.bincount(zone * weeks + week, self.count[known], minlength=len(zones) * weeks)
        by_week = np.maximum(by_week, 0.0).reshape(len(zones), weeks)
        return Observations(
            zones=zones,
            **groups,
            by_week=by_week,
            exposure=exposure,
            attributes=_attributes(self.panel, zones, hours),
            target_day_kind=self._day_kinds(target),
            codes=present,
        )

    def _exposure(
        self, event_zone: np.ndarray, share: np.ndarray, kinds: np.ndarray, origin: int
    ) -> tuple[np.ndarray, Exposure, np.ndarray]:
        """The zones of which anything is known, their exposure, and its sum per zone."""
        weeks = len(share)
        if not is_known(self.basis):
            # a zone of the town's own list without a fine was looked at in vain
            official = np.flatnonzero(self.panel.zones["official"])
            zones = np.union1d(event_zone, official)
            timezone = self.panel.timezone
            hours = np.stack([uniform_hours(self.first + w, timezone) for w in range(weeks)])
            hours *= share[:, None]
            each = [np.where(kinds == kind, hours, 0.0) for kind in range(len(DAY_KINDS))]
            return zones, UniformHours(np.stack(each)), np.full(len(zones), hours.sum())
        known = self._known(self.patrol, origin)
        patrol = {name: values[known] for name, values in self.patrol.items()}
        zones = np.unique(np.concatenate([event_zone, patrol["zone"]]))
        zone, week = np.searchsorted(zones, patrol["zone"]), patrol["week"] - self.first
        hour, hours = patrol["hour_of_week"], self.hours[known] * share[week]
        exposure = PatrolledHours(len(zones), weeks, zone, week, hour, kinds[week, hour], hours)
        return zones, exposure, np.bincount(zone, hours, minlength=len(zones))

    def _known(self, records: dict[str, np.ndarray], origin: int) -> np.ndarray:
        modelled = self.panel.modelled_at(origin)[records["zone"]]
        return (records["week"] + records["delay"] < origin) & modelled

    def _day_kinds(self, week: int) -> np.ndarray:
        """The kind of day at each of a week's 168 hours."""
        if week not in self.day_kinds:
            days = [monday(week) + dt.timedelta(days=day) for day in range(7)]
            self.day_kinds[week] = np.repeat([_day_kind(day, self.calendar) for day in days], 24)
        return self.day_kinds[week]


def _day_kind(day: dt.date, calendar: CalendarParameters) -> int:
    if is_public_holiday(day, calendar):
        return 1
    return 2 if is_school_holiday(day, calendar) == 1.0 else 0


def _events(panel: Panel, basis: Basis):
    """Events by category: fines where exposure is known, else hours with a fine.

    An hour with fines of several categories is one event, shared among them.
    """
    found = panel.found(basis)
    found = found[found["week"] >= panel.first_week]
    if is_known(basis):
        exposed = found.merge(panel.exposure(basis)[CELL], on=CELL)
        return exposed.assign(events=exposed["fines"])
    first = found.groupby(CELL)["delay"].transform("min")
    found = found[found["delay"] == first]
    return found.assign(events=found["fines"] / found.groupby(CELL)["fines"].transform("sum"))


def _grouped(zone, hour, category, day_kind, count, categories: int) -> dict[str, np.ndarray]:
    """Events added up over weeks, by zone, hour, category and kind of day."""
    kinds = len(DAY_KINDS)
    key = ((zone * HOURS_PER_WEEK + hour) * categories + category) * kinds + day_kind
    present, position = np.unique(key, return_inverse=True)
    rest, day_kind = np.divmod(present, kinds)
    rest, category = np.divmod(rest, categories)
    zone, hour = np.divmod(rest, HOURS_PER_WEEK)
    return {
        "zone": zone,
        "hour": hour,
        "category": category,
        "day_kind": day_kind,
        # a presence that a late fine takes back may leave less than nothing
        "count": np.maximum(np.bincount(position, count, minlength=len(present)), 0.0),
    }


def _attributes(panel: Panel, zones: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """A constant, how much the zone was looked at (officers know), and its parking spaces."""
    spaces = panel.zones["spaces"].to_numpy()[zones]
    known = np.isfinite(spaces)
    spaces = np.log1p(np.where(known, spaces, 0.0))
    spaces = np.where(known, spaces, spaces[known].mean() if known.any() else 0.0)
    columns = np.stack([np.log1p(hours), spaces], axis=1)
    spread = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return np.column_stack([np.ones(len(zones)), scaled])
