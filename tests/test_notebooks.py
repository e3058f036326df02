"""The notebooks run on a town they have not seen, and lie in the repository with what they show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from infraction_model import cli

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> Path:
    """The folder of the notebooks as run on the small made town."""
    folder = tmp_path_factory.mktemp("notebooks")
    town = f"workspace={folder / 'town'}"
    quick = ["estimator=exposure_gbm", "estimator.max_trees=20", "compare=[empirical_bayes]"]
    quick += ["folds.weeks=3", "tracking=none"]
    for command in (["simulate", "simulation=small"], ["ingest"], ["panel"], ["backtest", *quick]):
        assert cli.main([*command, town]) == 0
    script = ROOT / "scripts" / "run_notebooks.py"
    done = subprocess.run(
        [sys.executable, str(script), str(folder / "town"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def outputs(path: Path) -> list[list[str]]:
    """The kinds of what each cell of code shows."""
    cells = nbformat.read(path, as_version=4).cells
    kinds = [
        [kind for output in cell.outputs for kind in output.get("data", {output.output_type: ""})]
        for cell in cells
        if cell.cell_type == "code"
    ]
    return kinds


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_the_same_kinds_of_things_for_any_town(shown, path):
    kept = outputs(path)
    assert outputs(shown / path.name) == kept
    assert sum("image/png" in kinds for kinds in kept) >= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_complains_of_nothing(path):
    assert path.stat().st_size < 300_000
    text = path.read_text(encoding="utf-8")
    assert '"stderr"' not in text
    assert str(Path.home()) not in text
