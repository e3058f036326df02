"""What a process imports: help is quick because it imports nothing heavy, and layers hold."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "hydra", "omegaconf", "pydantic", "numpy", "scipy", "pandas", "pyarrow", "pandera", "sklearn",
    "lightgbm", "mlflow", "optuna", "geopandas", "shapely", "pyproj", "matplotlib", "jinja2",
    "rich",
}  # fmt: skip


def imported_by(code: str) -> set[str]:
    """The top-level modules a fresh process has imported after `code`."""
    # behind a line of its own: what the code prints may hold a module's name
    listed = "import sys; print('imported:', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{listed}"], capture_output=True, text=True, check=True
    )
    names = done.stdout.rpartition("imported:")[2].split()
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"], ["trian"]])
def test_help_imports_nothing_heavy(arguments):
    found = imported_by(f"from infraction_model.cli import main\nmain({arguments!r})")
    assert "infraction_model" in found
    assert found & HEAVY == set()


def test_what_is_called_heavy_would_be_noticed():
    assert "numpy" in imported_by("import numpy") & HEAVY


def test_composing_a_configuration_imports_no_model():
    code = "from infraction_model.cli import main\nmain(['train', '--cfg', 'job'])"
    assert imported_by(code) & {"lightgbm", "mlflow", "sklearn", "geopandas", "pandas"} == set()
