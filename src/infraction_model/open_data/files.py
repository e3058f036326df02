"""The published tables: their files, columns, types and units, and how a table becomes a CSV.

Names and codes are French whatever the language of the pages: they are part of the data.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from csv import reader
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from infraction_model.errors import InputError
from infraction_model.spreadsheets import as_csv, neutral

Kind = Literal["texte", "code", "entier", "date-heure", "mois"]


@dataclass(frozen=True)
class Column:
    """A column: its key in the frames of this software, its public name, type and unit.

    `of_zone`: it says the same in every row of a zone.
    """

    key: str
    name: str
    kind: Kind
    unit: str = ""
    of_zone: bool = False


@dataclass(frozen=True)
class PublicTable:
    """A published table: the stem of its files, its columns, and how often it is renewed."""

    name: str
    columns: tuple[Column, ...]
    renewed: Literal["WEEKLY", "MONTHLY"]

    @property
    def placed(self) -> bool:
        """Whether its rows are about zones, so that it has a GeoJSON as well."""
        return any(column.key == "zone_id" for column in self.columns)


_ZONE = Column("zone_id", "zone_id", "texte", of_zone=True)
_NAME = Column("name", "nom", "texte", of_zone=True)
_MONTH = Column("month", "mois", "mois", "AAAA-MM")
_GROUP = Column("group", "groupe", "code")
_COUNT = Column("count", "nombre", "entier", "verbalisations")
_STATUS = Column("status", "statut", "code")
_RATE = Column("occupancy", "occupation", "entier", "%")
_BASIS = Column("basis", "base", "code")

HOURLY = PublicTable(
    "occupation_horaire",
    (_ZONE, _NAME, Column("day", "jour", "code"), Column("hour", "heure", "entier", "h"), _RATE,
     Column("weeks", "semaines", "entier", "semaines"), _BASIS),
    "WEEKLY",
)  # fmt: skip
MONTHLY = PublicTable(
    "occupation_mensuelle",
    (_ZONE, _NAME, _MONTH, _RATE, Column("daytime", "occupation_jour", "entier", "%"),
     Column("hours", "heures", "entier", "h"), _BASIS),
    "MONTHLY",
)  # fmt: skip
COMING = PublicTable(
    "disponibilites",
    (_ZONE, _NAME, Column("spaces", "places", "entier", "places", of_zone=True),
     Column("starts_at", "debut", "date-heure", "ISO 8601"),
     Column("free", "places_libres", "entier", "places"),
     Column("free_low", "places_libres_min", "entier", "places"),
     Column("free_high", "places_libres_max", "entier", "places"), _BASIS),
    "WEEKLY",
)  # fmt: skip
FINES = PublicTable(
    "verbalisations", (_ZONE, _NAME, _MONTH, _GROUP, _COUNT, _STATUS), "MONTHLY"
)  # fmt: skip
FINES_TOWN = PublicTable(
    "verbalisations_ville",
    (_MONTH, _GROUP, Column("part", "tranche", "code"), _COUNT, _STATUS),
    "MONTHLY",
)
TABLES = (HOURLY, MONTHLY, COMING, FINES, FINES_TOWN)


def with_names(frame: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """A frame by zone_id with the names of its zones; a zone without a name goes by its id."""
    names = zones.set_index("zone_id")["name"]
    names = names[names.str.strip() != ""]
    return frame.assign(name=frame["zone_id"].map(names).fillna(frame["zone_id"]))


def public(frame: pd.DataFrame, table: PublicTable) -> pd.DataFrame:
    """A frame under the public names of its columns, its texts harmless in a spreadsheet."""
    columns = {}
    for column in table.columns:
        values = frame[column.key]
        text = column.kind != "entier"
        columns[column.name] = [neutral(str(value)) for value in values] if text else values.array
    return pd.DataFrame(columns)


def csv(tables: Iterable[pd.DataFrame]) -> bytes:
    """Public tables, one below the other, as a CSV (UTF-8, semicolons)."""
    return as_csv(pd.concat(list(tables), ignore_index=True), "fr")


def parse(content: bytes, table: PublicTable, name: str) -> pd.DataFrame:
    """Read back a CSV of ours, as `public` gives it; raises InputError where it is none."""
    columns = [column.name for column in table.columns]
    try:
        rows = list(reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
        if rows[:1] != [columns]:
            raise ValueError(f"expected the columns {', '.join(columns)}")
        frame = pd.DataFrame(rows[1:], columns=columns, dtype="str")
        for column in table.columns:
            if column.kind == "entier":
                values = frame[column.name]
                frame[column.name] = values.where(values != "", None).astype("Int64")
    except ValueError as error:
        raise InputError(
            f"{name} is not as this version writes it ({error}): the months in it cannot be "
            "published again as they were. Move it elsewhere to publish all months anew."
        ) from None
    return frame


def empty(table: PublicTable) -> pd.DataFrame:
    """A public table without rows."""
    kinds = {one.name: "Int64" if one.kind == "entier" else "str" for one in table.columns}
    return pd.DataFrame(columns=list(kinds)).astype(kinds)
