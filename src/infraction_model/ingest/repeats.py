"""The rule on rows that look alike: one id is one fine; without an id every row is a fine."""

from __future__ import annotations

import pandas as pd

from infraction_model.ingest.quarantine import Ledger

REPEATED = "repeated id"
REPEATED_OTHERWISE = "repeated id with other content"


def set_repeats_apart(fine_id: pd.Series, content: pd.DataFrame, ledger: Ledger) -> None:
    """Keep the first kept row of each id; the rest go to quarantine.

    A repetition whose `content` differs from the kept row's is no copy, and gets its own reason.
    """
    kept = pd.Series(ledger.kept, index=fine_id.index)
    ids = fine_id[kept]
    again = ids.duplicated()
    if not again.any():
        return
    group = ids[ids.isin(ids[again])]
    rows = content.loc[group.index].assign(fine_id=group)
    first = rows.groupby("fine_id", sort=False).transform("first")
    same = _equal(rows[first.columns], first)
    repeated = pd.Series(False, index=fine_id.index)
    repeated.loc[ids.index[again]] = True
    copies = pd.Series(True, index=fine_id.index)
    copies.loc[group.index] = same
    ledger.reject(repeated & ~copies, REPEATED_OTHERWISE, fine_id)
    ledger.reject(repeated, REPEATED, fine_id)


def _equal(rows: pd.DataFrame, first: pd.DataFrame) -> pd.Series:
    same = pd.Series(True, index=rows.index)
    for column in rows:
        same &= (rows[column] == first[column]) | (rows[column].isna() & first[column].isna())
    return same


def several_cars(fines: pd.DataFrame) -> int:
    """How many kept fines share minute, zone and category with an earlier one."""
    return int(fines.duplicated(["issued_at", "zone_id", "category"]).sum())
