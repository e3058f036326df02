"""Text of a town as Markdown may hold it."""

from __future__ import annotations

_MARKUP = frozenset("\\`*_{}[]<>#|!&")


def plain(text: str) -> str:
    """One line without markup: signs that Markdown or HTML would read are escaped."""
    return "".join(f"\\{sign}" if sign in _MARKUP else sign for sign in " ".join(text.split()))
