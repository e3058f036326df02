"""Tickets on the grid: how many run in each zone and hour, and how many cars they stand for.

Arrays are (zone, week, hour of week) on the town's clock, in cars; weeks count from `first_week`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from infraction_model.errors import NotEnoughDataError
from infraction_model.timegrid import HOURS_PER_WEEK, monday, to_local, week_of

_TAIL_HOURS = 12
_FEWEST = 50


@dataclass(frozen=True)
class Tickets:
    """Tickets as hours since the first Monday: `zone` (row of `zones`), `start`, `end`, `key`.

    `key` numbers the meters: (zone, meter, channel), whose names are in `keys`. `cut` marks tickets
    that end at the longest stay or at the end of the paid day: their drivers could buy no more.
    """

    zones: pd.DataFrame
    first_week: int
    weeks: int
    zone: np.ndarray
    start: np.ndarray
    end: np.ndarray
    key: np.ndarray
    keys: pd.DataFrame
    cut: np.ndarray

    @property
    def spaces(self) -> np.ndarray:
        return self.zones["spaces"].to_numpy(dtype=float)

    def running(self, chosen: np.ndarray | None = None, longer_than: float = 0.0) -> np.ndarray:
        """Mean number of running tickets in each hour; only of `chosen` tickets where given."""
        mask = (self.end - self.start) > longer_than
        mask = mask if chosen is None else mask & chosen
        edges = np.arange(self.weeks * HOURS_PER_WEEK + 1, dtype=float)
        result = np.zeros((len(self.zones), len(edges) - 1))
        for zone, rows in _rows_by(self.zone, mask, len(self.zones)):
            elapsed = _elapsed(self.start[rows], edges) - _elapsed(self.end[rows], edges)
            # sums of thousands of hours leave a trace of rounding where no ticket runs
            result[zone] = np.maximum(np.round(np.diff(elapsed), 9), 0.0)
        return result.reshape(len(self.zones), self.weeks, HOURS_PER_WEEK)

    def lingering(self, survival, week: int, chosen: np.ndarray) -> np.ndarray:
        """Mean number of cars still there after a ticket of `week` that was cut, (zone, hour).

        `survival(hours)` is the share of stays longer than so many hours, as sensors saw it.
        """
        begin = week * HOURS_PER_WEEK
        rows = np.flatnonzero(self.cut & chosen & (self.start // HOURS_PER_WEEK == week))
        result = np.zeros((len(self.zones), HOURS_PER_WEEK))
        end = self.end[rows] - begin
        length = self.end[rows] - self.start[rows]
        there = np.maximum(survival(length), 1e-3)
        for ahead in range(_TAIL_HOURS):
            hour = np.floor(end).astype(int) + ahead
            since = np.maximum(hour, end)
            middle = (since + hour + 1) / 2 - end
            present = (hour + 1 - since) * survival(length + middle) / there
            inside = hour < HOURS_PER_WEEK
            np.add.at(result, (self.zone[rows][inside], hour[inside]), present[inside])
        return result

    def bought_at_opening(self) -> np.ndarray:
        """Tickets that begin in the very minute in which an hour of many such begins.

        Drivers who are there before parking is paid for buy from the opening on: they tell of the
        hours before.
        """
        on_the_hour = np.abs(self.start - np.round(self.start)) < 1e-9
        result = np.zeros((len(self.zones), self.weeks * HOURS_PER_WEEK))
        hour = np.round(self.start[on_the_hour]).astype(int)
        inside = hour < result.shape[1]
        np.add.at(result, (self.zone[on_the_hour][inside], hour[inside]), 1.0)
        return result.reshape(len(self.zones), self.weeks, HOURS_PER_WEEK)

    def of_week(self, week: int, chosen: np.ndarray) -> Tickets:
        """The chosen tickets of one week alone."""
        rows = np.flatnonzero(chosen & (self.start // HOURS_PER_WEEK == week))
        begin = week * HOURS_PER_WEEK
        return replace(
            self,
            first_week=self.first_week + week,
            weeks=1,
            zone=self.zone[rows],
            start=self.start[rows] - begin,
            end=self.end[rows] - begin,
            key=self.key[rows],
            cut=self.cut[rows],
        )

    def by_day(self) -> np.ndarray:
        """Tickets begun on each day, float64 (key, day)."""
        days = self.weeks * 7
        place = self.key * days + np.floor(self.start / 24).astype(int)
        counts = np.bincount(place, minlength=len(self.keys) * days)
        return counts.reshape(len(self.keys), days).astype(float)


def read_tickets(
    payments: pd.DataFrame, zones: pd.DataFrame, until_week: int, closing: float = 24.0
) -> Tickets:
    """The contract table `payments` on the grid: whole weeks from the first ticket to `until_week`.

    `closing` is the hour at which the paid day ends. Only tickets bought before, in zones whose
    number of spaces is known. Raises NotEnoughDataError where hardly any is left.
    """
    local = to_local(payments["paid_from"])
    known = zones[zones.get("spaces", pd.Series(np.nan, index=zones.index)) > 0]
    known = known[known["zone_id"].isin(payments["zone_id"])].reset_index(drop=True)
    zone = pd.Index(known["zone_id"]).get_indexer(payments["zone_id"])
    week = week_of(local)
    used = (zone >= 0) & (week < until_week)
    if used.sum() < _FEWEST:
        raise NotEnoughDataError(
            f"{int(used.sum())} tickets before {monday(until_week)} in zones whose number of "
            f"spaces is known: expected {_FEWEST} or more. Look at the payments table and at "
            "data.zones.spaces."
        )
    first = int(week[used].min())
    base = pd.Timestamp(monday(first))
    hours = [
        (to_local(payments.loc[used, name]) - base).dt.total_seconds().to_numpy() / 3600
        for name in ("paid_from", "paid_until")
    ]
    chosen = payments[used]
    meter = chosen["meter_id"] if "meter_id" in chosen else pd.Series("", index=chosen.index)
    named = pd.DataFrame(
        {
            "zone": zone[used],
            "meter_id": meter.fillna("").to_numpy(),
            "channel": chosen["channel"].to_numpy(),
        }
    )
    key = named.groupby(["zone", "meter_id", "channel"], sort=True).ngroup().to_numpy()
    keys = named.drop_duplicates().sort_values(["zone", "meter_id", "channel"], ignore_index=True)
    limit = known.get("max_stay_minutes", pd.Series(np.nan, index=known.index)).to_numpy() / 60
    longest = (hours[1] - hours[0]) >= limit[zone[used]] - 1e-6
    cut = longest | (hours[1] % 24 >= closing - 1e-6)
    return Tickets(known, first, until_week - first, zone[used], *hours, key, keys, cut)


def _rows_by(zone: np.ndarray, mask: np.ndarray, count: int):
    rows = np.flatnonzero(mask)
    rows = rows[np.argsort(zone[rows], kind="stable")]
    bounds = np.searchsorted(zone[rows], np.arange(count + 1))
    for place in range(count):
        yield place, rows[bounds[place] : bounds[place + 1]]


def _elapsed(instants: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The time between instants and each edge, added up over those that lie before it."""
    ordered = np.sort(instants)
    total = np.concatenate([[0.0], np.cumsum(ordered)])
    before = np.searchsorted(ordered, edges)
    return before * edges - total[before]
