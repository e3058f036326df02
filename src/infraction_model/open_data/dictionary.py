"""The data dictionary: what every column of every published file means, and under which rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from infraction_model.open_data.files import Column, PublicTable
from infraction_model.open_data.fines import ALL, OTHER, PARTS, WHOLE_DAY
from infraction_model.open_data.occupancy import BASES, PublicOccupancy
from infraction_model.spreadsheets import as_csv, neutral
from infraction_model.wording import category_name, tree

AREA = "open_data"


@dataclass(frozen=True)
class Rules:
    """What was decided for a publication: the threshold `k`, and what its parts were set to."""

    k: int
    closing_days: int
    groups: Mapping[str, Sequence[str]]
    occupancy: PublicOccupancy


@dataclass(frozen=True)
class ColumnWords:
    """A column as the dictionary describes it; `codes`: each value and what it means."""

    name: str
    kind: str
    unit: str
    meaning: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TableWords:
    """A published table as the dictionary describes it."""

    name: str
    title: str
    what: str
    rule: str
    files: tuple[str, ...]
    columns: tuple[ColumnWords, ...]


def describe(table: PublicTable, rules: Rules, language: str) -> TableWords:
    """What a published table is, column by column, in a language."""
    text = tree(AREA, language)
    said = text["tables"][table.name]
    blanks = {
        "k": rules.k,
        "days": rules.closing_days,
        "step": rules.occupancy.step_percent,
        "weeks": rules.occupancy.typical_weeks,
    }
    return TableWords(
        table.name,
        said["title"],
        said["what"].format(**blanks),
        said["rule"].format(**blanks),
        files_of(table),
        tuple(_column(column, rules, language) for column in table.columns),
    )


def files_of(table: PublicTable) -> tuple[str, ...]:
    """The names of a table's files."""
    kinds = ("csv", "geojson") if table.placed else ("csv",)
    return tuple(f"{table.name}.{kind}" for kind in kinds)


def _column(column: Column, rules: Rules, language: str) -> ColumnWords:
    text = tree(AREA, language)
    codes = {
        "groupe": lambda: _groups(rules, language),
        "tranche": lambda: _parts(language),
        "statut": lambda: _listed(("publie", "secret"), language),
        "base": lambda: _listed(tuple(BASES.values()), language),
    }.get(column.name, tuple)()
    return ColumnWords(
        column.name,
        text["kinds"][column.kind],
        text["units"][column.unit] if column.unit else "",
        text["columns"][column.name],
        tuple(codes),
    )


def _listed(names: Sequence[str], language: str) -> list[tuple[str, str]]:
    codes = tree(AREA, language)["codes"]
    return [(name, codes[name]) for name in names]


def _groups(rules: Rules, language: str) -> list[tuple[str, str]]:
    own = [
        (name, ", ".join(category_name(category, language) for category in categories))
        for name, categories in rules.groups.items()
    ]
    return [*own, *_listed((OTHER, ALL), language)]


def _parts(language: str) -> list[tuple[str, str]]:
    clock = tree(AREA, language)["clock"]
    parts = [(name, clock.format(start=start, end=end)) for name, (start, end) in PARTS.items()]
    return [*parts, *_listed((WHOLE_DAY,), language)]


def dictionary_csv(tables: Sequence[TableWords]) -> bytes:
    """The dictionary as a CSV: a row per file and column."""
    rows = [
        {
            "fichier": " ".join(table.files),
            "colonne": column.name,
            "type": column.kind,
            "unite": column.unit,
            "sens": column.meaning,
            "valeurs": " ; ".join(f"{code} : {meaning}" for code, meaning in column.codes),
            "secret": table.rule,
        }
        for table in tables
        for column in table.columns
    ]
    frame = pd.DataFrame(rows).map(neutral)
    return as_csv(frame, "fr")
