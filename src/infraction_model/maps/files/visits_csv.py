"""The visits of a patrol plan as a CSV that a spreadsheet opens with a double click."""

from __future__ import annotations

import pandas as pd

from infraction_model.maps.texts import words_for
from infraction_model.spreadsheets import FORMS, as_csv, neutral
from infraction_model.timegrid import to_local
from infraction_model.wording import day_name, words


def visits_csv(
    visits: pd.DataFrame, names: pd.Series, language: str = "fr", basis: str = "recorded"
) -> bytes:
    """The contract table `visits` (times in the town's own zone) as semicolon CSV with a mark.

    `names` gives each zone_id its name; `basis`, the exposure basis, says what is expected.
    Headers, days and the decimal sign follow the language; text that a spreadsheet would run as a
    formula gets a leading apostrophe.
    """
    said = words("visits", language)
    arrive, leave = to_local(visits["arrive_at"]), to_local(visits["leave_at"])
    forms = FORMS[language]
    named = visits["zone_id"].map(names).fillna(visits["zone_id"])
    table = pd.DataFrame(
        {
            said["team"]: visits["team"].map(neutral),
            said["shift"]: visits["shift_id"].map(neutral),
            said["sequence"]: visits["sequence"],
            said["day"]: [day_name(day, language) for day in arrive.dt.day_of_week],
            said["date"]: arrive.dt.strftime(forms.date),
            said["arrive"]: arrive.dt.strftime(forms.clock),
            said["leave"]: leave.dt.strftime(forms.clock),
            said["zone"]: visits["zone_id"].map(neutral),
            said["name"]: named.map(neutral),
            words_for(language, basis)["expected"]: visits["expected_infractions"].round(3),
            said["purpose"]: visits["purpose"].map(dict(said)),
            said["propensity"]: visits["propensity"].round(4),
        }
    )
    return as_csv(table, language)
