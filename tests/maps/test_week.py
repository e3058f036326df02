from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

import made_weeks
from infraction_model import timegrid
from infraction_model.errors import ContractError, InputError
from infraction_model.maps.week import map_week, probability_bound


def test_every_score_lies_at_its_zone_and_hour_whatever_the_order_of_the_rows():
    scores = made_weeks.scores(["b", "a", "c"]).sample(frac=1, random_state=1)
    town = made_weeks.zones(dict.fromkeys(["c", "a", "b"]))
    week = map_week(scores, town, "T", timegrid.week_starting(made_weeks.MONDAY))
    assert week.zones["zone_id"].tolist() == ["a", "b", "c"]
    for row in scores.sample(40, random_state=2).itertuples():
        zone = "abc".index(row.zone_id)
        hour = row.starts_at.weekday() * 24 + row.starts_at.hour
        assert week.probability[zone, hour] == row.infraction_probability
        assert week.upper[zone, hour] == row.upper


def test_the_hour_that_spring_skips_is_missing_and_the_others_keep_their_place():
    week = made_weeks.week({"a": None, "b": None}, monday=made_weeks.SPRING)
    assert np.flatnonzero(np.isnan(week.probability).all(axis=0)).tolist() == [6 * 24 + 2]
    assert (week.tier[:, 6 * 24 + 2] == 0).all()


def test_zones_without_scores_stay_and_scored_zones_unknown_to_the_table_keep_their_id():
    scores = made_weeks.scores(["a", "new"])
    town = made_weeks.zones({"a": None, "quiet": shapely.Point(1, 2)}, {"a": "  "})
    week = map_week(scores, town, "T", timegrid.week_starting(made_weeks.MONDAY))
    assert week.zones["name"].tolist() == ["a", "new", "Rue quiet"]
    assert np.isnan(week.probability[2]).all()
    assert week.zones["geometry"].notna().tolist() == [False, False, True]


def test_scores_of_another_week_are_refused():
    scores = made_weeks.scores(["a"])
    with pytest.raises(ContractError, match=r"of 2026-01-19 only, .* 2026-01-12"):
        map_week(scores, made_weeks.zones({"a": None}), "T", timegrid.week_of("2026-01-19").item())


def test_scores_of_two_exposure_bases_cannot_share_a_map():
    scores = pd.concat([made_weeks.scores(["a"]), made_weeks.scores(["b"], basis="none")])
    with pytest.raises(ContractError, match="none and recorded"):
        map_week(
            scores, made_weeks.zones({"a": None}), "T", timegrid.week_starting(made_weeks.MONDAY)
        )


def test_extrapolated_hours_are_named_and_leave_the_basis_of_the_week_alone():
    scores = made_weeks.scores(["a", "b"], basis="none")
    night = scores["starts_at"].dt.hour < 5
    scores.loc[night, "exposure_basis"] = "extrapolated"
    town = made_weeks.zones({"a": None, "b": None})
    week = map_week(scores, town, "T", timegrid.week_starting(made_weeks.MONDAY))
    assert week.exposure_basis == "none"
    assert week.extrapolated == tuple(24 * day + hour for day in range(7) for hour in range(5))
    assert (week.ranked["exposure_basis"].tail(2 * 35) == "extrapolated").all()


def test_no_scores_and_broken_geometry_are_named():
    week = timegrid.week_starting(made_weeks.MONDAY)
    scores, town = made_weeks.scores(["a"]), made_weeks.zones({"a": None, "b": shapely.Point(1, 2)})
    with pytest.raises(ContractError, match="no rows"):
        map_week(scores.head(0), town, "T", week)
    with pytest.raises(InputError, match="geometry of zone 'b'"):
        map_week(scores, town.assign(geometry=[None, b"not wkb"]), "T", week)


def test_a_bound_on_the_count_becomes_the_poisson_bound_on_the_probability():
    rate = np.array([0.0, 0.01, 0.5, 4.0])
    bound = probability_bound(-np.expm1(-rate), rate, 2 * rate)
    np.testing.assert_allclose(bound, 1 - np.exp(-2 * rate), rtol=1e-9)
