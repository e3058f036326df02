"""Broken input of every kind we could think of: one clear error, or quarantine with a reason.

Each case breaks the small town of made_exports in one way. An error must be one of ours, name the
file, row or key, and leave nothing behind; a quarantine must keep the accounts in balance.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from infraction_model.errors import InfractionModelError
from infraction_model.io.exports import ReadLimits
from made_exports import HEADER, PATROLS, ROWS, ZONES, ingest_folder, write_town, write_zones, zone


@dataclass
class Case:
    """One broken input: how to break it, changes of the mapping, and what must come of it."""

    name: str
    breaks: Callable[[Path], Any] = lambda folder: None
    changes: dict[str, Any] = field(default_factory=dict)
    error: tuple[str, ...] = ()
    quarantined: dict[str, int] = field(default_factory=dict)


def content(data: bytes) -> Callable[[Path], Any]:
    return lambda folder: (folder / "fines.csv").write_bytes(data)


def rows(*more: str, header: str = HEADER, only: bool = False) -> Callable[[Path], Any]:
    text = "\r\n".join([header, *([] if only else ROWS), *more]) + "\r\n"
    return content(text.encode("cp1252"))


def row(**cells: str) -> str:
    """A sound row with some cells changed, under a new id."""
    names = ["id", "date", "hour", "street", "number", "lat", "lon", "label", "plate", "agent",
             "recorded"]  # fmt: skip
    sound = dict(zip(names, ROWS[0].split(";"), strict=True))
    return ";".join({**sound, "id": "PV99", **cells}.values())


def named(name: str, data: bytes, **changes: Any) -> dict[str, Any]:
    """Breaks and changes for a fines file of another name."""
    return {
        "breaks": lambda folder: (folder / name).write_bytes(data),
        "changes": {"fines__path": name, **changes},
    }


def zones(*features: dict[str, Any]) -> Callable[[Path], Any]:
    return lambda folder: write_zones(folder, list(features))


def zone_text(text: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / "zones.geojson").write_text(text, encoding="utf-8")


def patrols(*more: str) -> Callable[[Path], Any]:
    return lambda folder: write_town(folder, patrols=[*PATROLS, *more])


def workbook(lines: list[list[Any]], sheet: str = "Feuil1") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in lines:
        book.active.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def parquet(**columns: list[Any]) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


WHOLE = "\r\n".join([HEADER, *ROWS]).encode("cp1252") + b"\r\n"
BOX = [[[3.30, 49.79], [3.31, 49.79], [3.31, 49.81], [3.30, 49.81], [3.30, 49.79]]]
BOW_TIE = [[[3.30, 49.79], [3.31, 49.81], [3.31, 49.79], [3.30, 49.81], [3.30, 49.79]]]
BY_POINT = {"zones__match": ["coordinates"]}
TINY = ReadLimits(megabytes=0.5, line_megabytes=0.1, rows=1000)

FILES = [
    Case("empty file", content(b""), error=("fines.csv", "empty")),
    Case("only blanks", content(b"\r\n \r\n;;;\r\n"), error=("fines.csv", "empty")),
    Case("only a byte order mark", content(b"\xef\xbb\xbf"), error=("fines.csv", "empty")),
    Case("header only", rows(only=True), error=("fines.csv", "no row")),
    Case("missing file", lambda f: (f / "fines.csv").unlink(), error=("no file matches", "fines")),
    Case("missing folder", changes={"fines__path": "nowhere/fines.csv"}, error=("nowhere",)),
    Case("a folder for a file", changes={"fines__path": "."}, error=("is a folder", "*.csv")),
    Case("a pattern without files", changes={"fines__path": "*.tsv"}, error=("*.tsv",)),
    Case("no path", changes={"fines__path": ""}, error=("data.fines.path",)),
    Case("a path with NUL", changes={"fines__path": "a\0b"}, error=("no file matches",)),
    Case("a path too long", changes={"fines__path": "a" * 5000}, error=("not a path",)),
    Case("an endless device", changes={"fines__path": "/dev/zero"}, error=("not a plain file",)),
    Case("truncated gzip", **named("f.csv.gz", gzip.compress(WHOLE)[:-20]),
         error=("f.csv.gz", "damaged gzip")),
    Case("text named gz", **named("f.csv.gz", b"\x1f\x8b" + WHOLE), error=("f.csv.gz",)),
    Case("gzip bomb", **named("f.csv.gz", gzip.compress(b"a;b\n" * 500_000)),
         error=("f.csv.gz", "limits.megabytes")),
    Case("too many rows", rows(*[row(id=f"X{i}") for i in range(1200)]), error=("limits.rows",)),
    Case("large file", content(WHOLE + WHOLE * 2000), error=("fines.csv", "limits.megabytes")),
    Case("a very long line", content(WHOLE + b"x" * 200_000), error=("line 8", "longer than")),
    Case("a very long first line", content(b"x" * 200_000), error=("line 1", "longer than")),
    Case("xlsx named csv", content(workbook([["a"], [1]])), error=("fines.csv", "xlsx")),
    Case("parquet named csv", content(parquet(a=[1])), error=("fines.csv", "parquet")),
    Case("a web page", content(b"<!DOCTYPE html><html>login</html>"), error=("web page",)),
    Case("a PDF", content(b"%PDF-1.7 ..."), error=("PDF",)),
    Case("truncated parquet", **named("f.parquet", parquet(a=[1, 2])[:-30]),
         error=("f.parquet", "not a readable parquet")),
    Case("text named parquet", **named("f.parquet", WHOLE), error=("f.parquet",)),
    Case("parquet without the columns", **named("f.parquet", parquet(a=[1], b=[2])),
         error=("f.parquet", "N° PV", "'a', 'b'")),
    Case("truncated xlsx", **named("f.xlsx", workbook([["a"], [1]])[:-80]),
         error=("f.xlsx", "not a readable xlsx")),
    Case("zip that is no xlsx", **named("f.xlsx", zipped({"a.txt": b"a"})), error=("f.xlsx",)),
    Case("zip bomb as xlsx", **named("f.xlsx", zipped({"xl/a.xml": b"0" * 2_000_000})),
         error=("f.xlsx", "limits.megabytes")),
    Case("xlsx with broken XML", **named("f.xlsx", zipped({"[Content_Types].xml": b"<a><b>"})),
         error=("f.xlsx",)),
    Case("xlsx without that sheet", **named("f.xlsx", workbook([["a"], [1]], "Export"),
         fines__format={"sheet": "Exprot"}), error=("Exprot", "Did you mean 'Export'")),
    Case("empty xlsx", **named("f.xlsx", workbook([])), error=("f.xlsx", "empty")),
]  # fmt: skip

TEXTS = [
    Case("wrong separator stated", changes={"fines__format": {"separator": ","}},
         error=("semicolon", "format.separator")),
    Case("separator of two signs", changes={"fines__format": {"separator": ";;"}},
         error=("format.separator",)),
    Case("unknown encoding", changes={"fines__format": {"encoding": "utf-99"}}, error=("utf-99",)),
    Case("wrong encoding stated", changes={"fines__format": {"encoding": "utf-8"}},
         error=("line 1", "0xb0", "utf-8")),
    Case("UTF-16 without a mark", content(WHOLE.decode("cp1252").encode("utf-16-le")),
         error=("UTF-16",)),
    Case("binary rubbish", content(bytes(range(256)) * 40), error=("fines.csv",)),
    Case("mixed encodings", content(WHOLE + (row(street="Place d’Armes", label="Gênant") + "\r\n")
         .encode()), quarantined={}),
    Case("NULs in a row", content(WHOLE + row(street="Place\0d'Armes").encode("cp1252")),
         quarantined={"unreadable row": 1}),
    Case("too many fields", rows(row() + ";one;more"), quarantined={"unreadable row": 1}),
    Case("too few fields", rows("PV99;04/03/2024;08h11"), quarantined={"unreadable row": 1}),
    Case("all rows of another width", rows("a;b", "c;d", only=True), error=("row 2", "fields")),
    Case("a quote never closed", rows('PV99;"04/03/2024;08h11', ROWS[0]),
         error=("row 8", "quote")),
    Case("duplicate columns", rows(header=HEADER.replace("N°;", "Rue;")),
         error=("'Rue'", "2 times")),
    Case("no header", rows(header=ROWS[0]), error=("no column", "data.fines")),
    Case("a missing column", rows(header=HEADER.replace("Heure", "Horaire")),
         error=("'Heure'", "data.fines.issued_at.columns.1", "Horaire")),
    Case("old Mac line ends", content(WHOLE.replace(b"\r\n", b"\r")), quarantined={}),
]  # fmt: skip

VALUES = [
    Case("31 February", rows(row(date="31/02/2024")), quarantined={"not a time": 1}),
    Case("25h61", rows(row(hour="25h61")), quarantined={"not a time": 1}),
    Case("no hour", rows(row(hour="")), quarantined={"not a time": 1}),
    Case("no date nor hour", rows(row(date="", hour="")), quarantined={"no time": 1}),
    Case("month before day", rows(row(date="03/25/2024")), quarantined={"not a time": 1}),
    Case("the year 2924", rows(row(date="04/03/2924")),
         quarantined={"ten years or more from the other rows": 1}),
    Case("the word now", rows(row(date="now", hour="")), quarantined={"not a time": 1}),
    Case("time zones mixed", rows(row(date="2024-03-04T08:11:00+05:00", hour="")),
         quarantined={}),
    Case("skipped hour of spring", rows(row(date="31/03/2024", hour="02h30")), quarantined={}),
    Case("recorded on no day", rows(row(recorded="99/99/2024")),
         quarantined={"recording time is not a time": 1}),
    Case("every date unreadable", rows(*(r.replace("/", "_") for r in ROWS), only=True),
         error=("fines.csv", "issued_at.formats", "04_03_2024 08h11")),
    Case("repeated id", rows(ROWS[0]), quarantined={"repeated id": 1}),
    Case("repeated id, other street", rows(ROWS[0].replace("Rue de la Paix", "Place d'Armes")),
         quarantined={"repeated id with other content": 1}),
    Case("an unknown street", rows(row(street="Rue Inconnue")), quarantined={"unknown street": 1}),
    Case("no street", rows(row(street="")), quarantined={"no place given": 1}),
    Case("a point far off", rows(row(street="", lat="48,85", lon="2,35")),
         quarantined={"outside every zone": 1}),
    Case("a point in the sea of zeros", rows(row(street="", lat="0", lon="0")),
         quarantined={"no place given": 1}),
    Case("one pair of coordinates swapped", rows(row(street="", lat="3,3006", lon="49,7981")),
         quarantined={"outside every zone": 1}),
    Case("negative longitude", rows(row(street="", lat="49,7981", lon="-3,3006")),
         quarantined={"outside every zone": 1}),
    Case("impossible latitude", rows(row(street="", lat="949,7", lon="3,3")),
         quarantined={"no place given": 1}),
    Case("words for coordinates", rows(row(street="", lat="nord", lon="inf")),
         quarantined={"no place given": 1}),
    Case("all coordinates swapped", changes={**BY_POINT, "fines__place": {
        "street": "Rue", "longitude": "Latitude", "latitude": "Longitude"}},
         error=("look swapped", "data.fines.place")),
    Case("coordinates of another town", rows(row(lat="48,85", lon="2,35"), only=True),
         changes=BY_POINT, error=("far from the zones", "epsg")),
    Case("a plate in the street column", rows(row(street="AB-123-CD")),
         quarantined={"unknown street": 1}),
    Case("every row outside", rows(*(row(id=f"X{i}", street="Ailleurs") for i in range(3)),
         only=True), error=("not one of 3 rows", "unknown street")),
    Case("a cell of formulae", rows(row(street="=cmd|' /C calc'!A0")),
         quarantined={"unknown street": 1}),
]  # fmt: skip

ZONE_FILES = [
    Case("zones are no JSON", zone_text("{zones"), error=("zones.geojson", "not JSON")),
    Case("zones are empty", zone_text(""), error=("zones.geojson", "empty")),
    Case("zones are a list", zone_text("[]"), error=("zones.geojson", "FeatureCollection")),
    Case("no zone in the file", zones(), error=("zones.geojson",)),
    Case("zones without geometry", zones({**ZONES[0], "geometry": None}),
         error=("zones.geojson", "geometry")),
    Case("one zone without geometry", zones(*ZONES, {**zone("S4", "Rue X", []), "geometry": None}),
         quarantined={"zone without geometry": 1}),
    Case("a self-intersecting polygon", zones(*ZONES, zone("S4", "Rue X", BOW_TIE, "Polygon")),
         quarantined={}),
    Case("a polygon of two points", zones(*ZONES, zone("S4", "X", [[[3.3, 49.8], [3.3, 49.9]]],
         "Polygon")), quarantined={"zone without geometry": 1}),
    Case("a zone beyond the pole", zones(*ZONES, zone("S4", "X", [[3.3, 95.0], [3.4, 96.0]])),
         quarantined={"zone with an impossible geometry": 1}),
    Case("a repeated zone id", zones(*ZONES, ZONES[0]), quarantined={"repeated zone id": 1}),
    Case("a feature that is none", zones(*ZONES, 5), error=("zones.geojson, feature 4",)),
    Case("a zone without id", zones(*ZONES, zone("", "X", [[3.3, 49.8], [3.4, 49.9]])),
         quarantined={"zone without id": 1}),
    Case("no such id property", changes={"zones__id": "identifiant"},
         error=("identifiant", "data.zones.id")),
    Case("nested without end", zone_text("[" * 100_000), error=("zones.geojson",)),
    Case("zones without fines", zones(*ZONES, zone("S4", "Rue X", BOX, "Polygon")),
         quarantined={}),
    Case("two zone files", lambda f: (f / "z2.geojson").write_bytes(
        (f / "zones.geojson").read_bytes()), changes={"zones__path": "*.geojson"},
         error=("one zone file",)),
]  # fmt: skip

PATROL_FILES = [
    Case("a patrol of 23 hours", patrols("P9;04/03/2024;08h00;07h00;Place d'Armes;X (1);1;0"),
         quarantined={"longer than 14 hours": 1}),
    Case("a patrol without end", patrols("P9;04/03/2024;08h00;;Place d'Armes;X (1);1;0"),
         quarantined={"end is not a time": 1}),
    Case("a negative count", patrols("P9;04/03/2024;08h00;08h30;Place d'Armes;X (1);-4;0"),
         quarantined={"vehicles checked is negative": 1}),
    Case("a repeated patrol", patrols(PATROLS[0]), quarantined={"repeated id": 1}),
    Case("recorded exposure without a log", changes={"patrols": None}, error=("data.exposure",)),
]  # fmt: skip

MAPPINGS = [
    Case("misspelt key", changes={"fines__pathh": "x"}, error=("fines.pathh", "'path'")),
    Case("misspelt kind", changes={"zones__kind": "files"}, error=("zones",)),
    Case("a format that is none", changes={"fines__issued_at": {
        "columns": ["Date infraction"], "formats": ["jj/mm/aaaa"]}},
         error=("data.fines.issued_at.formats", "jj/mm/aaaa")),
    Case("an unknown directive", changes={"fines__issued_at": {
        "columns": ["Date infraction"], "formats": ["%Q"]}}, error=("issued_at.formats", "%Q")),
    Case("a time without columns", changes={"fines__issued_at": {"columns": []}},
         error=("data.fines.issued_at.columns",)),
    Case("a broken category pattern", changes={"fines__categories": [
        {"pattern": "(double", "category": "x"}]}, error=("categories.0.pattern", "(double")),
    Case("a broken agent pattern", changes={"fines__agent_pattern": "(["},
         error=("data.fines.agent_pattern",)),
    Case("an agent pattern without brackets", changes={"fines__agent_pattern": r"\d+"},
         error=("data.fines.agent_pattern", "brackets")),
    Case("a filter of nothing", changes={"fines__filters": [{"column": "Rue"}]},
         error=("data.fines.filters.0",)),
    Case("a filter that leaves nothing", changes={"fines__filters": [
        {"column": "Libellé", "keep": ["camera"]}]}, error=("not one of 6 rows", "filtered")),
    Case("plates mapped as street", changes={"fines__place": {"street": "Immatriculation"}},
         error=("Immatriculation", "plate")),
    Case("no place for the zones", changes={"zones": {"kind": "cells"}, "fines__place": {
        "street": "Rue"}}, error=("data.fines.place", "coordinates")),
    Case("an unknown EPSG", changes={**BY_POINT, "fines__place": {
        "longitude": "Longitude", "latitude": "Latitude", "epsg": 999999}},
         error=("999999",)),
    Case("aliases of one column", lambda f: (f / "a.csv").write_text("alias\nx\n"),
         changes={"zones__streets": {"aliases": "a.csv"}}, error=("a.csv", "two columns")),
]  # fmt: skip

CASES = [*FILES, *TEXTS, *VALUES, *ZONE_FILES, *PATROL_FILES, *MAPPINGS]
SMALL = {case.name for case in FILES}


def test_the_corpus_is_large_and_every_name_once():
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_input(case: Case, tmp_path: Path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("infraction_model.pipelines.ingest.render", lambda summary, language: "")
    write_town(tmp_path)
    case.breaks(tmp_path)
    workspace = tmp_path / "workspace"
    changes = dict(case.changes)
    if case.name in SMALL:
        changes["limits"] = TINY
    if case.error:
        with pytest.raises(InfractionModelError) as caught:
            ingest_folder(tmp_path, workspace, **changes)
        for part in case.error:
            assert part in str(caught.value)
        assert len(str(caught.value)) < 2000
        assert not workspace.exists()
    else:
        report = ingest_folder(tmp_path, workspace, **changes)
        found: dict[str, int] = {}
        for source in report["sources"]:
            found |= source["quarantined"]
            lost = sum(source["quarantined"].values()) + sum(source["filtered"].values())
            assert source["read"] == source["kept"] + lost
        assert found == case.quarantined
        quarantine = pd.read_parquet(workspace / "tables" / "quarantine.parquet")
        assert quarantine["reason"].value_counts().to_dict() == case.quarantined
        assert quarantine["row"].gt(0).all()
        for fields in quarantine["fields"]:
            json.loads(fields)


def test_no_permission_to_read_is_one_error(tmp_path, monkeypatch):
    write_town(tmp_path)
    opened = Path.open

    def refuse(path, *arguments, **options):
        if path.name == "fines.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InfractionModelError, match=r"fines\.csv cannot be read: Permission denied"):
        ingest_folder(tmp_path, tmp_path / "workspace")


def test_a_workspace_that_cannot_be_written_is_one_error(tmp_path):
    write_town(tmp_path)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InfractionModelError, match="cannot write"):
        ingest_folder(tmp_path, tmp_path / "file" / "workspace")


def test_an_error_leaves_the_last_good_tables_as_they_were(tmp_path):
    write_town(tmp_path)
    workspace = tmp_path / "workspace"
    ingest_folder(tmp_path, workspace)
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    content(b"")(tmp_path)
    with pytest.raises(InfractionModelError):
        ingest_folder(tmp_path, workspace)
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before
