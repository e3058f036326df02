"""Any export a town may hand over: a path or a pattern, csv, csv.gz, parquet, xlsx, geo files."""

from __future__ import annotations

import datetime as dt
import glob
import gzip
import io
import json
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import shapely
from openpyxl.utils.exceptions import InvalidFileException

from infraction_model.errors import InputError, did_you_mean
from infraction_model.ingest.mapping import FileFormat
from infraction_model.ingest.raw import RawExport
from infraction_model.io.text_exports import read_text

_TEXT = (".csv", ".txt", ".tsv", ".csv.gz", ".txt.gz", ".tsv.gz")
_KINDS = (*_TEXT, ".parquet", ".xlsx")


@dataclass(frozen=True)
class ReadLimits:
    """How much one file may hold once unpacked, before it is refused as broken or hostile."""

    megabytes: float = 2000.0
    line_megabytes: float = 1.0
    rows: int = 20_000_000

    @property
    def bytes(self) -> int:
        return int(self.megabytes * 1e6)


def read_exports(pattern: str, form: FileFormat, limits: ReadLimits) -> list[RawExport]:
    """Read every file that a path or pattern names, in the order of their names.

    Raises InputError that names the file, and the row where there is one, for anything that is no
    table or is beyond `limits`.
    """
    exports = [_read_one(path, form, limits) for path in find_files(pattern)]
    if not sum(export.rows_read for export in exports):
        raise InputError(f"{pattern} holds a header and no row: expected at least one row.")
    rows = sum(export.rows_read for export in exports)
    if rows > limits.rows:
        raise InputError(f"{pattern} holds {rows} rows, more than {limits.rows} (limits.rows).")
    return exports


def find_files(pattern: str) -> list[Path]:
    """The files a path or pattern names; raises InputError where there is none."""
    if not pattern:
        raise InputError("no file is named. Give it as data.fines.path=FILE.")
    path = Path(pattern)
    if _exists(path):
        if path.is_dir():
            raise InputError(
                f"{pattern} is a folder. Name a file, or a pattern such as {path / '*.csv'}."
            )
        return [path]
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 (absolute patterns)
    files = [file for file in found if not file.is_dir()]
    if not files:
        raise InputError(f"no file matches {pattern}. {_whats_beside(path)}")
    return files


def find_forms(pattern: str) -> list[Path]:
    """The filled-in forms that a path or pattern names: none where there is none yet.

    The lock files that a spreadsheet leaves beside an open file are not among them.
    """
    if _exists(Path(pattern)) and not Path(pattern).is_dir():
        return [Path(pattern)]
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207
    return [path for path in found if path.is_file() and not path.name.startswith("~$")]


def read_forms(pattern: str, limits: ReadLimits) -> list[RawExport]:
    """Read every filled-in form, in the order of their names.

    One that cannot be read is a form whose one row is unreadable: among many that people typed, it
    must not cost the week. Raises InputError where there are more rows than `limits` allow.
    """
    forms = []
    for path in find_forms(pattern):
        try:
            forms.append(_read_one(path, FileFormat(), limits))
        except InputError as error:
            why = str(error).removeprefix(f"{path}").strip(" :,")
            unreadable = pd.DataFrame({"row": [1], "detail": [why]})
            none = np.zeros(0, dtype=np.int64)
            forms.append(RawExport(path.name, pd.DataFrame(), none, unreadable, {}))
    rows = sum(form.rows_read for form in forms)
    if rows > limits.rows:
        raise InputError(f"{pattern} holds {rows} rows, more than {limits.rows} (limits.rows).")
    return forms


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{str(path)[:80]!r} is not a path: {reason}.") from None


