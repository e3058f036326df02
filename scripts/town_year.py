"""A town's year: 52 weekly runs on the made town, each from the exports as they stood, with faults.

Each Monday the exports are cut back to what the town knew then, and `infraction-model weekly` runs
as a process of its own. In some weeks, drawn at random, something is broken first; the script then
holds the run to what it promises: its exit code is one of those documented, what is current is
whole and is this week's or last week's, and once the fault is mended the next run makes up for it.

    python scripts/town_year.py --folder FOLDER --weeks 52 --seed 1
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from infraction_model.io.publications import Publications

PROGRAM = Path(sys.executable).with_name("infraction-model")
DATE_OF = {  # the column that says when the town knew a row, and how it is written
    "verbalisations.csv": ("Saisi le", "%d/%m/%Y"),
    "patrouilles.csv": ("Date", "%d/%m/%Y"),
    "meteo.csv": ("Date", "%d/%m/%Y"),
    "evenements.csv": ("Annoncé le", "%d/%m/%Y"),
}
NOTHING = "none"


class Town:
    """The made town's workspace, and its whole exports put aside."""

    def __init__(self, folder: Path, simulation: str, settings: list[str]) -> None:
        self.folder = folder
        self.settings = settings
        self.workspace = folder / "town"
        self.raw = self.workspace / "raw"
        self.models = folder / "models"
        self.whole = folder / "whole"
        if not self.whole.exists():
            run = [PROGRAM, "simulate", f"workspace={self.workspace}", f"simulation={simulation}"]
            subprocess.run(run, check=True)
            self.raw.rename(self.whole)
        self.raw.mkdir(exist_ok=True)
        self.tables = {name: _read(self.whole / name) for name in DATE_OF}
        dates = self.tables["patrouilles.csv"][1]
        self.first, self.last = dates.min().date(), dates.max().date()

    def hand_over(self, origin: dt.date) -> None:
        """Write the exports as they stood on the morning of a Monday."""
        for path in self.whole.iterdir():
            if path.name not in DATE_OF and path.name not in ("capteurs.csv", "paiements.csv"):
                shutil.copy(path, self.raw / path.name)
        for name, (lines, dates) in self.tables.items():
            known = dates < pd.Timestamp(origin)
            if known.any():
                rows = [line for line, is_known in zip(lines[1:], known, strict=True) if is_known]
                (self.raw / name).write_bytes(b"\n".join([lines[0], *rows]) + b"\n")

    def command(self, origin: dt.date, *more: str) -> list[str]:
        return [
            str(PROGRAM), "weekly", "--quiet", f"workspace={self.workspace}",
            f"models={self.models}", f"origin={origin}", f"started_at={origin}T06:00:00",
            "~data.context.payments", "~data.context.footfall", *self.settings, *more,
        ]  # fmt: skip


def _read(path: Path) -> tuple[list[bytes], pd.Series]:
    content = path.read_bytes()
    try:
        content.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "cp1252"
    lines = content.rstrip(b"\n").replace(b"\r\n", b"\n").split(b"\n")
    header = lines[0].decode(encoding, "replace").lstrip("\ufeff").split(";")
    column, form = DATE_OF[path.name]
    place = header.index(column)
    texts = [line.decode(encoding, "replace").split(";")[place] for line in lines[1:]]
    return lines, pd.Series(pd.to_datetime(texts, format=form, errors="coerce")).fillna(
        pd.Timestamp(0)
    )


# ---- faults: each breaks something and mends it again --------------------------------------------


@contextmanager
def half_copied(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """The copy of the fines stopped half-way."""
    path = town.raw / "verbalisations.csv"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * rng.uniform(0.2, 0.8))])
    yield []


