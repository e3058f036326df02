"""Every kind of exposure through the command line, and what is said where its data are lacking."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest

import small_town
from infraction_model import cli
from infraction_model.errors import ConfigError
from infraction_model.exposure import CheckedVehicles, InferredExposure, RecordedExposure
from infraction_model.io.panels import write_panel
from infraction_model.panel import build
from infraction_model.pipelines.forecasting import seen, town_of

# all that a forecast takes from a town's description
DATA = SimpleNamespace(calendar=small_town.CALENDAR, min_fines=0)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exposure")
    write_panel(small_town.panel(weeks=24), folder / "panel")
    return folder


@pytest.mark.parametrize("basis", ["checks", "inferred"])
def test_a_backtest_goes_by_the_exposure_asked_for(workspace, capsys, basis):
    settings = ["estimator=empirical_bayes", "compare=[constant]", "folds.weeks=2"]
    command = ["backtest", f"workspace={workspace}", f"exposure={basis}", *settings]
    assert cli.main([*command, "folds.random_split=false"]) == 0
    found = json.loads((workspace / "reports" / "backtest.json").read_text())
    assert found["exposure_basis"] == basis
    means = found["means"]
    assert means["empirical_bayes"]["log_loss"] < means["constant"]["log_loss"]


def test_what_counts_as_an_hour_of_checks_is_as_known_at_the_origin():
    zones, fines, patrols = small_town.tables(weeks=20)
    half = patrols["started_at"] < pd.Timestamp("2024-03-11", tz=small_town.TIMEZONE)
    patrols["vehicles_checked"] = half.map({True: 10.0, False: 40.0})
    panel = build(zones, fines, patrols)
    early = town_of(DATA, CheckedVehicles(), panel, panel.first_week + 10)
    assert early.vehicles_per_hour == pytest.approx(20.0)
    late = town_of(DATA, CheckedVehicles(), panel, panel.end_week)
    assert 20.0 < late.vehicles_per_hour < 80.0
    said = town_of(DATA, CheckedVehicles(vehicles_per_hour=33.0), panel, panel.end_week)
    assert said.vehicles_per_hour == 33.0
    hours = seen(panel, said).exposure("checks")["hours"].sum()
    assert hours == pytest.approx(patrols["vehicles_checked"].sum() / 33.0)


@pytest.mark.parametrize(
    ("exposure", "key"),
    [
        (RecordedExposure(), "data.patrols, ingest"),
        (CheckedVehicles(), "data.patrols.vehicles_checked"),
        (InferredExposure(), "data.fines.agent"),
    ],
)
def test_lacking_data_are_named_with_the_key_that_maps_them(exposure, key):
    zones, fines, _ = small_town.tables(weeks=6)
    panel = build(zones, fines.drop(columns="agent_id"), None)
    with pytest.raises(ConfigError, match=key):
        town_of(DATA, exposure, panel, panel.end_week)


def test_passes_without_length_need_a_stated_number_of_vehicles():
    zones, fines, patrols = small_town.tables(weeks=6)
    panel = build(zones, fines, patrols.assign(ended_at=patrols["started_at"]))
    with pytest.raises(ConfigError, match="vehicles_per_hour=30"):
        town_of(DATA, CheckedVehicles(), panel, panel.end_week)
