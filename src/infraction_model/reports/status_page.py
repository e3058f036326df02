"""How the weekly batch is: one offline page for people, JSON and Prometheus text for machines.

All three are made from one plain dict, the status:

    town, target_week, origin   texts; weeks and origins are ISO dates of Mondays
    model       {bundle, kind, trained_origin, source: "trained" | "champion" | "empirical_bayes"}
    banner      {"fr", "en"}, what the map says above all else, or None
    health      check rows {name, level, value, limit, words: {"fr", "en"}}
    weeks       judged weeks, oldest first (evaluation.monitoring.trend)
    alarms      check rows of open alarms, newest first (evaluation.alarms.alarms)
    past_alarms all alarms ever, to mark their weeks (all_alarms); may be left out
    drift       check rows with by_chance, before, last_year (evaluation.drift.input_drift)
    adherence   evaluation.adherence.adherence, or None
    decisions   the newest decisions on the model, newest first (io.decisions.Decision as a dict)
    log         stages {stage, outcome, seconds?, rss_mb?, rows?} in their order

Levels are "ok", "warning" and "alarm". What machines read is documented in docs/monitoring.md.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from typing import Any

from infraction_model.evaluation.drift import NAMES
from infraction_model.evaluation.monitoring import REASONS
from infraction_model.exposure import is_known
from infraction_model.reports.backtest_texts import estimator_name
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.status_plot import draw
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language

STAGES = by_language("stages")
"""Stages of the weekly batch in words; any other is shown by its own name."""

TEXTS = by_language("status")

STATUS_FORMAT = 1
LEVELS = ("ok", "warning", "alarm")
"""By how bad they are: the position is the exit status that Nagios gives a check."""

SYMBOLS = {"ok": "✓", "warning": "!", "alarm": "✕"}
SHOWN_WEEKS, DRAWN_WEEKS, SHOWN_POINTS, SHOWN_DECISIONS = 8, 52, 6, 6

WEEK_FIGURES = (
    "records_in",
    "zone_hours",
    "fines",
    "expected",
    "log_loss",
    "log_loss_flat",
    "gain",
    "calibration_error",
    "calibration_error_by_chance",
    "capture",
    "precision",
    "of_best_possible",
    "hit_share",
    "coverage",
)
"""Figures of a judged week that machines are given, beside its ratio."""


def overall_level(status: dict[str, Any]) -> str:
    """The worst of all checks; inputs that drift, and a banner, are never more than a warning."""
    found = [row["level"] for row in [*status["health"], *status["alarms"]]]
    found += ["warning" for row in status["drift"] if row["level"] != "ok"]
    found += ["warning"] if status["banner"] else []
    return max(found, key=LEVELS.index, default="ok")


def status_json(status: dict[str, Any]) -> dict[str, Any]:
    """The status for monitoring systems: plain values under stable keys."""
    level = overall_level(status)
    judged = [week for week in status["weeks"] if week["judged"]]
    adherence = status["adherence"]
    return {
        "format": STATUS_FORMAT,
        "town": status["town"],
        "target_week": status["target_week"],
        "origin": status["origin"],
        "level": level,
        "level_code": LEVELS.index(level),
        "summary": {name: _summary(status, level, name) for name in TEXTS},
        "model": status["model"],
        "banner": status["banner"],
        "checks": [
            {"group": group, **{key: row[key] for key in ("name", "level", "value", "limit")}}
            for group, row in _checks(status)
        ],
        "last_judged_week": _week_for_machines(judged[-1]) if judged else None,
        "adherence": {key: adherence[key] for key in ("target_week", "visits", "share_made")}
        if adherence and adherence["judged"]
        else None,
    }


def prometheus_text(status: dict[str, Any]) -> str:
    """The status in Prometheus' text format, for the textfile collector of its node exporter."""
    machine = status_json(status)
    town = {"town": machine["town"]}
    lines: list[str] = []

    def metric(name: str, words: str, *samples: tuple[dict[str, str], float | None]) -> None:
        known = [(labels, value) for labels, value in samples if value is not None]
        if known:
            full = f"infraction_model_{name}"
            lines.extend([f"# HELP {full} {words}", f"# TYPE {full} gauge"])
            lines.extend(f"{full}{_labels(town | labels)} {value!r}" for labels, value in known)

    metric("status_level", "0 ok, 1 warning, 2 alarm", ({}, machine["level_code"]))
    metric("target_week_timestamp_seconds", "Monday published", ({}, _seconds(machine, "target")))
    metric("origin_timestamp_seconds", "Monday planned from", ({}, _seconds(machine, "origin")))
    trained = _timestamp(machine["model"]["trained_origin"])
    metric("model_trained_timestamp_seconds", "Origin the model was trained at", ({}, trained))
    fallback = float(machine["model"]["source"] == "empirical_bayes")
    metric("fallback", "1 where no model could be used", ({}, fallback))
    metric(
        "check_level",
        "Level of each check: 0 ok, 1 warning, 2 alarm",
        *(
            ({"group": row["group"], "check": row["name"]}, LEVELS.index(row["level"]))
            for row in machine["checks"]
        ),
    )
    week = machine["last_judged_week"]
    if week:
        metric("week_timestamp_seconds", "Newest judged week", ({}, _timestamp(week["week"])))
        ends = [({"end": end}, week["ratio"][end]) for end in ("lower", "value", "upper")]
        metric("week_found_to_forecast", "Found over forecast, 95 % interval", *ends)
        for name in WEEK_FIGURES:
            metric(f"week_{name}", f"{name} of the newest judged week", ({}, week[name]))
    psi = [({"input": row["name"]}, row["value"]) for row in status["drift"]]
    metric("input_psi", "Population stability index of each input", *psi)
    if machine["adherence"]:
        share = machine["adherence"]["share_made"]
        metric("planned_visits_made_share", "Share of planned visits made", ({}, share))
    return "\n".join(lines) + "\n"


