"""A made town whose patrols can be sent elsewhere: its hours of duty, and what would be found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from infraction_model.panel import Panel, build
from infraction_model.patrol.visits import VisitParameters
from infraction_model.simulation.fines import hourly_pieces, make_fines
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import Tables, contract_tables
from infraction_model.simulation.town import History, simulate_truth
from infraction_model.timegrid import HOURS_PER_WEEK

VISIT = 20
"""Minutes of a visit; all begin at whole multiples of it, and the way from one to the next is not
counted, for any policy."""

RECOVERY = VisitParameters().recovery_hours * 60
"""Minutes in which what a visit has seen counts less by a factor e."""

WEEK = HOURS_PER_WEEK * 60
_PAUSE = 15
"""Minutes between two of an officer's visits from which on they belong to two turns of duty."""


@dataclass(frozen=True)
class Turn:
    """An officer on duty: so many visits one after another from a minute since the first Monday."""

    officer: int
    start: int
    visits: int


@dataclass(frozen=True)
class LoopTown:
    """A made town, the hours of duty of its officers, and where habit would send them.

    `habit` holds a zone for every visit of every turn, in the order of `turns`.
    """

    history: History
    turns: tuple[Turn, ...]
    habit: tuple[np.ndarray, ...]

    @property
    def zones(self) -> int:
        return len(self.history.streets)

    @cached_property
    def by_week(self) -> dict[int, list[int]]:
        """Positions of the turns of each week."""
        weeks: dict[int, list[int]] = {}
        for position, turn in enumerate(self.turns):
            weeks.setdefault(turn.start // WEEK, []).append(position)
        return weeks

    def turns_of(self, week: int) -> list[Turn]:
        """The turns of duty of a week, counted from the first."""
        return [self.turns[position] for position in self.by_week.get(week, [])]

    def rates(self, week: int) -> np.ndarray:
        """The truth: finds per hour of patrol, (zones, 168)."""
        return self.history.drivers.rates[:, week].astype(float)

    def duty_hours(self, week: int) -> np.ndarray:
        """Hours on duty of all officers at each hour of the week, (168,)."""
        anywhere = [np.zeros(turn.visits, dtype=int) for turn in self.turns_of(week)]
        pieces = hourly_pieces(visits_of(self.turns_of(week), anywhere))
        hours = (pieces["end"] - pieces["start"]) / 60.0
        return np.bincount(pieces["hour"] % HOURS_PER_WEEK, hours, minlength=HOURS_PER_WEEK)


def made_town(parameters: SimulationParameters, seed: int) -> LoopTown:
    """The town of some settings; its officers' own rounds say when they are on duty."""
    history = simulate_truth(parameters, seed)
    turns, habit = [], []
    for officer, own in history.patrols.groupby("officer", sort=True):
        start, end = own["start"].to_numpy(), own["end"].to_numpy()
        first = np.flatnonzero(np.append(True, start[1:] - end[:-1] >= _PAUSE))
        for begin, stop in zip(first, np.append(first[1:], len(own)), strict=True):
            opening = -(-start[begin] // VISIT) * VISIT
            count = int((end[stop - 1] - opening) // VISIT)
            if count > 0:
                turns.append(Turn(int(officer), int(opening), count))
                went = own["zone"].to_numpy()[begin:stop]
                habit.append(went[np.arange(count) * len(went) // count])
    order = sorted(range(len(turns)), key=lambda one: (turns[one].start, turns[one].officer))
    return LoopTown(history, tuple(turns[n] for n in order), tuple(habit[n] for n in order))


def visits_of(turns: list[Turn], zones: list[np.ndarray]) -> pd.DataFrame:
    """Patrols that fill turns, visit by visit: zone, officer, start, end (minutes), drawn (no)."""
    rows = [
        (int(zone), turn.officer, turn.start + VISIT * place, turn.start + VISIT * (place + 1))
        for turn, went in zip(turns, zones, strict=True)
        for place, zone in enumerate(went)
    ]
    frame = pd.DataFrame(rows, columns=["zone", "officer", "start", "end"], dtype=np.int64)
    frame = frame.assign(drawn=False)
    return frame.sort_values(["start", "officer"], kind="stable", ignore_index=True)


def expected_finds(town: LoopTown, patrols: pd.DataFrame) -> np.ndarray:
    """What each patrol is expected to find under the truth: rate x hours x what is left.

    A visit soon after another to its zone goes on where that left off, by the rule of the plan
    (patrol/visits.py): what was seen is forgotten by a factor e in RECOVERY minutes.
    """
    fresh = _fresh_finds(town, patrols)
    return fresh * what_is_left(patrols, fresh)


def _fresh_finds(town: LoopTown, patrols: pd.DataFrame) -> np.ndarray:
    pieces = hourly_pieces(patrols)
    rates = town.history.drivers.rates.reshape(town.zones, -1)[pieces["zone"], pieces["hour"]]
    finds = rates.astype(float) * (pieces["end"] - pieces["start"]) / 60.0
    return np.bincount(pieces["patrol"], finds, minlength=len(patrols))


def what_is_left(patrols: pd.DataFrame, fresh: np.ndarray) -> np.ndarray:
    """The share of its `fresh` finds that each patrol still finds; patrols in the order of time."""
    left = np.ones(len(patrols))
    seen: dict[int, tuple[int, float]] = {}
    for row, (zone, start) in enumerate(zip(patrols["zone"], patrols["start"], strict=True)):
        before, lingering = seen.get(zone, (start, 0.0))
        lingering *= np.exp(-(start - before) / RECOVERY)
        left[row] = np.exp(-lingering)
        seen[zone] = start, lingering + fresh[row]
    return left


class Records:
    """What one policy's patrols did and found so far, as the town would write it down."""

    def __init__(self, town: LoopTown, seed: int) -> None:
        self.town, self.seed = town, seed
        self.patrols: list[pd.DataFrame] = []
        self.fines: list[pd.DataFrame] = []
        self.rows = 0

    def patrol(self, week: int, patrols: pd.DataFrame) -> int:
        """Patrols of a week take place; gives what they found. Same seed and patrols, same finds.

        Fines come in with the delays of the made town.
        """
        history = self.town.history
        late, paid = history.parameters.late_share, history.streets["paid"].to_numpy()
        rng = np.random.default_rng([self.seed, week])
        fines = make_fines(history.drivers, patrols, paid, late, rng)
        left = what_is_left(patrols, _fresh_finds(self.town, patrols))
        kept = rng.random(len(fines)) < left[fines["patrol"]]
        fines = fines[kept].reset_index(drop=True)
        found = np.bincount(fines["patrol"], minlength=len(patrols))
        self.patrols.append(patrols.assign(found=found, checked=found))
        self.fines.append(fines.assign(patrol=fines["patrol"] + self.rows))
        self.rows += len(patrols)
        return int(found.sum())

    def tables(self) -> Tables:
        """All records so far as contract tables."""
        patrols = pd.concat(self.patrols, ignore_index=True)
        fines = pd.concat(self.fines, ignore_index=True)
        return contract_tables(replace(self.town.history, patrols=patrols, fines=fines))

    def panel(self) -> Panel:
        """All records so far on the grid; what was known at an origin is the model's to look at."""
        tables = self.tables()
        return build(tables.zones, tables.fines, tables.patrols)

    def known_counts(self, origin: int) -> np.ndarray:
        """Fines known before the first hour of week `origin`, (zones, 168)."""
        fines = pd.concat(self.fines, ignore_index=True)
        known = fines[fines["recorded_day"] < origin * 7]
        cells = np.zeros((self.town.zones, HOURS_PER_WEEK))
        np.add.at(cells, (known["zone"], known["minute"] // 60 % HOURS_PER_WEEK), 1)
        return cells

    def hours(self, first: int, end: int) -> np.ndarray:
        """Patrol hours of each zone in the weeks from `first` to before `end`."""
        patrols = pd.concat(self.patrols, ignore_index=True)
        week = patrols["start"] // WEEK
        chosen = patrols[(week >= first) & (week < end)]
        hours = (chosen["end"] - chosen["start"]) / 60.0
        return np.bincount(chosen["zone"], hours, minlength=self.town.zones)
