"""Every word a reader of the pages sees, from one gettext catalogue per language; dates, numbers.

`locale/LANGUAGE/LC_MESSAGES/infraction_model.po` holds all of a language. An entry has as context
(msgctxt) the area it belongs to, as msgid a key that the code asks for, as msgstr the words;
`{…}` marks what is filled in. Any editor of gettext files opens them. Another language is another
file, and its name in LANGUAGES.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LANGUAGES = ("fr", "en")
"""The languages that pages and files are written in, the default first."""

Language = Literal["fr", "en"]

_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_PERCENT = {"fr": "#,##0.####\u00a0%", "en": "#,##0.####%"}
_LOCALES = {"fr": Locale("fr", "FR"), "en": Locale("en", "GB")}


@cache
def words(area: str, language: str) -> Mapping[str, str]:
    """The words of an area in a language by their keys, in the order of the catalogue.

    Raises KeyError for an area without words.
    """
    found = {entry.id: entry.string for entry in _catalogue(language) if entry.context == area}
    if not found:
        raise KeyError(f"no words of the area '{area}' in '{language}'")
    return MappingProxyType(found)


def category_name(category: str, language: str) -> str:
    """What a category of conf/data is called; one that the town named itself keeps its name."""
    return words("categories", language).get(category, category)


def by_language(area: str) -> dict[str, dict[str, Any]]:
    """The words of an area in every language, as `tree` gives them."""
    return {language: tree(area, language) for language in LANGUAGES}


def by_key(area: str) -> dict[str, dict[str, str]]:
    """The words of an area by their keys, each in every language."""
    return {
        key: {language: words(area, language)[key] for language in LANGUAGES}
        for key in words(area, LANGUAGES[0])
    }


def tree(area: str, language: str) -> dict[str, Any]:
    """The words of an area, keys with points taken apart: `units.both` is `["units"]["both"]`.

    Keys that are all numbers make a tuple.
    """
    found: dict[str, Any] = {}
    for key, text in words(area, language).items():
        *branches, leaf = key.split(".")
        place = found
        for branch in branches:
            place = place.setdefault(branch, {})
        place[leaf] = text
    return _tuples(found)


def _tuples(found: Any) -> Any:
    if isinstance(found, str):
        return found
    if all(key.isdigit() for key in found):
        return tuple(_tuples(found[key]) for key in sorted(found, key=int))
    return {key: _tuples(value) for key, value in found.items()}


@cache
def _catalogue(language: str) -> Catalog:
    name = f"locale/{language}/LC_MESSAGES/infraction_model.po"
    with resources.files("infraction_model").joinpath(name).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def isolated(name: str) -> str:
    """A name as part of a sentence: in its own direction of writing, which ends with it.

    A sign that turns the direction and is never closed would turn the rest of the sentence.
    """
    return f"\u2068{_DIRECTION.sub('', name)}\u2069"


def day_name(day: int, language: str) -> str:
    """The name of a day of the week, 0 = Monday."""
    return dates.get_day_names("wide", locale=_LOCALES[language])[day]


def day_names(language: str) -> list[str]:
    """The names of the days of the week, Monday first."""
    return [day_name(day, language) for day in range(7)]


def month_name(month: int, language: str) -> str:
    """The name of a month, 1 = January."""
    return dates.get_month_names("wide", locale=_LOCALES[language])[month]


def long_date(date: dt.date, language: str) -> str:
    """A date in words: `12 janvier 2026`, `12 January 2026`, and `1er janvier 2026`."""
    written = dates.format_date(date, "long", locale=_LOCALES[language])
    return f"1er{written[1:]}" if language == "fr" and date.day == 1 else written


def day_and_date(date: dt.date, language: str) -> str:
    """A date in words with its day: `lundi 12 janvier 2026`, `Monday 12 January 2026`."""
    return f"{day_name(date.weekday(), language)} {long_date(date, language)}"


def short_date(date: dt.date, language: str) -> str:
    """A date in figures: `12/01/2026`, or `12 Jan 2026`."""
    form = "dd/MM/yyyy" if language == "fr" else "d MMM yyyy"
    return dates.format_date(date, form, locale=_LOCALES[language])


def clock(time: dt.time | dt.datetime, language: str) -> str:
    """A time of day: `9 h 05` and `14 h` in French, `09:05` and `14:00` in English."""
    if language != "fr":
        return f"{time:%H:%M}"
    minutes = f"\u00a0{time:%M}" if time.minute else ""
    return f"{time.hour}\u00a0h{minutes}"


def number(value: float, language: str, digits: int = 0) -> str:
    """A number as the language writes it: `12 345,6` in French, `12,345.6` in English."""
    form = "#,##0." + "0" * digits if digits else "#,##0"
    return numbers.format_decimal(value, form, locale=_LOCALES[language])


def percent(share: float, language: str) -> str:
    """A share in percent with up to four decimals, without needless ones: `0,5 %`, `0.5%`."""
    return numbers.format_percent(share, _PERCENT[language], locale=_LOCALES[language])
