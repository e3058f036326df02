from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infraction_model import parameters as configuration
from infraction_model import simulation, timegrid
from infraction_model.errors import ConfigError
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import simulate, simulate_truth

RAW = {
    "verbalisations.csv",
    "patrouilles.csv",
    "secteurs.geojson",
    "alias_rues.csv",
    "paiements.csv",
    "capteurs.csv",
    "comptages.csv",
    "pietons.csv",
    "commerces.csv",
    "direct_samedi.jsonl",
    "meteo.csv",
    "evenements.csv",
}


def test_one_seed_gives_one_town_to_the_bit(small, small_parameters):
    again = simulate(small_parameters)
    assert set(small.raw) == RAW
    assert again.raw == small.raw
    for name, frame in small.truth.items():
        pd.testing.assert_frame_equal(again.truth[name], frame, check_exact=True)


def test_another_seed_gives_another_town(small, small_parameters):
    other = simulate(small_parameters, seed=0)
    # The nicknames of fitting streets may well be the same; every other file is drawn.
    assert {name for name in RAW if other.raw[name] == small.raw[name]} <= {"alias_rues.csv"}
    assert not np.array_equal(other.drivers.rates, small.drivers.rates)


def test_a_seed_means_the_same_town_as_ever(small):
    """What the small town was when first published; a seed is a promise.

    Files with coordinates or temperatures are left out: platforms may differ in the last digit.
    """
    content = {name: small.raw[name] for name in ("patrouilles.csv", "paiements.csv")}
    content["fines"] = small.fines.to_numpy(dtype="<i8").tobytes()
    prints = {name: hashlib.sha256(held).hexdigest()[:16] for name, held in content.items()}
    assert prints == {
        "patrouilles.csv": "194f8381e80dd6b5",
        "paiements.csv": "4d0897c913874d97",
        "fines": "db8c059fa39bedcd",
    }


def test_the_truth_alone_is_that_of_the_town_with_its_exports(small, small_parameters):
    alone = simulate_truth(small_parameters)
    pd.testing.assert_frame_equal(alone.patrols, small.patrols)
    pd.testing.assert_frame_equal(alone.fines, small.fines)
    np.testing.assert_array_equal(alone.drivers.rates, small.drivers.rates)


def test_a_seed_of_zero_is_a_seed(small_parameters):
    given = simulate(small_parameters, seed=0)
    configured = simulate(dataclasses.replace(small_parameters, seed=0))
    assert given.raw == configured.raw


@pytest.mark.parametrize(
    "change, same, changed",
    [
        (
            {"misspelt_share": 0.0},
            ["patrols", "fines", "rates", "meteo.csv", "paiements.csv", "capteurs.csv"],
            ["verbalisations.csv", "patrouilles.csv"],
        ),
        (
            {"officers": 4},
            ["rates", "secteurs.geojson", "meteo.csv", "evenements.csv", "paiements.csv"],
            ["patrols", "fines", "verbalisations.csv"],
        ),
        (
            {"late_share": 0.5},
            ["patrols", "rates", "patrouilles.csv", "paiements.csv"],
            ["verbalisations.csv"],
        ),
        (
            {"lapse_share": 0.4},
            ["rates", "capteurs.csv", "comptages.csv", "verbalisations.csv"],
            ["paiements.csv"],
        ),
        (
            {"walked_counts": 9},
            ["rates", "capteurs.csv", "paiements.csv", "verbalisations.csv"],
            ["comptages.csv"],
        ),
        (
            {"weekly_drift": 0.2},
            ["secteurs.geojson", "meteo.csv", "evenements.csv"],
            ["rates", "fines"],
        ),
    ],
)
def test_one_part_does_not_disturb_another(small, small_parameters, change, same, changed):
    other = simulate(dataclasses.replace(small_parameters, **change))

    def part(made, name):
        if name in made.raw:
            return made.raw[name]
        if name == "rates":
            return made.drivers.rates.tobytes()
        return getattr(made, name).to_csv()

    assert [name for name in same if part(other, name) != part(small, name)] == []
    assert [name for name in changed if part(other, name) == part(small, name)] == []


