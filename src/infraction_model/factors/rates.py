"""Rate ratios of weekdays, hours, months and holidays, each with the others and the zones held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from infraction_model.factors.levels import Factor
from infraction_model.factors.observed import Observed
from infraction_model.factors.spread import Spread, covariance_of, spread_of

LEAST_WEEKS = 2
"""A level seen in fewer weeks cannot be told from the luck of one of them."""

LEAST_KEPT = 0.7
"""A factor whose sure levels hold a smaller share of the hours looked at is given up."""

_TOLERANCE, _MOST_ROUNDS = 1e-8, 200


@dataclass(frozen=True)
class RateModel:
    """Fines = hours x level of the zone x effects of the moment.

    `table`: one row per factor and level: factor, level, rate_ratio, lower, upper, fines, hours,
    weeks, reference ("average" or a level), remark ("", "too_little", "none_found" or
    "not_separable"). `effect` (moments): the product of the effects, 1 on average over the hours
    looked at, NaN where a level of the moment says too little; `zone_level` (zones): fines per hour
    in such average circumstances, unpooled.
    """

    table: pd.DataFrame
    effect: np.ndarray
    zone_level: np.ndarray
    spread: Spread


@dataclass(frozen=True)
class _Design:
    """A 0/1 column per level but each factor's most seen one; `slots` say where a level's lies."""

    X: np.ndarray
    slots: dict[str, dict[int, int]]
    used: np.ndarray
    dropped: tuple[str, ...]

    def contrasts(
        self, factor: Factor, beta: np.ndarray, weight: np.ndarray
    ) -> tuple[list[int], np.ndarray, np.ndarray]:
        """The codes of a factor that have an effect, their log ratios, and d(log ratio)/d(beta).

        Against the average: the mean effect over the hours looked at, `weight` (moments).
        """
        slots = self.slots[factor.name]
        codes = list(slots)
        rows = np.zeros((len(slots), self.X.shape[1]))
        for row, slot in zip(rows, slots.values(), strict=True):
            if slot >= 0:
                row[slot] = 1.0
        log_effect = rows @ beta
        if factor.reference is None:
            hours = np.array([weight[factor.codes == code].sum() for code in codes])
            shares = hours * np.exp(log_effect)
            against = np.log(shares.sum() / hours.sum())
            return codes, log_effect - against, rows - shares / shares.sum() @ rows
        reference = codes.index(factor.levels.index(factor.reference))
        return codes, log_effect - log_effect[reference], rows - rows[reference]


def fit_rates(
    observed: Observed, factors: list[Factor], interval: float, least_expected: float
) -> RateModel:
    """Fit the quasi-Poisson regression (McCullagh and Nelder, 1989) with a level per zone.

    Zones are held fixed (Hausman, Hall and Griliches, 1984), so that no weekday is praised for the
    zones that officers visit on it. Levels that would bring fewer than `least_expected` fines at
    the town's average rate are left out with their moments: there is too little to say. `interval`
    is the coverage of the intervals, such as 0.9.
    """
    counts = observed.fines_by_moment()
    everywhere = np.ones(len(observed.zones))
    counted = observed.counted.by_moment(everywhere)
    table = _levels(observed, factors, counts, counted, least_expected)
    design = _design(factors, table, counted)
    dropped = table["factor"].isin(design.dropped) & (table["remark"] == "")
    table.loc[dropped, "remark"] = "not_separable"
    beta, zone_level = _estimate(observed, design, counts)
    effect = np.exp(design.X @ beta) * design.used
    days, weeks = _groups(observed)
    kept = [factor for factor in factors if factor.name in design.slots]
    columns = {
        lasts: sum(len(design.slots[f.name]) - 1 for f in kept if f.lasts == lasts)
        for lasts in ("hour", "day", "week")
    }
    used = design.used
    expected = _weekly(observed, counts, effect * observed.counted.by_moment(zone_level))
    hours_fitted = len(np.unique(observed.moments["hour_of_week"].to_numpy()[used]))
    columns["hour"] = max(0, hours_fitted - columns["day"])
    spread = spread_of(counts[used], expected[used], *_groups(observed, used), columns)
    covariance = covariance_of(observed, design.X, effect, zone_level, days, weeks, spread)
    freedom = max(2, len(np.unique(weeks[used])) - 1 - columns["week"])
    quantile = stats.t.ppf(0.5 + interval / 2, freedom)
    for factor in kept:
        _fill(table, factor, design, beta, covariance, quantile, counted * used)
    _fill_empty(table, spread.cell, interval)
    typical = effect @ counted / (counted @ used)
    effect = np.where(used, effect / typical, np.nan)
    return RateModel(table.drop(columns="expected"), effect, zone_level * typical, spread)


def _weekly(observed: Observed, counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The expectation brought to what each hour of the week brings: its habits are no chance."""
    hour = observed.moments["hour_of_week"].to_numpy()
    total = np.bincount(hour, expected)
    lift = np.divide(
        np.bincount(hour, counts * (expected > 0)), total, out=np.ones(len(total)), where=total > 0
    )
    return expected * lift[hour]


def _groups(observed: Observed, used: np.ndarray | None = None) -> list[np.ndarray]:
    """The day and the week of each moment as numbers from 0 on."""
    chosen = slice(None) if used is None else used
    moments = observed.moments[["date", "week"]]
    return [
        np.unique(moments[column].to_numpy()[chosen], return_inverse=True)[1] for column in moments
    ]


