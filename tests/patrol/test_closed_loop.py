"""The parts of benchmarks/closed_loop.py, in a town of 20 zones."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from infraction_model.asof import known_before
from infraction_model.evaluation.model_card import gini
from infraction_model.forecast import EmpiricalBayesParameters
from infraction_model.patrol.visits import Visit, Worth, appraise
from infraction_model.simulation.parameters import SimulationParameters
from loop.figures import beside_oracle, last_weeks, run
from loop.policies import GAP, POLICIES, Settings
from loop.town import (
    RECOVERY,
    VISIT,
    LoopTown,
    Records,
    expected_finds,
    made_town,
    visits_of,
    what_is_left,
)

HISTORY = 9
SETTINGS = Settings(EmpiricalBayesParameters(candidates=("eb_rate_all_s2",)), seed=3)


@pytest.fixture(scope="module")
def town() -> LoopTown:
    small = SimulationParameters(zones=20, weeks=HISTORY + 1, officers=1, duty_share=0.5)
    return made_town(small, SETTINGS.seed)


@pytest.fixture(scope="module")
def runs(town) -> pd.DataFrame:
    """The one week that each policy decides."""
    weeks = [run(town, one, SETTINGS, HISTORY).assign(policy=one, seed=3) for one in POLICIES]
    return beside_oracle(pd.concat(weeks, ignore_index=True))


def habits(town: LoopTown, weeks: int, seed: int = SETTINGS.seed) -> Records:
    records = Records(town, seed)
    for week in range(weeks):
        records.patrol(week, POLICIES["habit"](town, records, week, SETTINGS))
    return records


def test_all_policies_spend_the_same_hours_and_none_finds_more_than_the_oracle(town, runs):
    assert set(runs["policy"]) == set(POLICIES)
    hours = runs.set_index("policy")["hours"]
    duty = town.duty_hours(HISTORY).sum()
    assert hours[["habit", "counts_top", "counts_share", "oracle"]].to_numpy() == pytest.approx(
        duty
    )
    # a plan leaves an hour out at which it expects little anywhere; that counts against it
    assert hours.between(0.7 * duty, duty + 1e-9).all()
    assert runs["ratio"].max() <= 1.02  # the planner is greedy: a hair above the best is possible
    ratio = runs.set_index("policy")["ratio"]
    assert ratio["oracle"] == 1.0
    assert ratio["habit"] < 0.8
    assert last_weeks(runs)["ratio"].to_dict() == pytest.approx(ratio.to_dict())


def test_the_same_seed_gives_the_same_weeks_to_the_bit(town, runs):
    again = run(town, "explore", SETTINGS, HISTORY)
    before = runs[runs["policy"] == "explore"].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, before[list(again)], check_exact=True)


@pytest.mark.parametrize("policy", ["counts_share", "explore"])
def test_a_plan_looks_at_nothing_that_came_to_be_known_after_its_origin(town, policy):
    records, later = habits(town, HISTORY), habits(town, HISTORY - GAP)
    for week in range(HISTORY - GAP, HISTORY):
        later.patrol(week, POLICIES["oracle"](town, later, week, SETTINGS))
    assert len(records.fines[-1]) != len(later.fines[-1])
    plans = [POLICIES[policy](town, one, HISTORY, SETTINGS) for one in (records, later)]
    pd.testing.assert_frame_equal(*plans)


def test_counts_are_those_that_the_panel_knows_at_the_origin(town):
    records = habits(town, HISTORY)
    origin = HISTORY - GAP
    known = known_before(records.panel().fines, town.history.first_week + origin)
    counts = np.zeros((town.zones, 168))
    np.add.at(counts, (known["zone"], known["hour_of_week"]), known["fines"])
    assert 0 < counts.sum() < sum(len(fines) for fines in records.fines)
    np.testing.assert_array_equal(records.known_counts(origin), counts)


def test_where_all_zones_are_alike_the_list_of_most_fines_still_forsakes_most_of_them(town):
    drivers = town.history.drivers
    even = replace(drivers, rates=np.full_like(drivers.rates, 2.0))
    alike = LoopTown(replace(town.history, drivers=even), town.turns, town.habit)
    spread = {policy: gini(_last_hours(alike, policy)) for policy in ("habit", "counts_top")}
    assert spread["counts_top"] > spread["habit"] + 0.15


def _last_hours(town: LoopTown, policy: str) -> np.ndarray:
    records = habits(town, HISTORY)
    records.patrol(HISTORY, POLICIES[policy](town, records, HISTORY, SETTINGS))
    return records.hours(HISTORY, HISTORY + 1)


def test_a_visit_soon_after_another_finds_less_by_the_rule_of_the_plan():
    rng = np.random.default_rng(5)
    start = np.sort(rng.choice(400, 60, replace=False)) * VISIT
    zone, rate = rng.integers(0, 3, 60), np.array([0.5, 2.0, 8.0])
    fresh = rate[zone] * VISIT / 60
    left = what_is_left(pd.DataFrame({"zone": zone, "start": start}), fresh)
    worth = Worth(np.tile(rate[:, None], 168), np.ones(3), np.zeros(3), VISIT * 60, RECOVERY / 60)
    visits = [Visit(0, z, s * 60, (s + VISIT) * 60) for z, s in zip(zone, start, strict=True)]
    found = [visit.found for visit in appraise(visits, worth)]
    assert left.min() < 0.3
    assert left * -np.expm1(-fresh) == pytest.approx(np.array(found))


def test_as_much_is_found_as_expected_in_a_zone_visited_over_and_over(town):
    records, found, expected, hours = Records(town, 1), 0, 0.0, 0.0
    zone = int(town.rates(0).sum(axis=1).argmax())
    for week in range(HISTORY):
        turns = town.turns_of(week)
        patrols = visits_of(turns, [np.full(turn.visits, zone) for turn in turns])
        expected += expected_finds(town, patrols).sum()
        hours += town.duty_hours(week) @ town.rates(week)[zone]
        found += records.patrol(week, patrols)
    assert expected < hours / 2
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected))
