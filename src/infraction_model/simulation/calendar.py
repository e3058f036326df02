"""The days and the weather of the simulated weeks, and the works and fairs announced in them."""

from __future__ import annotations

import datetime as dt

import holidays
import numpy as np
import pandas as pd
from vacances_scolaires_france import SchoolHolidayDates

from infraction_model.errors import ConfigError
from infraction_model.simulation.kinds import MARKET_DAYS
from infraction_model.timegrid import HOURS_PER_WEEK

SCHOOL_ZONE = "B"
_FAIRS = (
    (2, 18, 2, "Carnaval"), (4, 15, 2, "Brocante de printemps"), (5, 20, 1, "Marché aux fleurs"),
    (6, 21, 1, "Fête de la musique"), (7, 14, 1, "Fête nationale"), (9, 9, 2, "Grande braderie"),
    (10, 14, 3, "Fête foraine"), (12, 9, 3, "Marché de Noël"),
)  # fmt: skip


def make_days(first_monday: dt.date, weeks: int) -> pd.DataFrame:
    """One row per day: date, week (0 = first), weekday, public_holiday, school_holiday (zone B).

    Raises ConfigError where no school calendar is known for a year of the simulation.
    """
    dates = [first_monday + dt.timedelta(days=offset) for offset in range(7 * weeks)]
    school = SchoolHolidayDates()
    if dates[0].year < school.min_year or dates[-1].year > school.max_year:
        raise ConfigError(
            f"key 'simulation.first_monday': the French school calendar is known from "
            f"{school.min_year} to {school.max_year}, but the {weeks} weeks from {first_monday} "
            f"end on {dates[-1]}. Choose weeks within it."
        )
    public = holidays.country_holidays("FR", years=range(dates[0].year, dates[-1].year + 1))
    return pd.DataFrame(
        {
            "date": dates,
            "week": np.arange(len(dates)) // 7,
            "weekday": np.arange(len(dates)) % 7,
            "public_holiday": [date in public for date in dates],
            "school_holiday": [school.is_holiday_for_zone(date, SCHOOL_ZONE) for date in dates],
        }
    )


def make_weather(days: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Hourly weather, rounded as a station would print it: temperature (°C) and rain (mm)."""
    hours = np.tile(np.arange(24), len(days))
    day_of_year = np.array([date.timetuple().tm_yday for date in days["date"]])
    season = np.cos(2 * np.pi * (day_of_year - 200) / 365.25)
    spell = _autoregressive(rng.normal(0.0, 1.7, len(days)), 0.8)
    daily = 11.0 + 7.5 * season + spell
    swing = (3.0 + 2.0 * np.repeat(season, 24)) * np.cos(2 * np.pi * (hours - 15) / 24)
    wet_hour = _wet_hours(len(days), rng)
    amount = np.round(rng.gamma(0.9, 0.7, len(hours)) * wet_hour, 1)
    return pd.DataFrame({"temperature": np.round(np.repeat(daily, 24) + swing, 1), "rain": amount})


def _autoregressive(noise: np.ndarray, memory: float) -> np.ndarray:
    values = np.empty_like(noise)
    value = 0.0
    for position, shock in enumerate(noise):
        value = memory * value + shock
        values[position] = value
    return values


def _wet_hours(days: int, rng: np.random.Generator) -> np.ndarray:
    """Whether each hour is wet: showers of some hours, more often on days after a wet day."""
    draws = rng.random(days * 24)
    mood = np.repeat(_autoregressive(rng.normal(0.0, 0.8, days), 0.6), 24)
    wet = np.zeros(days * 24, dtype=bool)
    before = False
    for hour, draw in enumerate(draws):
        before = draw < (0.72 if before else 0.03 * np.exp(mood[hour]))
        wet[hour] = before
    return wet


def make_events(
    days: pd.DataFrame, streets: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Works, fairs and markets: first_hour, last_hour, zone, kind, label, factor, announced.

    Hours and the day of announcement count from the first Monday (the latter may be negative), the
    last hour is exclusive; `factor` is on the true rate, 1 where a kind of driver has it already.
    """
    rows = [*_works(days, len(streets), rng), *_fairs(days, streets, rng), *_markets(days, streets)]
    columns = ["first_hour", "last_hour", "zone", "kind", "label", "factor", "announced"]
    events = pd.DataFrame(rows, columns=columns)
    return events.sort_values(["first_hour", "zone", "kind"], kind="stable", ignore_index=True)


def _works(days: pd.DataFrame, zones: int, rng: np.random.Generator):
    """Road works of one to six weeks: hardly a place left to park in."""
    weeks = len(days) // 7
    for _ in range(max(1, round(zones * weeks / 400))):
        start = int(rng.integers(weeks))
        end = min(weeks, start + int(rng.integers(1, 7)))
        announced = start * 7 - int(rng.integers(3, 31))
        first, last = start * HOURS_PER_WEEK, end * HOURS_PER_WEEK
        yield first, last, int(rng.integers(zones)), "Travaux", "Travaux de voirie", 0.35, announced


def _fairs(days: pd.DataFrame, streets: pd.DataFrame, rng: np.random.Generator):
    """Fairs in the centre, each year near the same date, 9 h to 20 h."""
    far = np.hypot(streets["east"], streets["north"]).to_numpy()
    central = np.flatnonzero(far <= np.quantile(far, 0.3))
    day_of = {date: position for position, date in enumerate(days["date"])}
    for year in sorted({date.year for date in days["date"]}):
        for month, day, length, label in _FAIRS:
            zones = rng.choice(central, size=max(1, len(central) // 3), replace=False)
            start = _from_saturday(dt.date(year, month, day), length)
            for offset in range(length):
                position = day_of.get(start + dt.timedelta(days=offset))
                if position is not None:
                    for zone in np.sort(zones):
                        first = position * 24 + 9
                        yield (
                            first,
                            first + 11,
                            int(zone),
                            "Manifestation",
                            label,
                            1.9,
                            position - 60,
                        )


def _from_saturday(date: dt.date, length: int) -> dt.date:
    """Fairs of several days begin on a Saturday; a feast of one day keeps its date."""
    return date if length == 1 else date + dt.timedelta(days=5 - date.weekday())


def _markets(days: pd.DataFrame, streets: pd.DataFrame):
    zones = np.flatnonzero(streets["kind"] == "market")
    for position in np.flatnonzero(days["weekday"].isin(MARKET_DAYS)):
        for zone in zones:
            first = int(position) * 24 + 6
            yield first, first + 7, int(zone), "Marché", "Marché hebdomadaire", 1.0, -90
