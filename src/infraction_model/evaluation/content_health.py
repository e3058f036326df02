"""Data health of what recent fines say: in which zones, of which categories, at which hours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from infraction_model.evaluation.health_limits import Level, rise_level
from infraction_model.evaluation.health_weeks import FEW, Weeks
from infraction_model.evaluation.health_words import row, share_words, which_words

UNKNOWN_CATEGORIES = ("other", "unknown")
_SHIFTS = (-3, -2, -1, 1, 2, 3)


def of_zones(weeks: Weeks) -> list[dict[str, Any]]:
    """Zones that came up, and zones that fell silent."""
    if not weeks.old_enough:
        return [weeks.young("new_zones"), weeks.young("vanished_zones")]
    return [_new_zones(weeks), _vanished_zones(weeks)]


def _per_zone(weeks: Weeks, records: pd.DataFrame) -> np.ndarray:
    return np.bincount(records["zone"], records["count"], minlength=len(weeks.known.zones))


def _new_zones(weeks: Weeks) -> dict[str, Any]:
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


def _vanished_zones(weeks: Weeks) -> dict[str, Any]:
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
    gone = always & (now == 0) & (usual >= FEW)
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


def _names(weeks: Weeks, mask: np.ndarray) -> str:
    zones = weeks.known.zones[mask]
    names = zones["name"].where(zones["name"] != "", zones["zone_id"])
    return which_words([str(name) for name in names])


def of_fines(weeks: Weeks) -> list[dict[str, Any]]:
    """What the recent fines are for and at which hours, against the weeks before."""
    names = ("unknown_categories", "vanished_categories", "one_hour", "clock_shift")
    fines = weeks.records["fines"]
    fines = fines[fines["week"] >= weeks.start]
    recent = fines[weeks.is_recent(fines)]
    before = fines[~weeks.is_recent(fines)]
    if not weeks.old_enough or min(recent["count"].sum(), before["count"].sum()) < FEW:
        return [weeks.young(name) for name in names]
    rows = _categories(weeks, recent, before)
    return [*rows, _one_hour(weeks, recent, before), _clock_shift(weeks, fines)]


def _categories(weeks: Weeks, recent: pd.DataFrame, before: pd.DataFrame) -> list[dict[str, Any]]:
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
    gone = (now == 0) & (past >= parameters.share_warning * past.sum()) & (expected >= 2 * FEW)
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


def _one_hour(weeks: Weeks, recent: pd.DataFrame, before: pd.DataFrame) -> dict[str, Any]:
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


def _clock_shift(weeks: Weeks, fines: pd.DataFrame) -> dict[str, Any]:
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
    shifted = counts.sum() >= 3 * FEW and gains[-1] > max(2 * most, 0.05)
    shift = best if shifted else 0
    return row(
        "clock_shift",
        "warning" if shifted else "ok",
        shift,
        1,
        "clock_shift",
        shift=f"{shift:+d}" if shift else "0",
    )
