"""A very small French town's exports, written to a folder, with a mapping that fits them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from infraction_model import parameters
from infraction_model.io.exports import ReadLimits
from infraction_model.pipelines import ingest
from infraction_model.pipelines.town import TownData

HEADER = (
    "N° PV;Date infraction;Heure;Rue;N°;Latitude;Longitude;Libellé;Immatriculation;Agent;Saisi le"
)
ROWS = [
    "PV1;04/03/2024;08h11;Rue de la Paix;1;;;Double file;ZW-979-NF;THOMAS Nico (190);04/03/2024",
    "PV2;04/03/2024;08h11;R. de la Paix;;49,7981;3,3006;Trottoir;KN-983-VY;THOMAS Nico (190);",
    "PV3;05/03/2024;14h05;Bd du Mal Foch;3;;;Non paiement;1234 AB 75;DUPONT Marie (412);20/03/2024",
    "PV4;06/03/2024;09h30;BD MARECHAL FOCH;;;;Double file;AB12 CDE;DUPONT M. (412);06/03/2024",
    "PV5;07/03/2024;23h59;Place d'Armes;;;;Livraison;B-MW 1234;THOMAS Nico (190);08/03/2024",
    "PV6;08/03/2024;10h00;Place d'Armes;1;;;Livraison;7ABC123;THOMAS Nico (190);08/03/2024",
]
PATROL_HEADER = "N° patrouille;Date;Début;Fin;Rue;Agent;Contrôlés;Relevées"
PATROLS = [
    "P1;04/03/2024;08h00;08h30;Rue de la Paix;THOMAS Nico (190);12;2",
    "P2;05/03/2024;14h00;14h20;Bd Foch;DUPONT Marie (412);8;1",
    "P3;07/03/2024;23h50;00h10;Place d'Armes;THOMAS Nico (190);4;1",
]
PERSONAL = ["ZW-979-NF", "KN-983-VY", "1234 AB 75", "AB12 CDE", "B-MW 1234", "7ABC123",
            "THOMAS", "Nico", "DUPONT", "Marie"]  # fmt: skip


def zone(zone_id: str, name: str, coordinates: list, kind: str = "LineString") -> dict[str, Any]:
    """One GeoJSON feature."""
    return {
        "type": "Feature",
        "properties": {"id": zone_id, "nom": name, "places": 10, "duree_max": None},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


ZONES = [
    zone("S1", "Rue de la Paix", [[3.3000, 49.7980], [3.3010, 49.7982]]),
    zone("S2", "Boulevard du Maréchal Foch", [[3.3020, 49.7990], [3.3030, 49.7995]]),
    zone("S3", "Place d'Armes", [[3.3040, 49.8000], [3.3045, 49.8002]]),
]

MAPPING: dict[str, Any] = {
    "name": "petite",
    "title": "Petite-Ville",
    "timezone": "Europe/Paris",
    "calendar": {"country": "FR"},
    "exposure": "recorded",
    "min_fines": 0,
    "fines": {
        "path": "{folder}/fines.csv",
        "format": {"decimal": ","},
        "fine_id": ["N° PV"],
        "issued_at": {"columns": ["Date infraction", "Heure"], "formats": ["%d/%m/%Y %Hh%M"]},
        "recorded_at": {"columns": ["Saisi le"], "formats": ["%d/%m/%Y"], "end_of_day": True},
        "place": {"street": "Rue", "longitude": "Longitude", "latitude": "Latitude"},
        "category": ["Libellé"],
        "categories": [{"pattern": "double file", "category": "double_parking", "severity": 2}],
        "agent": "Agent",
        "agent_pattern": r"\((\d+)\)",
    },
    "zones": {
        "kind": "file",
        "path": "{folder}/zones.geojson",
        "id": "id",
        "name": "nom",
        "spaces": "places",
        "match": ["street", "coordinates"],
    },
    "patrols": {
        "path": "{folder}/patrols.csv",
        "started_at": {"columns": ["Date", "Début"], "formats": ["%d/%m/%Y %Hh%M"]},
        "ended_at": {"columns": ["Date", "Fin"], "formats": ["%d/%m/%Y %Hh%M"]},
        "patrol_id": ["N° patrouille"],
        "place": {"street": "Rue"},
        "vehicles_checked": "Contrôlés",
        "infractions_found": "Relevées",
        "agent": "Agent",
        "agent_pattern": r"\((\d+)\)",
    },
}


def write_town(folder: Path, rows: list[str] = ROWS, patrols: list[str] = PATROLS) -> None:
    """Write the town's three exports as its offices would."""
    lines = "\r\n".join([HEADER, *rows]) + "\r\n"
    (folder / "fines.csv").write_bytes(lines.encode("cp1252"))
    lines = "\r\n".join([PATROL_HEADER, *patrols]) + "\r\n"
    (folder / "patrols.csv").write_bytes(lines.encode("cp1252"))
    write_zones(folder, ZONES)


def write_zones(folder: Path, features: list[dict[str, Any]]) -> None:
    """Write a zone file."""
    whole = {"type": "FeatureCollection", "features": features}
    (folder / "zones.geojson").write_text(json.dumps(whole), encoding="utf-8")


def mapping(folder: Path, **changes: Any) -> dict[str, Any]:
    """The mapping for exports in `folder`; `changes` are dotted keys with __ for the dots."""
    values = _filled(copy.deepcopy(MAPPING), str(folder))
    for key, value in changes.items():
        *path, last = key.split("__")
        inner = values
        for part in path:
            inner = inner[part]
        inner[last] = value
    return values


def _filled(value: Any, folder: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, folder) for key, item in value.items()}
    return value.replace("{folder}", folder) if isinstance(value, str) else value


def ingest_folder(folder: Path, workspace: Path, **changes: Any) -> dict[str, Any]:
    """Run the command on the exports in `folder`; returns its JSON report."""
    limits = changes.pop("limits", ReadLimits())
    town = parameters.read(TownData, mapping(folder, **changes))
    ingest.run(ingest.Parameters(workspace, town, limits))
    return json.loads((workspace / "reports" / "ingest.json").read_text(encoding="utf-8"))
