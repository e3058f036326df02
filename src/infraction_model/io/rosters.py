"""What a town says of its teams in CSV files: who is on duty when, and how far it is."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError, InputError
from infraction_model.ingest.columns import column_key, fold
from infraction_model.ingest.mapping import FileFormat
from infraction_model.io.exports import ReadLimits, read_exports
from infraction_model.patrol.shifts import Shift, WeeklyShift, in_order, on_day

_ROSTER = {
    "team": ("team", "equipe"),
    "date": ("date",),
    "day": ("day", "weekday", "jour"),
    "start": ("start", "begin", "debut"),
    "end": ("end", "fin"),
    "mode": ("mode", "moyen"),
    "longitude": ("longitude", "lon"),
    "latitude": ("latitude", "lat"),
    "break_start": ("breakstart", "break", "debutpause", "pause"),
    "break_minutes": ("breakminutes", "minutespause", "pauseminutes"),
}
_TRAVEL = {
    "from": ("from", "de"),
    "to": ("to", "vers", "a"),
    "minutes": ("minutes", "temps"),
    "mode": ("mode", "moyen"),
}
_MODES = {
    "foot": ("", "foot", "walk", "pied", "apied", "pedestre"),
    "bicycle": ("bicycle", "bike", "velo"),
    "car": ("car", "voiture", "auto", "vehicule"),
}
_WEEKDAYS = (
    ("monday", "lundi"),
    ("tuesday", "mardi"),
    ("wednesday", "mercredi"),
    ("thursday", "jeudi"),
    ("friday", "vendredi"),
    ("saturday", "samedi"),
    ("sunday", "dimanche"),
)


def read_roster(path: str, monday: dt.date) -> tuple[Shift, ...]:
    """The shifts of the week that begins on `monday`, from a CSV (or xlsx) roster.

    Columns team, date (YYYY-MM-DD or DD/MM/YYYY) or day (of every week), start, end; where wanted
    mode (foot, bicycle, car), longitude, latitude, break_start, break_minutes. French names do too.
    Raises InputError that names the file, the row and what was expected there.
    """
    shifts = []
    for file, row, said in _rows(path, _ROSTER, ("team", "start", "end")):
        try:
            day = _day_of_week(said, monday)
            if day is not None:
                shifts.append(on_day(_shift(said), day))
        except (ConfigError, ValueError) as error:
            raise InputError(f"{file}, row {row}: {error}") from None
    if not shifts:
        raise InputError(
            f"{path} has no shift in the week of {monday}. Give the roster of that week, or shifts "
            "of every week by their day instead of their date."
        )
    return in_order(shifts)


def read_travel_times(path: str) -> pd.DataFrame:
    """Minutes between zones from a CSV: columns from, to, minutes, and mode where it matters."""
    rows = []
    for file, row, said in _rows(path, _TRAVEL, ("from", "to", "minutes")):
        try:
            minutes = _number(said["minutes"], "minutes", 0.0)
            mode = _mode(said["mode"]) if said.get("mode") else ""
        except ValueError as error:
            raise InputError(f"{file}, row {row}: {error}") from None
        rows.append((said["from"], said["to"], minutes, mode))
    return pd.DataFrame(rows, columns=["from", "to", "minutes", "mode"])


def _rows(path: str, columns: dict[str, tuple[str, ...]], needed: tuple[str, ...]):
    """Each row of a table as text by our own names of its columns, with its file and number."""
    for export in read_exports(path, FileFormat(), ReadLimits()):
        if len(export.unreadable):
            bad = export.unreadable.iloc[0]
            raise InputError(f"{export.file}, row {bad['row']}: {bad['detail']}")
        theirs = {column_key(name): name for name in export.frame.columns}
        found = {
            name: theirs[key] for name, keys in columns.items() for key in keys if key in theirs
        }
        missing = [name for name in needed if name not in found]
        if missing:
            raise InputError(
                f"{export.file}: expected a column {missing[0]}, got "
                f"{', '.join(map(str, export.frame.columns))}."
            )
        text = export.frame[list(found.values())].astype("str").set_axis(list(found), axis=1)
        records = text.apply(lambda column: column.str.strip()).to_dict("records")
        yield from zip([export.file] * len(records), export.rows.tolist(), records, strict=True)


def _shift(said: dict[str, str]) -> WeeklyShift:
    if not said["team"]:
        raise ValueError("expected a team, got nothing.")
    place = [
        _number(said[name], name, -180.0) if said.get(name) else None
        for name in ("longitude", "latitude")
    ]
    pause = said.get("break_start") or None
    return WeeklyShift(
        team=said["team"],
        days=(),
        start=said["start"],
        end=said["end"],
        mode=_mode(said.get("mode", "")),
        longitude=place[0] if None not in place else None,
        latitude=place[1] if None not in place else None,
        break_start=pause,
        break_minutes=int(_number(said.get("break_minutes") or "0", "break_minutes", 0.0)),
    )


def _day_of_week(said: dict[str, str], monday: dt.date) -> int | None:
    """0 to 6; None for a date of another week."""
    if said.get("date"):
        day = (_date(said["date"]) - monday).days
        return day if 0 <= day < len(_WEEKDAYS) else None
    word = fold(said.get("day", ""))
    for day, names in enumerate(_WEEKDAYS):
        if len(word) >= 2 and any(name.startswith(word) for name in names):
            return day
    raise ValueError(f"expected a date or a day such as lundi or Monday, got '{word}'.")


def _date(written: str) -> dt.date:
    french = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", written)
    try:
        if french:
            return dt.date(int(french[3]), int(french[2]), int(french[1]))
        return dt.date.fromisoformat(written[:10])
    except ValueError:
        raise ValueError(
            f"expected a date such as 2024-03-04 or 04/03/2024, got '{written}'."
        ) from None


def _mode(written: str) -> str:
    for mode, words in _MODES.items():
        if column_key(written) in words:
            return mode
    raise ValueError(f"expected foot, bicycle or car (pied, vélo, voiture), got '{written}'.")


def _number(written: str, name: str, least: float) -> float:
    try:
        value = float(written.replace(",", "."))
    except ValueError:
        value = np.nan
    if not value >= least:
        raise ValueError(f"expected a number of {name}, got '{written}'.")
    return value
