"""Street names: the spellings clerks use agree, different streets stay different."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraction_model.ingest.mapping import StreetMatching
from infraction_model.ingest.street_names import (
    look_alikes,
    merge_slips,
    normalise,
    resolve,
    split_house_number,
    squashed,
)

SAME = [
    ("fr", "Boulevard du Maréchal Foch", "Bd. du Mal FOCH"),
    ("fr", "Rue de la Paix", "PAIX (RUE DE LA)"),
    ("fr", "Rue de l'Hôtel-de-Ville", "R. de l’hotel de ville"),
    ("fr", "Avenue Saint-Exupéry", "Av St Exupery"),
    ("fr", "Rue Notre-Dame", "rue N.-D."),
    ("fr", "Place du Docteur Calmette", "PL DR CALMETTE"),
    ("fr", "Rue du 8 Mai 1945", "rue du huit mai 1945"),
    ("fr", "Rond-Point des Œillets", "RPT des oeillets"),
    ("en", "Oxford Street (Charles Street To Grove Road)", "OXFORD ST (CHARLES ST TO GROVE RD)"),
    ("en", "1st Street", "01ST ST"),
    ("en", "Saint Peter's Square", "St Peters Sq"),
    ("en", "North Point Street", "N POINT ST"),
    ("en", "Geary Boulevard", "GEARY BLVD"),
    ("de", "Müllerstraße", "Muellerstr."),
    ("de", "Haupt-Straße", "Hauptstr"),
]  # fmt: skip
DIFFERENT = [
    ("fr", "Rue Victor Hugo", "Avenue Victor Hugo"),
    ("fr", "Rue du 8 Mai", "Rue du 11 Mai"),
    ("en", "3rd Street", "3rd Avenue"),
    ("en", "5th Street", "15th Street"),
    ("en", "Oxford Street East", "Oxford Street West"),
]


@pytest.mark.parametrize("language, one, other", SAME)
def test_usual_spellings_agree(language, one, other):
    assert squashed(normalise(one, [language])) == squashed(normalise(other, [language]))


@pytest.mark.parametrize("language, one, other", DIFFERENT)
def test_other_streets_stay_apart(language, one, other):
    assert squashed(normalise(one, [language])) != squashed(normalise(other, [language]))


@given(st.text(max_size=60))
def test_a_key_is_its_own_key_and_holds_no_case_or_accent(text):
    key = normalise(text, ["fr"])
    assert key == key.casefold()
    assert " ".join(key.split()) == key


@pytest.mark.parametrize(
    "text, number, street",
    [
        ("12 bis, rue de la Paix", 12, "rue de la Paix"),
        ("1509 CAYUGA AVE", 1509, "CAYUGA AVE"),
        ("0 FRANCISCO ST", 0, "FRANCISCO ST"),
        ("5TH AVE", None, "5TH AVE"),
        ("MISSION ST & 11TH ST", None, "MISSION ST & 11TH ST"),
        ("1234567 MAIN ST", None, "1234567 MAIN ST"),
    ],
)
def test_house_number(text, number, street):
    assert split_house_number(text) == (number, street)


STREETS = ["Rue de la Paix", "Boulevard du Maréchal Foch", "Rue des Halles", "Place des Halles",
           "Rue du Chemin de Fer", "Rue du 8 Mai 1945", "Rue du 11 Novembre 1918"]  # fmt: skip


def find(spelling: str, **matching) -> tuple[str | None, str]:
    parameters = StreetMatching(languages=("fr",), **matching)
    references = {normalise(name, ["fr"]): name for name in STREETS}
    aliases = {normalise("La Halle", ["fr"]): normalise("Place des Halles", ["fr"])}
    (match,) = resolve([spelling], references, aliases, parameters)
    return references.get(match.key), match.how


@pytest.mark.parametrize(
    "spelling, street, how",
    [
        ("R DE LA PAIX", "Rue de la Paix", "exact"),
        ("la halle", "Place des Halles", "alias"),
        ("12 rue de la Paix", "Rue de la Paix", "exact"),
        ("Bd Foch", "Boulevard du Maréchal Foch", "shorter name"),
        ("Foch", "Boulevard du Maréchal Foch", "shorter name"),
        ("rue dse Halles", "Rue des Halles", "likeness"),
        ("R. DU CHEMNI DE FER", "Rue du Chemin de Fer", "likeness"),
        ("rue du 8 mia 1945", "Rue du 8 Mai 1945", "likeness"),
        ("rue du 9 mai 1945", None, "unknown"),
        ("Halles", None, "ambiguous"),  # a street and a square share the name
        ("Avenue de la Paix", None, "unknown"),
        ("Rue de la Loi", None, "unknown"),
        ("", None, "empty"),
    ],
)
def test_resolve(spelling, street, how):
    assert find(spelling) == (street, how)


def test_an_unknown_street_comes_with_its_three_best_guesses():
    references = {normalise(name, ["fr"]): name for name in STREETS}
    (match,) = resolve(["Avenue de la Paix"], references, {}, StreetMatching())
    assert len(match.guesses) == 3
    assert match.guesses[0].startswith("Rue de la Paix (")


def test_a_higher_threshold_accepts_less():
    assert find("R. DU CHEMNI DE FER", threshold=99.0) == (None, "unknown")


def test_only_slips_are_merged_and_only_into_what_is_frequent():
    counts = pd.Series(
        {"oxford street": 500, "oxfrod street": 3, "oxfford street": 2, "oxford road": 90,
         "manor street": 2, "major street": 400, "zone a street": 300, "zone b street": 1,
         "chervil close": 5, "chevril close": 20}
    )  # fmt: skip
    assert merge_slips(counts, 0.05) == {
        "oxfrod street": "oxford street",
        "oxfford street": "oxford street",
    }
    assert ("manor street", "major street") in look_alikes(counts, 0.05)
