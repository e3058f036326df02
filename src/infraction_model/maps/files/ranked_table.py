"""The ranked zone-hours as a CSV that a spreadsheet opens with a double click."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.maps.texts import words_for
from infraction_model.maps.week import MapWeek, probability_bound
from infraction_model.spreadsheets import FORMS, as_csv, neutral
from infraction_model.wording import day_name


def ranked_csv(week: MapWeek, language: str = "fr", rows: int | None = None) -> bytes:
    """The first `rows` zone-hours (None: all), best first, as semicolon CSV in UTF-8 with a mark.

    Headers, day names and the decimal sign follow the language (French: comma, dd/mm/yyyy).
    Probabilities and their bounds have 4 digits, expected numbers 4. Text that a spreadsheet would
    run as a formula gets a leading apostrophe; control characters become blanks.
    """
    words = words_for(language, week.exposure_basis)
    probability, expected = words["probability"], words["expected"]
    low, high = words["csv_low"], words["csv_high"]
    best = week.ranked.head(len(week.ranked) if rows is None else rows)
    p, mean = (best[name].to_numpy() for name in ("infraction_probability", "expected_infractions"))
    table = pd.DataFrame(
        {
            words["csv_rank"]: best["rank"],
            words["csv_tier"]: best["tier"],
            words["csv_zone"]: best["zone_id"].map(neutral),
            words["csv_name"]: best["name"].map(neutral),
            words["csv_day"]: [day_name(day, language) for day in best["hour"] // 24],
            words["csv_date"]: best["local"].dt.strftime(FORMS[language].date),
            words["csv_hour"]: best["local"].dt.strftime(FORMS[language].clock),
            probability: p,
            f"{probability} – {low}": probability_bound(p, mean, best["lower"].to_numpy()),
            f"{probability} – {high}": probability_bound(p, mean, best["upper"].to_numpy()),
            expected: mean,
            f"{expected} – {low}": best["lower"],
            f"{expected} – {high}": best["upper"],
            words["csv_basis"]: best["exposure_basis"].map(
                lambda basis: words[f"csv_basis_is_{basis}"]
            ),
            words["csv_why"]: best["reasons"].map(neutral),
        }
    )
    figures = table.select_dtypes(np.floating).columns
    table[figures] = table[figures].round(4)
    return as_csv(table, language)
