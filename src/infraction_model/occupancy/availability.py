"""How full zones will be in the week after an origin, by hour, from what was known before it.

What is expected of a zone and hour of the week is its mean over the weeks before, newer weeks
weighing more, drawn to the zone's mean of that hour on such days. The interval comes from the
errors of the same forecast made for past weeks (split conformal prediction: Papadopoulos et al.,
2002), by how full a zone was expected to be.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Lt
from scipy.stats import norm

from infraction_model.calendars import CalendarParameters, is_public_holiday
from infraction_model.errors import NotEnoughDataError
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, monday, to_local, week_of

MEASURED = ("sensors", "readings")
"""Bases of an occupancy that was measured; the others are estimates."""

FIRST_WEEKS = 4
"""Weeks to know before a forecast is made."""

RECENT_WEEKS = 2
"""A zone of whose last weeks before the origin nothing is known has no forecast."""

_KIND_OF_DAY = np.repeat([0, 0, 0, 0, 0, 1, 2], 24)
_SUNDAY = 6
_LEVELS = 5
_LEAST_VARIANCE = 0.02
_LEVEL_OF_TABLE = 0.9  # of the intervals of the table `occupancy`


@dataclass(frozen=True)
class AvailabilityParameters:
    """A week counts half as much as one `half_life_weeks` later; the zone's mean of such days
    counts as much as `pooled_weeks` weeks of the hour itself. The interval is to hold `level` of
    what happens; the forecast is judged on the last `judged_weeks` known weeks.
    """

    half_life_weeks: Annotated[float, Gt(0)] = 8.0
    pooled_weeks: Annotated[float, Ge(0)] = 0.5
    level: Annotated[float, Gt(0), Lt(1)] = 0.9
    judged_weeks: Annotated[int, Ge(1)] = 8


@dataclass(frozen=True)
class OccupancyHistory:
    """What is known of how full zones were in whole weeks up to an origin.

    `occupancy` and `variance` (of an estimate) are (zone, week, hour of week), NaN where not known;
    `spaces` and `basis` (of most hours) are by zone. The origin is the week after the last one.
    """

    zone_ids: tuple[str, ...]
    first_week: int
    occupancy: np.ndarray
    variance: np.ndarray
    spaces: np.ndarray
    basis: np.ndarray

    @property
    def measured(self) -> np.ndarray:
        """By zone: whether what is known of it was measured, not estimated."""
        return np.isin(self.basis, MEASURED)


def history(table: pd.DataFrame, spaces: pd.Series, origin: int) -> OccupancyHistory:
    """The contract table `occupancy` as known at an origin (a week), for zones with known `spaces`.

    Zones known in none of the RECENT_WEEKS before the origin are left out. Raises
    NotEnoughDataError where that is all, or fewer than FIRST_WEEKS weeks before it are known.
    """
    local = to_local(table["starts_at"])
    week, hour = week_of(local), hour_of_week(local)
    recent = (week < origin) & (week >= origin - RECENT_WEEKS)
    if len(table) and not recent.any():
        raise NotEnoughDataError(
            f"nothing is known of how full zones were in the {RECENT_WEEKS} weeks before "
            f"{monday(origin)}; a forecast of the week after takes that. Run `infraction-model "
            "ingest` and `occupancy` on newer data, or publish at an earlier origin."
        )
    zone_ids = sorted(set(table["zone_id"][recent]) & set(spaces.index[spaces > 0]))
    zone = pd.Index(zone_ids).get_indexer(table["zone_id"])
    used = (week < origin) & (zone >= 0)
    weeks = origin - int(week[used].min()) if used.any() else 0
    if weeks < FIRST_WEEKS:
        raise NotEnoughDataError(
            f"{weeks} weeks of occupancy are known before {monday(origin)} in zones whose spaces "
            f"are known; a forecast of free spaces takes {FIRST_WEEKS}. Run "
            "`infraction-model occupancy` on more weeks, or publish at a later origin."
        )
    shape = (len(zone_ids), weeks, HOURS_PER_WEEK)
    occupancy, variance = np.full(shape, np.nan), np.full(shape, np.nan)
    place = (zone[used], week[used] - (origin - weeks), hour[used])
    occupancy[place] = table["occupancy"].to_numpy()[used]
    width = (table["upper"] - table["lower"]).to_numpy()[used]
    variance[place] = (width / (2 * norm.ppf((1 + _LEVEL_OF_TABLE) / 2))) ** 2
    count = table.groupby(["zone_id", "basis"]).size().unstack(fill_value=0)
    return OccupancyHistory(
        tuple(zone_ids),
        origin - weeks,
        occupancy,
        variance,
        spaces.reindex(zone_ids).to_numpy(dtype=float),
        count.loc[zone_ids].idxmax(axis=1).to_numpy(dtype=str),
    )


@dataclass(frozen=True)
class Availability:
    """A forecast for the week after the origin, and how it did in past weeks.

    `expected`, `lower` and `upper`: occupancy rates (zone, hour of week), NaN where nothing is
    known of an hour; `basis` of what is known, by zone. `judged`: a row for measured and for
    estimated zones (`kind`) with zones, weeks, hours, the mean absolute errors `error`,
    `error_last_week` and `error_mean`, and `covered`.
    """

    zone_ids: tuple[str, ...]
    basis: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    judged: pd.DataFrame


def forecast(
    known: OccupancyHistory, calendar: CalendarParameters, parameters: AvailabilityParameters
) -> Availability:
    """Forecast the week after the origin, and the last known weeks as they would have been."""
    usual = _without_holidays(known, calendar)
    weeks = range(FIRST_WEEKS, known.occupancy.shape[1] + 1)
    made = {week: _expected(known, usual, week, calendar, parameters) for week in weeks}
    last = known.occupancy.shape[1]
    lower, upper = _interval(known, made, last, parameters)
    judged = _judge(known, made, parameters)
    return Availability(known.zone_ids, known.basis, made[last][0], lower, upper, judged)


def _without_holidays(known: OccupancyHistory, calendar: CalendarParameters) -> np.ndarray:
    """Mask (week, hour) of the hours of ordinary days: a public holiday tells nothing of them."""
    weeks = known.occupancy.shape[1]
    usual = [~_holiday_hours(known.first_week + week, calendar) for week in range(weeks)]
    return np.array(usual).reshape(weeks, HOURS_PER_WEEK)


def _holiday_hours(week: int, calendar: CalendarParameters) -> np.ndarray:
    days = [monday(week) + dt.timedelta(days=day) for day in range(7)]
    return np.repeat([is_public_holiday(day, calendar) for day in days], 24)


def _expected(
    known: OccupancyHistory,
    usual: np.ndarray,
    week: int,
    calendar: CalendarParameters,
    parameters: AvailabilityParameters,
) -> tuple[np.ndarray, np.ndarray]:
    """Occupancy expected in a week from those before it, and the variance of its estimates.

    A public holiday is expected to be like the zone's Sundays.
    """
    past = known.occupancy[:, :week]
    weight = 0.5 ** (np.arange(week, 0, -1) / parameters.half_life_weeks)
    weights = weight[:, None] * (np.isfinite(past) & usual[:week])
    total = weights.sum(axis=1)
    amount = (weights * np.nan_to_num(past)).sum(axis=1)
    uncertain = (weights * np.nan_to_num(known.variance[:, :week])).sum(axis=1)
    like, like_total = _by_kind_of_day(amount), _by_kind_of_day(total)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = like / like_total
        expected = (amount + parameters.pooled_weeks * pooled) / (total + parameters.pooled_weeks)
        variance = uncertain / total
    holiday = _holiday_hours(known.first_week + week, calendar)
    sunday = _SUNDAY * 24 + np.arange(HOURS_PER_WEEK) % 24
    expected[:, holiday] = expected[:, sunday[holiday]]
    return expected, np.nan_to_num(variance)


def _by_kind_of_day(amount: np.ndarray) -> np.ndarray:
    """Sums over the hours of the same clock on working days, Saturdays and Sundays, (zone, 168)."""
    by_day = amount.reshape(len(amount), 7, 24)
    out = np.empty_like(by_day)
    for kind in range(3):
        days = _KIND_OF_DAY[::24] == kind
        out[:, days] = by_day[:, days].sum(axis=1, keepdims=True)
    return out.reshape(amount.shape)


def _interval(
    known: OccupancyHistory,
    made: dict[int, tuple[np.ndarray, np.ndarray]],
    week: int,
    parameters: AvailabilityParameters,
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the interval of a week from the errors of the weeks before it, (zone, hour).

    Errors count in standard deviations of as many cars as the zone has spaces; measured and
    estimated zones stand apart. To the spread of the errors comes that of the estimates themselves.
    Before there is any error to learn from, anything is possible.
    """
    expected, variance = made[week]
    lower, upper = np.zeros_like(expected), np.ones_like(expected)
    earlier = [other for other in made if other < week]
    for measured in np.unique(known.measured):
        zones = known.measured == measured
        if not earlier or not zones.any():
            continue
        past = np.concatenate([made[other][0][zones].ravel() for other in earlier])
        seen = np.concatenate([known.occupancy[zones, other].ravel() for other in earlier])
        scale = np.concatenate([_scale(made[o][0], known.spaces)[zones].ravel() for o in earlier])
        there = np.isfinite(past) & np.isfinite(seen)
        if not there.any():
            continue
        below, above = _spread(
            past[there], (seen - past)[there] / scale[there], expected[zones], parameters.level
        )
        own = _scale(expected, known.spaces)[zones]
        doubt = norm.ppf((1 + parameters.level) / 2) ** 2 * variance[zones]
        lower[zones] = expected[zones] - np.sqrt((below * own) ** 2 + doubt)
        upper[zones] = expected[zones] + np.sqrt((above * own) ** 2 + doubt)
    nothing = np.isnan(expected)
    lower, upper = np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)
    return np.where(nothing, np.nan, lower), np.where(nothing, np.nan, upper)


