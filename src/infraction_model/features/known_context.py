"""What was known of a town's context at one origin after another, carried from week to week.

A record enters when it became known and not before. Of several records about one hour the one that
became known last stands, so a forecast of rain holds until the rain has been measured.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from infraction_model.features.known_occupancy import KnownOccupancy
from infraction_model.panel import WHOLE_TOWN
from infraction_model.schema import OCCUPANCY
from infraction_model.timegrid import HOURS_PER_WEEK

COUNT_HALF_LIVES: dict[str, float] = {"4w": 4.0, "13w": 13.0}
"""Half-lives of the counts of tickets and passers-by, in weeks."""

WEATHER = ("rain", "temperature")
COUNTS = ("payments", "footfall")


@dataclass(frozen=True)
class Records:
    """Records of one kind by the hour in which they became known, ascending."""

    known_hour: np.ndarray
    zone: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, context: pd.DataFrame, kind: str) -> Records:
        """The records of a kind; `context` is sorted by known_hour within it."""
        rows = context[context["kind"] == kind]
        names = ("known_hour", "zone", "begin", "end", "value")
        return cls(*(rows[name].to_numpy() for name in names))

    def __len__(self) -> int:
        return len(self.zone)

    def take(self, rows: slice | np.ndarray) -> Records:
        """The records at some positions or under a mask."""
        return Records(*(column[rows] for column in vars(self).values()))

    def of_zones(self, keep: np.ndarray) -> Records:
        """Those of the zones under a mask, which are numbered anew, and of the whole town."""
        of_town = self.zone == WHOLE_TOWN
        zone = np.where(of_town, WHOLE_TOWN, (np.cumsum(keep) - 1)[self.zone])
        return replace(self, zone=zone).take(of_town | keep[self.zone])

    def known_between(self, first: int, last: int) -> Records:
        """Those that became known from week `first` on and before week `last`."""
        bounds = np.array([first, last], dtype=np.int64) * HOURS_PER_WEEK
        start, stop = np.searchsorted(self.known_hour, bounds)
        return self.take(slice(start, stop))

    def hours(self) -> tuple[np.ndarray, np.ndarray]:
        """Every hour that a record covers: the record's position, and the hour since week 0."""
        length = self.end.astype(np.int64) - self.begin
        row = np.repeat(np.arange(len(self)), length)
        offset = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
        return row, self.begin[row] + offset

    def within(self, week: int) -> Records:
        """Those that touch a week, cut to it."""
        first, last = week * HOURS_PER_WEEK, (week + 1) * HOURS_PER_WEEK
        touching = self.take((self.begin < last) & (self.end > first))
        begin, end = np.maximum(touching.begin, first), np.minimum(touching.end, last)
        return Records(touching.known_hour, touching.zone, begin, end, touching.value)


