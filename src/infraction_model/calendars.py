"""The days a town keeps: public holidays and school holidays of its country, region and zone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Literal

from infraction_model.errors import ConfigError


@dataclass(frozen=True)
class CalendarParameters:
    """Which public and school holidays a town keeps.

    `country` and `subdivision` are ISO codes of the `holidays` package; `school_zone` is that of
    the French school calendar, None outside France.
    """

    country: str = "FR"
    subdivision: str | None = None
    school_zone: Literal["A", "B", "C"] | None = None


@cache
def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[dt.date]:
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError:
        place = country if subdivision is None else f"{country}, {subdivision}"
        raise ConfigError(
            f"keys 'data.calendar.country' and 'subdivision': no public holidays are known for "
            f"{place}. Expected ISO codes, such as FR, or GB with ENG."
        ) from None


@cache
def _school_calendar():
    from vacances_scolaires_france import SchoolHolidayDates

    return SchoolHolidayDates()


def is_public_holiday(day: dt.date, calendar: CalendarParameters) -> bool:
    """Whether `day` is a public holiday of the calendar's country or subdivision."""
    return day in _public_holidays(calendar.country, calendar.subdivision, day.year)


def is_school_holiday(day: dt.date, calendar: CalendarParameters) -> float:
    """1.0 in the holidays of the school zone, 0.0 in term, NaN where no calendar covers the day."""
    if calendar.school_zone is None:
        return float("nan")
    known = _school_calendar()
    if not known.min_year <= day.year <= known.max_year:
        return float("nan")
    return float(known.is_holiday_for_zone(day, calendar.school_zone))


def is_school_week(monday: dt.date, calendar: CalendarParameters) -> bool:
    """Whether most days from this Monday to its Saturday are school holidays, as far as known."""
    days = [is_school_holiday(monday + dt.timedelta(days=day), calendar) for day in range(6)]
    return sum(day == 1.0 for day in days) > 3
