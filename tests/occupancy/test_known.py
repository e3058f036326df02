"""What a panel holds of occupancy: every hour once, known when its week is over and not before."""

import numpy as np
import pandas as pd
import pytest

import small_town
from infraction_model.errors import ContractError
from infraction_model.features.registry import FEATURES
from infraction_model.features.snapshot import snapshots
from infraction_model.occupancy.known import of_known_zones, with_occupancy
from infraction_model.panel import build
from infraction_model.schema import OCCUPANCY

WEEKS = 12


@pytest.fixture(scope="module")
def panel():
    return build(*small_town.full_tables(weeks=WEEKS))


@pytest.fixture(scope="module")
def table():
    return small_town.occupancy_table(8, WEEKS)


def _week_of(value: float, week: int, zone: str = "z00", basis: str = "payments") -> pd.DataFrame:
    """A week of a zone, the same occupancy in each hour."""
    start = small_town.FIRST_MONDAY + pd.to_timedelta(week * 168 + np.arange(168), "h")
    share = dict.fromkeys(("occupancy", "lower", "upper"), value)
    starts = pd.Series(start).dt.tz_localize(small_town.TIMEZONE)
    return pd.DataFrame({"zone_id": zone, "starts_at": starts, **share, "basis": basis})


def _seen(panel, weeks: int, name: str, gap: int = 1) -> np.ndarray:
    """A feature at an origin so many weeks after the first."""
    origins = [panel.first_week + weeks]
    drawing = snapshots(panel, "recorded", small_town.CALENDAR, np.ones(1), origins, gap)
    return np.broadcast_to(FEATURES[name](next(drawing)), (8, 168))


def _records(panel) -> pd.DataFrame:
    return panel.context[panel.context["kind"] == OCCUPANCY]


def test_every_hour_but_those_of_tickets_alone_is_there_and_the_other_context_stays(panel, table):
    told = with_occupancy(panel, table)
    records = _records(told)
    assert len(records) == (table["basis"] != "paid").sum()
    assert records["value"].sum() == pytest.approx(
        table.loc[table["basis"] != "paid", "occupancy"].sum()
    )
    others = told.context[told.context["kind"] != OCCUPANCY].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, panel.context)
    assert told.context["known_hour"].dtype == panel.context["known_hour"].dtype
    assert with_occupancy(panel, None) is panel


@pytest.mark.parametrize("late", [0, 2])
def test_a_week_is_known_once_it_is_over_or_so_many_weeks_late(panel, late):
    told = with_occupancy(panel, _week_of(0.6, 8), late)
    for weeks in (8, 8 + late):
        assert np.isnan(_seen(told, weeks, "occupancy_rate")).all()
        assert _records(told.as_of(told.first_week + weeks)).empty
    rate = _seen(told, 9 + late, "occupancy_rate")
    assert rate[0] == pytest.approx(0.6)
    assert np.isnan(rate[1:]).all()


def test_the_recent_weeks_count_most_and_the_trend_says_where_it_goes(panel):
    """Zone 0 fills up, zone 1 empties in the same measure, zone 2 stays."""
    courses = {"z00": (0.2, 0.4, 0.6, 0.8), "z01": (0.8, 0.6, 0.4, 0.2), "z02": (0.5,) * 4}
    weeks = [
        _week_of(value, 6 + number, zone)
        for zone, course in courses.items()
        for number, value in enumerate(course)
    ]
    told = with_occupancy(panel, pd.concat(weeks))
    filling, emptying, steady = _seen(told, 10, "occupancy_rate")[:3, 0]
    assert 0.5 < filling < 0.6
    assert 0.4 < emptying < 0.5
    assert steady == pytest.approx(0.5)
    trend = _seen(told, 10, "occupancy_trend")[:3, 0]
    assert trend[0] > 1.05
    assert trend[1] < 0.95
    assert trend[2] == pytest.approx(1.0, abs=0.01)
    assert _seen(told, 10, "occupancy_vehicles")[:3, 0] == pytest.approx(
        np.array([filling, emptying, steady]) * 10.0
    )


def test_an_hour_seldom_known_is_drawn_to_the_zones_level_and_the_towns_week(panel):
    """Town: 0.5 by day, 0.1 by night. z00 is 1.2 times as full by day, and not known by night."""
    day = pd.Index(np.arange(168) % 24).isin(range(8, 20))
    usual = _week_of(0.4, 9, "z01").assign(occupancy=np.where(day, 0.4, 0.1))
    fuller = _week_of(0.6, 9, "z00")[day]
    rate = _seen(with_occupancy(panel, pd.concat([usual, fuller])), 10, "occupancy_rate")
    assert rate[0] == pytest.approx(np.where(day, 0.6, 1.2 * 0.1))
    # z01 is 5/6 as full as the town over both: one week of its own, one week's worth of the town's
    assert rate[1] == pytest.approx(np.where(day, (0.4 + 0.5 * 5 / 6) / 2, (0.1 + 0.1 * 5 / 6) / 2))


def test_full_is_how_often_more_than_85_percent_were_taken(panel):
    weeks = [_week_of(value, 8 + number) for number, value in enumerate((0.9, 0.8))]
    told = with_occupancy(panel, pd.concat(weeks))
    older, newer = 0.5 ** (1 / 13), 1.0
    assert _seen(told, 10, "occupancy_full")[0] == pytest.approx(older / (older + newer))


def test_a_zone_that_is_no_more_is_said_with_the_remedy(panel):
    remedy = r"zone 'z99'.*infraction-model ingest.*infraction-model occupancy.*then this again"
    with pytest.raises(ContractError, match=remedy):
        with_occupancy(panel, _week_of(0.5, 8, "z99"))


def test_zones_that_are_no_more_can_be_left_out_and_are_named(panel):
    known = [_week_of(0.4, 8, "z01"), _week_of(0.9, 8, "z00")]
    table = pd.concat([_week_of(0.5, 8, "z99"), *known, _week_of(0.2, 8, "y9")])
    kept, gone = of_known_zones(table, panel.zones["zone_id"])
    assert gone == ["y9", "z99"]
    told, expected = (_records(with_occupancy(panel, some)) for some in (kept, pd.concat(known)))
    pd.testing.assert_frame_equal(told, expected)
