"""How well presences read from fines show where patrols were, in a town that also has a log.

The log of a made town is the truth; a real town's log says how far its own fines can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.panel import CELL, Panel


@dataclass(frozen=True)
class PresenceCheck:
    """Presences beside the log.

    `seen`: share of the logged hours that presences recover, zone-hour by zone-hour. `elsewhere`:
    share of the presence hours at which the log has nobody there. `likeness`: correlation of the
    two over zones and hours of the week. `level`: finds per hour of presence over what the log's
    rates (fines per hour, zone by zone) expect at the same places, 1 where the level is right.
    """

    seen: float
    elsewhere: float
    likeness: float
    level: float


def against_log(panel: Panel) -> PresenceCheck | None:
    """Compare presences with the patrol log; None where the panel lacks one, or they never meet."""
    told, finds = panel.presences.hours, panel.presences.finds
    if panel.patrols.empty or told.empty:
        return None
    hours = pd.DataFrame(
        {
            "log": panel.exposure("recorded").set_index(CELL)["hours"],
            "told": told.groupby(CELL)["hours"].sum(),
        }
    ).fillna(0.0)
    both = np.minimum(hours["log"], hours["told"]).sum()
    by_place = hours.groupby(["zone", "hour_of_week"]).sum()
    found = panel.fines.groupby(CELL)["fines"].sum()
    logged = hours["log"] > 0
    by_zone = hours.groupby("zone").sum()
    fines = found[found.index.isin(hours.index[logged])].groupby("zone").sum()
    rate = (fines.reindex(by_zone.index, fill_value=0) / by_zone["log"]).where(by_zone["log"] > 0)
    known = rate.notna()
    expected = (rate * by_zone["told"])[known].sum()
    counted = finds.groupby("zone")["fines"].sum().reindex(by_zone.index, fill_value=0)[known].sum()
    if expected <= 0 or both <= 0:
        return None
    return PresenceCheck(
        seen=float(both / hours["log"].sum()),
        elsewhere=float(1.0 - both / hours["told"].sum()),
        likeness=float(np.corrcoef(by_place["log"], by_place["told"])[0, 1]),
        level=float(counted / expected),
    )
