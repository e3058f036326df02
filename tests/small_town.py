"""A small town of tables and panels for tests: a known rate, a patrol log, fines recorded late."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from infraction_model.calendars import CalendarParameters
from infraction_model.forecast import Town
from infraction_model.panel import Panel, build
from infraction_model.schema import validate
from infraction_model.timegrid import monday

TIMEZONE = "Europe/Paris"
CALENDAR = CalendarParameters("FR", None, "B")
FIRST_MONDAY = pd.Timestamp("2024-01-01")


def town(basis: str, min_fines: int = 0) -> Town:
    """What a forecast must know of the small town."""
    vehicles = 25.0 if basis == "checks" else None
    return Town(basis, CALENDAR, min_fines, vehicles)


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
            "vehicles_checked": np.random.default_rng([seed, 1]).poisson(14.0, count) * 1.0,
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
            "agent_id": [f"a{row % 5}" for row in rows],
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


def full_tables(**settings) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables of the small town with places on a map and with context."""
    zones, fines, patrols = tables(**settings)
    weeks = settings.get("weeks", 30)
    return located(zones), fines, patrols, context_table(len(zones), weeks)


def located(zones: pd.DataFrame) -> pd.DataFrame:
    """The zones as points scattered over a kilometre."""
    rng = np.random.default_rng(5)
    points = shapely.points(3.3 + rng.random(len(zones)) / 80, 49.8 + rng.random(len(zones)) / 120)
    return zones.assign(geometry=list(shapely.to_wkb(points)))


def panel(**settings) -> Panel:
    """The panel of the small town; settings as for `tables`."""
    return build(*tables(**settings))


def monday_of(panel: Panel, weeks_before_end: int):
    """The Monday so many weeks before the panel's end."""
    return monday(panel.end_week - weeks_before_end)


def context_table(zones: int, weeks: int, seed: int = 9) -> pd.DataFrame:
    """Hourly weather and some forecasts of it, tickets, works, markets, fairs and shops.

    Announcements are known weeks ahead or too late, one in six tickets' hours comes in a month
    late, and every seventh hour's rain was forecast ten days before.
    """
    rng = np.random.default_rng(seed)
    parts = [_weather(weeks, rng), _tickets(zones, weeks, rng), _happenings(zones, weeks, rng)]
    shops = pd.DataFrame({"zone_id": [f"z{z:02d}" for z in range(0, zones, 2)], "kind": "commerce"})
    shops["value"] = np.arange(len(shops)) + 3.0
    table = pd.concat([*parts, shops], ignore_index=True)
    for column in ("start", "end", "known_at"):
        local = table[column].astype("datetime64[us]")
        table[column] = local.dt.tz_localize(
            TIMEZONE, ambiguous=np.ones(len(table), dtype=bool), nonexistent=pd.Timedelta(hours=1)
        )
    return table


def _weather(weeks: int, rng: np.random.Generator) -> pd.DataFrame:
    start = FIRST_MONDAY + pd.to_timedelta(np.arange(weeks * 168), "h")
    start = start[start != pd.Timestamp("2024-03-31 02:00")]  # the clock was put forward
    end = start + pd.Timedelta(hours=1)
    rain = np.round(rng.gamma(0.2, 2.0, len(start)), 1)
    warmth = np.round(8 + 6 * np.sin(np.arange(len(start)) / 500) + rng.normal(0, 2, len(start)), 1)
    observed = {"start": start, "end": end}
    ahead = slice(0, None, 7)
    forecast = {"start": start[ahead], "end": end[ahead], "kind": "rain"}
    forecast |= {"value": rain[ahead] + 0.3, "known_at": start[ahead] - pd.Timedelta(days=10)}
    return pd.concat(
        [
            pd.DataFrame({**observed, "kind": "rain", "value": rain}),
            pd.DataFrame({**observed, "kind": "temperature", "value": warmth}),
            pd.DataFrame(forecast),
        ]
    )


def _tickets(zones: int, weeks: int, rng: np.random.Generator) -> pd.DataFrame:
    count = weeks * 60
    hour = rng.integers(weeks // 2, weeks, count) * 168 + rng.integers(0, 168, count)
    start = FIRST_MONDAY + pd.to_timedelta(hour, "h")
    late = rng.random(count) < 1 / 6
    return pd.DataFrame(
        {
            "zone_id": [f"z{zone:02d}" for zone in rng.integers(0, zones - 1, count)],
            "start": start,
            "end": start + pd.Timedelta(hours=1),
            "kind": "payments",
            "value": rng.integers(1, 9, count).astype(float),
            "known_at": pd.Series(start + pd.Timedelta(days=30)).where(late).to_numpy(),
        }
    )


def _happenings(zones: int, weeks: int, rng: np.random.Generator) -> pd.DataFrame:
    count = weeks * 3
    hours = rng.integers(0, weeks * 168, count)
    start = FIRST_MONDAY + pd.to_timedelta(hours * 60 + 30 * rng.integers(0, 2, count), "min")
    length = np.where(np.arange(count) % 3 == 0, rng.integers(100, 800, count), 6)
    return pd.DataFrame(
        {
            "zone_id": [f"z{zone:02d}" for zone in rng.integers(0, zones, count)],
            "start": start,
            "end": start + pd.to_timedelta(length, "h"),
            "kind": np.array(["roadworks", "market", "event"])[np.arange(count) % 3],
            "value": rng.integers(1, 4, count).astype(float),
            "known_at": start - pd.to_timedelta(rng.integers(-10, 40, count), "D"),
        }
    )


def occupancy_table(zones: int, weeks: int, seed: int = 11) -> pd.DataFrame:
    """How full some zones were in the second half: every hour but one in five, half of it by day.

    The last zone is never known; a few hours count tickets only (basis `paid`).
    """
    rng = np.random.default_rng(seed)
    hour = np.arange(weeks // 2 * 168, weeks * 168)
    hour = hour[FIRST_MONDAY + pd.to_timedelta(hour, "h") != pd.Timestamp("2024-03-31 02:00")]
    frame = pd.DataFrame({"hour": np.tile(hour, zones - 1)})
    frame["zone_id"] = np.repeat([f"z{zone:02d}" for zone in range(zones - 1)], len(hour))
    by_day = (frame["hour"] % 24).between(8, 18)
    frame["occupancy"] = np.clip(rng.normal(np.where(by_day, 0.7, 0.3), 0.2), 0.0, 1.0)
    frame = frame[rng.random(len(frame)) < np.where(by_day, 0.8, 0.5)].reset_index(drop=True)
    start = pd.Series(FIRST_MONDAY + pd.to_timedelta(frame.pop("hour"), "h"))
    frame["starts_at"] = start.dt.tz_localize(TIMEZONE, ambiguous=np.ones(len(start), dtype=bool))
    frame["lower"], frame["upper"] = frame["occupancy"], frame["occupancy"]
    frame["basis"] = np.where(rng.random(len(frame)) < 0.05, "paid", "payments")
    return validate("occupancy", frame)
