"""Payments or bay events -> how full zones are, by hour: tables, alarms and a short report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters, is_school_week
from infraction_model.errors import ConfigError, NotEnoughDataError
from infraction_model.io.atomic import new_folder, write_text
from infraction_model.io.tables import read_table, write_table
from infraction_model.io.workspace import Workspace
from infraction_model.occupancy.compliance import watch
from infraction_model.occupancy.faults import FaultParameters
from infraction_model.occupancy.indicators import IndicatorParameters, indicators, stay_lengths
from infraction_model.occupancy.payments import (
    Estimate,
    PaymentParameters,
    estimate,
    tickets_and_stays,
)
from infraction_model.occupancy.sensors import (
    Sensed,
    fault_table,
    occupancy_by_hour,
    readings_by_hour,
    sense,
)
from infraction_model.occupancy.tables import alarm_table, occupancy_table
from infraction_model.occupancy.tickets import Tickets, read_tickets
from infraction_model.occupancy.timeline import LimitHours
from infraction_model.occupancy.truth import gather_truth
from infraction_model.pipelines.console import say, step
from infraction_model.pipelines.town import TownData
from infraction_model.reports.occupancy_report import render_payments, render_sensors
from infraction_model.schema import PARKING_TABLES
from infraction_model.timegrid import monday, to_local, week_of, week_starting

_SUNDAY = pd.Timedelta(hours=36)


@dataclass(frozen=True)
class OccupancyParameters:
    """The group conf/occupancy: each part is described where it is used."""

    limits: LimitHours = field(default_factory=LimitHours)
    faults: FaultParameters = field(default_factory=FaultParameters)
    indicators: IndicatorParameters = field(default_factory=IndicatorParameters)
    payments: PaymentParameters = field(default_factory=PaymentParameters)


@dataclass(frozen=True)
class Parameters:
    """The settings of `infraction-model occupancy`."""

    workspace: Path
    data: TownData
    occupancy: OccupancyParameters
    source: Literal["payments", "sensors"] = "payments"
    origin: dt.date | None = None
    language: Literal["fr", "en"] = "fr"


def run(parameters: Parameters) -> None:
    """Estimate or measure, write the tables below `occupancy/SOURCE` and the report."""
    workspace = Workspace(parameters.workspace)
    tables = {
        name: read_table(name, workspace.table(name), "ingest")
        for name in ("zones", "patrols", *PARKING_TABLES)
        if name == "zones" or workspace.table(name).exists()
    }
    if parameters.source == "payments":
        if "payments" not in tables:
            raise ConfigError(_unmapped("payments"))
        written, page, said = _from_payments(parameters, tables)
    else:
        if "occupancy_events" not in tables and not _has_readings(tables):
            raise ConfigError(_unmapped("occupancy_events"))
        written, page, said = _from_sensors(parameters, tables)
    folder = workspace.occupancy(parameters.source)
    with new_folder(folder) as temporary:
        for name, table in written.items():
            write_table(name, table, temporary / f"{name}.parquet")
    report = workspace.report(f"occupancy_{parameters.source}.html")
    write_text(report, page)
    for line in said:
        say(line)
    say(f"Tables: {folder}. Report: {report}")


def _unmapped(name: str) -> str:
    return (
        f"key 'data.{name}': this town has no such export. Map it (see conf/data/demo.yaml) and "
        "run `infraction-model ingest`, or choose another source."
    )


def _has_readings(tables: dict[str, pd.DataFrame]) -> bool:
    return "counts" in tables and bool(tables["counts"]["holds"].any())


def _origin(parameters: Parameters, times: pd.Series) -> int:
    """The week at whose beginning all ends: the one asked for, or after the last whole week."""
    last = to_local(times).max()
    if parameters.origin is not None:
        week = week_starting(parameters.origin)
        if pd.Timestamp(monday(week)) <= to_local(times).min():
            raise ConfigError(
                f"key 'origin': {parameters.origin} lies before the first record "
                f"({to_local(times).min():%Y-%m-%d})."
            )
        return week
    # the last Sunday of an export is often without a record
    return int(week_of(np.array([(last + _SUNDAY).to_datetime64()]))[0])


def _from_payments(parameters: Parameters, tables: dict[str, pd.DataFrame]):
    settings, data = parameters.occupancy, parameters.data
    payments = tables["payments"]
    origin = _origin(parameters, payments["paid_from"])
    with step(f"reading tickets and what is known of the truth, as of {monday(origin)}"):
        tickets = read_tickets(payments, tables["zones"], origin, settings.limits.closing())
        sensed = _sensed(parameters, tables, origin)
        counts = _counts(tables, settings.payments.patrol_checks)
        truth = gather_truth(tickets.zones, tickets.first_week, tickets.weeks, sensed, counts)
    with step(f"estimating {tickets.weeks} weeks of {len(tickets.zones)} zones"):
        found = estimate(tickets, truth, settings.limits, data.calendar, settings.payments)
    with step("watching meters and compliance"):
        tariffs = tickets.zones.get("tariff", pd.Series("", index=tickets.zones.index))
        bought, hours = tickets_and_stays(found, truth, settings.limits)
        kinds = school_weeks(tickets, data.calendar)
        changes = watch(
            bought, hours, tariffs.fillna("").to_numpy(dtype=str), kinds, settings.payments.watch
        )
    written = {
        "occupancy": occupancy_table(found, data.timezone),
        "occupancy_alarms": alarm_table(found, changes, data.timezone),
    }
    summary: dict[str, Any] = {
        "first_day": monday(tickets.first_week),
        "origin": monday(origin),
        "sensed": 0 if sensed is None else sensed.bays["zone_id"].nunique(),
        "counts": 0 if counts is None else len(counts),
        "spaces": tickets.zones.set_index("zone_id")["spaces"],
        "names": tables["zones"].set_index("zone_id")["name"],
        "paid": found.paid.mean(axis=(1, 2)),
        "limits": settings.limits,
    }
    page = render_payments(written, summary, data.title, parameters.language)
    return written, page, _said(found, written, summary)


def _said(found: Estimate, written: dict[str, pd.DataFrame], summary: dict) -> list[str]:
    """What a person at a terminal reads of an estimate."""
    bases = written["occupancy"]["basis"].value_counts(normalize=True)
    alarms = written["occupancy_alarms"]["kind"].value_counts()
    counted, changed = f"{summary['counts']} counts", f"{alarms.get('compliance', 0)} changes"
    tickets = len(found.tickets.start)
    said = [
        f"{tickets} tickets, {summary['sensed']} zones with sensors, {counted}.",
        f"Mean occupancy {found.occupancy.mean():.3f}, running tickets {found.paid.mean():.3f}.",
        "Hours by basis: " + ", ".join(f"{name} {share:.1%}" for name, share in bases.items()),
        f"Alarms: {alarms.get('silent_meter', 0)} silent meters, {changed} of compliance.",
    ]
    if bases.get("paid", 0) > 0:
        said.append(
            "Without sensors or counts only the paid occupancy is known: the hours of basis "
            "'paid' say how many tickets ran, not how many cars were there."
        )
    return said


def _from_sensors(parameters: Parameters, tables: dict[str, pd.DataFrame]):
    settings, data, zones = parameters.occupancy, parameters.data, tables["zones"]
    parts, faults, written = [], [], {}
    lengths = pd.DataFrame(columns=["zone_id", "stays", "q50", "q90"])
    times = [
        tables[name][time] for name, time in PARKING_TABLES.items()
        if name != "payments" and name in tables
    ]  # fmt: skip
    origin = _origin(parameters, pd.concat(times))
    until = pd.Timestamp(monday(origin), tz=data.timezone)
    with step(f"taking out faults and measuring, as of {monday(origin)}"):
        sensed = _sensed(parameters, tables, origin)
        if sensed is not None:
            parts.append(occupancy_by_hour(sensed, zones))
            faults.append(fault_table(sensed.faults, data.timezone))
            written["indicators"] = indicators(
                sensed, zones, settings.limits, data.calendar, settings.indicators
            )
            lengths = stay_lengths(sensed)
        if _has_readings(tables):
            rates, silent = readings_by_hour(tables["counts"], zones, until, settings.faults)
            known = parts[0]["zone_id"].unique() if parts else []
            parts.append(rates[~rates["zone_id"].isin(known)])
            faults.append(fault_table(silent, data.timezone))
    if not parts:
        raise NotEnoughDataError(f"nothing was measured before {monday(origin)}.")
    written["occupancy"] = pd.concat(parts, ignore_index=True)
    written["sensor_faults"] = pd.concat([part for part in faults if len(part)] or faults[:1])
    summary = {
        "origin": monday(origin),
        "first_day": written["occupancy"]["starts_at"].min().date(),
        "names": zones.set_index("zone_id")["name"],
        "lengths": lengths,
        "missed": 0 if sensed is None else sensed.missed_departures,
    }
    page = render_sensors(written, summary, data.title, parameters.language)
    found = written["sensor_faults"]["fault"].value_counts()
    said = [
        f"{written['occupancy']['zone_id'].nunique()} zones: mean occupancy "
        f"{written['occupancy']['occupancy'].mean():.3f}. Taken out first: "
        + (", ".join(f"{count} {fault}" for fault, count in found.items()) or "no fault")
        + "."
    ]
    return written, page, said


def _sensed(parameters: Parameters, tables: dict, origin: int) -> Sensed | None:
    """What sensors in bays knew before the origin, None where there are none."""
    until = pd.Timestamp(monday(origin), tz=parameters.data.timezone)
    events = tables.get("occupancy_events")
    if events is None or not (events["arrived_at"] < until).any():
        return None
    return sense(events, until, parameters.occupancy.faults)


def _counts(tables: dict[str, pd.DataFrame], patrol_checks: bool) -> pd.DataFrame | None:
    """Counts of a moment, those of patrols among them where they look at every car."""
    parts = []
    if "counts" in tables:
        parts.append(tables["counts"][~tables["counts"]["holds"]])
    patrols = tables.get("patrols")
    if patrol_checks and patrols is not None and "vehicles_checked" in patrols:
        seen = patrols[patrols["vehicles_checked"].notna()]
        middle = seen["started_at"] + (seen["ended_at"] - seen["started_at"]) / 2
        parts.append(
            pd.DataFrame(
                {
                    "zone_id": seen["zone_id"],
                    "counted_at": middle,
                    "vehicles": seen["vehicles_checked"],
                    "spaces": np.nan,
                    "holds": False,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else None


def school_weeks(tickets: Tickets, calendar: CalendarParameters) -> np.ndarray:
    """1 for each week of which most is school holidays, 0 for the others and where unknown."""
    weeks = range(tickets.first_week, tickets.first_week + tickets.weeks)
    return np.array([is_school_week(monday(week), calendar) for week in weeks], dtype=int)
