"""What an ingest did, as plain values: the content of the report, in JSON as in HTML."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from infraction_model.ingest.forms import is_from_form
from infraction_model.ingest.mapping import FinesMapping
from infraction_model.ingest.quarantine import Accounts
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.records import Source
from infraction_model.ingest.repeats import REPEATED, REPEATED_OTHERWISE
from infraction_model.ingest.town import Ingested
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, to_local

_MOST_LISTED = 200
_STREET_REASONS = (
    "unknown street",
    "street name fits several",
    "street of several zones",
    "no house number",
)
_LONGEST_DELAY = 90
_USUALLY = 0.5
_NEWEST_ROWS = 1000
_OPTIONAL = ("lon", "lat", "agent_id", "vehicles_checked", "infractions_found")


def summarise(ingested: Ingested, mapping: FinesMapping) -> dict[str, Any]:
    """Accounts, holes, repeats, places, persons' data dropped and the series behind the plots.

    Holds nothing personal; the same tables give the same summary.
    """
    fines = ingested.fines
    local = to_local(fines["issued_at"])
    return {
        "sources": _sources(ingested),
        "span": _span(local),
        "repeats": _repeats(ingested, mapping),
        "clock_changes": _clock_changes(ingested.sources),
        "privacy": _privacy(ingested.sources),
        "places": _places(ingested),
        "categories": _categories(fines, ingested.other_labels),
        "fines_per_hour_of_week": np.bincount(
            hour_of_week(local), minlength=HOURS_PER_WEEK
        ).tolist(),
        "agents": _agents(fines),
        "delay": _delay(fines),
    }


def _sources(ingested: Ingested) -> list[dict[str, Any]]:
    notes = {source.name: source for source in ingested.sources}
    log = ingested.patrols
    if log is not None:  # forms leave empty what a log fills in, and are a source of their own
        log = log[~is_from_form(log)]
    tables = {"fines": (ingested.fines, "issued_at"), "patrols": (log, "started_at")}
    return [
        _source(accounts, notes.get(accounts.source))
        | {"filled": _filled(*tables.get(accounts.source, (None, "")))}
        for accounts in ingested.accounts
    ]


def _source(accounts: Accounts, source: Source | None) -> dict[str, Any]:
    files = source.exports if source else []
    return {
        "name": accounts.source,
        "read": accounts.read,
        "kept": accounts.kept,
        "filtered": accounts.filtered,
        "quarantined": accounts.quarantined,
        "files": [{"file": f.file, "rows": f.rows_read, **f.notes} for f in files],
        "notes": dict(source.notes) if source else {},
        "columns": _columns(files),
    }


def _columns(files: list[RawExport]) -> dict[str, float]:
    """Each column of the raw files -> the share of all rows in which it is not empty."""
    filled: dict[str, int] = {}
    for file in files:
        for name, values in file.frame.items():
            text = isinstance(values.dtype, pd.StringDtype)
            count = int((values != "").sum() if text else values.notna().sum())
            filled[str(name)] = filled.get(str(name), 0) + count
    rows = max(sum(len(file.frame) for file in files), 1)
    return {name: round(count / rows, 4) for name, count in filled.items()}


def _filled(table: pd.DataFrame | None, time: str) -> dict[str, dict[str, float]]:
    """Of each optional column, the share that is filled in the newest rows and in those before.

    The newest are a thousand or a tenth of all. When a fine was recorded is left out: of the newest
    it is often still to come.
    """
    if table is None or len(table) < 2:
        return {}
    newest = min(_NEWEST_ROWS, len(table) // 10)
    ordered = table.sort_values(time, kind="stable")
    before, recent = ordered.iloc[: len(table) - newest], ordered.iloc[len(table) - newest :]
    optional = [name for name in _OPTIONAL if name in table]
    return {
        name: {
            "before": round(float(before[name].notna().mean()), 4),
            "recent": round(float(recent[name].notna().mean()), 4) if newest else 1.0,
            "rows_recent": newest,
        }
        for name in optional
    }


def _span(local: pd.Series) -> dict[str, Any]:
    """First and last day, the fines of every day between, and the days without any.

    A day without fines is unusual where most days of its weekday have some.
    """
    days = local.dt.normalize()
    every = pd.date_range(days.min(), days.max(), freq="D")
    counts = days.value_counts().reindex(every, fill_value=0)
    empty = counts == 0
    usual = empty.groupby(every.day_of_week).transform("mean") > _USUALLY
    return {
        "first_day": f"{every[0]:%Y-%m-%d}",
        "last_day": f"{every[-1]:%Y-%m-%d}",
        "days": len(every),
        "days_without_fines": [f"{day:%Y-%m-%d}" for day in every[empty]],
        "unusual_days_without_fines": [f"{day:%Y-%m-%d}" for day in every[empty & ~usual]],
        "fines_per_day": counts.tolist(),
    }


def _repeats(ingested: Ingested, mapping: FinesMapping) -> dict[str, Any]:
    quarantined = ingested.accounts[0].quarantined
    return {
        "rule": "one fine per id" if mapping.fine_id else "every row is a fine",
        "id_columns": list(mapping.fine_id),
        "repeated_ids": quarantined.get(REPEATED, 0),
        "repeated_ids_with_other_content": quarantined.get(REPEATED_OTHERWISE, 0),
        "several_cars_same_minute_zone_category": ingested.several_cars,
    }


def _clock_changes(sources: list[Source]) -> dict[str, int]:
    return {
        name: sum(int(source.notes.get(name, 0)) for source in sources)
        for name in ("repeated_hours", "skipped_hours")
    }


def _privacy(sources: list[Source]) -> list[dict[str, str]]:
    return [
        {"source": source.name, "column": column, "why": why}
        for source in sources
        for column, why in source.personal.items()
    ]


def _places(ingested: Ingested) -> dict[str, Any]:
    fined = ingested.fines["zone_id"].value_counts()
    zones = ingested.zones
    names = zones.set_index("zone_id")["name"]
    unresolved = _unresolved(ingested.quarantine)
    corrected = ingested.placement.streets
    corrected = corrected[corrected["street"] != ""]
    return {
        "zones": len(zones),
        "official": bool(zones["official"].all()),
        "zones_without_fines": int((~zones["zone_id"].isin(fined.index)).sum()),
        "repaired_zones": ingested.repaired_zones,
        "most_fined": [
            {"zone_id": zone, "name": str(names[zone]), "fines": int(count)}
            for zone, count in fined.head(10).items()
        ],
        "found_by": ingested.placement.how,
        "unresolved_spellings": len(unresolved),
        "unresolved": unresolved.head(_MOST_LISTED).to_dict("records"),
        "corrected_spellings": len(corrected),
        "corrected": corrected.drop(columns="guesses").head(_MOST_LISTED).to_dict("records"),
        "look_alikes": [list(pair) for pair in ingested.placement.look_alikes[:_MOST_LISTED]],
    }


def _unresolved(quarantine: pd.DataFrame) -> pd.DataFrame:
    """Spellings that found no zone, with their rows and best guesses, most rows first."""
    lost = quarantine[quarantine["reason"].isin(_STREET_REASONS)]
    table = (
        lost.groupby(["detail", "reason", "guesses"]).size().rename("rows").reset_index()
    ).rename(columns={"detail": "spelling"})
    return table.sort_values(["rows", "spelling"], ascending=[False, True], ignore_index=True)


def _categories(fines: pd.DataFrame, other_labels: dict[str, int]) -> dict[str, Any]:
    counts = fines["category"].value_counts()
    severity = fines.groupby("category")["severity"].median() if "severity" in fines else {}
    return {
        "fines": [
            {
                "category": category,
                "fines": int(count),
                "severity": _known(severity[category]) if len(severity) else None,
            }
            for category, count in counts.head(_MOST_LISTED).items()
        ],
        "labels_no_rule_fits": dict(list(other_labels.items())[:_MOST_LISTED]),
    }


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _agents(fines: pd.DataFrame) -> dict[str, Any] | None:
    if "agent_id" not in fines:
        return None
    counts = fines["agent_id"].value_counts()
    return {"agents": len(counts), "without": int(fines["agent_id"].isna().sum()),
            "fines": {str(agent): int(count) for agent, count in counts.items()}}  # fmt: skip


def _delay(fines: pd.DataFrame) -> dict[str, Any] | None:
    """Days from issue to recording: quantiles, and how many fines at each number of whole days."""
    if "recorded_at" not in fines or not fines["recorded_at"].notna().any():
        return None
    known = fines[fines["recorded_at"].notna()]
    issued, recorded = to_local(known["issued_at"]), to_local(known["recorded_at"])
    days = (recorded.dt.normalize() - issued.dt.normalize()).dt.days.to_numpy()
    quantiles = np.quantile(days, [0.5, 0.9, 0.99])
    histogram = np.bincount(np.minimum(days, _LONGEST_DELAY), minlength=_LONGEST_DELAY + 1)
    return {
        "median_days": float(quantiles[0]),
        "days_of_9_in_10": float(quantiles[1]),
        "days_of_99_in_100": float(quantiles[2]),
        "fines_by_days": histogram.tolist(),
        "last_recorded": f"{recorded.max():%Y-%m-%d}",
    }
