"""Fines as the public may have them: counts by month, zone and group, small ones withheld.

Each month stands for itself: no figure spans two months, so months share no equation. A month is
counted once, with what was known some time after its end, and never again: two publications never
show it differently, so their difference tells nothing. By zone only those of the town's own file
are told: that a zone known from fines alone is named at all would tell of a fine there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge

from infraction_model.errors import ConfigError
from infraction_model.open_data.suppression import protect

ALL, OTHER = "ensemble", "autre"
"""The group of all fines together, and the one of categories that no group names."""

WHOLE_DAY = "journee"
PARTS = {"nuit": (0, 7), "matin": (7, 12), "apres_midi": (12, 18), "soir": (18, 24)}
"""Parts of the day, from one hour to another."""

TOLD, WITHHELD = "publie", "secret"

BY_ZONE = ("zone_id", "month", "group", "count", "status")
BY_TOWN = ("month", "group", "part", "count", "status")


def _groups() -> dict[str, list[str]]:
    return {
        "paiement": ["unpaid", "overstay"],
        "gene": ["no_parking", "double_parking", "loading", "reserved", "obstruction"],
        "protection": ["pavement", "crossing_or_school", "disabled_bay", "dangerous"],
    }


@dataclass(frozen=True)
class FineParameters:
    """A month closes `closing_days` after its end: what is recorded later never counts.

    `groups`: categories under the name by which they are published; those that no group names are
    published as `autre`. `withdrawn`: months (YYYY-MM) that are not published, or no more. Raises
    ConfigError for a category in two groups, a name that is taken, or what is no month.
    """

    closing_days: Annotated[int, Ge(0)] = 60
    groups: dict[str, list[str]] = field(default_factory=_groups)
    withdrawn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for month in self.withdrawn:
            if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
                raise ConfigError(
                    f"key 'open_data.fines.withdrawn': expected months as YYYY-MM, got {month!r}."
                )
        for name in (ALL, OTHER):
            if name in self.groups:
                raise ConfigError(
                    f"key 'open_data.fines.groups': '{name}' stands for all or all other fines; "
                    "choose another name."
                )
        listed = [category for categories in self.groups.values() for category in categories]
        twice = sorted({category for category in listed if listed.count(category) > 1})
        if twice:
            raise ConfigError(
                f"key 'open_data.fines.groups': '{twice[0]}' is in two groups; a fine counts once."
            )


def closed_months(
    fines: pd.DataFrame, origin: dt.date, k: int, chosen: FineParameters, first: dt.date | None
) -> list[pd.Period]:
    """The months of a town's fines that had closed at the origin, oldest first.

    The records must reach so far: a month has closed once `k` fines (one may be misdated) are
    issued on its closing day or later. The month in which the records begin counts if they begin in
    its first week. With `first`, a day from which records are kept, no month that begins before it.
    """
    if len(fines) < k:
        return []
    issued = fines["issued_at"].dt.tz_localize(None)
    start = issued.min().to_period("M") + int(issued.min().day > 7)
    reached = min(origin, issued.nlargest(k).min().date())
    floor = dt.date.min if first is None else first
    return [
        month
        for month in pd.period_range(start, pd.Timestamp(reached), freq="M")
        if closing(month, chosen.closing_days) <= reached
        and month.start_time.date() >= floor
        and str(month) not in chosen.withdrawn
    ]


def closing(month: pd.Period, closing_days: int) -> dt.date:
    """The day on which a month closes; what became known on it or later does not count."""
    return (month + 1).start_time.date() + dt.timedelta(days=closing_days)


def known_in(fines: pd.DataFrame, month: pd.Period, closing_days: int) -> pd.DataFrame:
    """The fines issued in a month that were known when it closed."""
    issued = fines["issued_at"].dt.tz_localize(None)
    recorded = fines.get("recorded_at")
    known = issued if recorded is None else recorded.dt.tz_localize(None).fillna(issued)
    in_time = np.maximum(known, issued) < pd.Timestamp(closing(month, closing_days))
    return fines[(issued.dt.to_period("M") == month) & in_time]


def month_tables(
    fines: pd.DataFrame,
    zones: pd.DataFrame,
    month: pd.Period,
    groups: Mapping[str, Sequence[str]],
    k: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A month's counts by zone and group, and the town's by group and part of the day.

    Columns BY_ZONE and BY_TOWN; a count that is withheld is missing. The town's total of every
    group is shown, so groups of which it is small are put together; a month of fewer than `k`
    fines, none or some, is withheld whole. Without zones of the town's own (`official`) there are
    no counts by zone; with them, only fines in these count.
    """
    own = zones.loc[zones["official"], "zone_id"].to_numpy()
    if len(own):
        fines = fines[fines["zone_id"].isin(own)]  # both tables count the same fines
    if len(fines) < k:
        nothing = [(str(month), ALL, WHOLE_DAY, pd.NA, WITHHELD)]
        return _frame([], BY_ZONE), _frame(nothing, BY_TOWN)
    where = {category: name for name, categories in groups.items() for category in categories}
    group = fines["category"].map(where).fillna(OTHER)
    names = [*groups, OTHER]
    by_part = _count(_part(fines["issued_at"].dt.hour.to_numpy()), group, len(PARTS), names)
    if not len(own):
        kept = _grouped(by_part[:0], by_part, names, k)
        return _frame([], BY_ZONE), _town_rows(kept, protect(kept.by_part, k), month)
    by_zone = _count(pd.Index(own).get_indexer(fines["zone_id"]), group, len(own), names)
    kept = _grouped(by_zone, by_part, names, k)
    return (
        _zone_rows(kept, protect(kept.by_zone, k), own, month),
        _town_rows(kept, protect(kept.by_part, k), month),
    )


