"""The wheel, installed into an environment of its own, run from a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The `bin` folder of an environment that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder)
    # A path in a .pth file is searched last, and the editable install there is not followed: the
    # dependencies are found without a download, and infraction_model only in the wheel.
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(run(python, "-c", purelib, cwd=folder).strip())
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def test_the_wheel_holds_every_yaml_file_but_the_users_own(wheel):
    packaged = {
        name.removeprefix("infraction_model/conf/")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("infraction_model/conf/")
    }
    there = {str(p.relative_to(ROOT / "conf")) for p in (ROOT / "conf").rglob("*") if p.is_file()}
    own = {name for name in there if name.startswith("local/") and name != "local/README.md"}
    assert packaged == there - own


def test_the_wheel_holds_the_files_that_pages_are_made_of(wheel):
    package = ROOT / "src" / "infraction_model"
    parts = {
        f"infraction_model/{path.relative_to(package)}"
        for path in package.rglob("*")
        if path.is_file() and path.suffix in {".html", ".css", ".js", ".py"}
    }
    assert parts <= set(zipfile.ZipFile(wheel).namelist())


def test_commands_run_from_another_folder(installed, tmp_path):
    program = installed / "infraction-model"
    where = "import infraction_model; print(infraction_model.__file__)"
    assert str(installed.parent) in run(installed / "python", "-c", where, cwd=tmp_path)
    assert "simulate" in run(program, "--help", cwd=tmp_path)
    assert "forecast.latent_class.classes" in run(program, "train", "--help", cwd=tmp_path)
    assert "name: demo" in run(program, "train", "--cfg", "job", cwd=tmp_path)

    run(program, "simulate", "simulation=small", "workspace=town", cwd=tmp_path)
    assert (tmp_path / "town/raw/verbalisations.csv").stat().st_size > 0
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {"town"}


def test_the_program_ends_with_the_exit_code_of_its_error(installed, tmp_path):
    done = subprocess.run(
        [
            installed / "infraction-model",
            "train",
            "workspace=town",
            "estimator=exposure_gbm",
            "estimator.leafs=3",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown key 'estimator.leafs'.")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "town").exists()
