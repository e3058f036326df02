"""The target week that every renderer draws: zones in rows, the 168 hours in columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from annotated_types import Ge, Interval

from infraction_model import timegrid
from infraction_model.errors import ContractError
from infraction_model.maps.basemap import NO_BASEMAP, Basemap
from infraction_model.maps.shapes import decoded
from infraction_model.patrol.priority import TIER_SHARES, prioritise

EXTRAPOLATED = "extrapolated"
NEARLY_ONE = 1 - 1e-6
MEASURES = ("infraction_probability", "expected_infractions", "lower", "upper")


@dataclass(frozen=True)
class MapParameters:
    """What a planner may choose of a map; `csv_rows` None writes every zone-hour."""

    language: Literal["fr", "en"] = "fr"
    tier_shares: tuple[float, ...] = TIER_SHARES
    listed_rows: Annotated[int, Interval(ge=1, le=5000)] = 200
    csv_rows: Annotated[int, Ge(1)] | None = 20_000
    basemap: Basemap = NO_BASEMAP


@dataclass(frozen=True)
class MapWeek:
    """One target week of one town, made rectangular.

    `zones` has one row per zone, in the order of zone_id: zone_id, name, geometry (shapely or
    None) and what else the zones table tells. `ranked` is the scores table, best first, with rank,
    tier, and its place in the arrays (`row`, `hour`). The arrays have shape (zones, 168):
    probabilities and counts as float64 with NaN where there is no score (a zone without any, the
    hour that the clock skips in spring), tiers as int8 with 0 there.
    `lower` and `upper` bound the expected infractions at 90 %. `extrapolated` names the hours of
    week at which no patrol goes anywhere; `exposure_basis` is that of all other hours.
    """

    town: str
    monday: dt.date
    zones: pd.DataFrame
    ranked: pd.DataFrame
    probability: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    tier: np.ndarray
    tier_shares: tuple[float, ...]
    extrapolated: tuple[int, ...]
    exposure_basis: str
    model_version: str

    @property
    def last_tier(self) -> int:
        """The number of the tier that holds the rest."""
        return len(self.tier_shares) + 1


def map_week(
    scores: pd.DataFrame,
    zones: pd.DataFrame,
    town: str,
    week: int,
    tier_shares: Sequence[float] = TIER_SHARES,
) -> MapWeek:
    """Lay the scores of one target week over the zones of the town.

    `scores` and `zones` are contract tables. A scored zone that the zones table lacks keeps its
    zone_id as name; a zone without scores stays, so that the map shows what the model leaves out.
    Raises ContractError where the scores are empty, lie outside the week or mix exposure bases.
    """
    _check(scores, week)
    ranked = prioritise(scores, tier_shares)
    places = _places(zones, scores)
    local = timegrid.to_local(ranked["starts_at"])
    row = pd.Index(places["zone_id"]).get_indexer(ranked["zone_id"])
    hour = timegrid.hour_of_week(local)
    ranked = ranked.assign(local=local, row=row, hour=hour, name=places["name"].to_numpy()[row])
    grids = []
    for measure in MEASURES:
        grid = np.full((len(places), timegrid.HOURS_PER_WEEK), np.nan)
        grid[row, hour] = ranked[measure]
        grids.append(grid)
    tier = np.zeros(grids[0].shape, dtype=np.int8)
    tier[row, hour] = ranked["tier"]
    return MapWeek(
        town,
        timegrid.monday(week),
        places,
        ranked,
        *grids,
        tier,
        tuple(map(float, tier_shares)),
        extrapolated=tuple(sorted(set(hour[ranked["exposure_basis"] == EXTRAPOLATED].tolist()))),
        exposure_basis=one_basis(scores),
        model_version=", ".join(sorted(set(ranked["model_version"]))),
    )


def _check(scores: pd.DataFrame, week: int) -> None:
    if scores.empty:
        raise ContractError("the scores table has no rows. Run `infraction-model score` again.")
    weeks = timegrid.week_of(timegrid.to_local(scores["starts_at"]))
    if (weeks != week).any():
        others = sorted({str(timegrid.monday(other)) for other in weeks[weeks != week]})
        raise ContractError(
            f"expected scores of the week of {timegrid.monday(week)} only, got rows of the week of "
            f"{', '.join(others[:3])}. Run `infraction-model score` again."
        )


def one_basis(scores: pd.DataFrame) -> str:
    """The one exposure basis of the hours that are not extrapolated; ContractError for others."""
    bases = sorted(set(scores["exposure_basis"]) - {EXTRAPOLATED})
    if len(bases) != 1:
        raise ContractError(
            f"expected one exposure_basis in the scores beside extrapolated hours, got "
            f"{' and '.join(bases) or 'none'}. Run `infraction-model score` again."
        )
    return bases[0]


def _places(zones: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Every zone known or scored, by zone_id, with its geometry decoded."""
    missing = sorted(set(scores["zone_id"]) - set(zones["zone_id"]))
    unknown = pd.DataFrame({"zone_id": missing, "name": missing, "geometry": None})
    known = zones.assign(geometry=decoded(zones))
    if missing:
        known = pd.concat([known, unknown.astype({"geometry": object})], ignore_index=True)
    known["name"] = known["name"].where(known["name"].str.strip() != "", known["zone_id"])
    return known.sort_values("zone_id", ignore_index=True)


def probability_bound(probability, expected, bound):
    """A bound on the expected number, as one on the probability of at least one.

    The hazard -log(1 - p) moves in proportion: where an hour's finds are Poisson, so that
    p = 1 - exp(-expected), this is 1 - exp(-bound); elsewhere it keeps the bound within [0, 1].
    """
    hazard = -np.log1p(-np.minimum(probability, NEARLY_ONE))
    share = np.divide(bound, expected, out=np.ones_like(bound), where=expected > 0)
    return -np.expm1(-hazard * share)
