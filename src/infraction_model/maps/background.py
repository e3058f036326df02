"""What the planner's page tells beside the figures of the week, as far as it is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from infraction_model.maps.routes import WeekPlan


@dataclass(frozen=True)
class Reliability:
    """Forecasts beside what happened, over some past weeks.

    `bins` as evaluation.reliability.curve gives them: forecast, observed, rows, lower, upper.
    `source`: weeks published before, weeks forecast again by a backtest, or weeks held out of the
    training; `weeks`: how many.
    """

    bins: pd.DataFrame
    source: Literal["published", "backtest", "held_out"]
    weeks: int


@dataclass(frozen=True)
class JudgedWeek:
    """How often something was found in a past week, of the zone-hours that were looked at.

    `first`: among the 5 % of them that the map of that week put first; `all`: among all.
    """

    monday: dt.date
    first: float
    all: float


@dataclass(frozen=True)
class Background:
    """All that the page tells beside the week itself; it leaves out what is None.

    `days_since_visit`: whole days from the last presence known at the origin to the target Monday,
    by zone_id, infinite where none is known; `logged`: a patrol log says so, not fines alone.
    `mix`: the share of each category (columns, by name) in what is fined in a zone (by zone_id),
    rows that sum to 1. `trained_on`: Mondays of the first and last week the model learnt from.
    """

    plan: WeekPlan | None = None
    days_since_visit: pd.Series | None = None
    logged: bool = True
    mix: pd.DataFrame | None = None
    trained_on: tuple[dt.date, dt.date] | None = None
    reliability: Reliability | None = None
    last_week: JudgedWeek | None = None


NOTHING_KNOWN = Background()
