"""What was known at one origin after another: decayed sums carried from week to week.

A record of week v that became known d weeks later enters every sum at v + d, already decayed by d
weeks, and decays with the rest from then on. So each snapshot holds exactly what was known at its
origin, late records included, and costs O(zones x 168), whatever the length of the history.

Exposure comes in as slowly as the records do: a week counts for the share of its fines that are
known by then (`curve`, asof.completeness), else recent weeks would look innocent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters
from infraction_model.exposure import Basis, is_known, uniform_hours
from infraction_model.features.known_context import KnownContext
from infraction_model.features.known_fines import CategoryCounts, DecayedFines, LastEvents
from infraction_model.features.neighbourhood import Neighbourhood
from infraction_model.latent_class.model import LatentClassModel, LatentClassParameters, Posterior
from infraction_model.latent_class.observations import Record
from infraction_model.panel import CELL, Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday

HALF_LIVES: dict[str, float] = {"4w": 4.0, "13w": 13.0, "52w": 52.0, "all": np.inf}
"""Half-lives of the carried sums, in weeks; "all" forgets nothing."""

LISTS_OF_SUMS = ("recent", "by_nth", "by_parity")
"""The parts of a snapshot that are lists of sums."""

LAGS = 4
"""How many recent weeks are kept one by one."""

NTHS = 5
"""A weekday occurs at most five times in a month."""


@dataclass(frozen=True)
class Sums:
    """Events and exposure hours added up over weeks; each broadcasts to (zones, 168), float64."""

    events: np.ndarray
    hours: np.ndarray


@dataclass
class Snapshot:
    """Everything a feature may look at: what was known at `origin`, asked about week `target`.

    `events` are fines where exposure is known, and hours with at least one fine where it is not.
    `fines_13w` are the fines behind the events, half-life 13 weeks, (zones, 168); `category_fines`
    all known fines, (zones, categories); `last_event_week` (zones, 168) that of the last event.
    Arrays are live: they hold for this snapshot only, until the next is drawn.
    """

    origin: int
    target: int
    calendar: CalendarParameters
    zones: pd.DataFrame
    decayed: dict[str, Sums]
    recent: list[Sums]
    by_nth: list[Sums]
    by_parity: list[Sums]
    fines_13w: np.ndarray
    zone_fines: np.ndarray
    zone_events: np.ndarray
    category_fines: np.ndarray
    last_event_week: np.ndarray
    context: KnownContext
    around: Neighbourhood
    latent_class: Callable[[], Posterior]
    cache: dict = field(default_factory=dict)

    @cached_property
    def nth_of_target_day(self) -> np.ndarray:
        """Which occurrence of its weekday each of the 168 target hours falls on, 0 to 4."""
        return _nth_by_hour(self.target)

    def town_hours(self) -> np.ndarray:
        """Exposure hours of the whole town at each of the 168 hours, half-life 52 weeks."""
        sums = self.decayed["52w"]
        return np.broadcast_to(sums.hours, sums.events.shape).sum(0)

    def fines_per_event(self, strength: float = 20.0) -> np.ndarray:
        """Mean fines behind one event, per zone, shrunk to the town's mean by `strength` events."""
        town = self.zone_fines.sum() / max(self.zone_events.sum(), 1.0)
        return (self.zone_fines + strength * max(town, 1.0)) / (self.zone_events + strength)


@dataclass(frozen=True)
class _Arrivals:
    """Events of one known week: where, how old, how many; sorted by week and cell."""

    cell: np.ndarray
    week: np.ndarray
    events: np.ndarray
    fines: np.ndarray


def snapshots(
    panel: Panel,
    basis: Basis,
    calendar: CalendarParameters,
    curve: np.ndarray,
    origins: Iterable[int],
    gap: int,
    latent_class: LatentClassParameters | None = None,
) -> Iterator[Snapshot]:
    """Draw a snapshot at each origin (ascending), asked about the week `gap` weeks after it.

    `curve` is the share of a week's records known by its age in weeks. Walks the weeks once, from
    the first whole week to the last origin. Each snapshot is of the zones modelled at its origin
    (Panel.modelled_at); nothing of the others is seen in it.
    """
    carried = _Carried(panel, basis, calendar, curve, latent_class or LatentClassParameters())
    for origin in origins:
        carried.advance_to(origin)
        yield carried.snapshot(target=origin + gap)


def exposed_hours(panel: Panel, basis: Basis, week: int) -> np.ndarray:
    """Exposure hours of one week: (zones, 168) where exposure is known, else a (1, 168) row."""
    if not is_known(basis):
        return uniform_hours(week, panel.timezone)[None, :]
    grid = np.zeros((len(panel.zones), HOURS_PER_WEEK))
    patrols = panel.seen_patrols(basis)
    rows = patrols[patrols["week"] == week]
    np.add.at(grid, (rows["zone"], rows["hour_of_week"]), rows["hours"])
    return grid


