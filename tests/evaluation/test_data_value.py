"""What a source is worth: found where it drives the town, nil where nothing reads it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.errors import ConfigError
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.estimators.stack import StackParameters
from infraction_model.evaluation.bootstrap import resample
from infraction_model.evaluation.data_value import (
    EXPOSURE,
    SOURCES,
    DataValueParameters,
    available,
    data_value,
)
from infraction_model.evaluation.gains import Arm, gain, luck_of
from infraction_model.features.matrix import DEFAULT, FeatureParameters
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots
from infraction_model.forecast import ForecastParameters
from infraction_model.occupancy.known import with_occupancy
from infraction_model.panel import build

FOUR_WEEKS = DataValueParameters(weeks=4, refit_every=4, repeats=2)


def _judged(panel, estimator, basis="recorded", parameters=FOUR_WEEKS):
    return data_value(
        panel,
        panel.end_week,
        small_town.town(basis),
        estimator,
        FeatureParameters(),
        ForecastParameters(),
        parameters,
    )


@pytest.fixture(scope="module")
def town_of_fairs():
    """A town in which an announced event, and nothing else of the context, makes rates fivefold."""
    rng = np.random.default_rng(3)
    weeks, zones = 26, 6
    patrols = small_town.patrols_table(zones, weeks, 150, seed=1)
    day = small_town.FIRST_MONDAY + pd.to_timedelta(np.repeat(np.arange(weeks * 7), zones), "D")
    fair = pd.DataFrame({"zone_id": np.tile([f"z{z:02d}" for z in range(zones)], weeks * 7)})
    fair["start"] = pd.Series(day).dt.tz_localize(small_town.TIMEZONE) + pd.Timedelta(hours=8)
    fair["end"] = fair["start"] + pd.Timedelta(hours=11)
    fair = fair[rng.random(len(fair)) < 0.2].assign(kind="event", value=1.0)
    fair["known_at"] = fair["start"] - pd.Timedelta(days=40)
    held = pd.MultiIndex.from_arrays([fair["zone_id"], fair["start"].dt.date])
    visited = pd.MultiIndex.from_arrays([patrols["zone_id"], patrols["started_at"].dt.date])
    found = rng.poisson(np.where(visited.isin(held), 1.5, 0.3))
    rows = np.repeat(np.arange(len(patrols)), found)
    issued = patrols["started_at"].iloc[rows].reset_index(drop=True)
    fines = pd.DataFrame(
        {
            "fine_id": [f"f{number}" for number in range(len(rows))],
            "issued_at": issued,
            "zone_id": patrols["zone_id"].to_numpy()[rows],
            "category": "unpaid",
        }
    )
    zones_table = small_town.zones_table(zones).drop(columns="spaces")
    return build(zones_table, fines, patrols, fair)


def test_the_source_that_drives_the_town_is_worth_having_and_so_is_its_log(town_of_fairs):
    quick = ExposureGBMParameters(max_trees=80, min_data_in_leaf=40, lambda_l2=1.0)
    found = _judged(town_of_fairs, quick)
    assert [value.source for value in found.values] == [EXPOSURE, "calendar", "events"]
    verdicts = {value.source: value.on_top.verdict for value in found.values}
    assert verdicts["events"] == "worth"
    assert verdicts["calendar"] != "worth"
    log, _, events = found.values
    assert log.on_top.relative.value > 0.02  # few zones: its interval is wide
    assert events.alone.relative.value > 0.05
    assert found.arms["all"]["log_loss"] < found.arms["without events"]["log_loss"]
    assert "weather" in found.lacking
    assert "categories" in found.lacking
    assert found.level_without_exposure > 1


@pytest.fixture(scope="module")
def town_of_full_streets():
    """A town in which the share of bays taken, which differs by zone and hour, makes the rate."""
    rng = np.random.default_rng(4)
    weeks, zones = 26, 12
    patrols = small_town.patrols_table(zones, weeks, 200, seed=2)
    usual = rng.choice([0.2, 0.9], (zones, 168))
    hour = patrols["started_at"].dt.day_of_week * 24 + patrols["started_at"].dt.hour
    taken = usual[patrols["zone_id"].str[1:].astype(int), hour]
    rows = np.repeat(np.arange(len(patrols)), rng.poisson(np.where(taken > 0.5, 1.5, 0.2)))
    fines = pd.DataFrame(
        {
            "fine_id": [f"f{number}" for number in range(len(rows))],
            "issued_at": patrols["started_at"].iloc[rows].reset_index(drop=True),
            "zone_id": patrols["zone_id"].to_numpy()[rows],
            "category": "unpaid",
        }
    )
    start = small_town.FIRST_MONDAY + pd.to_timedelta(np.arange(3 * 168, 5 * 168), "h")
    measured = pd.DataFrame({"zone_id": np.repeat([f"z{z:02d}" for z in range(zones)], len(start))})
    measured["starts_at"] = np.tile(start.tz_localize(small_town.TIMEZONE), zones)
    noise = rng.normal(0.0, 0.1, len(measured))
    measured["occupancy"] = np.clip(np.tile(usual, 2).ravel() + noise, 0.0, 1.0)
    panel = build(small_town.zones_table(zones).drop(columns="spaces"), fines, patrols)
    return with_occupancy(panel, measured.assign(basis="sensors"))


def test_occupancy_is_worth_having_where_infractions_go_with_it(town_of_full_streets):
    quick = ExposureGBMParameters(max_trees=80, min_data_in_leaf=40, lambda_l2=1.0)
    found = _judged(town_of_full_streets, quick)
    values = {value.source: value for value in found.values}
    assert set(values) == {EXPOSURE, "calendar", "occupancy"}
    assert values["occupancy"].on_top.verdict == "worth"
    assert values["occupancy"].alone.relative.value > 0.03
    assert values["calendar"].on_top.verdict != "worth"


def test_what_no_estimator_reads_is_worth_exactly_nothing():
    panel = build(*small_town.full_tables(weeks=16))
    two_weeks = dataclasses.replace(FOUR_WEEKS, weeks=2)
    found = _judged(panel, EmpiricalBayesParameters(), parameters=two_weeks)
    gains = {value.source: value.on_top for value in found.values}
    assert set(gains) == {EXPOSURE, *SOURCES} - {"footfall", "occupancy"}
    assert found.lacking == ["occupancy", "footfall"]
    assert gains.pop(EXPOSURE).relative.value > 0.02
    assert {gain.relative.value for gain in gains.values()} == {0.0}
    assert {gain.verdict for gain in gains.values()} == {"little"}
    assert found.repeats == 1  # it draws nothing at random


def test_without_a_log_its_value_is_not_made_up():
    found = _judged(small_town.panel(weeks=20), EmpiricalBayesParameters(), basis="none")
    assert EXPOSURE in found.lacking
    assert EXPOSURE not in {value.source for value in found.values}
    assert not any(EXPOSURE in name for name in found.arms)
    assert found.level_without_exposure is None


def test_an_estimator_that_draws_on_several_sources_at_once_is_refused():
    with pytest.raises(ConfigError, match=r"latent_rate.*estimator=exposure_gbm"):
        _judged(small_town.panel(weeks=12), StackParameters())


def test_every_source_brings_features_of_its_own():
    brought = [name for names in SOURCES.values() for name in names]
    assert len(brought) == len(set(brought))
    assert set(brought) <= set(FEATURES)


@pytest.mark.parametrize("source", ["context", "places", "categories"])
def test_the_base_reads_nothing_of_a_source(source):
    """Else the arm without a source would still hold it."""
    zones, fines, patrols, context = small_town.full_tables()
    bare = {
        "context": (zones, fines, patrols, None),
        "places": (zones.drop(columns="spaces").assign(geometry=None), fines, patrols, context),
        "categories": (zones, fines.assign(category="one"), patrols, context),
    }
    drawn = {name for names in SOURCES.values() for name in names}
    panels = [build(zones, fines, patrols, context), build(*bare[source])]
    values = []
    for panel in panels:
        origin = panel.first_week + 20
        drawing = snapshots(panel, "recorded", small_town.CALENDAR, np.ones(1), [origin], 1)
        snapshot = next(drawing)
        values.append({name: FEATURES[name](snapshot) for name in DEFAULT if name not in drawn})
    for name in values[0]:
        np.testing.assert_array_equal(values[0][name], values[1][name], err_msg=name)


def test_a_source_is_there_where_the_panel_holds_it():
    full, bare = build(*small_town.full_tables()), small_town.panel()
    lacking = [source for source in SOURCES if not available(full, source)]
    assert lacking == ["occupancy", "footfall"]
    told = with_occupancy(full, small_town.occupancy_table(8, 30))
    assert available(told, "occupancy")
    assert [source for source in SOURCES if available(bare, source)] == [
        "calendar",
        "places",
        "categories",
    ]


def _arm(loss, repeats: int = 1, spread: float = 0.0) -> Arm:
    """An arm of 10 weeks and 5 zones with 100 zone-hours in each; `loss` per zone-hour."""
    shape = (repeats, 10, 5)
    weekly = np.linspace(0.9, 1.1, 10)[None, :, None]
    luck = 1 + spread * np.arange(repeats)[:, None, None]
    return Arm(
        loss=np.broadcast_to(100.0 * loss * weekly * luck, shape),
        captured=np.full(shape, 10.0 * (1 - loss)),
        share_of_best=np.full(shape[:2], np.nan),
        zone_hours=np.full(shape[1:], 100.0),
        fines=np.full(shape[1:], 10.0),
    )


def test_a_gain_is_the_share_of_the_loss_taken_off():
    less, more = _arm(0.5), _arm(0.4)
    found = gain(less, more, resample(10, 5), luck_of([less, more]))
    assert found.relative.value == pytest.approx(0.2)
    assert found.log_loss.value == pytest.approx(0.1)
    assert found.capture.value == pytest.approx(0.1)
    assert np.isnan(found.share_of_best.value)
    assert found.verdict == "worth"
    assert gain(more, less, resample(10, 5), luck_of([less])).verdict == "harms"
    assert gain(less, less, resample(10, 5), luck_of([less])).verdict == "little"


def test_the_luck_of_learning_widens_an_interval():
    less, more = _arm(0.5, 4, 0.05), _arm(0.49, 4, 0.05)
    luck = luck_of([less, more])
    # four fits at 1, 1.05, 1.10, 1.15 times the loss
    deviation = np.std([1.0, 1.05, 1.10, 1.15], ddof=1) * np.sqrt((0.5**2 + 0.49**2) / 2)
    assert luck["log_loss"] == pytest.approx(deviation)
    sure = gain(less, more, resample(10, 5), dict.fromkeys(luck, 0.0))
    unsure = gain(less, more, resample(10, 5), luck)
    assert unsure.log_loss.value == sure.log_loss.value
    half = unsure.log_loss.upper - unsure.log_loss.value
    narrow = sure.log_loss.upper - sure.log_loss.value
    assert half == pytest.approx(np.hypot(narrow, 1.959964 * deviation * np.sqrt(2 / 4)))
    assert sure.verdict == "worth"
    assert unsure.verdict == "unclear"


def test_fits_that_draw_at_random_are_repeated_with_other_seeds(town_of_fairs):
    few = dataclasses.replace(FOUR_WEEKS, weeks=2, repeats=3)
    quick = ExposureGBMParameters(max_trees=3, min_data_in_leaf=40)
    assert _judged(town_of_fairs, quick, "none", few).repeats == 3
