"""A backtest with a question is kept, and what was kept gives the same figures and a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import small_town
from infraction_model.cli import main
from infraction_model.io.bundles import read_bundle
from infraction_model.io.panels import write_panel

QUICK = (
    "estimator=exposure_gbm",
    "estimator.max_trees=15",
    "estimator.num_leaves=5",
    "features.names=[eb_rate_13w_s2,hour_of_day]",
    "compare=[defaults,empirical_bayes]",
    "folds.weeks=2",
    "folds.random_split=false",
)


def workspace_in(folder: Path, **settings) -> str:
    write_panel(small_town.panel(weeks=30, per_week=80, **settings), folder / "panel")
    return f"workspace={folder}"


def result_of(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """The folder of an experiment, made in a workspace that is gone by now."""
    root = tmp_path_factory.mktemp("kept")
    words = [workspace_in(root / "demo"), f"experiments={root / 'experiments'}", *QUICK]
    words += ["question=Small trees, isn't it (5 leaves): enough?", "tracking=none", "language=en"]
    assert main(["backtest", *words]) == 0
    return root / "experiments" / "0001-small-trees-isn-t-it-5-leaves-enough"


def test_an_experiment_says_what_was_asked_and_what_came_of_it(kept):
    page, result = (kept / "README.md").read_text(encoding="utf-8"), result_of(kept)
    assert page.startswith("# 0001 – Small trees, isn't it (5 leaves): enough?\n")
    assert f"log loss {result['figures']['log_loss']['value']:.4f}" in page
    assert "| `estimator.num_leaves` | 5 | 31 |" in page
    assert result["again"] in page
    assert result["origin"] in (kept / "overrides.yaml").read_text(encoding="utf-8")
    assert [one["other"] for one in result["against"]] == ["defaults", "empirical_bayes"]
    assert result["best_baseline"] == "empirical_bayes"


def test_its_command_gives_the_figures_again_to_the_bit(kept, tmp_path):
    # another workspace, another folder to stand in, and a later panel would not move the origin
    own = [workspace_in(tmp_path / "elsewhere"), f"experiments={tmp_path}", "tracking=none"]
    command = result_of(kept)["again"].split()[1:]
    assert command[0] == "backtest"
    assert main([*command, *own, "question=again"]) == 0
    first, again = result_of(kept), result_of(tmp_path / "0001-again")
    for name in ("figures", "against", "sums_by_week", "loss_by_zone", "settings", "weeks"):
        assert again[name] == first[name], name
    assert again["data_fingerprint"] == first["data_fingerprint"]
    assert main([*command, *own, "question=other", "estimator.seed=2"]) == 0
    assert result_of(tmp_path / "0002-other")["figures"] != first["figures"]


def test_train_takes_the_model_of_an_experiment_and_not_its_weeks(kept, tmp_path, give_store):
    own = workspace_in(tmp_path / "demo")
    give_store(tmp_path / "demo")
    models = tmp_path / "models"
    assert main(["train", own, f"experiment={kept}", f"models={models}"]) == 0
    [bundle] = [path for path in (models / "demo").iterdir() if path.is_dir()]
    forecaster = read_bundle(bundle)
    assert forecaster.estimator_parameters.num_leaves == 5
    assert forecaster.estimator.features == ("eb_rate_13w_s2", "hour_of_day")
    assert forecaster.trained_origin == small_town.panel(weeks=30, per_week=80).end_week


def test_the_settings_of_the_model_are_those_of_the_backtest(kept):
    whole, model = (
        yaml.safe_load((kept / name).read_text(encoding="utf-8"))
        for name in ("overrides.yaml", "model.yaml")
    )
    assert set(whole) - set(model) == {"origin", "compare", "data", "folds"}
    assert {key: whole[key] for key in model} == model


def test_a_question_without_words_is_refused_before_anything_is_read(tmp_path, capsys):
    assert main(["backtest", f"workspace={tmp_path}", "question='?'"]) == 2
    assert "expected a few words" in capsys.readouterr().err
