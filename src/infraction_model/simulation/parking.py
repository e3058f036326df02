"""Cars in the bays of some zones: arrivals, stays and who pays, from the same kinds of drivers.

Each zone is a queue without waiting (M/G/c/c): a car that finds no free bay drives on.
"""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd

from infraction_model.simulation import kinds
from infraction_model.simulation.drivers import TYPICAL_LEVEL, Drivers
from infraction_model.timegrid import HOURS_PER_WEEK

PAYERS = ("pays", "free_rider", "subscriber")
_FULLNESS = 0.75
_SUBSCRIBERS = {"residents": 0.6, "commuters": 0.25, "station": 0.15}
_FREE_RIDERS = 0.22
_STAY_SPREAD = 0.6


def make_stays(
    drivers: Drivers,
    zones: np.ndarray,
    spaces: np.ndarray,
    first_week: int,
    rng: np.random.Generator,
    follows: float = 0.0,
) -> pd.DataFrame:
    """Every stay in the given zones from `first_week` on: zone, bay, arrived, departed, payer.

    Bays count from 1, times are minutes from the first Monday 00:00 (a stay under way at the end is
    cut there), `payer` indexes PAYERS. `spaces` holds the bays of all zones. Where what goes on in
    a zone beside its kinds of drivers doubles, 2 ** `follows` times as many cars come.
    """
    frames = [
        _zone_stays(drivers, int(zone), int(spaces[zone]), first_week, rng, follows)
        for zone in zones
    ]
    return pd.concat(frames, ignore_index=True)


def _zone_stays(
    drivers: Drivers, zone: int, bays: int, first_week: int, rng, follows: float
) -> pd.DataFrame:
    stay = np.array([kind.stay_minutes for kind in kinds.KINDS])
    demand = drivers.demand_in(zone)[:, first_week:]
    if follows:
        activity = drivers.activity(zone)[first_week:, None] / TYPICAL_LEVEL
        demand = demand * activity**follows
    demand = demand.reshape(len(stay), -1)
    mean_stay_hours = stay * np.exp(_STAY_SPREAD**2 / 2) / 60.0
    intensity = (
        _FULLNESS * bays * drivers.mixture[zone][:, None] * demand / mean_stay_hours[:, None]
    )
    counts = rng.poisson(intensity)
    kind = np.repeat(np.arange(len(stay)), counts.sum(axis=1))
    hour = np.repeat(np.tile(np.arange(demand.shape[1]), len(stay)), counts.ravel())
    begin = first_week * HOURS_PER_WEEK * 60
    arrived = begin + hour * 60 + rng.integers(60, size=len(hour))
    lasting = stay[kind] * np.exp(rng.normal(0.0, _STAY_SPREAD, len(kind)))
    departed = arrived + np.maximum(2, np.rint(lasting)).astype(np.int64)
    payer = _payers(kind, rng)
    order = np.argsort(arrived, kind="stable")
    arrived, departed, payer = arrived[order], departed[order], payer[order]
    bay = take_bays(arrived, departed, bays)
    parked = bay > 0
    last = begin + demand.shape[1] * 60
    return pd.DataFrame(
        {
            "zone": zone,
            "bay": bay[parked],
            "arrived": arrived[parked],
            "departed": np.minimum(departed[parked], last),
            "payer": payer[parked],
        }
    )


def _payers(kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    subscribes = np.array([_SUBSCRIBERS.get(name, 0.0) for name in kinds.NAMES])
    subscriber = rng.random(len(kind)) < subscribes[kind]
    free_rider = rng.random(len(kind)) < _FREE_RIDERS
    return np.where(subscriber, 2, np.where(free_rider, 1, 0))


def take_bays(arrived: np.ndarray, departed: np.ndarray, bays: int) -> np.ndarray:
    """The bay each car takes, the lowest free one, in order of arrival; 0 where all are taken."""
    free = list(range(1, bays + 1))
    leaving: list[tuple[int, int]] = []
    taken = np.zeros(len(arrived), dtype=np.int64)
    for row, (start, end) in enumerate(zip(arrived.tolist(), departed.tolist(), strict=True)):
        while leaving and leaving[0][0] <= start:
            heapq.heappush(free, heapq.heappop(leaving)[1])
        if free:
            taken[row] = heapq.heappop(free)
            heapq.heappush(leaving, (end, int(taken[row])))
    return taken


def occupancy(stays: pd.DataFrame, zones: np.ndarray, first_week: int, weeks: int) -> np.ndarray:
    """Mean number of parked cars, float32 (place in `zones`, week since `first_week`, hour)."""
    begin = first_week * HOURS_PER_WEEK * 60
    minutes = (weeks - first_week) * HOURS_PER_WEEK * 60
    result = np.empty((len(zones), weeks - first_week, HOURS_PER_WEEK), dtype=np.float32)
    for position, zone in enumerate(zones):
        here = stays[stays["zone"] == zone]
        change = np.zeros(minutes + 1)
        np.add.at(change, here["arrived"].to_numpy() - begin, 1.0)
        np.add.at(change, here["departed"].to_numpy() - begin, -1.0)
        parked = np.cumsum(change)[:minutes]
        result[position] = parked.reshape(-1, 60).mean(axis=1).reshape(result.shape[1:])
    return result
