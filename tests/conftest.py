"""What every test has: a quiet environment, and the real exports where they are."""

from __future__ import annotations

import os

# as the command line does, before numpy is first imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# how long an example takes says what else the machine is doing
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

# whole files go to one worker each (--dist loadfile), in this order: the longest first, so that no
# worker is left alone with one
LONGEST = ("pipelines/test_weekly_kills.py", "test_real_cities.py", "test_chain.py")
REAL_EXPORTS = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONGEST))


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch):
    """Settings of the desk that would change what a test sees."""
    for name in ("HYDRA_FULL_ERROR", "MLFLOW_TRACKING_URI", "COLUMNS", "COMP_LINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def real_export() -> Callable[[str], Path]:
    """Give the path of a city's export by its file name; skip the test where it is absent."""

    def find(name: str) -> Path:
        path = REAL_EXPORTS / name
        if not path.exists():
            pytest.skip(f"the real export {name} is not in {REAL_EXPORTS}")
        return path

    return find


@pytest.fixture(scope="session")
def _empty_store(tmp_path_factory) -> Path:
    """An MLflow database without runs, made once: making its tables takes seconds."""
    import mlflow

    path = tmp_path_factory.mktemp("empty_store") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{path.as_posix()}").search_experiments()
    return path


@pytest.fixture(scope="session")
def give_store(_empty_store) -> Callable[[Path], None]:
    """Put an empty tracking store into a workspace folder, as its first training would."""

    def give(workspace: Path) -> None:
        (workspace / "mlflow").mkdir(parents=True, exist_ok=True)
        shutil.copy(_empty_store, workspace / "mlflow" / "mlflow.db")

    return give
