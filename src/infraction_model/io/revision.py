"""Which revision of this software runs, where it runs from a git checkout."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Revision:
    """A git commit; `dirty` where the code or conf/ is not what was committed."""

    commit: str
    dirty: bool


@cache
def revision() -> Revision | None:
    """The revision of the running code; None where it was installed, or git is not there."""
    # a town may keep its environment below a repository of its own, which says nothing of this code
    if _git("ls-files", "--error-unmatch", "errors.py") is None:
        return None
    commit = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--", ".", ":/conf")
    return None if commit is None else Revision(commit, bool(changed))


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(_PACKAGE), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
