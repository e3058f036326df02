"""How the weeks published before did, as far as it is known by now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from infraction_model.evaluation.adherence import adherence
from infraction_model.evaluation.alarms import alarms, all_alarms
from infraction_model.evaluation.drift import input_drift
from infraction_model.evaluation.monitoring import judge_week, trend
from infraction_model.io.json_files import read_json
from infraction_model.io.publications import WEEKS, Publication, Publications
from infraction_model.io.tables import read_table
from infraction_model.panel import Panel
from infraction_model.patrol.priority import prioritise
from infraction_model.pipelines.forecasting import seen, town_of
from infraction_model.pipelines.weekly.journal import Journal
from infraction_model.pipelines.weekly.parameters import Parameters
from infraction_model.pipelines.weekly.publishing import RECORD
from infraction_model.timegrid import monday, week_starting

WAITING = ("not_in", "not_mature")
"""Why a week could not be judged that may be judged later (evaluation.monitoring.REASONS)."""

PATIENCE = 26


@dataclass(frozen=True)
class PastWeeks:
    """Judged weeks, alarms they raise, drift of the inputs, and whether plans were followed.

    `alarms` are those still open, `past_alarms` all there ever were.
    """

    weeks: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    past_alarms: list[dict[str, Any]] = field(default_factory=list)
    drift: list[dict[str, Any]] = field(default_factory=list)
    adherence: dict[str, Any] | None = None


def past_weeks(
    parameters: Parameters,
    panel: Panel,
    data_origin: int,
    publications: Publications,
    journal: Journal,
) -> PastWeeks:
    """Judge the newest published weeks that are over, anew; older ones as they were judged last.

    A failure is a trouble and no reason to go without a map: the weeks then are those known before.
    """
    over = [one for one in publications.weeks() if week_starting(one.target) < data_origin]
    known: list[dict[str, Any]] = []
    now = str(monday(data_origin))
    with journal.stage("judge past weeks", or_else="monitoring_failed"):
        # a week that is made up for must not hear of what came after it
        known += [one for one in _judged_before(publications) if one["origin"] <= now]
        town = town_of(parameters.data, parameters.exposure, panel, data_origin)
        newest = to_judge(over, known, parameters.monitoring.judge_again)
        judged = [
            judge_week(
                _scores(publications.folder(one), panel.timezone),
                panel,
                town,
                _planned(publications.folder(one)),
                data_origin,
                parameters.monitoring,
            )
            for one in newest
        ]
        weeks = trend([*known, *judged])
        looked_at = seen(panel, town)
        return PastWeeks(
            weeks,
            alarms(weeks, parameters.monitoring.alarm),
            all_alarms(weeks, parameters.monitoring.alarm),
            input_drift(looked_at, data_origin, parameters.monitoring.drift),
            _adherence(parameters, publications, over, looked_at, data_origin),
        )
    return PastWeeks(known)


def to_judge(
    over: Sequence[Publication], known: Sequence[dict[str, Any]], again: int
) -> list[Publication]:
    """The newest `again` weeks, and those before them whose records were still to come in.

    `known` are the weeks as they were judged last. A town whose records take two months must have
    its weeks judged too; what has not come in after half a year is not waited for.
    """
    waiting = {week["target_week"] for week in known if week["reason"] in WAITING}
    return [
        one
        for age, one in zip(range(len(over) - 1, -1, -1), over, strict=True)
        if age < again or (age < PATIENCE and str(one.target) in waiting)
    ]


def _judged_before(publications: Publications) -> list[dict[str, Any]]:
    """The judged weeks as the newest publication keeps them."""
    for one in reversed(publications.all()):
        path = publications.folder(one) / WEEKS
        if path.exists():
            return read_json(path, "weekly")["weeks"]
    return []


def _adherence(
    parameters: Parameters,
    publications: Publications,
    over: list[Publication],
    panel: Panel,
    data_origin: int,
) -> dict[str, Any] | None:
    """Whether the plan of the newest week that is over was followed; None before the first."""
    if not over:
        return None
    folder = publications.folder(over[-1])
    visits = _planned_visits(folder, panel.timezone, parameters.map.tier_shares[0])
    return adherence(visits, panel, data_origin, parameters.monitoring.adherence)


def _planned(folder: Path) -> int:
    """The origin whose knowledge the publication rests on."""
    record = read_json(folder / RECORD, "weekly")
    return week_starting(dt.date.fromisoformat(record["data_origin"]))


def _scores(folder: Path, timezone: str) -> pd.DataFrame:
    scores = read_table("scores", folder / "scores.parquet", "weekly")
    return scores.assign(starts_at=scores["starts_at"].dt.tz_convert(timezone))


def _planned_visits(folder: Path, timezone: str, first_tier: float) -> pd.DataFrame:
    """The visits of the week's plan; where it had none, an hour in each of the first zone-hours."""
    if (folder / "visits.parquet").exists():
        visits = read_table("visits", folder / "visits.parquet", "weekly")
        return visits.assign(
            **{name: visits[name].dt.tz_convert(timezone) for name in ("arrive_at", "leave_at")}
        )
    ranked = prioritise(_scores(folder, timezone), [first_tier])
    first = ranked[ranked["tier"] == 1].reset_index(drop=True)
    return pd.DataFrame(
        {
            "shift_id": "list",
            "team": "list",
            "sequence": first["rank"].astype(int),
            "zone_id": first["zone_id"],
            "arrive_at": first["starts_at"],
            "leave_at": first["starts_at"] + pd.Timedelta(hours=1),
            "expected_infractions": first["expected_infractions"],
            "purpose": "yield",
            "propensity": 1.0,
        }
    )
