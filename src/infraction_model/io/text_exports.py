"""Delimited text from anywhere: encodings guessed or mixed, separators found, bad rows apart."""

from __future__ import annotations

import codecs
import csv
import io
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from infraction_model.errors import InputError
from infraction_model.ingest.mapping import FileFormat
from infraction_model.ingest.raw import RawExport

_SEPARATORS = (";", ",", "\t", "|")
_NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
_UNREADABLE = "\ufffd"
_MOST_UNREADABLE = 0.1
_PIECE = 1 << 24


def read_text(name: str, content: bytes, form: FileFormat, longest_line: int) -> RawExport:
    """Read delimited text, no line longer than `longest_line` bytes.

    Raises InputError that names the file and the row.
    """
    if not content.strip(b"\xef\xbb\xbf\r\n\t ;,\0"):
        raise InputError(f"{name} is empty: expected a header and rows.")
    _check_lines(name, content, longest_line)
    text, encoding = _to_utf8(name, content, form.encoding)
    lines = _first_lines(text)
    separator = _separator(name, lines, form.separator)
    header, header_lines = _header(name, text, separator)
    table, bad = _parse(name, text, separator, len(header), header_lines)
    frame = table.to_pandas()
    rows = _row_numbers(header_lines + 1, len(frame), [number for number, _ in bad])
    frame, rows, blank = _without_blank_rows(frame, rows)
    frame, rows, bad = _without_unreadable(name, frame, rows, bad)
    frame.columns = header
    notes = {"encoding": encoding, "separator": _NAMES.get(separator, separator)}
    notes |= {"blank_rows": blank} if blank else {}
    return RawExport(name, frame, rows, pd.DataFrame(bad, columns=["row", "detail"]), notes)


def _check_lines(name: str, content: bytes, longest: int) -> None:
    """Refuse a line beyond the limit: a lost quote or a file that is no table."""
    start = 0
    number = 1
    for at in range(0, len(content), _PIECE):
        piece = np.frombuffer(content, np.uint8, count=min(_PIECE, len(content) - at), offset=at)
        ends = np.flatnonzero((piece == 10) | (piece == 13)) + at
        lengths = np.diff(ends, prepend=start)
        over = np.flatnonzero(lengths > longest)
        if len(over) or (not len(ends) and at + len(piece) - start > longest):
            line = number + (int((piece[: ends[over[0]] - at] == 10).sum()) if len(over) else 0)
            raise InputError(
                f"{name}, line {line}: longer than {longest / 1e6:g} MB, which no row of a table "
                "is. Is a line break or a closing quote missing? (limits.line_megabytes)"
            )
        number += int((piece == 10).sum())
        start = int(ends[-1]) if len(ends) else start
    if len(content) - start > longest:
        raise InputError(
            f"{name}, line {number}: longer than {longest / 1e6:g} MB, which no row of a table is. "
            "Is a line break or a closing quote missing? (limits.line_megabytes)"
        )


def _to_utf8(name: str, content: bytes, stated: str) -> tuple[bytes, str]:
    """The same text in UTF-8 with plain line ends, and the name of the encoding found."""
    content, encoding = _decoded(name, content, stated)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in content:
        content = content.replace(b"\0", _UNREADABLE.encode())
    return content, encoding


def _decoded(name: str, content: bytes, stated: str) -> tuple[bytes, str]:
    if stated != "auto":
        return _as_stated(name, content, stated)
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            content, encoding = _as_stated(name, content, encoding)
            return content, encoding
    if content[:4000].count(0) > len(content[:4000]) // 4:
        raise InputError(
            f"{name} is full of NUL bytes: it is UTF-16 without its mark, or no text at all. "
            "Save it as UTF-8, or state format.encoding: utf-16-le."
        )
    try:
        content.decode("utf-8")
        return content, "utf-8"
    except UnicodeDecodeError:
        return _eight_bit(content)


def _as_stated(name: str, content: bytes, stated: str) -> tuple[bytes, str]:
    try:
        return content.decode(stated).removeprefix("\ufeff").encode(), stated
    except LookupError:
        raise InputError(
            f"format.encoding '{stated}' is not known. Use auto, utf-8, cp1252, latin-1 or utf-16."
        ) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}, line {line}: byte 0x{content[error.start]:02x} is not {stated}. "
            "Set format.encoding to auto, or to the file's own encoding."
        ) from None


def _eight_bit(content: bytes) -> tuple[bytes, str]:
    """Not UTF-8: Windows or ISO western text; line by line where parts of it are UTF-8."""
    some_utf8 = re.search(rb"[\xc3][\x80-\xbf]", content) is not None
    if not some_utf8:
        single = _single_byte(content)
        return content.decode(single).encode(), single
    lines = content.split(b"\n")
    mixed = 0
    for position, line in enumerate(lines):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            lines[position] = line.decode(_single_byte(line)).encode()
            mixed += 1
    return b"\n".join(lines), f"utf-8 and cp1252 mixed ({mixed} lines)"


def _single_byte(content: bytes) -> str:
    """cp1252 leaves five bytes undefined; text that holds one is latin-1."""
    return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", content) else "cp1252"


