"""dvc.yaml says what pipelines/steps.py says, and DVC reads it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from infraction_model.pipelines.steps import BY_NAME

ROOT = Path(__file__).resolve().parents[1]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
# The journal of runs and the decision what to use: the head of dvc.yaml says why.
NO_ARTEFACT = "mlflow"
NO_STAGE = "promote"


def in_demo(artefacts: tuple[str, ...]) -> set[str]:
    """Where the artefacts of a step lie for the made town."""
    return {
        f"{name}/demo" if name == "models" else f"data/demo/{name}"
        for name in artefacts
        if name != NO_ARTEFACT
    }


def test_every_step_is_a_stage():
    assert list(STAGES) == [name for name in BY_NAME if name != NO_STAGE]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reads_and_writes_what_its_step_does(name):
    stage, step = STAGES[name], BY_NAME[name]
    assert stage["cmd"].split()[:2] == ["infraction-model", name]
    assert set(stage["deps"]) == {"src/infraction_model", "conf"} | in_demo(step.reads)
    assert written_by(stage) == in_demo(step.writes)


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
