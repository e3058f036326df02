"""Features of what else happens in town, as known at the origin: weather, works, tickets, shops.

Source of all: the context table. A town that has no such export has NaN throughout. The weather of
the target week is not known at the origin: it is a forecast where the town has one, else what is
usual.
"""

from __future__ import annotations

import numpy as np

from infraction_model.features.registry import feature, register
from infraction_model.features.snapshot import Snapshot
from infraction_model.timegrid import HOURS_PER_WEEK

RECENT_WEEKS = 4
"""How many weeks before the origin are recent."""

SAME_SEASON = range(50, 55)
"""How many weeks before the target week its season was a year ago."""

_HOUR_OF_DAY = np.arange(HOURS_PER_WEEK) % 24
_UNKNOWN = np.full((1, 1), np.nan)


def _expected_weather(snapshot: Snapshot, kind: str) -> np.ndarray:
    """The forecast of each target hour; else the mean at that hour of day of weeks like it."""
    recent = [snapshot.origin - back for back in range(1, RECENT_WEEKS + 1)]
    alike = {*recent, *(snapshot.target - back for back in SAME_SEASON)}
    past = [
        snapshot.context.weather(kind, week) for week in sorted(alike) if week in _past(snapshot)
    ]
    usual = _mean_by_hour_of_day(np.array(past).reshape(-1, HOURS_PER_WEEK))
    forecast = snapshot.context.weather(kind, snapshot.target)
    return np.where(np.isfinite(forecast), forecast, usual)[None, :]


def _past(snapshot: Snapshot) -> range:
    return range(snapshot.context.first_week, snapshot.origin)


def _mean_by_hour_of_day(weeks: np.ndarray) -> np.ndarray:
    """Mean at each hour of the day over (weeks, 168), repeated to 168; NaN where none is known."""
    by_day = weeks.reshape(-1, 24)
    known = np.isfinite(by_day)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, by_day, 0.0).sum(0) / known.sum(0)
    return mean[_HOUR_OF_DAY]


def _recent_against_usual(snapshot: Snapshot, kind: str) -> np.ndarray:
    """Mean of the recent weeks less the mean of the last year, over all hours, as (1, 1)."""

    def mean(back: int) -> float:
        weeks = [w for w in range(snapshot.origin - back, snapshot.origin) if w in _past(snapshot)]
        known = np.array([snapshot.context.weather(kind, week) for week in weeks]).ravel()
        known = known[np.isfinite(known)]
        return float(known.mean()) if len(known) else np.nan

    return np.full((1, 1), mean(RECENT_WEEKS) - mean(52))


@feature
def rain_expected(snapshot: Snapshot) -> np.ndarray:
    """Rain expected in the hour, mm: forecast before the origin, else the mean at that hour of the
    day over the last 4 weeks and the same season a year ago."""
    return _expected_weather(snapshot, "rain")


@feature
def temperature_expected(snapshot: Snapshot) -> np.ndarray:
    """Temperature expected in the hour, °C: forecast before the origin, else the mean at that hour
    of the day over the last 4 weeks and the same season a year ago."""
    return _expected_weather(snapshot, "temperature")


@feature
def rain_anomaly(snapshot: Snapshot) -> np.ndarray:
    """Mean hourly rain of the last 4 weeks less that of the last 52, mm: how wet it has been."""
    return _recent_against_usual(snapshot, "rain")


@feature
def temperature_anomaly(snapshot: Snapshot) -> np.ndarray:
    """Mean temperature of the last 4 weeks less that of the last 52, °C: how far the season is."""
    return _recent_against_usual(snapshot, "temperature")


def _register_happenings() -> None:
    words = {"roadworks": "Roadworks", "market": "A market", "event": "An event"}
    for kind, said in words.items():
        register(f"{kind}_announced", _announced(kind, said))
        register(f"{kind}_nearby", _nearby(kind, said))
        register(f"{kind}_recent", _recent(kind, said))


