"""History features: rates per exposure hour as known at the origin, shrunk where little is known.

Unit of every rate: events per exposure hour (see Snapshot for what an event is).
"""

from __future__ import annotations

import numpy as np

from infraction_model.features.registry import feature, register
from infraction_model.features.snapshot import HALF_LIVES, LAGS, Snapshot, Sums

STRENGTHS = (0.5, 2.0, 8.0)
"""Prior strengths offered for the empirical-Bayes rate: how many events the prior is worth."""

LIGHT_EVENTS, LIGHT_HOURS = 0.1, 4.0
"""The light prior: worth so many events and so many exposure hours. Where fines follow a schedule
(street cleaning), most hours of a zone hold nothing and a few hold all, and a prior worth half an
event would hide them; on three cities it beat every prior worth a fixed number of events."""

POOLED_STRENGTH = 0.5
"""Events a prior is worth when cells of a zone are pooled."""

MARGINAL_STRENGTH = 2.0
"""Events a prior is worth when the marginal of one zone, day or hour is shrunk to it."""


def empirical_bayes(sums: Sums, prior: np.ndarray, strength: float | np.ndarray) -> np.ndarray:
    """Posterior mean rate under a Gamma(strength, strength / prior) prior, (zones, 168)."""
    return prior * (sums.events + strength) / (sums.hours * prior + strength)


def light_rate(snapshot: Snapshot, half_life: str) -> np.ndarray:
    """Empirical-Bayes rate with the zone x hour marginals as a light prior, (zones, 168)."""
    key = ("light", half_life)
    if key not in snapshot.cache:
        prior = marginal_prior(snapshot, half_life)
        strength = LIGHT_EVENTS + LIGHT_HOURS * prior
        snapshot.cache[key] = empirical_bayes(snapshot.decayed[half_life], prior, strength)
    return snapshot.cache[key]


def marginal_prior(snapshot: Snapshot, half_life: str) -> np.ndarray:
    """Zone level x hour-of-week profile, the rate expected of a cell before its own history.

    Both factors are fitted to each other twice (iterative proportional fitting, Deming and Stephan,
    1940), since patrols do not visit all zones at the same hours; each is shrunk where it rests on
    little.
    """
    level, profile = _marginals(snapshot, half_life)
    return level * profile


def zone_level(snapshot: Snapshot, half_life: str) -> np.ndarray:
    """Rate of each zone over all hours, shrunk to the town's, (zones, 1)."""
    level, profile = _marginals(snapshot, half_life)
    return level * profile.mean()


def _marginals(snapshot: Snapshot, half_life: str) -> tuple[np.ndarray, np.ndarray]:
    key = ("prior", half_life)
    if key not in snapshot.cache:
        snapshot.cache[key] = _fit_marginals(snapshot.decayed[half_life])
    return snapshot.cache[key]


def _fit_marginals(sums: Sums) -> tuple[np.ndarray, np.ndarray]:
    hours = np.broadcast_to(sums.hours, sums.events.shape)
    town = (sums.events.sum() + 0.5) / (hours.sum() + 1.0)
    level = np.ones((len(hours), 1))
    for _ in range(2):
        profile = _hour_profile(sums.events.sum(0), (hours * level).sum(0), town)[None, :]
        expected = (hours * profile).sum(1, keepdims=True)
        zone_events = sums.events.sum(1, keepdims=True)
        level = (zone_events + MARGINAL_STRENGTH) / (expected + MARGINAL_STRENGTH)
    return level, profile


def _hour_profile(events: np.ndarray, hours: np.ndarray, town: float) -> np.ndarray:
    """Rate of each of the 168 hours: shrunk to weekday x hour of day, and that to nearby hours.

    An hour at which nobody ever patrolled is not taken for the town's mean: it is given what the
    nearest patrolled hours of the day show, and its interval says that little is known.
    """
    by_day, hours_by_day = events.reshape(7, 24), hours.reshape(7, 24)
    nearby = _smooth(by_day.sum(0) + 1e-3 * town) / _smooth(hours_by_day.sum(0) + 1e-3)
    hour_of_day = _shrunk(by_day.sum(0), hours_by_day.sum(0), nearby)
    day = _shrunk(by_day.sum(1), (hours_by_day * hour_of_day).sum(1), np.ones(7))
    return _shrunk(by_day, hours_by_day, day[:, None] * hour_of_day).ravel()


