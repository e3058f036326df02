"""How full zones are, as the public may have it: typical hours, months, and the coming week.

An hour with few cars is a small count too. So a zone is published only from k bays on, an hour
counts only if k bays were seen in it, a typical hour is told only from k weeks on, a month only if
it is over and half of it is known; and rates are rounded to steps that a single car in a single
hour does not move by more than one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Le

from infraction_model.occupancy.availability import Availability
from infraction_model.timegrid import hour_of_week, starts_at, to_local, week_of

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
BASES = {
    "sensors": "capteurs",
    "readings": "places_libres",
    "payments": "paiements",
    "fallback": "paiements_voisins",
    "paid": "tickets",
}
"""What a published occupancy rests on, by the basis of the contract table."""

DAYTIME = (8, 20)
"""The hours of the day that a month's second rate is about."""

HOURLY = ("zone_id", "day", "hour", "occupancy", "weeks", "basis")
MONTHLY = ("zone_id", "month", "occupancy", "daytime", "hours", "basis")
COMING = ("zone_id", "starts_at", "spaces", "free", "free_low", "free_high", "basis")


@dataclass(frozen=True)
class PublicOccupancy:
    """Rates are rounded to `step_percent`; a typical hour is the mean of the last
    `typical_weeks` weeks.
    """

    step_percent: Annotated[int, Ge(1), Le(25)] = 5
    typical_weeks: Annotated[int, Ge(1)] = 13


def best_known(sensors: pd.DataFrame | None, payments: pd.DataFrame | None) -> pd.DataFrame | None:
    """One occupancy per zone and hour: measured where there is a measure, else the estimate.

    Unlike `joined` of occupancy/tables.py, also where the estimate took the sensors in: only what
    was measured says how many bays were seen, and too few of them must not be published.
    """
    parts = [table for table in (sensors, payments) if table is not None]
    if not parts:
        return None
    both = pd.concat([part.assign(place=place) for place, part in enumerate(parts)])
    both = both.sort_values(["zone_id", "starts_at", "place"], kind="stable")
    both = both.drop_duplicates(["zone_id", "starts_at"]).drop(columns="place")
    return both.reset_index(drop=True)


def public_spaces(occupancy: pd.DataFrame, zones: pd.DataFrame, k: int) -> pd.Series:
    """The spaces of the zones that may be published, by zone_id: `k` or more, all of them seen.

    Where sensors see only some bays of a zone, as many count as they see on average; where nobody
    says how many spaces a zone has, as many as are seen.
    """
    listed = zones.set_index("zone_id").get("spaces", pd.Series(dtype=float))
    bays = occupancy.get("bays_seen", pd.Series(np.nan, index=occupancy.index))
    seen = bays.groupby(occupancy["zone_id"]).mean()
    spaces = listed.reindex(seen.index).fillna(seen.round())
    return spaces[(spaces >= k) & ~(seen < k)].astype(int)


def well_seen(occupancy: pd.DataFrame, k: int) -> pd.DataFrame:
    """An occupancy without the hours in which sensors saw some bays of a zone but fewer than k."""
    if "bays_seen" not in occupancy:
        return occupancy
    return occupancy[~(occupancy["bays_seen"] < k)]


def by_hour(
    occupancy: pd.DataFrame, origin: int, k: int, parameters: PublicOccupancy
) -> pd.DataFrame:
    """Columns HOURLY: the mean of each zone and hour of the week over the last weeks known."""
    local = to_local(occupancy["starts_at"])
    week = week_of(local)
    used = (week < origin) & (week >= origin - parameters.typical_weeks)
    own = occupancy[used].assign(hour_of_week=hour_of_week(local)[used], week=week[used])
    table = _means(own, ["zone_id", "hour_of_week"])
    table = table[table["weeks"] >= k].reset_index()
    return pd.DataFrame(
        {
            "zone_id": table["zone_id"],
            "day": [DAYS[hour // 24] for hour in table["hour_of_week"]],
            "hour": table["hour_of_week"] % 24,
            "occupancy": rounded(table["occupancy"], parameters.step_percent),
            "weeks": table["weeks"],
            "basis": table["basis"],
        }
    )


def by_month(occupancy: pd.DataFrame, origin: dt.date, parameters: PublicOccupancy) -> pd.DataFrame:
    """Columns MONTHLY: the means of each zone and past month of which half the hours are known."""
    local = to_local(occupancy["starts_at"])
    month = local.dt.to_period("M")
    own = occupancy.assign(month=month, week=week_of(local))
    own = own[month < pd.Period(origin, "M")]
    table = _means(own, ["zone_id", "month"])
    day = own["starts_at"].dt.hour.between(DAYTIME[0], DAYTIME[1] - 1)
    table["daytime"] = own[day].groupby(["zone_id", "month"])["occupancy"].mean()
    table = table.reset_index()
    table = table[table["hours"] >= 12 * table["month"].dt.days_in_month].reset_index(drop=True)
    return pd.DataFrame(
        {
            "zone_id": table["zone_id"],
            "month": table["month"].astype("str"),
            "occupancy": rounded(table["occupancy"], parameters.step_percent),
            "daytime": rounded(table["daytime"], parameters.step_percent),
            "hours": table["hours"],
            "basis": table["basis"],
        }
    )


def _means(own: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Mean occupancy, how many weeks and hours it rests on, and the basis of most of them."""
    groups = own.groupby(by, sort=True)
    table = groups.agg(
        occupancy=("occupancy", "mean"), weeks=("week", "nunique"), hours=("week", "size")
    )
    count = own.groupby([*by, "basis"]).size().unstack(fill_value=0)
    most = count.reindex(columns=list(BASES), fill_value=0).idxmax(axis=1)
    return table.assign(basis=most.map(BASES))


def rounded(rate: pd.Series, step: int) -> pd.Series:
    """Rates as whole percents, in steps; missing where not known."""
    return (100 * rate / step).round().mul(step).astype("Int64")


def coming_week(found: Availability, spaces: pd.Series, origin: int, timezone: str) -> pd.DataFrame:
    """Columns COMING: the free spaces of each zone and hour of the week that begins at the origin.

    Whole spaces; the ends of the interval are rounded away from what is expected. Hours of which
    nothing is known are left out, like the hour that spring skips.
    """
    starts = starts_at(origin, timezone)
    parts = []
    for row, zone_id in enumerate(found.zone_ids):
        count = int(spaces[zone_id])
        known = np.isfinite(found.expected[row]) & starts.notna().to_numpy()
        expected, lower, upper = (
            one[row, known] for one in (found.expected, found.lower, found.upper)
        )
        parts.append(
            pd.DataFrame(
                {
                    "zone_id": zone_id,
                    "starts_at": starts[known].map(lambda time: time.isoformat()),
                    "spaces": count,
                    "free": np.rint(count * (1 - expected)).astype(int),
                    "free_low": np.floor(count * (1 - upper) + 1e-9).astype(int),
                    "free_high": np.ceil(count * (1 - lower) - 1e-9).astype(int),
                    "basis": BASES[found.basis[row]],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[list(COMING)]
