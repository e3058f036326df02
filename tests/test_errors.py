"""Exit codes are written down, each once, and what the system refuses comes with advice."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from infraction_model import errors
from infraction_model.errors import InfractionModelError, InputError, StorageError, of_os_error

TABLE = Path(__file__).resolve().parents[1] / "docs" / "exit_codes.md"


def documented() -> dict[str, int]:
    """The table of docs/exit_codes.md: name of the error -> code."""
    rows = re.findall(r"^\| (\d+) \| (\w*) \| .+ \| .+ \|$", TABLE.read_text(), re.MULTILINE)
    assert len({code for code, _ in rows}) == len(rows)
    return {name: int(code) for code, name in rows if name}


def test_every_error_has_its_own_code_and_the_table_says_it():
    found = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, InfractionModelError)
    }
    assert len(set(found.values())) == len(found)
    assert documented() == found


@pytest.mark.parametrize(
    "code, advice",
    [
        (errno.ENOSPC, "free some space"),
        (errno.EROFS, "mounted for writing"),
        (errno.EACCES, "the right to it"),
        (errno.EIO, "disk fails"),
    ],
)
def test_a_disk_at_fault_is_a_storage_error_with_advice(code, advice):
    told = of_os_error(OSError(code, os.strerror(code), "scores.parquet"))
    assert isinstance(told, StorageError)
    assert str(told).startswith(f"scores.parquet: {os.strerror(code)}. ")
    assert advice in str(told)


def test_another_refusal_is_about_the_input():
    told = of_os_error(
        NotADirectoryError(errno.ENOTDIR, "Not a directory", "a/b"), "cannot write c"
    )
    assert isinstance(told, InputError)
    assert str(told) == "cannot write c: Not a directory."
    assert str(of_os_error(OSError("went away"))) == "went away."
