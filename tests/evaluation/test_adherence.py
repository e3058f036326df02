from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.evaluation.adherence import AdherenceParameters, adherence
from infraction_model.panel import build
from infraction_model.schema import validate

WEEK = pd.Timestamp("2024-01-08", tz=small_town.TIMEZONE)


def _panel(patrols: list[tuple[str, float, float]], fines: list[tuple[str, float]]):
    """A panel of patrols (zone, start, end) and fines (zone, time), hours from Monday."""
    week = pd.Series([WEEK]).dt.tz_convert(small_town.TIMEZONE)[0]

    def at(hours):
        return week + pd.to_timedelta(hours, "h")

    walked = pd.DataFrame(
        {
            "patrol_id": [f"p{n}" for n in range(len(patrols))],
            "zone_id": [zone for zone, *_ in patrols],
            "started_at": pd.Series([at(start) for _, start, _ in patrols]),
            "ended_at": pd.Series([at(end) for *_, end in patrols]),
        }
    )
    issued = pd.DataFrame(
        {
            "fine_id": [f"f{n}" for n in range(len(fines))],
            "issued_at": pd.Series([at(hour) for _, hour in fines]),
            "zone_id": [zone for zone, _ in fines],
            "category": "unpaid",
        }
    )
    return build(small_town.zones_table(3), issued, walked)


def _visits(rows: list[tuple[str, float, float, str]]) -> pd.DataFrame:
    """The contract table of planned visits (zone, arrive, leave, purpose)."""
    count = len(rows)
    return validate(
        "visits",
        pd.DataFrame(
            {
                "shift_id": "s1",
                "team": "t1",
                "sequence": np.arange(count) + 1,
                "zone_id": [row[0] for row in rows],
                "arrive_at": pd.Series([WEEK + pd.to_timedelta(row[1], "h") for row in rows]),
                "leave_at": pd.Series([WEEK + pd.to_timedelta(row[2], "h") for row in rows]),
                "expected_infractions": 1.0,
                "purpose": [row[3] for row in rows],
                "propensity": 1.0,
            }
        ),
    )


PATROLS = [("z00", 9.0, 10.0), ("z01", 14.0, 15.0), ("z02", 20.0, 22.0)]
FINES = [("z00", 9.2), ("z00", 9.4), ("z00", 9.6), ("z01", 14.5), ("z02", 21.0)]
VISITS = [
    ("z00", 9.25, 9.5, "yield"),  # made
    ("z01", 15.5, 15.75, "explore"),  # half an hour late: within the tolerance
    ("z01", 18.0, 18.25, "yield"),  # not made
    ("z02", 9.0, 9.25, "yield"),  # not made, though another zone was patrolled then
]


def _origin(panel) -> int:
    return int(panel.fines["week"].max()) + 1


def test_visits_made_and_finds_are_counted_by_hand():
    panel = _panel(PATROLS, FINES)
    found = adherence(_visits(VISITS), panel, _origin(panel))
    assert (found["made"], found["share_made"]) == (2, 0.5)
    assert found["by_purpose"] == {
        "explore": {"visits": 1, "made": 1.0},
        "yield": {"visits": 3, "made": pytest.approx(1 / 3)},
    }
    # planned hours: z00 at 9 (patrolled 1 h, 3 fines); all else patrolled: 3 h, 2 fines
    assert found["patrol_hours"] == pytest.approx(4.0)
    assert found["planned_hours_share"] == pytest.approx(0.25)
    assert found["found_per_hour_planned"] == pytest.approx(3.0)
    assert found["found_per_hour_other"] == pytest.approx(2 / 3)
    assert found["ratio"]["lower"] < found["ratio"]["value"] == pytest.approx(4.5)
    assert "2 of 4" in found["words"]["en"]
    assert "3,0" in found["words"]["fr"]
    assert "0,7" in found["words"]["fr"]


def test_the_tolerance_decides_about_a_late_visit():
    panel = _panel(PATROLS, FINES)
    strict = AdherenceParameters(tolerance_hours=0)
    assert adherence(_visits(VISITS), panel, _origin(panel), strict)["made"] == 1


def test_a_zone_that_is_no_longer_known_was_not_visited():
    panel = _panel(PATROLS, FINES)
    visits = _visits([("gone", 9.0, 9.5, "yield"), ("z00", 9.0, 9.5, "yield")])
    assert adherence(visits, panel, _origin(panel))["made"] == 1


def test_what_cannot_be_judged_says_why():
    panel = _panel(PATROLS, FINES)
    early = adherence(_visits(VISITS), panel, _origin(panel) - 1)
    assert (early["judged"], early["target_week"]) == (False, "2024-01-08")
    assert not adherence(_visits(VISITS).iloc[:0], panel, _origin(panel))["judged"]
    unknown = replace(panel, patrols=panel.patrols.iloc[:0])
    said = adherence(_visits(VISITS), unknown, _origin(panel))
    assert not said["judged"]
    assert "not known" in said["words"]["en"]
