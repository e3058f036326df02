"""How good is the forecast of free spaces in a made town, held against the cars that were there?

Run from the top of the repository: `python benchmarks/availability.py WORKSPACE [weeks=N]`, after
`infraction-model occupancy` with both sources there. The last weeks (8) are forecast one by one
from what was known before each; the truth is the made town's. Nothing is written.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters
from infraction_model.occupancy.availability import AvailabilityParameters, forecast, history
from infraction_model.open_data.occupancy import best_known, public_spaces
from infraction_model.timegrid import to_local, week_of

FRANCE = CalendarParameters("FR", None, "B")


def true_rates(truth: pd.DataFrame, week: int, zone_ids: tuple[str, ...]) -> np.ndarray:
    """How full zones truly were in a week, (zone, hour of week), NaN where the truth is silent."""
    own = truth[truth["week"] == week]
    wide = own.assign(rate=own["parked"] / own["spaces"]).pivot(
        index="zone_id", columns="hour_of_week", values="rate"
    )
    return wide.reindex(index=list(zone_ids), columns=range(168)).to_numpy()


def judged(folder: Path, weeks: int) -> pd.DataFrame:
    """A row per week and kind of zone: errors of three forecasts, and what the interval held."""
    tables = [
        pd.read_parquet(folder / "occupancy" / source / "occupancy.parquet")
        for source in ("sensors", "payments")
    ]
    known = best_known(*tables)
    zones = pd.read_parquet(folder / "tables" / "zones.parquet")
    truth = pd.read_parquet(folder / "truth" / "occupancy.parquet")
    spaces = public_spaces(known, zones, k=5)
    usable = known[known["basis"] != "paid"]
    end = int(week_of(to_local(known["starts_at"])).max()) + 1
    rows = []
    for week in range(end - weeks, end):
        past = history(usable, spaces, week)
        found = forecast(past, FRANCE, AvailabilityParameters())
        true = true_rates(truth, week, past.zone_ids)
        for name, zone in (("measured", past.measured), ("estimated", ~past.measured)):
            error = {
                "forecast": found.expected,
                "week before": past.occupancy[:, -1],
                "mean of the hour": np.nanmean(past.occupancy, axis=1),
            }
            inside = (true >= found.lower) & (true <= found.upper)
            rows.append(
                {"zones": name, **{key: np.nanmean(np.abs(one - true)[zone])
                                   for key, one in error.items()},
                 "covered": inside[zone].mean()}
            )  # fmt: skip
    return pd.DataFrame(rows)


def main(arguments: list[str]) -> None:
    weeks = 8
    for one in arguments[1:]:
        weeks = int(one.removeprefix("weeks="))
    table = judged(Path(arguments[0]), weeks)
    print(table.groupby("zones").mean().round(3).to_string())


if __name__ == "__main__":
    main(sys.argv[1:])