@contextmanager
def damaged_gzip(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """The fines come packed, and the file is cut."""
    path = town.raw / "verbalisations.csv"
    packed = gzip.compress(path.read_bytes(), mtime=0)
    path.write_bytes(packed[: len(packed) // 2])
    yield []


@contextmanager
def column_gone(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """A column of the fines has another name."""
    path = town.raw / "verbalisations.csv"
    path.write_bytes(path.read_bytes().replace(b"Date infraction", b"Date constat", 1))
    yield []


@contextmanager
def export_absent(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """The fines were not handed over."""
    (town.raw / "verbalisations.csv").unlink()
    yield []


@contextmanager
def volume_halved(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """Every second row of the last eight weeks of fines is missing."""
    path = town.raw / "verbalisations.csv"
    lines = path.read_bytes().split(b"\n")
    recent = max(len(lines) - 8 * 400, 1)
    path.write_bytes(b"\n".join(lines[:recent] + lines[recent::2]))
    yield []


@contextmanager
def champion_damaged(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """A file of every bundle lost its end."""
    saved = []
    for path in sorted(town.models.glob("*/*/*")):
        if path.suffix in (".json", ".txt", ".csv") and "card" not in path.name:
            saved.append((path, path.read_bytes()))
            path.write_bytes(saved[-1][1][:-20])
    yield []
    for path, content in saved:
        path.write_bytes(content)


@contextmanager
def models_unwritable(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """The folder of models is a file, so that nothing can be trained; training is due."""
    aside = town.folder / "models_aside"
    town.models.rename(aside)
    town.models.write_text("not a folder")
    yield ["retrain_weeks=1"]
    town.models.unlink()
    aside.rename(town.models)


@contextmanager
def server_away(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """The tracking server does not answer while training is due."""
    yield ["tracking.uri=http://127.0.0.1:9", "retrain_weeks=1"]


@contextmanager
def disk_full(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """No file may grow beyond 40 kB: what a full disk looks like to a program."""
    yield ["(limit)"]


@contextmanager
def killed(town: Town, rng: random.Random) -> Iterator[list[str]]:
    """The machine is switched off in the middle."""
    yield [f"(kill after {rng.uniform(0.5, 12.0):.2f})"]


FAULTS: dict[str, Callable] = {
    fault.__name__: fault
    for fault in (
        half_copied, damaged_gzip, column_gone, export_absent, volume_halved, champion_damaged,
        models_unwritable, server_away, disk_full, killed,
    )
}  # fmt: skip


# ---- one week ------------------------------------------------------------------------------------


def run_weekly(town: Town, origin: dt.date, more: list[str]) -> tuple[int, float, str]:
    """Run the batch; gives its exit code, its seconds and the last line of what it said."""
    wrapper: list[str] = []
    limit = None
    for word in list(more):
        if word == "(limit)":
            wrapper = ["bash", "-c", 'ulimit -f 40; exec "$0" "$@"']
        if word.startswith("(kill"):
            limit = float(word.split()[-1].rstrip(")"))
    settings = [word for word in more if not word.startswith("(")]
    began = time.monotonic()
    process = subprocess.Popen(
        [*wrapper, *town.command(origin, *settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
    lines = said.strip().splitlines() or [""]
    return process.returncode, time.monotonic() - began, lines[-1][:160]


def published(town: Town) -> tuple[str | None, bool]:
    """The current publication, and whether every file of it is as its record says."""
    publications = Publications(town.workspace / "publications")
    if publications.current() is None:
        return None, True
    folder = publications.current_folder()
    record = json.loads((folder / "publication.json").read_text(encoding="utf-8"))
    whole = all(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        for name, digest in record["files"].items()
    )
    return folder.name, whole


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--folder", type=Path, required=True, help="where the town lives")
    words.add_argument("--simulation", default="saint_martin", help="of conf/simulation")
    words.add_argument("--weeks", type=int, default=52)
    words.add_argument("--seed", type=int, default=1, help="of the faults")
    words.add_argument("--fault-share", type=float, default=0.3, help="share of weeks with a fault")
    words.add_argument("settings", nargs="*", help="of every run, such as retrain_weeks=8")
    chosen = words.parse_args()
    rng = random.Random(chosen.seed)
    town = Town(chosen.folder, chosen.simulation, chosen.settings)
    end = town.last - dt.timedelta(days=town.last.weekday() - 7)
    rows, broken_promises, bag = [], [], []
    for number in range(chosen.weeks):
        origin = end - dt.timedelta(weeks=chosen.weeks - number)
        town.hand_over(origin)
        name = NOTHING
        if number and rng.random() < chosen.fault_share:
            bag = bag or rng.sample(sorted(FAULTS), len(FAULTS))
            name = bag.pop()
        before, _ = published(town)
        row = {"origin": str(origin), "fault": name}
        if name != NOTHING:
            with FAULTS[name](town, rng) as more:
                row["code"], row["seconds"], row["said"] = run_weekly(town, origin, more)
            now, whole = published(town)
            expected = (before, str(origin + dt.timedelta(weeks=1)))
            if not whole or now not in expected or row["code"] in (1, 2):
                broken_promises.append(row | {"current": now, "whole": whole})
            row["current"] = now
            town.hand_over(origin)
        redo = ["redo=true"] if row.get("code") == 10 else []
        row["mended_code"], row["mended_seconds"], said = run_weekly(town, origin, redo)
        now, whole = published(town)
        row["published"] = now
        on_time = now is not None and now.startswith(str(origin + dt.timedelta(weeks=1)))
        if row["mended_code"] not in (0, 10) or not whole or not on_time:
            broken_promises.append(row | {"said": said})
        rows.append(row)
        print(json.dumps(row), flush=True)
    table = pd.DataFrame(rows)
    table.to_csv(chosen.folder / "year.csv", index=False)
    print(table.groupby("fault")[["code", "mended_code"]].agg(["count", "max"]).to_string())
    print(f"seconds of a run: {table['mended_seconds'].describe().round(1).to_dict()}")
    for broken in broken_promises:
        print("promise broken:", json.dumps(broken))
    print(
        f"{len(rows)} weeks, {(table['fault'] != NOTHING).sum()} faults, "
        f"{len(broken_promises)} promises broken."
    )
    return 1 if broken_promises else 0


if __name__ == "__main__":
    sys.exit(main())
