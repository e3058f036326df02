"""How full zones are, as one HTML page that works offline: by payments, or by sensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.occupancy.timeline import LimitHours
from infraction_model.reports.numbers import date, decimal, percent
from infraction_model.reports.templating import environment
from infraction_model.wording import by_language

TEXTS = by_language("occupancy")
_ROLLING = "–"


def render_payments(
    tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], town: str, language: str
) -> str:
    """The page of an estimate from payments; `summary` as pipelines.occupancy gives it."""
    text = TEXTS[language]
    occupancy = tables["occupancy"]
    limited = _limited(occupancy["starts_at"], summary["limits"])
    rows = []
    paid = dict(zip(summary["spaces"].index, summary["paid"], strict=True))
    for zone_id, own in occupancy.groupby("zone_id", sort=True):
        busy = own[limited[own.index]]
        rows.append(
            [
                f"{zone_id} {summary['names'].get(zone_id, '')}",
                decimal(summary["spaces"][zone_id], 0, language),
                percent(busy["occupancy"].mean(), 0, language),
                f"± {percent((busy['upper'] - busy['lower']).mean() / 2, 0, language)}",
                percent(own["occupancy"].mean(), 0, language),
                percent(paid[zone_id], 0, language),
            ]
        )
    share = occupancy["basis"].value_counts(normalize=True)
    sentences = [
        text["mean"].format(
            zones=len(rows),
            busy=percent(occupancy.loc[limited, "occupancy"].mean(), 0, language),
            whole=percent(occupancy["occupancy"].mean(), 0, language),
            paid=percent(float(np.mean(summary["paid"])), 0, language),
        ),
        text["truth"].format(sensed=summary["sensed"], counts=summary["counts"]),
    ]
    sentences += [
        text["bases"][basis].format(share=percent(part, 1, language))
        for basis, part in share.items()
    ]
    alarms = [
        text["alarms"][alarm.kind].format(
            zone=f"{alarm.zone_id} {summary['names'].get(alarm.zone_id, '')}",
            channel=alarm.channel,
            since=date(f"{alarm.starts_at:%Y-%m-%d}", language),
            until=_last_day(alarm.ends_at, language),
            found=date(f"{alarm.found_at:%Y-%m-%d}", language),
            size=percent(alarm.size, 0, language, sign=True),
            basis=text["watched_by"].get(alarm.basis, ""),
        )
        for alarm in tables["occupancy_alarms"].itertuples(index=False)
    ]
    return _page(
        language,
        town,
        summary,
        title=text["title_payments"],
        sentences=sentences,
        head=[text["columns"][name] for name in _PAYMENT_COLUMNS],
        rows=rows,
        list_title=text["alarm_title"],
        list_items=alarms or [text["no_alarm"]],
        methods=text["methods_payments"],
    )


def render_sensors(
    tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], town: str, language: str
) -> str:
    """The page of what sensors measured; `summary` as pipelines.occupancy gives it."""
    text = TEXTS[language]
    occupancy = tables["occupancy"]
    lengths = summary["lengths"].set_index("zone_id")
    rows = []
    whole = tables.get("indicators", pd.DataFrame(columns=["zone_id", "weekday", "hour"]))
    whole = whole[whole["weekday"].isna() & whole["hour"].isna()].set_index("zone_id")
    for zone_id, own in occupancy.groupby("zone_id", sort=True):
        figures = whole.loc[zone_id] if zone_id in whole.index else None
        median = lengths["q50"].get(zone_id, np.nan)
        row = [
            f"{zone_id} {summary['names'].get(zone_id, '')}",
            percent(own["occupancy"].mean(), 0, language),
        ]
        if figures is None:
            row += [_ROLLING] * 5
        else:
            row += [
                decimal(figures["bays_seen"], 1, language),
                decimal(figures["rotation"], 1, language),
                decimal(median, 0, language),
                percent(figures["overstays"], 1, language),
                percent(figures["long_stay_time"], 1, language),
            ]
        rows.append(row)
    faults = tables["sensor_faults"]
    sentences = [
        text["measured"].format(
            zones=len(rows), whole=percent(occupancy["occupancy"].mean(), 0, language)
        ),
        text["taken_out"].format(faults=len(faults), hours=decimal(_hours(faults), 0, language)),
        text["missed"].format(missed=decimal(summary["missed"], 0, language)),
    ]
    listed = [
        text["faults"][fault.fault].format(
            place=fault.bay_id or fault.zone_id,
            since=date(f"{fault.starts_at:%Y-%m-%d}", language),
            until=date(f"{fault.ends_at:%Y-%m-%d}", language),
        )
        for fault in faults.head(100).itertuples(index=False)
    ]
    return _page(
        language,
        town,
        summary,
        title=text["title_sensors"],
        sentences=sentences,
        head=[text["columns"][name] for name in _SENSOR_COLUMNS],
        rows=rows,
        list_title=text["fault_title"],
        list_items=listed or [text["no_fault"]],
        methods=text["methods_sensors"],
    )


_PAYMENT_COLUMNS = ("zone", "spaces", "busy", "width", "whole", "paid")
_SENSOR_COLUMNS = ("zone", "whole", "bays", "rotation", "stay", "overstays", "long_time")


def _page(language: str, town: str, summary: Mapping[str, Any], **content: Any) -> str:
    text = TEXTS[language]
    span = text["span"].format(
        first=date(str(summary["first_day"]), language),
        origin=date(str(summary["origin"]), language),
    )
    template = environment(autoescape=True).get_template("occupancy.html.j2")
    return template.render(language=language, town=town, t=text, span=span, **content)


def _limited(starts: pd.Series, limits: LimitHours) -> np.ndarray:
    """Mask of the hours that are mostly limited, by weekday and clock."""
    local = starts.dt.tz_localize(None)
    by_hour = limits.share_of_hours() > 0.5
    return by_hour[local.dt.hour] & local.dt.day_of_week.isin(limits.days).to_numpy()


def _last_day(end: pd.Timestamp, language: str) -> str:
    if pd.isna(end):
        return _ROLLING
    return date(f"{end - pd.Timedelta(days=1):%Y-%m-%d}", language)


def _hours(faults: pd.DataFrame) -> float:
    return float((faults["ends_at"] - faults["starts_at"]).dt.total_seconds().sum() / 3600)
