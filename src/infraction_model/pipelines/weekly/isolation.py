"""Heavy work in a process of its own: whatever it does to its memory, the batch goes on."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from infraction_model.errors import NotEnoughMemoryError

T = TypeVar("T")


def isolated(work: Callable[..., T], *arguments: Any) -> T:
    """The result of `work(*arguments)`, computed in a new process; its errors are raised here.

    What it prints goes nowhere: the batch says what is being done.
    Raises NotEnoughMemoryError where that process was killed, which is what Linux does to one that
    takes more memory than there is.
    """
    fresh = multiprocessing.get_context("spawn")
    receiver, sender = fresh.Pipe(duplex=False)
    process = fresh.Process(target=_work_and_send, args=(sender, work, *arguments))
    process.start()
    sender.close()  # so that the end of the process is the end of the pipe
    try:
        result, error = receiver.recv()
    except EOFError:
        raise NotEnoughMemoryError(
            f"the process of {work.__name__} was killed, most likely for want of memory. Give "
            "it a larger machine, fewer weeks or zones (data.min_fines), or forecast.max_rows."
        ) from None
    finally:
        process.join()
    if error is not None:
        raise error
    return result


def _work_and_send(sender: Connection, work: Callable[..., Any], *arguments: Any) -> None:
    """Runs in the new process, which ends with the work even where nobody waits for it any more."""
    result, error = None, None
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        try:
            result = work(*arguments)
        except Exception as raised:  # noqa: BLE001 - it is raised again on the other side
            error = raised
    with contextlib.suppress(BrokenPipeError):
        sender.send((result, error))
