"""A real mosquitto on a free port of this machine, started, stopped and killed by a test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")

SETTINGS = {
    "listener": "{port} 127.0.0.1",
    "allow_anonymous": "true",
    "persistence": "true",
    "autosave_interval": "1",  # seconds
    "max_queued_messages": "1000000",
}


class Broker:
    """A broker that keeps its state in `folder`, with lines of its own in mosquitto.conf."""

    def __init__(self, folder: Path, **settings: str) -> None:
        if PROGRAM is None:
            pytest.skip("no mosquitto here: install it to run the tests with a broker")
        self.folder, self.port = folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        lines = {**SETTINGS, "persistence_location": f"{folder}/", **settings}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            lines["user"] = "root"
        self._config = folder / "mosquitto.conf"
        written = "\n".join(f"{key} {value}" for key, value in lines.items())
        self._config.write_text(written.format(port=self.port) + "\n", encoding="utf-8")
        self._process: subprocess.Popen | None = None

    def start(self) -> Broker:
        with open(self.folder / "mosquitto.log", "ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-c", self._config], stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    said = (self.folder / "mosquitto.log").read_text(encoding="utf-8")
                    raise AssertionError(f"mosquitto does not start: {said[-500:]}") from None
                time.sleep(0.02)

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Stop the broker: SIGTERM lets it save its state, SIGKILL does not."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(timeout=10)
            self._process = None

    def __enter__(self) -> Broker:
        return self.start()

    def __exit__(self, *_) -> None:
        self.end(signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
