"""The report on what recurs as one HTML page that works offline, and as Markdown."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pandas as pd

from infraction_model.exposure import is_known
from infraction_model.factors.analysis import Factors
from infraction_model.reports.factors_plots import SHOWN_ZONES, plots
from infraction_model.reports.factors_texts import TEXTS, level_name, peak_name
from infraction_model.reports.factors_words import factor_name, method, summary
from infraction_model.reports.markdown import plain
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.templating import environment
from infraction_model.timegrid import monday
from infraction_model.wording import category_name

_MOST_FINED, _SHOWN_CHANGES, _SHOWN_CATEGORIES = 12, 30, 15


def render(factors: Factors, town: str, language: str) -> str:
    """The report as HTML text in `language` ("fr" or "en")."""
    images = {
        name: base64.b64encode(image).decode("ascii")
        for name, image in plots(factors, language).items()
    }
    template = environment(autoescape=True).get_template("factors.html.j2")
    return template.render(**_content(factors, town, language), plots=images)


def render_markdown(factors: Factors, town: str, language: str) -> str:
    """The same report as Markdown, without pictures; the town's own text is escaped."""
    named = factors.categories.assign(
        category=[category_name(value, language) for value in factors.categories["category"]]
    )
    escaped = {
        name: frame.assign(**{column: [plain(str(value)) for value in frame[column]]})
        for name, column, frame in (
            ("zones", "name", factors.zones),
            ("changes", "name", factors.changes),
            ("categories", "category", named),
        )
    }
    template = environment(autoescape=False).get_template("factors.md.j2")
    return template.render(**_content(replace(factors, **escaped), plain(town), language))


def _content(factors: Factors, town: str, language: str) -> dict[str, Any]:
    text = TEXTS[language]
    known = is_known(factors.basis)
    interval = percent(factors.interval, 0, language)
    return {
        "t": text,
        "language": language,
        "town": town,
        "suffix": "" if known else f" – {text['recorded_only']}",
        "span": text["span"].format(
            first=date(str(monday(factors.first_week)), language),
            last=date(str(monday(factors.last_week)), language),
            fines=decimal(factors.fines, 0, language),
            zones=decimal(len(factors.zones), 0, language),
            hours=decimal(factors.hours, 0, language),
            unit=text[f"unit_{factors.basis}"],
        ),
        "summary": summary(factors, language),
        "method": method(factors, language),
        "week_note": text["week_note" if known else "week_note_none"],
        "factors_note": text[f"factors_note_{'known' if known else 'none'}"].format(
            interval=interval
        ),
        "zones_note": text["zones_note"].format(interval=interval),
        "changes_note": _changes_note(factors, language),
        "hours": text[f"hours_{factors.basis}"],
        "zones": _zones(factors.zones.head(SHOWN_ZONES), language),
        "misleading": _most_fined(factors.zones, language) if known else [],
        "changes": _changes(factors.changes.head(_SHOWN_CHANGES), language),
        "categories": _categories(factors.categories.head(_SHOWN_CATEGORIES), language),
        "ratios": _ratios(factors.table, language),
    }


def _changes_note(factors: Factors, language: str) -> str:
    text = TEXTS[language]
    note = text["changes_note"].format(share=percent(factors.false_alarms, 0, language))
    return note if is_known(factors.basis) else f"{note} {text['changes_none']}"


def _between(low: float, high: float, digits: int, language: str) -> str:
    return f"{decimal(low, digits, language)} – {decimal(high, digits, language)}"


def _rate_digits(rates: pd.Series) -> int:
    return 2 if rates.max() >= 1 else 3


def _zones(zones: pd.DataFrame, language: str) -> list[dict[str, str]]:
    digits = _rate_digits(zones["rate"])
    return [
        {
            "rank": decimal(row.rank, 0, language),
            "ranks": _between(row.rank_lower, row.rank_upper, 0, language),
            "name": row.name,
            "rate": decimal(row.rate, digits, language),
            "interval": _between(row.lower, row.upper, digits, language),
            "raw_rate": decimal(row.raw_rate, digits, language),
            "fines": decimal(row.fines, 0, language),
            "hours": decimal(row.hours, 0 if row.hours >= 10 else 1, language),
            "rank_by_fines": decimal(row.rank_by_fines, 0, language),
            "shift": decimal(row.rank_by_fines - row.rank, 0, language, sign=True),
        }
        for row in zones.itertuples(index=False)
    ]


def _most_fined(zones: pd.DataFrame, language: str) -> list[dict[str, str]]:
    return _zones(zones.sort_values("rank_by_fines").head(_MOST_FINED), language)


def _changes(changes: pd.DataFrame, language: str) -> list[dict[str, str]]:
    def rate(fines: int, hours: float) -> str:
        return f"{decimal(fines, 0, language)} / {decimal(hours, 0, language)} h"

    return [
        {
            "name": row.name,
            "since": date(str(monday(row.week)), language),
            "times": decimal(row.factor, 2, language),
            "interval": _between(row.lower, row.upper, 2, language),
            "before": rate(row.fines_before, row.hours_before),
            "after": rate(row.fines_after, row.hours_after),
        }
        for row in changes.itertuples(index=False)
    ]


def _categories(categories: pd.DataFrame, language: str) -> list[dict[str, str]]:
    return [
        {
            "name": category_name(row.category, language),
            "fines": decimal(row.fines, 0, language),
            "share": percent(row.share, 1, language),
            "peak": peak_name(row.peak_day, row.peak_from, language),
            "ratio": decimal(row.peak_ratio, 1, language),
            "interval": _between(row.peak_lower, row.peak_upper, 1, language)
            if row.peak_day
            else "",
        }
        for row in categories.itertuples(index=False)
    ]


def _ratios(table: pd.DataFrame, language: str) -> list[dict[str, str]]:
    text = TEXTS[language]
    seen = table[table["hours"] > 0]
    return [
        {
            "factor": factor_name(row.factor, language),
            "level": level_name(row.factor, row.level, language),
            "ratio": decimal(row.rate_ratio, 2, language),
            "interval": ""
            if row.lower == row.upper
            else _between(row.lower, row.upper, 2, language),
            "fines": decimal(row.fines, 0, language),
            "hours": decimal(row.hours, 0, language),
            "remark": text[f"remark_{row.remark}"] if row.remark else "",
        }
        for row in seen.itertuples(index=False)
    ]
