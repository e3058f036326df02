"""JSON files this software writes and reads back: strict, whole, and a clear word when broken."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from infraction_model.errors import InputError
from infraction_model.io.atomic import write_text


def write_json(path: Path, content: Any) -> None:
    """Write strict JSON whole or not at all; a figure that is not defined (NaN) becomes null."""
    write_text(path, json_text(content))


def json_text(content: Any) -> str:
    """Strict JSON; a figure that is not defined (NaN) becomes null."""
    text = json.dumps(_defined(content), indent=1, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def _defined(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _defined(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_json(path: Path, made_by: str) -> Any:
    """Read a JSON file; raises InputError naming the command that writes it where it is broken."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(
            f"{path} is not JSON ({error}). Run `infraction-model {made_by}` again."
        ) from None