def test_the_truth_covers_the_whole_grid_once(small):
    rates = small.truth["rates"]
    zones = small.streets["zone_id"]
    assert rates["week"].dtype == np.int32
    assert rates["hour_of_week"].dtype == np.int16
    assert rates["rate"].dtype == np.float32
    assert len(rates) == 12 * 20 * 168
    assert not rates.duplicated(["zone_id", "week", "hour_of_week"]).any()
    assert set(rates["zone_id"]) == set(zones)
    first = timegrid.week_starting(dt.date(2023, 1, 2))
    assert (rates["week"].min(), rates["week"].max()) == (first, first + 19)
    assert rates["hour_of_week"].between(0, 167).all()
    # One cell looked up in the dense grid.
    row = rates[
        (rates["zone_id"] == zones[7])
        & (rates["week"] == first + 3)
        & (rates["hour_of_week"] == 34)
    ]
    assert row["rate"].item() == small.drivers.rates[7, 3, 34]
    assert (rates["rate"] > 0).all()


def test_true_fines_keep_the_civil_time_of_the_grid(small):
    fines = small.truth["fines"]
    minute = small.fines["minute"].to_numpy()
    issued = fines["issued_at"].to_numpy()
    np.testing.assert_array_equal(timegrid.week_of(issued), small.first_week + minute // 10080)
    np.testing.assert_array_equal(timegrid.hour_of_week(issued), minute // 60 % 168)
    assert (fines["recorded_on"] >= fines["issued_at"].dt.floor("D")).all()


def test_a_first_day_that_is_no_monday_is_refused(small_parameters):
    with pytest.raises(ConfigError, match="nearest Monday is 2023-01-02"):
        simulate(dataclasses.replace(small_parameters, first_monday=dt.date(2023, 1, 3)))


def test_weeks_beyond_the_school_calendar_are_refused(small_parameters):
    with pytest.raises(ConfigError, match="school calendar is known from 1990"):
        simulate(dataclasses.replace(small_parameters, first_monday=dt.date(2090, 1, 2)))


@pytest.mark.parametrize(
    "values, problem",
    [
        ({"zones": 3}, "'zones'"),
        ({"late_share": 1.5}, "'late_share'"),
        ({"weeks": "many"}, "'weeks'"),
        ({"officer": 3}, "Did you mean 'officers'"),
    ],
)
def test_impossible_settings_are_refused_by_name(values, problem):
    with pytest.raises(ConfigError, match=problem):
        configuration.read(SimulationParameters, values)


EVERYTHING, NOTHING = (
    dict.fromkeys(
        ("regime_share", "located_share", "misspelt_share", "late_share", "repeated_share",
         "outside_share", "unreadable_share"),
        share,
    )
    for share in (1.0, 0.0)
)  # fmt: skip


@pytest.mark.parametrize(
    "extreme",
    [
        {"zones": 8, "weeks": 4, "officers": 1, "sensor_zones": 0, "metered_weeks": 1},
        {"zones": 8, "weeks": 5, "metered_weeks": 99, "sensor_zones": 99, **EVERYTHING},
        {"zones": 9, "weeks": 4, "visit_minutes": 45.0, **NOTHING},
        {"zones": 8, "weeks": 4, "level_spread": 3.0, "cell_spread": 3.0, "weekly_drift": 3.0},
        {"zones": 30, "weeks": 4, "officers": 200},
        {"zones": 8, "weeks": 4, "structure": "free", "habit_change": True},
        {"zones": 8, "weeks": 5, "structure": "low_rank", "duty_share": 0.3, "officers": 8},
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_extreme_settings_still_make_a_town(extreme, seed):
    town = simulate(SimulationParameters(**extreme), seed)
    assert np.isfinite(town.drivers.rates).all()
    assert (town.drivers.rates > 0).all()
    assert len(town.fines) > 0
    assert all(content.count(b"\n") > 1 for name, content in town.raw.items() if "cap" not in name)
    counted = town.fines.groupby("patrol").size().max()
    assert counted < 60


def test_the_simulator_imports_nothing_of_the_model():
    allowed = {"errors", "parameters", "timegrid", "simulation"}
    folder = Path(simulation.__file__).parent
    imported = {
        node.module.split(".")[1]
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("infraction_model.")
    }
    assert imported <= allowed
