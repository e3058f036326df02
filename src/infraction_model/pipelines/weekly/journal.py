"""What happened in a weekly run: how each stage ended, and what went wrong and was survived."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from infraction_model.errors import InfractionModelError


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong: its kind (a key of reports.weekly_texts) and what was said."""

    kind: str
    detail: str = ""


@dataclass
class Journal:
    """The troubles of one run, and how each of its stages ended, in their order."""

    stages: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def trouble(self, kind: str, detail: str = "") -> None:
        logging.getLogger(__name__).warning("%s: %s", kind, detail)
        self.troubles.append(Trouble(kind, detail))

    @contextmanager
    def stage(self, name: str, or_else: str | None = None) -> Iterator[dict[str, Any]]:
        """Run a stage. With `or_else`, its failure becomes a trouble of that kind, and is survived.

        Gives the stage's row: a stage that found nothing to do says so in its `outcome`.

        A town must have its map on Monday whatever fails on the way to a better one: this is the
        one place where any error at all is caught.
        """
        row = {"stage": name, "outcome": "done"}
        self.stages.append(row)
        try:
            yield row
        except Exception as error:
            row["outcome"] = f"failed: {_in_words(error)}"
            if or_else is None:
                raise
            logging.getLogger(__name__).exception("%s failed", name)
            self.trouble(or_else, _in_words(error))


def _in_words(error: Exception) -> str:
    """The message of an error meant for users; of any other its kind as well."""
    if isinstance(error, InfractionModelError):
        return str(error)
    return f"{type(error).__name__}: {error}"