def cell_events(panel: Panel, basis: Basis) -> pd.DataFrame:
    """What counts as an event: columns zone, week, hour_of_week, delay, events, fines.

    Where exposure is known, each fine found in an exposed zone-hour (Panel.found); else each
    zone-hour with a fine, known as soon as its first fine is. Weeks before the first whole one do
    not count.
    """
    found = panel.found(basis)
    found = found[found["week"] >= panel.first_week]
    by_delay = found.groupby([*CELL, "delay"], sort=True)["fines"].sum().reset_index()
    if is_known(basis):
        exposed = by_delay.merge(panel.exposure(basis)[CELL], on=CELL)
        return exposed.assign(events=exposed["fines"])
    first_known = ~by_delay.duplicated(CELL)
    return by_delay.assign(events=first_known.astype(int))


class _Decaying:
    """Sums that fade week by week, at the cost of what arrives alone.

    What is held are sums over `scale`: a week that goes by changes the scale, not the grids, so
    that the sums are the same to the bit whether or not anyone looked at them in between.
    """

    def __init__(self, half_life: float, held: Sums) -> None:
        self.half_life, self.held = half_life, held
        self.scale = 1.0
        self.shown = Sums(np.empty_like(held.events), np.empty_like(held.hours))

    def fade(self) -> None:
        """A week goes by."""
        self.scale *= 0.5 ** (1.0 / self.half_life)
        if self.scale < 1e-100:
            self.held.events[...] *= self.scale
            self.held.hours[...] *= self.scale
            self.scale = 1.0

    def weight(self, age: np.ndarray | int) -> np.ndarray | float:
        """What an event or hour of an age in weeks counts among what is held."""
        return 0.5 ** (age / self.half_life) / self.scale

    def sums(self) -> Sums:
        """The sums as they stand, in arrays that the next call writes over."""
        np.multiply(self.held.events, self.scale, out=self.shown.events)
        np.multiply(self.held.hours, self.scale, out=self.shown.hours)
        return self.shown


