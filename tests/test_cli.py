"""The command line, driven in this process with a small step and YAML files of the user's own."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from infraction_model import cli, parameters, timegrid
from infraction_model.errors import (
    MissingArtefactError,
    NotEnoughDataError,
    PublishedWithFallback,
)
from infraction_model.pipelines import console
from infraction_model.pipelines.steps import BY_NAME, STEPS, Step


@dataclass(frozen=True)
class Town:
    name: str
    title: str = "Town"


@dataclass(frozen=True)
class Trees:
    kind: Literal["trees"] = "trees"
    learning_rate: float = 0.05
    leaves: int = 31


@dataclass(frozen=True)
class Rate:
    kind: Literal["rate"] = "rate"
    half_life_weeks: float = 26.0


@dataclass(frozen=True)
class ToyParameters:
    workspace: Path
    data: Town
    origin: dt.date | None = None
    seed: int = 0
    method: parameters.one_of(Trees, Rate) = field(default_factory=Trees)


FILES = {
    "toy.yaml": """
        defaults:
          - common
          - data: here
          - method: trees
          - _self_
          - experiment: null
          - optional local@_global_: default

        # a Monday; nothing known later is read
        origin: null
        seed: 0  # of every random draw
        """,
    "data/here.yaml": """
        # a town of four streets

        name: here  # folder of the town
        title: Ici  # as people call it
        """,
    "data/unset.yaml": "name: unset  # name\ntitle: ???  # title\n",
    "data/slip.yaml": "name: slip\ntitel: Ici\n",
    "data/broken.yaml": "name: a\n b: [1\n",
    "data/twice.yaml": "name: a\nname: b\n",
    "method/trees.yaml": """
        # boosted trees

        kind: trees  # which method
        learning_rate: 0.05  # how much each tree
                             # corrects the last
        leaves: 31  # leaves of a tree
        """,
    "method/rate.yaml": """
        # the decayed rate

        kind: rate  # which method
        half_life_weeks: 26.0  # weeks after which a fine counts half
        """,
    "experiment/small_trees.yaml": """
        # @package _global_
        # do small trees do as well?

        defaults:
          - override /method: trees

        method:
          leaves: 7
        """,
    "experiment/other_command.yaml": """
        # @package _global_
        defaults:
          - override /folds: many
        """,
    "experiment/slip.yaml": "# @package _global_\nmethod:\n  leafs: 7\n",
}


def write_files(folder: Path) -> Path:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = text.strip("\n").split("\n")
        indent = len(lines[0]) - len(lines[0].lstrip())
        path.write_text("\n".join(line[indent:] for line in lines), encoding="utf-8")
    return folder


@dataclass
class Toy:
    """Runs `infraction-model toy …` and keeps what the step was given."""

    folder: Path
    capsys: Any
    runs: list[ToyParameters] = field(default_factory=list)
    raises: Exception | None = None

    def run(self, given: ToyParameters) -> None:
        self.runs.append(given)
        if given.origin is not None:
            timegrid.week_starting(given.origin)
        if self.raises is not None:
            raise self.raises

    def __call__(self, *arguments: str) -> SimpleNamespace:
        code = cli.main(["toy", "--config-dir", str(self.folder), *arguments])
        out, err = self.capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    def refused(self, *arguments: str) -> str:
        """The message of a command line that must fail before the step runs."""
        result = self(*arguments)
        assert result.code == 2
        assert self.runs == []
        assert result.out == ""
        assert result.err.startswith("error: ")
        assert "Traceback" not in result.err
        return result.err


@pytest.fixture
def toy(tmp_path, monkeypatch, capsys) -> Toy:
    made = Toy(write_files(tmp_path / "own"), capsys)
    step = Step("toy", "do nothing much", reads=("tables",), writes=("toy",), takes_origin=True)
    module = SimpleNamespace(Parameters=ToyParameters, run=made.run)
    monkeypatch.setitem(BY_NAME, "toy", step)
    monkeypatch.setitem(sys.modules, step.module, module)
    monkeypatch.chdir(tmp_path)
    return made


def test_defaults_reach_the_step(toy):
    assert toy().code == 0
    assert toy.runs == [ToyParameters(Path("data/here"), Town("here", "Ici"))]


def test_values_of_the_command_line_are_typed(toy):
    assert toy("origin=2024-01-01", "seed=3", "method.learning_rate=1", "workspace=w").code == 0
    given = toy.runs[0]
    assert given.origin == dt.date(2024, 1, 1)
    assert (given.seed, given.method.learning_rate) == (3, 1.0)
    assert given.workspace == Path("w")


def test_a_group_is_switched(toy):
    assert toy("method=rate").code == 0
    assert toy.runs[0].method == Rate()


def test_an_experiment_is_laid_over(toy):
    assert toy("experiment=small_trees", "seed=1").code == 0
    assert toy.runs[0].method == Trees(leaves=7)
    assert toy.runs[0].seed == 1


def test_own_files_win_over_packaged_ones(toy):
    (toy.folder / "local").mkdir()
    (toy.folder / "local/default.yaml").write_text("seed: 9\n")
    (toy.folder / "data/demo.yaml").write_text("name: mine\n")
    assert toy("data=demo").code == 0
    assert toy.runs[0].data.name == "mine"
    assert toy.runs[0].seed == 9


def test_origin_must_be_a_monday(toy):
    result = toy("origin=2024-01-03")
    assert result.code == 2
    assert "2024-01-03 (a Wednesday)" in result.err
    assert "nearest Monday is 2024-01-01" in result.err


def test_origin_must_be_a_date(toy):
    assert "key 'origin'" in toy.refused("origin=yesterday")


@pytest.mark.parametrize(
    "arguments, wrong, near",
    [
        (["sede=1"], "'sede'", "'seed'"),
        (["methid=rate"], "'methid'", "'method'"),
        (["method.learning_rat=1"], "'method.learning_rat'", "'method.learning_rate'"),
        (["learning_rate=1"], "'learning_rate'", "'method.learning_rate'"),
        (["method=rate", "method.half_life=1"], "half_life'", "'method.half_life_weeks'"),
        (["+sede=1"], "'sede'", "'seed'"),
        (["++method.leafs=3"], "'method.leafs'", "'leaves'"),
        (["data=slip"], "'data.titel'", "'title'"),
        (["experiment=slip"], "'method.leafs'", "'leaves'"),
        (["method=treees"], "no method 'treees'", "'trees'"),
        (["experiment=smal_trees"], "no experiment 'smal_trees'", "'small_trees'"),
        (["--confg-dir", "x"], "flag '--confg-dir'", "'--config-dir'"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_near_one(toy, arguments, wrong, near):
    message = toy.refused(*arguments)
    assert wrong in message
    assert f"Did you mean {near}?" in message


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["seed"], "cannot read 'seed': expected key=value"),
        (["data.title=[1"], "cannot read 'data.title=[1'"),
        (["data.title=Béthune"], "\"key='a value'\""),
        (["seed=many"], "key 'seed'"),
        (["seed=${nowhere}"], "nowhere"),
        (["method=null"], "must be a string"),
        (["data=unset"], "missing key 'data.title'"),
        (["data=broken"], "broken.yaml"),
        (["data=twice"], "duplicate key name"),
        (["~seed2"], "'seed2' does not exist"),
        (["--cfg", "jib"], "expected job, hydra or all, got 'jib'"),
        (["--config-dir", "nowhere"], "there is no folder nowhere"),
        (["hydra.rum.dir=x"], "'hydra.rum.dir'"),
        (["+seed=1"], "'seed' is there already: write seed=... without the +"),
        (["+method=rate"], "'method' is there already"),
        (["seed=1,2"], "Add --multirun for one run per value"),
        (["experiment=other_command"], "sets 'folds', which toy does not have"),
        (
            ["method.kind=treees"],
            "'method.kind': there is no 'treees'. Did you mean 'trees'?",
        ),
        (["workspace="], "workspace: expected a folder"),
        (["workspace=7"], "key 'workspace': expected a path, got 7"),
    ],
)
def test_bad_input_is_one_message(toy, arguments, said):
    assert said in toy.refused(*arguments)


@pytest.mark.parametrize("argument", ["data=slip", "experiment=slip"])
def test_a_misspelt_key_of_a_file_names_the_file(toy, argument):
    assert f"It is in {toy.folder / argument.replace('=', '/')}.yaml." in toy.refused(argument)


def test_a_misspelt_key_of_ones_own_settings_names_the_file(toy):
    (toy.folder / "local").mkdir()
    (toy.folder / "local/default.yaml").write_text("sead: 9\n")
    message = toy.refused()
    assert "unknown key 'sead'. Did you mean 'seed'?" in message
    assert f"It is in {toy.folder / 'local/default.yaml'}." in message


def test_keys_of_ones_own_for_a_mapping_are_added_with_a_plus(toy):
    message = toy.refused("data={town: x}")
    assert "unknown key" not in message
    assert "Add one with +data.NAME=..." in message


def test_an_accented_value_can_be_quoted(toy):
    assert toy("data.title='Béthune, centre'").code == 0
    assert toy.runs[0].data.title == "Béthune, centre"


def test_errors_of_a_step_give_their_message_and_exit_code(toy, monkeypatch):
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    toy.raises = MissingArtefactError("panel is not there.")
    result = toy()
    assert (result.code, result.err) == (5, "error: panel is not there.\n")
    (log,) = Path("data/here/runs/toy").glob("*/toy.log")
    assert "panel is not there." in log.read_text()


def test_full_error_shows_the_traceback(toy, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    toy.raises = MissingArtefactError("panel is not there.")
    result = toy()
    assert result.code == 5
    assert "Traceback" in result.err


def test_a_full_disk_is_a_message(toy):
    toy.raises = OSError(28, "No space left on device", "scores.parquet")
    result = toy()
    assert result.code == 11
    assert result.err.startswith("error: scores.parquet: No space left on device. The disk is full")


def test_too_little_memory_is_a_message(toy):
    toy.raises = MemoryError()
    result = toy()
    assert result.code == 12
    assert result.err.startswith("error: toy ran out of memory.")


def test_a_bug_is_not_dressed_up(toy):
    toy.raises = ValueError("of our own making")
    with pytest.raises(ValueError, match="of our own making"):
        toy()


def test_a_workspace_that_cannot_be_made_is_a_message(toy):
    Path("taken").write_text("a file")
    result = toy("workspace=taken")
    assert result.code == 3
    assert "taken" in result.err
    assert "Traceback" not in result.err


def test_runs_at_once_never_share_a_folder(toy):
    for _ in range(4):
        assert toy().code == 0
    assert len(list(Path("data/here/runs/toy").iterdir())) == 4


def test_a_relative_workspace_starts_where_the_user_stands(toy, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert toy("workspace=mine").code == 0
    assert (tmp_path / "elsewhere/mine/runs/toy").is_dir()
    assert Path.cwd() == tmp_path / "elsewhere"


def test_multirun_runs_every_combination(toy):
    result = toy("--multirun", "seed=1,2", "method=trees,rate")
    assert result.code == 0
    assert [(run.seed, run.method.kind) for run in toy.runs] == [
        (1, "trees"),
        (1, "rate"),
        (2, "trees"),
        (2, "rate"),
    ]
    assert "job 3: seed=2 method=rate" in result.err
    (sweep,) = Path("data/here/runs/toy").iterdir()
    assert {path.name for path in sweep.iterdir() if path.is_dir()} == {"0", "1", "2", "3"}


def test_a_job_that_fails_does_not_stop_the_sweep(toy):
    def run(given):
        toy.runs.append(given)
        if given.seed == 1:
            raise NotEnoughDataError("seed 1 is too little.")

    sys.modules[BY_NAME["toy"].module].run = run
    result = toy("--multirun", "seed=1,2")
    assert result.code == 6
    assert "error: job 0: seed 1 is too little." in result.err
    assert [given.seed for given in toy.runs] == [1, 2]


def test_cfg_job_shows_the_configuration_and_runs_nothing(toy):
    result = toy("--cfg", "job", "seed=5")
    assert result.code == 0
    assert "seed: 5" in result.out
    assert "learning_rate: 0.05" in result.out
    assert toy.runs == []
    assert not Path("data").exists()


def test_help_of_a_command_says_every_option_in_words(toy):
    result = toy("--help")
    assert result.code == 0
    for said in (
        "do nothing much",
        "WORKSPACE/tables",
        "origin=null",
        "a Monday; nothing known later is read",
        "seed=0",
        "of every random draw",
        "data=",
        "a town of four streets",
        "method=rate|trees (now trees)",
        "method.learning_rate=0.05",
        "how much each tree corrects the last",
        "small_trees",
        "do small trees do as well?",
        "workspace=data/${data.name}",
    ):
        assert said in " ".join(result.out.split())
    assert toy.runs == []


def test_help_shows_the_group_asked_for(toy):
    shown = toy("method=rate", "--help").out
    assert "method.half_life_weeks=26.0" in shown
    assert "method.leaves" not in shown


def test_the_overview_lists_every_command(capsys):
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {step.name} " in shown and step.help in shown for step in STEPS)


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("infraction-model 0.")


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["trian"], "Did you mean 'train'?"),
        (["data=demo"], "expected a command before 'data=demo'"),
        (["--config-dir"], "--config-dir needs a value"),
    ],
)
def test_a_wrong_command_is_explained(capsys, arguments, said):
    assert cli.main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "typed, offered",
    [
        ("infraction-model ", {"simulate", "train", "score", "toy"}),
        ("infraction-model sc", {"score"}),
        ("infraction-model toy meth", {"method=", "method."}),
        ("infraction-model toy method=", {"method=trees", "method=rate"}),
        ("infraction-model toy method=rate method.h", {"method.half_life_weeks="}),
        ("infraction-model toy seed=1 or", {"origin="}),
        ("infraction-model toy experiment=sl", {"experiment=slip"}),
    ],
)
def test_tab_completion(toy, monkeypatch, typed, offered):
    words = typed.split(" ")
    if words[1] == "toy":
        typed = " ".join([words[0], "toy", "--config-dir", str(toy.folder), *words[2:]])
    monkeypatch.setenv("COMP_LINE", typed)
    assert cli.main(["-sc", "query=bash"]) == 0
    found = set(toy.capsys.readouterr().out.split())
    assert offered <= found
    if words[-1]:
        assert found == offered


def test_completion_offers_no_group_of_another_command(toy, monkeypatch):
    monkeypatch.setenv("COMP_LINE", f"infraction-model toy --config-dir {toy.folder} ")
    assert cli.main(["-sc", "query=bash"]) == 0
    found = toy.capsys.readouterr().out.split()
    assert {"seed=", "origin=", "workspace=", "data=", "method="} <= set(found)
    assert not [name for name in found if name.startswith(("hydra", "local", "simulation"))]


def test_completion_installs_for_bash(toy):
    assert cli.main(["-sc", "install=bash"]) == 0
    shown = toy.capsys.readouterr().out
    assert shown.strip().endswith("hydra_bash_completion infraction-model")


def test_steps_are_logged_beside_the_run(toy):
    def run(given):
        with console.step("counting") as done:
            done.rows = 3
        raise MissingArtefactError("panel is not there.")

    sys.modules[BY_NAME["toy"].module].run = run
    for _ in range(2):
        assert toy().code == 5
    logs = sorted(Path("data/here/runs/toy").glob("*/steps.jsonl"))
    assert len(logs) == 2
    for log in logs:
        [line] = map(json.loads, log.read_text().splitlines())
        assert (line["command"], line["step"], line["rows"]) == ("toy", "counting", 3)
        assert line["run"] == log.parent.name


@pytest.mark.parametrize("flag", ["--quiet", "-q"])
def test_quiet_says_nothing_but_errors(toy, flag):
    def run(given):
        with console.step("counting"):
            console.say("done.")
        print("from a library", file=sys.stderr)
        toy.runs.append(given)
        if given.seed == 1:
            raise NotEnoughDataError("seed 1 is too little.")

    sys.modules[BY_NAME["toy"].module].run = run
    loud, quiet = toy(), toy(flag)
    assert "counting" in loud.err
    assert "done." in loud.out
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    failed = toy("--multirun", flag, "seed=0,1")
    assert (failed.code, failed.out) == (6, "")
    assert failed.err == "error: job 1: seed 1 is too little.\n"
    assert len(toy.runs) == 4


def test_a_map_published_with_a_fallback_is_no_error_but_seen(toy):
    toy.raises = PublishedWithFallback("published with last month's model.")
    result = toy("--quiet")
    assert (result.code, result.err) == (10, "attention: published with last month's model.\n")


def everything_written() -> str:
    return "".join(p.read_text() for p in Path("data").rglob("*") if p.is_file())


def test_a_password_typed_is_refused_before_anything_is_written(toy):
    message = toy.refused("data.title='http://ann:s3cret@host'")
    assert "MLFLOW_TRACKING_PASSWORD" in message
    assert "s3cret" not in message
    assert not Path("data").exists()


def test_a_password_in_a_file_is_refused_and_copied_nowhere(toy):
    (toy.folder / "data/here.yaml").write_text("name: here\ntitle: http://ann:s3cret@host\n")
    assert "s3cret" not in toy.refused()
    assert "http://ann:***@host" in everything_written()
    assert "s3cret" not in everything_written()


def test_a_password_from_the_environment_reaches_the_step_and_no_file(toy, monkeypatch):
    monkeypatch.setenv("TOY_ADDRESS", "http://ann:s3cret@host")
    toy.raises = MissingArtefactError("http://ann:s3cret@host does not answer.")
    result = toy("data.title=${oc.env:TOY_ADDRESS}")
    assert toy.runs[0].data.title == "http://ann:s3cret@host"
    assert result.err == "error: http://ann:***@host does not answer.\n"
    assert "s3cret" not in everything_written()
