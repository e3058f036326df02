"""Zones by what an hour of patrol finds there: pooled, ranked, with how sure the rank is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize, stats
from scipy.special import gammaln

from infraction_model.factors.observed import Observed
from infraction_model.factors.rates import RateModel

_DRAWS = 1000


def rank_zones(observed: Observed, model: RateModel, interval: float, seed: int) -> pd.DataFrame:
    """One row per zone, best-ranked first (ties by zone_id).

    Columns zone, zone_id, name, fines, hours, raw_rate, rate, lower, upper, rank, rank_lower,
    rank_upper, rank_by_fines, rank_by_raw_rate. `rate` is fines per hour in average circumstances,
    the posterior mean under a Gamma distribution of rates over the zones that the zones themselves
    teach (empirical Bayes; Clayton and Kaldor, 1987): the less a zone was looked at, the nearer it
    lies to the others. Ranks of draws from the posterior give the interval of the rank.
    """
    effect = np.nan_to_num(model.effect)
    moment = observed.fines["moment"].to_numpy()
    zone, fines = observed.fines["zone"].to_numpy(), observed.fines["fines"].to_numpy()
    count = len(observed.zones)
    found = np.bincount(zone, fines * (effect[moment] > 0), minlength=count)
    hours = observed.counted.by_zone(effect)
    dispersion = zone_dispersion(observed, effect, found, hours)
    shape, scale = prior_of(found / dispersion, hours / dispersion)
    shapes, rates = shape + found / dispersion, 1 / scale + hours / dispersion
    tail = (1 - interval) / 2
    looked = observed.looked.by_zone(np.ones(len(effect)))
    all_fines = observed.fines_by_zone()
    table = pd.DataFrame(
        {
            "zone": np.arange(count),
            "zone_id": observed.zones["zone_id"],
            "name": observed.zones["name"],
            "fines": all_fines.astype(int),
            "hours": looked,
            "raw_rate": np.divide(all_fines, looked, out=np.full(count, np.nan), where=looked > 0),
            "rate": shapes / rates,
            "lower": stats.gamma.ppf(tail, shapes, scale=1 / rates),
            "upper": stats.gamma.ppf(1 - tail, shapes, scale=1 / rates),
        }
    )
    for name, column in (("", "rate"), ("_by_fines", "fines"), ("_by_raw_rate", "raw_rate")):
        table[f"rank{name}"] = _rank(table[column].to_numpy())
    low, high = _rank_interval(shapes, rates, tail, seed)
    table.insert(10, "rank_lower", low)
    table.insert(11, "rank_upper", high)
    return table.sort_values("rank", ignore_index=True)


def zone_dispersion(
    observed: Observed, effect: np.ndarray, found: np.ndarray, hours: np.ndarray
) -> np.ndarray:
    """Variance of the fines of each zone over their mean, (zones), at least 1.

    Chance in single weeks (Pearson), and that a zone was not looked at in all seasons and hours
    alike: how much rates differ between its quarters and between its hours, times how unlike its
    own mix of them is to the town's.
    """
    week = observed.moments["week"].to_numpy()
    weeks, position = np.unique(week, return_inverse=True)
    level = np.divide(found, hours, out=np.zeros(len(hours)), where=hours > 0)
    counts, looked = grouped(observed, effect, position, len(weeks))
    expected = looked * level[:, None]
    seen = expected > 0
    pearson = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    chance = max(1.0, float(pearson / max(1, seen.sum() - (found > 0).sum())))
    dispersion = np.full(len(found), chance)
    hour = observed.moments["hour_of_week"].to_numpy()
    mean = found.sum() / hours.sum() * hours
    for group in ((week - week[0]) // 13, hour):
        counts, looked = grouped(observed, effect, group, group.max() + 1)
        dispersion += np.maximum(found, mean) * _unlike(counts, looked, level, chance)
    return dispersion


def _unlike(counts, looked, level, chance: float) -> np.ndarray:
    """Relative variance of a zone's rate for having been looked at in another mix of groups."""
    share = looked / np.maximum(looked.sum(axis=1, keepdims=True), 1e-300)
    expected = looked * level[:, None]
    noise = chance * expected * (1 - share)
    # what is left of a group's own rate once the zone's level has been fitted to all of them
    kept = expected**2 * (1 - 2 * share + (share**2).sum(axis=1, keepdims=True))
    between = max(0.0, float(((counts - expected) ** 2 - noise).sum() / max(kept.sum(), 1e-300)))
    town = looked.sum(axis=0) / looked.sum()
    return between * ((share - town) ** 2).sum(axis=1)


def grouped(
    observed: Observed, effect: np.ndarray, group: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fines and hours looked at (in average circumstances) by zone and group of moments.

    `effect` and `group` (moments); two (zones, groups), float64.
    """
    member = np.zeros((len(group), groups))
    member[np.arange(len(group)), group] = effect
    moment = observed.fines["moment"].to_numpy()
    counts = np.zeros((len(observed.zones), groups))
    np.add.at(
        counts,
        (observed.fines["zone"].to_numpy(), group[moment]),
        observed.fines["fines"].to_numpy() * (effect[moment] > 0),
    )
    return counts, observed.counted.by_zone(member)


def prior_of(found: np.ndarray, hours: np.ndarray) -> tuple[float, float]:
    """Shape and scale of the Gamma distribution of rates over zones, by marginal likelihood."""
    seen = hours > 0
    found, hours = found[seen], hours[seen]
    mean = max(found.sum() / hours.sum(), 1e-12)

    def loss(log: np.ndarray) -> float:
        shape, rate = np.exp(log)
        return -np.sum(
            gammaln(found + shape)
            - gammaln(shape)
            + shape * np.log(rate / (rate + hours))
            - found * np.log(rate + hours)
        )

    start = np.log([2.0, 2.0 / mean])
    bounds = [(np.log(0.05), np.log(1e4)), (start[1] - 12, start[1] + 12)]
    best = optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    shape, rate = np.exp(best.x)
    return float(shape), float(1 / rate)


def _rank(values: np.ndarray) -> np.ndarray:
    """1 for the highest; ties in the order of the zones, what is unknown last."""
    order = np.argsort(-np.nan_to_num(values, nan=-1.0), kind="stable")
    rank = np.empty(len(values), dtype=int)
    rank[order] = np.arange(1, len(values) + 1)
    return rank


def _rank_interval(shapes, rates, tail: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    ranks = np.empty((_DRAWS, len(shapes)), dtype=np.int32)
    for draw in range(_DRAWS):
        ranks[draw] = _rank(rng.gamma(shapes) / rates)
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="nearest")
    return low.astype(int), high.astype(int)
