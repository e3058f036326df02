"""Text that a spreadsheet shows and never runs, and tables as a double click opens them."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

# A spreadsheet runs a cell that begins so; the full-width signs are taken for the plain ones.
_SIGNS = r"[=+\-@＝＋－＠|]"
_FORMULA = re.compile(r"^\s*" + _SIGNS)
# An Excel whose own separator is another opens a file by a double click all the same, and takes
# what follows that separator within a text for a cell of its own.
_NEXT_CELL = re.compile(r'([,;])(?=[\s"]*' + _SIGNS + ")")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# These turn the direction of what follows, to the end of the line where they are not closed.
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def neutral(text: str) -> str:
    """`text` as a spreadsheet may show it: no formula, no control character, nothing that turns the
    direction of writing; a number stays one.

    A text that is neutral already stays as it is.
    """
    text = _DIRECTION.sub("", _CONTROL.sub(" ", text))
    if _NUMBER.fullmatch(text):
        return text
    text = _NEXT_CELL.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text


class Forms(NamedTuple):
    """How a language writes dates and clocks (for strftime), and its decimal sign."""

    date: str
    clock: str
    decimal: str


FORMS = {"fr": Forms("%d/%m/%Y", "%Hh%M", ","), "en": Forms("%Y-%m-%d", "%H:%M", ".")}


def as_csv(table: pd.DataFrame, language: str) -> bytes:
    """A table as semicolon CSV in UTF-8 with a mark; its texts must be `neutral` already."""
    decimal = FORMS[language].decimal
    text = table.to_csv(sep=";", index=False, decimal=decimal, lineterminator="\r\n")
    return text.encode("utf-8-sig")