def _scale(expected: np.ndarray, spaces: np.ndarray) -> np.ndarray:
    variance = np.maximum(expected * (1 - expected), _LEAST_VARIANCE)
    return np.sqrt(variance / spaces[:, None])


def _spread(
    past: np.ndarray, errors: np.ndarray, expected: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """How far below and above lie the errors of as full zones, at least 0, like `expected`."""
    edges = np.quantile(past, np.arange(1, _LEVELS) / _LEVELS)
    bins = np.searchsorted(edges, past)
    below, above = np.zeros(_LEVELS), np.zeros(_LEVELS)
    for one in range(_LEVELS):
        own = errors[bins == one] if (bins == one).any() else errors
        low, high = np.quantile(own, [(1 - level) / 2, (1 + level) / 2])
        below[one], above[one] = max(-low, 0.0), max(high, 0.0)
    place = np.searchsorted(edges, expected)
    return below[place], above[place]


def _judge(
    known: OccupancyHistory,
    made: dict[int, tuple[np.ndarray, np.ndarray]],
    parameters: AvailabilityParameters,
) -> pd.DataFrame:
    """The last known weeks, each forecast from those before it, beside two simple forecasts.

    Those are the same hour of the week before, and its mean over all weeks before.
    """
    weeks = [week for week in made if FIRST_WEEKS < week < known.occupancy.shape[1]]
    weeks = weeks[-parameters.judged_weeks :]
    rows = []
    for measured, kind in ((True, "measured"), (False, "estimated")):
        zones = known.measured == measured
        found = [_errors(known, made, week, zones, parameters) for week in weeks if zones.any()]
        if found:
            errors = pd.concat(found).dropna()
            rows.append({"kind": kind, "zones": int(zones.sum()), "weeks": len(weeks),
                         "hours": len(errors), **errors.mean()})  # fmt: skip
    columns = ["kind", "zones", "weeks", "hours"]
    return pd.DataFrame(rows, columns=[*columns, "error", "error_last_week", "error_mean",
                                       "covered"])  # fmt: skip


def _errors(
    known: OccupancyHistory,
    made: dict[int, tuple[np.ndarray, np.ndarray]],
    week: int,
    zones: np.ndarray,
    parameters: AvailabilityParameters,
) -> pd.DataFrame:
    seen, past = known.occupancy[zones, week], known.occupancy[zones, :week]
    lower, upper = (end[zones] for end in _interval(known, made, week, parameters))
    count = np.isfinite(past).sum(axis=1)
    mean = np.where(count > 0, np.nansum(past, axis=1) / np.maximum(count, 1), np.nan)
    covered = np.where(np.isfinite(seen), (seen >= lower - 1e-9) & (seen <= upper + 1e-9), np.nan)
    return pd.DataFrame(
        {
            "error": np.abs(made[week][0][zones] - seen).ravel(),
            "error_last_week": np.abs(past[:, -1] - seen).ravel(),
            "error_mean": np.abs(mean - seen).ravel(),
            "covered": covered.ravel(),
        }
    )
