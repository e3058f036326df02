"""Cells of a filled-in form as people and spreadsheets write them: dates, times, ticks, counts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from infraction_model.ingest.columns import column_key, fold, numbers

EMPTY, NO, YES, UNCLEAR = -1, 0, 1, 2
"""What a tick box says."""

_YES = {"x", "xx", "oui", "o", "yes", "y", "1", "vrai", "true", "v", "vu", "seen", "ok", "rien",
        "ras", "nothing", "✓", "✔", "☑", "☒", "✗", "✘"}  # fmt: skip
_NO = {"non", "n", "no", "0", "faux", "false", "-", "–", "☐", "□"}
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")
_CLOCK = re.compile(
    r"(?:(?P<hour>\d{1,2})\s*(?:[:.]|h|$|(?=[ap]))\s*(?P<minute>\d\d)?(?:[:.]\d\d(?:\.\d+)?)?"
    r"|(?P<bare>\d{1,2}\d\d))\s*(?P<half>[ap])?\.?(?:m\.?)?"
)
_DAY = pd.Timedelta(days=1)
_FIRST_YEAR = 1970  # a spreadsheet gives a time without a date one of about 1900


def dates(text: pd.Series) -> pd.Series:
    """Written days as midnights (naive), NaT where there is none: 2026-01-12, 12/01/2026, 12/1/26.

    A time of day behind the date is left out.
    """
    return _stamps([_readings(written)[0] for written in text], text.index)


def weeks_and_days(weeks: pd.Series, days: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The Monday of each row's week and its day in that week, both NaT where they do not agree.

    An English spreadsheet takes 12/01/2026 for a day of December and writes it anew as such: where
    only that makes sense, day and month are read the other way round.
    """
    pairs = {pair: _agreeing(*pair) for pair in set(zip(weeks, days, strict=True))}
    found = [pairs[pair] for pair in zip(weeks, days, strict=True)]
    week, day = zip(*found, strict=True) if found else ((), ())
    return _stamps(week, weeks.index), _stamps(day, days.index)


def near(text: pd.Series, planned: pd.Series) -> pd.Series:
    """Written times of day as naive times, each on the day that brings it nearest to `planned`.

    9h05, 09:05, 9:05:00, 0905, 9 h, 9:05 PM; a date before it counts. NaT where there is none.
    """
    read = {written: _clock(written) or (None, None) for written in text.unique()}
    day = _stamps([read[written][0] for written in text], text.index)
    clock = pd.Series([read[written][1] for written in text], text.index, dtype="timedelta64[us]")
    same_day = planned.dt.normalize() + clock
    nearest = same_day + _DAY * ((planned - same_day) / _DAY).round()
    return (day + clock).fillna(nearest).where(planned.notna()).astype("datetime64[us]")


def ticks(text: pd.Series) -> np.ndarray:
    """EMPTY, NO, YES or UNCLEAR of each tick box."""
    read = {written: _tick(fold(written).strip()) for written in text.unique()}
    return text.map(read).to_numpy(dtype=np.int8)


def counts(text: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Written counts, NaN where there is none, and a mask of what is written but no whole number.

    A negative count is a whole number: whoever needs none refuses it.
    """
    number = numbers(text, ",")
    whole = number.notna() & (number % 1 == 0)
    return number.where(whole), ((text != "") & ~whole).to_numpy(dtype=bool)


def _stamps(days: Iterable[dt.date | None], index: pd.Index) -> pd.Series:
    stamps = [pd.NaT if day is None else pd.Timestamp(day) for day in days]
    return pd.Series(stamps, index=index, dtype="datetime64[us]")


def _agreeing(week: str, day: str) -> tuple[dt.date | None, dt.date | None]:
    weeks, days = _readings(week), _readings(day)
    for way, other in ((0, 0), (1, 1), (1, 0), (0, 1)):
        monday, date = weeks[way], days[other]
        if monday and date and monday.weekday() == 0 and 0 <= (date - monday).days < 7:
            return monday, date
    return None, None


def _readings(written: str) -> tuple[dt.date | None, dt.date | None]:
    """A written day as it stands, and with day and month the other way round."""
    found = _DATE.fullmatch(written.split(" ")[0].split("T")[0])
    if not found:
        return None, None
    if found[1]:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        year, month, day = int(found[6]), int(found[5]), int(found[4])
        year += 2000 if len(found[6]) == 2 else 0
    return _day(year, month, day), _day(year, day, month)


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if _FIRST_YEAR <= year < 2200 else None
    except ValueError:
        return None


def _clock(written: str) -> tuple[dt.date | None, dt.timedelta] | None:
    """The date, where one is written, and the time since midnight; None where it is no time."""
    day, _, clock = written.replace("T", " ").rpartition(" ") if _DATE.match(written) else ("",) * 3
    found = _CLOCK.fullmatch((clock or written).strip().casefold())
    if not found:
        return None
    hour = int(found["hour"] or found["bare"][:-2])
    minute = int(found["minute"] or (found["bare"] or "00")[-2:])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    if hour > 23 or minute > 59:
        return None
    return _readings(day)[0], dt.timedelta(hours=hour, minutes=minute)


def _tick(folded: str) -> int:
    if folded in _YES or column_key(folded) in _YES:
        return YES
    if folded in _NO:
        return NO
    return UNCLEAR if folded else EMPTY
