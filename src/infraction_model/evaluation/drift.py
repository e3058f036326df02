"""Do the inputs still look as they did: the population stability index of what a model learns from.

PSI = sum of (p - q) ln(p / q) over bins (Lewis, 1994; from 0.1 on a change worth a look, from 0.25
on a large one: Siddiqi, 2006). Records come in clumps, so chance alone makes more of it than the
formula for independent records says (Yurdakul and Naranjo, 2020): both are told, the formula's
figure and what spans of the same length before had. What was so a year ago as well is the season.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt

from infraction_model.panel import Panel
from infraction_model.timegrid import monday
from infraction_model.wording import by_key

YEAR = 52
"""Weeks to the same season a year before."""

NAMES = by_key("watched")
"""What is watched, in words."""


@dataclass(frozen=True)
class DriftParameters:
    """When inputs have drifted.

    `recent_weeks` against the `reference_weeks` before them; `least_weeks` of those there must be.
    `warning`, `alarm`: PSI beyond what chance makes. `least_count`: bins that hold fewer records
    than so many in the recent weeks are put together with their neighbours.
    """

    recent_weeks: Annotated[int, Ge(1)] = 4
    reference_weeks: Annotated[int, Ge(4)] = 52
    least_weeks: Annotated[int, Ge(4)] = 12
    warning: Annotated[float, Gt(0)] = 0.1
    alarm: Annotated[float, Gt(0)] = 0.25
    least_count: Annotated[float, Gt(0)] = 10.0


def psi(reference: np.ndarray, recent: np.ndarray) -> float:
    """Population stability index of two counts over the same bins; half a record is added to each.

    0 where both have the same shares.
    """
    p = (recent + 0.5) / (recent + 0.5).sum()
    q = (reference + 0.5) / (reference + 0.5).sum()
    return float(((p - q) * np.log(p / q)).sum())


def psi_by_chance(bins: int, reference: float, recent: float) -> float:
    """What PSI is on average with no change at all, for so many independent records."""
    if min(reference, recent) <= 0:
        return float("nan")
    return (bins - 1) * (1 / reference + 1 / recent)


def bins_of(reference: np.ndarray, recent: float, least: float) -> np.ndarray:
    """The bin of each value, neighbours put together until `least` recent records are due in each.

    By the reference's shares alone, so that the recent weeks do not choose their own bins.
    """
    due = reference / max(reference.sum(), 1e-12) * recent
    bins, gathered, bin_of = 0, 0.0, np.zeros(len(due), dtype=int)
    for at, amount in enumerate(due):
        bin_of[at] = bins
        gathered += amount
        if gathered >= least:
            bins, gathered = bins + 1, 0.0
    if bins:  # what is left over goes to the last whole bin
        bin_of[bin_of == bins] = bins - 1
    return bin_of


def input_drift(
    panel: Panel, origin: int, parameters: DriftParameters | None = None
) -> list[dict[str, Any]]:
    """One check row per input: value is its PSI, beside by_chance, before and last_year.

    As known at `origin`; `panel` seen through its exposure. `before` is the largest PSI of earlier
    spans of as many weeks, `last_year` that against the same season a year before (None without).
    Empty where there are too few weeks. A level is given only beyond both kinds of chance, and
    where last year's season looked different too.
    """
    parameters = parameters or DriftParameters()
    known = panel.as_of(origin)
    if known.fines.empty:
        return []
    end = min(origin, known.end_week)
    first = max(known.first_week, end - parameters.recent_weeks - parameters.reference_weeks)
    if end - parameters.recent_weeks - first < parameters.least_weeks:
        return []
    start = min(first, max(known.first_week, end - parameters.recent_weeks - YEAR))
    spans = _Spans(start, first, end - parameters.recent_weeks, end)
    return [
        row
        for name, count in _counted(known).items()
        for row in [_row(name, count(spans), spans, parameters)]
        if row is not None
    ]


@dataclass(frozen=True)
class _Spans:
    """Weeks: counted from `start` on, reference from `reference`, judged `recent` to `end`."""

    start: int
    reference: int
    recent: int
    end: int


Count = Callable[[_Spans], np.ndarray]
"""Gives records by week (from spans.start on) and bin, (weeks, bins)."""


def _counted(known: Panel) -> dict[str, Count]:
    """Everything that is counted, by name."""
    fines, patrols = known.fines, known.patrols
    zones, categories = len(known.zones), len(known.categories)
    longest = int(fines["delay"].max()) + 1
    counted = {
        "fines_hours": _count(fines, fines["hour_of_week"] % 24, 24, "fines"),
        "fines_days": _count(fines, fines["hour_of_week"] // 24, 7, "fines"),
        "fines_zones": _count(fines, fines["zone"], zones, "fines"),
        "fines_categories": _count(fines, fines["category"], categories, "fines"),
        # by the week in which they became known: of the newest weeks only short delays are known
        "fines_delays": _count(
            fines.assign(week=fines["week"] + fines["delay"]), fines["delay"], longest, "fines"
        ),
    }
    if len(patrols):
        counted |= {
            "patrol_hours": _count(patrols, patrols["hour_of_week"] % 24, 24, None),
            "patrol_days": _count(patrols, patrols["hour_of_week"] // 24, 7, None),
            "patrol_zones": _count(patrols, patrols["zone"], zones, None),
        }
    return counted


def _count(records: pd.DataFrame, bin_of: pd.Series, bins: int, weight: str | None) -> Count:
    """Counts `weight`, or patrolled zone-hours where None, by week and bin."""
    amounts = np.ones(len(records)) if weight is None else records[weight].to_numpy(float)
    week, place = records["week"].to_numpy(), bin_of.to_numpy()

    def count(spans: _Spans) -> np.ndarray:
        within = (week >= spans.start) & (week < spans.end)
        cell = (week[within] - spans.start).astype(np.int64) * bins + place[within]
        size = (spans.end - spans.start) * bins
        return np.bincount(cell, amounts[within], minlength=size).reshape(-1, bins)

    return count


def _row(
    name: str, counts: np.ndarray, spans: _Spans, parameters: DriftParameters
) -> dict[str, Any] | None:
    """The check row of one input; None where the recent or the earlier weeks hold nothing."""
    split, first = spans.recent - spans.start, spans.reference - spans.start
    reference, recent = counts[first:split].sum(axis=0), counts[split:].sum(axis=0)
    if not reference.sum() or not recent.sum():
        return None
    bin_of = bins_of(reference, recent.sum(), parameters.least_count)
    bins = int(bin_of.max()) + 1
    merged = np.stack([np.bincount(bin_of, week, minlength=bins) for week in counts])
    reference, recent = merged[first:split].sum(axis=0), merged[split:].sum(axis=0)
    value = psi(reference, recent)
    by_chance = psi_by_chance(bins, reference.sum(), recent.sum())
    before = _earlier(merged[first:split], spans.end - spans.recent)
    last_year, by_chance_then = _last_year(merged, recent, split)
    beyond = value - by_chance
    if last_year is not None:
        beyond = min(beyond, last_year - by_chance_then)
    level = "ok"
    if beyond > parameters.warning and value > before:
        level = "alarm" if beyond > parameters.alarm else "warning"
    return {
        "name": name,
        "level": level,
        "value": value,
        "limit": parameters.warning,
        "by_chance": by_chance,
        "before": before,
        "last_year": last_year,
        "bins": bins,
        "since": str(monday(spans.recent)),
        "words": _words(name, level),
    }


def _earlier(weeks: np.ndarray, length: int) -> float:
    """The largest PSI of any earlier span of `length` weeks against all the other earlier weeks."""
    total = weeks.sum(axis=0)
    found = [0.0]
    for at in range(0, len(weeks) - length + 1, length):
        span = weeks[at : at + length].sum(axis=0)
        if span.sum() and (total - span).sum():
            found.append(psi(total - span, span))
    return max(found)


def _last_year(
    merged: np.ndarray, recent: np.ndarray, split: int
) -> tuple[float | None, float | None]:
    """PSI against the same weeks a year before, and what chance makes of it; None without them."""
    begin = split - YEAR
    season = merged[max(begin, 0) : begin + len(merged) - split].sum(axis=0)
    if begin < 0 or not season.sum():
        return None, None
    return psi(season, recent), psi_by_chance(len(season), season.sum(), recent.sum())


def _words(name: str, level: str) -> dict[str, str]:
    french, english = NAMES[name]["fr"], NAMES[name]["en"]
    return {
        "ok": {
            "fr": f"Comme d'habitude : {french}.",
            "en": f"As usual: {english}.",
        },
        "warning": {
            "fr": f"La répartition a changé : {french}.",
            "en": f"The distribution has changed: {english}.",
        },
        "alarm": {
            "fr": f"La répartition a fortement changé : {french}.",
            "en": f"The distribution has changed a lot: {english}.",
        },
    }[level]
