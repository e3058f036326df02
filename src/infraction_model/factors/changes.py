"""Zones whose level changed for good in some week: a scan with a bound on false alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from infraction_model.factors.observed import Observed
from infraction_model.factors.zones import grouped

WINDOWS = (13, 26, 52)
"""Weeks looked at on either side of a possible change."""

_LEAST_FINES = 10
_GROUPS, _DRAWS = 6, 2000
_QUARTER = 13
_CUT = 5.0


@dataclass(frozen=True)
class _Scan:
    """The strongest change of each row: statistic, its week (position), and the sums beside it."""

    statistic: np.ndarray
    week: np.ndarray
    before: np.ndarray
    after: np.ndarray
    hours_before: np.ndarray
    hours_after: np.ndarray
    variance: np.ndarray


def find_changes(
    observed: Observed,
    effect: np.ndarray,
    holiday: np.ndarray,
    interval: float,
    least_weeks: int,
    false_share: float,
    seed: int,
) -> pd.DataFrame:
    """Zones whose fines per hour changed lastingly, surest first.

    Columns zone, zone_id, name, week (the first of the new level), factor, lower, upper,
    fines_before, hours_before, fines_after, hours_after (hours in average circumstances), q_value.
    Each zone is scanned for its strongest change by the Poisson likelihood ratio (Kulldorff, 1997,
    in time only), held against made histories in which levels only drift, as they do in this town,
    week by week. Of the zones named at most `false_share` are expected to be false alarms
    (Benjamini and Hochberg, 1995). `effect` (moments) as RateModel.effect; `holiday` (moments):
    weeks mostly of school holidays are left out, when some streets empty and fill again.
    """
    weeks, position = np.unique(observed.moments["week"], return_inverse=True)
    share = np.bincount(position, holiday) / np.bincount(position)
    effect = np.nan_to_num(effect)
    counts, hours = grouped(observed, effect, position, len(weeks))
    unusual = share >= 0.5
    counts[:, unusual] = 0.0
    hours = np.where(unusual, 0.0, hours)
    if len(weeks) < 2 * least_weeks:
        return _table(observed, weeks, np.zeros(0, int), None, np.zeros(0), interval)
    chance, drift = variability(counts, hours)
    scanned = np.flatnonzero(counts.sum(axis=1) >= _LEAST_FINES)
    scan = _strongest(counts[scanned], hours[scanned], chance, drift, least_weeks)
    p_value = _p_values(scan, counts[scanned], hours[scanned], chance, drift, least_weeks, seed)
    q_value = stats.false_discovery_control(p_value) if len(p_value) else p_value
    named = np.flatnonzero(q_value <= false_share)
    named = named[np.lexsort((scanned[named], -scan.statistic[named], q_value[named]))]
    return _table(observed, weeks, scanned[named], _take(scan, named), q_value[named], interval)


def variability(counts: np.ndarray, hours: np.ndarray) -> tuple[float, float]:
    """How weekly counts of a zone vary, (zones, weeks) of fines and hours.

    The first is their variance over the mean, from neighbouring weeks; the second the standard
    deviation of the step of the log level from one week to the next, from neighbouring quarters.
    Squares are cut off as in Huber's proposal 2 (1964), so that the few zones that jump do not pass
    for drift.
    """
    pairs, both = counts[:, 1:] + counts[:, :-1], hours[:, 1:] + hours[:, :-1]
    use = (pairs >= 4) & (hours[:, 1:] > 0) & (hours[:, :-1] > 0)
    share = hours[:, 1:][use] / both[use]
    expected = pairs[use] * share
    surprise = (counts[:, 1:][use] - expected) ** 2 / (expected * (1 - share))
    chance = max(1.0, float(surprise.mean())) if use.any() else 1.0
    return chance, _drift(counts, hours, chance)


def _drift(counts: np.ndarray, hours: np.ndarray, chance: float) -> float:
    found, looked = (_quarters(values) for values in (counts, hours))
    enough = (found[:, 1:] >= 8) & (found[:, :-1] >= 8)
    if enough.sum() < 10:
        return 0.0
    first, second = found[:, :-1][enough], found[:, 1:][enough]
    ratio = second / looked[:, 1:][enough] / (first / looked[:, :-1][enough])
    step, noise = np.log(ratio) ** 2, chance * (1 / first + 1 / second)
    weeks = 2 * _QUARTER / 3
    typical = stats.chi2.cdf(_CUT, 3) + _CUT * stats.chi2.sf(_CUT, 1)

    def too_wide(variance: float) -> float:
        total = noise + variance * weeks
        return float(((np.minimum(step / total, _CUT) - typical) / total).sum())

    return float(np.sqrt(optimize.brentq(too_wide, 0.0, 1.0))) if too_wide(0.0) > 0 else 0.0


def _quarters(values: np.ndarray) -> np.ndarray:
    """Sums over spans of thirteen weeks, the last ones; (zones, spans)."""
    spans = values.shape[1] // _QUARTER
    kept = values[:, values.shape[1] - spans * _QUARTER :]
    return kept.reshape(len(values), spans, _QUARTER).sum(axis=2)


def _strongest(counts, hours, chance: float, drift: float, least_weeks: int) -> _Scan:
    """The strongest change of each row over all weeks and windows."""
    rows, weeks = counts.shape
    total = np.concatenate([np.zeros((rows, 1)), np.cumsum(counts, axis=1)], axis=1)
    looked = np.concatenate([np.zeros((rows, 1)), np.cumsum(hours, axis=1)], axis=1)
    best = _Scan(*(np.zeros(rows) for _ in range(7)))
    at = np.arange(least_weeks, weeks - least_weeks + 1)
    for window in WINDOWS:
        if window < least_weeks or window >= weeks + max(WINDOWS):
            continue
        first, last = np.maximum(at - window, 0), np.minimum(at + window, weeks)
        before, after = total[:, at] - total[:, first], total[:, last] - total[:, at]
        seen = looked[:, at] - looked[:, first], looked[:, last] - looked[:, at]
        lengths = (at - first) + (last - at)
        candidate = _statistics(before, after, *seen, lengths, at, chance, drift)
        better = candidate.statistic > best.statistic
        best = _Scan(
            *(
                np.where(better, new, old)
                for new, old in zip(vars(candidate).values(), vars(best).values(), strict=True)
            )
        )
    return best


def _statistics(before, after, hours_before, hours_after, lengths, at, chance, drift) -> _Scan:
    """The strongest change of each row for one window: the likelihood ratio, shrunk for drift."""
    whole = np.maximum(hours_before + hours_after, 1e-300)
    both = before + after
    usable = (hours_before > 0) & (hours_after > 0) & (both >= _LEAST_FINES)
    expected = both * hours_before / whole, both * hours_after / whole
    ratio = 2 * (_surprise(before, expected[0]) + _surprise(after, expected[1]))
    poisson = 1 / (before + 0.5) + 1 / (after + 0.5)
    variance = chance * poisson + drift**2 * lengths / 3
    statistic = np.where(usable, ratio * poisson / variance, 0.0)
    week = np.argmax(statistic, axis=1)
    row = np.arange(len(week))
    return _Scan(
        statistic[row, week],
        at[week],
        *(v[row, week] for v in (before, after, hours_before, hours_after, variance)),
    )


def _surprise(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    ratio = np.where(found > 0, found / np.maximum(expected, 1e-300), 1.0)
    return found * np.log(ratio)


def _p_values(
    scan: _Scan, counts, hours, chance: float, drift: float, least_weeks: int, seed: int
) -> np.ndarray:
    """How often histories that only drift show as strong a change, by zones of like many fines.

    Beyond what was drawn the tail is that of a Gumbel distribution, as for the largest of many
    chi-squared statistics. Most zones do not change: where even their middle lies beyond that of
    the made histories, all are brought down to it (genomic control; Devlin and Roeder, 1999).
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(counts.sum(axis=1), kind="stable")
    groups = np.array_split(order, min(_GROUPS, len(order)))
    place, scale, middle = (np.ones(len(counts)) for _ in range(3))
    for group in groups:
        row = group[rng.integers(len(group), size=_DRAWS)]
        drawn = _histories(counts[row], hours[row], chance, drift, rng)
        null = _strongest(drawn, hours[row], chance, drift, least_weeks).statistic
        scale[group] = max(null.std() * np.sqrt(6) / np.pi, 1e-9)
        place[group] = null.mean() - np.euler_gamma * scale[group]
        middle[group] = max(np.median(null), 1e-9)
    inflation = max(1.0, float(np.median(scan.statistic / middle))) if len(counts) else 1.0
    return stats.gumbel_r.sf(scan.statistic / inflation, place, scale)


