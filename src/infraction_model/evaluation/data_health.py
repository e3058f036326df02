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
import pandas as pd
from scipy.stats import poisson

from infraction_model.asof import known_before
from infraction_model.calendars import CalendarParameters, is_public_holiday
from infraction_model.evaluation.export_health import export_health
from infraction_model.evaluation.health_limits import (
    HealthParameters,
    Level,
    level_of,
    rise_level,
)
from infraction_model.evaluation.health_words import row, share_words, source_words, which_words
from infraction_model.panel import Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday

UNKNOWN_CATEGORIES = ("other", "unknown")
_SHIFTS = (-3, -2, -1, 1, 2, 3)
_FEW = 10.0  # with fewer records expected, their absence says nothing


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
    weeks = _Weeks(known, origin, parameters, calendar)
    return [*_of_records(weeks), *_of_zones(weeks), *_of_fines(weeks), *exports]


def is_silence(row: Mapping[str, Any]) -> bool:
    """Whether a row says that recent records are missing, rather than that records are wrong.

    Data that is silent of late may replace older data: what it does hold is good. Nothing should be
    learnt from the silence.
    """
    name = row["name"]
    too_few = name.endswith(("_last_week", "_recent_weeks")) and (row["value"] or 0) < 1
    return too_few or name.endswith(("_fresh", "_missing_days"))


