"""The audit of dependencies finds each kind of problem, and none in this checkout."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("audit", SCRIPTS / "audit_dependencies.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PINS = ["# by hand", "numpy==2.4.6 ; python_version >= '3'", "PyYAML==6.0.2"]
WANTED = ["numpy>=2.2", "pyyaml>=6"]
BAD = [{"package": "pyyaml", "versions": "<5.4", "advisory": "CVE-1", "why": "runs code"}]
HERE = {"numpy": "2.4.6", "pyyaml": "6.0.2", "pip": "25", "infraction-model": "0.1.0"}


def test_sound_pins_have_no_problem(script):
    assert list(script.audit(PINS, WANTED, BAD, HERE)) == []


@pytest.mark.parametrize(
    "change, said",
    [
        ({"lines": [*PINS, "scipy>=1.17"]}, "line 4: scipy>=1.17 is no exact pin"),
        ({"lines": [*PINS, "scipy==1.*"]}, "is no exact pin"),
        ({"lines": [*PINS, "scipy @ file:///x.whl"]}, "is no exact pin"),
        ({"lines": [*PINS, "not a pin at all"]}, "line 4"),
        ({"wanted": [*WANTED, "scipy>=1"]}, "names scipy, but constraints.txt does not pin it"),
        ({"wanted": ["numpy>=2.5"]}, "does not satisfy pyproject.toml"),
        ({"bad": [{**BAD[0], "versions": "<6.1"}]}, "known to be bad (CVE-1: runs code)"),
        ({"installed": {**HERE, "numpy": "2.4.5"}}, "numpy 2.4.5 is installed"),
        ({"installed": {**HERE, "left-pad": "1"}}, "left-pad 1 is installed but not pinned"),
    ],
)
def test_each_problem_is_said(script, change, said):
    given = {"lines": PINS, "wanted": WANTED, "bad": BAD, "installed": HERE} | change
    problems = list(script.audit(**given))
    assert any(said in problem for problem in problems), problems


def test_the_list_of_bad_versions_is_sound():
    entries = tomllib.loads((SCRIPTS / "known_bad_versions.toml").read_text("utf-8"))["bad"]
    assert len({entry["advisory"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) == {"package", "versions", "advisory", "why"}
        assert SpecifierSet(entry["versions"])


def test_this_checkout_has_no_problem(script, capsys):
    assert script.main() == 0, capsys.readouterr().err
