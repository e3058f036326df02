from __future__ import annotations

import datetime as dt
import string
from importlib import resources

import pytest
from babel.messages.pofile import read_po

from infraction_model import wording
from infraction_model.wording import LANGUAGES


def entries(language: str) -> dict[tuple[str, str], str]:
    path = f"locale/{language}/LC_MESSAGES/infraction_model.po"
    with resources.files("infraction_model").joinpath(path).open("rb") as file:
        return {(one.context, one.id): one.string for one in read_po(file) if one.id}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_says_the_same_things_with_the_same_blanks():
    first = entries(LANGUAGES[0])
    for language in LANGUAGES[1:]:
        other = entries(language)
        assert set(other) == set(first), language
        for key, text in other.items():
            assert text.strip(), (language, key)
            assert blanks(text) == blanks(first[key]), (language, key)


def test_no_key_stands_twice_in_a_catalogue():
    for language in LANGUAGES:
        path = f"locale/{language}/LC_MESSAGES/infraction_model.po"
        text = resources.files("infraction_model").joinpath(path).read_text(encoding="utf-8")
        assert text.count("\nmsgctxt ") == len(entries(language))


def test_an_area_without_words_is_an_error():
    with pytest.raises(KeyError, match="no words of the area 'mapp'"):
        wording.words("mapp", "fr")


def test_keys_with_points_are_taken_apart():
    found = wording.tree("compare", "fr")
    assert found["units"]["weeks"] == wording.words("compare", "fr")["units.weeks"]
    assert isinstance(found["methods"], tuple)
    assert wording.by_key("gates")["weeks"]["en"] == "{count} weeks judged"


@pytest.mark.parametrize(
    ("language", "date", "whole", "share"),
    [
        ("fr", "dimanche 1er février 2026", "12\u202f345", "0,5\u00a0%"),
        ("en", "Sunday 1 February 2026", "12,345", "0.5%"),
    ],
)
def test_dates_and_numbers_follow_the_language(language, date, whole, share):
    assert wording.day_and_date(dt.date(2026, 2, 1), language) == date
    assert wording.number(12_345, language) == whole
    assert wording.percent(0.005, language) == share
