"""Errors a user can act on: what was expected, what came, where, and what to do."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable


class InfractionModelError(Exception):
    """Base of every error whose message is meant for the user.

    `exit_code` is the process's, `label` the word before the message.
    """

    exit_code = 1
    label = "error"


class ConfigError(InfractionModelError):
    """A setting is unknown, missing, of the wrong kind or out of range."""

    exit_code = 2


class InputError(InfractionModelError):
    """A file given by the user cannot be read as what it should be."""

    exit_code = 3


class ContractError(InfractionModelError):
    """A table breaks its contract (schema.py); names the column, the row and the value."""

    exit_code = 4


class MissingArtefactError(InfractionModelError):
    """A step needs what an earlier step writes; names the file and the command that makes it."""

    exit_code = 5


class NotEnoughDataError(InfractionModelError):
    """There is too little history for what was asked; says how much there is and is needed."""

    exit_code = 6


class PromotionRefused(InfractionModelError):  # noqa: N818
    """A gate did not hold, so the champion stays; names the gates and where the evidence lies."""

    exit_code = 7


class TrackingUnavailable(InfractionModelError):  # noqa: N818
    """The store of runs and models does not answer; what does not need it is unharmed."""

    exit_code = 8


class LockedError(InfractionModelError):
    """Another run is going on in the same workspace; says which file it holds."""

    exit_code = 9


class PublishedWithFallback(InfractionModelError):  # noqa: N818 - it is no failure
    """The map is published, but made in a lesser way than meant; says which and why.

    Not a failure of the run: its exit code tells whoever reads cron's mail to have a look.
    """

    exit_code = 10
    label = "attention"


class StorageError(InfractionModelError):
    """The disk is full, may not be written, or fails; what was there before is still there."""

    exit_code = 11


class NotEnoughMemoryError(InfractionModelError):
    """The machine has too little memory for what was asked."""

    exit_code = 12


_ADVICE = {
    errno.ENOSPC: "The disk is full: free some space, or give a workspace on another disk.",
    getattr(errno, "EDQUOT", -1): "The quota is used up: free some space, or have it raised.",
    errno.EFBIG: "A file may not grow so large here: raise the limit of this user (ulimit -f).",
    errno.EROFS: "The disk may only be read: have it mounted for writing, or give a workspace "
    "elsewhere (workspace=DIR).",
    errno.EACCES: "Give the user who runs this the right to it, or another folder (workspace=DIR).",
    errno.EPERM: "Give the user who runs this the right to it, or another folder (workspace=DIR).",
    errno.EIO: "The disk fails: have it looked at, and give a workspace on another one.",
    errno.EMFILE: "Too many files are open at once: raise the limit of this user (ulimit -n).",
}


def of_os_error(error: OSError, doing: str = "") -> InfractionModelError:
    """What the operating system refused, as an error with advice; `doing` says what was tried.

    A StorageError where the disk or the rights to it are at fault, else an InputError.
    """
    what = doing or str(error.filename or "")
    reason = error.strerror or str(error)
    said = f"{what}: {reason}." if what else f"{reason}."
    advice = _ADVICE.get(error.errno) if error.errno is not None else None
    return InputError(said) if advice is None else StorageError(f"{said} {advice}")


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `word` regardless of case, or None where none is near."""
    by_fold = {str(candidate).casefold(): str(candidate) for candidate in candidates}
    found = difflib.get_close_matches(str(word).casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A sentence that suggests the nearest candidate, else lists what there is."""
    candidates = sorted(map(str, candidates))
    near = nearest(word, candidates)
    if near is not None:
        return f"Did you mean '{near}'?"
    return f"There is: {', '.join(candidates) or 'nothing'}."
