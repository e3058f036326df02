"""Zones that have grown fuller or emptier than the others: a weekly watch, its bound known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt
from scipy.optimize import brentq

from infraction_model.calendars import CalendarParameters, is_school_week
from infraction_model.occupancy.compliance import WatchParameters, watch
from infraction_model.timegrid import monday

WEEKS_A_YEAR = 52
WEEK_KINDS = ("term", "holidays", "summer", "december")
_USUAL_STAY_HOURS = 2.0
_OVERSHOOT = 1.166
_DECEMBER, _SUMMER = 12, (7, 8)


@dataclass(frozen=True)
class ChangeParameters:
    """When a zone is said to have changed its level.

    A week counts by what it lies beyond `slack` standard deviations; the sum at which it is said
    is so high that a town in which nothing changes names at most `false_alarms` zones a year. A
    zone is watched once it has `weeks` weeks of its own past.
    """

    slack: Annotated[float, Gt(0)] = 1.25
    false_alarms: Annotated[float, Gt(0)] = 0.1
    weeks: Annotated[int, Ge(3)] = 12


def level_changes(
    occupied: np.ndarray,
    tariffs: np.ndarray,
    kinds: np.ndarray,
    parameters: ChangeParameters,
) -> pd.DataFrame:
    """Zones whose occupancy changed lastingly, each named with what was known in its week.

    `occupied` are car-hours (zone, week), NaN where not known; `tariffs` (zone) and `kinds` (week,
    as week_kinds gives them) go to compliance.watch, which does the work: cars take the place of
    tickets. What the zones of a tariff do alike, or all zones where these are few, is the trend of
    the town and no change of a zone. A zone with fewer than three others to be held against, or
    with fewer than ten cars a week, is not watched.

    Columns: zone (row), week (the first of the new level), found (in which week), size (relative:
    -0.3 is 30 % fewer cars than before).
    """
    cars = occupied / _USUAL_STAY_HOURS
    limit = threshold(len(occupied), parameters)
    settings = WatchParameters(parameters.slack, limit, parameters.weeks)
    unseen = np.full_like(cars, np.nan)
    return watch(cars, unseen, tariffs, kinds, settings).drop(columns="basis")


def week_kinds(weeks: np.ndarray, calendar: CalendarParameters) -> np.ndarray:
    """The kind of each week, as its place in WEEK_KINDS: in term, school holidays, those of July
    and August, December.

    Each is held against its like: in the last two single streets have a season of their own.
    """
    names = []
    for first in map(monday, weeks):
        if first.month == _DECEMBER:
            names.append("december")
        elif is_school_week(first, calendar):
            names.append("summer" if first.month in _SUMMER else "holidays")
        else:
            names.append("term")
    return np.array([WEEK_KINDS.index(name) for name in names], dtype=int)


def threshold(zones: int, parameters: ChangeParameters) -> float:
    """The sum at which a change is said, in standard deviations.

    Siegmund's approximation (1985) of how many quiet weeks pass until a one-sided sum of
    independent standard normal weeks reaches it: there are two sums a zone, up and down.
    """
    between = 2 * zones * WEEKS_A_YEAR / parameters.false_alarms
    slack = parameters.slack

    def short_by(limit: float) -> float:
        reach = 2 * slack * (limit + _OVERSHOOT)
        return float((np.expm1(reach) - reach) / (2 * slack**2) - between)

    return brentq(short_by, 0.0, 50.0 / slack) if short_by(0.0) < 0 else 0.1
