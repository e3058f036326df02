"""The whole chain through the command line, on the small made town: raw exports in, a map out."""

import json
import shutil

import mlflow
import pandas as pd
import pytest

from infraction_model import cli
from infraction_model.io.tracking import Tracking, TrackingParameters
from infraction_model.schema import validate

QUICK = [
    "estimator=stack",
    "estimator.exposure_gbm.max_trees=40",
    "estimator.exposure_gbm.min_data_in_leaf=30",
]
BASELINES = "[empirical_bayes,bare_mean,constant]"
LAST_MONDAY = "2023-05-22"  # the made town ends its 20 weeks on the Sunday before


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="module")
def run(folder):
    """Run a command in the chain's workspace; gives its exit code."""
    town = [f"workspace={folder / 'town'}"]
    models = [f"models={folder / 'models'}"]

    def command(name: str, *overrides: str) -> int:
        with_models = models if name in ("train", "promote", "score") else []
        return cli.main([name, *town, *with_models, *overrides])

    return command


@pytest.fixture(scope="module")
def town(run, folder, give_store):
    """The workspace once every step has run."""
    give_store(folder / "town")
    steps = [
        ("simulate", "simulation=small"),
        ("ingest",),
        ("panel",),
        ("factors",),
        ("train", *QUICK),
        ("backtest", *QUICK, "folds.weeks=2", f"compare={BASELINES}"),
        ("promote",),
        ("score",),
        ("plan", "patrol.routing.iterations=500"),
        ("map",),
    ]
    for name, *overrides in steps:
        assert run(name, *overrides) == 0, name
    return folder / "town"


def _scores(town) -> pd.DataFrame:
    [path] = (town / "scores").glob("*.parquet")
    return pd.read_parquet(path)


def test_scores_cover_every_zone_and_hour_of_the_week_after_next(town):
    scores = validate("scores", _scores(town))
    zones = pd.read_parquet(town / "tables" / "zones.parquet")
    assert len(scores) == len(zones) * 168
    local = scores["starts_at"].dt.tz_localize(None)
    assert local.min() == pd.Timestamp("2023-05-29")
    assert local.max() == pd.Timestamp("2023-06-04 23:00")
    assert set(scores["exposure_basis"]) == {"recorded", "extrapolated"}
    assert scores["infraction_probability"].between(0, 1).all()


def test_the_map_shows_the_scored_week(town):
    page = town / "maps" / "2023-05-29" / "index.html"
    assert "http://" not in page.read_text(encoding="utf-8").split("<script")[0]
    ranked = pd.read_csv(page.with_name("ranked.csv"), sep=";", encoding="utf-8-sig", decimal=",")
    best = _scores(town).query("exposure_basis == 'recorded'")["expected_infractions"].max()
    numbers = ranked.select_dtypes("number")
    assert (abs(numbers.iloc[0] - best) < 0.01).any()


def test_the_backtest_judges_against_baselines_and_the_made_towns_truth(town):
    report = json.loads((town / "reports" / "backtest.json").read_text(encoding="utf-8"))
    means = pd.DataFrame(report["means"]).T
    assert list(means.index) == ["stack", "empirical_bayes", "bare_mean", "constant"]
    assert (means["log_loss"] > means["true_log_loss"] - 0.03).all()
    assert (
        means.loc["empirical_bayes", "excess_log_loss"] < means.loc["bare_mean", "excess_log_loss"]
    )
    assert "empirical-Bayes rate" in report["in_words"]["en"][0]
    assert "taux bayésien empirique" in report["in_words"]["fr"][0]
    assert (town / "reports" / "backtest.png").read_bytes().startswith(b"\x89PNG")
    page = (town / "reports" / "backtest.html").read_text(encoding="utf-8")
    assert report["in_words"]["fr"][0].split(":")[0] in page


def test_every_trained_model_has_its_card(town, folder):
    [card] = (folder / "models" / "town").glob("*stack*/model_card.json")
    content = json.loads(card.read_text(encoding="utf-8"))
    assert content["bundle"] == card.parent.name
    assert content["held_out"]["comparisons"][0]["other"] == "empirical_bayes"
    assert content["backtest"] is None  # it was trained before it was judged
    names = {path.name for path in card.parent.glob("model_card.*")}
    assert names == {f"model_card.{end}" for end in ("json", "md", "html", "png")}


def test_a_week_is_scored_the_same_whatever_became_known_after_its_origin(town, run):
    """The command itself at a past origin, before and after the export loses its later rows."""
    origin = "origin=2023-05-01"
    assert run("train", origin, "estimator=empirical_bayes") == 0
    assert run("score", origin, "model=challenger") == 0
    path = town / "scores" / "2023-05-08.parquet"
    before = pd.read_parquet(path)
    fines_path = town / "tables" / "fines.parquet"
    fines = pd.read_parquet(fines_path)
    known = fines["recorded_at"] < pd.Timestamp("2023-05-01", tz="Europe/Paris")
    assert 0 < known.sum() < len(fines)
    fines[known].to_parquet(fines_path)
    try:
        assert run("panel") == 0
        assert run("train", origin, "estimator=empirical_bayes") == 0
        assert run("score", origin, "model=challenger") == 0
    finally:
        fines.to_parquet(fines_path)
        assert run("panel") == 0
    pd.testing.assert_frame_equal(pd.read_parquet(path), before, check_exact=True)
    path.unlink()