def _first_lines(text: bytes, count: int = 50) -> list[str]:
    lines = text[:200_000].decode("utf-8", errors="replace").split("\n")
    return [line for line in lines if line.strip()][:count]


def _separator(name: str, lines: list[str], stated: str) -> str:
    """The stated separator, held against the file, or the one that splits its lines most evenly."""
    found = max(_SEPARATORS, key=lambda sign: _evenness(lines, sign))
    if stated == "auto":
        return found
    if len(stated) != 1:
        raise InputError(f"format.separator '{stated}' is not one sign. Use auto, ; , or a tab.")
    if stated not in lines[0] and found in lines[0]:
        raise InputError(
            f"{name}: no '{stated}' in the header; the file looks separated by a "
            f"{_NAMES[found]} ('{found}'). Set format.separator to it, or to auto."
        )
    return stated


def _evenness(lines: list[str], sign: str) -> tuple[float, int]:
    """How many of the lines split into as many fields as the header does, and into how many."""
    widths = [len(row) for row in csv.reader(lines, delimiter=sign)]
    if not widths or widths[0] < 2:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _header(name: str, text: bytes, separator: str) -> tuple[list[str], int]:
    """Column names, and how many physical lines stand before the first row."""
    start = io.StringIO(text[:1_000_000].decode("utf-8", errors="replace"), newline="\n")
    reader = csv.reader(start, delimiter=separator)
    try:
        header = next(row for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        raise InputError(f"{name}, line 1: the header cannot be read ({error}).") from None
    if any(_UNREADABLE in cell for cell in header):
        raise InputError(
            f"{name}, line 1: the header holds bytes that are no text. Is it a table at all? "
            "Export it again as CSV in UTF-8."
        )
    return [cell.strip().lstrip("\ufeff") for cell in header], reader.line_num


def _parse(
    name: str, text: bytes, separator: str, width: int, header_lines: int
) -> tuple[pa.Table, list[tuple[int, str]]]:
    """The rows as a table of text, and (row number, why) of those that have not `width` fields."""
    bad: list[tuple[int, str]] = []
    open_quotes: list[int] = []

    def set_apart(row: pa.csv.InvalidRow) -> str:
        if "\n" in row.text and row.text.count('"') % 2:
            open_quotes.append(row.number)
            return "error"
        detail = f"expected {row.expected_columns} fields, got {row.actual_columns}"
        bad.append((row.number, detail))
        return "skip"

    names = [f"c{position}" for position in range(width)]
    if text.count(b"\n") == header_lines - 1 or not text.split(b"\n", header_lines)[-1].strip():
        return pa.table({column: pa.array([], pa.string()) for column in names}), bad
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(text),
            read_options=pa.csv.ReadOptions(
                use_threads=False, column_names=names, skip_rows=header_lines, block_size=1 << 26
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_apart,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        if open_quotes:
            raise InputError(
                f"{name}, row {open_quotes[0]}: a quote opens and never closes, so the rest of the "
                "file reads as one field. Correct that row."
            ) from None
        what = re.split(r": (?=\D*[^\w\s#:])|\n", str(error))[0][:100]  # no cell of the file
        raise InputError(f"{name} cannot be read as delimited text ({what}).") from None
    return table, bad


def _row_numbers(first: int, kept: int, bad: list[int]) -> np.ndarray:
    """Numbers of the kept rows, counted from `first` as a spreadsheet does, without the `bad`."""
    numbers = np.arange(first, first + kept + len(bad))
    return numbers[~np.isin(numbers, bad)] if bad else numbers


def _without_blank_rows(
    frame: pd.DataFrame, rows: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Leave out rows without any value: blank lines, and the ";;;;" that spreadsheets append."""
    blank = np.ones(len(frame), dtype=bool)
    for column in frame:
        candidates = np.flatnonzero(blank)
        if not len(candidates):
            return frame, rows, 0
        empty = frame[column].iloc[candidates].str.strip() == ""
        blank[candidates[~empty.to_numpy(dtype=bool)]] = False
    if not blank.any():
        return frame, rows, 0
    return frame[~blank].reset_index(drop=True), rows[~blank], int(blank.sum())


def _without_unreadable(
    name: str, frame: pd.DataFrame, rows: np.ndarray, bad: list[tuple[int, str]]
) -> tuple[pd.DataFrame, np.ndarray, list[tuple[int, str]]]:
    """Set apart the rows that held NUL bytes; refuse a file that is made of unreadable rows."""
    holds = np.zeros(len(frame), dtype=bool)
    for column in frame:
        holds |= frame[column].str.contains(_UNREADABLE, regex=False).to_numpy(dtype=bool)
    bad = sorted(bad + [(int(row), "bytes that are no text") for row in rows[holds]])
    frame, rows = frame[~holds].reset_index(drop=True), rows[~holds]
    if (
        bad
        and len(bad) > max(1, _MOST_UNREADABLE * (len(frame) + len(bad)))
        and len(bad) > len(frame)
    ):
        row, detail = bad[0]
        raise InputError(
            f"{name}, row {row}: {detail}; and so for {len(bad)} of its {len(frame) + len(bad)} "
            "rows. Is format.separator right, and is it a table at all?"
        )
    return frame, rows, bad
