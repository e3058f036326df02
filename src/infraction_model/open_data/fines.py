"""Fines as the public may have them: counts by month, zone and group, small ones withheld.

Each month stands for itself: no figure spans two months, so months share no equation. A month is
counted once, with what was known some time after its end, and never again: two publications never
show it differently, so their difference tells nothing.
"""

from __future__ import annotations

import datetime as dt
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

REST = "autres_secteurs"
"""What zones that are known from few fines alone are published as."""

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
    published as `autre`. Raises ConfigError for a category in two groups, or a name that is taken.
    """

    closing_days: Annotated[int, Ge(0)] = 60
    groups: dict[str, list[str]] = field(default_factory=_groups)

    def __post_init__(self) -> None:
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
    fines: pd.DataFrame, origin: dt.date, closing_days: int, first: dt.date | None = None
) -> list[pd.Period]:
    """The months of a town's fines that had closed at the origin, oldest first.

    The month in which the records begin counts if they begin in its first week. With `first`, a day
    from which records are kept, no month that begins before it.
    """
    if fines.empty:
        return []
    begins = fines["issued_at"].dt.tz_localize(None).min()
    start = begins.to_period("M")
    if begins.day > 7:
        start += 1
    months = pd.period_range(start, pd.Timestamp(origin), freq="M")
    floor = dt.date.min if first is None else first
    return [
        month
        for month in months
        if closing(month, closing_days) <= origin and month.start_time.date() >= floor
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
    group is shown, so groups of which it is small are put together; where the whole month is small,
    only that is said. A zone that is known from fines alone (not `official`) is named in months in
    which it has `k` or more, as its name already tells of a fine; the others are REST.
    """
    fines = fines[fines["zone_id"].isin(zones["zone_id"])]  # both tables count the same fines
    if 0 < len(fines) < k:
        nothing = [(str(month), ALL, WHOLE_DAY, pd.NA, WITHHELD)]
        return _frame([], BY_ZONE), _frame(nothing, BY_TOWN)
    where = {category: name for name, categories in groups.items() for category in categories}
    group = fines["category"].map(where).fillna(OTHER)
    names = [*groups, OTHER]
    named = _named_zones(fines, zones, k)
    zone = fines["zone_id"].where(fines["zone_id"].isin(named), REST)
    part = _part(fines["issued_at"].dt.hour.to_numpy())
    place = pd.Index(named).get_indexer(zone)
    by_zone = _count(place, group, len(named), names)
    by_part = _count(part, group, len(PARTS), names)
    least = _known_totals(named, zones, k)
    kept = _grouped(by_zone, by_part, names, k)
    withheld = protect(kept.by_zone, k, least)
    if withheld is None:
        kept = _all_together(by_zone, by_part)
        withheld = protect(kept.by_zone, k, least)
    return (
        _zone_rows(kept, withheld, named, month),
        _town_rows(kept, protect(kept.by_part, k), month),
    )


def _known_totals(named: Sequence[str], zones: pd.DataFrame, k: int) -> np.ndarray:
    """What the list of zones tells of each one's total: `k` of those that fines alone make known.

    So it does of the rest of them, but where the town's own zones stand beside it.
    """
    official = set(zones.loc[zones["official"], "zone_id"])
    unsure = official | {REST} if official else official
    return np.array([0 if zone in unsure else k for zone in named], dtype=np.int64)


def _named_zones(fines: pd.DataFrame, zones: pd.DataFrame, k: int) -> list[str]:
    """The zones of a month's table: the town's own, those with `k` fines or more, and the rest.

    Where the rest would be small, the smallest zone of the fines' own goes with it.
    """
    count = fines["zone_id"].value_counts().reindex(zones["zone_id"], fill_value=0)
    official = zones["official"].to_numpy()
    own = count[~official].sort_values(kind="stable")
    rest = own[own < k]
    if 0 < rest.sum() < k:
        rest = own.iloc[: len(rest) + 1]
    named = [zone for zone in zones["zone_id"] if zone not in set(rest.index)]
    # beside the town's own zones the rest may be small, and must not tell that it is there
    return [*named, REST] if rest.sum() or (len(own) and official.any()) else named


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
    totals = by_zone.sum(axis=0)
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
