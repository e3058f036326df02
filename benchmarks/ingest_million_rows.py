"""A million fines through ingest: wall clock, CPU and peak memory, held against their limits.

    python benchmarks/ingest_million_rows.py [ROWS]

A made export (latin-1, French headers, misspelt streets, half the rows with coordinates, plates and
agents) is written to a temporary folder and ingested by the command in a process of its own. Fails
where a million rows take 20 s or 2 GiB.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

STREETS = 600
SECONDS, MEGABYTES = 20.0, 2048.0


def streets(rng: np.random.Generator) -> pd.DataFrame:
    """Street names with a short line each, spread over a town of eight kilometres."""
    kinds = ["Rue", "Avenue", "Boulevard", "Place", "Allée", "Chemin"]
    letters = np.array(list("abcdefgilmnoprstuv"))
    words = {"".join(rng.choice(letters, 8)).title() for _ in range(2 * STREETS)}
    names = [f"{kinds[i % 6]} de {word}" for i, word in enumerate(sorted(words)[:STREETS])]
    lon, lat = rng.uniform(3.25, 3.35, STREETS), rng.uniform(49.77, 49.83, STREETS)
    return pd.DataFrame({"name": names, "lon": lon, "lat": lat})


def misspelt(name: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(6, len(name) - 2))
    swapped = name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    return str(rng.choice([name, name.upper(), name.replace("Avenue", "Av."), swapped]))


def write_town(folder: Path, rows: int) -> None:
    """Write fines.csv, zones.geojson and the mapping conf/data/million.yaml."""
    rng = np.random.default_rng(7)
    town = streets(rng)
    spellings = [[misspelt(name, rng) for _ in range(20)] for name in town["name"]]
    where = rng.integers(STREETS, size=rows)
    stamps = np.datetime64("2021-01-04T07:00") + rng.integers(3 * 365 * 1440, size=rows)
    stamps = pd.Series(stamps.astype("datetime64[s]"))
    located = rng.random(rows) < 0.5
    digits = rng.integers(1000, size=rows)
    frame = pd.DataFrame(
        {
            "N° PV": [f"PV{i:09d}" for i in range(rows)],
            "Date infraction": stamps.dt.strftime("%d/%m/%Y"),
            "Heure": stamps.dt.strftime("%Hh%M"),
            "Rue": [spellings[w][d % 20] for w, d in zip(where, digits, strict=True)],
            "Latitude": np.where(located, [f"{v:.6f}" for v in town["lat"].to_numpy()[where]
                                           + rng.normal(0, 1e-4, rows)], ""),
            "Longitude": np.where(located, [f"{v:.6f}" for v in town["lon"].to_numpy()[where]
                                            + rng.normal(0, 1e-4, rows)], ""),
            "Libellé": np.array(["Double file", "Non paiement", "Trottoir"])[where % 3],
            "Immatriculation": [f"AB-{d:03d}-CD" for d in digits],
            "Agent": [f"DUPONT Marie ({d % 40})" for d in digits],
            "Saisi le": (stamps + pd.Timedelta(days=2)).dt.strftime("%d/%m/%Y"),
        }
    )  # fmt: skip
    frame.to_csv(folder / "fines.csv", sep=";", index=False, encoding="latin-1")
    features = [
        {"type": "Feature", "properties": {"id": f"S{i}", "nom": street.name},
         "geometry": {"type": "LineString", "coordinates": [
             [street.lon, street.lat], [street.lon + 2e-4, street.lat]]}}
        for i, street in enumerate(town.itertuples(index=False))
    ]  # fmt: skip
    whole = {"type": "FeatureCollection", "features": features}
    (folder / "zones.geojson").write_text(json.dumps(whole), encoding="utf-8")
    mapping = {
        "name": "million", "title": "Million", "timezone": "Europe/Paris",
        "calendar": {"country": "FR"}, "exposure": "none", "min_fines": 0, "patrols": None,
        "fines": {
            "path": str(folder / "fines.csv"), "format": {"decimal": "."}, "fine_id": ["N° PV"],
            "issued_at": {"columns": ["Date infraction", "Heure"], "formats": ["%d/%m/%Y %Hh%M"]},
            "recorded_at": {"columns": ["Saisi le"], "formats": ["%d/%m/%Y"], "end_of_day": True},
            "place": {"street": "Rue", "longitude": "Longitude", "latitude": "Latitude"},
            "category": ["Libellé"], "agent": "Agent", "agent_pattern": r"\((\d+)\)",
        },
        "zones": {"kind": "file", "path": str(folder / "zones.geojson"), "id": "id", "name": "nom",
                  "match": ["street", "coordinates"]},
    }  # fmt: skip
    (folder / "conf" / "data").mkdir(parents=True)
    (folder / "conf" / "data" / "million.yaml").write_text(json.dumps(mapping), encoding="utf-8")


def main() -> int:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_town(folder, rows)
        command = [sys.executable, "-m", "infraction_model.cli", "ingest", "data=million",
                   "--config-dir", str(folder / "conf"),
                   f"workspace={folder / 'work'}"]  # fmt: skip
        before = time.perf_counter()
        outcome = subprocess.run(command, check=False)
        wall = time.perf_counter() - before
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    megabytes = used.ru_maxrss / 1024
    print(f"{rows} rows: {wall:.1f} s wall, {used.ru_utime + used.ru_stime:.1f} s CPU, "
          f"{megabytes:.0f} MiB at most")  # fmt: skip
    too_much = rows >= 1_000_000 and (wall > SECONDS or megabytes > MEGABYTES)
    return outcome.returncode or int(too_much)


if __name__ == "__main__":
    sys.exit(main())
