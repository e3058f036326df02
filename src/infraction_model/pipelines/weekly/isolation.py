"""Heavy work in a process of its own: whatever it does to its memory, the batch goes on."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from infraction_model.errors import NotEnoughMemoryError

T = TypeVar("T")


def isolated(work: Callable[..., T], *arguments: Any) -> T:
    """The result of `work(*arguments)`, computed in a new process; its errors are raised here.

    Raises NotEnoughMemoryError where that process was killed, which is what Linux does to one that
    takes more memory than there is.
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        try:
            return pool.submit(work, *arguments).result()
        except BrokenProcessPool:
            raise NotEnoughMemoryError(
                f"the process of {work.__name__} was killed, most likely for want of memory. Give "
                "it a larger machine, fewer weeks or zones (data.min_fines), or forecast.max_rows."
            ) from None
