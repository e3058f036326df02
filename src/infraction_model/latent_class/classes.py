"""What zones have in common: classes with a profile, day factors and categories, learnt together.

rate(zone, week, hour) = level(zone, week) x sum over classes of membership(zone, class)
x profile(class, hour) x day factor(class, kind of day) x residual(zone, hour)

Poisson factorisation with gamma priors, by coordinate-ascent variational inference (Gopalan, Hofman
and Blei, 2015), in which the category of a fine also says of which class it is (as words do of a
topic: Blei, Ng and Jordan, 2003). Each event is shared among the classes that may have caused it;
each factor is then its events over its exposure, shrunk to a prior.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.special import digamma, gammaln

from infraction_model.latent_class.observations import DAY_KINDS, Observations
from infraction_model.timegrid import HOURS_PER_WEEK

PROFILE_STRENGTH, BASE_STRENGTH, CATEGORY_STRENGTH, DAY_STRENGTH = 0.5, 1.5, 5.0, 10.0
"""Events that priors are worth: of a class's hour, of its smoothed profile, of its categories and
of its day factors."""

NEARBY_STRENGTHS = np.array([5.0, 10.0, 20.0, 40.0, 80.0])
"""Events that the classes are worth against what a zone shows at nearby hours, to choose from."""

RESIDUAL_STRENGTHS = np.array([4.0, 6.0, 8.0, 12.0, 16.0])
"""Shapes of the gamma residual of single zone-hours to choose from."""

_LEAST_EVENTS = 2.0


def hour_kernel(width: float, other_days: float) -> np.ndarray:
    """How much hours of the week (168, 168) say of each other.

    Falls off by e per `width` hours of the day; workdays, Saturdays and Sundays are days alike,
    days that are not count `other_days`.
    """
    day, hour = np.divmod(np.arange(HOURS_PER_WEEK), 24)
    distance = np.abs(hour[:, None] - hour)
    distance = np.minimum(distance, 24 - distance)
    group = np.maximum(day - 4, 0)
    alike = np.where(group[:, None] == group, 1.0, other_days)
    return alike * np.exp(-distance / width)


_SIMILAR = hour_kernel(0.6, 0.1)
NEARBY = hour_kernel(1.2, 0.0) - np.eye(HOURS_PER_WEEK)
"""Other hours that a zone's deviation from its classes is shared with, (168, 168)."""


@dataclass
class Classes:
    """The factors shared by zones; logs are expectations of logs under their posteriors.

    `profile`, `log_profile` and `profile_variation`, its relative variance, are (classes, 168);
    `log_categories` (classes, categories) logs of shares, of the categories numbered `codes` in the
    panel; `day`, `log_day` (classes, day kinds), 1 on ordinary days.
    """

    profile: np.ndarray
    log_profile: np.ndarray
    profile_variation: np.ndarray
    log_categories: np.ndarray
    codes: np.ndarray
    day: np.ndarray
    log_day: np.ndarray


@dataclass
class Zones:
    """What is each zone's own: `membership` gamma shapes and rates (zones, classes), residuals.

    `exposure` (day kinds, zones, 168) is hours times levels; `expected` (zones, 168) the events the
    classes alone would give; `residual` (zones, 168) the factor beside them.
    """

    shape: np.ndarray
    rate: np.ndarray
    prior_level: np.ndarray
    exposure: np.ndarray
    expected: np.ndarray
    residual: np.ndarray
    nearby_strength: float
    residual_strength: float

    @property
    def membership(self) -> np.ndarray:
        return self.shape / self.rate


def town_profile(seen: Observations, exposure: np.ndarray) -> tuple[float, np.ndarray]:
    """The town's rate, and how it runs over the 168 hours, smoothed; `exposure` (zones, 168)."""
    town = (seen.by_cell.sum() + 1) / (exposure.sum() + 1)
    events = _SIMILAR @ seen.by_cell.sum(0) + 0.5 * town
    return town, events / (_SIMILAR @ exposure.sum(0) + 0.5) / town


def prior_level(seen: Observations, expected: np.ndarray, town: float) -> np.ndarray:
    """The level to be expected of each zone by its attributes (ridge regression of its log)."""
    events = seen.by_cell.sum(1)
    level = (events + _LEAST_EVENTS) / (expected.sum(1) + _LEAST_EVENTS / town)
    weight, x = events / (events + 3), seen.attributes
    penalty = np.diag([1e-6, *[5.0] * (x.shape[1] - 1)])
    slope = np.linalg.solve(x.T @ (x * weight[:, None]) + penalty, x.T @ (weight * np.log(level)))
    return np.exp(x @ slope)


