"""The log of a run's steps: one line of JSON each, with time, memory, rows and what came of it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from pathlib import Path

from infraction_model.io.masking import masked

LOGGER = "infraction_model.steps"


class StepLog(logging.FileHandler):
    """Writes what `log_step` is told to a file beside the run's other files, as JSON lines."""

    def __init__(self, filename: str, command: str) -> None:
        super().__init__(filename, encoding="utf-8", delay=True)
        self.command = command

    def format(self, record: logging.LogRecord) -> str:
        """One line: time, command, step, outcome, seconds, rows, peak_mb, run, and the error."""
        step = getattr(record, "step", None) or {"step": record.getMessage(), "outcome": "said"}
        time = dt.datetime.fromtimestamp(record.created).astimezone()
        line = {"time": time.isoformat(timespec="milliseconds"), "command": self.command}
        run = {"run": Path(self.baseFilename).parent.name}
        return masked(json.dumps({**line, **step, **run}, ensure_ascii=False))


def log_step(
    title: str, outcome: str, seconds: float, rows: int | None = None, error: str | None = None
) -> None:
    """Log one step: `outcome` is "done" or "failed", `rows` how many it handled where known."""
    step = {"step": title, "outcome": outcome, "seconds": round(seconds, 3), "rows": rows}
    step |= {"peak_mb": peak_memory_mb()}
    if error is not None:
        step |= {"error": error}
    logger = logging.getLogger(LOGGER)
    logger.info("%s: %s, %.1f s", title, outcome, seconds, extra={"step": step})


def peak_memory_mb() -> float | None:
    """The most memory this process has held so far, in MB; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
