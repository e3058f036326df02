"""The front page of the open data: every file, what its columns mean, rules, how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from infraction_model.reports.numbers import decimal, percent
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language, long_date

TEXTS = by_language("open_data")


def render(
    tables: Sequence[Any],
    judged: pd.DataFrame | None,
    about: dict[str, Any],
    town: str,
    language: str,
) -> str:
    """The page as HTML; `tables` as open_data.dictionary describes them, `judged` of a forecast.

    `about`: origin, publisher (open_data.dcat.Publisher), k, other_files (name and what it is).
    """
    text = TEXTS[language]
    return (
        environment(autoescape=True)
        .get_template("open_data.html.j2")
        .render(
            language=language,
            t=text,
            town=town,
            tables=tables,
            about=about,
            as_of=text["as_of"].format(date=long_date(about["origin"], language)),
            rules=[rule.format(k=about["k"]) for rule in text["rules"]],
            judged=[] if judged is None else _judged(judged, language),
        )
    )


def _judged(judged: pd.DataFrame, language: str) -> list[tuple[str, ...]]:
    """How good the forecast was: a row per figure, the first of names, a column per kind of zone.

    So it fits a telephone.
    """
    text = TEXTS[language]
    names = [text["judged"]["title"], *text["judged_head"]]
    columns = [_column(row, language) for row in judged.to_dict(orient="records")]
    return list(zip(names, *columns, strict=True)) if columns else []


def _column(row: dict[str, Any], language: str) -> list[str]:
    """The figures of one kind of zone, its name first."""
    text = TEXTS[language]
    return [
        text["judged"][row["kind"]],
        decimal(row["zones"], 0, language),
        decimal(row["weeks"], 0, language),
        *(percent(row[name], 1, language) for name in ("error", "error_last_week", "error_mean")),
        percent(row["covered"], 0, language),
    ]
