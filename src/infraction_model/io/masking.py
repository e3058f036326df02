"""Passwords in addresses: found where they must not stand, and covered where text is shown."""

from __future__ import annotations

import re

# scheme://user:password@host: the password may hold an @ of its own, the host begins at the last
_PASSWORD = re.compile(r"(?<=://)([^/\s:@'\"]*):([^/\s'\"]+)@")


def masked(text: str) -> str:
    """`text` with *** in place of the password of any address in it."""
    return _PASSWORD.sub(r"\1:***@", text)


def has_password(text: str) -> bool:
    """Whether `text` holds an address with a password written in it.

    One that stands for a variable of the environment, ${oc.env:NAME}, is not written in it.
    """
    return any("${" not in found[0] for found in _PASSWORD.finditer(text))
