"""Weather of the whole town as factors, and works, markets and events in single zones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize, sparse, stats

from infraction_model.factors.levels import Factor
from infraction_model.factors.observed import Observed, holds
from infraction_model.factors.rates import RateModel
from infraction_model.panel import WHOLE_TOWN
from infraction_model.schema import CONTEXT_KINDS

RAIN_STEPS = (0.1, 1.0)
"""Millimetres in an hour from which it counts as light and as heavy rain."""

WARMTH_STEPS = (5.0, 12.0, 18.0, 24.0)
"""Degrees at which one band of temperature ends and the next begins."""

_LEAST_COVERED = 0.9


def weather_factors(observed: Observed) -> list[Factor]:
    """Rain and temperature as factors, each where nine of ten moments have a record of it."""
    factors = []
    for kind, levels, steps, lasts, reference in (
        ("rain", ("dry", "light", "heavy"), RAIN_STEPS, "hour", "dry"),
        ("temperature", ("0", "1", "2", "3", "4"), WARMTH_STEPS, "day", None),
    ):
        values = _by_moment(observed, kind)
        known = ~np.isnan(values)
        if known.mean() < _LEAST_COVERED:
            continue
        codes = np.where(known, np.digitize(values, steps), len(levels))
        factors.append(Factor(kind, (*levels, "unknown"), codes, lasts, reference))
    return factors


def _by_moment(observed: Observed, kind: str) -> np.ndarray:
    """The whole town's value at each moment; of several records the one known last; else NaN."""
    rows = observed.context
    rows = rows[(rows["kind"] == kind) & (rows["zone"] == WHOLE_TOWN)]
    hours = observed.clock_hours
    values = np.full(len(hours), np.nan)
    length = (rows["end"].to_numpy().astype(np.int64) - rows["begin"]).to_numpy()
    share = length if CONTEXT_KINDS[kind] == "amount" else np.ones(len(rows))
    first, last = np.searchsorted(hours, [rows["begin"], rows["end"]])
    for start, stop, value in zip(first, last, rows["value"] / share, strict=True):
        values[start:stop] = value
    return values


def happenings(observed: Observed, model: RateModel, interval: float) -> pd.DataFrame:
    """Rate ratios of works, markets and events: their zone-hours against the same zones' others.

    Columns as RateModel.table. Time effects are held as fitted. Given the fines of a zone, those in
    its n-th kind of hours are binomial: the likelihood of Poisson counts with a level per zone.
    """
    rows = []
    for kind, way in CONTEXT_KINDS.items():
        records = observed.context[observed.context["kind"] == kind]
        if way != "happening" or records.empty:
            continue
        during = _cells(observed, records)
        rows.append({"factor": kind, "level": "no", **_outside(observed, during)})
        rows.append({"factor": kind, "level": "yes", **_ratio(observed, model, during, interval)})
    return pd.DataFrame(rows)


def _cells(observed: Observed, records: pd.DataFrame) -> sparse.csr_array:
    """The zone-moments at which something happens, as a sparse 0/1 matrix."""
    hours = observed.clock_hours
    first, last = np.searchsorted(hours, [records["begin"], records["end"]])
    length = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(records)), length)
    moment = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    zone = records["zone"].to_numpy()[row]
    everywhere = zone == WHOLE_TOWN
    count = len(observed.zones)
    zone = np.concatenate([zone[~everywhere], np.tile(np.arange(count), everywhere.sum())])
    moment = np.concatenate([moment[~everywhere], np.repeat(moment[everywhere], count)])
    shape = (count, len(hours))
    cells = sparse.coo_array((np.ones(len(zone)), (zone, moment)), shape).tocsr()
    cells.data[:] = 1.0
    return cells


def _hours_in(looks, cells: sparse.csr_array) -> sparse.csr_array:
    """The hours looked at in these cells."""
    grid = cells * looks.uniform[None, :] if looks.grid is None else cells.multiply(looks.grid)
    return sparse.csr_array(grid)


def _fines_in(observed: Observed, cells: sparse.csr_array) -> np.ndarray:
    """Fines in these cells, by row of observed.fines."""
    fines = observed.fines
    return fines["fines"].to_numpy() * holds(cells, fines["zone"], fines["moment"])


def _outside(observed: Observed, during: sparse.csr_array) -> dict:
    hours = observed.looked.by_moment(np.ones(len(observed.zones))).sum()
    fines = observed.fines["fines"].sum() - _fines_in(observed, during).sum()
    return {
        **dict.fromkeys(("rate_ratio", "lower", "upper"), 1.0),
        "fines": int(fines),
        "hours": hours - _hours_in(observed.looked, during).sum(),
        "weeks": len(observed.weeks),
        "reference": "no",
        "remark": "",
    }


def _ratio(observed: Observed, model: RateModel, during: sparse.csr_array, interval: float) -> dict:
    effect = np.nan_to_num(model.effect)
    zones = len(observed.zones)
    fines = _fines_in(observed, during)
    valid = effect[observed.fines["moment"]] > 0
    inside = np.bincount(observed.fines["zone"], fines * valid, minlength=zones)
    total = np.bincount(observed.fines["zone"], observed.fines["fines"] * valid, minlength=zones)
    exposed = _hours_in(observed.counted, during)
    here = exposed @ effect
    elsewhere = observed.counted.by_zone(effect) - here
    looked = _hours_in(observed.looked, during)
    weeks = np.unique(observed.moments["week"].to_numpy()[np.unique(looked.indices)])
    about = {"fines": int(fines.sum()), "hours": looked.sum(), "weeks": len(weeks)}
    ratio, deviation = _solve(inside, total, here, elsewhere)
    remark = "" if ratio > 0 else "too_little"
    half = stats.norm.ppf(0.5 + interval / 2) * deviation * np.sqrt(model.spread.cell)
    bounds = (ratio, ratio * np.exp(-half), ratio * np.exp(half)) if not remark else (np.nan,) * 3
    named = dict(zip(("rate_ratio", "lower", "upper"), bounds, strict=True))
    return {**named, **about, "reference": "no", "remark": remark}


def _solve(inside, total, here, elsewhere) -> tuple[float, float]:
    """The ratio at which the fines expected inside are those found, and the error of its log.

    0 where there is no fine inside, or no zone has both kinds of hours.
    """
    both = (here > 0) & (elsewhere > 1e-9)
    inside, total, here, elsewhere = (v[both] for v in (inside, total, here, elsewhere))
    if not 0 < inside.sum() < total.sum():
        return 0.0, np.nan

    def share(log_ratio: float) -> np.ndarray:
        return here / (here + elsewhere * np.exp(-log_ratio))

    log_ratio = optimize.brentq(lambda x: total @ share(x) - inside.sum(), -20.0, 20.0)
    chance = share(log_ratio)
    return float(np.exp(log_ratio)), float(1.0 / np.sqrt(total @ (chance * (1 - chance))))
