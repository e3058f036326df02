from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from infraction_model.simulation.names import StreetName
from infraction_model.simulation.spellings import respell, typed, unaccented, variants


def bare(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", unaccented(text).lower()))


def test_a_generals_street_is_written_in_the_ways_clerks_do():
    ways = variants(StreetName("Rue", "du", "Général de Gaulle"))
    assert {
        "Rue du Gal de Gaulle",
        "R GENERAL DE GAULLE",
        "rue du Général-de-Gaulle",
        "rue du general de gaulle",
        "RUE DU GENERAL DE GAULLE",
    } <= set(ways)
    assert "Rue du Général de Gaulle" not in ways


def test_no_way_of_writing_one_street_is_that_of_another(town):
    owner: dict[str, str] = {}
    for street in town.streets["street"]:
        for way in (street.official, *variants(street)):
            assert owner.setdefault(bare(way), street.official) == street.official


def test_a_street_is_written_in_latin_letters_an_office_suite_can_save(town):
    for street in town.streets["street"]:
        for way in variants(street):
            way.encode("latin-1")


@given(st.text(alphabet="abcdéè ABC-'", max_size=30), st.integers(0, 2**32))
def test_a_slip_of_the_fingers_is_a_single_one(text, seed):
    assert OSA.distance(text, typed(text, np.random.default_rng(seed))) <= 1


def test_the_share_not_as_registered_is_as_asked():
    streets = [StreetName("Rue", "du", "Maréchal Foch"), StreetName("Place", "de la", "Gare")]
    zone = np.tile([0, 1], 5000)
    official = np.array([street.official for street in streets])[zone]
    exact = respell(streets, zone, 0.0, np.random.default_rng(1))
    assert (exact == official).all()
    written = respell(streets, zone, 0.4, np.random.default_rng(1))
    assert abs((written != official).mean() - 0.4) < 0.02
    slips = sum(bare(w) not in {bare(v) for s in streets for v in (s.official, *variants(s))}
                for w in written)  # fmt: skip
    assert 0.01 < slips / len(zone) < 0.06
