"""The form that comes back: a row per planned stop as a CSV, to be filled in and taken in again."""

from __future__ import annotations

import pandas as pd

from infraction_model.ingest.forms import COLUMNS
from infraction_model.maps.routes import Route, Stop, WeekPlan
from infraction_model.spreadsheets import FORMS, as_csv, neutral
from infraction_model.wording import number, words


def form_csv(plan: WeekPlan, language: str = "fr") -> bytes:
    """The form of a week as semicolon CSV in UTF-8 with a mark, its last columns left empty.

    Headers, dates and times follow the language. Text that a spreadsheet would run as a formula
    gets a leading apostrophe; ingest.forms reads it back, whatever a spreadsheet made of it.
    """
    headers, purposes = words("form", language), words("visits", language)
    rows = [
        _planned(plan, route, stop, language) | {"purpose": purposes[stop.purpose]}
        for route in plan.routes
        for stop in route.stops
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return as_csv(table.rename(columns=headers), language)


def _planned(plan: WeekPlan, route: Route, stop: Stop, language: str) -> dict[str, str]:
    date, clock, _ = FORMS[language]
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
