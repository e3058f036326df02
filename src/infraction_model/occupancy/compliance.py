"""When drivers begin to pay more or less than before: tickets beside the stays they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt

_FEWEST_TICKETS = 10.0
_LEAST_SPREAD = 0.06
_FEWEST_PEERS = 3
_PRIOR_WEEKS = 8.0
_FEWEST_TOGETHER = 3
_SHARE_TOGETHER = 0.1


@dataclass(frozen=True)
class WatchParameters:
    """A cumulative sum of how far tickets are from those expected, in standard deviations a week.

    What is less than `slack` counts for nothing; an alarm is given at `threshold`. A zone is
    watched once it has `weeks` weeks of its own past.
    """

    slack: Annotated[float, Gt(0)] = 1.0
    threshold: Annotated[float, Gt(0)] = 6.0
    weeks: Annotated[int, Ge(3)] = 6


def watch(
    bought: np.ndarray,
    stays: np.ndarray,
    tariffs: np.ndarray,
    kinds: np.ndarray,
    parameters: WatchParameters,
) -> pd.DataFrame:
    """The alarms of all weeks, each raised with what was known at its week's end, in order.

    `bought` are tickets (zone, week), NaN where a meter was silent; `stays` are car-hours in paid
    hours by sensors, NaN where not measured. Where they are not, a zone is
    compared with the others of its tariff: what moves all of them alike (season, holidays) is no
    change of its own. `kinds` tells the weeks of school holidays from others: each is compared
    with its like.

    Columns: zone (row), week (since when), found (in which week), size (tickets per stay, relative
    to before: -0.3 is 30 % fewer), basis (sensors or season). Page (1954).
    """
    weeks = bought.shape[1]
    log = np.log(np.where(bought >= _FEWEST_TICKETS, bought, np.nan))
    measured = np.where(stays > 0, np.log(np.maximum(stays, 1e-9)), np.nan)
    watcher = _Watch(len(bought), parameters)
    rows: list[dict] = []
    for week in range(weeks):
        against = measured[:, week]
        kind = int(kinds[week])
        season = _season(log[:, week] - watcher.level(kind), tariffs)
        reference = np.where(np.isfinite(against), against, season)
        value, sensed = log[:, week] - reference, np.isfinite(against)
        rows += watcher.week(week, value, bought[:, week], sensed, kind)
    names = ["zone", "week", "found", "size", "basis"]
    return pd.DataFrame(rows, columns=names).sort_values(["found", "zone"], ignore_index=True)


def _season(moved: np.ndarray, tariffs: np.ndarray) -> np.ndarray:
    """What the zones of each tariff have in common this week, without the zone itself."""
    season = np.full(len(moved), np.nan)
    for tariff in np.unique(tariffs):
        here = np.flatnonzero(tariffs == tariff)
        if np.isfinite(moved[here]).sum() <= _FEWEST_PEERS:
            here = np.arange(len(moved))
        for zone in np.flatnonzero(tariffs == tariff):
            peers = moved[here[here != zone]]
            peers = peers[np.isfinite(peers)]
            if len(peers) >= _FEWEST_PEERS:
                season[zone] = np.median(peers)
    return season


class _Watch:
    """Each zone's level in term and in school holidays, its spread, and its cumulative sums."""

    def __init__(self, zones: int, parameters: WatchParameters) -> None:
        self.parameters = parameters
        self.past: list[list[tuple[int, float, int]]] = [[] for _ in range(zones)]
        self.sums = np.zeros((zones, 2))
        self.since = np.zeros((zones, 2), dtype=int)
        self.squares, self.seen = np.zeros(zones), np.zeros(zones)
        self.measured = np.zeros(zones, dtype=bool)

    def level(self, kind: int) -> np.ndarray:
        """The mean of each zone's past in weeks of a kind, of all where it has none of them."""
        found = np.zeros(len(self.past))
        for zone, own in enumerate(self.past):
            alike = [value for _, value, other in own if other == kind]
            every = alike or [value for _, value, _ in own]
            found[zone] = np.mean(every) if every else 0.0
        return found

    def spread(self) -> np.ndarray:
        """Variance of a week of each zone beyond chance, drawn to that of all."""
        every = max(_LEAST_SPREAD**2, self.squares.sum() / max(self.seen.sum(), 1.0))
        own = (self.squares + _PRIOR_WEEKS * every) / (self.seen + _PRIOR_WEEKS)
        return np.maximum(own, _LEAST_SPREAD**2)

    def week(
        self,
        week: int,
        value: np.ndarray,
        bought: np.ndarray,
        measured: np.ndarray,
        kind: int,
    ) -> list[dict]:
        """Take in a week and give its alarms; `value` is the log of tickets per stay."""
        # a level against stays is none against the season
        for zone in np.flatnonzero(measured != self.measured):
            self._forget(zone, week)
        self.measured = measured.copy()
        level, spread = self.level(kind), self.spread()
        for zone in np.flatnonzero(np.isfinite(value)):
            past = self.past[zone]
            alike = sum(other == kind for _, _, other in past)
            own = value[zone] - level[zone]
            past.append((week, float(value[zone]), kind))
            if alike < self.parameters.weeks:
                continue
            noise = 1.0 / bought[zone]
            self._add(zone, week, own / np.sqrt((noise + spread[zone]) * (1.0 + 1.0 / alike)))
            if self.sums[zone].max() < self.parameters.threshold / 2:
                self.squares[zone] = 0.99 * self.squares[zone] + (own**2 - noise)
                self.seen[zone] = 0.99 * self.seen[zone] + 1.0
        return [self._alarm(zone, since, week) for zone, since in self._certain()]

    def _certain(self) -> list[tuple[int, int]]:
        """Zones that have changed for certain, and since when: by themselves, or several at once.

        Half the evidence is enough for each of so many zones that changed in the same week, one
        sooner or later, and in the same direction.
        """
        certain: dict[int, int] = {}
        limit = self.parameters.threshold
        together = max(_FEWEST_TOGETHER, _SHARE_TOGETHER * len(self.past))
        for side in range(2):
            sums, since = self.sums[:, side], self.since[:, side]
            doubtful = np.flatnonzero(sums >= limit / 2)
            for zone in doubtful:
                near = np.abs(since[doubtful] - since[zone]) <= 1
                if sums[zone] >= limit or near.sum() >= together:
                    certain[int(zone)] = int(since[zone])
        return sorted(certain.items())

    def _alarm(self, zone: int, since: int, week: int) -> dict:
        values = self.past[zone]
        kinds = {kind for at, _, kind in values if at >= since}
        changed = [value for at, value, _ in values if at >= since]
        before = [value for at, value, kind in values if at < since and kind in kinds]
        size = float(np.exp(np.mean(changed) - np.mean(before)) - 1)
        basis = "sensors" if self.measured[zone] else "season"
        self._forget(zone, since)
        return {"zone": zone, "week": since, "found": week, "size": size, "basis": basis}

    def _add(self, zone: int, week: int, deviation: float) -> None:
        """Add a week to both sums; one that has fallen to nothing begins anew with this week."""
        for side, sign in enumerate((-1.0, 1.0)):
            if self.sums[zone, side] <= 0:
                self.since[zone, side] = week
            grown = self.sums[zone, side] + sign * deviation - self.parameters.slack
            self.sums[zone, side] = max(grown, 0.0)

    def _forget(self, zone: int, before: int) -> None:
        """The zone is another one from `before` on."""
        self.past[zone] = [one for one in self.past[zone] if one[0] >= before]
        self.sums[zone] = 0.0
