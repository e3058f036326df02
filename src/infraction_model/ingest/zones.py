"""The zones table: the town's own zones held to the contract, or zones derived from the fines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from infraction_model.errors import InputError
from infraction_model.ingest.columns import as_text, find_column, numbers
from infraction_model.ingest.mapping import ZonesFromFile
from infraction_model.ingest.points import WGS84, detect_epsg, transform
from infraction_model.ingest.quarantine import Ledger
from infraction_model.ingest.raw import RawExport

_METERED = ("spaces", "max_stay_minutes")


@dataclass(frozen=True)
class OfficialZones:
    """The town's zones: the contract table, their shapes (EPSG:4326), the rows set apart."""

    table: pd.DataFrame
    shapes: np.ndarray
    ledger: Ledger
    raw: pd.DataFrame
    repaired: int
    epsg: int


def official_zones(
    export: RawExport, shapes: np.ndarray, file_epsg: int | None, mapping: ZonesFromFile
) -> OfficialZones:
    """Hold a zone file's rows (`export`) and `shapes` to the contract.

    A self-intersecting polygon is repaired and counted. Raises InputError where no zone is left.
    """
    ledger = Ledger("zones", [export])
    zone_id = as_text(export.frame[find_column(export, mapping.id, "data.zones.id")])
    epsg = _zone_epsg(export.file, shapes, file_epsg, mapping)
    shapes, repaired = _sound_shapes(shapes, epsg, ledger)
    ledger.reject(zone_id == "", "zone without id")
    kept_ids = zone_id.where(ledger.kept)
    ledger.reject(kept_ids.duplicated() & kept_ids.notna(), "repeated zone id", zone_id)
    columns = {"zone_id": zone_id, "geometry": None, "name": zone_id, "official": True}
    raw = pd.DataFrame({mapping.id: zone_id})
    for field in ("name", "spaces", "tariff", "max_stay_minutes"):
        column = getattr(mapping, field)
        if column is None:
            continue
        values = export.frame[find_column(export, column, f"data.zones.{field}")]
        raw[column] = as_text(values)
        columns[field] = _measure(values) if field in _METERED else _label(raw[column], field)
    table = pd.DataFrame(columns)
    table["name"] = table["name"].where(table["name"] != "", table["zone_id"])
    kept = ledger.kept
    if not kept.any():
        reasons = ", ".join(f"{n} {why}" for why, n in ledger.accounts().quarantined.items())
        raise InputError(f"{export.file}: none of its {len(kept)} zones can be used ({reasons}).")
    table = table[kept].reset_index(drop=True)
    table["geometry"] = pd.Series(list(shapely.to_wkb(shapes[kept])), dtype=object)
    return OfficialZones(table, shapes[kept], ledger, raw, repaired, epsg)


def _measure(values: pd.Series) -> pd.Series:
    number = numbers(values if values.dtype != object else as_text(values), ".")
    return number.where(number >= 0)


def _label(text: pd.Series, field: str) -> pd.Series:
    return text if field == "name" else text.astype(object).where(text != "", None)


def _zone_epsg(file: str, shapes: np.ndarray, file_epsg: int | None, mapping: ZonesFromFile) -> int:
    """The stated system, else the file's own, unless its numbers cannot be in it."""
    if mapping.epsg != "auto":
        return int(mapping.epsg)
    bounds = shapely.total_bounds(shapes)
    if file_epsg not in (None, WGS84) or np.isnan(bounds).any():
        return file_epsg or WGS84
    corners = bounds.reshape(2, 2)
    return detect_epsg(corners[:, 0], corners[:, 1], "auto", None, f"{file} (data.zones)")


def _sound_shapes(shapes: np.ndarray, epsg: int, ledger: Ledger) -> tuple[np.ndarray, int]:
    """Shapes in EPSG:4326, repaired where they cross themselves; unusable ones go to quarantine."""
    shapes = np.array(shapes, dtype=object)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    ledger.reject(empty, "zone without geometry")
    broken = ~empty & ~shapely.is_valid(shapes)
    reasons = np.where(broken, shapely.is_valid_reason(shapes), "")
    shapes[broken] = shapely.make_valid(shapes[broken])
    flat = broken & (shapely.get_dimensions(shapes) < 1)
    if epsg != WGS84:
        shapes = shapely.transform(shapes, lambda x, y: transform(x, y, epsg), interleaved=False)
    bounds = shapely.bounds(shapes)
    outside = ~empty & ~(
        (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1)
        & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1)
    )
    ledger.reject(outside | flat, "zone with an impossible geometry", reasons)
    return shapes, int((broken & ledger.kept).sum())


def derived_zones(zone_id: np.ndarray, name: np.ndarray, geometry: np.ndarray) -> pd.DataFrame:
    """The contract table of zones that the records themselves gave."""
    table = pd.DataFrame(
        {
            "zone_id": pd.Series(zone_id, dtype="str"),
            "geometry": pd.Series(geometry, dtype=object),
            "name": pd.Series(name, dtype="str"),
            "official": False,
        }
    )
    return table.sort_values("zone_id").reset_index(drop=True)
