"""The whole analysis of one town as of an origin: effects, week, zones, changes, categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Interval

from infraction_model.calendars import CalendarParameters
from infraction_model.exposure import Basis
from infraction_model.factors.categories import category_mix
from infraction_model.factors.changes import find_changes
from infraction_model.factors.circumstances import happenings, weather_factors
from infraction_model.factors.levels import Factor, time_factors
from infraction_model.factors.observed import Observed, observe
from infraction_model.factors.rates import RateModel, fit_rates
from infraction_model.factors.spread import Spread
from infraction_model.factors.zones import prior_of, rank_zones
from infraction_model.panel import Panel
from infraction_model.timegrid import HOURS_PER_WEEK


@dataclass(frozen=True)
class FactorParameters:
    """How sure one wants to be, and how much must have been seen.

    `interval`: coverage of every interval. `least_expected`: fines that a level must bring at the
    town's average rate. `least_completeness`: a week counts once this share of its records has come
    in. `change_weeks`: weeks that a new level must last. `false_alarms`: share of the changes named
    that may be false. `seed`: of the draws behind rank intervals and changes.
    """

    interval: Annotated[float, Interval(gt=0.5, lt=1)] = 0.9
    least_expected: Annotated[float, Gt(0)] = 5.0
    least_completeness: Annotated[float, Interval(gt=0, le=1)] = 0.8
    change_weeks: Annotated[int, Ge(2)] = 8
    false_alarms: Annotated[float, Interval(gt=0, lt=1)] = 0.2
    seed: int = 1


@dataclass(frozen=True)
class Factors:
    """What the reports show.

    `table`: RateModel.table with weather, works, markets and events. `week_rate`, `week_hours`
    (7, 24): fines per hour in a zone of average level, NaN where nobody looked, and hours looked
    at. `zones`: see zones.rank_zones. `changes`: see changes.find_changes. `categories`: see
    categories.category_mix. `first_week`, `last_week`: of those that count. `hours`: looked at.
    `changes_sought`: whether the history was long enough to.
    """

    basis: Basis
    origin: int
    interval: float
    false_alarms: float
    least_completeness: float
    changes_sought: bool
    first_week: int
    last_week: int
    fines: int
    hours: float
    unlooked_share: float
    small_zones: int
    table: pd.DataFrame
    week_rate: np.ndarray
    week_hours: np.ndarray
    zones: pd.DataFrame
    changes: pd.DataFrame
    categories: pd.DataFrame
    spread: Spread


def analyse(
    panel: Panel,
    origin: int,
    basis: Basis,
    calendar: CalendarParameters,
    min_fines: int,
    parameters: FactorParameters,
) -> Factors:
    """What recurs, when and where, from what was known before `origin`.

    Raises NotEnoughDataError where too little was known.
    """
    observed = observe(panel, origin, basis, min_fines, parameters.least_completeness)
    factors = [*time_factors(observed.moments, calendar), *weather_factors(observed)]
    model = fit_rates(observed, factors, parameters.interval, parameters.least_expected)
    zones = rank_zones(observed, model, parameters.interval, parameters.seed)
    changes = find_changes(
        observed,
        model.effect,
        _school_holidays(factors, len(observed.moments)),
        parameters.interval,
        parameters.change_weeks,
        parameters.false_alarms,
        parameters.seed,
    )
    rate, hours = week_profile(observed, model, float(zones["rate"].mean()))
    tables = [model.table, happenings(observed, model, parameters.interval)]
    weeks = observed.weeks
    return Factors(
        basis=basis,
        origin=origin,
        interval=parameters.interval,
        false_alarms=parameters.false_alarms,
        least_completeness=parameters.least_completeness,
        changes_sought=len(weeks) >= 2 * parameters.change_weeks,
        first_week=int(weeks[0]),
        last_week=int(weeks[-1]),
        fines=int(observed.fines["fines"].sum()),
        hours=float(hours.sum()),
        unlooked_share=observed.unlooked_share,
        small_zones=observed.small_zones,
        table=pd.concat([table for table in tables if len(table)], ignore_index=True),
        week_rate=rate,
        week_hours=hours,
        zones=zones,
        changes=changes,
        categories=category_mix(observed, model, parameters.interval),
        spread=model.spread,
    )


def _school_holidays(factors: list[Factor], moments: int) -> np.ndarray:
    """1 at the moments of school holidays, 0 elsewhere and where no calendar is known."""
    found = [factor.codes for factor in factors if factor.name == "school_holiday"]
    return found[0] if found else np.zeros(moments)


def week_profile(
    observed: Observed, model: RateModel, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fines per hour in a zone of that level, and hours looked at, both (7, 24).

    Each hour of the week is what weekday and hour say by themselves, corrected by its own counts as
    far as they are worth it (empirical Bayes, as for zones). NaN where nobody looked.
    """
    hour = observed.moments["hour_of_week"].to_numpy()
    counts = observed.fines_by_moment()
    looked = observed.looked.by_moment(np.ones(len(observed.zones)))
    hours = np.bincount(hour, looked, minlength=HOURS_PER_WEEK)
    at_level = observed.counted.by_moment(model.zone_level)
    main = np.nan_to_num(model.effect, nan=1.0) * at_level
    found = np.bincount(hour, counts, minlength=HOURS_PER_WEEK) / model.spread.cell
    expected = np.bincount(hour, main, minlength=HOURS_PER_WEEK) / model.spread.cell
    shape, scale = prior_of(found, expected)
    lift = (shape + found) / (1 / scale + expected)
    seen = np.bincount(hour, at_level, minlength=HOURS_PER_WEEK)
    typical = np.divide(
        np.bincount(hour, main, minlength=HOURS_PER_WEEK),
        seen,
        out=np.ones(len(seen)),
        where=seen > 0,
    )
    rate = np.where(hours > 0, level * typical * lift, np.nan)
    return rate.reshape(7, 24), hours.reshape(7, 24)