class _Weeks:
    """The known records by day of the weeks judged, and what is usual for each."""

    def __init__(
        self,
        known: Panel,
        origin: int,
        parameters: HealthParameters,
        calendar: CalendarParameters | None,
    ) -> None:
        self.known, self.origin, self.parameters = known, origin, parameters
        self.recent = origin - parameters.recent_weeks
        self.start = max(
            min(known.first_week, self.recent), self.recent - parameters.reference_weeks
        )
        self.reference = self.recent - self.start
        ones = np.ones(len(known.patrols), dtype=np.int64)
        self.records = {
            "fines": known.fines.rename(columns={"fines": "count"}),
            "patrols": known.patrols.assign(count=ones),
        }
        days = [
            monday(self.start) + dt.timedelta(days=day) for day in range(7 * (origin - self.start))
        ]
        holiday = [calendar is not None and is_public_holiday(day, calendar) for day in days]
        self.holiday = np.array(holiday, dtype=bool).reshape(-1, 7)

    @property
    def old_enough(self) -> bool:
        return self.reference >= self.parameters.least_weeks

    def young(self, name: str) -> dict[str, Any]:
        """The row of a check that has too little to compare with."""
        needed = self.parameters.least_weeks
        return row(name, "ok", None, None, "young", weeks=self.reference, needed=needed)

    def by_day(self, source: str) -> np.ndarray:
        """Records of each day that were known so many weeks after its week, (ages, weeks, 7).

        A week is compared with earlier ones as they looked at its age, so late records mislead no
        check, and no curve of delays is needed.
        """
        records = self.records[source]
        records = records[records["week"] >= self.start]
        day = ((records["week"] - self.start) * 7 + records["hour_of_week"] // 24).to_numpy()
        delay, count = records["delay"].to_numpy(), records["count"].to_numpy()
        size = 7 * (self.origin - self.start)
        ages = [
            np.bincount(day[delay <= age], count[delay <= age], minlength=size)[:size]
            for age in range(self.parameters.recent_weeks)
        ]
        return np.array(ages).reshape(len(ages), -1, 7)

    def usual_days(self, by_day: np.ndarray) -> np.ndarray:
        """The median of each weekday in the reference weeks, by age, (ages, 7)."""
        counts = np.where(self.holiday, np.nan, by_day)[:, : self.reference]
        nothing = np.isnan(counts).all(axis=1, keepdims=True)
        return np.nanmedian(np.where(nothing, 0.0, counts), axis=1)

    def is_recent(self, records: pd.DataFrame) -> np.ndarray:
        return (records["week"] >= self.recent).to_numpy()


def _of_records(weeks: _Weeks) -> list[dict[str, Any]]:
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


def _fresh(weeks: _Weeks, source: str) -> dict[str, Any]:
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


def _missing_days(weeks: _Weeks, source: str, by_day: np.ndarray) -> dict[str, Any]:
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
    usual = (share >= parameters.usual_day) & (weeks.usual_days(by_day) >= _FEW)
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


def _volumes(weeks: _Weeks, source: str, by_day: np.ndarray) -> list[dict[str, Any]]:
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
    weeks: _Weeks, name: str, source: str, counts: np.ndarray, expected: np.ndarray
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
    if mean >= _FEW and off > spread:
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


def _of_zones(weeks: _Weeks) -> list[dict[str, Any]]:
    """Zones that came up, and zones that fell silent."""
    if not weeks.old_enough:
        return [weeks.young("new_zones"), weeks.young("vanished_zones")]
    return [_new_zones(weeks), _vanished_zones(weeks)]


def _per_zone(weeks: _Weeks, records: pd.DataFrame) -> np.ndarray:
    return np.bincount(records["zone"], records["count"], minlength=len(weeks.known.zones))


def _new_zones(weeks: _Weeks) -> dict[str, Any]:
    """Zones without any record before the recent weeks, and with several fines in them."""
    fines, patrols, parameters = weeks.records["fines"], weeks.records["patrols"], weeks.parameters
    recent = weeks.is_recent(fines)
    before = _per_zone(weeks, fines[~recent]) + _per_zone(weeks, patrols[~weeks.is_recent(patrols)])
    now = _per_zone(weeks, fines[recent])
    new = (before == 0) & (now >= parameters.zone_fines)
    share = float(now[new].sum() / max(now.sum(), 1))
    level: Level = "warning" if new.any() else "ok"
    return row(
        "new_zones",
        "alarm" if share >= parameters.share_alarm else level,
        int(new.sum()),
        1,
        "new_zones",
        count=int(new.sum()),
        which=_names(weeks, new),
        share=share_words(share),
    )


def _vanished_zones(weeks: _Weeks) -> dict[str, Any]:
    """Zones with records in every span of as many reference weeks, and none in the recent ones."""
    length, parameters = weeks.parameters.recent_weeks, weeks.parameters
    always = np.ones(len(weeks.known.zones), dtype=bool)
    usual, now = np.zeros(len(always)), np.zeros(len(always))
    both = pd.concat([weeks.records[name][["zone", "week", "count"]] for name in weeks.records])
    both = both[both["week"] >= weeks.start]
    now += _per_zone(weeks, both[weeks.is_recent(both)])
    spans = weeks.reference // length
    for span in range(spans):
        end = weeks.recent - span * length
        inside = both[(both["week"] >= end - length) & (both["week"] < end)]
        counts = _per_zone(weeks, inside)
        always &= counts > 0
        usual += counts / max(spans, 1)
    gone = always & (now == 0) & (usual >= _FEW)
    share = float(usual[gone].sum() / max(usual.sum(), 1e-9))
    level: Level = "warning" if gone.any() else "ok"
    return row(
        "vanished_zones",
        "alarm" if share >= parameters.share_alarm else level,
        int(gone.sum()),
        1,
        "vanished_zones",
        count=int(gone.sum()),
        which=_names(weeks, gone),
        share=share_words(share),
    )


def _names(weeks: _Weeks, mask: np.ndarray) -> str:
    zones = weeks.known.zones[mask]
    names = zones["name"].where(zones["name"] != "", zones["zone_id"])
    return which_words([str(name) for name in names])


def _of_fines(weeks: _Weeks) -> list[dict[str, Any]]:
    """What the recent fines are for and at which hours, against the weeks before."""
    names = ("unknown_categories", "vanished_categories", "one_hour", "clock_shift")
    fines = weeks.records["fines"]
    fines = fines[fines["week"] >= weeks.start]
    recent = fines[weeks.is_recent(fines)]
    before = fines[~weeks.is_recent(fines)]
    if not weeks.old_enough or min(recent["count"].sum(), before["count"].sum()) < _FEW:
        return [weeks.young(name) for name in names]
    rows = _categories(weeks, recent, before)
    return [*rows, _one_hour(weeks, recent, before), _clock_shift(weeks, fines)]


def _categories(weeks: _Weeks, recent: pd.DataFrame, before: pd.DataFrame) -> list[dict[str, Any]]:
    names = np.array(weeks.known.categories, dtype=object)
    now = np.bincount(recent["category"], recent["count"], minlength=len(names))
    ever = weeks.records["fines"]
    ever = ever[~weeks.is_recent(ever)]
    ever = np.bincount(ever["category"], ever["count"], minlength=len(names))
    past = np.bincount(before["category"], before["count"], minlength=len(names))
    unknown = np.isin(names, UNKNOWN_CATEGORIES)
    new = (ever == 0) & (now > 0) & ~unknown
    share = float(now[unknown | new].sum() / now.sum())
    usual = float(past[unknown].sum() / past.sum())
    parameters = weeks.parameters
    level = rise_level(share, usual, now.sum(), parameters)
    unknown_row = row(
        "unknown_categories",
        level,
        round(share, 4),
        round(usual + parameters.share_warning, 4),
        "unknown_categories",
        share=share_words(share),
        usual=share_words(usual),
        which=which_words(list(names[new])),
    )
    expected = past * now.sum() / past.sum()
    gone = (now == 0) & (past >= parameters.share_warning * past.sum()) & (expected >= 2 * _FEW)
    gone_row = row(
        "vanished_categories",
        "warning" if gone.any() else "ok",
        int(gone.sum()),
        1,
        "vanished_categories",
        count=int(gone.sum()),
        which=which_words(list(names[gone])),
    )
    return [unknown_row, gone_row]


def _by_hour(fines: pd.DataFrame) -> np.ndarray:
    return np.bincount(fines["hour_of_week"] % 24, fines["count"], minlength=24)


def _one_hour(weeks: _Weeks, recent: pd.DataFrame, before: pd.DataFrame) -> dict[str, Any]:
    """The hour of the day whose share rose most: a lost time of day puts all fines into one."""
    now, past = _by_hour(recent), _by_hour(before)
    share, usual = now / now.sum(), past / past.sum()
    hour = int(np.argmax(share - usual))
    parameters = weeks.parameters
    return row(
        "one_hour",
        rise_level(share[hour], usual[hour], now.sum(), parameters),
        round(float(share[hour]), 4),
        round(float(usual[hour]) + parameters.share_warning, 4),
        "one_hour",
        hour=hour,
        next=hour + 1,
        share=share_words(float(share[hour])),
        usual=share_words(float(usual[hour])),
    )


def _clock_shift(weeks: _Weeks, fines: pd.DataFrame) -> dict[str, Any]:
    """Whether the last week's hours of day fit the usual ones better some hours away.

    The gain is a log likelihood per fine; it must be beyond what any reference week shows.
    """
    before = fines[~weeks.is_recent(fines)]
    usual = _by_hour(before) + 0.5
    usual = np.log(usual / usual.sum())
    gains, best = [], 0
    for week in range(weeks.start, weeks.origin):
        counts = _by_hour(fines[fines["week"] == week])
        per_fine = {s: float(counts @ (np.roll(usual, s) - usual)) for s in _SHIFTS}
        best = max(per_fine, key=per_fine.__getitem__)
        gains.append(per_fine[best] / max(counts.sum(), 1.0))
    most = max(gains[: weeks.reference])
    counts = _by_hour(fines[fines["week"] == weeks.origin - 1])
    shifted = counts.sum() >= 3 * _FEW and gains[-1] > max(2 * most, 0.05)
    shift = best if shifted else 0
    return row(
        "clock_shift",
        "warning" if shifted else "ok",
        shift,
        1,
        "clock_shift",
        shift=f"{shift:+d}" if shift else "0",
    )
