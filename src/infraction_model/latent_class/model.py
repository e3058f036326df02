"""The latent-class model at one origin after another: its classes, then where zones stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Interval

from infraction_model.exposure import is_known
from infraction_model.latent_class import classes as factors
from infraction_model.latent_class.classes import Classes, Zones
from infraction_model.latent_class.levels import Walk, smoothed
from infraction_model.latent_class.observations import Observations, Record
from infraction_model.timegrid import HOURS_PER_WEEK

_FIRST_WEEKS, _GROWTH = 4, 1.5
"""Classes are learnt afresh after so many weeks, and whenever the history has grown so much."""

_LEVEL_EVERY, _STRENGTH_EVERY = 10, 10
"""Sweeps between two looks at the levels, and at how strong residuals are."""

_HOUR_STRENGTH = 1.0
"""Gamma shape of what an hour of the week, never looked at, has of its own."""

_MOST_OFTEN = 0.99
"""No hour is taken to have a fine more often."""

_EMPTY_RATE, _EMPTY_VARIATION = 1e-3, 1.0
"""What is answered while no event is known at all."""


@dataclass(frozen=True)
class LatentClassParameters:
    """How the latent-class model learns.

    `classes`: how many; more than one thinks, few zones take fewer. `membership`: gamma shape of a
    zone's membership in each; small: few classes per zone. `level_step`: standard deviation of the
    weekly step of a zone's log level, `level_jump` the chance that it is drawn anew, with
    `level_spread`. `sweeps` learn classes afresh, `refresh_sweeps` bring them up to an origin.
    """

    classes: Annotated[int, Ge(1)] = 14
    membership: Annotated[float, Gt(0)] = 0.6
    level_step: Annotated[float, Interval(gt=0, le=0.1)] = 0.04
    level_jump: Annotated[float, Interval(ge=0, lt=1)] = 0.003
    level_spread: Annotated[float, Gt(0)] = 0.7
    sweeps: Annotated[int, Ge(1)] = 80
    refresh_sweeps: Annotated[int, Ge(1)] = 8
    seed: int = 1


@dataclass(frozen=True)
class Posterior:
    """Rates of a target week as known at an origin: arrays (zones, 168), float64.

    `rate` is the posterior mean, events per exposure hour; `variation` its relative variance.
    """

    rate: np.ndarray
    variation: np.ndarray

    def of_zones(self, keep: np.ndarray) -> Posterior:
        """The rates of the zones under a mask."""
        return Posterior(self.rate[keep], self.variation[keep])


class LatentClassModel:
    """Answers for any origin, each from nothing but what was known then.

    Classes are learnt afresh at a few origins, the same ones for every history that begins in the
    same week, and from there brought up to the origin asked for.
    """

    def __init__(self, record: Record, parameters: LatentClassParameters) -> None:
        self.record, self.parameters = record, parameters
        self.learnt: dict[int, Classes | None] = {}

    def posterior(self, origin: int, target: int) -> Posterior:
        """The rates of the week `target` as known at `origin`."""
        seen = self.record.at(origin, target)
        afresh = self._learning_origin(origin)
        if afresh not in self.learnt:
            self.learnt[afresh] = self._learn(afresh)
        learnt = self.learnt[afresh]
        size = (len(self.record.panel.zones), HOURS_PER_WEEK)
        if learnt is None or not seen.count.sum():
            return Posterior(np.full(size, _EMPTY_RATE), np.full(size, _EMPTY_VARIATION))
        learnt = factors.with_categories(learnt, seen.codes)
        zones = factors.resume(seen, learnt, self.parameters.membership)
        ahead = target - origin + 1
        level = self._run(seen, learnt, zones, self.parameters.refresh_sweeps, ahead)
        found = _on_all_zones(_product(seen, learnt, zones, *level), seen.zones, size)
        return found if is_known(self.record.basis) else _of_hours_with_a_fine(found)

    def _learning_origin(self, origin: int) -> int:
        """The last origin up to this one at which classes are learnt afresh."""
        weeks, best = float(_FIRST_WEEKS), _FIRST_WEEKS
        while math.floor(weeks) <= origin - self.record.first:
            best = math.floor(weeks)
            weeks *= _GROWTH
        return min(self.record.first + best, origin)

    def _learn(self, origin: int) -> Classes | None:
        seen = self.record.at(origin, origin)
        if not seen.count.sum():
            return None
        p = self.parameters
        number = max(1, min(p.classes, len(seen.zones) // 4))
        learnt, zones = factors.start(seen, number, p.membership, p.seed)
        self._run(seen, learnt, zones, p.sweeps, 1)
        return learnt

    def _run(
        self, seen: Observations, learnt: Classes, zones: Zones, sweeps: int, ahead: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Sweep, following the levels now and then; the level's mean and variance `ahead` weeks on.

        Levels are relative to their mean over the weeks seen, which is the memberships' to say.
        """
        p = self.parameters
        walk = Walk(p.level_step, p.level_jump, p.level_spread)
        _, hours = factors.town_profile(seen, zones.exposure.sum(0))
        level = np.ones(len(seen.zones)), np.zeros(len(seen.zones))
        for number in range(1, sweeps + 1):
            factors.sweep(seen, hours, learnt, zones, p.membership)
            if number % _STRENGTH_EVERY == 0 or number == sweeps // 2:
                factors.choose_strengths(seen, zones)
            if number % _LEVEL_EVERY == 0 or number in (sweeps // 2, sweeps):
                shape = factors.shape_by_day(learnt, zones) * zones.residual
                past, mean, variance = smoothed(
                    seen.by_week, seen.exposure.by_week(shape), walk, ahead
                )
                size = past.mean(axis=1)
                zones.exposure = seen.exposure.by_cell(past / size[:, None])
                zones.rate = zones.rate / size[:, None]
                level = mean / size, variance / size**2
        return level


def _product(
    seen: Observations, learnt: Classes, zones: Zones, level: np.ndarray, variance: np.ndarray
) -> Posterior:
    """Mean and relative variance of the product of all factors, taken as independent."""
    profile = learnt.profile * learnt.day[:, seen.target_day_kind]
    member = zones.membership
    shape = member @ profile
    own = (member / zones.rate) @ profile**2
    shared = member**2 @ (profile**2 * learnt.profile_variation)
    events = seen.by_cell
    own_hour = 1 / (zones.residual_strength + events)
    nearby = 1 / (zones.nearby_strength + events @ factors.NEARBY)
    # what all classes get wrong alike, at hours of the week at which hardly anybody looked
    town_hour = 1 / (_HOUR_STRENGTH + events.sum(0))
    variation = (1 + (own + shared) / shape**2) * (1 + own_hour) * (1 + nearby) * (1 + town_hour)
    variation *= 1 + (variance / level**2)[:, None]
    return Posterior(shape * zones.residual * level[:, None], variation - 1)


def _of_hours_with_a_fine(found: Posterior) -> Posterior:
    """The rate behind a share of hours with at least one event, p = 1 - exp(-rate)."""
    return Posterior(-np.log1p(-np.minimum(found.rate, _MOST_OFTEN)), found.variation)


def _on_all_zones(known: Posterior, zones: np.ndarray, size: tuple[int, int]) -> Posterior:
    """The posterior on all zones of the panel; one never seen may be like any of the others."""
    second = known.rate**2 * (1 + known.variation)
    typical = known.rate.mean(axis=0)
    rate = np.broadcast_to(typical, size).copy()
    variation = np.broadcast_to(second.mean(axis=0) / typical**2 - 1, size).copy()
    rate[zones], variation[zones] = known.rate, known.variation
    return Posterior(rate, variation)
