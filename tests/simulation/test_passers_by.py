"""Passers-by and shops go with who parks there and with how much goes on."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest

from infraction_model.simulation import kinds
from infraction_model.simulation.passers_by import make_footfall, make_shops

SINCE = 78


@pytest.fixture(scope="module")
def footfall(town):
    return make_footfall(town.drivers, 8, SINCE, np.random.default_rng(5))


def _read(town, name) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(town.raw[name]), sep=";", encoding="latin-1")


def test_every_hour_of_the_counted_zones_is_there_once(town, footfall):
    assert footfall["zone"].nunique() == 8
    assert not footfall.duplicated(["zone", "hour"]).any()
    assert len(footfall) == 8 * 26 * 168
    assert footfall["hour"].agg(["min", "max"]).tolist() == [SINCE * 168, 104 * 168 - 1]
    assert make_footfall(town.drivers, 0, SINCE, np.random.default_rng(5)).empty


def test_people_come_when_those_drivers_do_who_walk(town, footfall):
    """By hour of the week against the mixture's own walkers: shoppers, not residents at night."""
    zone = footfall["zone"].iloc[0]
    by_hour = footfall[footfall["zone"] == zone].groupby(footfall["hour"] % 168)["people"].mean()
    named = town.drivers.mixture[zone, [kinds.NAMES.index(name) for name in ("shoppers", "market")]]
    assert named.sum() > 0.3
    assert by_hour[2 * 24 + 10] > 5 * by_hour[2 * 24 + 3]


def test_where_four_times_as_much_goes_on_twice_as_many_walk(town):
    rates = town.drivers.rates.copy()
    rates[:, 91:] *= 4.0
    changed = dataclasses.replace(town.drivers, rates=rates)
    before, after = (
        make_footfall(drivers, 1, SINCE, np.random.default_rng(5))
        for drivers in (town.drivers, changed)
    )
    late = before["hour"] >= 91 * 168
    assert before[~late].equals(after[~late])
    grown = after.loc[late, "people"].sum() / before.loc[late, "people"].sum()
    assert grown == pytest.approx(2.0, rel=0.01)


def test_shops_are_where_shoppers_are(town):
    shops = make_shops(town.drivers, np.random.default_rng(6))
    share = town.drivers.mixture[:, kinds.NAMES.index("shoppers")]
    assert shops[share > 0.4].mean() > 3 * shops[share < 0.05].mean()
    assert shops.min() >= 0


def test_the_files_say_what_was_counted(town):
    counts, shops = _read(town, "pietons.csv"), _read(town, "commerces.csv")
    assert counts.columns.tolist() == ["Compteur", "Date", "Heure", "Passages"]
    assert set(counts["Compteur"]) <= set(town.streets["name"])
    assert len(counts) == 8 * 26 * 168
    assert shops["Rue"].tolist() == town.streets["name"].tolist()
    assert (shops["Commerces"] >= 0).all()
