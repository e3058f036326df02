"""The random key that pseudonymises agents: made once, kept in the workspace, read by its owner."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from infraction_model.errors import InputError
from infraction_model.io.atomic import new_file

_BYTES = 32


def agent_key(folder: Path) -> bytes:
    """The key kept in `folder`, or a new random one that `keep_agent_key` has yet to write."""
    path = _path(folder)
    if not path.exists():
        return secrets.token_bytes(_BYTES)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable key ({error}).") from None
    if len(key) != _BYTES:
        raise InputError(
            f"{path} holds {len(key)} bytes, expected {_BYTES}. Restore it; where it is lost, "
            "delete it: agents then get new pseudonyms."
        )
    return key


def keep_agent_key(folder: Path, key: bytes) -> None:
    """Write the key where there is none yet, readable by its owner only (mode 0600)."""
    path = _path(folder)
    if path.exists():
        return
    with new_file(path) as temporary:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
    folder.chmod(0o700)


def _path(folder: Path) -> Path:
    return folder / "agents.key"
