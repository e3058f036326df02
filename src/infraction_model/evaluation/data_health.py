"""Data health: is what came in this week like what came in before, or did something break?

Each check gives a row; "alarm" means that nothing should be learnt from this data until somebody
has looked. Checks of the panel compare recent weeks with the town's own weeks before them, checks
of the export (export_health.py) compare this ingest with the last good one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import poisson

from infraction_model.asof import known_before
from infraction_model.calendars import CalendarParameters
from infraction_model.evaluation.content_health import of_fines, of_zones
from infraction_model.evaluation.export_health import export_health
from infraction_model.evaluation.health_limits import (
    HealthParameters,
    Level,
    level_of,
)
from infraction_model.evaluation.health_weeks import FEW, Weeks
from infraction_model.evaluation.health_words import row, source_words, which_words
from infraction_model.panel import Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday


def data_health(
    panel: Panel,
    origin: int,
    summary: Mapping[str, Any] | None,
    previous_summary: Mapping[str, Any] | None,
    parameters: HealthParameters,
    calendar: CalendarParameters | None = None,
) -> list[dict[str, Any]]:
    """The check rows of a town's data as known at an origin (a week number).

    `summary` is what this ingest did (ingest.summary), `previous_summary` the same of the last good
    run, None where there is none. `calendar` says which days are public holidays: none is then
    missed. Each row: name, level ("ok", "warning" or "alarm"), value, limit, words (fr, en).
    """
    exports = export_health(summary, previous_summary, parameters)
    known = replace(
        panel,
        fines=known_before(panel.fines, origin),
        patrols=known_before(panel.patrols, origin),
    )
    if known.fines.empty and known.patrols.empty:
        return [row("records", "alarm", 0, 1, "nothing_known"), *exports]
    weeks = Weeks(known, origin, parameters, calendar)
    return [*_of_records(weeks), *of_zones(weeks), *of_fines(weeks), *exports]


def is_silence(row: Mapping[str, Any]) -> bool:
    """Whether a row says that recent records are missing, rather than that records are wrong.

    Data that is silent of late may replace older data: what it does hold is good. Nothing should be
    learnt from the silence.
    """
    name = row["name"]
    too_few = name.endswith(("_last_week", "_recent_weeks")) and (row["value"] or 0) < 1
    return too_few or name.endswith(("_fresh", "_missing_days"))


def _of_records(weeks: Weeks) -> list[dict[str, Any]]:
    """Freshness, missing days and volume of fines, and of patrols where there is a log."""
    rows = []
    for source in ("fines", "patrols"):
        if weeks.records[source].empty:
            continue
        by_day = weeks.by_day(source)
        rows.append(_fresh(weeks, source))
        rows.append(_missing_days(weeks, source, by_day))
        rows += _volumes(weeks, source, by_day)
    return rows


def _fresh(weeks: Weeks, source: str) -> dict[str, Any]:
    """Days since the last record that is known, against what it was at past origins."""
    records, parameters = weeks.records[source], weeks.parameters
    known_at = (records["week"] + records["delay"]).to_numpy()
    hour = records["week"].to_numpy() * HOURS_PER_WEEK + records["hour_of_week"].to_numpy()
    origins = np.arange(weeks.start + 1, weeks.origin + 1)
    last = np.full(len(origins), -np.inf)
    np.maximum.at(last, np.clip(known_at + 1 - origins[0], 0, len(origins) - 1), hour)
    days = (origins * HOURS_PER_WEEK - 1 - np.maximum.accumulate(last)) / 24
    # while the export is young, its oldest known fines are still to come in
    past = days[:-1][np.isfinite(days[:-1])]
    usual = float(np.quantile(past, 0.95)) if weeks.old_enough and len(past) else 6.0
    level = level_of(days[-1], usual + parameters.fresh_warning, usual + parameters.fresh_alarm)
    return row(
        f"{source}_fresh",
        level,
        round(float(days[-1]), 1),
        round(usual + parameters.fresh_warning, 1),
        "fresh",
        source=source_words(source),
        days=float(days[-1]),
        usual=usual,
    )


def _missing_days(weeks: Weeks, source: str, by_day: np.ndarray) -> dict[str, Any]:
    """Recent days without a record, of weekdays that nearly always have several at their age.

    A town of two officers has such days of its own accord: as many are let pass as the reference
    weeks make likely (a Poisson count at their rate of such days).
    """
    name, parameters = f"{source}_missing_days", weeks.parameters
    if not weeks.old_enough:
        return weeks.young(name)
    is_open = ~weeks.holiday[: weeks.reference]
    some = (by_day[:, : weeks.reference] > 0) & is_open
    share = some.sum(axis=1) / np.maximum(is_open.sum(axis=0), 1)
    usual = (share >= parameters.usual_day) & (weeks.usual_days(by_day) >= FEW)
    judged = [
        (age, day)
        for age in reversed(range(parameters.recent_weeks))
        for day in range(7)
        if usual[age, day] and not weeks.holiday[-1 - age, day]
    ]
    dates = [
        str(monday(weeks.origin - 1 - age) + dt.timedelta(days=day))
        for age, day in judged
        if by_day[age, -1 - age, day] == 0
    ]
    past = usual[-1] & is_open
    rate = ((past & ~some[-1]).sum() + 0.5) / max(past.sum(), 1)
    let_pass = int(poisson.isf(parameters.missing_days_chance, rate * len(judged)))
    count, alarm = len(dates), max(parameters.missing_days_alarm, let_pass + 1)
    return row(
        name,
        level_of(count, let_pass + 1, alarm),
        count,
        let_pass + 1,
        "missing_days",
        source=source_words(source),
        count=count,
        which=which_words(dates),
    )


def _volumes(weeks: Weeks, source: str, by_day: np.ndarray) -> list[dict[str, Any]]:
    """The last week, and all recent weeks, against the usual days of the weeks before."""
    names = (f"{source}_last_week", f"{source}_recent_weeks")
    if not weeks.old_enough:
        return [weeks.young(name) for name in names]
    usual = weeks.usual_days(by_day)[:, None, :]
    expected = np.where(weeks.holiday, 0.0, usual).sum(axis=2)
    counts = by_day.sum(axis=2)
    return [
        _volume(weeks, names[0], source, counts[:1], expected[:1]),
        _volume(weeks, names[1], source, counts, expected),
    ]


def _volume(
    weeks: Weeks, name: str, source: str, counts: np.ndarray, expected: np.ndarray
) -> dict[str, Any]:
    """The records of the last weeks, one per age, as times the usual, with what chance may do.

    Chance is the spread of such spans in the reference, and never less than that of a count.
    """
    parameters, length = weeks.parameters, len(counts)
    past = np.log([_ratio(counts, expected, e) for e in range(length, weeks.reference + 1)])
    ratio, mean = _ratio(counts, expected, counts.shape[1]), _span(expected, expected.shape[1])
    spread = 1.4826 * float(np.median(np.abs(past - np.median(past))))
    spread = parameters.chance * max(spread, 1 / np.sqrt(max(mean, 1.0)))
    off = abs(np.log(ratio))
    level: Level = "ok"
    if mean >= FEW and off > spread:
        level = level_of(np.exp(off), parameters.volume_warning, parameters.volume_alarm)
    return row(
        name,
        level,
        round(ratio, 2),
        parameters.volume_warning,
        "volume",
        source=source_words(source),
        weeks=length,
        ratio=f"{ratio:.2f}",
        low=f"{np.exp(-spread):.2f}",
        high=f"{np.exp(spread):.2f}",
    )


def _span(by_age: np.ndarray, end: int) -> float:
    """The weeks before `end`, each as it looked then: the newest at age 0, the one before at 1."""
    return float(sum(by_age[age, end - 1 - age] for age in range(len(by_age))))


def _ratio(counts: np.ndarray, expected: np.ndarray, end: int) -> float:
    return (_span(counts, end) + 0.5) / (_span(expected, end) + 0.5)
