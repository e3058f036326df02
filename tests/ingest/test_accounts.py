"""Rows read are rows kept, filtered or quarantined: always, whatever the rows hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from infraction_model.errors import ContractError, InfractionModelError
from infraction_model.ingest.mapping import (
    Filter,
    FinesMapping,
    PlaceColumns,
    TimeMapping,
    ZonesFromBlocks,
    ZonesFromCells,
    ZonesFromStreets,
)
from infraction_model.ingest.quarantine import Accounts, Ledger
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.town import Exports, ingest_town
from infraction_model.schema import validate

CELLS = {
    "id": st.sampled_from(["1", "2", "3", "4", ""]),
    "when": st.sampled_from(["2024-03-04 10:00", "2024-03-04 00:00", "31/02", "", "2924-01-01"]),
    "known": st.sampled_from(["2024-03-05", "2024-01-01", "", "soon"]),
    "street": st.sampled_from(["1 Main St", "250 MAIN STREET", "Main St", "", "AB-123-CD", "?"]),
    "lon": st.sampled_from(["2.35", "2,36", "", "nan", "200"]),
    "lat": st.sampled_from(["48.85", "", "inf", "48.86"]),
    "kind": st.sampled_from(["a", "b", ""]),
    "mode": st.sampled_from(["officer", "Officer ", "camera", ""]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=25)
ZONES = [ZonesFromStreets(), ZonesFromBlocks(), ZonesFromCells()]


def as_export(rows: list[dict[str, str]], unreadable: int) -> RawExport:
    frame = pd.DataFrame(rows, columns=list(CELLS), dtype="str")
    bad = pd.DataFrame({"row": range(100, 100 + unreadable), "detail": "expected 8 fields, got 2"})
    return RawExport("f.csv", frame, np.arange(2, len(rows) + 2), bad)


@settings(max_examples=30, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(ROWS, st.integers(0, 3), st.sampled_from(ZONES), st.booleans(), st.booleans())
def test_every_row_is_accounted_for(rows, unreadable, zones, with_id, midnight):
    mapping = FinesMapping(
        path="f.csv",
        fine_id=("id",) if with_id else (),
        issued_at=TimeMapping(("when",)),
        recorded_at=TimeMapping(("known",), ("%Y-%m-%d",), end_of_day=True),
        place=PlaceColumns(street="street", longitude="lon", latitude="lat", epsg=4326),
        category=("kind",),
        filters=(Filter("mode", keep=("officer",)),),
        midnight_is_unknown=midnight,
    )
    exports = Exports([as_export(rows, unreadable)])
    try:
        done = ingest_town(exports, mapping, zones, None, "Europe/Paris", b"")
    except InfractionModelError:  # nothing can be kept, or the street column is made of plates
        assume(False)
    (accounts,) = done.accounts
    camera = sum(row["mode"].strip().casefold() != "officer" for row in rows)
    assert accounts.read == len(rows) + unreadable
    assert accounts.kept == len(done.fines) > 0
    assert sum(accounts.filtered.values()) == camera
    assert sum(accounts.quarantined.values()) == len(done.quarantine)
    assert accounts.read == accounts.kept + camera + len(done.quarantine)
    assert done.quarantine["reason"].value_counts().to_dict() == accounts.quarantined
    validate("fines", done.fines)
    zones_table = validate("zones", done.zones)
    assert set(done.fines["zone_id"]) == set(zones_table["zone_id"])
    assert done.fines["issued_at"].is_monotonic_increasing
    assert (done.fines["recorded_at"].dropna() >= done.fines["issued_at"][
        done.fines["recorded_at"].notna()]).all()  # fmt: skip


def test_the_first_reason_of_a_row_stands():
    ledger = Ledger("fines", [as_export([dict.fromkeys(CELLS, "")] * 3, 0)])
    ledger.reject([True, False, False], "first", "a")
    ledger.reject([True, True, False], "second", np.array(["x", "y", "z"], dtype=object))
    ledger.filter_out([True, True, True], "filtered: mode")
    assert ledger.accounts() == Accounts(
        "fines", 3, 0, {"filtered: mode": 1}, {"first": 1, "second": 1}
    )
    table = ledger.table(pd.DataFrame({"c": ["1", "2", "3"]}))
    assert table[["row", "reason", "detail"]].values.tolist() == [
        [2, "first", "a"],
        [3, "second", "y"],
    ]


def test_a_sum_that_does_not_hold_is_refused():
    with pytest.raises(ContractError, match="3 rows read but 2 accounted for"):
        Accounts("fines", 3, 1, {"a": 1}, {}).check()
