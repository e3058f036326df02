"""Occupancy from payments: running tickets, corrected by what sensors and counts know.

The number of cars differs from that of running tickets by subscribers and drivers who do not pay,
by free hours, by early leavers and overstayers, and by meters that are dead. A relation between
what tickets show and the cars that are there is learnt where there is a truth, and carried to all
zones; each week is estimated with what was known at its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters, is_public_holiday
from infraction_model.occupancy.compliance import WatchParameters
from infraction_model.occupancy.levels import LevelParameters, Levels
from infraction_model.occupancy.meters import (
    MeterParameters,
    Silence,
    find_silences,
    missing_share,
)
from infraction_model.occupancy.relation import Relation, RelationParameters, rates
from infraction_model.occupancy.tickets import Tickets
from infraction_model.occupancy.timeline import LimitHours
from infraction_model.occupancy.truth import SEEN_SHARE, Truth
from infraction_model.occupancy.uncertainty import Uncertainty
from infraction_model.timegrid import HOURS_PER_WEEK, hour_starts

_PROFILE_HALF_LIFE = 26.0
_MOSTLY_LOST = 0.85
_FEWEST_TOLD = 1.5
_FEWEST_COUNTS = 5
_LEAST_LOST = 0.05
_MOST_UNSEEN = 0.1
_LONG_HOURS = 2.0
_REACH_HOURS = 10
_SENSOR_ERROR = 0.01
_QUANTILE = 1.6448536269514722
_NIGHT = (0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 23)


@dataclass(frozen=True)
class PaymentParameters:
    """How payments are read; with `patrol_checks`, vehicles that patrols checked count as there."""

    patrol_checks: bool = False
    relation: RelationParameters = field(default_factory=RelationParameters)
    levels: LevelParameters = field(default_factory=LevelParameters)
    meters: MeterParameters = field(default_factory=MeterParameters)
    watch: WatchParameters = field(default_factory=WatchParameters)


@dataclass(frozen=True)
class Estimate:
    """Occupancy rates float64 (zone, week, hour of week) with a 90 % interval, and their basis.

    `paid` is the naive count of running tickets over spaces. `basis` is an array of str.
    `missing` is the share of tickets lost at silent meters, (zone, day), as known at each week's
    end.
    """

    tickets: Tickets
    occupancy: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    basis: np.ndarray
    paid: np.ndarray
    missing: np.ndarray
    silence: Silence


def estimate(
    tickets: Tickets,
    truth: Truth,
    limits: LimitHours,
    calendar: CalendarParameters,
    parameters: PaymentParameters,
) -> Estimate:
    """Estimate every week of the tickets, each with what was known at its end.

    A week before which nothing is known but tickets gets the paid occupancy: basis `paid`.
    """
    silence = find_silences(tickets, parameters.meters)
    estimator = _Estimator(tickets, truth, silence, limits, calendar, parameters)
    shape = len(tickets.zones), tickets.weeks, HOURS_PER_WEEK
    occupancy, lower, upper = np.empty(shape), np.empty(shape), np.empty(shape)
    basis = np.full(shape, "payments", dtype=object)
    missing = np.zeros((shape[0], tickets.weeks * 7))
    for week in range(tickets.weeks):
        found = estimator.week(week)
        occupancy[:, week], lower[:, week], upper[:, week], basis[:, week], lost = found
        missing[:, week * 7 : week * 7 + 7] = lost
    paid = np.minimum(estimator.running / tickets.spaces[:, None, None], 1.0)
    return Estimate(tickets, occupancy, lower, upper, basis, paid, missing, silence)


class _Estimator:
    """Walks through the weeks; holds what was learnt so far."""

    def __init__(self, tickets, truth, silence, limits, calendar, parameters) -> None:
        self.tickets, self.truth, self.silence = tickets, truth, silence
        self.limits, self.calendar, self.parameters = limits, calendar, parameters
        self.running = tickets.running()
        self.long = tickets.running(longer_than=_LONG_HOURS)
        self.opening = tickets.bought_at_opening()
        zones = len(tickets.zones)
        self.relation = Relation(zones, parameters.relation)
        tariffs = tickets.zones.get("tariff", pd.Series("", index=tickets.zones.index))
        self.levels = Levels(tariffs.fillna("").to_numpy(), parameters.levels)
        self.uncertainty = Uncertainty(3)
        self.usual = np.zeros((zones, HOURS_PER_WEEK))
        self.usual_long = np.zeros((zones, HOURS_PER_WEEK))
        self.weight = np.zeros(zones)
        self.silenced_rows = np.zeros(len(tickets.start), dtype=bool)

    def week(self, week: int):
        """Rate, lower, upper, basis of one week, (zone, hour), and the share lost, (zone, day)."""
        kind, group = self._kinds(week)
        signals, lost, lost_days = self._signals(week)
        features = self._features(*signals, lost, kind, week)
        truth = self.truth.rates(week)
        self._learn(features, truth, kind, group)
        basis = np.where(lost > _LEAST_LOST, "fallback", "payments").astype(object)
        paid = np.minimum(self.running[:, week] / self.tickets.spaces[:, None], 1.0)
        untold = self.relation.known_classes()[kind] < _FEWEST_TOLD
        if untold.all():
            # no more is known than the tickets: their number is exact, and not the occupancy
            return paid, paid, paid, np.full(paid.shape, "paid", dtype=object), lost_days
        factor, unsure = (one[:, (group > 0).astype(int)] for one in self.levels.factors())
        spaces = self.tickets.spaces[:, None]
        rate = np.clip(rates(features, self.relation.coefficients(), kind) * factor, 0.0, 1.0)
        cars = rate * spaces
        thinned = np.where(lost > 0, lost / np.maximum(1 - lost, 1 - _MOSTLY_LOST), 0.0)
        more = unsure * cars**2 + thinned * cars
        known = self._zones_told()
        low, high = self.uncertainty.interval(cars, np.broadcast_to(group, cars.shape), more, known)
        low = np.minimum(low / spaces, rate)
        high = np.clip(np.maximum(high / spaces, rate), 0.0, 1.0)
        # of hours in which nobody ever looked, at night say, no more is known than the tickets
        rate, low, high = (np.where(untold, paid, one) for one in (rate, low, high))
        basis[:, untold] = "paid"
        return *self._with_sensors(week, rate, low, high, basis), lost_days

    def _zones_told(self) -> int:
        """Of how many zones the errors were seen: those with sensors, else those counted in."""
        rows = self.relation.known()
        sensed = int((rows >= HOURS_PER_WEEK / 2).sum())
        return sensed or int((rows >= _FEWEST_COUNTS).sum())

    def _with_sensors(self, week: int, rate, low, high, basis):
        """What sensors saw of all or some bays, weighed with what payments say of the others."""
        seen, share = self.truth.sampled[:, week], self.truth.share[:, week]
        # where nothing but tickets is known, few bays are no reason to claim more
        there = np.isfinite(seen) & ((share >= SEEN_SHARE) | (basis != "paid"))
        bays = share * self.tickets.spaces[:, None]
        likely = (np.where(there, seen, 0.0) * bays + 2.0 * rate) / (bays + 2.0)
        sampling = likely * (1 - likely) * np.clip(1 - share, 0, 1) / np.maximum(bays, 0.5)
        sampling += _SENSOR_ERROR**2
        spread = ((high - low) / (2 * _QUANTILE)) ** 2 + 1e-9
        weight = np.where(there, spread / (spread + sampling), 0.0)
        best = weight * np.where(there, seen, 0.0) + (1 - weight) * rate
        half = _QUANTILE * np.sqrt(spread * sampling / (spread + sampling))
        low = np.where(there, np.clip(best - half, 0.0, best), low)
        high = np.where(there, np.clip(best + half, best, 1.0), high)
        return best, low, high, np.where(there & (share >= SEEN_SHARE), "sensors", basis)

    def _kinds(self, week: int) -> tuple[np.ndarray, np.ndarray]:
        """The class of each hour (working day, Saturday, Sunday or holiday; hour) and its group."""
        days = hour_starts(self.tickets.first_week + week)[::24].astype("datetime64[D]")
        free = [is_public_holiday(day.item(), self.calendar) for day in days]
        day_kind = np.where(np.array(free) | (np.arange(7) == 6), 2, np.arange(7) == 5)
        hour = np.tile(np.arange(24), 7)
        charged = self._charged(np.array(free))
        group = np.where(charged, 0, np.where(np.isin(hour, _NIGHT), 2, 1))
        return np.repeat(day_kind, 24) * 24 + hour, group

    def _charged(self, free: np.ndarray) -> np.ndarray:
        """Mask of the 168 hours that are wholly or mostly paid for."""
        by_hour = self.limits.share_of_hours()
        days = np.isin(np.arange(7), self.limits.days) & ~free
        return (days[:, None] & (by_hour[None, :] > 0.5)).ravel()

    def _signals(self, week: int):
        """What tickets show of a week, in rates, with silent meters made up for, and how much."""
        known_by = (week + 1) * 7
        silent = self.silence.silent(known_by)
        day = np.floor(self.tickets.start / 24).astype(int)
        heard = ~silent[self.tickets.key, np.minimum(day, silent.shape[1] - 1)]
        share = missing_share(self.tickets, self.silence, known_by)
        lost_days = share[:, week * 7 : known_by]
        lost = np.repeat(lost_days, 24, axis=1)
        running, long, opening = (
            one[:, week].copy() for one in (self.running, self.long, self.opening)
        )
        touched = (lost > 0).any(axis=1)
        if touched.any():
            mine = heard & touched[self.tickets.zone]
            only = self.tickets.of_week(week, mine)
            running[touched] = only.running()[touched, 0]
            long[touched] = only.running(longer_than=_LONG_HOURS)[touched, 0]
            opening[touched] = only.bought_at_opening()[touched, 0]
        linger = self.tickets.lingering(self.truth.survival(week), week, heard)
        spaces = self.tickets.spaces[:, None]
        made_up = 1.0 / np.maximum(1.0 - lost, 1.0 - _MOSTLY_LOST)
        signals = [one * made_up / spaces for one in (running + linger, long, opening)]
        # where next to nothing is left to go by, weeks before stand in
        blind = lost > _MOSTLY_LOST
        usual = [self.usual, self.usual_long]
        for place in range(2):
            signals[place] = np.where(
                blind & (self.weight > 0)[:, None], usual[place], signals[place]
            )
        return signals, lost, lost_days

    def _features(self, running, long, opening, lost, kind, week) -> np.ndarray:
        """Features (zone, hour, feature) in the order of relation.FEATURES."""
        fade = 0.5 ** (1.0 / _PROFILE_HALF_LIFE)
        sound = (lost <= _LEAST_LOST).all(axis=1)
        free_week = self._free_days(week)
        first = self.weight == 0
        keep = (sound[:, None] & ~free_week[None, :]) | first[:, None]
        mix = np.maximum(1.0 - fade, 1.0 / (self.weight + 1.0))[:, None] * keep
        self.usual = self.usual + mix * (running - self.usual)
        self.usual_long = self.usual_long + mix * (long - self.usual_long)
        self.weight += sound
        charged = self._kinds(week)[1] == 0
        before, after = _nearest(running, charged)
        ahead = _next_opening(opening, charged)
        shifted = [np.roll(running, step, axis=1) for step in (1, -1)]
        shifted[0][:, 0], shifted[1][:, -1] = 0.0, 0.0
        parts = [np.ones_like(running), running, before, after, *shifted, ahead]
        today = self.usual * _day_like(running, self.usual)
        return np.stack([*parts, self.usual, today, long, self.usual_long], axis=-1)

    def _free_days(self, week: int) -> np.ndarray:
        """Mask of the hours of public holidays: not what the zone is usually like."""
        days = hour_starts(self.tickets.first_week + week)[::24].astype("datetime64[D]")
        return np.repeat([is_public_holiday(day.item(), self.calendar) for day in days], 24)

    def _learn(self, features, truth, kind, group) -> None:
        """Learn the week's truth: the relation, the levels of zones, and how far off it was."""
        measured = np.isfinite(truth.measured)
        counted = np.isfinite(truth.counted)
        both = np.where(measured, truth.measured, truth.counted)
        self.relation.learn(features, both, kind)
        fade = 0.5 ** (1.0 / self.parameters.relation.half_life_weeks)
        seen, expected = np.zeros((len(both), 2)), np.zeros((len(both), 2))
        free = (group > 0).astype(int)
        factor, unsure = (one[:, free] for one in self.levels.factors(own=False))
        for zone in np.flatnonzero((measured | counted).any(axis=1)):
            alone = self.relation.known()[np.arange(len(both)) != zone].any()
            if not alone:
                continue
            rate = rates(features[zone], self.relation.coefficients(zone), kind)
            spaces = self.tickets.spaces[zone]
            there = np.isfinite(both[zone])
            for held, values in ((seen, both[zone]), (expected, rate)):
                held[zone] = np.bincount(free[there], values[there] * spaces, minlength=2)
            if measured[zone].any() or not measured.any():
                here = there
                cars = np.minimum(rate * factor[zone], 1.0)[here] * spaces
                self.uncertainty.learn(
                    cars,
                    both[zone, here] * spaces,
                    group[here],
                    np.full(here.sum(), spaces),
                    unsure[zone, here] * cars**2,
                )
        self.uncertainty.end_of_week()
        self.levels.learn(seen, expected, fade)


