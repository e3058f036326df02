"""Reading exports: the same rows come out of every kind of file a town may send."""

from __future__ import annotations

import datetime as dt
import gzip

import openpyxl
import pandas as pd
import pytest

from infraction_model.errors import InputError
from infraction_model.ingest.mapping import FileFormat
from infraction_model.io.exports import ReadLimits, read_exports

ROWS = [["N°", "Rue", "Montant"], ["1", "Place d'Armes", "35,00"], ["2", "Allée Élise", "11,00"]]


def read(path, **form):
    return read_exports(str(path), FileFormat(**form), ReadLimits())


def csv(separator: str, encoding: str, end: str = "\n") -> bytes:
    return (end.join(separator.join(row) for row in ROWS) + end).encode(encoding)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_encoding_and_line_ends_are_found(tmp_path, separator, encoding, end):
    (tmp_path / "f.csv").write_bytes(csv(separator, encoding, end))
    (export,) = read(tmp_path / "f.csv")
    assert [list(export.frame.columns), *export.frame.values.tolist()] == ROWS
    assert export.rows.tolist() == [2, 3]
    assert export.rows_read == 2


def test_gzip_and_quotes_with_separators_and_line_breaks_inside(tmp_path):
    text = 'a;b\n"1;2";"say ""no"""\n"two\nlines";x\n'
    (tmp_path / "f.csv.gz").write_bytes(gzip.compress(text.encode()))
    (export,) = read(tmp_path / "f.csv.gz")
    assert export.frame.values.tolist() == [["1;2", 'say "no"'], ["two\nlines", "x"]]


def test_a_comma_in_values_does_not_pass_for_the_separator(tmp_path):
    (tmp_path / "f.csv").write_text("a;b\n1,5;2,5\n3,5;4,5\n")
    (export,) = read(tmp_path / "f.csv")
    assert list(export.frame.columns) == ["a", "b"]


def test_rows_keep_the_numbers_a_spreadsheet_shows(tmp_path):
    (tmp_path / "f.csv").write_text("a;b\n1;2\n\n;\n3;4;5\n6;7\n8\n9;9\n")
    (export,) = read(tmp_path / "f.csv")
    assert export.frame["a"].tolist() == ["1", "6", "9"]
    assert export.rows.tolist() == [2, 6, 8]
    assert export.unreadable.values.tolist() == [
        [5, "expected 2 fields, got 3"], [7, "expected 2 fields, got 1"],
    ]  # fmt: skip
    assert export.notes["blank_rows"] == 2


def test_mixed_encodings_are_read_line_by_line(tmp_path):
    lines = [b"a;b", "é;1".encode("cp1252"), "è;2".encode(), "ç;3".encode("cp1252")]
    (tmp_path / "f.csv").write_bytes(b"\n".join(lines))
    (export,) = read(tmp_path / "f.csv")
    assert export.frame["a"].tolist() == ["é", "è", "ç"]
    assert "mixed (2 lines)" in export.notes["encoding"]


def test_a_pattern_reads_files_in_the_order_of_their_names(tmp_path):
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text(f"a;b\n{name};1\n")
    exports = read(tmp_path / "*.csv")
    assert [export.file for export in exports] == ["a.csv", "b.csv"]


def test_xlsx_cells_become_text(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["ignored"])
    sheet = book.create_sheet("PV")
    sheet.append([])
    sheet.append(["N°", "Date", "Heure", "Montant", None])
    sheet.append([1.0, dt.datetime(2024, 3, 4), dt.time(14, 5), 35.5, None])
    sheet.append([2, dt.datetime(2024, 3, 4, 8, 11), None, 11, "surplus"])
    book.save(tmp_path / "f.xlsx")
    (export,) = read(tmp_path / "f.xlsx", sheet="PV")
    assert list(export.frame.columns) == ["N°", "Date", "Heure", "Montant"]
    assert export.frame.values.tolist() == [["1", "2024-03-04", "14:05:00", "35.5"]]
    assert export.rows.tolist() == [3]
    assert export.unreadable["row"].tolist() == [4]


def test_parquet_keeps_numbers_and_times_and_makes_the_rest_text(tmp_path):
    frame = pd.DataFrame(
        {
            "t": pd.to_datetime(["2024-03-04 08:11", None]),
            "x": [1.5, None],
            "c": pd.Categorical(["a", None]),
            "d": [dt.date(2024, 3, 4), None],
        }
    )
    frame.to_parquet(tmp_path / "f.parquet")
    (export,) = read(tmp_path / "f.parquet")
    assert pd.api.types.is_datetime64_any_dtype(export.frame["t"].dtype)
    assert export.frame["x"].dtype == "float64"
    assert export.frame["c"].tolist() == ["a", ""]
    assert export.frame["d"].tolist() == ["2024-03-04", ""]


def test_a_wrong_name_suggests_the_file_that_is_there(tmp_path):
    (tmp_path / "verbalisations.csv").write_text("a;b\n1;2\n")
    with pytest.raises(InputError, match=r"Did you mean 'verbalisations\.csv'"):
        read(tmp_path / "verbalisation.csv")


def test_an_error_never_shows_a_cell(tmp_path):
    (tmp_path / "f.csv").write_text('a;b\n1;2\n"AB-123-CD;x\n3;4\n')
    with pytest.raises(InputError) as caught:
        read(tmp_path / "f.csv")
    assert "AB-123-CD" not in str(caught.value)
    assert "row 3" in str(caught.value)
