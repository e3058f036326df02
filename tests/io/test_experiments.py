"""Experiments on disk: numbers that no two share, folders that are whole, names people type."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from infraction_model.errors import ConfigError, InputError, MissingArtefactError
from infraction_model.io.experiments import read_experiments, slug, write_experiment
from infraction_model.io.json_files import json_text
from made_experiments import result


def write(root: Path, question: str, **other) -> Path:
    text = json_text(result(question=question, **other))
    return write_experiment(root, question, lambda name: {"result.json": text, "README.md": name})


def test_a_question_becomes_the_name_of_a_folder():
    assert slug("Été : les PETITS arbres, assez ?") == "ete-les-petits-arbres-assez"
    assert len(slug("word " * 40)) <= 60
    assert not slug("word " * 40).endswith("-")
    with pytest.raises(ConfigError, match="question='\\?!'"):
        slug("?!")


def test_numbers_go_on_after_the_highest(tmp_path):
    (tmp_path / "README.md").write_text("not an experiment")
    (tmp_path / "0007-kept").mkdir()
    (tmp_path / "12-too-short").mkdir()
    assert write(tmp_path, "Next").name == "0008-next"
    assert write(tmp_path, "Next").name == "0009-next"
    assert (tmp_path / "0009-next" / "README.md").read_text() == "0009-next"


def test_an_experiment_that_fails_leaves_no_folder_and_no_gap(tmp_path):
    def files(name: str) -> dict[str, str]:
        raise InputError("the disk is full")

    with pytest.raises(InputError, match="disk is full"):
        write_experiment(tmp_path, "lost", files)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    assert write(tmp_path, "kept").name == "0001-kept"


def _write_some(root: Path) -> None:
    for _ in range(5):
        write(root, "at once")


def test_two_processes_at_once_get_numbers_of_their_own(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_write_some, args=(tmp_path,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    names = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert names == [f"{number:04d}-at-once" for number in range(1, 11)]
    assert len(read_experiments(tmp_path, [])) == 10


def test_an_experiment_is_found_by_number_name_or_path(tmp_path):
    for question in ("small trees", "large trees", "small trees"):
        write(tmp_path, question)
    for wanted in ("2", "0002", "large-trees", "0002-large-trees", "experiments/0002-large-trees/"):
        assert list(read_experiments(tmp_path, [wanted])) == ["0002-large-trees"]
    assert list(read_experiments(tmp_path, ["3", "1", "3"])) == [
        "0003-small-trees",
        "0001-small-trees",
    ]
    assert len(read_experiments(tmp_path, [])) == 3


def test_one_that_is_not_there_or_not_clear_is_said(tmp_path):
    for question in ("small trees", "small trees"):
        write(tmp_path, question)
    with pytest.raises(ConfigError, match="0001-small-trees, 0002-small-trees: give the number"):
        read_experiments(tmp_path, ["small-trees"])
    with pytest.raises(MissingArtefactError, match="no experiment '0001-small-tree'") as missing:
        read_experiments(tmp_path, ["0001-small-tree"])
    assert "Did you mean '0001-small-trees'?" in str(missing.value)


def test_a_folder_that_is_no_experiment_of_this_software_is_refused(tmp_path):
    (tmp_path / "0001-empty").mkdir()
    with pytest.raises(InputError, match=r"0001-empty holds no result\.json"):
        read_experiments(tmp_path, ["1"])
    write(tmp_path, "older", format=0)
    with pytest.raises(InputError, match="expected an experiment of format 1, got 0"):
        read_experiments(tmp_path, ["2"])