def render(status: dict[str, Any], language: str) -> str:
    """The status as HTML text in `language` ("fr" or "en"), with nothing fetched from anywhere."""
    text = TEXTS[language]
    level = overall_level(status)
    drawn = [week for week in status["weeks"] if week["judged"]][-DRAWN_WEEKS:]
    alarmed = {row["target_week"] for row in status.get("past_alarms", status["alarms"])}
    picture = base64.b64encode(draw(drawn, alarmed, language)).decode("ascii") if drawn else None
    return (
        environment(autoescape=True)
        .get_template("status.html.j2")
        .render(
            t=text,
            language=language,
            town=status["town"],
            level=level,
            symbols=SYMBOLS,
            points=_points(status, language),
            subtitle=text["subtitle"].format(
                target=date(status["target_week"], language),
                origin=date(status["origin"], language),
            ),
            banner=status["banner"][language] if status["banner"] else None,
            facts=_facts(status["model"], language),
            picture=picture,
            weeks_note=_weeks_note(status["weeks"], text),
            weeks=[_week_row(week, alarmed, language) for week in _newest_first(status["weeks"])],
            classes=_classes(drawn, language),
            alarms=[_check_row(row, language) for row in status["alarms"]],
            health=[_check_row(row, language) for row in status["health"]],
            drift=[_drift_row(row, language) for row in status["drift"]],
            adherence=_adherence(status["adherence"], language),
            decisions=[
                _decision_row(row, language) for row in status["decisions"][:SHOWN_DECISIONS]
            ],
            log=_log(status["log"], text, language),
        )
    )


