from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import spearmanr

from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.town import simulate_truth

DAY = 24 * 60
USUAL = SimulationParameters(zones=60, weeks=40, officers=6)


@pytest.fixture(scope="module")
def usual():
    return simulate_truth(USUAL)


@pytest.fixture(scope="module", params=[20240101, 1, 2, 3])
def changed(request):
    return simulate_truth(dataclasses.replace(USUAL, habit_change=True), request.param)


def test_no_officer_is_at_two_places_and_none_works_past_midnight(town):
    patrols = town.patrols
    assert (patrols["start"] // DAY == (patrols["end"] - 1) // DAY).all()
    for _, own in patrols.groupby("officer"):
        ordered = own.sort_values("start")
        walk = ordered["start"].to_numpy()[1:] - ordered["end"].to_numpy()[:-1]
        assert (walk >= 1).all()


def test_visits_last_as_long_as_asked(town):
    minutes = town.patrols["end"] - town.patrols["start"]
    assert minutes.between(8, 45).all()
    assert 16.5 < minutes.mean() < 19.5


def test_most_hours_are_office_hours_and_the_rest_is_rare(town):
    start = town.patrols["start"]
    weekday, hour = start // DAY % 7, start // 60 % 24
    office = (weekday < 5) & hour.between(7, 18)
    assert 0.85 < office.mean() < 0.97
    assert 0.02 < (weekday == 5).mean() < 0.10
    assert 0.0005 < (weekday == 6).mean() < 0.01
    assert 0.001 < (hour >= 19).mean() < 0.02
    assert (hour < 7).sum() == 0
    assert (hour == 12).mean() < 0.02


def test_a_twentieth_of_the_zone_hours_is_looked_at(town):
    hours = len(town.streets) * town.parameters.weeks * 168
    first = town.patrols.groupby(["zone", town.patrols["start"] // 60]).ngroups
    assert 0.03 < first / hours < 0.10


def test_officers_go_where_they_always_go_not_where_it_is_worst(town):
    zones = town.truth["zones"]
    worst = zones["zone_id"].isin(
        town.truth["rates"].groupby("zone_id")["rate"].mean().nlargest(40).index
    )
    fair = 1 / len(zones)
    assert (zones.loc[worst, "patrol_share"] < 0.15 * fair).sum() >= 5
    assert (zones.loc[~worst, "patrol_share"] > 1.5 * fair).sum() >= 5
    assert (zones["patrol_share"] > 0).all()
    true = town.drivers.rates.mean(axis=(1, 2))
    assert abs(spearmanr(zones["patrol_share"], true).statistic) < 0.4


def test_patrols_are_biased_to_the_centre(town):
    far = np.hypot(town.streets["east"], town.streets["north"])
    inner = (far < far.median()).to_numpy()
    assert town.truth["zones"].loc[inner, "patrol_share"].sum() > 0.6


def test_habits_last(town):
    """Where an officer went in the first half of the history he goes in the second."""
    early_half = town.patrols["start"] < town.parameters.weeks * 7 * DAY // 2
    early = np.bincount(town.patrols.loc[early_half, "zone"], minlength=120)
    late = np.bincount(town.patrols.loc[~early_half, "zone"], minlength=120)
    assert np.corrcoef(early, late)[0, 1] > 0.98


def halves(history):
    """The patrols before and after half-way."""
    early = history.patrols["start"] < history.parameters.weeks // 2 * 7 * DAY
    return history.patrols[early], history.patrols[~early]


def hours_of_day(patrols):
    return np.bincount(patrols["start"] // 60 % 24, minlength=24) / len(patrols)


def test_a_change_of_habit_moves_officers_to_other_zones_and_hours(usual, changed):
    early, late = (np.bincount(half["zone"], minlength=60) for half in halves(changed))
    assert np.corrcoef(early, late)[0, 1] < 0.8
    moved = np.abs(np.subtract(*map(hours_of_day, halves(changed)))).sum()
    assert moved > 4 * np.abs(np.subtract(*map(hours_of_day, halves(usual)))).sum()


def test_a_change_of_habit_leaves_the_time_before_it_as_it_was(usual):
    changed = simulate_truth(dataclasses.replace(USUAL, habit_change=True))
    before, after = halves(changed)
    usual_before, usual_after = halves(usual)
    assert before.drop(columns=["found", "checked"]).equals(
        usual_before.drop(columns=["found", "checked"])
    )
    assert 0.7 < len(after) / len(usual_after) < 1.5
    np.testing.assert_array_equal(changed.drivers.rates, usual.drivers.rates)


def test_nobody_is_at_two_places_after_the_change_either(changed):
    _, late = halves(changed)
    assert (late["start"] // DAY == (late["end"] - 1) // DAY).all()
    for _, own in late.groupby("officer"):
        ordered = own.sort_values("start")
        assert (ordered["start"].to_numpy()[1:] > ordered["end"].to_numpy()[:-1]).all()


def test_patrols_are_as_few_as_asked(usual):
    few = simulate_truth(dataclasses.replace(USUAL, duty_share=0.33))
    assert len(few.patrols) / len(usual.patrols) == pytest.approx(0.33, abs=0.04)
    np.testing.assert_array_equal(few.drivers.rates, usual.drivers.rates)


def test_vehicles_checked_are_those_of_the_zone_and_the_fines_among_them(town):
    patrols = town.patrols
    assert patrols["found"].sum() == len(town.fines)
    others = patrols["checked"] - patrols["found"]
    long_enough = patrols["end"] - patrols["start"] >= 20
    expected = 0.6 * town.streets["spaces"].to_numpy()[patrols["zone"]]
    assert others[long_enough].sum() == pytest.approx(expected[long_enough].sum(), rel=0.01)
