"""`infraction-model factors` from a panel on disk to its files."""

from __future__ import annotations

import pandas as pd
import pytest

import small_town
from infraction_model import cli
from infraction_model.io.panels import write_panel
from infraction_model.panel import build

FILES = {
    "factors.csv",
    "factors_zones.csv",
    "factors_changes.csv",
    "factors_categories.csv",
    "factors.html",
    "factors.md",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("factors")
    zones, fines, patrols = small_town.tables(weeks=40, per_week=150)
    uncounted = patrols.drop(columns="vehicles_checked")
    write_panel(build(zones, fines, uncounted), folder / "panel")
    return folder


def run(workspace, *overrides: str) -> int:
    return cli.main(["factors", f"workspace={workspace}", *overrides])


def test_every_file_is_written_and_the_summary_said(workspace, capsys):
    assert run(workspace, "language=en") == 0
    said = capsys.readouterr().out
    assert "finds most infractions" in said
    assert {path.name for path in (workspace / "reports").iterdir()} == FILES
    hours = pd.read_csv(workspace / "reports" / "factors.csv").query("factor == 'hour'")
    ratio = hours.set_index(hours["level"].astype(int))["rate_ratio"]
    mornings, afternoons = ratio.loc[8:11].mean(), ratio.loc[12:16].mean()
    assert mornings / afternoons == pytest.approx(2.0, rel=0.15)  # so the small town is made


def test_an_earlier_origin_reads_less(workspace):
    assert run(workspace, "origin=2024-05-06") == 0
    early = pd.read_csv(workspace / "reports" / "factors.csv")
    assert run(workspace) == 0
    late = pd.read_csv(workspace / "reports" / "factors.csv")
    assert early.query("factor == 'weekday'")["weeks"].max() == 17
    assert late["hours"].max() > early["hours"].max()


@pytest.mark.parametrize(
    ("override", "code", "said"),
    [
        ("exposure=checks", 2, "exposure=checks needs"),
        ("origin=2024-01-15", 6, "4 are needed"),
        ("factors.interval=2", 2, "factors.interval"),
        ("language=de", 2, "language"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(workspace, capsys, override, code, said):
    assert run(workspace, override) == code
    errors = capsys.readouterr().err
    assert said in errors
    assert "Traceback" not in errors


def test_without_a_log_the_same_panel_speaks_of_recorded_fines(workspace, capsys):
    assert run(workspace, "exposure=none", "language=en") == 0
    assert "fines RECORDED per zone-hour" in capsys.readouterr().out
    assert "none" in pd.read_csv(workspace / "reports" / "factors.csv")["exposure_basis"].to_list()
