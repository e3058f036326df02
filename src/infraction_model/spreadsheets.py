"""Text that a spreadsheet shows and never runs."""

from __future__ import annotations

import re

# A spreadsheet runs a cell that begins so; the full-width signs are taken for the plain ones.
_SIGNS = r"[=+\-@＝＋－＠|]"
_FORMULA = re.compile(r"^\s*" + _SIGNS)
# An Excel whose own separator is another opens a file by a double click all the same, and takes
# what follows that separator within a text for a cell of its own.
_NEXT_CELL = re.compile(r'([,;])(?=[\s"]*' + _SIGNS + ")")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def neutral(text: str) -> str:
    """`text` as a spreadsheet may show it: no formula, no control character; a number stays one.

    A text that is neutral already stays as it is.
    """
    text = _CONTROL.sub(" ", text)
    if _NUMBER.fullmatch(text):
        return text
    text = _NEXT_CELL.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text
