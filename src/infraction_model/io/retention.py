"""From which day on a town keeps records: written by forget, heeded by every ingest."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from infraction_model.errors import InputError
from infraction_model.io.json_files import read_json, write_json


def kept_from(path: Path) -> dt.date | None:
    """The first day that is kept, or None where nothing was ever forgotten."""
    if not Path(path).exists():
        return None
    content = read_json(path, "forget")
    try:
        return dt.date.fromisoformat(content["kept_from"])
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{path}: expected a day under kept_from, got {content!r}. "
            "Run `infraction-model forget` again with the day from which on records are kept."
        ) from None


def keep_from(path: Path, day: dt.date) -> dt.date:
    """Remember the first day to keep, and give it; it never moves back."""
    before = kept_from(path)
    day = day if before is None else max(day, before)
    if day != before:
        write_json(path, {"kept_from": str(day)})
    return day
