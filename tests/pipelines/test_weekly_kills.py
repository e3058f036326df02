"""A machine can be switched off at any moment: what is published is last week's or this week's."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infraction_model import cli
from infraction_model.io.publications import Publications

pytestmark = pytest.mark.timeout(900)
KILLS = 60
LOOP = Path(__file__).with_name("kill_loop.py")
QUICK = ["estimator=empirical_bayes", "patrol.routing.iterations=20"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory, give_store):
    """The workspace and what each run of the loop left."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    folder = tmp_path_factory.mktemp("kills")
    town, models = folder / "town", folder / "models"
    give_store(town)
    where = [f"workspace={town}", f"models={models}"]
    assert cli.main(["simulate", f"workspace={town}", "simulation=small"]) == 0
    assert cli.main(["weekly", *where, *QUICK, "origin=2023-05-01"]) == 0
    origins = "2023-05-08,2023-05-15"
    done = subprocess.run(
        [sys.executable, LOOP, town, models, origins, str(KILLS)],
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return town, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_kill_leaves_the_old_publication_or_the_new_one(runs):
    _, lines = runs
    cut = [line for line in lines if line["killed"]]
    assert len(cut) >= KILLS
    for line in cut:
        week, _, edition = line["before"].partition("_")
        following = f"{week}_{int(edition or 1) + 1}"
        target = {"2023-05-08": "2023-05-15", "2023-05-15": "2023-05-22"}[line["origin"]]
        assert line["after"] in {line["before"], following, target}
    assert len({line["after"] for line in cut}) > 2


def test_the_next_run_completes(runs):
    _, lines = runs
    whole = [line for line in lines if not line["killed"]]
    assert len(whole) > 10
    assert [line for line in whole if line["code"] != 0] == []


def test_every_publication_there_is_is_whole(runs):
    town, _ = runs
    publications = Publications(town / "publications")
    assert len(publications.all()) > 3
    for one in publications.all():
        folder = publications.folder(one)
        record = json.loads((folder / "publication.json").read_text(encoding="utf-8"))
        for name, digest in record["files"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_nothing_half_written_is_left(runs):
    town, _ = runs
    left = [path.name for path in town.rglob(".*") if path.suffix in (".tmp", ".old")]
    assert left == []
    assert not [path for path in (town / "publications").iterdir() if path.name.startswith(".")]
