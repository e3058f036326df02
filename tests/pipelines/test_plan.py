"""`infraction-model plan` from its tables to its folder."""

from __future__ import annotations

import datetime as dt
import json
import math

import numpy as np
import pandas as pd
import pytest

import made_weeks
from infraction_model.cli import main
from infraction_model.io.json_files import write_json
from infraction_model.io.tables import read_table, write_table
from infraction_model.io.workspace import Workspace

MONDAY = made_weeks.MONDAY
QUICK = "patrol.routing.iterations=200"


def _fines(zone_ids) -> pd.DataFrame:
    """Two fines of each zone a month before; those of the first zone are dangerous ones."""
    issued = pd.Timestamp("2025-12-01 10:00", tz=made_weeks.TIMEZONE)
    zone = np.repeat(zone_ids, 2)
    first = zone == zone_ids[0]
    return pd.DataFrame(
        {
            "fine_id": [f"f{number}" for number in range(len(zone))],
            "issued_at": issued,
            "recorded_at": issued,
            "zone_id": zone,
            "category": np.where(first, "dangerous", "unpaid"),
        }
    )


@pytest.fixture
def workspace(tmp_path):
    """A workspace with zones, old fines, a patrol log and the scores of a week."""
    town = Workspace(tmp_path / "town")
    streets = made_weeks.streets(30)
    zone_ids = list(streets)
    write_table("zones", made_weeks.zones(streets), town.table("zones"))
    write_table("fines", _fines(zone_ids), town.table("fines"))
    ended = pd.Timestamp("2025-12-20 10:30", tz=made_weeks.TIMEZONE)
    patrols = pd.DataFrame({"patrol_id": zone_ids, "zone_id": zone_ids})
    patrols = patrols.assign(started_at=ended - pd.Timedelta(minutes=20), ended_at=ended)
    write_table("patrols", patrols, town.table("patrols"))
    write_table("scores", made_weeks.scores(zone_ids, monday=MONDAY), town.scores(MONDAY))
    origin = str(MONDAY - dt.timedelta(weeks=1))
    about = {"origin": origin, "target_week": str(MONDAY), "gap": 1, "model_version": "m"}
    write_json(town.about_scores(MONDAY), about)
    return town


def run(workspace: Workspace, *overrides: str) -> int:
    return main(["plan", f"workspace={workspace.root}", QUICK, *overrides])


def _read(workspace: Workspace) -> tuple[pd.DataFrame, dict]:
    folder = workspace.plan(MONDAY)
    about = json.loads((folder / "plan.json").read_text("utf-8"))
    return read_table("visits", folder / "visits.parquet", "plan"), about


def test_a_plan_is_written_whole_and_its_figures_are_the_sums_of_its_visits(workspace, capsys):
    assert run(workspace) == 0
    folder = workspace.plan(MONDAY)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["plan.json", "visits.csv", "visits.parquet"]
    visits, about = _read(workspace)
    assert about["kind"] == "routes"
    assert about["visits"] == len(visits) > 100
    assert math.isclose(about["expected_infractions"], visits["expected_infractions"].sum())
    assert about["by_purpose"] == {
        name: int((visits["purpose"] == name).sum()) for name in ("yield", "safety", "explore")
    }
    local = visits["arrive_at"].dt.tz_convert(made_weeks.TIMEZONE)
    assert set(local.dt.hour) <= {9, 10, 11, 12, 14, 15, 16, 17}
    assert local.dt.date.min() == MONDAY
    assert str(folder / "visits.csv") in capsys.readouterr().out.splitlines()[-1]


def test_the_same_scores_give_the_same_plan_to_the_bit(workspace):
    assert run(workspace) == 0
    first = {path.name: path.read_bytes() for path in workspace.plan(MONDAY).iterdir()}
    assert run(workspace) == 0
    assert {path.name: path.read_bytes() for path in workspace.plan(MONDAY).iterdir()} == first


def test_without_a_roster_zone_hours_are_allocated_and_that_is_said(workspace, capsys):
    assert run(workspace, "patrol=no_roster", "patrol.hours_without_roster=10") == 0
    visits, about = _read(workspace)
    assert about["kind"] == "hours"
    assert len(visits) == about["visits"] == int(10 * 60 / (15 + 8))
    assert (visits["team"] == "").all()
    assert "without teams and without routes" in capsys.readouterr().out
    drawn = visits[visits["propensity"] < 1]
    assert len(drawn) == round(0.1 * len(visits))
    assert visits.groupby(["zone_id", visits["arrive_at"].dt.date]).size().max() == 1


