"""A small town of tables and panels for tests: a known rate, a patrol log, fines recorded late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters
from infraction_model.forecast import Town
from infraction_model.panel import Panel, build
from infraction_model.timegrid import monday

TIMEZONE = "Europe/Paris"
CALENDAR = CalendarParameters("FR", None, "B")
FIRST_MONDAY = pd.Timestamp("2024-01-01")


def town(basis: str, min_fines: int = 0) -> Town:
    """What a forecast must know of the small town."""
    return Town(basis=basis, calendar=CALENDAR, min_fines=min_fines)


def zones_table(count: int, official: bool = True) -> pd.DataFrame:
    """A zones table without geometry: z00, z01, …"""
    names = [f"z{number:02d}" for number in range(count)]
    return pd.DataFrame(
        {"zone_id": names, "geometry": None, "name": names, "official": official, "spaces": 10.0}
    )


def patrols_table(zones: int, weeks: int, per_week: int, seed: int) -> pd.DataFrame:
    """Random half-hour patrols between 8 h and 18 h on weekdays; low zones are visited more."""
    rng = np.random.default_rng(seed)
    count = weeks * per_week
    zone = np.minimum(rng.geometric(min(1.5 / zones, 1.0), count) - 1, zones - 1)
    day = np.repeat(np.arange(weeks) * 7, per_week) + rng.integers(0, 5, count)
    start = FIRST_MONDAY + pd.to_timedelta(day, "D")
    start += pd.to_timedelta(8 * 60 + rng.integers(0, 19, count) * 30, "min")
    started = pd.Series(start).dt.tz_localize(TIMEZONE)
    return pd.DataFrame(
        {
            "patrol_id": [f"p{number}" for number in range(count)],
            "zone_id": [f"z{number:02d}" for number in zone],
            "started_at": started,
            "ended_at": started + pd.Timedelta(minutes=30),
        }
    )


def true_rate(zones: int) -> np.ndarray:
    """The town's rate per patrol hour, (zones, 168): a level per zone, mornings twice the rest."""
    level = np.linspace(0.4, 2.4, zones)[:, None]
    return level * np.tile(np.where(np.arange(24) < 12, 2.0, 1.0), 7)[None, :]


def fines_table(patrols: pd.DataFrame, zones: int, late: float, seed: int) -> pd.DataFrame:
    """Poisson fines of the patrols at the true rate; `late` of them are recorded weeks later."""
    rng = np.random.default_rng(seed)
    hour = patrols["started_at"].dt.day_of_week * 24 + patrols["started_at"].dt.hour
    zone = patrols["zone_id"].str[1:].astype(int)
    found = rng.poisson(true_rate(zones)[zone, hour] * 0.5)
    rows = np.repeat(np.arange(len(patrols)), found)
    issued = patrols["started_at"].iloc[rows].reset_index(drop=True) + pd.to_timedelta(
        rng.integers(0, 30, len(rows)), "min"
    )
    delay = np.where(rng.random(len(rows)) < late, rng.integers(7, 50, len(rows)), 0)
    return pd.DataFrame(
        {
            "fine_id": [f"f{number}" for number in range(len(rows))],
            "issued_at": issued,
            "recorded_at": issued + pd.to_timedelta(delay, "D"),
            "zone_id": patrols["zone_id"].to_numpy()[rows],
            "category": np.where(rng.random(len(rows)) < 0.3, "pavement", "unpaid"),
        }
    )


def tables(
    zones: int = 8,
    weeks: int = 30,
    per_week: int = 80,
    late: float = 0.2,
    seed: int = 7,
    official: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Zones, fines and patrols of the small town."""
    patrols = patrols_table(zones, weeks, per_week, seed)
    fines = fines_table(patrols, zones, late, seed + 1)
    return zones_table(zones, official), fines, patrols


def panel(**settings) -> Panel:
    """The panel of the small town; settings as for `tables`."""
    return build(*tables(**settings))


def monday_of(panel: Panel, weeks_before_end: int):
    """The Monday so many weeks before the panel's end."""
    return monday(panel.end_week - weeks_before_end)
