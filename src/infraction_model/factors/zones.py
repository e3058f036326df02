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
    table.attrs = {"dispersion": dispersion, "shape": shape, "mean": shape * scale}
    return table.sort_values("rank", ignore_index=True)


def zone_dispersion(
    observed: Observed, effect: np.ndarray, found: np.ndarray, hours: np.ndarray
) -> float:
    """How many times chance alone the weekly counts of one zone vary, at least 1 (Pearson)."""
    weeks, week = np.unique(observed.moments["week"], return_inverse=True)
    counts, expected = weekly(observed, effect, week, len(weeks))
    expected = (
        expected * np.divide(found, hours, out=np.zeros(len(hours)), where=hours > 0)[:, None]
    )
    seen = expected > 0
    pearson = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    return max(1.0, float(pearson / max(1, seen.sum() - (found > 0).sum())))


def weekly(
    observed: Observed, effect: np.ndarray, week: np.ndarray, weeks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fines and hours looked at (in average circumstances) by zone and week, two (zones, weeks)."""
    member = np.zeros((len(week), weeks))
    member[np.arange(len(week)), week] = effect
    moment = observed.fines["moment"].to_numpy()
    counts = np.zeros((len(observed.zones), weeks))
    np.add.at(
        counts,
        (observed.fines["zone"].to_numpy(), week[moment]),
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