class _Carried:
    """The sums themselves, moved forward one week at a time."""

    def __init__(
        self,
        panel: Panel,
        basis: Basis,
        calendar: CalendarParameters,
        curve: np.ndarray,
        latent_class: LatentClassParameters,
    ) -> None:
        self.panel, self.basis, self.calendar = panel, basis, calendar
        # at least as long as the recent weeks that are kept one by one
        self.curve = np.concatenate([curve, np.ones(max(0, LAGS - len(curve)))])
        self.comes_in = np.diff(self.curve, prepend=0.0)
        self.past_hours: list[np.ndarray] = []
        self.week = panel.first_week
        self.arrivals = _by_known_week(cell_events(panel, basis))
        zones = len(panel.zones)
        self.hours_shape = (zones if is_known(basis) else 1, HOURS_PER_WEEK)
        self.shape = (zones, HOURS_PER_WEEK)
        self.decaying = {
            name: _Decaying(half_life, self._empty()) for name, half_life in HALF_LIVES.items()
        }
        self.by_nth = [self._empty() for _ in range(NTHS)]
        self.by_parity = [self._empty() for _ in range(2)]
        self.fines_13w = DecayedFines(self.shape, HALF_LIVES["13w"])
        self.zone_fines, self.zone_events = np.zeros(zones), np.zeros(zones)
        self.categories = CategoryCounts(panel)
        self.last_events = LastEvents(self.shape)
        self.context = KnownContext(panel.context, zones, self.week)
        self.around = Neighbourhood(panel.zones)
        self.around_some: Neighbourhood | None = None
        self.latent_class = latent_class

    def _empty(self) -> Sums:
        return Sums(np.zeros(self.shape), np.zeros(self.hours_shape))

    def advance_to(self, origin: int) -> None:
        while self.week < origin:
            self._take_in(self.week)
            self.week += 1

    def _take_in(self, week: int) -> None:
        """Add what became known in `week`: events of that week and earlier ones, and exposure."""
        for decaying in self.decaying.values():
            decaying.fade()
        self.fines_13w.fade()
        self._add_hours(week)
        self.categories.advance()
        self.context.advance()
        if week in self.arrivals:
            self._add_events(self.arrivals[week], week)

    def _add_hours(self, week: int) -> None:
        """Add the part of each past week's hours that comes in now, as its fines do."""
        hours = exposed_hours(self.panel, self.basis, week)
        self.past_hours = [hours, *self.past_hours[: len(self.curve) - 1]]
        for age, (past, share) in enumerate(zip(self.past_hours, self.comes_in, strict=False)):
            if share == 0.0:
                continue
            for decaying in self.decaying.values():
                decaying.held.hours[...] += past * (share * decaying.weight(age))
            nth = _nth_by_hour(week - age)
            for position, sums in enumerate(self.by_nth):
                sums.hours[...] += past * (share * (nth == position))
            self.by_parity[(week - age) % 2].hours[...] += past * share

    def _add_events(self, arrived: _Arrivals, week: int) -> None:
        age = week - arrived.week
        zone, hour = np.divmod(arrived.cell, HOURS_PER_WEEK)
        for decaying in self.decaying.values():
            amount = arrived.events * decaying.weight(age)
            self._add(decaying.held.events, arrived.cell, amount)
        nth = np.empty(len(age), dtype=int)
        for issued in np.unique(arrived.week):
            of_week = arrived.week == issued
            nth[of_week] = _nth_by_hour(issued)[hour[of_week]]
        for position, sums in enumerate(self.by_nth):
            self._add(sums.events, arrived.cell, arrived.events * (nth == position))
        for parity, sums in enumerate(self.by_parity):
            self._add(sums.events, arrived.cell, arrived.events * (arrived.week % 2 == parity))
        self.fines_13w.add(arrived.cell, age, arrived.fines)
        self.last_events.add(arrived.cell, arrived.week, arrived.events)
        self.zone_fines += np.bincount(zone, arrived.fines, minlength=self.shape[0])
        self.zone_events += np.bincount(zone, arrived.events, minlength=self.shape[0])

    @staticmethod
    def _add(grid: np.ndarray, cell: np.ndarray, amount: np.ndarray) -> None:
        used = amount != 0
        np.add.at(grid.reshape(-1), cell[used], amount[used])

    def _recent(self) -> list[Sums]:
        """The last weeks one by one, the newest first."""
        weeks = zip(self.past_hours[:LAGS], self.curve, strict=False)
        recent = [Sums(np.zeros(self.shape), past * share) for past, share in weeks]
        for known in range(self.week - len(recent), self.week):
            if known in self.arrivals:
                arrived = self.arrivals[known]
                lag = self.week - 1 - arrived.week
                for back, sums in enumerate(recent):
                    self._add(sums.events, arrived.cell, arrived.events * (lag == back))
        return recent

    def snapshot(self, target: int) -> Snapshot:
        whole = Snapshot(
            origin=self.week,
            target=target,
            calendar=self.calendar,
            zones=self.panel.zones,
            decayed={name: decaying.sums() for name, decaying in self.decaying.items()},
            recent=self._recent(),
            by_nth=self.by_nth,
            by_parity=self.by_parity,
            fines_13w=self.fines_13w.fines,
            zone_fines=self.zone_fines,
            zone_events=self.zone_events,
            category_fines=self.categories.fines,
            last_event_week=self.last_events.week,
            context=self.context,
            around=self.around,
            # asked only where a feature looks there: it takes longer than all the sums
            latent_class=partial(self._posterior, self.week, target),
        )
        keep = self.panel.modelled_at(self.week)
        return whole if keep.all() else self._of_zones(whole, keep)

    def _of_zones(self, whole: Snapshot, keep: np.ndarray) -> Snapshot:
        """The part of a snapshot that is of the zones under a mask."""

        def cut(sums: Sums) -> Sums:
            hours = sums.hours[keep] if is_known(self.basis) else sums.hours
            return Sums(sums.events[keep], hours)

        zones = self.panel.zones[keep].reset_index(drop=True)
        if self.around_some is None or len(self.around_some.metres) != len(zones):
            self.around_some = Neighbourhood(zones)  # zones come in and stay
        arrays = ("fines_13w", "zone_fines", "zone_events", "category_fines", "last_event_week")
        return replace(
            whole,
            zones=zones,
            decayed={name: cut(sums) for name, sums in whole.decayed.items()},
            **{name: getattr(whole, name)[keep] for name in arrays},
            **{name: [cut(s) for s in getattr(whole, name)] for name in LISTS_OF_SUMS},
            context=whole.context.of_zones(keep),
            around=self.around_some,
            latent_class=lambda: whole.latent_class().of_zones(keep),
        )

    @cached_property
    def _model(self) -> LatentClassModel:
        record = Record(self.panel, self.basis, self.calendar, self.curve)
        return LatentClassModel(record, self.latent_class)

    def _posterior(self, origin: int, target: int) -> Posterior:
        return self._model.posterior(origin, target)


def _by_known_week(events: pd.DataFrame) -> dict[int, _Arrivals]:
    known = (events["week"] + events["delay"]).to_numpy()
    cell = events["zone"].to_numpy().astype(np.int64) * HOURS_PER_WEEK + events["hour_of_week"]
    order = np.lexsort((cell, events["week"], known))
    weeks, starts = np.unique(known[order], return_index=True)
    columns = [
        np.asarray(values)[order]
        for values in (
            cell,
            events["week"],
            events["events"].astype(float),
            events["fines"].astype(float),
        )
    ]
    parts = zip(*(np.split(column, starts[1:]) for column in columns), strict=True)
    return {int(week): _Arrivals(*part) for week, part in zip(weeks, parts, strict=False)}


def _nth_by_hour(week: int) -> np.ndarray:
    """For the 168 hours of a week, which occurrence of its weekday in the month (0 to 4)."""
    first = monday(week)
    nth = [((first + dt.timedelta(days=day)).day - 1) // 7 for day in range(7)]
    return np.repeat(nth, 24)
