"""Made tables of occupancy, indicators, alarms and faults, for tests of the page they make."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from infraction_model import timegrid
from infraction_model.calendars import CalendarParameters
from infraction_model.maps.dashboard.data import Dashboard
from infraction_model.occupancy.state import StateParameters, parking_state
from infraction_model.occupancy.timeline import LimitHours
from infraction_model.schema import validate

TIMEZONE = "Europe/Paris"
CALENDAR = CalendarParameters("FR", None, "B")
LIMITS = LimitHours()
FIRST = timegrid.week_starting(dt.date(2024, 1, 8))
STEADY = 0.05  # how far weeks of a zone differ by chance, as a share


def occupancy(zone_ids, weeks: int = 20, seed: int = 1, basis: str = "payments") -> pd.DataFrame:
    """The contract table: a working day, levels from 5 to 95 % at its height, some chance."""
    rng = np.random.default_rng(seed)
    hour = np.arange(168) % 24
    shape = 0.1 + 0.9 * np.exp(-(((hour - 13) / 4) ** 2)) * (np.arange(168) < 144)
    level = np.linspace(0.05, 0.95, len(zone_ids))
    week = 1 + STEADY * rng.standard_normal((len(zone_ids), weeks))
    rate = np.clip(level[:, None, None] * week[:, :, None] * shape, 0, 1)
    starts = pd.concat([timegrid.starts_at(FIRST + place, TIMEZONE) for place in range(weeks)])
    table = pd.DataFrame(
        {
            "zone_id": np.repeat(np.asarray(zone_ids), 168 * weeks),
            "starts_at": pd.concat([starts] * len(zone_ids), ignore_index=True),
            "occupancy": rate.ravel(),
            "lower": 0.7 * rate.ravel(),
            "upper": np.minimum(1.3 * rate.ravel() + 0.02, 1.0),
            "basis": basis,
        }
    )
    return validate("occupancy", table[table["starts_at"].notna()].reset_index(drop=True))


def later(table: pd.DataFrame, zone_id: str, week: int, factor: float) -> pd.DataFrame:
    """The table with one zone `factor` times as full from the week at that place on."""
    moved = (table["zone_id"] == zone_id) & (
        timegrid.week_of(timegrid.to_local(table["starts_at"])) >= FIRST + week
    )
    numbers = ["occupancy", "lower", "upper"]
    table = table.copy()
    table.loc[moved, numbers] = (table.loc[moved, numbers] * factor).clip(upper=1.0)
    return table


def indicators(zone_ids) -> pd.DataFrame:
    """The contract table of indicators for all hours together, and of one weekday."""
    count = len(zone_ids)
    whole = pd.DataFrame(
        {
            "zone_id": list(zone_ids),
            "weekday": pd.array([pd.NA] * count, dtype="Int8"),
            "hour": pd.array([pd.NA] * count, dtype="Int8"),
            "bays_seen": np.arange(count) + 4.5,
            "occupancy": 0.5,
            "arrivals": 1000.0 + np.arange(count),
            "rotation": 2.25 + np.arange(count),
            "mean_stay_minutes": 74.0 + np.arange(count),
            "overstays": 0.0314,
            "long_stays": 0.001,
            "long_stay_time": 0.0159,
        }
    )
    monday = whole.assign(weekday=pd.array([0] * count, dtype="Int8"), rotation=99.0)
    return validate("indicators", pd.concat([whole, monday], ignore_index=True))


def alarms(zone_id: str, found: str, kind: str = "compliance") -> pd.DataFrame:
    """One alarm of a zone, found on that day."""
    day = pd.Timestamp(found, tz=TIMEZONE)
    row = {"zone_id": zone_id, "kind": kind, "starts_at": day - pd.Timedelta(days=14)}
    row |= {"ends_at": pd.NaT, "found_at": day, "size": -0.3}
    row |= {"meter_id": "M1", "channel": "CB", "basis": "sensors"}
    table = pd.DataFrame([row])
    table["ends_at"] = table["found_at"].where(table["kind"] != "compliance")
    return validate("occupancy_alarms", table)


def faults(zone_id: str, bay_id: str, since: str, until: str) -> pd.DataFrame:
    """One dead sensor."""
    times = {"starts_at": since, "ends_at": until}
    row = {name: pd.Timestamp(day, tz=TIMEZONE) for name, day in times.items()}
    table = pd.DataFrame([{"bay_id": bay_id, "zone_id": zone_id, "fault": "dead"} | row])
    return validate("sensor_faults", table)


def board(table: pd.DataFrame, zones: pd.DataFrame, **beside) -> Dashboard:
    """The page's content; `beside` may hold indicators, alarms, faults, parameters and title."""
    parameters = beside.get("parameters", StateParameters())
    state = parking_state(table, zones, LIMITS, CALENDAR, parameters)
    others = {name: beside.get(name, pd.DataFrame()) for name in ("indicators", "alarms", "faults")}
    return Dashboard(beside.get("title", "Saint-Martin"), state, parameters, **others)