def _whats_beside(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {path.parent} is not there."
    return did_you_mean(path.name, [entry.name for entry in sorted(path.parent.iterdir())[:20]])


def _read_one(path: Path, form: FileFormat, limits: ReadLimits) -> RawExport:
    suffix = "".join(path.suffixes[-2:]).lower()
    if suffix not in _KINDS:
        suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _read_parquet(path, limits)
    if suffix == ".xlsx":
        return _read_xlsx(path, form, limits)
    content = read_bytes(path, limits)
    _refuse_other_kinds(path, content)
    return read_text(path.name, content, form, int(limits.line_megabytes * 1e6))


def read_bytes(path: Path, limits: ReadLimits) -> bytes:
    """The bytes of a file, unpacked where it is gzip, up to the limit. Raises InputError."""
    if not path.is_file():
        raise InputError(f"{path} is not a plain file.")
    try:
        if path.stat().st_size > limits.bytes:
            raise _too_big(path, limits)
        with path.open("rb") as handle:
            packed = handle.read(2) == b"\x1f\x8b"
            handle.seek(0)
            source = gzip.GzipFile(fileobj=handle) if packed else handle
            content = source.read(limits.bytes + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is a damaged gzip file ({error}). Copy it again.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(content) > limits.bytes:
        raise _too_big(path, limits)
    return content


def _too_big(path: Path, limits: ReadLimits) -> InputError:
    return InputError(
        f"{path} holds more than {limits.megabytes:g} MB once unpacked. If that is right, raise "
        "limits.megabytes."
    )


def _refuse_other_kinds(path: Path, content: bytes) -> None:
    """A file whose first bytes are those of another kind has the wrong name."""
    for mark, kind in (
        (b"PK\x03\x04", "an xlsx or zip file"),
        (b"PAR1", "a parquet file"),
        (b"\xd0\xcf\x11\xe0", "an old xls file: save it as xlsx or CSV"),
        (b"%PDF", "a PDF"),
        (b"<!DOCTYPE", "a web page"),
        (b"<html", "a web page"),
        (b"{", "JSON"),
    ):
        if content.startswith(mark):
            raise InputError(f"{path} is not delimited text but {kind}. Give its true ending.")


def _read_parquet(path: Path, limits: ReadLimits) -> RawExport:
    try:
        source = pa.parquet.ParquetFile(path)
        data = source.metadata
        size = sum(data.row_group(group).total_byte_size for group in range(data.num_row_groups))
        if size > limits.bytes:
            raise _too_big(path, limits)
        if data.num_rows > limits.rows:
            raise InputError(f"{path} holds {data.num_rows} rows, more than {limits.rows}.")
        frame = source.read().to_pandas()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} is not a readable parquet file ({reason}).") from None
    frame = frame.reset_index(drop=True)
    for column in frame.columns[~frame.columns.duplicated()]:
        values = frame[column]
        if isinstance(values, pd.Series) and not pd.api.types.is_numeric_dtype(values.dtype):
            frame[column] = _text_or_time(values)
    frame.columns = [str(column) for column in frame.columns]
    return RawExport(path.name, frame, np.arange(2, len(frame) + 2), _none_unreadable(), {})


def _text_or_time(values: pd.Series) -> pd.Series:
    """Times stay times; everything else becomes text, "" where empty."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values
    missing = values.isna()
    return values.astype(object).where(~missing, "").map(str).astype("str")


def _none_unreadable() -> pd.DataFrame:
    return pd.DataFrame({"row": pd.Series(dtype="int64"), "detail": pd.Series(dtype="str")})


def _read_xlsx(path: Path, form: FileFormat, limits: ReadLimits) -> RawExport:
    content = read_bytes(path, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > limits.bytes:
            raise _too_big(path, limits)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        if form.sheet is not None and form.sheet not in book.sheetnames:
            raise InputError(
                f"{path} has no sheet '{form.sheet}'. {did_you_mean(form.sheet, book.sheetnames)}"
            )
        sheet = book[form.sheet] if form.sheet else book.worksheets[0]
        cells = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        IndexError,
        SyntaxError,  # of the XML inside
        EOFError,
        zlib.error,
    ) as error:
        raise InputError(f"{path} is not a readable xlsx file ({error}).") from None
    return _sheet(path.name, cells)


def _sheet(name: str, cells: list[list[str]]) -> RawExport:
    """A sheet's cells as an export: the first row that holds text is the header."""
    filled = [number for number, row in enumerate(cells) if any(row)]
    if not filled:
        raise InputError(f"{name} is empty: expected a header and rows.")
    first = filled[0]
    header = [cell.strip() for cell in cells[first]]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    whole, bad = [], []
    for number in filled[1:]:
        row = [*cells[number], *[""] * width]
        if any(row[width:]):
            bad.append((number + 1, f"expected {width} fields, got more"))
        else:
            whole.append((number + 1, row[:width]))
    frame = pd.DataFrame([row for _, row in whole], columns=header, dtype="str")
    rows = np.array([number for number, _ in whole], dtype=np.int64)
    return RawExport(name, frame, rows, pd.DataFrame(bad, columns=["row", "detail"]), {})


def _cell(value: object) -> str:
    """A cell as text: dates in ISO form, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@dataclass(frozen=True)
class ZoneFile:
    """A zone file as read: its properties as an export, its shapes, its stated EPSG or None."""

    export: RawExport
    shapes: np.ndarray
    epsg: int | None


def read_zone_file(path: str, limits: ReadLimits) -> ZoneFile:
    """The town's zone file, in the coordinates it was written in.

    A feature whose geometry cannot be read has None for shape. Raises InputError for a file that is
    no geographic table.
    """
    (file, *others) = find_files(path)
    if others:
        raise InputError(f"{path} names {1 + len(others)} files: expected one zone file.")
    content = read_bytes(file, limits)
    if not content.strip():
        raise InputError(f"{file} is empty: expected zones.")
    if file.suffix.lower() in (".geojson", ".json"):
        return _geojson(file, content)
    return _other_zone_file(file)


def _geojson(file: Path, content: bytes) -> ZoneFile:
    try:
        whole = json.loads(content)
    except RecursionError:
        raise InputError(f"{file} is nested too deeply for GeoJSON.") from None
    except ValueError as error:
        raise InputError(f"{file} is not JSON: {error}.") from None
    kind = whole.get("type") if isinstance(whole, dict) else None
    features = whole.get("features") if isinstance(whole, dict) else None
    if kind != "FeatureCollection" or not isinstance(features, list):
        raise InputError(f"{file}: expected a GeoJSON FeatureCollection, got type {kind!r}.")
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
            raise InputError(f"{file}, feature {number}: expected a GeoJSON Feature.")
    if not features:
        raise InputError(f"{file} holds no zone.")
    own_id = [{"id": feature["id"]} if "id" in feature else {} for feature in features]
    records = [i | (f.get("properties") or {}) for i, f in zip(own_id, features, strict=True)]
    texts = [json.dumps(feature.get("geometry")) for feature in features]
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    stated = re.search(r"EPSG:*(\d+)", json.dumps(whole.get("crs")))
    return _zone_file(file, pd.DataFrame(records), shapes, int(stated[1]) if stated else None)


def _other_zone_file(file: Path) -> ZoneFile:
    import geopandas  # 0.4 s, and only towns with such a file need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of single features, told below
            frame = geopandas.read_file(file, on_invalid="ignore")
    except (RuntimeError, OSError, ValueError, TypeError, shapely.errors.ShapelyError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{file} is not a readable zone file ({reason}).") from None
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise InputError(f"{file} holds no geometry: expected polygons or lines.")
    if not len(frame):
        raise InputError(f"{file} holds no zone.")
    epsg = frame.crs.to_epsg() if frame.crs is not None else None
    fields = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return _zone_file(file, fields, frame.geometry.to_numpy(), epsg)


def _zone_file(file: Path, fields: pd.DataFrame, shapes, epsg: int | None) -> ZoneFile:
    fields = fields.reset_index(drop=True)
    rows = np.arange(1, len(fields) + 1)
    export = RawExport(file.name, fields, rows, _none_unreadable())
    return ZoneFile(export, np.asarray(shapes, dtype=object), epsg)