def _shrunk(events: np.ndarray, hours: np.ndarray, prior: np.ndarray) -> np.ndarray:
    return prior * (events + MARGINAL_STRENGTH) / (hours * prior + MARGINAL_STRENGTH)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Sum over the hours around the clock, falling off by e per hour."""
    distance = np.abs(np.arange(24)[:, None] - np.arange(24)[None, :])
    return np.exp(-np.minimum(distance, 24 - distance)) @ values


def _register_rates() -> None:
    for name in HALF_LIVES:
        for strength in STRENGTHS:
            register(f"eb_rate_{name}_s{strength:g}", _eb_rate(name, strength))
        register(f"eb_rate_{name}_light", _light_rate(name))
        register(f"zone_rate_{name}", _zone_rate(name))


def _eb_rate(half_life: str, strength: float):
    def rate(snapshot: Snapshot) -> np.ndarray:
        return empirical_bayes(
            snapshot.decayed[half_life], marginal_prior(snapshot, half_life), strength
        )

    rate.__doc__ = (
        f"Empirical-Bayes rate, half-life {half_life}, the zone x hour marginals as a prior worth "
        f"{strength:g} events."
    )
    return rate


def _light_rate(half_life: str):
    def rate(snapshot: Snapshot) -> np.ndarray:
        return light_rate(snapshot, half_life)

    rate.__doc__ = (
        f"Empirical-Bayes rate, half-life {half_life}, the zone x hour marginals as a prior worth "
        f"{LIGHT_EVENTS:g} event and {LIGHT_HOURS:g} exposure hours."
    )
    return rate


def _zone_rate(half_life: str):
    def rate(snapshot: Snapshot) -> np.ndarray:
        return zone_level(snapshot, half_life)

    rate.__doc__ = f"Level of the zone over all hours, half-life {half_life}, shrunk to the town's."
    return rate


def _register_lags() -> None:
    for lag in range(1, LAGS + 1):
        register(f"rate_lag_{lag}", _lag(lag))


def _lag(lag: int):
    def rate(snapshot: Snapshot) -> np.ndarray:
        if len(snapshot.recent) < lag:
            return np.full((1, 1), np.nan)
        week = snapshot.recent[lag - 1]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(week.hours > 0, week.events / week.hours, np.nan)

    rate.__doc__ = (
        f"Events per exposure hour in the same hour {lag} weeks before the origin, as known at the "
        "origin; NaN where nobody looked."
    )
    return rate


@feature
def cell_mean(snapshot: Snapshot) -> np.ndarray:
    """Bare mean rate of the cell over all history; the town's mean where nobody ever looked."""
    sums = snapshot.decayed["all"]
    hours = np.broadcast_to(sums.hours, sums.events.shape)
    town = sums.events.sum() / max(hours.sum(), 1e-9)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(hours > 0, sums.events / hours, town)


@feature
def town_rate(snapshot: Snapshot) -> np.ndarray:
    """One rate for the whole town, all history."""
    sums = snapshot.decayed["all"]
    hours = np.broadcast_to(sums.hours, sums.events.shape)
    return np.full((1, 1), (sums.events.sum() + 0.5) / (hours.sum() + 1.0))


@feature
def hour_rate(snapshot: Snapshot) -> np.ndarray:
    """Profile of the town over the hours of the week, half-life 52 weeks."""
    return _marginals(snapshot, "52w")[1]


def _grouped(snapshot: Snapshot, axis: int, half_life: str = "52w") -> np.ndarray:
    """Rate pooled over the weekdays (axis 1) or the hours of a day (axis 2), shrunk to a prior."""
    sums, prior = snapshot.decayed[half_life], marginal_prior(snapshot, half_life)
    zones = len(sums.events)
    days = (zones, 7, 24)
    events = sums.events.reshape(days).sum(axis, keepdims=True)
    hours = np.broadcast_to(sums.hours, sums.events.shape).reshape(days)
    expected = (hours * prior.reshape(days)).sum(axis, keepdims=True)
    ratio = (events + POOLED_STRENGTH) / (expected + POOLED_STRENGTH)
    return (prior.reshape(days) * ratio).reshape(zones, -1)


@feature
def zone_hour_of_day_rate(snapshot: Snapshot) -> np.ndarray:
    """Rate of the zone at this hour of the day, pooled over weekdays, half-life 52 weeks."""
    return _grouped(snapshot, axis=1)


@feature
def zone_hour_of_day_rate_4w(snapshot: Snapshot) -> np.ndarray:
    """Rate of the zone at this hour of the day, pooled over weekdays, half-life 4 weeks."""
    return _grouped(snapshot, axis=1, half_life="4w")


@feature
def zone_weekday_rate(snapshot: Snapshot) -> np.ndarray:
    """Rate of the zone on this weekday, pooled over hours, half-life 52 weeks."""
    return _grouped(snapshot, axis=2)


@feature
def zone_workday_hour_rate(snapshot: Snapshot) -> np.ndarray:
    """Rate of the zone at this hour of the day, Monday to Friday and weekend pooled apart."""
    sums, prior = snapshot.decayed["52w"], marginal_prior(snapshot, "52w")
    days = (len(sums.events), 7, 24)
    events, expected = sums.events.reshape(days), (sums.hours * prior).reshape(days)
    ratio = np.empty(days)
    for part in (slice(0, 5), slice(5, 7)):
        ratio[:, part] = (events[:, part].sum(1, keepdims=True) + POOLED_STRENGTH) / (
            expected[:, part].sum(1, keepdims=True) + POOLED_STRENGTH
        )
    return prior * ratio.reshape(prior.shape)


@feature
def neighbouring_hours_rate(snapshot: Snapshot) -> np.ndarray:
    """Rate of the zone over the hour before, the hour and the hour after, half-life 52 weeks."""
    sums, prior = snapshot.decayed["52w"], marginal_prior(snapshot, "52w")
    expected = sums.hours * prior
    around = sum(np.roll(sums.events, shift, 1) for shift in (-1, 0, 1))
    expected_around = sum(np.roll(expected, shift, 1) for shift in (-1, 0, 1))
    return prior * (around + POOLED_STRENGTH) / (expected_around + POOLED_STRENGTH)


@feature
def zone_trend(snapshot: Snapshot) -> np.ndarray:
    """Level of the zone over the last weeks against the last year: 1 is unchanged."""
    return _marginals(snapshot, "4w")[0] / _marginals(snapshot, "52w")[0]


@feature
def cell_hours(snapshot: Snapshot) -> np.ndarray:
    """Exposure hours behind the cell, half-life 52 weeks: how well it is known."""
    return snapshot.decayed["52w"].hours


@feature
def zone_hours(snapshot: Snapshot) -> np.ndarray:
    """Exposure hours behind the zone, half-life 52 weeks."""
    return snapshot.decayed["52w"].hours.sum(1, keepdims=True)


_register_rates()
_register_lags()
