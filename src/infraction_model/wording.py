"""Every word a reader of the pages sees, from one gettext catalogue per language; dates, numbers.

`locale/LANGUAGE/LC_MESSAGES/infraction_model.po` holds all of a language. An entry has as context
(msgctxt) the area it belongs to, as msgid a key that the code asks for, as msgstr the words;
`{…}` marks what is filled in. Any editor of gettext files opens them. Another language is another
file, and its name in LANGUAGES.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LANGUAGES = ("fr", "en")
"""The languages that pages and files are written in, the default first."""

Language = Literal["fr", "en"]

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


@cache
def _catalogue(language: str) -> Catalog:
    name = f"locale/{language}/LC_MESSAGES/infraction_model.po"
    with resources.files("infraction_model").joinpath(name).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def day_name(day: int, language: str) -> str:
    """The name of a day of the week, 0 = Monday."""
    return dates.get_day_names("wide", locale=_LOCALES[language])[day]


def long_date(date: dt.date, language: str) -> str:
    """A date in words: `12 janvier 2026`, `12 January 2026`, and `1er janvier 2026`."""
    written = dates.format_date(date, "long", locale=_LOCALES[language])
    return f"1er{written[1:]}" if language == "fr" and date.day == 1 else written


def day_and_date(date: dt.date, language: str) -> str:
    """A date in words with its day: `lundi 12 janvier 2026`, `Monday 12 January 2026`."""
    return f"{day_name(date.weekday(), language)} {long_date(date, language)}"


def number(value: float, language: str, digits: int = 0) -> str:
    """A number as the language writes it: `12 345,6` in French, `12,345.6` in English."""
    form = "#,##0." + "0" * digits if digits else "#,##0"
    return numbers.format_decimal(value, form, locale=_LOCALES[language])


def percent(share: float, language: str) -> str:
    """A share in percent with up to four decimals, without needless ones: `0,5 %`, `0.5%`."""
    return numbers.format_percent(share, _PERCENT[language], locale=_LOCALES[language])