def _levels(observed: Observed, factors, counts, counted, least_expected) -> pd.DataFrame:
    """The table before any ratio: what each level has seen, and whether that is enough."""
    week = observed.moments["week"].to_numpy()
    hours = observed.looked.by_moment(np.ones(len(observed.zones)))
    average = counts.sum() / counted.sum()
    rows = []
    for factor in factors:
        for code, level in enumerate(factor.levels):
            here = factor.codes == code
            fines, expected = int(counts[here].sum()), counted[here].sum() * average
            weeks = len(np.unique(week[here]))
            enough = expected >= least_expected and weeks >= LEAST_WEEKS
            remark = ("" if fines else "none_found") if enough else "too_little"
            against = factor.reference or "average"
            rows.append(
                {"factor": factor.name, "level": level, "fines": fines, "hours": hours[here].sum()}
                | {"weeks": weeks, "reference": against, "remark": remark, "expected": expected}
            )
    table = pd.DataFrame(rows)
    for factor in factors:
        # leaving a level out leaves its moments out: rather no factor than half the history
        of_factor = table["factor"] == factor.name
        enough = (table.loc[of_factor, "remark"] != "too_little").to_numpy()
        if counted[enough[factor.codes]].sum() < LEAST_KEPT * counted.sum():
            table.loc[of_factor, "remark"] = "too_little"
    for position, column in enumerate(("rate_ratio", "lower", "upper"), start=2):
        table.insert(position, column, np.nan)
    return table


def _design(factors: list[Factor], table: pd.DataFrame, counted: np.ndarray) -> _Design:
    """Columns of the levels to be estimated; a factor that the earlier ones determine is dropped.

    A moment is used when all its levels are. Moments of a level without any fine say no more than
    that its ratio is 0, so leaving them out changes nothing else.
    """
    remarks = {f.name: table.loc[table["factor"] == f.name, "remark"].to_numpy() for f in factors}
    used = np.ones(len(counted), dtype=bool)
    for factor in factors:
        if (remarks[factor.name] != "too_little").any():
            used &= (remarks[factor.name] == "")[factor.codes]
    kept: list[np.ndarray] = [np.ones(len(counted))]
    slots: dict[str, dict[int, int]] = {}
    dropped = []
    for factor in factors:
        if (remarks[factor.name] == "too_little").all():
            continue
        seen = np.bincount(factor.codes, counted * used, minlength=len(factor.levels))
        codes = np.flatnonzero(seen > 0).tolist()
        base = int(np.argmax(seen))
        others = [code for code in codes if code != base]
        added = [(factor.codes == code).astype(float) for code in others]
        lacks_reference = factor.reference and factor.levels.index(factor.reference) not in codes
        if lacks_reference or not codes or (added and not _independent([*kept, *added], used)):
            dropped.append(factor.name)
            continue
        slots[factor.name] = {base: -1} | {code: len(kept) - 1 + i for i, code in enumerate(others)}
        kept += added
    return _Design(np.column_stack(kept)[:, 1:], slots, used, tuple(dropped))


def _independent(columns: list[np.ndarray], used: np.ndarray) -> bool:
    X = np.column_stack(columns)[used]
    return np.linalg.matrix_rank(X.T @ X) == X.shape[1]


def _estimate(
    observed: Observed, design: _Design, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Effects and zone levels by turns until both stand still; each turn raises the likelihood."""
    import statsmodels.api as sm

    moment, fines = observed.fines["moment"].to_numpy(), observed.fines["fines"].to_numpy()
    zone_fines = np.bincount(
        observed.fines["zone"], fines * design.used[moment], minlength=len(observed.zones)
    )
    X = np.column_stack([np.ones(len(design.X)), design.X])
    beta, linear = np.zeros(X.shape[1]), np.zeros(len(X))
    for _ in range(_MOST_ROUNDS):
        hours = observed.counted.by_zone(np.exp(linear) * design.used)
        level = np.divide(zone_fines, hours, out=np.zeros(len(hours)), where=hours > 0)
        seen = observed.counted.by_moment(level)
        rows = design.used & (seen > 0)
        model = sm.GLM(
            counts[rows], X[rows], family=sm.families.Poisson(), offset=np.log(seen[rows])
        )
        beta = np.asarray(model.fit(start_params=beta, tol=1e-10).params)
        before, linear = linear, design.X @ beta[1:]
        if np.abs(linear - before).max() < _TOLERANCE:
            break
    return beta[1:], level


def _fill(table, factor, design, beta, covariance, quantile, weight) -> None:
    """Write the ratios of a factor and their intervals into the table."""
    codes, log_ratio, rows = design.contrasts(factor, beta, weight)
    half = quantile * np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
    levels = [factor.levels[code] for code in codes]
    place = table.index[table["factor"] == factor.name][[factor.levels.index(v) for v in levels]]
    table.loc[place, "rate_ratio"] = np.exp(log_ratio)
    table.loc[place, "lower"] = np.exp(log_ratio - half)
    table.loc[place, "upper"] = np.exp(log_ratio + half)


def _fill_empty(table: pd.DataFrame, dispersion: float, interval: float) -> None:
    """Levels without any fine: ratio 0, and the most that such silence allows (Poisson, exact)."""
    empty = table["remark"] == "none_found"
    most = dispersion * stats.chi2.ppf(0.5 + interval / 2, 2) / 2 / table["expected"]
    table.loc[empty, ["rate_ratio", "lower"]] = 0.0
    table.loc[empty, "upper"] = most[empty]
