"""Indicators of how bays are used: rotation, length of stay, overstays, long-stay cars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt

from infraction_model.calendars import CalendarParameters
from infraction_model.occupancy.sensors import Sensed
from infraction_model.occupancy.timeline import HOUR, LimitHours

_BY = (("zone_id",), ("zone_id", "weekday"), ("zone_id", "hour"), ("zone_id", "weekday", "hour"))
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class IndicatorParameters:
    """An overstay is more than `grace_minutes` past the zone's limit, counted in its limited
    hours; a long-stay car ("voiture ventouse") stays `long_stay_hours` or more.
    """

    grace_minutes: Annotated[float, Ge(0)] = 5.0
    long_stay_hours: Annotated[float, Gt(0)] = 24.0


def indicators(
    sensed: Sensed,
    zones: pd.DataFrame,
    limits: LimitHours,
    calendar: CalendarParameters,
    parameters: IndicatorParameters,
) -> pd.DataFrame:
    """The contract table `indicators`: by zone, and by its weekdays, hours, and both.

    `weekday` and `hour` are of the hour for what was occupied, of the arrival for stays; missing
    where a row is about all of them. `bays_seen` is the mean number of bays believed, `arrivals`
    counts stays, `rotation` is vehicles per bay and day. Shares are of the stays; the share of
    overstays is missing where the zone has no limit, `long_stay_time` is the share of the occupied
    time taken by long-stay cars.
    """
    cells, stays = _cells(sensed), _stays(sensed, zones, limits, calendar, parameters)
    parts = []
    for keys in _BY:
        names = list(keys)
        table = cells.groupby(names, sort=True).sum(numeric_only=True)[
            ["occupied", "known", "hours"]
        ]
        table = table.join(
            stays.groupby(names).agg(
                arrivals=("length", "size"),
                mean_stay=("length", "mean"),
                limited=("limited", "sum"),
                overstays=("overstays", "sum"),
                long_stays=("long", "sum"),
                long_time=("long_time", "sum"),
                time=("length", "sum"),
            )
        )
        parts.append(_figures(table.reset_index(), "hour" not in keys))
    return pd.concat(parts, ignore_index=True)


def _cells(sensed: Sensed) -> pd.DataFrame:
    """Occupied and known seconds of each zone and hour."""
    hours = sensed.hours
    parts = []
    for zone_id, place in sensed.bays.groupby("zone_id").indices.items():
        parts.append(
            pd.DataFrame(
                {
                    "zone_id": zone_id,
                    "weekday": hours.hour_of_week // 24,
                    "hour": hours.hour_of_week % 24,
                    "occupied": sensed.occupied[place].sum(axis=0),
                    "known": sensed.known[place].sum(axis=0),
                    "hours": 1.0,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _stays(
    sensed: Sensed,
    zones: pd.DataFrame,
    limits: LimitHours,
    calendar: CalendarParameters,
    parameters: IndicatorParameters,
) -> pd.DataFrame:
    """Each stay: when it began, how long it was (hours), whether it was too long, or very long."""
    stays, hours = sensed.stays, sensed.hours
    start, end = stays["start"].to_numpy(), stays["end"].to_numpy()
    place = (start - hours.edges[0]) // HOUR
    charged = limits.spans(hours, sensed.timezone, calendar)
    parked = (charged.until(end) - charged.until(start)) / 60.0
    longest = zones.set_index("zone_id").get("max_stay_minutes", pd.Series(dtype=float))
    limit = stays["zone_id"].map(longest).to_numpy(dtype=float)
    length = (end - start) / HOUR
    long = length >= parameters.long_stay_hours
    return pd.DataFrame(
        {
            "zone_id": stays["zone_id"].to_numpy(),
            "weekday": hours.hour_of_week[place] // 24,
            "hour": hours.hour_of_week[place] % 24,
            "length": length,
            "limited": np.isfinite(limit),
            "overstays": parked > limit + parameters.grace_minutes,
            "long": long,
            "long_time": np.where(long, length, 0.0),
        }
    )


def _figures(table: pd.DataFrame, whole_days: bool) -> pd.DataFrame:
    arrivals = table["arrivals"].fillna(0.0)
    some = arrivals.where(arrivals > 0)
    bay_days = table["known"] / HOUR / 24.0
    for name in ("weekday", "hour"):
        if name not in table:
            table[name] = pd.NA
    return pd.DataFrame(
        {
            "zone_id": table["zone_id"],
            "weekday": table["weekday"].astype("Int8"),
            "hour": table["hour"].astype("Int8"),
            "bays_seen": table["known"] / HOUR / table["hours"],
            "occupancy": table["occupied"] / table["known"].where(table["known"] > 0),
            "arrivals": arrivals,
            "rotation": arrivals / bay_days.where(bay_days > 0) if whole_days else np.nan,
            "mean_stay_minutes": table["mean_stay"] * 60.0,
            "overstays": (table["overstays"] / some).where(table["limited"].fillna(0) > 0),
            "long_stays": table["long_stays"] / some,
            "long_stay_time": table["long_time"] / table["time"],
        }
    )


def stay_lengths(sensed: Sensed) -> pd.DataFrame:
    """How long cars stay: zone_id, stays, and minutes q10, q25, q50, q75, q90 (missing: not known).

    Kaplan and Meier (1958): a stay whose end nobody saw counts for as long as it was seen.
    """
    rows = []
    for zone_id, own in sensed.stays.groupby("zone_id", sort=True):
        length = (own["end"] - own["start"]).to_numpy() / 60.0
        times, survival = kaplan_meier(length, own["ended"].to_numpy(dtype=bool))
        row: dict[str, object] = {"zone_id": zone_id, "stays": len(own)}
        for quantile in QUANTILES:
            gone = np.flatnonzero(survival <= 1 - quantile + 1e-12)
            row[f"q{round(100 * quantile)}"] = times[gone[0]] if len(gone) else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def kaplan_meier(length: np.ndarray, ended: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times at which stays end, in order, and the share that is still there after each."""
    order = np.sort(length)
    times, ends = np.unique(length[ended], return_counts=True)
    at_risk = len(order) - np.searchsorted(order, times, side="left")
    return times, np.cumprod(1.0 - ends / np.maximum(at_risk, 1))
