"""Every word of the ingest report, in French and in English."""

from __future__ import annotations

from infraction_model.wording import by_language

TEXTS = by_language("ingest")

_PHRASES = by_language("phrases")
_KINDS = by_language("context_kinds")["fr"]


def phrase(text: str, language: str) -> str:
    """A reason, note or kind in the reader's language."""
    if language == "fr" and text.startswith("filtered: "):
        return "filtre : " + text.removeprefix("filtered: ")
    if language == "fr" and text.startswith("longer than "):
        return "plus longue que " + text.removeprefix("longer than ").replace("hours", "heures")
    kind, _, complaint = text.partition(" ")
    if language == "fr" and kind in _KINDS and complaint in ("is negative", "is not a number"):
        wrong = "négatif" if complaint == "is negative" else "pas un nombre"
        return f"{_KINDS[kind]} : {wrong}"
    return _PHRASES[language].get(text, text)
