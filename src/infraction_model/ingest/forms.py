"""Filled-in forms of the print sheets -> patrols, also those that found nothing. Reads no file.

A form is a row per planned stop. What was planned says which stop it is and where; what was filled
in says whether and when somebody was there. Rows with nothing filled in are no patrols.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.ingest import form_cells, records
from infraction_model.ingest.columns import as_text, column_key, fold
from infraction_model.ingest.mapping import FormsMapping
from infraction_model.ingest.privacy import hidden, personal_columns
from infraction_model.ingest.quarantine import Ledger
from infraction_model.ingest.raw import RawExport
from infraction_model.ingest.records import Source
from infraction_model.ingest.repeats import set_repeats_apart
from infraction_model.spreadsheets import neutral
from infraction_model.timegrid import localise
from infraction_model.wording import LANGUAGES, words

PLANNED = (
    "week",
    "shift",
    "sequence",
    "date",
    "planned_arrival",
    "planned_leave",
    "zone_id",
    "name",
    "purpose",
    "propensity",
)
FILLED = (
    "seen",
    "arrived",
    "left",
    "vehicles_checked",
    "infractions_found",
    "nothing_found",
    "remarks",
)
COLUMNS = (*PLANNED, *FILLED)
"""The columns of a form, in their order; the area `form` of the catalogue has their headers."""

UNKNOWN_WEEK = "unknown week"
NOT_VISITED = "not visited"
REPLACED = "replaced by a later form"
IN_LOG = "already in the patrol log"

_NEEDED = ("week", "shift", "sequence", "date", "planned_arrival", "planned_leave", "zone_id")
_KIND = "form"
_HALF_A_DAY = pd.Timedelta(hours=12)
_BY_HAND = re.compile(
    "(?:start|end) is not|whole number|neither yes|12 hours|ends before|nothing found"
)
_WORDS = re.compile(r"[^\W\d_]{3,}(?:\W+[^\W\d_]{3,})*")


@dataclass(frozen=True)
class FormPatrols:
    """What forms tell: their source, and patrols as the contract table has them."""

    source: Source
    frame: pd.DataFrame


def read_forms(
    exports: list[RawExport],
    zones: pd.DataFrame,
    log: pd.DataFrame | None,
    timezone: str,
    secret: bytes,
    keep_from: dt.date | None = None,
    agents: frozenset[str] = frozenset(),
) -> FormPatrols:
    """The visits that filled-in forms tell of, in the zones of the town.

    A stop that several files fill in is that of the last by name. A visit during which the patrol
    `log` (a contract table) was in that zone already is left out: exposure counts once. A file that
    is no form is one unreadable row. `secret` keys the ids, for a team may be called by a person's
    name; `agents` are names that must not stand in the quarantine.
    """
    forms = [_as_form(export) for export in exports]
    mapping = FormsMapping(path="")
    source = Source("forms", forms, mapping, Ledger("forms", forms), keep_from=keep_from)
    source.agents |= agents
    for export in exports:
        source.personal |= _personal(export)
    cells = {name: records.text(source, (name,), name) for name in COLUMNS}
    visits = _times(source, cells, timezone)
    _counts(source, cells, visits)
    zone_id = _zones(cells["zone_id"], cells["name"], zones)
    source.ledger.reject(np.equal(zone_id, None), "unknown zone id", cells["zone_id"])
    visits["zone_id"] = zone_id
    visits["patrol_id"] = _identity(source, cells, zone_id, secret)
    _keep_the_last(source, visits)
    if log is not None and len(log):
        source.ledger.filter_out(_in_log(visits, log, source.ledger.kept), IN_LOG)
    kept = visits[source.ledger.kept].astype({"zone_id": "str", "patrol_id": "str"})
    return FormPatrols(source, kept.sort_values("started_at", kind="stable", ignore_index=True))


def with_forms(log: pd.DataFrame | None, forms: pd.DataFrame) -> pd.DataFrame:
    """The patrols of the log, where there is one, and of the forms in one table by time."""
    if log is None or log.empty:
        return forms
    if forms.empty:
        return log
    both = pd.concat([log, forms], ignore_index=True)
    return both.sort_values("started_at", kind="stable", ignore_index=True)


def no_patrols(timezone: str) -> pd.DataFrame:
    """The patrols of a town whose first form is still to come."""
    text, number = pd.Series(dtype="str"), pd.Series(dtype="float64")
    never = pd.Series(dtype="datetime64[us]").dt.tz_localize(timezone)
    return pd.DataFrame(
        {
            "patrol_id": text,
            "zone_id": text,
            "started_at": never,
            "ended_at": never,
            "vehicles_checked": number,
            "infractions_found": number,
        }
    )


def quarantined_forms(forms: FormPatrols) -> pd.DataFrame:
    """The quarantine of the forms: what was planned, and what is wrong with what was filled in.

    Words that somebody wrote by hand stay in the form, wherever they stand: they may name persons.
    """
    table = records.quarantine_table(forms.source, PLANNED)
    by_hand = table["reason"].str.contains(_BY_HAND)
    table.loc[by_hand, "detail"] = table.loc[by_hand, "detail"].str.replace(_WORDS, "…", regex=True)
    return table


def planned_days(export: RawExport) -> pd.Series:
    """The day of each row of a form, NaT where it says none."""
    return form_cells.dates(_as_form(export).frame["date"])


def is_from_form(patrols: pd.DataFrame) -> pd.Series:
    """Mask of the patrols that forms told of."""
    return patrols["patrol_id"].str.startswith(f"{_KIND}-")


def _as_form(export: RawExport) -> RawExport:
    """The export with the columns of a form under their own names; unreadable where it is none."""
    keys = [column_key(name) for name in export.frame.columns]
    theirs = dict(zip(keys, export.frame.columns, strict=True))
    ours = {
        name: theirs[key]
        for name in COLUMNS
        for key in {column_key(words("form", language)[name]) for language in LANGUAGES}
        if key in theirs
    }
    missing = [words("form", LANGUAGES[0])[name] for name in _NEEDED if name not in ours]
    twice = [name for name in ours.values() if keys.count(column_key(name)) > 1]
    if missing or twice:
        problem = f"no column '{missing[0]}'" if missing else f"two columns '{twice[0]}'"
        whole = pd.DataFrame({"row": [1], "detail": [f"not a form of the print sheet: {problem}"]})
        if len(export.unreadable) and not len(export.frame.columns):
            whole = export.unreadable
        frame = pd.DataFrame(columns=list(COLUMNS), dtype="str")
        return RawExport(export.file, frame, export.rows[:0], whole, export.notes)
    frame = pd.DataFrame("", index=export.frame.index, columns=list(COLUMNS), dtype="str")
    for name, column in ours.items():
        frame[name] = as_text(export.frame[column])
    return RawExport(export.file, frame, export.rows, export.unreadable, export.notes)


def _personal(export: RawExport) -> dict[str, str]:
    """Columns that a town added to the form and that hold persons' data: nobody reads them."""
    own = {column_key(words("form", tongue)[name]) for tongue in LANGUAGES for name in COLUMNS}
    added = [name for name in export.frame.columns if column_key(name) not in own]
    return personal_columns(export.frame[added], ()) if added else {}


