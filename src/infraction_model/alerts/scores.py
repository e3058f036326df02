"""The model's own infraction probability, beside an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from infraction_model.alerts.events import ProbabilityBasis
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, to_local, week_of


@dataclass(frozen=True)
class ModelScores:
    """The model's infraction probability of each zone and hour, by week; float64 (168) each."""

    by_week: Mapping[int, Mapping[str, np.ndarray]] = field(default_factory=dict)

    @classmethod
    def from_table(cls, scores: pd.DataFrame) -> ModelScores:
        """From the contract table `scores`, of one or more weeks."""
        local = to_local(scores["starts_at"]).to_numpy()
        weeks: dict[int, dict[str, np.ndarray]] = {}
        places = zip(
            week_of(local).tolist(),
            scores["zone_id"],
            hour_of_week(local).tolist(),
            scores["infraction_probability"].tolist(),
            strict=True,
        )
        for week, zone_id, hour, probability in places:
            zones = weeks.setdefault(week, {})
            zones.setdefault(zone_id, np.full(HOURS_PER_WEEK, np.nan))[hour] = probability
        return cls(weeks)

    def at(self, zone_id: str, week: int, hour: int) -> tuple[float | None, ProbabilityBasis]:
        """The probability of a zone and hour; where its week was not scored, that of the same hour
        of the newest scored week."""
        basis: ProbabilityBasis = "hour" if week in self.by_week else "hour_of_week"
        zones = self.by_week.get(week) or self.by_week.get(max(self.by_week, default=-1), {})
        values = zones.get(zone_id)
        if values is None or np.isnan(values[hour]):
            return None, "none"
        return float(values[hour]), basis
