"""The visits of a patrol plan as a CSV that a spreadsheet opens with a double click."""

from __future__ import annotations

import pandas as pd

from infraction_model.maps.texts import day_name
from infraction_model.spreadsheets import neutral
from infraction_model.timegrid import to_local

_WORDS = {
    "fr": {
        "team": "Équipe",
        "shift": "Service",
        "sequence": "Ordre",
        "day": "Jour",
        "date": "Date",
        "arrive": "Arrivée",
        "leave": "Départ",
        "zone": "Secteur",
        "name": "Nom",
        "expected": "Infractions attendues",
        "purpose": "Motif",
        "propensity": "Probabilité du tirage",
        "yield": "rendement",
        "explore": "exploration",
        "safety": "sécurité",
    },
    "en": {
        "team": "Team",
        "shift": "Shift",
        "sequence": "Order",
        "day": "Day",
        "date": "Date",
        "arrive": "Arrive",
        "leave": "Leave",
        "zone": "Zone",
        "name": "Name",
        "expected": "Expected infractions",
        "purpose": "Purpose",
        "propensity": "Probability of the draw",
        "yield": "yield",
        "explore": "exploration",
        "safety": "safety",
    },
}


def visits_csv(visits: pd.DataFrame, names: pd.Series, language: str = "fr") -> bytes:
    """The contract table `visits` (times in the town's own zone) as semicolon CSV with a mark.

    `names` gives each zone_id its name. Headers, days and the decimal sign follow the language;
    text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    words = _WORDS[language]
    arrive, leave = to_local(visits["arrive_at"]), to_local(visits["leave_at"])
    date, clock = ("%d/%m/%Y", "%Hh%M") if language == "fr" else ("%Y-%m-%d", "%H:%M")
    named = visits["zone_id"].map(names).fillna(visits["zone_id"])
    table = pd.DataFrame(
        {
            words["team"]: visits["team"].map(neutral),
            words["shift"]: visits["shift_id"].map(neutral),
            words["sequence"]: visits["sequence"],
            words["day"]: [day_name(day, language) for day in arrive.dt.day_of_week],
            words["date"]: arrive.dt.strftime(date),
            words["arrive"]: arrive.dt.strftime(clock),
            words["leave"]: leave.dt.strftime(clock),
            words["zone"]: visits["zone_id"].map(neutral),
            words["name"]: named.map(neutral),
            words["expected"]: visits["expected_infractions"].round(3),
            words["purpose"]: visits["purpose"].map(words),
            words["propensity"]: visits["propensity"].round(4),
        }
    )
    text = table.to_csv(
        sep=";", index=False, decimal="," if language == "fr" else ".", lineterminator="\r\n"
    )
    return text.encode("utf-8-sig")
