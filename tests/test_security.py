"""Names stay inside their folders, wherever they come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infraction_model import cli
from infraction_model.errors import ConfigError
from infraction_model.io.bundles import bundle_folder
from infraction_model.io.tracking import RegisteredModel
from infraction_model.io.workspace import Workspace
from infraction_model.parameters import plain_name
from infraction_model.pipelines import score

WAYS_OUT = [
    "../x",
    "..",
    ".",
    "",
    "/etc",
    "a/b",
    "a\\b",
    "..\\x",
    "C:x",
    ".hidden",
    "a\x00b",
    "a\nb",
]


@pytest.mark.parametrize("name", WAYS_OUT)
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(ConfigError, match="expected a plain name"):
        bundle_folder(Path("models"), "town", name)
    with pytest.raises(ConfigError, match="expected a plain name"):
        Workspace(Path("w")).study(name)


@given(st.text())
@example("2026-01-05-stack-0123456789")
@example("Béthune centre")
def test_whatever_is_let_through_stays_in_its_folder(name):
    try:
        path = Path("/models/town") / plain_name(name, "name")
    except ConfigError:
        return
    assert path.parent == Path("/models/town")
    assert path.name == name


@pytest.mark.parametrize("command", ["ingest", "panel"])
def test_a_towns_name_is_a_plain_name(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main([command, "data.name='../x'", "workspace=w"]) == 2
    assert "key 'data.name'" in capsys.readouterr().err


def test_a_model_named_on_the_command_line_is_a_plain_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["score", "model='../../elsewhere'", "workspace=w"]) == 2
    assert "name of a model bundle" in capsys.readouterr().err


def test_a_bundle_that_the_registry_names_is_a_plain_name(tmp_path, monkeypatch, capsys):
    class Edited:
        def __init__(self, *arguments, **options):
            pass

        def find(self, alias):
            return RegisteredModel("town", 1, "../../etc")

    monkeypatch.setattr(score, "Tracking", Edited)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["score", "workspace=w"]) == 2
    assert "'../../etc'" in capsys.readouterr().err
