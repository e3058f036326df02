"""`infraction-model compare` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from infraction_model.cli import main
from infraction_model.io.experiments import write_experiment
from infraction_model.io.json_files import json_text
from made_experiments import result


@pytest.fixture
def folders(tmp_path) -> list[str]:
    """The overrides that name a workspace and a folder with four experiments."""
    root = tmp_path / "experiments"
    made = {
        "as it comes": result(),
        "small trees": result(0.02, seed=2),
        "elsewhere": result(town="manchester", data_fingerprint="cd" * 8),
        "another seed": result(seed=4),
    }
    for question, content in made.items():
        text = json_text(content | {"question": question})
        write_experiment(root, question, lambda name, text=text: {"result.json": text})
    return [f"workspace={tmp_path / 'demo'}", f"experiments={root}"]


def page(folders: list[str], name: str) -> str:
    workspace = Path(folders[0].partition("=")[2])
    return (workspace / "reports" / name).read_text(encoding="utf-8")


def test_all_experiments_of_the_town_are_compared_with_the_first(folders, capsys):
    assert main(["compare", *folders]) == 0
    said = capsys.readouterr().out
    assert "The reference is 0001-as-it-comes (as it comes)" in said
    assert "0002-small-trees (small trees) is better" in said
    assert "0004-another-seed (another seed) is not distinguishable" in said
    assert "elsewhere" not in said
    assert "0002-small-trees" in page(folders, "compare.html")
    assert "compare.png" in page(folders, "compare.md")
    workspace = Path(folders[0].partition("=")[2])
    assert (workspace / "reports" / "compare.png").read_bytes().startswith(b"\x89PNG")


def test_experiments_are_named_by_plain_words(folders, capsys):
    assert main(["compare", "4", "0002-small-trees", *folders, "language=en"]) == 0
    said = capsys.readouterr().out
    assert "The reference is 0004-another-seed" in said
    assert "0001-as-it-comes" not in said
    assert "<h1>Experiments side by side" in page(folders, "compare.html")


def test_the_reference_need_not_be_among_those_named(folders, capsys):
    assert main(["compare", "4", *folders, "reference=2"]) == 0
    said = capsys.readouterr().out
    assert "The reference is 0002-small-trees" in said
    assert "0004-another-seed (another seed) is worse" in said


def test_experiments_on_other_data_are_not_compared(folders, capsys):
    assert main(["compare", "1", "3", *folders]) == 2
    assert "0003-elsewhere and 0001-as-it-comes cannot be compared" in capsys.readouterr().err


def test_a_town_without_experiments_is_told_how_to_make_one(folders, capsys):
    assert main(["compare", *folders, "data=philadelphia"]) == 5
    said = capsys.readouterr().err
    assert "no experiment of the town 'philadelphia'; those there are of demo, manchester" in said
    assert "infraction-model backtest data=philadelphia question=" in said


def test_a_word_that_is_no_name_is_refused(folders, capsys):
    assert main(["compare", "it's", *folders]) == 2
    assert "cannot read 'it's'" in capsys.readouterr().err
