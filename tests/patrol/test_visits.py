import numpy as np
import pandas as pd
import pytest

import made_plans
from infraction_model.patrol.records import days_since_visit, known_fines, severity_of_zones
from infraction_model.patrol.shifts import HOUR, MINUTE
from infraction_model.patrol.visits import Visit, VisitParameters, Worth, appraise


def _worth(rate: float, recovery_hours: float = 2.0, weight: float = 1.0) -> Worth:
    return Worth(np.full((2, 168), rate), np.full(2, weight), np.zeros(2), 30 * 60, recovery_hours)


def _visit(hour: float, zone: int = 0, shift: int = 0) -> Visit:
    arrive = int(hour * HOUR)
    return Visit(shift, zone, arrive, arrive + 30 * MINUTE)


def test_a_first_visit_finds_one_minus_the_chance_to_find_nothing():
    [visit] = appraise([_visit(9)], _worth(1.4, weight=3.0))
    assert visit.found == pytest.approx(1 - np.exp(-1.4 * 0.5))
    assert visit.value == pytest.approx(3 * visit.found)


def test_a_visit_over_two_hours_finds_a_part_of_each():
    rate = np.zeros((1, 168))
    rate[0, 9], rate[0, 10] = 0.4, 2.0
    worth = Worth(rate, np.ones(1), np.zeros(1), 30 * 60, 2.0)
    [visit] = appraise([_visit(9 + 50 / 60)], worth)
    assert visit.found == pytest.approx(1 - np.exp(-(0.4 * 10 + 2.0 * 20) / 60))


def test_two_visits_without_a_pause_find_what_one_of_their_length_would():
    both = appraise([_visit(9), _visit(9.5, shift=1)], _worth(1.4, recovery_hours=1e9))
    assert sum(visit.found for visit in both) == pytest.approx(1 - np.exp(-1.4))


def test_a_second_visit_finds_more_the_later_it_comes_and_all_after_long():
    found = [
        appraise([_visit(9), _visit(9 + pause)], _worth(1.4))[1].found for pause in (0.5, 2, 6, 50)
    ]
    first = 1 - np.exp(-0.7)
    assert found == sorted(found)
    assert found[1] == pytest.approx(np.exp(-0.7 * np.exp(-1)) * first)
    assert found[-1] == pytest.approx(first)


def test_zones_do_not_exhaust_each_other_and_nothing_lingers_without_recovery_time():
    elsewhere = appraise([_visit(9), _visit(9.5, zone=1)], _worth(1.4))
    at_once = appraise([_visit(9), _visit(9.5)], _worth(1.4, recovery_hours=0.0))
    assert len({visit.found for visit in (*elsewhere, *at_once)}) == 1


def test_a_zone_weighs_what_is_found_there_shrunk_to_the_town():
    fines = pd.DataFrame(
        {
            "zone_id": ["a"] * 30 + ["b"] * 30 + ["elsewhere"] * 5,
            "category": ["pavement"] * 30 + ["unpaid"] * 30 + ["unpaid"] * 5,
        }
    )
    parameters = VisitParameters(severity={"pavement": 3.0}, other_severity=1.0)
    zones = pd.Series(["a", "b", "new"])
    weight, safety = severity_of_zones(fines, zones, parameters)
    share = (30 + 10 * 0.5) / 40
    assert weight[0] == pytest.approx(3 * share + (1 - share))
    assert weight[2] == pytest.approx(2.0)
    assert safety[0] == pytest.approx(3 * share / weight[0])
    assert weight[1] < weight[2] < weight[0]
    weight, safety = severity_of_zones(fines.iloc[:0], zones, parameters)
    assert weight.tolist() == [1.0, 1.0, 1.0]
    assert safety.tolist() == [0.0, 0.0, 0.0]


def test_what_was_recorded_after_the_origin_is_not_known():
    origin = pd.Timestamp("2024-03-04", tz="Europe/Paris")
    day = pd.Timedelta(days=1)
    fines = pd.DataFrame(
        {
            "zone_id": ["a", "b", "c"],
            "issued_at": [origin - 9 * day, origin - 3 * day, origin + day],
            "recorded_at": pd.Series([pd.NaT, origin + day, pd.NaT]).dt.tz_convert("Europe/Paris"),
        }
    )
    known = known_fines(fines, origin)
    assert known["zone_id"].tolist() == ["a"]
    patrols = pd.DataFrame(
        {"zone_id": ["a", "b", "b"], "ended_at": [origin - day, origin - 8 * day, origin + day]}
    )
    zones = pd.Series(["a", "b", "c"])
    assert days_since_visit(patrols, known, zones, origin).tolist() == [1.0, 8.0, np.inf]
    assert days_since_visit(None, known, zones, origin).tolist() == [9.0, np.inf, np.inf]


def test_worth_of_hours_is_that_of_a_visit_within_them():
    worth = made_plans.worth(3)
    [visit] = appraise([Visit(0, 1, 10 * HOUR, 10 * HOUR + worth.seconds)], worth)
    assert worth.fresh()[1, 10] == pytest.approx(visit.value)
