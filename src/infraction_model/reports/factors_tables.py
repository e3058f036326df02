"""The tables of the report on what recurs, as CSV for other programs and for spreadsheets."""

from __future__ import annotations

import pandas as pd

from infraction_model.factors.analysis import Factors
from infraction_model.spreadsheets import neutral
from infraction_model.timegrid import monday


def factors_csv(factors: Factors) -> str:
    """One row per factor and level: ratio, interval, fines, hours, weeks, basis of the hours."""
    return _csv(factors.table.assign(exposure_basis=factors.basis))


def zones_csv(factors: Factors) -> str:
    """One row per zone, best-ranked first: rates, interval, ranks, basis of the hours."""
    return _csv(factors.zones.drop(columns="zone").assign(exposure_basis=factors.basis))


def changes_csv(factors: Factors) -> str:
    """One row per zone that changed lastingly, surest first; `week` is the Monday it began on."""
    changes = factors.changes.drop(columns="zone")
    changes["week"] = [str(monday(week)) for week in changes["week"]]
    return _csv(changes.assign(exposure_basis=factors.basis))


def categories_csv(factors: Factors) -> str:
    """One row per category, most fined first."""
    return _csv(factors.categories.assign(exposure_basis=factors.basis))


def _csv(table: pd.DataFrame) -> str:
    """UTF-8 text with commas; figures with six significant digits, text that no sheet will run."""
    table = table.copy()
    for column in table.select_dtypes(["object", "str"]).columns:
        table[column] = [neutral(str(value)) for value in table[column]]
    return table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
