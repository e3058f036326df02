"""A town drawn straight on the grid with known rate ratios, for tests of what recurs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.panel import Panel

FIRST_WEEK = 2817  # begins on Monday 1 January 2024
HOURS = np.arange(8, 18)
WEEKDAY = np.array([1.0, 1.0, 1.5, 1.0, 1.0, 2.0, 0.5])
HOUR = np.where(HOURS < 11, 1.6, 1.0)


def town(
    rng: np.random.Generator,
    level: np.ndarray,
    weeks: int = 30,
    visits: int = 150,
    busy: np.ndarray | None = None,
    shocks: tuple[float, float] = (0.0, 0.0),
    change: np.ndarray | None = None,
    delay: np.ndarray | None = None,
) -> Panel:
    """Half-hour visits at random hours of 8 to 18 h, and Poisson fines at the known rates.

    `level` (zones) is fines per hour at the ratios 1; `busy` (zones, 7) how officers spread their
    visits of each day; `shocks` the log standard deviations that whole days and weeks share;
    `change` (zones, weeks) further factors; `delay` weeks of delay to draw from.
    """
    zones = len(level)
    busy = np.ones((zones, 7)) if busy is None else busy
    week = np.repeat(np.arange(weeks), visits)
    day = rng.integers(0, 7, len(week))
    hour = rng.integers(0, len(HOURS), len(week))
    shares = np.cumsum(busy / busy.sum(axis=0), axis=0)
    zone = (rng.random(len(week))[None, :] > shares[:, day]).sum(axis=0)
    rate = level[zone] * WEEKDAY[day] * HOUR[hour]
    rate *= np.exp(rng.normal(0.0, shocks[0], (weeks, 7)))[week, day]
    rate *= np.exp(rng.normal(0.0, shocks[1], weeks))[week]
    if change is not None:
        rate *= change[zone, week]
    cells = pd.DataFrame(
        {
            "zone": zone.astype(np.int32),
            "week": (FIRST_WEEK + week).astype(np.int32),
            "hour_of_week": (day * 24 + HOURS[hour]).astype(np.int16),
            "delay": np.int16(0),
            "hours": 0.5,
            "vehicles": 0.0,
            "fines": rng.poisson(rate * 0.5),
        }
    )
    keys = ["zone", "week", "hour_of_week", "delay"]
    summed = cells.groupby(keys, sort=True).sum().reset_index()
    fines = summed.loc[summed["fines"] > 0, [*keys, "fines"]]
    if delay is not None:
        fines = fines.assign(delay=rng.choice(delay, len(fines)).astype(np.int16))
    fines.insert(4, "category", (np.arange(len(fines)) % 2).astype(np.int16))
    names = [f"z{number:03d}" for number in range(zones)]
    about = pd.DataFrame({"zone_id": names, "name": [f"Rue {name}" for name in names]})
    about = about.assign(
        official=True, spaces=np.nan, max_stay_minutes=np.nan, lon=np.nan, lat=np.nan
    )
    return Panel(
        timezone="Europe/Paris",
        zones=about,
        categories=("pavement", "unpaid"),
        fines=fines.reset_index(drop=True),
        patrols=summed[[*keys, "hours", "vehicles"]],
    )
