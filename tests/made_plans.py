"""A week to be planned, for tests: zones scattered over a town, rates, shifts of some teams."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.patrol.allocation import Task
from infraction_model.patrol.shifts import Shift, WeeklyShift, shifts_of_week
from infraction_model.patrol.travel import Travel, TravelParameters
from infraction_model.patrol.visits import Worth

LON, LAT = 3.3, 49.8
WEEK = 2_800


def zones_table(zones: int, seed: int = 1, located: bool = True) -> pd.DataFrame:
    """Zones z000, z001, … within about two kilometres."""
    rng = np.random.default_rng(seed)
    place = rng.random((zones, 2)) * [0.03, 0.02] if located else np.full((zones, 2), np.nan)
    return pd.DataFrame(
        {
            "zone_id": [f"z{number:03d}" for number in range(zones)],
            "lon": LON + place[:, 0],
            "lat": LAT + place[:, 1],
        }
    )


def worth(zones: int, seed: int = 1, minutes: int = 15, recovery_hours: float = 2.0) -> Worth:
    """Zones of unequal levels with a peak at some hour of the day; a third are about safety."""
    rng = np.random.default_rng([seed, 1])
    hour = np.arange(168) % 24
    peak = np.exp(np.cos(2 * np.pi * (hour - rng.integers(8, 19, zones)[:, None]) / 24)) / 1.27
    safety = np.where(np.arange(zones) % 3 == 0, 0.8, 0.1)
    rate = rng.gamma(0.7, 0.8, (zones, 1)) * peak
    return Worth(rate, 1.0 + safety, safety, minutes * 60, recovery_hours)


def shifts(teams: int = 2, days: tuple[int, ...] = (1,), **settings) -> tuple[Shift, ...]:
    """Morning shifts of some teams that start in the middle of the town."""
    usual = {"start": "09:00", "end": "12:00", "longitude": LON + 0.015, "latitude": LAT + 0.01}
    return shifts_of_week(
        WeeklyShift(team=f"team {number}", days=days, **{**usual, **settings})
        for number in range(teams)
    )


def task(
    zones: int = 30,
    on_duty: tuple[Shift, ...] | None = None,
    seed: int = 1,
    minutes: int = 15,
    days_since_visit: np.ndarray | None = None,
    located: bool = True,
    table: pd.DataFrame | None = None,
) -> Task:
    """All that a plan is made from."""
    places = zones_table(zones, seed, located)
    on_duty = shifts() if on_duty is None else on_duty
    value = worth(zones, seed, minutes)
    upper = Worth(2.5 * value.rate, value.weight, value.safety, value.seconds, value.recovery_hours)
    return Task(
        zone_ids=places["zone_id"].tolist(),
        worth=value,
        upper=upper,
        days_since_visit=np.zeros(zones) if days_since_visit is None else days_since_visit,
        shifts=on_duty,
        travel=Travel(places, on_duty, TravelParameters(), table),
        week=WEEK,
    )
