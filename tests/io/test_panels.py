import json

import pandas as pd
import pytest

import small_town
from infraction_model.errors import InputError, MissingArtefactError
from infraction_model.io.panels import read_panel, write_panel
from infraction_model.panel import build


def test_a_panel_comes_back_as_it_was(tmp_path):
    panel = small_town.panel(weeks=5)
    write_panel(panel, tmp_path / "panel")
    back = read_panel(tmp_path / "panel")
    for name in ("zones", "fines", "patrols", "context"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(panel, name))
    for name in ("hours", "finds"):
        told = getattr(panel.presences, name)
        assert len(told) > 10
        pd.testing.assert_frame_equal(getattr(back.presences, name), told)
    assert (back.timezone, back.categories) == (panel.timezone, panel.categories)
    assert (back.first_week, back.end_week) == (panel.first_week, panel.end_week)


def test_a_missing_panel_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(MissingArtefactError, match="infraction-model panel"):
        read_panel(tmp_path / "panel")


def test_a_panel_of_another_format_or_a_broken_one_is_refused(tmp_path):
    folder = tmp_path / "panel"
    write_panel(small_town.panel(weeks=5), folder)
    (folder / "fines.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(InputError, match=r"fines\.parquet"):
        read_panel(folder)
    about = json.loads((folder / "panel.json").read_text())
    (folder / "panel.json").write_text('{"format": 2, "timez')
    with pytest.raises(InputError, match="not JSON"):
        read_panel(folder)
    (folder / "panel.json").write_text(json.dumps({**about, "format": 99}))
    with pytest.raises(InputError, match="format 3, got 99"):
        read_panel(folder)


def test_no_agent_id_leaves_the_panel_step(tmp_path):
    zones, fines, patrols = small_town.tables(weeks=5)
    named = fines.assign(agent_id="agent-" + fines["agent_id"].astype(str))
    write_panel(build(zones, named, patrols), tmp_path / "panel")
    files = list((tmp_path / "panel").iterdir())
    assert "presence_hours.parquet" in {path.name for path in files}
    for path in files:
        assert b"agent" not in path.read_bytes(), path.name
