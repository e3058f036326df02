"""What a person at a terminal sees: what is being done, how long it took, what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show `title` on standard error while the block runs, then the seconds it took.

    At a terminal a spinner turns meanwhile; elsewhere (a log, a pipe) one plain line is written.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    began = time.perf_counter()
    outcome = "failed after"
    try:
        if console.is_terminal:
            with _spinner(console, title):
                yield
        else:
            yield
        outcome = ""
    finally:
        seconds = f"{outcome} {time.perf_counter() - began:.1f} s".lstrip()
        console.print(f"{title:<60} {seconds}", markup=False, style="red" if outcome else "dim")


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
