"""What was seen up to an origin: fines and hours looked at, by zone and by hour of history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from infraction_model.asof import completeness, completeness_at
from infraction_model.errors import NotEnoughDataError
from infraction_model.exposure import Basis, is_known, uniform_hours
from infraction_model.panel import CELL, Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday


@dataclass(frozen=True)
class Looks:
    """Hours looked at, as a linear map between zones and moments.

    `grid` is a sparse (zones, moments) matrix, or None where every zone counts alike; then
    `uniform` (moments) holds for each of the `zones`.
    """

    zones: int
    grid: sparse.csr_array | None
    uniform: np.ndarray | None

    def by_moment(self, values: np.ndarray) -> np.ndarray:
        """Sum over zones of hours x values, (moments) or, for (zones, k) values, (moments, k)."""
        if self.grid is None:
            return np.multiply.outer(self.uniform, values.sum(axis=0))
        return self.grid.T @ values

    def by_zone(self, values: np.ndarray) -> np.ndarray:
        """Sum over moments of hours x values, (zones) or, for (moments, k) values, (zones, k)."""
        if self.grid is None:
            return np.broadcast_to(self.uniform @ values, (self.zones, *values.shape[1:]))
        return self.grid @ values


def holds(grid: sparse.csr_array, zone: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """Which of these places have an entry in a sparse (zones, moments) matrix, bool."""
    rows = np.repeat(np.arange(grid.shape[0]), np.diff(grid.indptr))
    entries = rows * grid.shape[1] + grid.indices
    return np.isin(np.asarray(zone, dtype=np.int64) * grid.shape[1] + moment, entries)


@dataclass(frozen=True)
class Observed:
    """Fines and looks on the grid; a moment is one hour_of_week of one week that was looked at.

    `zones`: the panel's. `moments`: week, hour_of_week, date. `fines`: zone, moment, category,
    fines (count). `looked`: hours as the town logged them; `counted`: the same times the share of
    their week's records that has come in, which is what fines are held against.
    `context`: the panel's. `unlooked_share`: of the fines, those issued where no look is logged;
    they are not in `fines`. `small_zones`: how many zones had too few fines to be kept.
    """

    basis: Basis
    zones: pd.DataFrame
    categories: tuple[str, ...]
    moments: pd.DataFrame
    fines: pd.DataFrame
    looked: Looks
    counted: Looks
    context: pd.DataFrame
    unlooked_share: float
    small_zones: int

    @property
    def weeks(self) -> np.ndarray:
        """The weeks that count, rising."""
        return np.unique(self.moments["week"])

    @property
    def clock_hours(self) -> np.ndarray:
        """The hours of the moments, counted on the local clock since week 0, rising."""
        moments = self.moments
        return moments["week"].to_numpy() * HOURS_PER_WEEK + moments["hour_of_week"].to_numpy()

    def fines_by_moment(self) -> np.ndarray:
        return np.bincount(self.fines["moment"], self.fines["fines"], minlength=len(self.moments))

    def fines_by_zone(self) -> np.ndarray:
        return np.bincount(self.fines["zone"], self.fines["fines"], minlength=len(self.zones))


def observe(
    panel: Panel, origin: int, basis: Basis, min_fines: int, least_completeness: float
) -> Observed:
    """Everything known before `origin` on whole weeks whose records have mostly come in.

    `panel` is seen through `basis` (Panel.seen_through). Derived zones with fewer than `min_fines`
    known fines are left out. Raises NotEnoughDataError where fewer than four weeks or no fine
    remain.
    """
    known = panel.as_of(origin)
    busy = known.zones["official"].to_numpy() | (known.fines_per_zone() >= min_fines)
    small = int((~busy).sum())
    curve = completeness(known.fines, origin)
    known = known.select(busy)
    share = _share_by_week(known, origin, curve, least_completeness)
    if not is_known(basis):
        moments = _uniform_moments(share, known.timezone)
        hours = moments.pop("hours").to_numpy()
        looked = Looks(len(known.zones), None, hours)
        counted = Looks(len(known.zones), None, hours * moments["week"].map(share).to_numpy())
    else:
        moments, looked, counted = _logged(known, basis, share)
    fines, unlooked = _fines(known, basis, moments, looked, share)
    if fines.empty:
        raise NotEnoughDataError(
            f"at origin {monday(origin)} no fine lies in a zone-hour that was looked at. "
            "Check that patrols and fines name the same zones and hours."
        )
    return Observed(
        basis,
        known.zones,
        known.categories,
        moments,
        fines,
        looked,
        counted,
        known.context,
        unlooked,
        small,
    )


def _share_by_week(
    known: Panel, origin: int, curve: np.ndarray, least_completeness: float
) -> pd.Series:
    """The share of records that has come in, by week that counts."""
    weeks = np.arange(0)
    if not known.fines.empty:
        weeks = np.arange(known.first_week, min(origin, known.end_week))
    share = pd.Series(completeness_at(curve, origin - 1 - weeks), index=weeks)
    share = share[share >= least_completeness]
    if len(share) < 4:
        raise NotEnoughDataError(
            f"at origin {monday(origin)} only {len(share)} whole weeks have at least "
            f"{least_completeness:.0%} of their records; 4 are needed. Give a later origin."
        )
    return share


def _dates(moments: pd.DataFrame) -> np.ndarray:
    first = np.datetime64(monday(0))
    days = moments["week"].to_numpy() * 7 + moments["hour_of_week"].to_numpy() // 24
    return first + days.astype("timedelta64[D]")


def _uniform_moments(share: pd.Series, timezone: str) -> pd.DataFrame:
    hours = np.concatenate([uniform_hours(int(week), timezone) for week in share.index])
    moments = pd.DataFrame(
        {
            "week": np.repeat(share.index.to_numpy(), HOURS_PER_WEEK),
            "hour_of_week": np.tile(np.arange(HOURS_PER_WEEK), len(share)),
            "hours": hours,
        }
    )
    moments = moments[moments["hours"] > 0].reset_index(drop=True)
    return moments.assign(date=_dates(moments))


def _logged(known: Panel, basis: Basis, share: pd.Series) -> tuple[pd.DataFrame, Looks, Looks]:
    patrols = known.exposure(basis)
    patrols = patrols[patrols["week"].isin(share.index)]
    if patrols.empty:
        raise NotEnoughDataError("no patrol is logged in the weeks that count.")
    key = patrols["week"].to_numpy().astype(np.int64) * HOURS_PER_WEEK + patrols["hour_of_week"]
    keys, moment = np.unique(key, return_inverse=True)
    week, hour = np.divmod(keys, HOURS_PER_WEEK)
    moments = pd.DataFrame({"week": week, "hour_of_week": hour})
    moments["date"] = _dates(moments)
    shape = (len(known.zones), len(moments))
    place = (patrols["zone"].to_numpy(), moment)
    hours = patrols["hours"].to_numpy()
    came_in = patrols["week"].map(share).to_numpy()
    grids = [sparse.coo_array((h, place), shape).tocsr() for h in (hours, hours * came_in)]
    looked, counted = (Looks(shape[0], grid, None) for grid in grids)
    return moments, looked, counted


def _fines(
    known: Panel, basis: Basis, moments: pd.DataFrame, looked: Looks, share: pd.Series
) -> tuple[pd.DataFrame, float]:
    """Fines in zone-hours that were looked at, and the share of those that were not."""
    fines = known.found(basis)
    fines = fines[fines["week"].isin(share.index)]
    keys = [*CELL, "category"]
    fines = fines.groupby(keys, sort=True)["fines"].sum().reset_index()
    fines = fines[fines["fines"] > 0]
    position = moments[["week", "hour_of_week"]].assign(moment=np.arange(len(moments)))
    placed = fines.merge(position, on=["week", "hour_of_week"])
    if looked.grid is not None:
        placed = placed[holds(looked.grid, placed["zone"], placed["moment"])]
    total = fines["fines"].sum()
    lost = 1.0 - placed["fines"].sum() / total if total else 0.0
    return placed[["zone", "moment", "category", "fines"]].reset_index(drop=True), float(lost)
