"""What a patrol would gain at each alert: chance x still there x severity x trust."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

from infraction_model.alerts.course import StayAlert
from infraction_model.alerts.events import Alert, SensorQuality, Verdict
from infraction_model.alerts.parameters import RankingParameters
from infraction_model.alerts.reach import Reach
from infraction_model.alerts.rules import Rule
from infraction_model.alerts.scores import ModelScores
from infraction_model.alerts.survival import Survival
from infraction_model.timegrid import hour_of_week, week_of


class Ranking:
    """Gives each alert its figures as of an instant; the ranks of open alerts follow the clock in
    steps of `rerank_seconds`."""

    def __init__(
        self,
        survival: Survival,
        reach: Reach,
        scores: ModelScores,
        timezone: str,
        parameters: RankingParameters,
    ) -> None:
        self._survival, self._reach, self._scores = survival, reach, scores
        self._zone = ZoneInfo(timezone)
        self._step = parameters.rerank_seconds
        self._right, self._wrong = parameters.trust_right, parameters.trust_wrong
        self._hours: dict[int, tuple[int, int]] = {}

    def slot(self, at: int) -> int:
        """The last instant not after `at` at which all open alerts are ranked."""
        return at - at % self._step

    def trust(self, right: int, wrong: int) -> float:
        """The mean of the Beta distribution of how often a sensor's alerts are right."""
        right, wrong = right + self._right, wrong + self._wrong
        return right / (right + wrong)

    def learnt(
        self, old: SensorQuality | None, alert: StayAlert, verdict: Verdict, before: bool | None
    ) -> SensorQuality:
        """What is thought of a sensor after one more report, which replaces the one `before`."""
        right, wrong = (old.right, old.wrong) if old is not None else (0, 0)
        right, wrong = right + verdict.right, wrong + (not verdict.right)
        if before is not None:
            right, wrong = right - before, wrong - (not before)
        trust = self.trust(right, wrong)
        return SensorQuality(alert.bay_id, alert.zone_id, right, wrong, trust, verdict.at)

    def rank(
        self,
        alert: StayAlert,
        rules: Sequence[Rule],
        trust: float,
        now: int,
        sure: float,
    ) -> Alert:
        """The alert with its figures as of `now`; `sure`: how sure it is that it has no ticket."""
        course = alert.course
        broken = [rule for rule in rules if rule.reason in course.shown]
        severity = max((rule.severity for rule in broken), default=0.0)
        innocent = 1.0
        for rule in broken:
            innocent *= 1.0 - rule.chance * (sure if rule.reason == "unpaid" else 1.0)
        chance = 1.0 - innocent
        minutes, team = self._reach.of(alert.zone_id, now)
        still = self._survival.still_there(alert.zone_id, now - alert.since, 60.0 * minutes)
        probability, basis = self._scores.at(alert.zone_id, *self._hour(now))
        return Alert(
            alert.alert_id,
            alert.bay_id,
            alert.zone_id,
            alert.since,
            course.shown,
            course.opened_at,
            course.updated_at,
            course.closed_at,
            course.because,
            severity,
            chance,
            still,
            minutes,
            team,
            trust,
            chance * still * severity * trust,
            probability,
            basis,
            alert.verdict,
            alert.revision,
        )

    def _hour(self, at: int) -> tuple[int, int]:
        """The week and hour of week of an instant, on the town's clock."""
        quarter = at // 900
        if quarter not in self._hours:
            if len(self._hours) > 1000:
                self._hours.clear()
            local = dt.datetime.fromtimestamp(900 * quarter, self._zone).replace(tzinfo=None)
            stamp = np.array([local], dtype="datetime64[s]")
            self._hours[quarter] = int(week_of(stamp)[0]), int(hour_of_week(stamp)[0])
        return self._hours[quarter]
