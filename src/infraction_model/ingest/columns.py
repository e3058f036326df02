"""Column names as people write them, found regardless of accents, case, BOM and blanks."""

from __future__ import annotations

import difflib
import unicodedata

import pandas as pd

from infraction_model.errors import InputError
from infraction_model.ingest.mapping import Filter
from infraction_model.ingest.raw import RawExport


def fold(text: str) -> str:
    """Text without accents and case, for comparison: "N° Élève" -> "n° eleve"."""
    text = str(text)
    if text.isascii():
        return text.casefold()
    flat = unicodedata.normalize("NFKD", text.casefold()).replace("œ", "oe").replace("æ", "ae")
    return "".join(sign for sign in flat if not unicodedata.combining(sign)).casefold()


def column_key(name: str) -> str:
    """A column name's letters, digits and the signs that tell names apart, nothing else."""
    return "".join(sign for sign in fold(name) if sign.isalnum() or sign in "%€$#")


def find_column(export: RawExport, name: str, key: str) -> str:
    """The export's own spelling of column `name`, which the mapping states at dotted `key`.

    Raises InputError that lists what there is and suggests the nearest.
    """
    columns = list(export.frame.columns)
    found = [column for column in columns if column == name]
    found = found or [c for c in columns if column_key(c) == column_key(name)]
    if len(found) > 1:
        raise InputError(
            f"{export.file}: column '{name}' ({key}) stands {len(found)} times in the header. "
            "Rename all but one."
        )
    if not found:
        raise InputError(_missing(export, name, key, columns))
    return found[0]


def _missing(export: RawExport, name: str, key: str, columns: list[str]) -> str:
    by_key = {column_key(column): column for column in columns}
    near = difflib.get_close_matches(column_key(name), by_key, n=1, cutoff=0.6)
    suggestion = f" Did you mean '{by_key[near[0]]}'?" if near else ""
    hint = " Only one column was found: is format.separator right?" if len(columns) == 1 else ""
    listed = ", ".join(f"'{column}'" for column in columns[:40])
    return (
        f"{export.file}: no column '{name}' ({key}).{suggestion} The file has: {listed}."
        f"{hint} Correct {key}."
    )


def as_text(values: pd.Series) -> pd.Series:
    """A column as stripped text, "" where empty; whole numbers without a point."""
    if values.dtype == "str":
        return values.fillna("").str.strip()
    if pd.api.types.is_float_dtype(values.dtype):
        whole = values.notna() & (values % 1 == 0)
        text = values.astype("str").where(values.notna(), "")
        integers = values.where(whole, 0).astype("int64").astype("str")
        return text.where(~whole, integers).astype("str")
    return values.astype("str").where(values.notna(), "").astype("str")


def joined(export: RawExport, names: tuple[str, ...], key: str) -> pd.Series:
    """The named columns joined with one blank, as stripped text."""
    parts = [
        as_text(export.frame[find_column(export, name, f"{key}.{position}")])
        for position, name in enumerate(names)
    ]
    text = parts[0]
    for part in parts[1:]:
        text = text + " " + part
    return text.str.strip() if len(parts) > 1 else text


def with_constants(export: RawExport, constants: dict[str, str]) -> RawExport:
    """The export with the columns it lacks, each filled with one value."""
    if not constants:
        return export
    frame = export.frame.assign(**{name: str(value) for name, value in constants.items()})
    text = dict.fromkeys(constants, "str")
    return RawExport(export.file, frame.astype(text), export.rows, export.unreadable, export.notes)


def left_out(export: RawExport, rule: Filter, key: str) -> pd.Series:
    """Mask of the rows a filter leaves out; values compare without case, accents and blanks."""
    values = as_text(export.frame[find_column(export, rule.column, f"{key}.column")])
    by_value = {value: column_key(value) for value in values.unique()}
    folded = values.map(by_value)
    out = pd.Series(False, index=values.index)
    if rule.keep:
        out |= ~folded.isin([column_key(value) for value in rule.keep])
    if rule.drop:
        out |= folded.isin([column_key(value) for value in rule.drop])
    return out


def numbers(text: pd.Series, decimal: str) -> pd.Series:
    """Text as numbers, NaN where it is none; thousands' blanks are allowed."""
    if pd.api.types.is_numeric_dtype(text.dtype):
        return text.astype("float64")
    codes, unique = pd.factorize(text)
    flat = pd.Series(unique, dtype="str").str.replace(r"[\s\u00a0\u202f']", "", regex=True)
    if decimal == ",":
        flat = flat.str.replace(",", ".", regex=False)
    values = pd.to_numeric(flat.where(flat != "", None), errors="coerce").astype("float64")
    values = values.where(values.abs() != float("inf"))
    return pd.Series(values.to_numpy()[codes], index=text.index)
