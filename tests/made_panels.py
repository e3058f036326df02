"""Panels of made towns, straight from what happened in them, and of single fines."""

import numpy as np
import pandas as pd

from infraction_model.panel import Panel, build
from infraction_model.simulation.tables import contract_tables
from infraction_model.simulation.town import History


def panel_of(history: History) -> Panel:
    """The panel of a made town, as ingest would give it without a mistake."""
    tables = contract_tables(history)
    return build(tables.zones, tables.fines, tables.patrols)


def bare_panel(events: pd.DataFrame) -> Panel:
    """A panel of single fines (zone, week, hour_of_week), all known at once; no patrols."""
    zones = pd.DataFrame(
        {
            "zone_id": [f"Z{number}" for number in range(events["zone"].max() + 1)],
            "name": "",
            "official": True,
            "spaces": np.nan,
            "max_stay_minutes": np.nan,
            "lon": 0.0,
            "lat": 0.0,
        }
    )
    fines = events.astype({"zone": "int32", "week": "int32", "hour_of_week": "int16"}).assign(
        delay=np.int16(0), category=np.int16(0), fines=np.int32(1)
    )
    columns = ["zone", "week", "hour_of_week", "delay", "category", "fines"]
    patrols = fines.iloc[:0][["zone", "week", "hour_of_week", "delay"]]
    patrols = patrols.assign(hours=0.0, vehicles=0.0)
    fines = fines.sort_values(columns[:3], ignore_index=True)[columns]
    return Panel("Europe/Paris", zones, ("any",), fines, patrols)
