"""dvc.yaml says what pipelines/steps.py says, and DVC reads it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from infraction_model.pipelines.steps import BY_NAME
from infraction_model.reports.backtest_tables import curves
from reports.test_backtest_tables import FOUND

ROOT = Path(__file__).resolve().parents[1]
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES, PLOTS = DVC["stages"], [plot for plot in DVC["plots"] if isinstance(plot, dict)]
# The journal of runs: the head of dvc.yaml says why.
NO_ARTEFACT = "mlflow"


def in_demo(artefacts: tuple[str, ...]) -> set[str]:
    """Where the artefacts of a step lie for the made town."""
    return {
        f"{name}/demo" if name == "models" else f"data/demo/{name}"
        for name in artefacts
        if name != NO_ARTEFACT
    }


def test_every_step_is_a_stage():
    stages = [name for name, step in BY_NAME.items() if step.kind in ("stage", "study")]
    assert list(STAGES) == stages


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reads_and_writes_what_its_step_does(name):
    stage, step = STAGES[name], BY_NAME[name]
    assert stage["cmd"].split()[:4] == ["infraction-model", name, "--config-dir", "conf"]
    assert set(stage["deps"]) == {"src/infraction_model"} | in_demo(step.reads)
    assert written_by(stage) == in_demo(step.writes)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_runs_again_when_a_file_of_conf_that_it_composes_has_changed(name):
    overrides = dict(re.findall(r" (\w+)=(\w+)", STAGES[name]["cmd"]))
    expected = {f"conf/{name}.yaml"}
    for default in yaml.safe_load((ROOT / "conf" / f"{name}.yaml").read_text("utf-8"))["defaults"]:
        if isinstance(default, str):
            expected |= set() if default == "_self_" else {f"conf/{default}.yaml"}
            continue
        [(group, option)] = default.items()
        if option is not None and "optional" not in group:
            expected.add(f"conf/{group}/{overrides.get(group, option)}.yaml")
    params = [file for entry in STAGES[name]["params"] for file in entry]
    assert sorted(params) == sorted(expected)
    for file in params:
        # DVC keeps the values in its lock file, as JSON
        json.dumps(yaml.safe_load((ROOT / file).read_text(encoding="utf-8")))


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: next(iter(plot)))
def test_a_plot_draws_columns_that_a_backtest_writes(plot):
    [about] = plot.values()
    for path, columns in about["y"].items():
        assert path in written_by(STAGES["backtest"])
        name = Path(path).stem.removeprefix("backtest_")
        found = json.loads(json.dumps(FOUND).replace("constant", "empirical_bayes"))
        table = pd.read_csv(io.StringIO(curves(found)[name]))
        assert {about["x"], *columns} <= set(table.select_dtypes("number").columns)


def written_by(stage: dict) -> set[str]:
    outs = [*stage["outs"], *stage.get("metrics", ())]
    return {path for out in outs for path in (out if isinstance(out, dict) else [out])}


def test_dvc_sees_each_stage_after_those_it_reads_from():
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "dag", "--mermaid"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = dict(re.findall(r'(node\d+)\["(\w+)"\]', done.stdout))
    arrows = re.findall(r"(node\d+)-->(node\d+)", done.stdout)
    expected = {
        (earlier, later)
        for earlier in STAGES
        for later in STAGES
        if in_demo(BY_NAME[earlier].writes) & in_demo(BY_NAME[later].reads)
    }
    assert set(names.values()) == set(STAGES)
    assert {(names[earlier], names[later]) for earlier, later in arrows} == expected
