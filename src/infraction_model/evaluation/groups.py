"""Which zone-hours are alike: classes of zones, hours and effort, by what was known beforehand.

Groups are fixed at the first origin of a backtest. To group by the outcomes to be judged would make
every forecast look too low in the busy groups and too high in the quiet ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.exposure import Basis, is_known
from infraction_model.features.snapshot import cell_events, exposed_hours
from infraction_model.panel import Panel
from infraction_model.timegrid import HOURS_PER_WEEK

ZONE_CLASSES = ("low", "middle", "high", "seldom")
HOUR_BANDS = ("night", "morning", "lunch", "afternoon", "evening")
BAND_STARTS = (0, 7, 12, 14, 19)
DAYS = ("weekday", "saturday", "sunday")
EFFORTS = ("never", *(f"d{number}" for number in range(1, 11)))
GROUPINGS: dict[str, tuple[str, ...]] = {
    "zone_class": ZONE_CLASSES,
    "hour_band": HOUR_BANDS,
    "day": DAYS,
    "effort": EFFORTS,
}
SELDOM = 0.1
"""A zone with less than this share of the middle zone's patrol hours is seldom patrolled."""


@dataclass(frozen=True)
class History:
    """What was known of each zone at an origin: `hours` (zones, 168), `fines` (zones,)."""

    zone_ids: np.ndarray
    hours: np.ndarray
    fines: np.ndarray

    def of(self, zone_ids: pd.Series) -> History:
        """The history of some zones; one that was not known then has none."""
        position = pd.Index(self.zone_ids).get_indexer(zone_ids)
        known = position >= 0
        hours = np.where(known[:, None], self.hours[position], 0.0)
        return History(zone_ids.to_numpy(), hours, np.where(known, self.fines[position], 0.0))


def history(panel: Panel, basis: Basis, origin: int) -> History:
    """Exposure hours and fines of each zone of the panel, of all weeks known at `origin`."""
    known = panel.as_of(origin)
    hours = np.zeros((len(known.zones), HOURS_PER_WEEK))
    for week in range(known.first_week, origin):
        hours += exposed_hours(known, basis, week)
    events = cell_events(known, basis)
    fines = np.bincount(events["zone"], events["fines"], minlength=len(known.zones))
    return History(known.zones["zone_id"].to_numpy(), hours, fines)


def classify(known: History, basis: Basis) -> dict[str, np.ndarray]:
    """The group of every zone-hour, by grouping: arrays (zones, 168), positions in GROUPINGS.

    `zone_class`: thirds of the zones by fines per patrol hour, and apart the zones seldom or never
    patrolled. `effort`: tenths of the zone-hours by patrol hours, and apart those never patrolled;
    where exposure is not known, tenths by the fines of the zone.
    """
    shape = known.hours.shape
    hour = np.arange(HOURS_PER_WEEK)
    band = np.searchsorted(BAND_STARTS, hour % 24, side="right") - 1
    day = np.clip(hour // 24 - 4, 0, 2)
    effort = known.hours if is_known(basis) else np.broadcast_to(known.fines[:, None], shape)
    return {
        "zone_class": np.broadcast_to(_zone_class(known)[:, None], shape).astype(np.uint8),
        "hour_band": np.broadcast_to(band, shape).astype(np.uint8),
        "day": np.broadcast_to(day, shape).astype(np.uint8),
        "effort": _tenths(effort),
    }


def _zone_class(known: History) -> np.ndarray:
    hours = known.hours.sum(axis=1)
    seldom = hours < SELDOM * np.median(hours)
    seldom |= hours == 0
    rate = known.fines / np.maximum(hours, 1e-9)
    third = np.zeros(len(rate), dtype=int)
    if not seldom.all():
        third = np.searchsorted(np.quantile(rate[~seldom], [1 / 3, 2 / 3]), rate, side="right")
    return np.where(seldom, ZONE_CLASSES.index("seldom"), third)


def _tenths(effort: np.ndarray) -> np.ndarray:
    """0 where there was none, else 1 to 10 by effort, equal efforts together."""
    some = effort > 0
    if not some.any():
        return np.zeros(effort.shape, np.uint8)
    edges = np.quantile(effort[some], np.arange(1, 10) / 10)
    return np.where(some, 1 + np.searchsorted(edges, effort, side="right"), 0).astype(np.uint8)
