"""The form that comes back: a row per planned stop as a CSV, to be filled in and taken in again."""

from __future__ import annotations

import csv
import io

from infraction_model.ingest.forms import COLUMNS, FILLED, PLANNED
from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.spreadsheets import neutral
from infraction_model.wording import number, words


def form_csv(plan: WeekPlan, language: str = "fr") -> bytes:
    """The form of a week as semicolon CSV in UTF-8 with a mark, its last columns left empty.

    Headers, dates and times follow the language. Text that a spreadsheet would run as a formula
    gets a leading apostrophe; ingest.forms reads it back, whatever a spreadsheet made of it.
    """
    headers, purposes = words("form", language), words("visits", language)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([headers[name] for name in COLUMNS])
    for route in plan.routes:
        for stop in route.stops:
            planned = _planned(plan, route, stop, language)
            planned["purpose"] = purposes[stop.purpose]
            writer.writerow([*(planned[name] for name in PLANNED), *[""] * len(FILLED)])
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _planned(plan: WeekPlan, route: Route, stop: Stop, language: str) -> dict[str, str]:
    date, clock = ("%d/%m/%Y", "%Hh%M") if language == "fr" else ("%Y-%m-%d", "%H:%M")
    return {
        "week": plan.monday.strftime(date),
        "shift": neutral(route.shift_id),
        "sequence": str(stop.sequence),
        "date": stop.arrive.strftime(date),
        "planned_arrival": stop.arrive.strftime(clock),
        "planned_leave": stop.leave.strftime(clock),
        "zone_id": neutral(stop.zone_id),
        "name": neutral(stop.name),
        "propensity": number(stop.propensity, language, 4),
    }
