"""The levels of each factor at each moment: which weekday, hour, month, year, holiday it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters, is_public_holiday, is_school_holiday

WEEKS_FOR_YEARS = 60
"""A shorter history cannot tell a better year from its months."""

BAND_STARTS = (0, 6, 9, 12, 14, 18, 24)
"""Hours at which the bands of a day begin, and the end of the last."""

BANDS = len(BAND_STARTS) - 1


def bands(hour_of_week: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The day (0 = Monday) and the band of the day of each hour of week."""
    return hour_of_week // 24, np.searchsorted(BAND_STARTS, hour_of_week % 24, side="right") - 1


@dataclass(frozen=True)
class Factor:
    """One thing that may matter: its level at each moment.

    `codes` (moments) are positions in `levels`. `reference` is the level that others are compared
    with; None: each is compared with the average over the hours looked at. `lasts` is how long a
    level lasts at least: it has to stand out from the luck of whole days, or of whole weeks.
    """

    name: str
    levels: tuple[str, ...]
    codes: np.ndarray
    lasts: Literal["hour", "day", "week"]
    reference: str | None = None


def time_factors(moments: pd.DataFrame, calendar: CalendarParameters) -> list[Factor]:
    """Weekday, hour, month, year, public and school holidays of moments (see Observed.moments).

    Years need more than a year of history; school holidays a school calendar that covers all days.
    """
    hour_of_week = moments["hour_of_week"].to_numpy()
    days, day_of = np.unique(moments["date"].to_numpy(), return_inverse=True)
    dates = [day.astype(dt.date) for day in days.astype("datetime64[D]")]
    factors = [
        Factor("weekday", tuple(map(str, range(7))), hour_of_week // 24, "day"),
        Factor("hour", tuple(map(str, range(24))), hour_of_week % 24, "hour"),
    ]
    months = np.array([date.month for date in dates])
    factors.append(_listed("month", months[day_of]))
    if np.ptp(moments["week"]) >= WEEKS_FOR_YEARS:
        factors.append(_listed("year", np.array([date.year for date in dates])[day_of]))
    public = np.array([is_public_holiday(date, calendar) for date in dates])
    factors.append(_yes_no("public_holiday", public[day_of], "day"))
    school = np.array([is_school_holiday(date, calendar) for date in dates])
    if not np.isnan(school).any():
        factors.append(_yes_no("school_holiday", school[day_of] > 0, "week"))
    return [factor for factor in factors if len(np.unique(factor.codes)) > 1]


def _listed(name: str, values: np.ndarray) -> Factor:
    levels, codes = np.unique(values, return_inverse=True)
    return Factor(name, tuple(map(str, levels)), codes, "week")


def _yes_no(name: str, values: np.ndarray, lasts: Literal["day", "week"]) -> Factor:
    return Factor(name, ("no", "yes"), values.astype(int), lasts, reference="no")
