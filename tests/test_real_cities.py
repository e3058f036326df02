"""Three cities' own exports through the command line, judged on their last four weeks."""

import json
from pathlib import Path

import pytest

from infraction_model import cli

# An export, how many zones it must have, and by how much the model must beat the baseline.
CITIES = {
    "manchester": ("manchester_pcn_2021-12_2022-10.csv.gz", 400, 0.02),
    "san_francisco": ("sanfrancisco_citations_2023-01_2023-06.csv.gz", 1_000, 0.02),
    "philadelphia": ("philadelphia_tickets_2013-06_2013-09.parquet", 600, 0.02),
}

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize("city", CITIES)
def test_a_forecast_four_weeks_before_the_end_beats_the_empirical_bayes_rate(
    city, real_export, tmp_path
):
    name, zones, margin = CITIES[city]
    path = real_export(name)
    town = [f"workspace={tmp_path / city}", f"data={city}"]
    assert cli.main(["ingest", *town, f"data.fines.path={path}"]) == 0
    assert cli.main(["panel", *town]) == 0
    assert cli.main(["backtest", *town]) == 0
    report = json.loads(Path(tmp_path, city, "reports", "backtest.json").read_text("utf-8"))
    loss = {estimator: figures["log_loss"] for estimator, figures in report["means"].items()}
    assert report["zones"] > zones
    assert loss["exposure_gbm"] < (1 - margin) * loss["empirical_bayes"]
    assert loss["empirical_bayes"] < 0.9 * loss["constant"]
    assert loss["empirical_bayes"] < loss["bare_mean"]
