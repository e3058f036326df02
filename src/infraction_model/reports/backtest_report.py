"""The backtest's report as one HTML page that works offline, and as Markdown."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from infraction_model.exposure import is_known
from infraction_model.reports.backtest_plot import plots
from infraction_model.reports.backtest_texts import (
    GROUPS,
    TEXTS,
    TRUTH_ROWS,
    estimator_name,
    group_name,
)
from infraction_model.reports.backtest_words import sentences
from infraction_model.reports.exposure_texts import EXPOSURE_WORDS
from infraction_model.reports.markdown import plain
from infraction_model.reports.numbers import chance, date, decimal, percent
from infraction_model.reports.templating import environment

_PERCENT = ("mean_probability", "hit_share", "calibration_error")
_LIST = ("capture", "precision", "pai", "pei")
_SHARES = ("1%", "5%", "10%")


def render(found: dict[str, Any], town: str, language: str) -> str:
    """The report as HTML text in `language` ("fr" or "en"); `found` is evaluation.findings."""
    images = {
        name: base64.b64encode(image).decode("ascii")
        for name, image in plots(found, language).items()
    }
    template = environment(autoescape=True).get_template("backtest.html.j2")
    return template.render(**_content(found, town, language), plots=images)


def render_markdown(found: dict[str, Any], town: str, language: str) -> str:
    """The same report as Markdown, without pictures but backtest.png."""
    template = environment(autoescape=False).get_template("backtest.md.j2")
    return template.render(**_content(found, plain(town), language))


def _content(found: dict[str, Any], town: str, language: str) -> dict[str, Any]:
    text = TEXTS[language]
    model, best = found["estimator"], found["best_baseline"]
    names = {
        "model": estimator_name(model, language),
        "other": "" if best is None else estimator_name(best, language),
    }
    weeks = found["weeks"]
    return {
        "t": text,
        "exposure": EXPOSURE_WORDS[language][found["exposure_basis"]],
        "language": language,
        "town": town,
        "names": names,
        "span": text["span"].format(
            weeks=len(weeks),
            first=date(weeks[0], language),
            last=date(weeks[-1], language),
            zones=decimal(found["zones"], 0, language),
            gap=found["gap"],
        ),
        "method": text[f"method_{found['resampling']['units']}"].format(
            block=found["resampling"]["block"], weeks=len(weeks)
        ),
        "sentences": sentences(found, language),
        "models": _models(found, language),
        "comparisons": _comparisons(found, language),
        "lists": _lists(found, language),
        "groups": _groups(found, language),
        "intervals": _intervals(found, language),
        "truth": _truth(found, language),
        "delay": _delay(found, language),
        "leak": _leak(found, language),
    }


def shown(figure: str, value: float, language: str) -> str:
    """A figure as people read it: a share in percent, a loss with four digits."""
    if figure.startswith(_PERCENT):
        return percent(value, 2, language)
    if figure.startswith(("capture", "precision", "pei", "counts", "coverage", "yield")):
        return percent(value, 1, language)
    digits = 2 if figure.startswith(("pai", "rate_error", "spearman")) else 4
    return decimal(value, digits, language)


def _cell(found: dict[str, Any], name: str, figure: str, language: str) -> dict[str, str]:
    """A figure of one estimator as text: its value and, where known, its interval."""
    known = found["intervals"][name].get(figure)
    if known is None:
        return {"value": "–", "interval": ""}
    ends = [known["lower"], known["upper"]]
    interval = ""
    if np.all(np.isfinite(ends)):
        interval = "[{} ; {}]".format(*(shown(figure, end, language) for end in ends))
        interval = interval.replace("\u00a0%", "").replace(" %", "")
    return {"value": shown(figure, known["value"], language), "interval": interval}


def _models(found: dict[str, Any], language: str) -> list[dict[str, Any]]:
    figures = ("log_loss", "brier", "poisson_deviance", "calibration_error")
    plain = ("calibration_error_by_chance", "mean_probability", "hit_share")
    return [
        {
            "name": estimator_name(name, language),
            "is_model": name == found["estimator"],
            "cells": [_cell(found, name, figure, language) for figure in figures]
            + [{"value": shown(f, means[f], language), "interval": ""} for f in plain],
        }
        for name, means in found["means"].items()
    ]


def _comparisons(found: dict[str, Any], language: str) -> list[dict[str, str]]:
    rows = []
    for one in found["comparisons"]:
        gap, (share, low, high) = one["difference"], one["relative"]
        ends = [percent(end, 1, language, sign=True) for end in (low, high)]
        rows.append(
            {
                "other": estimator_name(one["other"], language),
                "difference": decimal(gap["value"], 4, language, sign=True),
                "interval": "[{} ; {}]".format(
                    *(decimal(gap[end], 4, language, sign=True) for end in ("lower", "upper"))
                ),
                "relative": percent(share, 1, language, sign=True),
                "relative_interval": f"[{ends[0]} ; {ends[1]}]",
                "p": chance(gap["p"], language),
                "p_weeks": chance(one["p_weeks"], language),
                "verdict": one["verdict"],
            }
        )
    return rows


def _lists(found: dict[str, Any], language: str) -> list[dict[str, Any]]:
    return [
        {
            "name": estimator_name(name, language),
            "is_model": name == found["estimator"],
            "cells": [
                _cell(found, name, f"{kind}_top_{share}", language)
                for kind in _LIST
                for share in _SHARES
            ],
        }
        for name in found["means"]
    ]


def _groups(found: dict[str, Any], language: str) -> list[dict[str, Any]]:
    titles = GROUPS[language]
    unknown = not is_known(found["exposure_basis"])
    tables: dict[str, dict[str, Any]] = {}
    for row in found["groups"]:
        grouping = row["grouping"]
        title = titles["effort_none" if grouping == "effort" and unknown else grouping]
        table = tables.setdefault(grouping, {"title": title, "rows": []})
        table["rows"].append(_group(row, language))
    return list(tables.values())


def _group(row: dict[str, Any], language: str) -> dict[str, Any]:
    ends = [row.get("lower", np.nan), row.get("upper", np.nan)]
    known = bool(np.all(np.isfinite(ends)))
    interval = "[{} ; {}]".format(*(decimal(end, 4, language, sign=True) for end in ends))
    return {
        "name": group_name(row["grouping"], row["group"], language),
        "zone_hours": decimal(row["zone_hours"], 0, language),
        "fines": decimal(row["fines"], 0, language),
        "hit_share": percent(row["hit_share"], 2, language),
        "mean_probability": percent(row["mean_probability"], 2, language),
        "calibration_error": percent(row["calibration_error"], 2, language),
        "by_chance": percent(row["calibration_error_by_chance"], 2, language),
        "log_loss": decimal(row["log_loss"], 4, language),
        "difference": decimal(row.get("difference", np.nan), 4, language, sign=True),
        "interval": interval if known else "",
        "sure": known and (ends[0] > 0 or ends[1] < 0),
        "worse": known and ends[0] > 0,
    }


def _intervals(found: dict[str, Any], language: str) -> list[dict[str, Any]]:
    figures = [f for f in ("counts_inside", "rate_error") if _known(found, f)]
    return [
        {
            "name": TEXTS[language][figure],
            "cells": [_cell(found, name, figure, language) for name in found["means"]],
        }
        for figure in figures
    ]


def _known(found: dict[str, Any], figure: str) -> bool:
    return figure in found["intervals"][found["estimator"]]


def _truth(found: dict[str, Any], language: str) -> list[dict[str, Any]]:
    return [
        {
            "name": TEXTS[language][figure],
            "cells": [_cell(found, name, figure, language) for name in found["means"]],
        }
        for figure in TRUTH_ROWS
        if _known(found, figure)
    ]


def _delay(found: dict[str, Any], language: str) -> list[dict[str, str]]:
    rows = []
    for gain in found.get("hindsight") or []:
        change, low, high = (percent(e, 1, language, sign=True) for e in gain["relative"])
        rows.append(
            {
                "name": estimator_name(gain["other"], language),
                "as_known": decimal(gain["other_loss"], 4, language),
                "hindsight": decimal(gain["own_loss"], 4, language),
                "change": change,
                "interval": f"[{low} ; {high}]",
            }
        )
    return rows


def _leak(found: dict[str, Any], language: str) -> list[dict[str, str]]:
    if not found.get("leaky_claims"):
        return []
    text, honest = TEXTS[language], found["means"][found["estimator"]]["log_loss"]
    claims = found["leaky_claims"]
    rows = [{"name": text["leak_honest"], "loss": decimal(honest, 4, language), "change": ""}]
    for key, claim in (("leak_random", "random_split"), ("leak_history", "whole_history")):
        change = percent(claims[claim] / honest - 1, 1, language, sign=True)
        loss = decimal(claims[claim], 4, language)
        rows.append({"name": text[key], "loss": loss, "change": change})
    return rows
