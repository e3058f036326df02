"""Panels of made towns, straight from what happened in them; the benchmark's own way there."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd

from infraction_model.panel import Panel

_FILE = Path(__file__).parents[1] / "benchmarks" / "made_towns.py"


def panel_of(history) -> Panel:
    """The panel of a made town, as ingest would give it without a mistake."""
    spec = importlib.util.spec_from_file_location("made_towns", _FILE)
    made_towns = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made_towns)
    return made_towns.panel_of(history)


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
