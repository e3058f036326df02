"""What is known of the cars that were there: by sensors of all or some bays, and by counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.occupancy.indicators import kaplan_meier
from infraction_model.occupancy.sensors import Sensed
from infraction_model.occupancy.timeline import HOUR
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, monday, to_local, week_of

_FEWEST_STAYS = 200
SEEN_SHARE = 0.5
"""Of what share of its spaces a zone's sensors must tell to be its truth."""


@dataclass(frozen=True)
class WeekTruth:
    """Rates (zone, hour) of one week, NaN where not known: measured by sensors, counted."""

    measured: np.ndarray
    counted: np.ndarray


@dataclass(frozen=True)
class Truth:
    """Rates (zone, week, hour of week), NaN where not known.

    `sampled` is what sensors of some bays saw, with `share` of the spaces seen; `counted` the mean
    of counts within an hour. `stays`: start (seconds since 1970), length (hours), ended;
    `week_ends` are the instants at which the weeks end.
    """

    sampled: np.ndarray
    share: np.ndarray
    counted: np.ndarray
    stays: np.ndarray
    week_ends: np.ndarray

    def rates(self, week: int) -> WeekTruth:
        """What is known of a week; sensors that see less than half a zone are no truth of it."""
        enough = self.share[:, week] >= SEEN_SHARE
        return WeekTruth(np.where(enough, self.sampled[:, week], np.nan), self.counted[:, week])

    def survival(self, week: int) -> Callable[[np.ndarray], np.ndarray]:
        """The share of stays longer than so many hours, by stays that began up to a week's end."""
        end = self.week_ends[week]
        known = self.stays[self.stays[:, 0] < end]
        if len(known) < _FEWEST_STAYS:
            return lambda hours: np.zeros(np.shape(hours))
        left = (end - known[:, 0]) / HOUR
        ended = (known[:, 2] > 0) & (known[:, 1] < left)
        length = np.minimum(known[:, 1], left)
        times, shares = kaplan_meier(length, ended)

        def survival(hours: np.ndarray) -> np.ndarray:
            place = np.searchsorted(times, hours, side="right") - 1
            return np.where(place >= 0, shares[np.maximum(place, 0)], 1.0)

        return survival


def gather_truth(
    zones: pd.DataFrame,
    first_week: int,
    weeks: int,
    sensed: Sensed | None,
    counts: pd.DataFrame | None,
) -> Truth:
    """Put sensors and counts on the grid of the tickets' zones and weeks."""
    shape = len(zones), weeks, HOURS_PER_WEEK
    sampled, share = np.full(shape, np.nan), np.zeros(shape)
    counted = np.full(shape, np.nan)
    stays, ends = np.zeros((0, 3)), [np.inf] * weeks
    if sensed is not None:
        _put_sensors(sensed, zones, first_week, sampled, share)
        start = sensed.stays["start"].to_numpy(dtype=float)
        length = (sensed.stays["end"] - sensed.stays["start"]).to_numpy() / HOUR
        ends = [
            pd.Timestamp(monday(first_week + week + 1), tz=sensed.timezone).timestamp()
            for week in range(weeks)
        ]
        stays = np.column_stack([start, length, sensed.stays["ended"].to_numpy(dtype=float)])
    if counts is not None and len(counts):
        _put_counts(counts, zones, first_week, counted)
    return Truth(sampled, share, counted, stays, np.array(ends))


def _put_sensors(
    sensed: Sensed, zones: pd.DataFrame, first_week: int, sampled: np.ndarray, share: np.ndarray
) -> None:
    """Write what sensors saw, and of what share of the spaces, into the grid."""
    weeks = sampled.shape[1]
    index, spaces = pd.Index(zones["zone_id"]), zones["spaces"].to_numpy(dtype=float)
    week = sensed.hours.week - first_week
    inside = (week >= 0) & (week < weeks)
    cell = (week * HOURS_PER_WEEK + sensed.hours.hour_of_week)[inside]
    for zone_id, place in sensed.bays.groupby("zone_id").indices.items():
        zone = index.get_indexer([zone_id])[0]
        if zone < 0:
            continue
        seconds = (
            sensed.occupied[place].sum(axis=0),
            sensed.known[place].sum(axis=0),
            sensed.spaces(place, spaces[zone]) * HOUR,
        )
        # the hour that autumn repeats is one hour of the grid
        occupied, known, whole = (
            np.bincount(cell, values[inside], weeks * HOURS_PER_WEEK).reshape(weeks, -1)
            for values in seconds
        )
        seen = known > 0
        sampled[zone][seen] = np.clip(occupied[seen] / known[seen], 0, 1)
        share[zone][seen] = known[seen] / whole[seen]


def _put_counts(
    counts: pd.DataFrame, zones: pd.DataFrame, first_week: int, counted: np.ndarray
) -> None:
    """Write the mean of the counts within each hour into the grid."""
    index = pd.Index(zones["zone_id"])
    local = to_local(counts["counted_at"])
    zone, week = index.get_indexer(counts["zone_id"]), week_of(local) - first_week
    of = counts["spaces"] if "spaces" in counts else pd.Series(np.nan, index=counts.index)
    size = of.fillna(counts["zone_id"].map(zones.set_index("zone_id")["spaces"]))
    rate = (counts["vehicles"] / size).clip(0, 1).to_numpy(dtype=float)
    good = (zone >= 0) & (week >= 0) & (week < counted.shape[1]) & np.isfinite(rate)
    frame = pd.DataFrame({"zone": zone, "week": week, "hour": hour_of_week(local), "rate": rate})
    means = frame[good].groupby(["zone", "week", "hour"])["rate"].mean()
    rows, at, hours = (means.index.get_level_values(level) for level in range(3))
    counted[rows, at, hours] = means.to_numpy()