def start(seen: Observations, classes: int, membership: float, seed: int) -> tuple[Classes, Zones]:
    """Classes and zones to begin from: zones clustered by when and for what they were fined."""
    exposure, profile, prior = _before_classes(seen)
    whole = exposure.sum(0)
    events = seen.by_cell.sum(1)
    level = (events + _LEAST_EVENTS) / ((whole * profile).sum(1) + _LEAST_EVENTS / prior)
    by_category = _zone_categories(seen)
    member = _clustered(seen, whole * profile * level[:, None], by_category, classes, seed)
    learnt = _classes_of(seen, whole, profile, level, by_category, member)
    shape = membership + (0.8 * member + 0.2 / classes) * events[:, None]
    rate = np.repeat(((membership * classes + events) / level)[:, None], classes, axis=1)
    return learnt, _unlearnt(seen, exposure, shape, rate, prior)


def with_categories(learnt: Classes, codes: np.ndarray) -> Classes:
    """The classes for events of other categories; one that they never met tells nothing of them."""
    logs = np.zeros((len(learnt.profile), max(len(codes), 1)))
    known = np.isin(codes, learnt.codes)
    logs[:, np.flatnonzero(known)] = learnt.log_categories[
        :, np.searchsorted(learnt.codes, codes[known])
    ]
    return replace(learnt, log_categories=logs, codes=codes)


def _before_classes(seen: Observations) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exposure with all levels at 1, the town's profile, and the level to be expected of zones."""
    exposure = seen.exposure.by_cell(np.ones_like(seen.by_week))
    whole = exposure.sum(0)
    town, profile = town_profile(seen, whole)
    return exposure, profile, prior_level(seen, whole * profile, town)


def resume(seen: Observations, learnt: Classes, membership: float) -> Zones:
    """Zones to begin from where the classes are known already."""
    exposure, _, prior = _before_classes(seen)
    classes = len(learnt.profile)
    shape = np.full((len(prior), classes), membership)
    rate = np.repeat((membership * classes / prior)[:, None], classes, axis=1)
    return _unlearnt(seen, exposure, shape, rate, prior)


def _unlearnt(seen: Observations, exposure, shape, rate, prior) -> Zones:
    even = np.ones(seen.by_cell.shape)
    strengths = float(NEARBY_STRENGTHS[2]), float(RESIDUAL_STRENGTHS[-2])
    return Zones(shape, rate, prior, exposure, even, even, *strengths)


def _zone_categories(seen: Observations) -> np.ndarray:
    size = (len(seen.zones), seen.categories)
    cell = seen.zone * seen.categories + seen.category
    return np.bincount(cell, seen.count, minlength=np.prod(size)).reshape(size)


def _clustered(seen, expected, by_category, classes: int, seed: int) -> np.ndarray:
    """Zones in `classes` clusters by k-means on their main patterns: (zones, classes), 0 or 1."""
    hours = np.log((seen.by_cell @ _SIMILAR + 3) / (expected @ _SIMILAR + 3))
    share = by_category.sum(0) / by_category.sum()
    usual = by_category.sum(1, keepdims=True) * share
    what = 2 * np.log((by_category + 5 * share + 1e-9) / (usual + 5 * share + 1e-9))
    left, size, _ = np.linalg.svd(np.hstack([hours - hours.mean(0), what]), full_matrices=False)
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():
        # an empty cluster is a class that nothing is known of yet
        warnings.simplefilter("ignore", UserWarning)
        _, label = kmeans2((left * size)[:, :8], classes, minit="++", seed=rng)
    return np.eye(classes)[label]


def _classes_of(seen, whole, profile, level, by_category, member) -> Classes:
    events = (member.T @ seen.by_cell) @ _SIMILAR
    expected = ((member.T @ (whole * level[:, None])) * profile) @ _SIMILAR
    profiles = profile * (events + 3) / (expected + 3)
    share = by_category.sum(0) / by_category.sum()
    counts = member.T @ by_category + CATEGORY_STRENGTH * share
    ones = np.ones((member.shape[1], len(DAY_KINDS)))
    return Classes(
        profile=profiles,
        log_profile=np.log(profiles),
        profile_variation=np.zeros_like(profiles),
        log_categories=np.log(counts / counts.sum(1, keepdims=True) + 1e-12),
        codes=seen.codes,
        day=ones,
        log_day=np.log(ones),
    )


def sweep(
    seen: Observations, town_hours: np.ndarray, learnt: Classes, zones: Zones, membership: float
) -> None:
    """One round of updates, in place; `town_hours` (168,) is the town's profile."""
    events = _shared_out(seen, learnt, zones)
    looked = zones.exposure * zones.residual
    per_member = looked @ learnt.profile.T
    prior_rate = membership * learnt.profile.shape[0] / zones.prior_level
    zones.shape = membership + events["zone"]
    zones.rate = prior_rate[:, None] + np.einsum("dzk,kd->zk", per_member, learnt.day)
    _learn_days(learnt, events["day_kind"].T, np.einsum("dzk,zk->kd", per_member, zones.membership))
    expected = sum(
        (zones.membership * learnt.day[:, kind]).T @ looked[kind] for kind in range(len(DAY_KINDS))
    )
    _learn_profiles(learnt, events["hour"].T, expected, town_hours)
    _rescale(learnt, zones, town_hours)
    _learn_categories(learnt, events["category"].T)
    _learn_residuals(seen, learnt, zones)