def _times(source: Source, cells: dict[str, pd.Series], timezone: str) -> pd.DataFrame:
    """When each visit began and ended, tz-aware; rows that say nothing sound of it are set apart.

    Where only one of the two is filled in, the visit lasted as long as planned.
    """
    ledger = source.ledger
    ledger.filter_out(~_filled_in(cells), NOT_VISITED)
    week, day = form_cells.weeks_and_days(cells["week"], cells["date"])
    noon = day + _HALF_A_DAY
    begin = form_cells.near(cells["planned_arrival"], noon)
    end = form_cells.near(cells["planned_leave"], begin)
    arrived = form_cells.near(cells["arrived"], begin)
    left = form_cells.near(cells["left"], end)
    length = end - begin
    started = arrived.fillna(left - length).fillna(begin)
    ended = left.fillna(started + length)
    aware = {
        name: localise(local, timezone)[0].dt.as_unit("us")
        for name, local in (("started_at", started), ("ended_at", ended))
    }
    records.forget(source, aware["started_at"])
    ledger.reject(week.isna(), UNKNOWN_WEEK, cells["week"] + " " + cells["date"])
    ledger.reject(end.isna(), "planned time is not a time", cells["planned_arrival"])
    ledger.reject(arrived.isna() & (cells["arrived"] != ""), "start is not a time",
                  cells["arrived"])  # fmt: skip
    ledger.reject(left.isna() & (cells["left"] != ""), "end is not a time", cells["left"])
    ledger.reject(ended < started, "ends before it starts", cells["arrived"] + " " + cells["left"])
    far = ((started - begin).abs() > _HALF_A_DAY) | ((ended - end).abs() > _HALF_A_DAY)
    ledger.reject(far, "more than 12 hours from the planned time", cells["arrived"])
    ledger.reject(ended - started > _HALF_A_DAY, "longer than 12 hours")
    return pd.DataFrame(aware)


def _filled_in(cells: dict[str, pd.Series]) -> np.ndarray:
    """Mask of the rows in which anything but remarks, and a plain no, was filled in."""
    filled = np.zeros(len(cells["week"]), dtype=bool)
    for name in ("arrived", "left", "vehicles_checked", "infractions_found"):
        filled |= (cells[name] != "").to_numpy(dtype=bool)
    for name in ("seen", "nothing_found"):
        ticked = form_cells.ticks(cells[name])
        filled |= (ticked != form_cells.EMPTY) & (ticked != form_cells.NO)
    return filled


