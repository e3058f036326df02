"""The data dictionary: what every column of every published file means, and under which rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from infraction_model.open_data.files import FINES, FINES_TOWN, Column, PublicTable
from infraction_model.open_data.fines import ALL, OTHER, PARTS, WHOLE_DAY
from infraction_model.open_data.occupancy import BASES, PublicOccupancy
from infraction_model.spreadsheets import as_csv, neutral
from infraction_model.wording import category_name, tree

AREA = "open_data"


@dataclass(frozen=True)
class FineRule:
    """The rule by which the months from `first` to `last` (YYYY-MM) were counted."""

    first: str
    last: str
    k: int
    closing_days: int
    groups: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Rules:
    """What holds for a publication: the threshold `k` of occupancy and how it is told; the rules of
    fines by period, as a month keeps the one that it was counted by.
    """

    k: int
    occupancy: PublicOccupancy
    fines: Sequence[FineRule]


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
        "step": rules.occupancy.step_percent,
        "weeks": rules.occupancy.typical_weeks,
    }
    rule = said["rule"]
    by_fines = table in (FINES, FINES_TOWN)
    told = _by_period(rule, rules, language) if by_fines else rule.format(**blanks)
    return TableWords(
        table.name,
        said["title"],
        said["what"].format(**blanks),
        told,
        files_of(table),
        tuple(_column(column, rules, language) for column in table.columns),
    )


def _by_period(rule: str, rules: Rules, language: str) -> str:
    """The rule of fines; where it changed, that of each period."""
    said = [(one, rule.format(k=one.k, days=one.closing_days)) for one in rules.fines]
    if len(said) == 1:
        return said[0][1]
    period = tree(AREA, language)["period"]
    return " ".join(period.format(first=one.first, last=one.last, what=what) for one, what in said)


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
    """Each group and its categories; those of each period where they changed."""
    period = tree(AREA, language)["period"]
    own: dict[str, dict[str, str]] = {}
    for rule in rules.fines:
        for name, categories in rule.groups.items():
            said = ", ".join(category_name(category, language) for category in categories)
            whole = period.format(first=rule.first, last=rule.last, what=said)
            own.setdefault(name, {})[whole] = said
    found = []
    for name, said in own.items():
        same = len(said) == len(rules.fines) and len(set(said.values())) == 1
        found.append((name, next(iter(said.values())) if same else " ; ".join(said)))
    return [*found, *_listed((OTHER, ALL), language)]


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
