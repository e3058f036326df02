"""Estimated and measured occupancy -> records of the panel's context, each known once its week is.

An occupancy table says of each week what was known at that week's end, but for which sensors were
believed (see faults.py), so its end is when a past origin may see it. Hours of basis `paid` stay
out: they count tickets and claim no cars.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from infraction_model.errors import ContractError
from infraction_model.panel import Panel
from infraction_model.schema import OCCUPANCY
from infraction_model.timegrid import HOURS_PER_WEEK, hour_of_week, to_local, week_of


def with_occupancy(panel: Panel, table: pd.DataFrame | None, weeks_late: int = 0) -> Panel:
    """The panel with what a contract table `occupancy` says; as it is where there is none.

    A week's records become known in its last hour, or `weeks_late` weeks after it where the town
    gets its tickets and stays late. Raises ContractError for a zone that the panel lacks.
    """
    if table is None:
        return panel
    told = table[table["basis"] != "paid"].reset_index(drop=True)
    local = to_local(told["starts_at"])
    week = week_of(local).astype(np.int64)
    begin = week * HOURS_PER_WEEK + hour_of_week(local)
    rows = pd.DataFrame(
        {
            "kind": OCCUPANCY,
            "zone": _zone_rows(told["zone_id"], panel.zones["zone_id"]),
            "begin": begin,
            "end": begin + 1,
            "known_hour": (week + 1 + weeks_late) * HOURS_PER_WEEK - 1,
            "value": told["occupancy"],
        }
    )
    # the hour that autumn repeats has one place on the grid
    rows = rows.drop_duplicates(["zone", "begin"]).astype(panel.context.dtypes.to_dict())
    context = pd.concat([panel.context, rows], ignore_index=True)
    order = ["kind", "known_hour", "zone", "begin", "end", "value"]
    return replace(panel, context=context.sort_values(order, ignore_index=True))


def of_known_zones(
    table: pd.DataFrame | None, known: pd.Series
) -> tuple[pd.DataFrame | None, list[str]]:
    """What the table says of zones that are `known`, and the zone_ids that were left out."""
    if table is None:
        return None, []
    here = table["zone_id"].isin(known)
    return table[here].reset_index(drop=True), sorted(table.loc[~here, "zone_id"].unique())


def _zone_rows(zone_ids: pd.Series, known: pd.Series) -> np.ndarray:
    rows = pd.Index(known).get_indexer(zone_ids)
    if (rows < 0).any():
        missing = zone_ids.iloc[int(np.argmin(rows))]
        raise ContractError(
            f"table 'occupancy': zone '{missing}' is not in the zones table. Run "
            "`infraction-model ingest`, then `infraction-model occupancy` for each source that has "
            "a table, then this again: all three of the zones there are now."
        )
    return rows
