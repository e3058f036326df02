"""GeoPackages: tables and layers in one SQLite file, the same bytes for the same content."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from infraction_model.io.atomic import new_file

_CRS = "EPSG:4326"
_CHANGED = "OGR_CURRENT_DATE"
_VERSION = "1.2"  # what every QGIS of these years reads without a warning


def write_geopackage(
    path: Path,
    layers: Mapping[str, pd.DataFrame],
    descriptions: Mapping[str, str],
    changed: dt.datetime,
    geometry: str = "geom",
) -> None:
    """Write each table as a layer, in the order given, whole or not at all.

    A table with shapes (EPSG:4326, one kind a table, some may be None) in the column `geometry`
    becomes a layer on the map, any other a plain table. `changed` stands in the file as the time of
    its last change, so that the bytes depend on nothing else. Raises StorageError, InputError as
    atomic.new_file does.
    """
    with (
        new_file(path) as temporary,
        tempfile.TemporaryDirectory(prefix=f"{temporary.name}.", dir=temporary.parent) as folder,
    ):
        made = Path(folder) / "made.gpkg"  # GDAL warns where a GeoPackage has another ending
        with _stamped(changed):
            for name, table in layers.items():
                _write(made, name, table, descriptions.get(name, ""), geometry)
        os.replace(made, temporary)


def _write(path: Path, name: str, table: pd.DataFrame, description: str, geometry: str) -> None:
    import geopandas  # 0.4 s, and not every command writes one
    import pyogrio

    options = {"IDENTIFIER": name, "DESCRIPTION": description, "DATETIME_PRECISION": "MILLISECOND"}
    given = {"layer": name, "driver": "GPKG", "append": path.exists()}
    if not path.exists():
        given["dataset_options"] = {"VERSION": _VERSION}
    if geometry not in table:
        pyogrio.write_dataframe(table, path, layer_options=options, **given)
        return
    shapes = geopandas.GeoDataFrame(table, geometry=geometry, crs=_CRS)
    kind = next(shape for shape in table[geometry] if shape is not None).geom_type
    options["GEOMETRY_NAME"] = geometry
    pyogrio.write_dataframe(shapes, path, layer_options=options, geometry_type=kind, **given)


@contextmanager
def _stamped(changed: dt.datetime) -> Iterator[None]:
    """GDAL's clock for what it writes into a GeoPackage, stopped."""
    import pyogrio

    before = pyogrio.get_gdal_config_option(_CHANGED)
    pyogrio.set_gdal_config_options({_CHANGED: f"{changed.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_CHANGED: before})