def _day_like(running: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """How busy each day is beside the zone's usual one, with the weight of two usual cars."""
    days, normal = (one.reshape(len(one), 7, 24).sum(axis=2) for one in (running, usual))
    return np.repeat((days + 0.3) / (normal + 0.3), 24, axis=1)


def tickets_and_stays(
    found: Estimate, truth: Truth, limits: LimitHours
) -> tuple[np.ndarray, np.ndarray]:
    """Tickets bought, NaN where a meter was silent, and car-hours in limited hours by sensors, NaN
    where not measured; both (zone, week), for compliance.watch.
    """
    tickets = found.tickets
    place = tickets.zone * tickets.weeks + (tickets.start // HOURS_PER_WEEK).astype(int)
    bought = np.bincount(place, minlength=len(tickets.zones) * tickets.weeks).astype(float)
    bought = bought.reshape(len(tickets.zones), tickets.weeks)
    lost = found.missing.reshape(len(tickets.zones), tickets.weeks, 7).max(axis=2)
    bought[lost > _LEAST_LOST] = np.nan
    limited = np.isin(np.arange(7), limits.days)[:, None] & (limits.share_of_hours() > 0.5)
    enough = truth.share[:, :, limited.ravel()] >= SEEN_SHARE
    rate = np.where(enough, truth.sampled[:, :, limited.ravel()], np.nan)
    hours = np.nansum(rate, axis=2) * tickets.spaces[:, None]
    hours[np.isnan(rate).mean(axis=2) > _MOST_UNSEEN] = np.nan
    return bought, hours


def _nearest(running: np.ndarray, charged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The value at the last paid hour up to each hour and at the next, 0 where none is near."""
    hour = np.arange(HOURS_PER_WEEK)
    last = np.maximum.accumulate(np.where(charged, hour, -HOURS_PER_WEEK))
    following = np.where(charged, hour, 2 * HOURS_PER_WEEK)
    following = np.minimum.accumulate(following[::-1])[::-1]
    before = np.where(hour - last < _REACH_HOURS, running[:, np.maximum(last, 0)], 0.0)
    after = running[:, np.minimum(following, HOURS_PER_WEEK - 1)]
    return before, np.where(following - hour < _REACH_HOURS, after, 0.0)


def _next_opening(opening: np.ndarray, charged: np.ndarray) -> np.ndarray:
    """Tickets bought at the next opening, up to each hour before it."""
    starts = charged & ~np.roll(charged, 1)
    hour = np.arange(HOURS_PER_WEEK)
    following = np.where(starts, hour, 2 * HOURS_PER_WEEK)
    following = np.minimum.accumulate(following[::-1])[::-1]
    near = following - hour < _REACH_HOURS
    return np.where(near, opening[:, np.minimum(following, HOURS_PER_WEEK - 1)], 0.0)