def test_training_again_gives_the_same_bundle_to_the_bit(town, run, folder, capsys):
    before = {path.name for path in (folder / "models" / "town").iterdir()}
    assert run("train", *QUICK) == 0
    assert "Created version" not in capsys.readouterr().err
    assert {path.name for path in (folder / "models" / "town").iterdir()} == before
    [card] = (folder / "models" / "town").glob("*stack*/model_card.json")
    judged = json.loads(card.read_text(encoding="utf-8"))["backtest"]
    assert len(judged["weeks"]) == 2  # by now a backtest of the same settings lies in the workspace


def test_a_sweep_lands_as_one_run_each(town, run):
    tracking = Tracking(TrackingParameters(), town / "mlflow", "town")
    before = len(_runs(tracking))
    assert run("train", "--multirun", "estimator=empirical_bayes,bare_mean") == 0
    kinds = [run.data.params["estimator.kind"] for run in _runs(tracking)]
    assert len(kinds) == before + 2
    assert {"empirical_bayes", "bare_mean"} < set(kinds)


def _runs(tracking: Tracking) -> list[mlflow.entities.Run]:
    experiment = tracking.client.get_experiment_by_name("infraction-model")
    return tracking.client.search_runs([experiment.experiment_id])


def test_a_workspace_that_was_moved_scores_and_trains_on(town, folder, tmp_path):
    moved = tmp_path / "town"
    shutil.copytree(town, moved)
    here = [f"workspace={moved}", f"models={folder / 'models'}"]
    assert cli.main(["score", *here]) == 0
    before = sorted((town / "mlflow").rglob("*"))
    assert cli.main(["train", *here, "estimator=empirical_bayes", "origin=2023-05-01"]) == 0
    assert sorted((town / "mlflow").rglob("*")) == before
    tracking = Tracking(TrackingParameters(), moved / "mlflow", "town")
    assert all(run.info.artifact_uri.startswith(moved.as_uri()) for run in _runs(tracking))


def test_a_backtest_is_a_run_with_its_words_and_its_report(town):
    tracking = Tracking(TrackingParameters(), town / "mlflow", "town")
    [run] = [run for run in _runs(tracking) if run.data.tags["kind"] == "backtest"]
    report = json.loads((town / "reports" / "backtest.json").read_text(encoding="utf-8"))
    assert run.info.run_name == "2023-05-22 backtest stack, 2 weeks"
    loss = report["intervals"]["stack"]["log_loss"]
    metrics = run.data.metrics
    assert metrics["log_loss"] == loss["value"]
    assert metrics["intervals/log_loss_lower"] == loss["lower"]
    assert metrics["others/bare_mean_log_loss"] == report["means"]["bare_mean"]["log_loss"]
    steps = tracking.client.get_metric_history(run.info.run_id, "by_week/log_loss")
    by_week = {row["target_week"]: row for row in report["by_week"] if row["estimator"] == "stack"}
    assert [step.value for step in steps] == [row["log_loss"] for row in by_week.values()]
    assert report["in_words"]["fr"][0] in run.data.tags["mlflow.note.content"]
    assert run.data.params["estimator.exposure_gbm.max_trees"] == "40"
    kept = {file.path for file in tracking.client.list_artifacts(run.info.run_id, "report")}
    assert {"report/backtest.html", "report/backtest.png"} <= kept


def test_a_backtest_without_a_store_of_runs_needs_none(town, run, folder, monkeypatch):
    def opened(*arguments, **options):
        raise AssertionError("a store was opened")

    monkeypatch.setattr("infraction_model.pipelines.run_records.Tracking", opened)
    quick = ["estimator=empirical_bayes", "compare=[]", "folds.weeks=2", "folds.random_split=false"]
    with pytest.raises(AssertionError, match="opened"):
        cli.main(["backtest", f"workspace={town}", *quick])
    reports = {path: path.read_bytes() for path in (town / "reports").glob("backtest.*")}
    try:
        assert run("backtest", "tracking=none", *quick) == 0
    finally:
        for path, content in reports.items():
            path.write_bytes(content)


@pytest.mark.parametrize(
    ("command", "overrides", "said"),
    [
        ("train", ["origin=2023-05-23"], "nearest Monday is 2023-05-22"),
        ("train", ["origin=2023-01-09"], "weeks can teach"),
        ("score", ["origin=2023-05-01"], "knows what came later"),
        ("score", ["model=no-such-bundle"], "holds no model bundle"),
        ("train", ["features.names=[zone_rate_52]"], "Did you mean 'zone_rate_52w'"),
        (
            "train",
            ["estimator=exposure_gbm", "estimator.learning_rate=-1"],
            "estimator.learning_rate",
        ),
        ("train", ["estimator=exposure_gbm", "+estimator.learning_rat=0.1"], "learning_rate"),
        (
            "train",
            ["estimator=exposure_gbm", "estimator.offset=eb_rate_13w"],
            "Did you mean 'eb_rate_13w_s",
        ),
        ("train", ["features.names=[weekday,weekday]"], "named twice"),
        ("train", ["features.names=[]"], "at least one feature"),
        ("train", ["estimator=empirical_bayes", "estimator.candidates=[]"], "at least one feature"),
        ("train", ["data.timezone=Europe/Pariss"], "Did you mean 'Europe/Paris'"),
        ("train", ["data.calendar.country=FRA2"], "data.calendar.country"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(town, run, capsys, command, overrides, said):
    assert run(command, *overrides) in (2, 5, 6)
    errors = capsys.readouterr().err
    assert said in errors
    assert "Traceback" not in errors
