"""Scores + teams -> the patrol plan of the target week: who goes where, when, and what for."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from annotated_types import Gt

from infraction_model import timegrid
from infraction_model.errors import ContractError
from infraction_model.io.atomic import new_folder
from infraction_model.io.json_files import read_json, write_json
from infraction_model.io.rosters import read_roster, read_travel_times
from infraction_model.io.tables import read_table, write_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.files.visits_csv import visits_csv
from infraction_model.maps.week import EXTRAPOLATED, one_basis
from infraction_model.panel import centres
from infraction_model.patrol.allocation import Plan, RuleParameters, Task, plan_week
from infraction_model.patrol.exploration import ExploreParameters
from infraction_model.patrol.hours import nobodys_shifts, plan_hours
from infraction_model.patrol.records import days_since_visit, known_fines, severity_of_zones
from infraction_model.patrol.routing import RoutingParameters
from infraction_model.patrol.shifts import HOUR, MINUTE, Shift, WeeklyShift, shifts_of_week
from infraction_model.patrol.table import visits_table
from infraction_model.patrol.travel import Travel, TravelParameters
from infraction_model.patrol.visits import VisitParameters, Worth
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.scored_week import read_scores, scored_week
from infraction_model.pipelines.town import TownData


def _two_teams() -> tuple[WeeklyShift, ...]:
    days = (0, 1, 2, 3, 4, 5)
    hours = (("09:00", "12:30"), ("14:00", "18:00"))
    return tuple(WeeklyShift(team, days, start, end) for team in "AB" for start, end in hours)


@dataclass(frozen=True)
class PatrolParameters:
    """A town's teams and rules, the group conf/patrol.

    `roster`: a CSV that takes the place of `shifts`; where there is neither, so many
    `hours_without_roster` are allocated without routes. `travel_times`: a CSV that takes the place
    of straight lines.
    """

    roster: str | None = None
    shifts: tuple[WeeklyShift, ...] = field(default_factory=_two_teams)
    hours_without_roster: Annotated[float, Gt(0)] = 40.0
    travel_times: str | None = None
    visit: VisitParameters = field(default_factory=VisitParameters)
    travel: TravelParameters = field(default_factory=TravelParameters)
    rules: RuleParameters = field(default_factory=RuleParameters)
    explore: ExploreParameters = field(default_factory=ExploreParameters)
    routing: RoutingParameters = field(default_factory=RoutingParameters)


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model plan`; without `origin` the newest scores are planned."""

    workspace: Path
    data: TownData
    patrol: PatrolParameters
    origin: dt.date | None = None
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Write the target week's folder of the plan, whole or not at all, and say what it comes to."""
    workspace = Workspace(parameters.workspace)
    with step("reading the scores"):
        week = scored_week(workspace, parameters.origin)
        monday = timegrid.monday(week)
        scores = read_scores(workspace, week, parameters.data.timezone)
        about = read_json(workspace.about_scores(monday), made_by="score")
    with step(f"planning the week of {monday}"):
        origin = dt.date.fromisoformat(about["origin"])
        planned = plan_scores(parameters, scores, origin, week)
        folder = workspace.plan(monday)
        with new_folder(folder) as temporary:
            write_plan(planned, about, temporary, parameters.language)
    _say(planned, parameters.patrol, folder)


@dataclass(frozen=True)
class PlannedWeek:
    """A plan, its contract table `visits`, the zones' names by zone_id, and its figures.

    `basis`: the exposure basis of the scores it is made from.
    """

    plan: Plan
    visits: pd.DataFrame
    names: pd.Series
    about: dict
    basis: str


def plan_scores(
    parameters: Parameters, scores: pd.DataFrame, origin: dt.date, week: int
) -> PlannedWeek:
    """Plan a target week from its scores and from what was known of zones at the origin."""
    workspace, patrol = Workspace(parameters.workspace), parameters.patrol
    zones = _scored_zones(scores, read_table("zones", workspace.table("zones"), "ingest"))
    shifts = _shifts(patrol, timegrid.monday(week))
    task = _task(parameters, scores, zones, shifts, origin, week)
    if shifts:
        plan = plan_week(task, patrol.rules, patrol.explore, patrol.routing)
    else:
        plan = plan_hours(task, patrol.hours_without_roster, patrol.rules, patrol.explore)
    visits = visits_table(plan, task.zone_ids, week, parameters.data.timezone)
    kind = "hours" if not shifts else "routes" if task.travel.knows_places else "shifts"
    about = plan_record(plan, kind) | _settings(plan, patrol, kind)
    basis = one_basis(scores)
    return PlannedWeek(plan, visits, zones.set_index("zone_id")["name"], about, basis)


def write_plan(planned: PlannedWeek, about: dict, folder: Path, language: str) -> None:
    """Write the plan's files into a folder; `about` says what the scores were made from."""
    write_table("visits", planned.visits, folder / "visits.parquet")
    visits = visits_csv(planned.visits, planned.names, language, planned.basis)
    (folder / "visits.csv").write_bytes(visits)
    write_json(folder / "plan.json", {**about, **planned.about})


def _shifts(patrol: PatrolParameters, monday: dt.date) -> tuple[Shift, ...]:
    return read_roster(patrol.roster, monday) if patrol.roster else shifts_of_week(patrol.shifts)