class Counts:
    """Decayed counts of one kind: in each zone's hours of week, and of the whole town where so.

    `weeks` is the decayed number of weeks in which anything is counted, `counted` (zones,) says in
    which zones anything ever was.
    """

    def __init__(self, half_life: float, zones: int) -> None:
        self.half_life = half_life
        self.zone_total = np.zeros((zones, HOURS_PER_WEEK))
        self.town_total = np.zeros(HOURS_PER_WEEK)
        self.counted = np.zeros(zones, dtype=bool)
        self.weeks = 0.0

    def fade(self) -> None:
        """A week goes by."""
        factor = 0.5 ** (1.0 / self.half_life)
        self.zone_total *= factor
        self.town_total *= factor
        self.weeks *= factor

    def add(self, records: Records, week: int) -> None:
        """Add what became known in a week, already decayed by its age."""
        row, hour = records.hours()
        zone, of_week = records.zone[row], hour % HOURS_PER_WEEK
        length = (records.end - records.begin)[row]
        amount = records.value[row] / length * self._decay(week - hour // HOURS_PER_WEEK)
        placed = zone != WHOLE_TOWN
        np.add.at(self.zone_total, (zone[placed], of_week[placed]), amount[placed])
        np.add.at(self.town_total, of_week[~placed], amount[~placed])
        self.counted[zone[placed]] = True

    def add_weeks(self, ages: np.ndarray) -> None:
        """Weeks of the given ages are counted from now on."""
        self.weeks += float(self._decay(ages).sum())

    def per_hour(self) -> np.ndarray:
        """Mean count in each hour of week, (zones, 168): the zone's, else the town's, else NaN."""
        if self.weeks == 0.0:
            return np.full(self.zone_total.shape, np.nan)
        town = self.town_total if self.town_total.any() else np.full(HOURS_PER_WEEK, np.nan)
        return np.where(self.counted[:, None], self.zone_total, town) / self.weeks

    def of_zones(self, keep: np.ndarray) -> Counts:
        """The counts of the zones under a mask."""
        some = copy(self)
        some.zone_total, some.counted = self.zone_total[keep], self.counted[keep]
        return some

    def _decay(self, age: np.ndarray) -> np.ndarray:
        return 0.5 ** (age / self.half_life)


class KnownContext:
    """The context as known before the week it has been advanced to.

    `occupancy` is None where the town knows nothing of how full its zones are.
    """

    def __init__(self, context: pd.DataFrame, zones: int, first_week: int) -> None:
        self.zones, self.first_week, self.week = zones, first_week, first_week
        self.records = {kind: Records.of(context, kind) for kind in context["kind"].unique()}
        self._weather = {
            kind: np.full(self._weeks_of(kind) * HOURS_PER_WEEK, np.nan)
            for kind in WEATHER
            if kind in self.records
        }
        self._counts = {
            kind: {name: Counts(value, zones) for name, value in COUNT_HALF_LIVES.items()}
            for kind in COUNTS
            if kind in self.records
        }
        self._counted_weeks: dict[str, np.ndarray] = {k: np.zeros(0, int) for k in self._counts}
        self.occupancy = KnownOccupancy(zones) if OCCUPANCY in self.records else None
        self._take_in(-(2**24), first_week)

    def _weeks_of(self, kind: str) -> int:
        """Weeks from the first whole one to the last that a kind has a record of."""
        last = int(self.records[kind].end.max(initial=0)) // HOURS_PER_WEEK
        return max(last + 1 - self.first_week, 1)

    def advance(self) -> None:
        """Take in what became known in the next week."""
        for by_half_life in self._counts.values():
            for counts in by_half_life.values():
                counts.fade()
        if self.occupancy is not None:
            self.occupancy.fade()
        self._take_in(self.week, self.week + 1)
        self.week += 1

    def _take_in(self, first: int, last: int) -> None:
        """Take in what became known from week `first` on and before `last`."""
        for kind, grid in self._weather.items():
            self._write_weather(grid, self.records[kind].known_between(first, last), kind)
        for kind, by_half_life in self._counts.items():
            arrived = self.records[kind].known_between(first, last)
            weeks = np.setdiff1d(arrived.hours()[1] // HOURS_PER_WEEK, self._counted_weeks[kind])
            self._counted_weeks[kind] = np.concatenate([self._counted_weeks[kind], weeks])
            for counts in by_half_life.values():
                counts.add(arrived, last - 1)
                counts.add_weeks(last - 1 - weeks)
        if self.occupancy is not None:
            arrived = self.records[OCCUPANCY].known_between(first, last)
            row, hour = arrived.hours()
            self.occupancy.add(arrived.zone[row], hour, arrived.value[row], last - 1)

    def _write_weather(self, grid: np.ndarray, arrived: Records, kind: str) -> None:
        """Write records over what was known; several stations at one hour count by their mean."""
        row, hour = arrived.hours()
        value = arrived.value[row]
        if kind == "rain":
            value = value / (arrived.end - arrived.begin)[row]
        cells = pd.DataFrame({"known": arrived.known_hour[row], "hour": hour, "value": value})
        cells = cells[hour >= self.first_week * HOURS_PER_WEEK]
        means = cells.groupby(["known", "hour"], sort=True)["value"].mean().reset_index()
        latest = means.drop_duplicates("hour", keep="last")
        grid[latest["hour"].to_numpy() - self.first_week * HOURS_PER_WEEK] = latest["value"]

    def of_zones(self, keep: np.ndarray) -> KnownContext:
        """The context of the zones under a mask, as it is now; it is not to be advanced."""
        some = copy(self)
        some.zones = int(keep.sum())
        some.records = {kind: records.of_zones(keep) for kind, records in self.records.items()}
        some._counts = {
            kind: {name: counts.of_zones(keep) for name, counts in by_half_life.items()}
            for kind, by_half_life in self._counts.items()
        }
        if self.occupancy is not None:
            some.occupancy = self.occupancy.of_zones(keep)
        return some

    def weather(self, kind: str, week: int) -> np.ndarray:
        """What is known of the 168 hours of a week: measured, forecast, or NaN."""
        grid = self._weather.get(kind)
        start = (week - self.first_week) * HOURS_PER_WEEK
        if grid is None or not 0 <= start < len(grid):
            return np.full(HOURS_PER_WEEK, np.nan)
        return grid[start : start + HOURS_PER_WEEK]

    def counts(self, kind: str, half_life: str) -> np.ndarray | None:
        """Mean count per hour of week, (zones, 168); None where the town counts no such thing."""
        if kind not in self._counts:
            return None
        return self._counts[kind][half_life].per_hour()

    def happening(self, kind: str, week: int) -> np.ndarray | None:
        """The largest value announced for each zone-hour of a week, 0 where nothing is.

        (zones, 168); None where no such announcement is known at all.
        """
        known = self._known(kind)
        if known is None:
            return None
        touching = known.within(week)
        row, hour = touching.hours()
        zone, of_week, value = touching.zone[row], hour % HOURS_PER_WEEK, touching.value[row]
        town, grid = np.zeros(HOURS_PER_WEEK), np.zeros((self.zones, HOURS_PER_WEEK))
        placed = zone != WHOLE_TOWN
        np.maximum.at(grid, (zone[placed], of_week[placed]), value[placed])
        np.maximum.at(town, of_week[~placed], value[~placed])
        return np.maximum(grid, town)

    def standing(self, kind: str, week: int) -> np.ndarray | None:
        """The value of each zone on the Monday of a week, by the last known record, else NaN."""
        known = self._known(kind)
        if known is None:
            return None
        monday = week * HOURS_PER_WEEK
        valid = known.take((known.begin <= monday) & (monday < known.end))
        value = np.full(self.zones, np.nan)
        for zone, said in zip(valid.zone, valid.value, strict=True):
            value[slice(None) if zone == WHOLE_TOWN else zone] = said
        return value

    def _known(self, kind: str) -> Records | None:
        if kind not in self.records:
            return None
        known = self.records[kind].known_between(-(2**24), self.week)
        return known if len(known) else None
