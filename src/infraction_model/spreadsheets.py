"""Text that a spreadsheet shows and never runs."""

from __future__ import annotations

import re

# A spreadsheet runs a cell that begins so; the full-width signs are taken for the plain ones.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠|]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def neutral(text: str) -> str:
    """`text` as a spreadsheet may show it: no formula, no control character; a number stays one."""
    text = _CONTROL.sub(" ", text)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
