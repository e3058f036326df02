"""Minutes from the first Monday as the dates and hours that exports print (local wall clock)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

_MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True)
class Clock:
    """Turns whole minutes since `first_monday` 00:00 into text, all methods array in, array out."""

    first_monday: dt.date

    def dates(self, minutes: np.ndarray, pattern: str = "%d/%m/%Y") -> np.ndarray:
        """The date of each minute, an object array of str."""
        return self.days(np.asarray(minutes) // _MINUTES_PER_DAY, pattern)

    def days(self, days: np.ndarray, pattern: str = "%d/%m/%Y") -> np.ndarray:
        """The date of each day since the first Monday (negative: before it)."""
        wanted, position = np.unique(np.asarray(days, dtype=np.int64), return_inverse=True)
        texts = [
            (self.first_monday + dt.timedelta(days=int(day))).strftime(pattern) for day in wanted
        ]
        return np.array(texts, dtype=object)[position]

    def hours(self, minutes: np.ndarray, separator: str) -> np.ndarray:
        """The time of day, hour and minute with `separator` between: "14h05" or "14:05"."""
        texts = [f"{m // 60:02d}{separator}{m % 60:02d}" for m in range(_MINUTES_PER_DAY)]
        return np.array(texts, dtype=object)[np.asarray(minutes) % _MINUTES_PER_DAY]

    def stamps(self, minutes: np.ndarray, pattern: str = "%d/%m/%Y") -> np.ndarray:
        """Date, a blank, and the time of day as "14:05"."""
        return self.dates(minutes, pattern) + " " + self.hours(minutes, ":")

    def local(self, minutes: np.ndarray) -> np.ndarray:
        """Naive local times, `datetime64[s]`."""
        start = np.datetime64(self.first_monday, "s")
        return start + np.asarray(minutes, dtype=np.int64).astype("timedelta64[m]")