def _histories(counts, hours, chance: float, drift: float, rng) -> np.ndarray:
    """Counts of zones like these whose level only drifts, with the same hours looked at."""
    level = np.exp(np.cumsum(rng.normal(0.0, drift, counts.shape), axis=1))
    expected = hours * level
    expected *= (counts.sum(axis=1) / np.maximum(expected.sum(axis=1), 1e-300))[:, None]
    if chance > 1.0:
        # gamma-mixed Poisson: the mean as it is, the variance `chance` times it
        expected = rng.gamma(expected / (chance - 1.0)) * (chance - 1.0)
    return rng.poisson(expected).astype(float)


def _take(scan: _Scan, rows: np.ndarray) -> _Scan:
    return _Scan(*(values[rows] for values in vars(scan).values()))


def _table(observed, weeks, zones, scan: _Scan | None, q_value, interval: float) -> pd.DataFrame:
    if scan is None:
        scan = _Scan(*(np.zeros(0) for _ in range(7)))
    ratio = (scan.after + 0.5) / scan.hours_after / ((scan.before + 0.5) / scan.hours_before)
    half = stats.norm.ppf(0.5 + interval / 2) * np.sqrt(scan.variance)
    return pd.DataFrame(
        {
            "zone": zones,
            "zone_id": observed.zones["zone_id"].to_numpy()[zones],
            "name": observed.zones["name"].to_numpy()[zones],
            "week": weeks[scan.week.astype(int)],
            "factor": ratio,
            "lower": ratio * np.exp(-half),
            "upper": ratio * np.exp(half),
            "fines_before": scan.before.astype(int),
            "hours_before": scan.hours_before,
            "fines_after": scan.after.astype(int),
            "hours_after": scan.hours_after,
            "q_value": q_value,
        }
    )
