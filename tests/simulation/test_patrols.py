from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

DAY = 24 * 60


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
