from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from infraction_model import parameters as configuration
from infraction_model.io.workspace import Workspace
from infraction_model.pipelines import simulate as pipeline
from infraction_model.pipelines.town import TownData


@pytest.fixture
def parameters(tmp_path, small_parameters):
    data = {
        "name": "small", "title": "Petit-Vallois", "timezone": "Europe/Paris", "calendar": {},
        "exposure": "recorded", "min_fines": 0, "fines": {"path": "x.csv"},
        "zones": {"kind": "file", "path": "x.geojson", "id": "id"},
    }  # fmt: skip
    return pipeline.Parameters(
        workspace=tmp_path / "small",
        data=configuration.read(TownData, data),
        simulation=small_parameters,
    )


def files(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(workspace.root.rglob("*.*"))}


def test_the_files_are_those_of_the_town_and_the_same_each_time(parameters, small, capsys):
    workspace = Workspace(parameters.workspace)
    pipeline.run(parameters)
    first = files(workspace)
    assert {name: first[name] for name in small.raw} == dict(small.raw)
    assert set(first) - set(small.raw) == {
        "rates.parquet", "zones.parquet", "fines.parquet", "occupancy.parquet",
            "lapses.parquet",
    }  # fmt: skip
    for name, frame in small.truth.items():
        written = pd.read_parquet(workspace.truth / f"{name}.parquet")
        assert written.columns.tolist() == frame.columns.tolist()
        assert len(written) == len(frame)
    rates = pd.read_parquet(workspace.truth / "rates.parquet")
    pd.testing.assert_frame_equal(rates, small.truth["rates"], check_exact=True)
    pipeline.run(parameters)
    assert files(workspace) == first
    assert f"{len(small.fines)} fines" in capsys.readouterr().out


def test_another_seed_takes_the_place_of_the_first(parameters):
    workspace = Workspace(parameters.workspace)
    pipeline.run(parameters)
    first = files(workspace)
    other = dataclasses.replace(parameters.simulation, seed=7)
    pipeline.run(dataclasses.replace(parameters, simulation=other))
    second = files(workspace)
    assert set(second) == set(first)
    # nobody's payers lapse in either
    same = {name for name in first if first[name] == second[name]}
    assert same <= {"alias_rues.csv", "lapses.parquet"}


def test_a_failure_half_way_leaves_the_last_town_whole(parameters, small):
    workspace = Workspace(parameters.workspace)
    pipeline.run(parameters)
    before = files(workspace)
    broken = dict(small.raw) | {"last.csv": None}
    with pytest.raises(TypeError):
        pipeline.write_raw(broken, workspace.raw)
    assert files(workspace) == before
    assert sorted(path.name for path in workspace.root.iterdir()) == ["raw", "truth"]
