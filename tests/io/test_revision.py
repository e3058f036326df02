"""The revision that runs, in a repository of our own making."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infraction_model.io import revision as module
from infraction_model.io.revision import Revision


def git(folder: Path, *arguments: str) -> str:
    names = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *names, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in a repository, with its conf/, all committed."""
    package = tmp_path / "src" / "package"
    for path in (package / "errors.py", tmp_path / "conf" / "train.yaml", tmp_path / "README.md"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    monkeypatch.setattr(module, "_PACKAGE", package)
    return package


def found() -> Revision | None:
    return module.revision.__wrapped__()


def test_what_was_committed_is_clean_whatever_else_changed(package, tmp_path):
    (tmp_path / "README.md").write_text("other words")
    assert found() == Revision(git(tmp_path, "rev-parse", "HEAD"), dirty=False)


@pytest.mark.parametrize("path", ["src/package/errors.py", "src/package/new.py", "conf/train.yaml"])
def test_code_and_conf_that_are_not_as_committed_are_dirty(package, tmp_path, path):
    (tmp_path / path).write_text("a: 2\n")
    assert found() == Revision(git(tmp_path, "rev-parse", "HEAD"), dirty=True)


def test_a_package_installed_below_some_other_repository_has_no_revision(package, tmp_path):
    git(tmp_path, "rm", "--quiet", "-r", "--cached", "src")
    git(tmp_path, "commit", "--quiet", "-m", "no code of ours")
    assert found() is None


def test_where_git_is_not_installed_there_is_none(package, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert found() is None
