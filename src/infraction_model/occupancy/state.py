"""The state of parking in a town: occupancy by zone and week, the typical week, the trend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Interval

from infraction_model.calendars import CalendarParameters, is_public_holiday, is_school_week
from infraction_model.errors import NotEnoughDataError
from infraction_model.occupancy.changes import ChangeParameters, level_changes, week_kinds
from infraction_model.occupancy.timeline import LimitHours
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, monday, to_local, week_of

BASES = {
    "sensors": "measured",
    "readings": "measured",
    "payments": "estimated",
    "fallback": "estimated",
    "paid": "paid",
}
"""What the basis of an hour amounts to: cars seen, cars estimated, or no more than tickets."""

KINDS = ("measured", "estimated", "paid")
_USUAL = 0.5
_FEWEST_DIFFERENCES = 8
_FEWEST_BEFORE = 2
_COMMON = 0.03  # all zones learn one relation; benchmarks/dashboard.py shows how this covers


@dataclass(frozen=True)
class StateParameters:
    """What is shown of the state of parking.

    The typical week is the mean of the last `recent_weeks` weeks in term; changes, alarms and
    faults of so many weeks are shown. The last week is held against `before_weeks` of its kind (see
    changes.week_kinds) before it. A mean is known where `least_known` of its hours or spaces are. A
    zone is full at `full` and above, little used below `empty` (Shoup 2005: one space in seven is
    free).
    """

    recent_weeks: Annotated[int, Ge(1)] = 8
    before_weeks: Annotated[int, Ge(2)] = 4
    least_known: Annotated[float, Interval(gt=0, le=1)] = 0.9
    full: Annotated[float, Interval(gt=0, le=1)] = 0.85
    empty: Annotated[float, Interval(gt=0, lt=1)] = 0.30
    changes: ChangeParameters = field(default_factory=ChangeParameters)


@dataclass(frozen=True)
class Means:
    """Means of occupancy with the ends of their 90 % intervals, NaN where too little is known."""

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class ParkingState:
    """What the tables of occupancy say of a town.

    `zones` has one row per zone known to the town, in the order of zone_id: the contract's columns.
    `weeks` are all weeks from the first to the last, `kinds` as changes.week_kinds gives them.
    `charged` (zones, weeks) are means over paid hours, `typical` (zones, 168) over the weeks at
    the places `recent`; `town_charged`, `town_whole` (weeks) and `town_typical` (168) weigh zones
    by `weight`, their spaces where all known zones have some, else all alike (`by_spaces`).
    `shares` (zones, weeks, KINDS) says on what the paid hours of a zone's week rest. `last` is the
    place of the last week known of the town as a whole.
    """

    zones: pd.DataFrame
    weeks: np.ndarray
    school: np.ndarray
    kinds: np.ndarray
    charged: Means
    typical: Means
    town_charged: Means
    town_whole: Means
    town_typical: Means
    shares: np.ndarray
    weight: np.ndarray
    by_spaces: bool
    last: int
    recent: np.ndarray
    changes: pd.DataFrame

    @property
    def known(self) -> np.ndarray:
        """Mask of the zones of which anything is known."""
        return self.weight > 0


@dataclass(frozen=True)
class Comparison:
    """The last week beside those of its kind before it.

    `difference` to their mean; in nine of ten earlier weeks it was at most `usual` in size (NaN
    where there are too few); `weeks` are the places of those that were taken.
    """

    difference: float
    usual: float
    weeks: np.ndarray


def parking_state(
    occupancy: pd.DataFrame,
    zones: pd.DataFrame,
    limits: LimitHours,
    calendar: CalendarParameters,
    parameters: StateParameters,
) -> ParkingState:
    """Sum up the contract table `occupancy` of the zones of the contract table `zones`.

    Raises NotEnoughDataError where no whole week is known of the town.
    """
    rows = _Rows.of(occupancy, zones)
    spaces = rows.zones["spaces"].to_numpy(dtype=float)
    seen = np.bincount(rows.zone, minlength=len(spaces)) > 0
    by_spaces = bool((spaces[seen] > 0).all())
    weight = np.where(seen, spaces if by_spaces else 1.0, 0.0)
    paid = charged_hours(rows.weeks, limits, calendar)
    charged = rows.weekly(paid, parameters.least_known)
    whole = rows.weekly(np.ones_like(paid), parameters.least_known)
    town_charged = _of_town(charged, weight, parameters.least_known)
    known = _known_weeks(town_charged, parameters.least_known)
    school = np.array([is_school_week(monday(week), calendar) for week in rows.weeks])
    kinds = week_kinds(rows.weeks, calendar)
    last = int(known[-1])
    recent = _recent(known, school, parameters.recent_weeks)
    typical = rows.typical(recent)
    return ParkingState(
        rows.zones,
        rows.weeks,
        school,
        kinds,
        charged,
        typical,
        town_charged,
        _of_town(whole, weight, parameters.least_known),
        _of_town(typical, weight, parameters.least_known),
        rows.shares(paid),
        weight,
        by_spaces,
        last,
        recent,
        _changes(rows, charged, paid, kinds, last, parameters),
    )


def charged_hours(
    weeks: np.ndarray, limits: LimitHours, calendar: CalendarParameters
) -> np.ndarray:
    """Mask (weeks, 168) of the hours that are mostly paid for; all, where none ever is."""
    by_day = np.isin(np.arange(7), limits.days)[:, None] & (limits.share_of_hours() > 0.5)
    mask = np.tile(by_day.ravel(), (len(weeks), 1))
    for place, week in enumerate(weeks):
        for day in range(7):
            if is_public_holiday(monday(week) + dt.timedelta(days=day), calendar):
                mask[place, 24 * day : 24 * day + 24] = False
    return mask if mask.any() else np.ones_like(mask)


def against_before(value: np.ndarray, kinds: np.ndarray, last: int, before: int) -> Comparison:
    """The week at place `last` beside the mean of up to `before` weeks of its kind before it."""
    differences, taken = {}, np.zeros(0, dtype=int)
    for week in range(last + 1):
        alike = np.flatnonzero(np.isfinite(value[:week]) & (kinds[:week] == kinds[week]))
        enough = np.isfinite(value[week]) and len(alike) >= _FEWEST_BEFORE
        taken = alike[-before:] if enough else alike[:0]
        if enough:
            differences[week] = value[week] - value[taken].mean()
    found = differences.pop(last, np.nan)
    sizes = np.abs(list(differences.values()))
    usual = np.quantile(sizes, 0.9) if len(sizes) >= _FEWEST_DIFFERENCES else np.nan
    return Comparison(float(found), float(usual), taken)


@dataclass(frozen=True)
class _Rows:
    """The table with zones, weeks and hours by their places."""

    zones: pd.DataFrame
    weeks: np.ndarray
    zone: np.ndarray
    week: np.ndarray
    hour: np.ndarray
    values: tuple[np.ndarray, np.ndarray, np.ndarray]
    kind: np.ndarray
    silent: np.ndarray
    usual: np.ndarray

    @classmethod
    def of(cls, occupancy: pd.DataFrame, zones: pd.DataFrame) -> _Rows:
        places = _all_zones(zones, occupancy)
        local = to_local(occupancy["starts_at"])
        week = week_of(local)
        weeks = np.arange(week.min(), week.max() + 1)
        zone = pd.Index(places["zone_id"]).get_indexer(occupancy["zone_id"])
        hour = hour_of_week(local).astype(int)
        place = week - weeks[0]
        values = tuple(occupancy[name].to_numpy(float) for name in ("occupancy", "lower", "upper"))
        usual = _usual_hours(zone, place, hour, len(places), len(weeks))
        codes, names = pd.factorize(occupancy["basis"])
        kind = np.array([KINDS.index(BASES[name]) for name in names], dtype=np.int8)[codes]
        silent = codes == list(names).index("fallback") if "fallback" in names else codes < 0
        return cls(places, weeks, zone, place, hour, values, kind, silent, usual)

    def weekly(self, mask: np.ndarray, least_known: float) -> Means:
        """Means (zones, weeks) over the masked hours that a zone usually knows."""
        kept = self.usual[self.zone, self.hour] & mask[self.week, self.hour]
        expected = self.usual.astype(float) @ mask.T.astype(float)
        shape = expected.shape
        cell = (self.zone * shape[1] + self.week)[kept]
        return self._means(cell, kept, shape, np.maximum(least_known * expected, 1e-9))

    def typical(self, recent: np.ndarray) -> Means:
        """Means (zones, 168) over the weeks at the places `recent`, of half of which are known."""
        kept = np.isin(self.week, recent)
        cell = (self.zone * HOURS_PER_WEEK + self.hour)[kept]
        least = np.full((len(self.zones), HOURS_PER_WEEK), _USUAL * len(recent))
        return self._means(cell, kept, least.shape, least)

    def shares(self, mask: np.ndarray) -> np.ndarray:
        """The share of the masked hours of each zone and week by what it rests on."""
        kept = mask[self.week, self.hour]
        shape = (len(self.zones), len(self.weeks), len(KINDS))
        cell = (self.zone[kept] * shape[1] + self.week[kept]) * shape[2] + self.kind[kept]
        hours = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
        return hours / np.maximum(hours.sum(axis=2, keepdims=True), 1)

    def fallback(self) -> np.ndarray:
        """The share of each zone's week (zones, weeks) in which a meter was silent."""
        size = len(self.zones) * len(self.weeks)
        cell = self.zone * len(self.weeks) + self.week
        silent = np.bincount(cell, self.silent, size)
        share = silent / np.maximum(np.bincount(cell, minlength=size), 1)
        return share.reshape(len(self.zones), len(self.weeks))

    def _means(self, cell, kept, shape: tuple[int, int], least: np.ndarray) -> Means:
        size = shape[0] * shape[1]
        count = np.bincount(cell, minlength=size).reshape(shape)
        enough = (count >= least) & (count > 0)
        sums = (np.bincount(cell, value[kept], size).reshape(shape) for value in self.values)
        return Means(*(np.where(enough, total / np.maximum(count, 1), np.nan) for total in sums))


