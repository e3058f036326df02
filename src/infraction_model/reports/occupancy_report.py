"""How full zones are, as one HTML page that works offline: by payments, or by sensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.occupancy.timeline import LimitHours
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language, isolated

TEXTS = by_language("occupancy")
_UNKNOWN = "–"
_LISTED_FAULTS = 100


def render_payments(
    tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], town: str, language: str
) -> str:
    """The page of an estimate from payments; `summary` as pipelines.occupancy gives it."""
    text = TEXTS[language]
    occupancy, alarms = tables["occupancy"], tables["occupancy_alarms"]
    limited = _limited(occupancy["starts_at"], summary["limits"])
    rows = _estimated(occupancy, limited, summary, language)
    share = occupancy["basis"].value_counts(normalize=True)
    sentences = [
        text["mean"].format(
            zones=len(rows),
            busy=percent(occupancy.loc[limited, "occupancy"].mean(), 0, language),
            whole=percent(occupancy["occupancy"].mean(), 0, language),
            paid=percent(float(np.mean(summary["paid"])), 0, language),
        ),
        text["truth"].format(sensed=summary["sensed"], counts=summary["counts"]),
        *(
            text["bases"][basis].format(share=percent(part, 1, language))
            for basis, part in share.items()
        ),
    ]
    said = [_alarm(alarm, summary, language) for alarm in alarms.itertuples(index=False)]
    listed = said or [text["no_alarm"]]
    return _page(language, town, summary, "payments", _PAYMENT_COLUMNS, rows, sentences, listed)


def _estimated(
    occupancy: pd.DataFrame, limited: np.ndarray, summary: Mapping[str, Any], language: str
) -> list[list[str]]:
    """A row per zone: spaces, busy hours with their interval, all hours, running tickets."""
    paid = dict(zip(summary["spaces"].index, summary["paid"], strict=True))
    rows = []
    for zone_id, own in occupancy.groupby("zone_id", sort=True):
        busy = own[limited[own.index]]
        rows.append(
            [
                _zone(zone_id, summary),
                decimal(summary["spaces"][zone_id], 0, language),
                percent(busy["occupancy"].mean(), 0, language),
                f"± {percent((busy['upper'] - busy['lower']).mean() / 2, 0, language)}",
                percent(own["occupancy"].mean(), 0, language),
                percent(paid[zone_id], 0, language),
            ]
        )
    return rows


def _alarm(alarm: Any, summary: Mapping[str, Any], language: str) -> str:
    text = TEXTS[language]
    return text["alarms"][alarm.kind].format(
        zone=isolated(_zone(alarm.zone_id, summary)),
        channel=isolated(alarm.channel),
        since=_day(alarm.starts_at, language),
        until=_last_day(alarm.ends_at, language),
        found=_day(alarm.found_at, language),
        size=percent(alarm.size, 0, language, sign=True),
        basis=text["watched_by"].get(alarm.basis, ""),
    )


def render_sensors(
    tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], town: str, language: str
) -> str:
    """The page of what sensors measured; `summary` as pipelines.occupancy gives it."""
    text = TEXTS[language]
    occupancy, faults = tables["occupancy"], tables["sensor_faults"]
    rows = _measured(tables, summary, language)
    sentences = [
        text["measured"].format(
            zones=len(rows), whole=percent(occupancy["occupancy"].mean(), 0, language)
        ),
        text["taken_out"].format(faults=len(faults), hours=decimal(_hours(faults), 0, language)),
        text["missed"].format(missed=decimal(summary["missed"], 0, language)),
    ]
    listed = [
        text["faults"][fault.fault].format(
            place=isolated(fault.bay_id or fault.zone_id),
            since=_day(fault.starts_at, language),
            until=_day(fault.ends_at, language),
        )
        for fault in faults.head(_LISTED_FAULTS).itertuples(index=False)
    ] or [text["no_fault"]]
    return _page(language, town, summary, "sensors", _SENSOR_COLUMNS, rows, sentences, listed)


def _measured(
    tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], language: str
) -> list[list[str]]:
    """A row per zone: occupancy, and, where bays tell of stays, the indicators of all hours."""
    median = summary["lengths"].set_index("zone_id")["q50"]
    whole = tables.get("indicators", pd.DataFrame(columns=["zone_id", "weekday", "hour"]))
    whole = whole[whole["weekday"].isna() & whole["hour"].isna()].set_index("zone_id")
    whole = whole.drop(columns=["weekday", "hour"])
    rows = []
    for zone_id, own in tables["occupancy"].groupby("zone_id", sort=True):
        row = [_zone(zone_id, summary), percent(own["occupancy"].mean(), 0, language)]
        if zone_id in whole.index:
            figures = whole.loc[zone_id]
            row += [
                decimal(figures["bays_seen"], 1, language),
                decimal(figures["rotation"], 1, language),
                decimal(median.get(zone_id, np.nan), 0, language),
                percent(figures["overstays"], 1, language),
                percent(figures["long_stay_time"], 1, language),
            ]
        rows.append(row + [_UNKNOWN] * (len(_SENSOR_COLUMNS) - len(row)))
    return rows


_PAYMENT_COLUMNS = ("zone", "spaces", "busy", "width", "whole", "paid")
_SENSOR_COLUMNS = ("zone", "whole", "bays", "rotation", "stay", "overstays", "long_time")


def _page(
    language: str,
    town: str,
    summary: Mapping[str, Any],
    source: str,
    columns: Sequence[str],
    rows: list[list[str]],
    sentences: list[str],
    listed: list[str],
) -> str:
    """The page of a source: its sentences, a row per zone, and a list of alarms or faults."""
    text = TEXTS[language]
    return (
        environment(autoescape=True)
        .get_template("occupancy.html.j2")
        .render(
            language=language,
            town=town,
            t=text,
            span=text["span"].format(
                first=date(str(summary["first_day"]), language),
                origin=date(str(summary["origin"]), language),
            ),
            title=text[f"title_{source}"],
            sentences=sentences,
            head=[text["columns"][name] for name in columns],
            rows=rows,
            list_title=text["alarm_title" if source == "payments" else "fault_title"],
            list_items=listed,
            methods=text[f"methods_{source}"],
        )
    )


def _zone(zone_id: str, summary: Mapping[str, Any]) -> str:
    return f"{zone_id} {summary['names'].get(zone_id, '')}".strip()


def _day(time: pd.Timestamp, language: str) -> str:
    return date(f"{time:%Y-%m-%d}", language)


def _limited(starts: pd.Series, limits: LimitHours) -> np.ndarray:
    """Mask of the hours that are mostly limited, by weekday and clock."""
    local = starts.dt.tz_localize(None)
    by_hour = limits.share_of_hours() > 0.5
    return by_hour[local.dt.hour] & local.dt.day_of_week.isin(limits.days).to_numpy()


def _last_day(end: pd.Timestamp, language: str) -> str:
    return _UNKNOWN if pd.isna(end) else _day(end - pd.Timedelta(days=1), language)


def _hours(faults: pd.DataFrame) -> float:
    return float((faults["ends_at"] - faults["starts_at"]).dt.total_seconds().sum() / 3600)
