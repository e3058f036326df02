"""`tune` ends as an experiment that one command repeats to the bit."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

import small_town
from infraction_model import cli
from infraction_model.io.panels import write_panel

QUICK = [
    "tracking=none",
    "features.names=[eb_rate_13w_s2,weekday,hour_of_day]",
    "forecast.warmup_weeks=3",
    "estimator.max_trees=20",
    "estimator.min_data_in_leaf=20",
    "folds.weeks=2",
]
SEARCH = [
    "tuning.weeks=2",
    "tuning.settle_weeks=1",
    "search.space.estimator.min_data_in_leaf=null",
    "search.space.estimator.offset=null",
    "trials=2",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the workspaces `town` and `copy`, of the same panel."""
    folder = tmp_path_factory.mktemp("tune")
    panel = small_town.panel(weeks=40, per_week=120, late=0.3)
    for name in ("town", "copy"):
        write_panel(panel, folder / name / "panel")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    def command(name: str, *overrides: str, workspace: str = "town") -> int:
        where = [f"workspace={folder / workspace}"]
        return cli.main([name, *where, *overrides])

    return command


@pytest.fixture(scope="module")
def kept(run, folder) -> Path:
    """The folder of experiments after a search and a backtest of small trees."""
    root = folder / "experiments"
    where = f"experiments={root}"
    assert run("tune", where, *QUICK, *SEARCH, "language=en") == 0
    small = ["estimator=exposure_gbm", *QUICK, "estimator.num_leaves=3", "folds.random_split=false"]
    asked = ["question='Are small trees enough?'", "compare=[defaults,empirical_bayes]"]
    assert run("backtest", where, *small, *asked) == 0
    return root


def result(kept: Path, number: int) -> dict:
    [path] = kept.glob(f"{number:04d}-*/result.json")
    return json.loads(path.read_text(encoding="utf-8"))


def test_both_are_kept_under_their_questions(kept):
    names = sorted(path.name for path in kept.iterdir() if path.is_dir())
    assert names == ["0001-tune-exposure-gbm-of-demo", "0002-are-small-trees-enough"]
    for name in names:
        assert {path.name for path in (kept / name).iterdir()} == {
            "README.md",
            "overrides.yaml",
            "model.yaml",
            "result.json",
        }
    assert result(kept, 2)["question"] == "Are small trees enough?"
    assert result(kept, 2)["differs"]["estimator.num_leaves"] == [3, 31]
    assert result(kept, 1)["data_fingerprint"] == result(kept, 2)["data_fingerprint"]


def test_the_command_on_the_page_repeats_every_figure_to_the_bit(kept, run, folder, monkeypatch):
    monkeypatch.chdir(kept.parent)
    there = result(kept, 1)
    [page] = kept.glob("0001-*/README.md")
    assert f"    {there['again']}\n" in page.read_text(encoding="utf-8")
    _, *command = shlex.split(there["again"])
    assert run(*command, "tracking=none", "folds.random_split=false", workspace="copy") == 0
    report = folder / "copy" / "reports" / "backtest.json"
    again = json.loads(report.read_text(encoding="utf-8"))
    assert again["intervals"][there["estimator"]] == there["figures"]
    assert again["comparisons"] == there["against"]
    assert again["weeks"] == there["weeks"]


def test_the_search_ends_before_the_first_reported_week_was_planned(kept):
    found = result(kept, 1)
    first = dt.date.fromisoformat(found["weeks"][0])
    assert dt.date.fromisoformat(found["search"]["known_on"]) == first - dt.timedelta(weeks=1)
    last = dt.date.fromisoformat(found["search"]["weeks"][-1])
    # a week for the planning, one for the records to come in, and the week itself
    assert last == first - dt.timedelta(weeks=3)
    assert (found["search"]["finished"], len(found["search"]["weeks"])) == (2, 2)


def test_the_same_search_again_tries_nothing_and_finds_the_same(kept, run, capsys):
    assert run("tune", f"experiments={kept}", *QUICK, *SEARCH, "question=again") == 0
    assert "trial 3" not in capsys.readouterr().out
    for key in ("figures", "sums_by_week", "search", "settings"):
        assert result(kept, 3)[key] == result(kept, 1)[key]
    assert run("compare", "1", "3", f"experiments={kept}") == 0
    assert "not distinguishable" in capsys.readouterr().out


def test_the_settings_are_all_written_down(kept):
    """So that the figure stays when a default changes: no key is left to it."""
    [path] = kept.glob("0002-*/overrides.yaml")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# @package _global_\n# Are small trees enough?\n")
    written = yaml.safe_load(text)
    assert written["estimator"]["num_leaves"] == 3
    assert written["forecast"]["latent_class"]["classes"] == 14
    assert written["folds"]["weeks"] == 2
    assert written["data"]["min_fines"] == 0
    assert dt.date.fromisoformat(written["origin"]).weekday() == 0


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["search=stack", "estimator=empirical_bayes"], "fits one kind"),
        (["search.space.estimator.num_leaves.low=1"], "search.space.estimator.num_leaves"),
        (["objectives=[log_loss,log_loss]"], "named twice"),
        (["objectives=[logloss]"], "objectives"),
        (["question='!?'"], "letters or digits"),
        (["compare=[nobody]"], "no estimator 'nobody'"),
        (["tuning.refit_every=1"], "another set of settings"),
        (["search.space.estimator.num_leaves.high=99"], "another search space"),
    ],
)
def test_what_cannot_be_searched_is_said_at_once(kept, run, capsys, overrides, said):
    estimator = [] if any(one.startswith("search=") for one in overrides) else [*QUICK, *SEARCH]
    assert run("tune", f"experiments={kept}", "tracking=none", *estimator, *overrides) == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert "Traceback" not in errors


def test_two_searches_in_one_study_are_kept_apart(kept, run, folder, capsys):
    [database] = (folder / "town" / "tuning").glob("*.db")
    with FileLock(database.with_suffix(".lock")):
        assert run("tune", f"experiments={kept}", *QUICK, *SEARCH) == 9
    assert "a search in this study is going on" in capsys.readouterr().err