def _checks(status: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every check row with the group it belongs to."""
    for group, rows in (("health", "health"), ("alarm", "alarms"), ("drift", "drift")):
        yield from ((group, row) for row in status[rows])


def _summary(status: dict[str, Any], level: str, language: str) -> str:
    """One line: the level, and the first thing there is to say."""
    points = _points(status, language)["shown"]
    text = TEXTS[language]
    head = text[f"level_{level}"]
    return f"{head}{text['colon']} {points[0]}" if points else head


def _points(status: dict[str, Any], language: str) -> dict[str, Any]:
    """What there is to look at, worst first, each thing once, and how many more there are."""
    rows = [row for _, row in _checks(status) if row["level"] != "ok"]
    rows.sort(key=lambda row: -LEVELS.index(row["level"]))
    said = [status["banner"][language]] if status["banner"] else []
    said += [row["words"][language] for row in rows]
    said = list(dict.fromkeys(said))
    more = len(said) - SHOWN_POINTS
    words = TEXTS[language]["and_more"].format(count=more) if more > 0 else None
    return {"shown": said[:SHOWN_POINTS], "more": words}


def _week_for_machines(week: dict[str, Any]) -> dict[str, Any]:
    figures = {name: week[name] for name in WEEK_FIGURES}
    return {
        "week": week["target_week"],
        "judged_at": week["origin"],
        "model_version": week["model_version"],
        "ratio": week["ratio"],
        **figures,
    }


def _labels(labels: dict[str, str]) -> str:
    def escaped(value: str) -> str:
        return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items()) + "}"


def _timestamp(iso: str) -> float:
    day = dt.date.fromisoformat(iso)
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()


def _seconds(machine: dict[str, Any], which: str) -> float:
    return _timestamp(machine["target_week" if which == "target" else "origin"])


def _facts(model: dict[str, Any], language: str) -> list[tuple[str, str]]:
    text = TEXTS[language]
    return [
        (text["model"], estimator_name(model["kind"], language)),
        (text["why"], text[f"source_{model['source']}"]),
        (text["trained"], date(model["trained_origin"], language)),
        (text["bundle"], model["bundle"]),
    ]


def _weeks_note(weeks: list[dict[str, Any]], text: dict[str, str]) -> str:
    known = not weeks or is_known(weeks[-1]["exposure_basis"])
    return text["weeks_note" if known else "weeks_note_none"]


def _newest_first(weeks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return weeks[-SHOWN_WEEKS:][::-1]


def _week_row(week: dict[str, Any], alarmed: set[str], language: str) -> dict[str, Any]:
    """One week of the table, in words; a week not judged has only the reason."""
    row = {
        "week": date(week["target_week"], language),
        "records_in": percent(week["records_in"], 0, language),
        "alarm": week["target_week"] in alarmed,
        "reason": None,
    }
    if not week["judged"]:
        return row | {"reason": REASONS[week["reason"]][language]}
    ratio = week["ratio"]
    ends = " – ".join(decimal(ratio[end], 2, language) for end in ("lower", "upper"))
    return row | {
        "found": decimal(week["fines"], 0, language),
        "expected": decimal(week["expected"], 0, language),
        "ratio": decimal(ratio["value"], 2, language),
        "interval": ends,
        "capture": percent(week["capture"], 0, language),
        "precision": percent(week["precision"], 0, language),
        "hit_share": percent(week["hit_share"], 0, language),
        "gain": percent(week["gain"], 0, language),
        "calibration": percent(week["calibration_error"], 1, language),
        "by_chance": percent(week["calibration_error_by_chance"], 1, language),
        "coverage": percent(week["coverage"], 0, language),
    }


def _classes(judged: list[dict[str, Any]], language: str) -> dict[str, Any] | None:
    """The zone classes of the newest judged week."""
    if not judged:
        return None
    text, week = TEXTS[language], judged[-1]
    return {
        "title": text["classes"].format(week=date(week["target_week"], language)),
        "rows": [
            {
                "name": text[f"class_{row['zone_class']}"],
                "zone_hours": decimal(row["zone_hours"], 0, language),
                "fines": decimal(row["fines"], 0, language),
                "hits": decimal(row["hits"], 0, language),
                "hits_expected": decimal(row["hits_expected"], 0, language),
                "ratio": decimal(row["ratio"], 2, language),
            }
            for row in week["zone_classes"]
        ],
    }


def _shown(value: Any, language: str) -> str:
    """A value or limit of a check row: a number as people write it, or its own words."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return decimal(float(value), 0 if float(value).is_integer() else 2, language)


def _check_row(row: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        "level": row["level"],
        "word": TEXTS[language][row["level"]],
        "words": row["words"][language],
        "value": _shown(row["value"], language),
        "limit": _shown(row["limit"], language),
        "week": date(row["target_week"], language) if "target_week" in row else None,
    }


def _drift_row(row: dict[str, Any], language: str) -> dict[str, Any]:
    figures = {key: decimal(row[key], 3, language) for key in ("value", "by_chance", "before")}
    return {
        "level": row["level"],
        "word": TEXTS[language][row["level"]],
        "name": NAMES[row["name"]][language] if row["name"] in NAMES else row["name"],
        "last_year": decimal(row["last_year"], 3, language),
        **figures,
    }


def _adherence(found: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
    if found is None:
        return None
    text = TEXTS[language]
    week = found["target_week"]
    shown = {
        "words": (text["adherence_week"].format(week=date(week, language)) if week else "")
        + found["words"][language],
        "rows": [],
        "time": None,
        "caution": None,
    }
    if not found["judged"]:
        return shown
    share = percent(found["planned_hours_share"], 0, language)
    return shown | {
        "time": text["planned_hours"].format(share=share),
        "caution": found["caution"][language],
        "rows": [
            (text[f"purpose_{purpose}"], one["visits"], percent(one["made"], 0, language))
            for purpose, one in found["by_purpose"].items()
        ],
    }


def _decision_row(row: dict[str, Any], language: str) -> dict[str, str]:
    text = TEXTS[language]
    words = text[f"outcome_{row['outcome']}"] + (f" ({text['forced']})" if row["forced"] else "")
    refused = [gate["words"][language] for gate in row["gates"] if gate["level"] == "alarm"]
    return {
        "when": date(row["decided_at"][:10], language),
        "decision": words,
        "bundle": row["challenger"]["bundle"],
        "evidence": " ".join([row["reason"], *refused]).strip() or "–",
    }


def _log(rows: list[dict[str, Any]], text: dict[str, str], language: str) -> dict[str, Any]:
    """The stages with the measures that were taken of any of them."""
    measures = [key for key in ("seconds", "rss_mb", "rows") if any(key in row for row in rows)]
    return {
        "heads": [text[key] for key in measures],
        "rows": [
            {
                "stage": STAGES[language].get(row["stage"], row["stage"]),
                "outcome": text.get(row["outcome"], row["outcome"]),
                "cells": [
                    decimal(row.get(key), 1 if key == "seconds" else 0, language)
                    for key in measures
                ],
            }
            for row in rows
        ],
    }
