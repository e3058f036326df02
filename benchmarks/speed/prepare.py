"""The data of the speed benchmark, made once: a panel for ours, a table of events for the peers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from infraction_model.features.snapshot import cell_events
from infraction_model.forecast import ForecastParameters
from infraction_model.io.panels import write_panel
from infraction_model.panel import Panel

sys.path.insert(0, str(Path(__file__).parents[1]))

from cities import CITIES, city_panel

TARGETS = 4
CITY = "san_francisco"


def prepare(exports: Path, scratch: Path) -> dict:
    """Write panel/, events.parquet and span.json below `scratch`; returns the span.

    San Francisco's blocks as they are written, those with 52 fines in the whole weeks of the
    export, every fine known in its own week.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    panel = city_panel(CITIES[CITY], exports, scratch)
    write_panel(panel, scratch / "panel")
    _events(panel).to_parquet(scratch / "events.parquet", index=False)
    gap, warmup = ForecastParameters().gap, ForecastParameters().warmup_weeks
    targets = list(range(panel.end_week - TARGETS, panel.end_week))
    span = {
        "zones": len(panel.zones),
        "first_week": panel.first_week,
        "end_week": panel.end_week,
        "targets": targets,
        "origin": targets[0] - gap,
        "warmup": warmup,
    }
    (scratch / "span.json").write_text(json.dumps(span), "utf-8")
    return span


def _events(panel: Panel) -> pd.DataFrame:
    events = cell_events(panel, "none")
    whole = events["week"] < panel.end_week
    return events.loc[whole & (events["events"] > 0), ["zone", "week", "hour_of_week"]]
