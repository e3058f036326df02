"""`infraction-model map` from its tables to its folder."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

import made_weeks
from infraction_model.cli import main
from infraction_model.io.json_files import write_json
from infraction_model.io.tables import write_table
from infraction_model.io.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    """A workspace with zones, and scores of two target weeks."""
    town = Workspace(tmp_path / "town")
    streets = made_weeks.streets(8)
    write_table("zones", made_weeks.zones(streets), town.table("zones"))
    for monday in (made_weeks.SPRING, made_weeks.MONDAY):
        write_table("scores", made_weeks.scores(list(streets), monday=monday), town.scores(monday))
        origin = monday - dt.timedelta(weeks=2)
        write_json(town.about_scores(monday), {"origin": str(origin), "gap": 2})
    (town.scores(made_weeks.MONDAY).parent / "notes.parquet").write_bytes(b"not scores")
    return town


NO_LOG = ["data.patrols=null", "data.forms=null", "data.exposure=none"]
WITHOUT_PLAN = ["index.html", "ranked.csv", "week.gpkg", "week.kml", "zones.geojson"]


@pytest.fixture
def planned(workspace):
    """The same workspace with known fines and a plan of the newest week."""
    zone_ids = ["S0000", "S0001", "S0001", "S0002"]
    fines = pd.DataFrame(
        {
            "fine_id": [f"f{row}" for row in range(4)],
            "issued_at": pd.date_range("2026-03-02 10:00", periods=4, tz="Europe/Paris"),
            "zone_id": zone_ids,
            "lon": np.nan,
            "lat": np.nan,
            "category": ["pavement", "unpaid", "unpaid", "unpaid"],
        }
    )
    write_table("fines", fines, workspace.table("fines"))
    about = {
        "origin": "2026-03-09",
        "target_week": "2026-03-23",
        "model_version": "gbm-2026-01-05-1",
    }
    write_json(workspace.about_scores(made_weeks.SPRING), about)
    quick = ["patrol.routing.iterations=10", *NO_LOG]
    assert main(["plan", f"workspace={workspace.root}", *quick]) == 0
    return workspace


def run(workspace: Workspace, *overrides: str) -> int:
    return main(["map", f"workspace={workspace.root}", *overrides])


def test_the_newest_scores_are_drawn_and_the_page_is_named_last(workspace, capsys):
    assert run(workspace) == 0
    folder = workspace.maps(made_weeks.SPRING)
    assert sorted(path.name for path in folder.iterdir()) == WITHOUT_PLAN
    assert capsys.readouterr().out.splitlines()[-1].endswith(str(folder.resolve() / "index.html"))
    assert not workspace.maps(made_weeks.MONDAY).exists()


def test_a_week_with_a_plan_has_its_print_sheets_their_form_and_a_file_per_route(planned, capsys):
    assert run(planned, *NO_LOG) == 0
    folder = planned.maps(made_weeks.SPRING)
    found = {path.name for path in folder.iterdir()}
    assert found == {*WITHOUT_PLAN, "form.csv", "sheets.html", "routes"}
    visits = pd.read_parquet(planned.plan(made_weeks.SPRING) / "visits.parquet")
    form = pd.read_csv(folder / "form.csv", sep=";", encoding="utf-8-sig")
    assert len(form) == len(visits) > 0
    assert len(list((folder / "routes").iterdir())) == visits["shift_id"].nunique()
    assert str((folder / "sheets.html").resolve()) in capsys.readouterr().out


def test_a_plan_made_from_other_scores_is_not_drawn(planned, capsys):
    about = {"origin": "2026-03-09", "target_week": "2026-03-23", "model_version": "m2"}
    write_json(planned.about_scores(made_weeks.SPRING), about)
    scores = pd.read_parquet(planned.scores(made_weeks.SPRING)).assign(model_version="m2")
    write_table("scores", scores, planned.scores(made_weeks.SPRING))
    assert run(planned, *NO_LOG) == 0
    folder = planned.maps(made_weeks.SPRING)
    assert sorted(path.name for path in folder.iterdir()) == WITHOUT_PLAN
    assert "was made from other scores" in capsys.readouterr().out


def test_an_origin_finds_the_week_scored_at_it_whatever_its_gap(workspace, capsys):
    assert run(workspace, "origin=2026-01-05") == 5
    assert "no scores made at origin 2026-01-05" in capsys.readouterr().err
    about = workspace.about_scores(made_weeks.MONDAY)
    whole = about.read_text(encoding="utf-8")
    about.write_text(whole[:9], encoding="utf-8")
    assert run(workspace, "origin=2025-12-29") == 3
    assert "Run `infraction-model score` again" in capsys.readouterr().err
    about.write_text(whole, encoding="utf-8")
    assert run(workspace, "origin=2025-12-29", "map.language=en", "map.csv_rows=10") == 0
    folder = workspace.maps(made_weeks.MONDAY)
    assert '<html lang="en">' in (folder / "index.html").read_text(encoding="utf-8")
    assert len((folder / "ranked.csv").read_text(encoding="utf-8-sig").splitlines()) == 11
    assert len(json.loads((folder / "zones.geojson").read_text(encoding="utf-8"))["features"]) == 8


def test_a_second_run_writes_the_same_bytes(workspace):
    folder = workspace.maps(made_weeks.SPRING)
    run(workspace)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    run(workspace)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_a_run_that_fails_leaves_the_last_map_whole(workspace, capsys):
    run(workspace)
    before = {path.name: path.read_bytes() for path in workspace.maps(made_weeks.SPRING).iterdir()}
    scores = made_weeks.scores(["S0000"], monday=made_weeks.MONDAY)
    write_table("scores", scores, workspace.scores(made_weeks.SPRING))
    assert run(workspace) == 4
    assert "expected scores of the week of 2026-03-23 only" in capsys.readouterr().err
    found = workspace.maps(made_weeks.SPRING)
    assert {path.name: path.read_bytes() for path in found.iterdir()} == before
    assert [path.name for path in found.parent.iterdir()] == ["2026-03-23"]


@pytest.mark.parametrize(
    ("overrides", "code", "says"),
    [
        (["origin=2026-01-06"], 2, "The nearest Monday is 2026-01-05"),
        (["origin=2025-01-06"], 5, "Run `infraction-model score`"),
        (["map.tier_shares=[0.2,0.1]"], 2, "rise within"),
        (["map.csv_rows=0"], 2, "map.csv_rows"),
        (["map.language=de"], 2, "map.language"),
        (["map.list_rows=3"], 2, "Did you mean 'map.listed_rows'?"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(workspace, capsys, overrides, code, says):
    assert run(workspace, *overrides) == code
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert not (workspace.root / "maps").exists()


def test_without_scores_the_command_to_run_is_named(tmp_path, capsys):
    assert main(["map", f"workspace={tmp_path}"]) == 5
    assert "Run `infraction-model score`" in capsys.readouterr().err
