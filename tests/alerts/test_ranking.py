"""What is expected of a stay, a team and the model: survival, reach, and the value of an alert."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely

from infraction_model.alerts.events import BayChange, Tick
from infraction_model.alerts.parameters import ReachParameters, SurvivalParameters
from infraction_model.alerts.reach import Reach
from infraction_model.alerts.scores import ModelScores
from infraction_model.alerts.survival import Survival, learn_survival
from infraction_model.alerts.town import make_town
from infraction_model.calendars import CalendarParameters
from infraction_model.occupancy.faults import FaultParameters
from infraction_model.occupancy.indicators import kaplan_meier
from infraction_model.occupancy.sensors import Sensed, sense
from infraction_model.schema import validate
from infraction_model.timegrid import monday, starts_at, week_of
from made_streets import RULES, STREET, Followed, instant

NINE = instant("2026-03-10T09:00")
WEEK = int(week_of(np.array(["2026-03-10"], dtype="datetime64[D]"))[0])
PLACES = pd.DataFrame({"zone_id": ["S1", "S2", "S3"], "lon": [3.30, 3.31, 3.34], "lat": 49.8})


def bay_events(lengths: dict[str, np.ndarray]) -> pd.DataFrame:
    """Stays of given lengths (minutes) in zones, one bay each, an hour apart from each other."""
    parts = []
    for zone_id, minutes in lengths.items():
        start = np.concatenate([[0.0], np.cumsum(minutes + 60.0)[:-1]])
        came = pd.Timestamp("2025-01-06", tz="Europe/Paris") + pd.to_timedelta(start, "min")
        left = came + pd.to_timedelta(minutes, "min")
        bay = {"bay_id": f"{zone_id}-01", "zone_id": zone_id}
        parts.append(pd.DataFrame({**bay, "arrived_at": came, "departed_at": left}))
    return validate("occupancy_events", pd.concat(parts, ignore_index=True))


def sensed(lengths: dict[str, np.ndarray]) -> Sensed:
    """What is believed of such stays."""
    events = bay_events(lengths)
    until = events["departed_at"].max() + pd.Timedelta(seconds=1)
    return sense(events, until, FaultParameters())


def test_the_curve_is_that_of_kaplan_and_meier_where_zones_are_not_pooled():
    minutes = np.random.default_rng(1).lognormal(3.5, 0.6, 300).round() + 1.0
    seen = sensed({"S1": minutes})
    survival = learn_survival(seen, SurvivalParameters(pooling=0.0))
    length = (seen.stays["end"] - seen.stays["start"]).to_numpy(dtype=float)
    times, share = kaplan_meier(length, seen.stays["ended"].to_numpy(dtype=bool))
    for at in np.quantile(length, [0.1, 0.3, 0.5, 0.8]):
        expected = share[np.searchsorted(times, at, "right") - 1]
        assert survival.still_there("S1", 0.0, at) == pytest.approx(expected, abs=1e-9)


def test_what_is_said_of_stays_comes_true():
    """Of stays half an hour old, as many are there a quarter later as was said, within 2 %."""
    rng = np.random.default_rng(2)
    train, test = rng.lognormal(3.5, 0.7, 4000), rng.lognormal(3.5, 0.7, 50_000)
    survival = learn_survival(sensed({"S1": train.clip(2)}), SurvivalParameters())
    for age in (5.0, 30.0, 90.0):
        old = test[test > age]
        true = (old > age + 15.0).mean()
        assert survival.still_there("S1", 60 * age, 900.0) == pytest.approx(true, abs=0.02)


def test_a_zone_with_few_stays_is_drawn_to_all_and_one_with_many_is_itself():
    rng = np.random.default_rng(3)
    lengths = {
        "S1": rng.exponential(20.0, 1500) + 2,
        "S2": rng.exponential(120.0, 1500) + 2,
        "S3": np.array([300.0, 310.0, 320.0]),
    }
    survival = learn_survival(sensed(lengths), SurvivalParameters(pooling=50.0))
    hour = {zone: survival.still_there(zone, 0.0, 3600.0) for zone in lengths}
    of_all = survival.still_there("elsewhere", 0.0, 3600.0)
    assert hour["S1"] < 0.1 < of_all < hour["S2"]
    assert hour["S2"] == pytest.approx(np.exp(-58 / 120), abs=0.04)
    assert of_all <= hour["S3"] < of_all + 0.1


def test_beyond_what_was_seen_a_stay_goes_on_ending():
    minutes = np.random.default_rng(4).exponential(30.0, 500) + 1
    survival = learn_survival(sensed({"S1": minutes}), SurvivalParameters())
    for age in (10, 10**4, 10**6):
        near, far = (survival.still_there("S1", age, ahead) for ahead in (600, 6000))
        assert 0.0 < far < near < 1.0
    assert Survival().still_there("S1", 10**5, 5400) == pytest.approx(np.exp(-1))


def visits(rows: list[tuple[str, str, int, str, str, str]]) -> pd.DataFrame:
    """A plan of visits: shift, team, sequence, zone, from, to."""
    frame = pd.DataFrame(
        rows, columns=["shift_id", "team", "sequence", "zone_id", "arrive_at", "leave_at"]
    )
    for name in ("arrive_at", "leave_at"):
        times = pd.to_datetime("2026-03-10 " + frame[name])
        frame[name] = times.dt.tz_localize("Europe/Paris")
    more = {"expected_infractions": 1.0, "purpose": "yield", "propensity": 1.0}
    return validate("visits", frame.assign(**more))


PLAN = visits(
    [
        ("a", "A", 1, "S1", "09:00", "09:15"),
        ("a", "A", 2, "S2", "09:30", "09:45"),
        ("b", "B", 1, "S3", "09:40", "10:00"),
    ]
)


def test_the_nearest_team_is_where_the_plan_has_it():
    reach = Reach(PLACES, PLAN, ReachParameters())
    minutes, team = reach.of("S1", NINE + 300)
    assert (minutes, team) == (0.0, "A")
    walk = 0.01 * np.cos(np.radians(49.8)) * 111_195.0 * 1.3 / (4500 / 60)
    between = reach.of("S2", NINE + 20 * 60)
    assert between == (pytest.approx(walk, abs=0.02), "A")
    assert reach.of("S3", NINE + 41 * 60) == (0.0, "B")
    assert reach.of("S2", NINE + 44 * 60) == (0.0, "A")
    assert reach.of("S2", NINE + 50 * 60)[1] == "B"


def test_plans_of_several_weeks_may_call_their_shifts_alike():
    week = pd.Timedelta(days=7)
    later = PLAN.assign(arrive_at=PLAN["arrive_at"] + week, leave_at=PLAN["leave_at"] + week)
    reach = Reach(PLACES, pd.concat([later, PLAN]), ReachParameters())
    for begin in (NINE, NINE + 7 * 86400):
        assert reach.of("S1", begin + 300) == (0.0, "A")
        assert reach.of("S3", begin + 41 * 60) == (0.0, "B")
    assert reach.of("S1", NINE + 86400) == (15.0, None)


def test_without_a_team_that_is_out_there_is_a_default():
    reach = Reach(PLACES, PLAN, ReachParameters(default_minutes=12.0))
    assert reach.of("S1", NINE - 1) == (12.0, None)
    assert reach.of("S1", NINE + 3600) == (12.0, None)
    assert reach.of("nowhere", NINE) == (12.0, None)
    assert Reach.nowhere(ReachParameters()).of("S1", NINE) == (15.0, None)


def scores(week: int, level: float) -> pd.DataFrame:
    """Scores of a week: a level, and a thousandth more each hour."""
    times = starts_at(week, "Europe/Paris").dropna()
    probability = level + np.arange(len(times)) / 1000
    return pd.DataFrame(
        {"zone_id": "S1", "starts_at": times, "infraction_probability": probability}
    )


def test_the_models_probability_is_that_of_the_hour_or_says_that_it_is_not():
    both = pd.concat([scores(WEEK - 1, 0.0), scores(WEEK, 0.5)], ignore_index=True)
    table = ModelScores.from_table(both)
    assert table.at("S1", WEEK, 33) == (pytest.approx(0.533), "hour")
    assert table.at("S1", WEEK - 1, 33) == (pytest.approx(0.033), "hour")
    assert table.at("S1", WEEK + 3, 33) == (pytest.approx(0.533), "hour_of_week")
    assert table.at("S2", WEEK, 33) == (None, "none")
    assert ModelScores().at("S1", WEEK, 33) == (None, "none")


def test_an_alert_states_what_its_value_is_made_of_and_is_ranked_with_the_clock():
    town = dataclasses.replace(
        STREET,
        survival=learn_survival(
            sensed({"S1": np.random.default_rng(5).exponential(40.0, 800) + 1}),
            SurvivalParameters(),
        ),
        reach=Reach(PLACES, PLAN, ReachParameters()),
        scores=ModelScores.from_table(scores(WEEK, 0.5)),
    )
    followed = Followed(town)
    followed.take([Tick(NINE), BayChange("S1-01", "S1", True, NINE), Tick(NINE + 610)])
    (alert,) = followed.standing()
    assert (alert.team, alert.minutes_to_reach) == ("A", 0.0)
    assert (alert.still_there, alert.infraction_probability) == (1.0, pytest.approx(0.533))
    assert followed.take([Tick(NINE + 650)]).standing() == [alert]
    (later,) = followed.take([Tick(NINE + 31 * 60)]).standing()
    ahead = 60.0 * later.minutes_to_reach
    assert later.revision == alert.revision
    assert later.still_there == town.survival.still_there("S1", 31 * 60, ahead) < 1.0
    assert later.value == pytest.approx(
        later.chance * later.still_there * later.severity * later.trust
    )


def test_a_town_is_made_of_contract_tables():
    zones = validate(
        "zones",
        pd.DataFrame(
            {
                "zone_id": ["S1", "S2"],
                "geometry": [shapely.to_wkb(shapely.Point(3.3, 49.8)), None],
                "name": "Rue",
                "official": True,
                "spaces": [10.0, np.nan],
                "tariff": ["Rouge", None],
                "max_stay_minutes": [90.0, np.nan],
            }
        ),
    )
    events = bay_events({"S1": np.random.default_rng(6).exponential(40.0, 200) + 1})
    town = make_town(
        zones,
        "Europe/Paris",
        CalendarParameters("FR"),
        RULES,
        events=events,
        visits=PLAN[PLAN["zone_id"].isin(["S1"])],
        scores=scores(WEEK, 0.5),
    )
    assert town.zones["S1"].max_stay_minutes == 90.0
    assert (town.zones["S2"].tariff, town.zones["S2"].spaces) == (None, None)
    assert town.zone_of("S1-01", None) == "S1"
    assert town.reach.of("S1", NINE) == (0.0, "A")
    assert town.reach.of("S2", NINE) == (8.0, "A")  # it is not known where S2 lies
    assert town.survival.of_zone["S1"].at(0.0) == 1.0
    assert monday(WEEK).isoformat() == "2026-03-09"