def _happening(snapshot: Snapshot, kind: str, week: int) -> np.ndarray | None:
    key = ("happening", kind, week)
    if key not in snapshot.cache:
        snapshot.cache[key] = snapshot.context.happening(kind, week)
    return snapshot.cache[key]


def _announced(kind: str, said: str):
    def announced(snapshot: Snapshot) -> np.ndarray:
        value = _happening(snapshot, kind, snapshot.target)
        return _UNKNOWN if value is None else value

    announced.__doc__ = (
        f"{said} in the zone in the hour, announced before the origin: its size (1 where none is "
        "stated), else 0."
    )
    return announced


def _nearby(kind: str, said: str):
    def nearby(snapshot: Snapshot) -> np.ndarray:
        value = _happening(snapshot, kind, snapshot.target)
        return _UNKNOWN if value is None else snapshot.around.mean(value)

    nearby.__doc__ = (
        f"{said} in the 6 nearest zones in the hour, announced before the origin: mean size; NaN "
        "without geometry."
    )
    return nearby


def _recent(kind: str, said: str):
    def recent(snapshot: Snapshot) -> np.ndarray:
        weeks = range(snapshot.origin - RECENT_WEEKS, snapshot.origin)
        values = [_happening(snapshot, kind, week) for week in weeks]
        if values[0] is None:
            return _UNKNOWN
        return sum((value > 0).astype(float) for value in values) / RECENT_WEEKS

    recent.__doc__ = (
        f"{said} in the zone in the same hour: share of the last 4 weeks that had it, 0 to 1; what "
        "recent rates were made under."
    )
    return recent


def _register_counts() -> None:
    words = {"payments": "Parking tickets bought", "footfall": "Passers-by counted"}
    for kind, said in words.items():
        register(f"{kind}_rate", _count_rate(kind, said))
        register(f"{kind}_trend", _count_trend(kind, said))


def _count_rate(kind: str, said: str):
    def rate(snapshot: Snapshot) -> np.ndarray:
        counts = snapshot.context.counts(kind, "13w")
        return _UNKNOWN if counts is None else counts

    rate.__doc__ = (
        f"{said} in the zone in this hour of the week, per hour, half-life 13 weeks; where a zone "
        "is not counted the town's, else NaN."
    )
    return rate


def _count_trend(kind: str, said: str):
    def trend(snapshot: Snapshot) -> np.ndarray:
        counts = [snapshot.context.counts(kind, half_life) for half_life in ("4w", "13w")]
        if counts[0] is None:
            return _UNKNOWN
        recent, usual = (values.sum(axis=1, keepdims=True) for values in counts)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(usual > 0, recent / usual, np.nan)

    trend.__doc__ = (
        f"{said} in the zone, all hours: half-life 4 weeks over half-life 13 weeks; 1 is unchanged."
    )
    return trend


@feature
def payments_per_space(snapshot: Snapshot) -> np.ndarray:
    """Parking tickets bought per space and hour in this hour of the week, half-life 13 weeks."""
    counts = snapshot.context.counts("payments", "13w")
    if counts is None:
        return _UNKNOWN
    spaces = snapshot.zones["spaces"].to_numpy(dtype=float)[:, None]
    return counts / np.where(spaces > 0, spaces, np.nan)


@feature
def commerce(snapshot: Snapshot) -> np.ndarray:
    """Shops of the zone (or what the town counts as commerce), as last known; NaN where unknown."""
    value = snapshot.context.standing("commerce", snapshot.target)
    return _UNKNOWN if value is None else value[:, None]


@feature
def commerce_nearby(snapshot: Snapshot) -> np.ndarray:
    """Mean number of shops of the 6 nearest zones where it is known; NaN without geometry."""
    value = snapshot.context.standing("commerce", snapshot.target)
    return _UNKNOWN if value is None else snapshot.around.mean(value[:, None])


_register_happenings()
_register_counts()
