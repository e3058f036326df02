"""Filled-in forms through the commands: ingest, panel, the weekly batch's eye for what is new."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

import made_routes
from infraction_model import parameters
from infraction_model.exposure import PresenceParameters
from infraction_model.io.exports import ReadLimits
from infraction_model.io.tables import read_table
from infraction_model.io.workspace import Workspace
from infraction_model.maps.files.form_csv import form_csv
from infraction_model.pipelines import panel
from infraction_model.pipelines.forget_proof import raw_exports
from infraction_model.pipelines.town import TownData
from infraction_model.pipelines.weekly import incoming
from infraction_model.reports.ingest_texts import TEXTS, phrase
from made_exports import ingest_folder, mapping, write_town

MONDAY = dt.date(2024, 3, 4)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The small town's exports, and a folder for forms beside them; no report is drawn."""
    monkeypatch.setattr("infraction_model.pipelines.ingest.render", lambda summary, language: "")
    write_town(tmp_path)
    (tmp_path / "forms").mkdir()
    return tmp_path


def form(*filled: str, day: int = 4) -> bytes:
    """A form of three stops on a Friday in the zones S1, S2 and S3, its last cells as given."""
    plan = made_routes.plan(stops=4, teams=("A",), days=(day,), monday=MONDAY)
    lines = form_csv(plan).decode("utf-8-sig").replace("S000", "S").split("\r\n")
    header, stops = lines[0], lines[2:5]
    bare = [stop.removesuffix(";" * 7) for stop in stops]
    rows = [f"{stop};{cells}" for stop, cells in zip(bare, filled, strict=True)]
    return "\r\n".join([header, *rows, ""]).encode("cp1252")


FILLED = (";9h20;9h40;;;x;", ";;;10;2;;", ";;;;;;trop tard")


def tables(folder) -> tuple[pd.DataFrame, pd.DataFrame]:
    town = Workspace(folder / "w")
    return tuple(read_table(name, town.table(name), "ingest") for name in ("fines", "patrols"))


def test_forms_become_patrols_beside_the_log_and_make_no_fine(folder):
    report = ingest_folder(folder, folder / "w", forms={"path": f"{folder}/forms/*"})
    fines, log = tables(folder)
    assert [source["name"] for source in report["sources"]] == ["fines", "patrols", "zones"]
    (folder / "forms" / "a.csv").write_bytes(form(*FILLED))
    (folder / "forms" / "~$a.xlsx").write_bytes(b"held open by a spreadsheet")
    report = ingest_folder(folder, folder / "w", forms={"path": f"{folder}/forms/*"})
    fines_after, patrols = tables(folder)
    pd.testing.assert_frame_equal(fines_after, fines)
    added = patrols[~patrols["patrol_id"].isin(log["patrol_id"])]
    assert added["zone_id"].tolist() == ["S1", "S2"]
    assert added["infractions_found"].tolist() == [0.0, 2.0]
    assert added["started_at"].dt.strftime("%a %H:%M").tolist() == ["Fri 09:20", "Fri 09:34"]
    (source,) = (one for one in report["sources"] if one["name"] == "forms")
    assert (source["read"], source["kept"]) == (3, 2)
    assert source["filtered"] == {"not visited": 1}
    # what a log fills in and a form does not, is not missing from the log
    before, now = (
        one["filled"] for one in report["sources"] if one["name"] in ("patrols", "forms")
    )
    assert now == {}
    assert before["agent_id"]["recent"] == 1.0
    assert "forms" in TEXTS["fr"]
    assert phrase("not visited", "fr").startswith("passages non effectués")


@pytest.mark.parametrize("files", [{}, {"a.csv": form(*FILLED)}])
def test_forms_are_the_log_of_a_town_that_has_none(folder, files):
    for name, content in files.items():
        (folder / "forms" / name).write_bytes(content)
    changes = {"forms": {"path": f"{folder}/forms/*"}, "patrols": None, "exposure": "none"}
    ingest_folder(folder, folder / "w", **changes)
    _, patrols = tables(folder)
    assert len(patrols) == 2 * len(files)
    town = parameters.read(TownData, mapping(folder, **changes))
    panel.run(panel.Parameters(folder / "w", town, PresenceParameters()))
    hours = pd.read_parquet(folder / "w" / "panel" / "patrols.parquet")["hours"].sum()
    assert hours == pytest.approx(len(files) * (20 + 15) / 60)


def test_weekly_takes_a_new_or_corrected_form_for_news(folder):
    town = parameters.read(TownData, mapping(folder, forms={"path": f"{folder}/forms/*"}))
    settings = SimpleNamespace(
        workspace=folder / "w", data=town, presence=PresenceParameters(), limits=ReadLimits()
    )
    seen = [incoming._fingerprint(settings)]
    for name, found in (("a.csv", "1"), ("a.csv", "2"), ("b.csv", "2")):
        content = form(f";9h20;9h40;;{found};;", *FILLED[1:])
        (folder / "forms" / name).write_bytes(content)
        seen.append(incoming._fingerprint(settings))
    assert len({tuple(sorted(one.items())) for one in seen}) == 4
    (folder / "forms" / "~$b.csv").write_bytes(b"")
    assert incoming._fingerprint(settings) == seen[-1]


def test_forgetting_names_the_forms_that_still_hold_older_rows(folder):
    (folder / "forms" / "a.csv").write_bytes(form(*FILLED))
    (folder / "forms" / "b.csv").write_bytes(b"")
    town = parameters.read(TownData, mapping(folder, forms={"path": f"{folder}/forms/*"}))
    rows = raw_exports(town, ReadLimits(), dt.date(2024, 3, 11))
    assert [row for row in rows if row["file"] in ("a.csv", "b.csv")] == [
        {"file": "a.csv", "oldest": "2024-03-08", "older": 3, "problem": ""},
        {"file": "b.csv", "oldest": None, "older": 0, "problem": ""},
    ]