def test_where_nobody_knows_who_looked_fines_are_expected_and_not_infractions(workspace, capsys):
    scores = made_weeks.scores(list(made_weeks.streets(30)), basis="none")
    write_table("scores", scores, workspace.scores(MONDAY))
    assert run(workspace) == 0
    header = (workspace.plan(MONDAY) / "visits.csv").read_text("utf-8-sig").splitlines()[0]
    assert ";Verbalisations attendues;" in header
    assert "nfractions" not in header
    assert " fines expected" in capsys.readouterr().out


def test_in_the_night_the_clock_goes_forward_no_visit_overlaps_the_next(workspace, tmp_path):
    zone_ids = list(made_weeks.streets(30))
    scores = made_weeks.scores(zone_ids, monday=made_weeks.SPRING)
    night = scores["starts_at"].dt.hour < 6
    scores.loc[night, ["infraction_probability", "expected_infractions"]] = 0.4
    scores.loc[night, ["lower", "upper"]] = (0.1, 0.9)
    write_table("scores", scores, workspace.scores(made_weeks.SPRING))
    about = {"origin": "2026-03-16", "target_week": "2026-03-23", "gap": 1, "model_version": "m"}
    write_json(workspace.about_scores(made_weeks.SPRING), about)
    roster = tmp_path / "equipes.csv"
    rows = "Nuit;samedi;22h00;5h00\nAube;dimanche;2h00;3h00\n"
    roster.write_text(f"equipe;jour;debut;fin\n{rows}", encoding="utf-8")
    assert run(workspace, f"patrol.roster={roster}") == 0
    path = workspace.plan(made_weeks.SPRING) / "visits.parquet"
    visits = read_table("visits", path, "plan")
    assert set(visits["team"]) == {"Nuit"}  # the other's only hour is the one that is skipped
    local = visits["arrive_at"].dt.tz_convert(made_weeks.TIMEZONE)
    assert {1, 3} <= set(local.dt.hour)
    assert (visits["arrive_at"].iloc[1:].array >= visits["leave_at"].iloc[:-1].array).all()
    wall = visits["leave_at"].dt.tz_convert(made_weeks.TIMEZONE).dt.tz_localize(None)
    assert (wall - local.dt.tz_localize(None) == pd.Timedelta(minutes=15)).all()


def test_a_roster_file_is_who_goes_out_and_forced_zones_are_visited(workspace, tmp_path):
    roster = tmp_path / "equipes.csv"
    roster.write_text("equipe;date;debut;fin\nNord;13/01/2026;9h00;11h00\n", encoding="utf-8")
    zones = read_table("zones", workspace.table("zones"), "ingest")["zone_id"]
    forced, excluded = zones.iloc[4], zones.iloc[5]
    rules = [f"patrol.rules.forced=[{forced}]", f"patrol.rules.excluded=[{excluded}]"]
    assert run(workspace, f"patrol.roster={roster}", *rules) == 0
    visits, about = _read(workspace)
    assert set(visits["team"]) == {"Nord"}
    assert about["hours_on_duty"] == 2.0
    assert forced in set(visits["zone_id"])
    assert excluded not in set(visits["zone_id"])


def test_zones_without_a_place_get_visits_by_the_hour_and_that_is_said(workspace, capsys):
    zones = read_table("zones", workspace.table("zones"), "ingest")
    write_table("zones", zones.assign(geometry=None), workspace.table("zones"))
    assert run(workspace) == 0
    assert _read(workspace)[1]["kind"] == "shifts"
    assert "their order is not a route" in capsys.readouterr().out


def test_what_is_missing_is_named_with_the_command_that_makes_it(workspace, capsys):
    workspace.table("fines").unlink()
    assert run(workspace) == 5
    assert "infraction-model ingest" in capsys.readouterr().err
    assert run(workspace, "origin=2020-01-06") == 5
    assert "no scores made at origin 2020-01-06" in capsys.readouterr().err
    assert not workspace.plan(MONDAY).exists()


def test_names_that_a_spreadsheet_would_run_are_made_harmless(workspace):
    zones = read_table("zones", workspace.table("zones"), "ingest")
    write_table("zones", zones.assign(name="=cmd|' /C calc'!A0"), workspace.table("zones"))
    assert run(workspace, "language=en") == 0
    text = (workspace.plan(MONDAY) / "visits.csv").read_text("utf-8-sig")
    assert text.startswith("Team;Shift;Order;Day;")
    assert ";'=cmd" in text
    assert ";=cmd" not in text
