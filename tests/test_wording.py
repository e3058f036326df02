from __future__ import annotations

import ast
import datetime as dt
import re
import string
from importlib import resources
from pathlib import Path

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


SOURCE = Path(wording.__file__).parent
MADE = re.compile(r"""(\w+_)\$\{|"(\w+_)"\s*~""")  # the beginning of a key, in JavaScript and Jinja
BASES = re.compile("_(recorded|checks|inferred|none)$")  # left off by maps.texts.words_for


def asked_for() -> tuple[set[str], list[re.Pattern]]:
    """Every text and name in the code, and patterns of the texts that it puts together."""
    names, made = set(), []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
            elif isinstance(node, ast.FunctionDef):  # features are named by their functions
                names.add(node.name)
            elif isinstance(node, ast.JoinedStr):
                parts = [getattr(part, "value", None) for part in node.values]
                fixed = [re.escape(part) if isinstance(part, str) else ".+" for part in parts]
                if len("".join(fixed).replace(".+", "")) >= 3:
                    made.append(re.compile("".join(fixed)))
    for path in [*SOURCE.rglob("*.js"), *SOURCE.rglob("*.j2")]:
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"[\w%]+", text))
        made += [re.compile(f"{one or other}.+") for one, other in MADE.findall(text)]
    conf = SOURCE.parents[1] / "conf" / "data"
    for path in conf.glob("*.yaml"):
        names |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return names, made


def test_every_key_of_the_catalogue_is_asked_for():
    names, made = asked_for()

    def known(word: str) -> bool:
        return word in names or word.isdigit() or any(one.fullmatch(word) for one in made)

    def is_used(area: str, key: str) -> bool:
        stem = BASES.sub("", key) if area == "map" else key
        return known(key) or known(stem) or all(known(part) for part in key.split("."))

    assert [key for key in entries("fr") if not is_used(*key)] == []


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