def _shared_out(seen: Observations, learnt: Classes, zones: Zones) -> dict[str, np.ndarray]:
    """Events of each class (last axis), added up by zone, hour, category and kind of day."""
    log_membership = digamma(zones.shape) - np.log(zones.rate)
    share = np.exp(log_membership)[seen.zone]
    share *= np.exp(learnt.log_profile).T[seen.hour]
    share *= np.exp(learnt.log_categories).T[seen.category]
    share *= np.exp(learnt.log_day).T[seen.day_kind]
    share *= (seen.count / np.maximum(share.sum(1), 1e-300))[:, None]
    return {name: matrix @ share for name, matrix in seen.sums.items()}


def _learn_days(learnt: Classes, events: np.ndarray, expected: np.ndarray) -> None:
    """Factor of each class on each kind of day, shrunk to the town's; 1 on ordinary days."""
    town = (events.sum(0) + 1) / (expected.sum(0) + 1)
    shape, rate = DAY_STRENGTH + events, DAY_STRENGTH / town + expected
    learnt.day, learnt.log_day = shape / rate, digamma(shape) - np.log(rate)
    learnt.day[:, 0], learnt.log_day[:, 0] = 1.0, 0.0


def _learn_profiles(
    learnt: Classes, events: np.ndarray, expected: np.ndarray, town_hours: np.ndarray
) -> None:
    """Each class's hours, shrunk to what hours nearby and days alike show of it."""
    nearby = (events @ _SIMILAR + BASE_STRENGTH) / (
        (expected * town_hours) @ _SIMILAR + BASE_STRENGTH
    )
    shape = PROFILE_STRENGTH + events
    rate = PROFILE_STRENGTH / (town_hours * nearby) + expected
    learnt.profile, learnt.log_profile = shape / rate, digamma(shape) - np.log(rate)
    learnt.profile_variation = 1 / shape


def _rescale(learnt: Classes, zones: Zones, town_hours: np.ndarray) -> None:
    """Bring profiles to one size, so that memberships of all classes mean the same."""
    size = (learnt.profile * town_hours).sum(1) / (town_hours**2).sum()
    learnt.profile = learnt.profile / size[:, None]
    learnt.log_profile = learnt.log_profile - np.log(size)[:, None]
    zones.rate = zones.rate / size


def _learn_categories(learnt: Classes, events: np.ndarray) -> None:
    share = events.sum(0) / max(events.sum(), 1e-9)
    shape = events + CATEGORY_STRENGTH * share + 1e-9
    learnt.log_categories = digamma(shape) - digamma(shape.sum(1, keepdims=True))


def shape_by_day(learnt: Classes, zones: Zones) -> np.ndarray:
    """What the classes say of each zone's hours: (day kinds, zones, 168)."""
    return np.stack([(zones.membership * day) @ learnt.profile for day in learnt.day.T])


def _learn_residuals(seen: Observations, learnt: Classes, zones: Zones) -> None:
    """What a zone shows beside its classes: at nearby hours, and at the hour itself."""
    zones.expected = (zones.exposure * shape_by_day(learnt, zones)).sum(0)
    events = seen.by_cell
    nearby = _nearby(seen, zones, zones.nearby_strength)
    strength, expected = zones.residual_strength, zones.expected * nearby
    zones.residual = nearby * (strength + events) / (strength + expected)


def _nearby(seen: Observations, zones: Zones, strength: float) -> np.ndarray:
    """Events at nearby hours over those the classes expect there, shrunk to 1."""
    return (strength + seen.by_cell @ NEARBY) / (strength + zones.expected @ NEARBY)


def choose_strengths(seen: Observations, zones: Zones) -> None:
    """How strong both residuals are: what makes each zone-hour likeliest, given the others.

    Negative binomial; a pseudo-likelihood (Besag, 1975), since nearby hours tell of each other.
    """
    events = seen.by_cell

    expected_by = {
        nearby: zones.expected * _nearby(seen, zones, nearby) for nearby in NEARBY_STRENGTHS
    }

    def log_likelihood(nearby: float, a: float) -> float:
        expected = expected_by[nearby]
        chance = gammaln(a + events) - gammaln(a) - (a + events) * np.log(a + expected)
        return float(np.sum(chance + a * np.log(a) + events * np.log(np.maximum(expected, 1e-12))))

    pairs = [(nearby, a) for nearby in NEARBY_STRENGTHS for a in RESIDUAL_STRENGTHS]
    best = max(pairs, key=lambda pair: log_likelihood(*pair))
    zones.nearby_strength, zones.residual_strength = (float(value) for value in best)