def _all_zones(zones: pd.DataFrame, occupancy: pd.DataFrame) -> pd.DataFrame:
    """The zones table in order, with those that only the occupancy knows, and all its columns.

    A zone without a name that can be read goes by its id.
    """
    missing = sorted(set(occupancy["zone_id"]) - set(zones["zone_id"]))
    table = zones.reindex(columns=list(dict.fromkeys([*zones.columns, "spaces", "tariff"])))
    if missing:
        unknown = pd.DataFrame({"zone_id": missing, "name": missing})
        table = pd.concat([table, unknown.reindex(columns=table.columns)], ignore_index=True)
    table["name"] = table["name"].where(table["name"].map(_can_be_read), table["zone_id"])
    return table.sort_values("zone_id", ignore_index=True)


def _can_be_read(name: str) -> bool:
    return any(sign.isprintable() and not sign.isspace() for sign in name)


def _usual_hours(zone, week, hour, zones: int, weeks: int) -> np.ndarray:
    """Mask (zones, 168) of the hours known in at least half of the weeks a zone is known in."""
    cells = np.bincount(zone * HOURS_PER_WEEK + hour, minlength=zones * HOURS_PER_WEEK)
    active = np.bincount(zone * weeks + week, minlength=zones * weeks).reshape(zones, weeks) > 0
    least = np.maximum(_USUAL * active.sum(axis=1), 1e-9)
    return cells.reshape(zones, HOURS_PER_WEEK) >= least[:, None]