def _counts(source: Source, cells: dict[str, pd.Series], visits: pd.DataFrame) -> None:
    """Add vehicles checked and infractions found; contradictions go to quarantine."""
    ledger = source.ledger
    for name in ("vehicles_checked", "infractions_found"):
        said = name.replace("_", " ")
        visits[name], unclear = form_cells.counts(cells[name])
        ledger.reject(unclear, f"{said} is not a whole number", cells[name])
        ledger.reject(visits[name] < 0, f"{said} is negative", cells[name])
    seen, nothing = (form_cells.ticks(cells[name]) for name in ("seen", "nothing_found"))
    for ticked, name in ((seen, "seen"), (nothing, "nothing_found")):
        ledger.reject(ticked == form_cells.UNCLEAR, "neither yes nor no", cells[name])
    ledger.reject(seen == form_cells.NO, "not seen, and yet filled in")
    found = visits["infractions_found"] > 0
    ledger.reject(found & (nothing == form_cells.YES), "nothing found, and yet a count of finds",
                  cells["infractions_found"])  # fmt: skip
    visits.loc[nothing == form_cells.YES, "infractions_found"] = 0.0


def _zones(written: pd.Series, names: pd.Series, zones: pd.DataFrame) -> np.ndarray:
    """The zone of each row: by its id as a spreadsheet may have left it, else by a name of its own.

    None where it is neither.
    """
    ids = zones["zone_id"].map(lambda text: neutral(text).strip())
    own = zones["name"].map(lambda text: column_key(neutral(text)))
    by_id, by_name = written.map(neutral).str.strip(), names.map(neutral).map(column_key)
    found = np.full(len(written), None, dtype=object)
    for known, asked in (
        (ids, by_id),
        (ids.map(fold), by_id.map(fold)),
        (ids.str.lstrip("0"), by_id.str.lstrip("0")),
        (own, by_name),
    ):
        single = ~known.duplicated(keep=False) & (known != "")
        zone_of = dict(zip(known[single], zones.loc[single, "zone_id"], strict=True))
        open_ = np.equal(found, None)
        found[open_] = [zone_of.get(value) for value in asked[open_]]
    return found


def _identity(
    source: Source, cells: dict[str, pd.Series], zone_id: np.ndarray, secret: bytes
) -> pd.Series:
    """One id per stop of a plan, the same whoever types the form; rows without a number go apart.

    The zone is part of it: another plan of the same week sends the same team elsewhere.
    """
    number, unclear = form_cells.counts(cells["sequence"])
    source.ledger.reject(unclear | number.isna(), "no order", cells["sequence"])
    week, _ = form_cells.weeks_and_days(cells["week"], cells["date"])
    week = week.dt.strftime("%Y-%m-%d").fillna("")
    shift = cells["shift"].map(neutral).str.strip()
    parts = zip(week, shift, number.fillna(0).astype("int64"), zone_id, strict=True)
    return pd.Series(
        [hidden(_KIND, repr(part), secret) for part in parts],
        index=number.index,
        dtype="str",
    )


def _keep_the_last(source: Source, visits: pd.DataFrame) -> None:
    """Of a stop that several files fill in, the last file by name; within a file, its first row."""
    ledger = source.ledger
    file = pd.Series(ledger.files, index=visits.index)
    last = file[ledger.kept].groupby(visits["patrol_id"][ledger.kept]).max()
    newest = visits["patrol_id"].map(last.to_dict()).astype("float64")
    ledger.filter_out(file < newest, REPLACED)
    content = visits.drop(columns="patrol_id")
    set_repeats_apart(visits["patrol_id"], content, ledger)


def _in_log(visits: pd.DataFrame, log: pd.DataFrame, kept: np.ndarray) -> np.ndarray:
    """Mask of the visits during which a patrol of the log was in their zone."""
    met = np.zeros(len(visits), dtype=bool)
    places = log[log["zone_id"].isin(visits.loc[kept, "zone_id"])].groupby("zone_id")
    for zone, logged in places:
        logged = logged.sort_values("started_at")
        until = logged["ended_at"].cummax()
        rows = np.flatnonzero((visits["zone_id"] == zone).to_numpy(dtype=bool) & kept)
        before = logged["started_at"].searchsorted(visits["ended_at"].iloc[rows], side="left")
        asked = before > 0
        ended = until.iloc[before[asked] - 1].array
        met[rows[asked]] = ended > visits["started_at"].iloc[rows[asked]].array
    return met
