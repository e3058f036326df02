"""What a person at a terminal sees: what is being done, how long it took, what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infraction_model.io.step_log import log_step


@dataclass
class Step:
    """A step under way; what is done may say how many `rows` it handled."""

    rows: int | None = None


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show `title` on standard error while the block runs, then the seconds it took; log it.

    At a terminal a spinner turns meanwhile; elsewhere (a log, a pipe) one plain line is written.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    began = time.perf_counter()
    done, error = Step(), None
    try:
        if console.is_terminal:
            with _spinner(console, title):
                yield done
        else:
            yield done
    except BaseException as raised:
        error = f"{type(raised).__name__}: {raised}".rstrip(": ")
        raise
    finally:
        seconds = time.perf_counter() - began
        log_step(title, "failed" if error else "done", seconds, done.rows, error)
        shown = f"{'failed after ' if error else ''}{seconds:.1f} s"
        console.print(f"{title:<60} {shown}", markup=False, style="red" if error else "dim")


def say(text: str) -> None:
    """Print one line on standard output: what came of the command, and where it lies."""
    print(text, flush=True)


def _spinner(console: Console, title: str) -> Progress:
    spinner = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        # Keeps `say` clear of the spinner at a terminal, and out of standard error in a pipe.
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=False,
    )
    spinner.add_task(title, total=None)
    return spinner
