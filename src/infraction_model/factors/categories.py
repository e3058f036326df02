"""What is fined: the mix of categories, and when each stands out from its own average."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from infraction_model.factors.levels import BAND_STARTS, BANDS, bands
from infraction_model.factors.observed import Observed
from infraction_model.factors.rates import RateModel

DAYS = ("workday", "saturday", "sunday")
_LEAST_FINES = 10


def category_mix(observed: Observed, model: RateModel, interval: float) -> pd.DataFrame:
    """One row per category, most fined first.

    Columns category, fines, share, rate (fines per hour looked at), and where it stands out most:
    peak_day (one of DAYS), peak_from (hour), peak_ratio, peak_lower, peak_upper: fines
    per hour looked at, against the category's own average, zones held. The peak is the band whose
    lower bound is highest among those with at least ten fines; NaN where no band stands out.
    """
    day, band = bands(observed.moments["hour_of_week"].to_numpy())
    cell = np.maximum(day - 4, 0) * BANDS + band
    cells = len(DAYS) * BANDS
    looked = observed.counted.by_moment(model.zone_level)
    looked = np.bincount(cell, looked, minlength=cells) / looked.sum()
    fines = observed.fines
    counts = np.zeros((len(observed.categories), cells))
    np.add.at(counts, (fines["category"], cell[fines["moment"]]), fines["fines"])
    total = counts.sum(axis=1)
    hours = observed.looked.by_zone(np.ones(len(cell))).sum()
    rows = []
    for category, name in enumerate(observed.categories):
        row = {"category": name, "fines": int(total[category])}
        row |= {"share": total[category] / total.sum(), "rate": total[category] / hours}
        rows.append(row | _peak(counts[category], looked * total[category], model, interval))
    table = pd.DataFrame(rows)
    table = table[table["fines"] > 0]
    return table.sort_values(["fines", "category"], ascending=[False, True], ignore_index=True)


def _peak(found: np.ndarray, expected: np.ndarray, model: RateModel, interval: float) -> dict:
    tail, chance = (1 - interval) / 2, model.spread.cell
    lower = np.zeros(len(found))
    enough = (found >= _LEAST_FINES) & (expected > 0)
    # exact Poisson bounds (Garwood, 1936), widened by the dispersion
    lower[enough] = stats.gamma.ppf(tail, found[enough] / chance) * chance / expected[enough]
    best = int(np.argmax(lower))
    if lower[best] <= 1:
        names = ("peak_day", "peak_from", "peak_ratio", "peak_lower", "peak_upper")
        return dict.fromkeys(names, np.nan) | {"peak_day": ""}
    upper = stats.gamma.ppf(1 - tail, found[best] / chance + 1) * chance / expected[best]
    day, band = divmod(best, BANDS)
    return {
        "peak_day": DAYS[day],
        "peak_from": BAND_STARTS[band],
        "peak_ratio": found[best] / expected[best],
        "peak_lower": lower[best],
        "peak_upper": upper,
    }
