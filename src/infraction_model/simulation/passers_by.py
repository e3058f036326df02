"""Who walks by and what draws them: counters of passers-by in some streets, shops in all.

Both go with the drivers who park there and with how much goes on in a zone; neither changes them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.simulation import kinds
from infraction_model.simulation.drivers import Drivers
from infraction_model.timegrid import HOURS_PER_WEEK

_BUSY_HOUR = 120.0
_HOURLY_NOISE = 0.2
_WALKING = {"shoppers": 1.0, "market": 1.2, "evening": 0.8, "station": 0.7, "school": 0.5,
            "commuters": 0.3, "residents": 0.2}  # fmt: skip
_SHOPS = {"shoppers": 14.0, "market": 10.0, "evening": 8.0, "deliveries": 6.0, "station": 3.0}


def make_footfall(
    drivers: Drivers, counters: int, first_week: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Passers-by of the `counters` zones where most walk: zone, hour (since the start), people.

    Who walks there is who parks there; a zone in which twice as much is found as its kinds of
    drivers explain has 1.4 times the people (the square root).
    """
    walking = np.array([_WALKING.get(name, 0.0) for name in kinds.NAMES])
    zones = np.sort(np.argsort(-drivers.mixture @ walking, kind="stable")[:counters])
    hours = np.arange(first_week * HOURS_PER_WEEK, drivers.demand[0].size)
    frames = []
    for zone in zones:
        demand, weights = drivers.demand_in(zone)[:, first_week:], drivers.mixture[zone]
        activity = drivers.activity(zone)[first_week:, None]
        walkers = np.tensordot(weights * walking, demand, axes=1) * np.sqrt(activity)
        noise = np.exp(rng.normal(0.0, _HOURLY_NOISE, walkers.shape))
        people = rng.poisson(_BUSY_HOUR * walkers * noise).ravel()
        frames.append(pd.DataFrame({"zone": zone, "hour": hours, "people": people}))
    nobody = pd.DataFrame({"zone": [], "hour": [], "people": []}, dtype=np.int64)
    return pd.concat(frames or [nobody], ignore_index=True)


def make_shops(drivers: Drivers, rng: np.random.Generator) -> np.ndarray:
    """Shops and restaurants in every zone, as its kinds of drivers seek them; int64."""
    return rng.poisson(drivers.mixture @ [_SHOPS.get(name, 0.3) for name in kinds.NAMES])