@dataclass(frozen=True)
class _Counts:
    """A month's counts: int (zone, group) and (part of the day, group), and the groups' names."""

    by_zone: np.ndarray
    by_part: np.ndarray
    names: list[str]


def _grouped(by_zone: np.ndarray, by_part: np.ndarray, names: list[str], k: int) -> _Counts:
    """Counts of groups of which the town has none or `k` and more.

    Smaller groups go into the others, and the smallest large one with them where these are too few;
    groups without a fine are left out, and a group that is left alone is all.
    """
    totals = by_part.sum(axis=0)
    merged = (totals > 0) & (totals < k)
    if merged.any():
        merged[names.index(OTHER)] = True
        if totals[merged].sum() < k:
            merged[np.where(totals >= k, totals, totals.max() + 1).argmin()] = True
    alone = (totals > 0) & ~merged
    kept = [name for name, there in zip(names, alone, strict=True) if there]
    if merged.any():
        kept.append(OTHER)
    if len(kept) < 2:
        return _all_together(by_zone, by_part)
    parts = []
    for counts in (by_zone, by_part):
        others = counts[:, merged].sum(axis=1, keepdims=True) if merged.any() else counts[:, :0]
        parts.append(np.hstack([counts[:, alone], others]))
    return _Counts(*parts, kept)


def _all_together(by_zone: np.ndarray, by_part: np.ndarray) -> _Counts:
    sums = (counts.sum(axis=1, keepdims=True) for counts in (by_zone, by_part))
    return _Counts(*sums, [ALL])


def _part(hours: np.ndarray) -> np.ndarray:
    ends = [end for _, end in PARTS.values()]
    return np.searchsorted(ends, hours, side="right")


def _count(rows: np.ndarray, group: pd.Series, count: int, names: list[str]) -> np.ndarray:
    """How many there are of each kind of row and group, int64."""
    counts = np.zeros((count, len(names)), dtype=np.int64)
    np.add.at(counts, (rows, pd.Index(names).get_indexer(group)), 1)
    return counts


def _zone_rows(
    kept: _Counts, withheld: np.ndarray, zone_ids: Sequence[str], month: pd.Period
) -> pd.DataFrame:
    rows = []
    for zone_id, counts, hidden in zip(zone_ids, kept.by_zone, withheld, strict=True):
        for name, count, secret in _named(kept.names, counts, hidden):
            rows.append((zone_id, str(month), name, *_shown(count, secret)))
    return _frame(rows, BY_ZONE)


def _town_rows(kept: _Counts, withheld: np.ndarray, month: pd.Period) -> pd.DataFrame:
    """The town's totals, always shown, then the counts of the parts of the day."""
    totals = kept.by_part.sum(axis=0)
    shown = np.zeros(len(totals) + 1, dtype=bool)
    rows = [
        (str(month), name, WHOLE_DAY, *_shown(count, secret))
        for name, count, secret in _named(kept.names, totals, shown)
    ]
    for part, counts, hidden in zip(PARTS, kept.by_part, withheld, strict=True):
        for name, count, secret in _named(kept.names, counts, hidden):
            rows.append((str(month), name, part, *_shown(count, secret)))
    return _frame(rows, BY_TOWN)


def _named(
    names: list[str], counts: np.ndarray, withheld: np.ndarray
) -> Iterator[tuple[str, int, bool]]:
    """The groups' counts of a row, then their total, unless there is but one group: all."""
    if names != [ALL]:
        for name, count, secret in zip(names, counts, withheld[:-1], strict=True):
            yield name, int(count), bool(secret)
    yield ALL, int(counts.sum()), bool(withheld[-1])


def _shown(count: int, withheld: bool) -> tuple[object, str]:
    return (pd.NA, WITHHELD) if withheld else (count, TOLD)


def _frame(rows: list[tuple], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    text = {name: "str" for name in columns if name != "count"}
    return frame.astype(text | {"count": "Int64"})
