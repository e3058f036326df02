"""Text as a file can hold it: what UTF-8 or XML 1.0 has no place for is replaced, nothing else."""

from __future__ import annotations

import re

_HALF = re.compile("[\ud800-\udfff]")
_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACED = "\ufffd"


def encodable(text: str) -> str:
    """`text` with U+FFFD for each half of a surrogate pair, which no encoding can write."""
    return _HALF.sub(_REPLACED, text)


def xml_text(text: str) -> str:
    """`text` with U+FFFD for each character that XML 1.0 forbids, and plain ends of lines.

    What is left is read back unchanged, once an XML writer has escaped it: a reader of XML turns
    carriage returns into line feeds itself. Source: XML 1.0 (fifth edition), sections 2.2 and 2.11.
    """
    return _NOT_XML.sub(_REPLACED, text.replace("\r\n", "\n").replace("\r", "\n"))
