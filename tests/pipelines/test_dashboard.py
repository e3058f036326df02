"""The command: it reads what occupancy wrote, and says what to run where there is nothing."""

from __future__ import annotations

import base64
import json
import re
import zlib

import pytest

import made_dashboards
import made_weeks
from infraction_model import cli
from infraction_model.io.tables import write_table
from infraction_model.wording import LANGUAGES, words

IDS = [f"S{number:04d}" for number in range(6)]


@pytest.fixture
def workspace(tmp_path):
    """A town of which only the zones are known."""
    zones = made_weeks.zones(dict(list(made_weeks.streets(8).items())))
    write_table("zones", zones, tmp_path / "tables" / "zones.parquet")
    return tmp_path


def put(workspace, source: str, **tables) -> None:
    for name, table in tables.items():
        write_table(name, table, workspace / "occupancy" / source / f"{name}.parquet")


def page_of(workspace) -> tuple[str, dict]:
    html = (workspace / "dashboard" / "index.html").read_text(encoding="utf-8")
    packed = re.search(r'id="week-data">([^<]+)<', html).group(1)
    return html, json.loads(zlib.decompress(base64.b64decode(packed)))


def test_without_occupancy_the_command_to_run_is_named(workspace, capsys):
    assert cli.main(["dashboard", f"workspace={workspace}"]) == 5
    assert "Run `infraction-model occupancy source=sensors`" in capsys.readouterr().err
    assert not (workspace / "dashboard").exists()


def test_sensors_alone_are_enough(workspace, capsys):
    table = made_dashboards.occupancy(IDS[:3], weeks=6, basis="sensors")
    faults = made_dashboards.faults(IDS[0], "B-1", "2024-02-05", "2024-02-12")
    stays = made_dashboards.indicators(IDS[:3])
    put(workspace, "sensors", occupancy=table, indicators=stays, sensor_faults=faults)
    assert cli.main(["dashboard", f"workspace={workspace}"]) == 0
    assert "3 of 8 zones, last whole week 2024-02-12" in capsys.readouterr().out
    html, data = page_of(workspace)
    assert '<html lang="fr">' in html
    assert "100\u00a0% sur des capteurs" in data["written"]["fr"]["claim"]
    assert "estim" not in data["written"]["fr"]["claim"]
    assert data["watched"] is False
    assert data["stays"]["0"][:3] == [4.5, 1000.0, 2.25]
    assert data["happenings"]["counts"]["faults"] == 1


def test_both_sources_together_and_the_second_language(workspace):
    put(workspace, "payments", occupancy=made_dashboards.occupancy(IDS, weeks=6))
    measured = made_dashboards.occupancy(IDS[:2], weeks=6, seed=2, basis="sensors")
    put(workspace, "sensors", occupancy=measured)
    assert cli.main(["dashboard", f"workspace={workspace}", "language=en"]) == 0
    html, data = page_of(workspace)
    assert '<html lang="en">' in html
    assert "on sensors (measured)" in data["written"]["en"]["claim"]
    assert "on payments (estimated)" in data["written"]["en"]["claim"]
    assert len(data["last"]) == 6


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("dashboard.full=1.2", "dashboard.full"),
        ("dashboard.changes.false_alarms=0", "dashboard.changes.false_alarms"),
        ("dashboard.recent_week=3", "recent_weeks"),
    ],
)
def test_a_setting_out_of_range_is_said(workspace, capsys, setting, said):
    assert cli.main(["dashboard", f"workspace={workspace}", setting]) == 2
    assert said in capsys.readouterr().err


def test_french_signs_of_two_parts_never_begin_a_line():
    for text in words("dashboard", LANGUAGES[0]).values():
        assert not re.search(r" [:;?!%]", text), text
