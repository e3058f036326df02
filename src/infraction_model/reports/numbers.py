"""Numbers and dates as people write them in French and in English."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd

from infraction_model import wording


def decimal(value: float, digits: int, language: str, sign: bool = False) -> str:
    """A number with so many decimals; a dash where it is not defined."""
    if pd.isna(value) or not math.isfinite(value):
        return "–"
    shown = wording.number(abs(value), language, digits)
    if math.copysign(1.0, value) < 0:
        return f"−{shown}"
    return f"+{shown}" if sign else shown


def chance(p: float, language: str) -> str:
    """A p-value with three decimals, never 0."""
    if p < 0.001:
        return f"< {decimal(0.001, 3, language)}"
    return decimal(p, 3, language)


def percent(value: float, digits: int, language: str, sign: bool = False) -> str:
    """A share in percent."""
    shown = decimal(value if value is None else 100 * value, digits, language, sign)
    if shown == "–":
        return shown
    return f"{shown}\u00a0%" if language == "fr" else f"{shown} %"


def date(iso: str, language: str) -> str:
    """A date given as YYYY-MM-DD: 12/01/2026, or 12 Jan 2026."""
    return wording.short_date(dt.date.fromisoformat(iso), language)
