"""What fits and forecasts of one panel have in common, kept from one to the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


class Memory:
    """Keeps what was made once for some settings: a search fits dozens of estimators on it.

    It serves one panel. At most `most_bytes` of arrays are kept; what is beyond is made anew each
    time. Other settings than the last ones make it forget all.
    """

    def __init__(self, most_bytes: float) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._settings: Hashable = None
        self._kept: dict[Hashable, Any] = {}

    def recall(self, settings: Hashable, name: Hashable, make: Callable[[], T]) -> T:
        """What is kept under `name` for `settings`; else what `make` gives, kept if it fits."""
        if settings != self._settings:
            self._settings, self._kept, self.bytes = settings, {}, 0
        if name in self._kept:
            return self._kept[name]
        made = make()
        size = _bytes_of(made)
        if self.bytes + size <= self.most_bytes:
            self._kept[name] = made
            self.bytes += size
        return made


FORGETFUL = Memory(-1)
"""Keeps nothing."""


def _bytes_of(value: Any) -> int:
    """The bytes of the arrays in a value, in a tuple or a dataclass of them."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, tuple):
        return sum(map(_bytes_of, value))
    if dataclasses.is_dataclass(value):
        return sum(_bytes_of(part) for part in vars(value).values())
    return 0
