"""Features of what recurs: weeks alike by the calendar of the month, and the week just past.

Source of all: the fines, and the exposure where it is known. Rates are events per exposure hour.
"""

from __future__ import annotations

import numpy as np

from infraction_model.features.history import (
    LIGHT_EVENTS,
    LIGHT_HOURS,
    POOLED_STRENGTH,
    empirical_bayes,
    light_rate,
    marginal_prior,
)
from infraction_model.features.registry import feature
from infraction_model.features.snapshot import Snapshot, Sums

PAIRS = ((0, 2), (1, 3), (4,))
"""Weeks of the month that share a schedule: streets are cleaned on the first and third such day of
the month, or on the second and fourth."""

ALIKE_HOURS = 1.0
"""Exposure hours a prior is worth for the few weeks alike, beside LIGHT_EVENTS."""


def _updated(sums: Sums, prior: np.ndarray) -> np.ndarray:
    return empirical_bayes(sums, prior, LIGHT_EVENTS + ALIKE_HOURS * prior)


def _weeks_alike(snapshot: Snapshot, pairs: bool) -> Sums:
    """Sums over the weeks in which a weekday fell on the same place in the month, or its pair."""
    key = ("weeks alike", pairs)
    if key in snapshot.cache:
        return snapshot.cache[key]
    events = np.zeros_like(snapshot.by_nth[0].events)
    hours = np.zeros_like(snapshot.by_nth[0].hours)
    groups = PAIRS if pairs else tuple((nth,) for nth in range(len(snapshot.by_nth)))
    for group in groups:
        wanted = np.isin(snapshot.nth_of_target_day, group)
        for nth in group if wanted.any() else ():
            events[:, wanted] += snapshot.by_nth[nth].events[:, wanted]
            hours[:, wanted] += snapshot.by_nth[nth].hours[:, wanted]
    snapshot.cache[key] = Sums(events, hours)
    return snapshot.cache[key]


@feature
def nth_pair_rate(snapshot: Snapshot) -> np.ndarray:
    """Rate of the cell in weeks with the same pair of places in the month (1st and 3rd, or 2nd and
    4th such weekday), all history: street cleaning every second week."""
    key = ("nth pair rate",)
    if key not in snapshot.cache:
        alike = _weeks_alike(snapshot, pairs=True)
        snapshot.cache[key] = _updated(alike, light_rate(snapshot, "all"))
    return snapshot.cache[key]


@feature
def nth_weekday_rate(snapshot: Snapshot) -> np.ndarray:
    """Rate of the cell in weeks with the same nth weekday of the month, all history; its prior is
    `nth_pair_rate`."""
    return _updated(_weeks_alike(snapshot, pairs=False), nth_pair_rate(snapshot))


@feature
def day_pair_rate(snapshot: Snapshot) -> np.ndarray:
    """How this weekday of the zone fares in weeks with the same pair of places in the month, its
    hours pooled, all history: 1 is as its level and the town's profile say."""
    alike, prior = _weeks_alike(snapshot, pairs=True), marginal_prior(snapshot, "all")
    return _by_day(alike.events, alike.hours * prior)


@feature
def week_parity_rate(snapshot: Snapshot) -> np.ndarray:
    """Rate of the cell in weeks of the same parity (markets every second week), all history."""
    return _updated(snapshot.by_parity[snapshot.target % 2], light_rate(snapshot, "all"))


@feature
def day_last_week(snapshot: Snapshot) -> np.ndarray:
    """Events of the zone on this weekday of the last week before the origin against the events its
    13 weeks' rate would give there; 1 where nobody looked."""
    if not snapshot.recent:
        return np.full((1, 1), np.nan)
    week = snapshot.recent[0]
    return _by_day(week.events, week.hours * marginal_prior(snapshot, "13w"))


@feature
def zone_last_week(snapshot: Snapshot) -> np.ndarray:
    """Events of the zone in the last week before the origin against the events its 13 weeks' rate
    would give there; 1 where nobody looked."""
    if not snapshot.recent:
        return np.full((1, 1), np.nan)
    week = snapshot.recent[0]
    expected = (week.hours * marginal_prior(snapshot, "13w")).sum(1, keepdims=True)
    return (week.events.sum(1, keepdims=True) + 2.0) / (expected + 2.0)


def _by_day(events: np.ndarray, expected: np.ndarray) -> np.ndarray:
    days = (len(events), 7, 24)
    found, due = (values.reshape(days).sum(2) for values in (events, expected))
    return np.repeat((found + POOLED_STRENGTH) / (due + POOLED_STRENGTH), 24, axis=1)


@feature
def fines_rate_13w(snapshot: Snapshot) -> np.ndarray:
    """Fines per exposure hour in the cell, half-life 13 weeks: where exposure is not known an event
    is an hour with a fine, and how many were found in it says more. The prior is the cell's,
    times the zone's fines per event."""
    prior = marginal_prior(snapshot, "13w") * snapshot.fines_per_event()[:, None]
    sums = Sums(snapshot.fines_13w, snapshot.decayed["13w"].hours)
    return empirical_bayes(sums, prior, LIGHT_EVENTS + LIGHT_HOURS * prior)


@feature
def fines_per_event(snapshot: Snapshot) -> np.ndarray:
    """Mean fines behind an event of the zone, all history, shrunk to the town's mean."""
    return snapshot.fines_per_event()[:, None]
