"""What a town has forgotten does not come back with the next export, not even into quarantine."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from infraction_model.errors import InputError
from infraction_model.io.retention import keep_from, kept_from
from infraction_model.io.workspace import Workspace
from made_exports import ROWS, ingest_folder, write_town

BAD = [
    "PV7;04/03/2024;09h00;Rue Inconnue;;;;Livraison;;THOMAS Nico (190);",
    "PV8;31/02/2024;09h00;Place d'Armes;;;;Livraison;;THOMAS Nico (190);",
]


def test_forgotten_rows_are_counted_and_leave_no_trace(tmp_path):
    write_town(tmp_path, [*ROWS, *BAD])
    workspace = Workspace(tmp_path / "w")
    keep_from(workspace.retention, dt.date(2024, 3, 6))
    report = ingest_folder(tmp_path, workspace.root)
    fines, patrols = report["sources"][:2]
    assert fines["filtered"] == {"older than is kept": 4}  # PV1, PV2, PV3, and PV7 of quarantine
    assert patrols["filtered"] == {"older than is kept": 2}
    kept = pd.read_parquet(workspace.table("fines"))
    assert sorted(kept["fine_id"]) == ["PV4", "PV5", "PV6"]
    quarantine = pd.read_parquet(workspace.quarantine)
    assert quarantine["reason"].tolist() == ["not a time"]
    assert quarantine[["detail", "guesses", "fields"]].to_numpy().tolist() == [["", "", "{}"]]
    assert "04/03/2024" not in json.dumps(report)


def test_without_a_limit_an_undated_row_keeps_its_fields(tmp_path):
    write_town(tmp_path, [*ROWS, *BAD])
    ingest_folder(tmp_path, tmp_path / "w")
    quarantine = pd.read_parquet(tmp_path / "w" / "tables" / "quarantine.parquet")
    assert "31/02/2024" in "".join(quarantine["fields"])


def test_the_first_day_kept_never_moves_back(tmp_path):
    path = tmp_path / "retention.json"
    assert kept_from(path) is None
    assert keep_from(path, dt.date(2024, 3, 4)) == dt.date(2024, 3, 4)
    assert keep_from(path, dt.date(2023, 1, 2)) == dt.date(2024, 3, 4)
    assert kept_from(path) == dt.date(2024, 3, 4)
    path.write_text('{"kept_from": "yesterday"}')
    with pytest.raises(InputError, match="expected a day"):
        kept_from(path)
