"""Three cities' own exports through the command line, judged on their last four weeks."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infraction_model import cli
from infraction_model.io.panels import read_panel
from infraction_model.timegrid import monday

# An export, how many zones must be modelled, and by how much the model must beat the baseline.
CITIES = {
    "manchester": ("manchester_pcn_2021-12_2022-10.csv.gz", 400, 0.02),
    "san_francisco": ("sanfrancisco_citations_2023-01_2023-06.csv.gz", 1_000, 0.02),
    "philadelphia": ("philadelphia_tickets_2013-06_2013-09.parquet", 600, 0.02),
}

pytestmark = pytest.mark.real_data


@pytest.fixture(params=CITIES)
def city(request, real_export, tmp_path):
    """Name, settings and panel folder of a city, ingested whole."""
    path = real_export(CITIES[request.param][0])
    town = [f"workspace={tmp_path / request.param}", f"data={request.param}"]
    assert cli.main(["ingest", *town, f"data.fines.path={path}"]) == 0
    assert cli.main(["panel", *town]) == 0
    assert cli.main(["factors", *town]) == 0
    return request.param, town, tmp_path / request.param


def test_forecasts_of_the_last_four_weeks_beat_the_empirical_bayes_rate(city):
    """The backtest: every week from its own origin; then train and score at the first of them."""
    name, town, workspace = city
    _, zones, margin = CITIES[name]
    quick = ["folds.random_split=false", "compare=[empirical_bayes,bare_mean,constant]"]
    assert cli.main(["backtest", *town, *quick]) == 0
    report = json.loads(Path(workspace, "reports", "backtest.json").read_text("utf-8"))
    loss = {estimator: figures["log_loss"] for estimator, figures in report["means"].items()}
    assert report["zones"] > zones
    assert loss["exposure_gbm"] < (1 - margin) * loss["empirical_bayes"]
    assert loss["empirical_bayes"] < 0.9 * loss["constant"]
    assert loss["empirical_bayes"] < loss["bare_mean"]
    single = _losses_of_one_score(town, workspace)
    print(f"{name}: scored once, four weeks before the end: {single}")
    assert single["exposure_gbm"] < (1 - margin) * single["empirical_bayes"]


def _losses_of_one_score(town: list[str], workspace: Path) -> dict[str, float]:
    """Log loss of `score` at the origin four weeks before the end, on its whole target week."""
    panel = read_panel(workspace / "panel")
    origin = monday(panel.end_week - 4)
    models = f"models={workspace / 'models'}"
    losses = {}
    for estimator in ("exposure_gbm", "empirical_bayes"):
        train = [f"origin={origin}", models, f"estimator={estimator}", "features=default"]
        assert cli.main(["train", *town, *train]) == 0
        assert cli.main(["score", *town, f"origin={origin}", models, "model=challenger"]) == 0
        target = origin + dt.timedelta(weeks=1)
        scores = pd.read_parquet(workspace / "scores" / f"{target}.parquet")
        losses[estimator] = _log_loss(scores, workspace)
    return losses


def _log_loss(scores: pd.DataFrame, workspace: Path) -> float:
    """Against the fines table itself, by wall clock: nothing of the panel or the backtest."""
    fines = pd.read_parquet(workspace / "tables" / "fines.parquet")
    issued, starts = (
        times.dt.tz_convert("UTC").dt.floor("h")
        for times in (fines["issued_at"], scores["starts_at"])
    )
    found = set(zip(fines["zone_id"], issued, strict=True))
    hit = np.array([cell in found for cell in zip(scores["zone_id"], starts, strict=True)])
    probability = scores["infraction_probability"].to_numpy()
    return float(-np.mean(np.log(np.where(hit, probability, 1 - probability))))