def _of_town(means: Means, weight: np.ndarray, least_known: float) -> Means:
    """The mean of all zones; `_COMMON` of the variance of their errors is common to all."""
    known = np.isfinite(means.value)
    weighing = np.where(known, weight[:, None], 0.0)
    total = weighing.sum(axis=0)
    enough = total >= least_known * max(weight.sum(), 1e-9)
    divisor = np.maximum(total, 1e-9)

    def spread(ends: np.ndarray) -> np.ndarray:
        off = weighing * np.where(known, np.abs(ends - means.value), 0.0)
        own, together = (off**2).sum(axis=0), off.sum(axis=0) ** 2
        return np.sqrt((1 - _COMMON) * own + _COMMON * together) / divisor

    value = np.where(known, means.value, 0.0)
    mean = np.where(enough, (weighing * value).sum(axis=0) / divisor, np.nan)
    lower, upper = mean - spread(means.lower), mean + spread(means.upper)
    return Means(mean, np.maximum(lower, 0.0), np.minimum(upper, 1.0))


def _known_weeks(town: Means, least_known: float) -> np.ndarray:
    known = np.flatnonzero(np.isfinite(town.value))
    if not len(known):
        raise NotEnoughDataError(
            f"no whole week is known of the town: expected {least_known:.0%} of its spaces and "
            f"hours in one of {len(town.value)} weeks. Give occupancy more weeks, or lower "
            "`dashboard.least_known`."
        )
    return known


def _recent(known: np.ndarray, school: np.ndarray, count: int) -> np.ndarray:
    """The last known weeks in term; those of holidays where there is no other."""
    term = known[~school[known]]
    return (term if len(term) else known)[-count:]


def _changes(
    rows: _Rows,
    charged: Means,
    paid: np.ndarray,
    kinds: np.ndarray,
    last: int,
    parameters: StateParameters,
) -> pd.DataFrame:
    """Zones whose level changed; a week in which their meter was silent tells nothing of them."""
    spaces = rows.zones["spaces"].to_numpy(dtype=float)
    hours = float(np.median(paid.sum(axis=1)))
    cars = charged.value * spaces[:, None] * hours
    cars[rows.fallback() > 1 - parameters.least_known] = np.nan
    tariffs = rows.zones["tariff"].fillna("").to_numpy(dtype=str)
    kept = slice(0, last + 1)
    known = np.flatnonzero(np.isfinite(cars[:, kept]).any(axis=1))
    found = level_changes(cars[known, kept], tariffs[known], kinds[kept], parameters.changes)
    return found.assign(zone=known[found["zone"].to_numpy(dtype=int)])
