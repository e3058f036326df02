"""Data health of the export itself: this ingest's summary against that of the last good run.

An export mostly holds all years, so a share of all its rows moves slowly: where rows were added
since the last run, it is the added ones that are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infraction_model.evaluation.health_limits import HealthParameters, Level, level_of, rise_level
from infraction_model.evaluation.health_words import (
    ALL_ROWS,
    NEW_ROWS,
    row,
    share_words,
    source_words,
    which_words,
)

_FEW_ROWS = 50  # fewer say nothing about a share


def export_health(
    summary: Mapping[str, Any] | None,
    previous: Mapping[str, Any] | None,
    parameters: HealthParameters,
) -> list[dict[str, Any]]:
    """The check rows of each source of an ingest summary; none without a summary."""
    if summary is None:
        return []
    before = {source["name"]: source for source in (previous or {}).get("sources", ())}
    rows = []
    for source in summary["sources"]:
        earlier = before.get(source["name"])
        if earlier is not None:
            rows.append(_rows_lost(source, earlier, parameters))
            rows.append(_columns_gone(source, earlier))
        rows.append(_emptied(source, earlier, parameters))
        rows.append(_quarantine(source, earlier, parameters))
    rows.append(_labels(summary, previous, parameters))
    return rows


def _rows_lost(source: Mapping, earlier: Mapping, parameters: HealthParameters) -> dict[str, Any]:
    """An export that has become shorter was cut off, or copied by half."""
    lost = max(0.0, 1 - source["read"] / max(earlier["read"], 1))
    return row(
        f"rows_{source['name']}",
        level_of(lost, parameters.rows_lost_warning, parameters.rows_lost_alarm),
        source["read"],
        round(earlier["read"] * (1 - parameters.rows_lost_warning)),
        "rows",
        source=source_words(source["name"]),
        now=source["read"],
        before=earlier["read"],
    )


def _columns_gone(source: Mapping, earlier: Mapping) -> dict[str, Any]:
    """Columns of the raw files that are no longer there; a mapped one stops the ingest itself."""
    gone = sorted(earlier.get("columns", {}).keys() - source.get("columns", {}).keys())
    if not source.get("columns"):
        gone = []  # a summary of an older version, which does not say
    return row(
        f"columns_{source['name']}",
        "warning" if gone else "ok",
        len(gone),
        1,
        "columns",
        source=source_words(source["name"]),
        count=len(gone),
        which=which_words(gone),
    )


def _emptied(
    source: Mapping, earlier: Mapping | None, parameters: HealthParameters
) -> dict[str, Any]:
    """Columns that used to be filled and now are not: in the newest rows, or since the last run."""
    kept: dict[str, float] = {}
    for name, filled in source.get("filled", {}).items():
        if filled["rows_recent"] >= _FEW_ROWS and filled["before"] >= parameters.emptied_warning:
            kept[name] = filled["recent"] / filled["before"]
    for name, share in (earlier or {}).get("columns", {}).items():
        if name in source.get("columns", {}) and share >= parameters.emptied_warning:
            kept[name] = source["columns"][name] / share
    emptied = sorted(name for name in kept if kept[name] <= parameters.emptied_warning)
    least = min(kept.values(), default=1.0)
    level: Level = "warning" if emptied else "ok"
    return row(
        f"filled_{source['name']}",
        "alarm" if least <= parameters.emptied_alarm else level,
        round(least, 3),
        parameters.emptied_warning,
        "filled",
        source=source_words(source["name"]),
        count=len(emptied),
        which=which_words(emptied),
    )


def _quarantine(
    source: Mapping, earlier: Mapping | None, parameters: HealthParameters
) -> dict[str, Any]:
    name = source["name"]
    return _share_row(
        f"quarantine_{name}",
        "quarantine",
        (sum(source["quarantined"].values()), source["read"]),
        earlier and (sum(earlier["quarantined"].values()), earlier["read"]),
        parameters,
        source=source_words(name),
    )


def _labels(
    summary: Mapping, previous: Mapping | None, parameters: HealthParameters
) -> dict[str, Any]:
    return _share_row(
        "labels", "labels", _unruled(summary), previous and _unruled(previous), parameters
    )


def _unruled(summary: Mapping) -> tuple[int, int]:
    """Fines whose label no rule fits, and all kept fines."""
    categories = summary["categories"]
    kept = next(source["kept"] for source in summary["sources"] if source["name"] == "fines")
    return sum(categories["labels_no_rule_fits"].values()), kept


def _share_row(
    name: str,
    text: str,
    now: tuple[int, int],
    before: tuple[int, int] | None,
    parameters: HealthParameters,
    **figures: Any,
) -> dict[str, Any]:
    """The row of a share (some, of all): it must not jump, or without a past not be high."""
    some, count, what = *now, ALL_ROWS
    if before and count - before[1] >= _FEW_ROWS:
        some, count, what = max(some - before[0], 0), count - before[1], NEW_ROWS
    share = some / max(count, 1)
    usual = 0.0 if not before else before[0] / max(before[1], 1)
    limit = usual + parameters.share_warning
    level = rise_level(share, usual, count, parameters) if count >= _FEW_ROWS else "ok"
    words = text if before else f"{text}_first"
    figures |= {"what": what, "share": share_words(share)}
    if before:
        figures["usual"] = share_words(usual)
    return row(name, level, round(share, 4), round(limit, 4), words, **figures)
