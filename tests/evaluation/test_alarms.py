import numpy as np
import pytest

from infraction_model.evaluation.alarms import AlarmParameters, alarms, all_alarms, beyond_season
from made_judged import judged, not_judged


def _quiet(rng: np.random.Generator, count: int, unrest: float = 0.06) -> list[float]:
    """Levels of quiet weeks: chance and some unrest."""
    return list(rng.normal(0.0, np.hypot(0.05, unrest), count))


def _weeks(levels: list[float], **each) -> list[dict]:
    return [judged(number, level=level, **each) for number, level in enumerate(levels)]


def test_quiet_years_give_hardly_any_alarm():
    rng = np.random.default_rng(3)
    years = [
        [
            judged(number, level=level, zones=zones, ranking=ranking)
            for number, (level, zones, ranking) in enumerate(
                zip(
                    _quiet(rng, 52),
                    rng.normal(0.05, 0.04, 52),
                    rng.normal(0.02, 0.04, 52),
                    strict=True,
                )
            )
        ]
        for _ in range(40)
    ]
    assert sum(bool(all_alarms(weeks)) for weeks in years) <= 2


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.5, 2.0])
def test_a_lasting_change_of_level_is_found_within_three_weeks(factor):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        levels = _quiet(rng, 20)
        levels += list(np.log(factor) + np.array(_quiet(rng, 3)))
        found = all_alarms(_weeks(levels))
        assert {row["side"] for row in found} == {"up" if factor > 1 else "down"}
        assert found[0]["target_week"] in {judged(n)["target_week"] for n in (20, 21, 22)}


def test_one_odd_week_however_odd_is_no_alarm():
    for level in (-3.0, 3.0):
        assert all_alarms(_weeks([0.0] * 20 + [level] + [0.0] * 10)) == []


def test_what_the_season_brought_last_year_too_is_no_alarm():
    falls = [0.0] * 20 + [-0.35] * 5
    seasons = [None] * 20 + [[-0.4, 0.0]] * 5
    weeks = [
        judged(n, level=v, season=s) for n, (v, s) in enumerate(zip(falls, seasons, strict=True))
    ]
    assert all_alarms(weeks) == []
    assert all_alarms(_weeks(falls))
    # the other way, or further than last year, is news all the same
    other = [
        judged(n, level=-v, season=s) for n, (v, s) in enumerate(zip(falls, seasons, strict=True))
    ]
    assert all_alarms(other)
    further = [
        judged(n, level=3 * v, season=s)
        for n, (v, s) in enumerate(zip(falls, seasons, strict=True))
    ]
    assert all_alarms(further)


@pytest.mark.parametrize(
    ("value", "season", "left"),
    [
        (-0.3, [-0.4, 0.0], 0.0),
        (-0.5, [-0.4, 0.0], -0.1),
        (0.2, [-0.4, 0.0], 0.2),
        (0.2, [-0.1, 0.1], 0.1),
        (0.2, None, 0.2),
    ],
)
def test_only_what_lies_beyond_the_season_is_left(value, season, left):
    assert beyond_season({"value": value, "chance": 0.1, "season": season}) == pytest.approx(left)


def test_zones_that_are_always_off_are_not_news_but_a_rise_is():
    usual = _weeks([0.0] * 40, zones=0.3)
    # what was never seen before is an alarm, what lasts becomes usual
    assert all(row["target_week"] < judged(15)["target_week"] for row in all_alarms(usual))
    rise = [judged(number, zones=0.3 if number < 40 else 0.6) for number in range(44)]
    late = [row for row in all_alarms(rise) if row["target_week"] >= judged(40)["target_week"]]
    assert [row["name"] for row in late][:1] == ["zones_up"]


def test_weeks_that_could_not_be_judged_are_passed_over():
    levels = [0.0] * 20 + [0.5] * 3
    weeks = _weeks(levels)
    gaps = [*weeks[:21], not_judged(21), *(judged(n, level=0.5) for n in (22, 23))]
    assert [row["name"] for row in all_alarms(gaps)] == [row["name"] for row in all_alarms(weeks)]


def test_an_alarm_is_open_for_some_weeks_and_newest_come_first():
    rule = AlarmParameters(open_weeks=4)
    weeks = _weeks([0.0] * 20 + [0.7] * 6)
    found = alarms(weeks, rule)
    assert len(found) > 1
    assert [row["target_week"] for row in found] == sorted(
        (row["target_week"] for row in found), reverse=True
    )
    assert alarms([*weeks, *(judged(n) for n in range(26, 32))], rule) == []
    assert all_alarms([*weeks, *(judged(n) for n in range(26, 32))], rule)


def test_an_alarm_says_in_both_languages_how_much_was_found():
    weeks = [judged(n, level=0.0) for n in range(20)]
    weeks += [judged(n, level=0.7, fines=800.0, expected=400.0) for n in range(20, 23)]
    row = alarms(weeks)[0]
    assert row["level"] == "alarm"
    assert row["value"] > row["limit"]
    assert "2.00 times" in row["words"]["en"]
    assert "2,00 fois" in row["words"]["fr"]


def test_no_week_no_alarm():
    assert alarms([]) == []
    assert alarms([not_judged(0)]) == []
