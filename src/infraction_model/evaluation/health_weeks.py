"""The weeks that data health looks at: records by day as they looked then, and what is usual."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters, is_public_holiday
from infraction_model.evaluation.health_limits import HealthParameters
from infraction_model.evaluation.health_words import row
from infraction_model.panel import Panel
from infraction_model.timegrid import monday

FEW = 10.0  # with fewer records expected, their absence says nothing


class Weeks:
    """The known records by day of the weeks judged, and what is usual for each."""

    def __init__(
        self,
        known: Panel,
        origin: int,
        parameters: HealthParameters,
        calendar: CalendarParameters | None,
    ) -> None:
        self.known, self.origin, self.parameters = known, origin, parameters
        self.recent = origin - parameters.recent_weeks
        self.start = max(
            min(known.first_week, self.recent), self.recent - parameters.reference_weeks
        )
        self.reference = self.recent - self.start
        ones = np.ones(len(known.patrols), dtype=np.int64)
        self.records = {
            "fines": known.fines.rename(columns={"fines": "count"}),
            "patrols": known.patrols.assign(count=ones),
        }
        days = [
            monday(self.start) + dt.timedelta(days=day) for day in range(7 * (origin - self.start))
        ]
        holiday = [calendar is not None and is_public_holiday(day, calendar) for day in days]
        self.holiday = np.array(holiday, dtype=bool).reshape(-1, 7)

    @property
    def old_enough(self) -> bool:
        return self.reference >= self.parameters.least_weeks

    def young(self, name: str) -> dict[str, Any]:
        """The row of a check that has too little to compare with."""
        needed = self.parameters.least_weeks
        return row(name, "ok", None, None, "young", weeks=self.reference, needed=needed)

    def by_day(self, source: str) -> np.ndarray:
        """Records of each day that were known so many weeks after its week, (ages, weeks, 7).

        A week is compared with earlier ones as they looked at its age, so late records mislead no
        check, and no curve of delays is needed.
        """
        records = self.records[source]
        records = records[records["week"] >= self.start]
        day = ((records["week"] - self.start) * 7 + records["hour_of_week"] // 24).to_numpy()
        delay, count = records["delay"].to_numpy(), records["count"].to_numpy()
        size = 7 * (self.origin - self.start)
        ages = [
            np.bincount(day[delay <= age], count[delay <= age], minlength=size)[:size]
            for age in range(self.parameters.recent_weeks)
        ]
        return np.array(ages).reshape(len(ages), -1, 7)

    def usual_days(self, by_day: np.ndarray) -> np.ndarray:
        """The median of each weekday in the reference weeks, by age, (ages, 7)."""
        counts = np.where(self.holiday, np.nan, by_day)[:, : self.reference]
        nothing = np.isnan(counts).all(axis=1, keepdims=True)
        return np.nanmedian(np.where(nothing, 0.0, counts), axis=1)

    def is_recent(self, records: pd.DataFrame) -> np.ndarray:
        return (records["week"] >= self.recent).to_numpy()