def _scored_zones(scores: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """The zones that have scores, by zone_id, with name, lon and lat (NaN where unknown)."""
    if scores.empty:
        raise ContractError("the scores table has no rows. Run `infraction-model score` again.")
    lon, lat = centres(zones)
    known = zones[["zone_id", "name"]].assign(lon=lon, lat=lat).set_index("zone_id")
    found = known.reindex(sorted(set(scores["zone_id"]))).reset_index()
    return found.assign(name=found["name"].fillna(found["zone_id"]))


def _task(
    parameters: Parameters,
    scores: pd.DataFrame,
    zones: pd.DataFrame,
    shifts: tuple[Shift, ...],
    origin: dt.date,
    week: int,
) -> Task:
    """What the plan is made from: scores of the week, and what was known of zones at the origin."""
    workspace, patrol = Workspace(parameters.workspace), parameters.patrol
    zone_ids = zones["zone_id"]
    known_at = pd.Timestamp(origin, tz=parameters.data.timezone)
    fines = known_fines(read_table("fines", workspace.table("fines"), "ingest"), known_at)
    patrols = None
    if parameters.data.keeps_log:
        patrols = read_table("patrols", workspace.table("patrols"), "ingest")
    weight, safety = severity_of_zones(fines, zone_ids, patrol.visit)
    until_monday = (timegrid.monday(week) - origin).days
    rate, upper = _grid(scores, zone_ids, "expected_infractions"), _grid(scores, zone_ids, "upper")
    if not shifts:  # nobody is sent out at an hour at which no patrol goes anywhere
        on_duty = _grid(scores[scores["exposure_basis"] != EXTRAPOLATED], zone_ids, "upper") > 0
        rate, upper = rate * on_duty, upper * on_duty
    seconds = patrol.visit.minutes * MINUTE
    worth = Worth(rate, weight, safety, seconds, patrol.visit.recovery_hours)
    table = read_travel_times(patrol.travel_times) if patrol.travel_times else None
    return Task(
        zone_ids=zone_ids.tolist(),
        worth=worth,
        upper=replace(worth, rate=upper),
        days_since_visit=days_since_visit(patrols, fines, zone_ids, known_at) + until_monday,
        shifts=shifts or nobodys_shifts(),
        travel=Travel(zones, shifts, patrol.travel, table),
        week=week,
        skipped=tuple(timegrid.skipped_hours(week, parameters.data.timezone).tolist()),
    )


def _grid(scores: pd.DataFrame, zone_ids: pd.Series, column: str) -> np.ndarray:
    """A column of the scores as (zones, 168), 0 where there is none."""
    grid = np.zeros((len(zone_ids), timegrid.HOURS_PER_WEEK))
    hour = timegrid.hour_of_week(timegrid.to_local(scores["starts_at"]))
    grid[pd.Index(zone_ids).get_indexer(scores["zone_id"]), hour] = scores[column]
    return grid


def plan_record(plan: Plan, kind: str) -> dict[str, Any]:
    """What a plan comes to, for its record; sums are those of its visits.

    `kind`: `routes` (ways between places), `shifts` (zones without places: times, but no ways),
    `hours` (no roster: zone-hours of nobody in particular). Times of `shifts` are in seconds since
    the week's Monday 00:00.
    """
    return {
        "kind": kind,
        "shifts": [] if kind == "hours" else [asdict(shift) for shift in plan.shifts],
        "visits": len(plan.visits),
        "zones_visited": len({visit.zone for visit in plan.visits}),
        "value": plan.value,
        "expected_infractions": plan.found,
        "by_purpose": {name: plan.count(name) for name in ("yield", "safety", "explore")},
        "drawn": sum(visit.propensity < 1 for visit in plan.visits),
        "not_reached": list(plan.not_reached),
        "due": plan.due,
        "still_due": plan.still_due,
    }


def _settings(plan: Plan, patrol: PatrolParameters, kind: str) -> dict[str, Any]:
    """The settings that a reader of a plan must know."""
    on_duty = sum(shift.end - shift.start - shift.break_seconds for shift in plan.shifts) / HOUR
    return {
        "hours_on_duty": patrol.hours_without_roster if kind == "hours" else on_duty,
        "minutes_per_visit": patrol.visit.minutes,
        "recovery_hours": patrol.visit.recovery_hours,
        "explore_share": patrol.explore.share,
    }


def _say(planned: PlannedWeek, patrol: PatrolParameters, folder: Path) -> None:
    plan, said = planned.plan, planned.about
    finds = "fines" if planned.basis == "none" else "infractions"
    purposes = ", ".join(f"{count} for {name}" for name, count in said["by_purpose"].items())
    say(
        f"{said['visits']} visits to {said['zones_visited']} zones in "
        f"{said['hours_on_duty']:g} hours of duty ({purposes}): "
        f"{said['expected_infractions']:.1f} {finds} expected"
    )
    if said["kind"] == "hours":
        say("no roster: zone-hours are allocated, without teams and without routes")
    elif patrol.roster is None:
        say(f"no roster file: the {len(plan.shifts)} shifts of conf/patrol are assumed")
    if said["kind"] == "shifts":
        say("most zones have no place on a map: visits have times, their order is not a route")
    if plan.not_reached:
        say(f"asked for, but out of reach of every shift: {', '.join(plan.not_reached)}")
    if plan.still_due:
        say(
            f"{plan.still_due} of {plan.due} zones not visited in {patrol.rules.coverage_weeks} "
            "weeks stay unvisited: more hours, or a larger patrol.rules.most_coverage, are needed"
        )
    say(f"the plan, for a spreadsheet: {folder / 'visits.csv'}")
