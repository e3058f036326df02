"""A plan's form goes out, is filled in, saved by some spreadsheet, and comes back as patrols."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import made_routes
import made_weeks
from infraction_model.ingest.forms import COLUMNS, quarantined_forms, read_forms, with_forms
from infraction_model.io.exports import ReadLimits
from infraction_model.io.exports import read_forms as read_files
from infraction_model.maps.files.form_csv import form_csv
from infraction_model.maps.routes import WeekPlan
from infraction_model.panel import build
from infraction_model.schema import validate
from infraction_model.wording import words

ZONES = made_weeks.zones(made_weeks.streets(120))
FRENCH = words("form", "fr")
Cells = dict[str, str]


def rows_of(plan: WeekPlan, language: str = "fr") -> list[Cells]:
    """The rows of a plan's form by our own names of its columns."""
    lines = csv.reader(io.StringIO(form_csv(plan, language).decode("utf-8-sig")), delimiter=";")
    next(lines)
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines]


SECRET = b"of this town"


def lines_of(rows: Iterable[Cells], language: str = "fr") -> list[list[str]]:
    headers = words("form", language)
    return [[headers[name] for name in COLUMNS], *([*row.values()] for row in rows)]


def as_text(rows: Iterable[Cells], separator: str = ";", encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(lines_of(rows))
    return text.getvalue().encode(encoding)


def taken_in(folder, files: dict[str, bytes], zones=ZONES, log=None, **settings):
    """What ingest makes of files that lie in a folder of forms, held to the contract."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    exports = read_files(str(folder / "*"), ReadLimits())
    forms = read_forms(exports, zones, log, made_weeks.TIMEZONE, SECRET, **settings)
    validate("patrols", forms.frame)
    forms.source.ledger.accounts()
    return forms


def reasons(forms) -> dict[str, int]:
    accounts = forms.source.ledger.accounts()
    return {**accounts.filtered, **accounts.quarantined}


def clock(moment: dt.datetime, language: str) -> str:
    return moment.strftime("%Hh%M" if language == "fr" else "%H:%M")


FILLED_IN = st.fixed_dictionaries(
    {
        "begins": st.integers(-90, 90) | st.none(),
        "lasts": st.integers(0, 60) | st.none(),
        "checked": st.integers(0, 99) | st.none(),
        "found": st.integers(0, 9) | st.just("nothing") | st.none(),
        "seen": st.booleans(),
    }
)


def fill_in(stop, said: dict, language: str) -> tuple[Cells, dict | None]:
    """The cells that say `said` of a stop, and the patrol that must come of it."""
    begin = stop.arrive + dt.timedelta(minutes=said["begins"] or 0)
    planned = stop.leave - stop.arrive
    end = begin + planned
    cells = dict.fromkeys(("seen", "arrived", "left", "vehicles_checked", "infractions_found"), "")
    cells["nothing_found"] = ""
    if said["begins"] is not None:
        cells["arrived"] = clock(begin, language)
    if said["lasts"] is not None:
        end = begin + dt.timedelta(minutes=said["lasts"])
        cells["left"] = clock(end, language)
        if said["begins"] is None:
            begin = end - planned
    if said["checked"] is not None:
        cells["vehicles_checked"] = str(said["checked"])
    found = said["found"]
    if found is not None:
        cells["nothing_found" if found == "nothing" else "infractions_found"] = (
            "x" if found == "nothing" else str(found)
        )
    cells["seen"] = "x" if said["seen"] else ""
    if not any(cells.values()):
        return cells, None
    return cells, {
        "zone_id": stop.zone_id,
        "started_at": begin,
        "ended_at": end,
        "vehicles_checked": said["checked"],
        "infractions_found": 0 if found == "nothing" else found,
    }


@settings(max_examples=8)
@given(
    st.lists(FILLED_IN, min_size=12, max_size=12),
    st.sampled_from([dt.time(9), dt.time(22, 30)]),
    st.sampled_from(["fr", "en"]),
)
def test_what_was_filled_in_comes_back_and_exposure_rises_by_just_that(
    tmp_path_factory, said, start, language
):
    plan = made_routes.plan(stops=6, days=(2,), start=start)
    stops = [stop for route in plan.routes for stop in route.stops]
    pairs = [fill_in(stop, one, language) for stop, one in zip(stops, said, strict=True)]
    rows = [row | cells for row, (cells, _) in zip(rows_of(plan, language), pairs, strict=True)]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(lines_of(rows, language))
    folder = tmp_path_factory.mktemp("forms")
    forms = taken_in(folder, {"form.csv": text.getvalue().encode("utf-8-sig")})
    expected = [patrol for _, patrol in pairs if patrol is not None]
    assert len(forms.frame) == len(expected)
    assert reasons(forms).get("not visited", 0) == len(said) - len(expected)
    found = forms.frame.set_index("zone_id")
    for patrol in expected:
        row = found.loc[patrol["zone_id"]]
        for name in ("started_at", "ended_at"):
            assert row[name] == pd.Timestamp(patrol[name], tz=made_weeks.TIMEZONE)
        for name in ("vehicles_checked", "infractions_found"):
            assert (None if pd.isna(row[name]) else row[name]) == patrol[name]
    after = hours_of(with_forms(LOG, forms.frame))
    risen = (60 * after.sub(hours_of(LOG), fill_value=0.0)).round(6)
    wanted: dict[str, float] = {}
    for patrol in expected:
        minutes = (patrol["ended_at"] - patrol["started_at"]).total_seconds() / 60
        wanted[patrol["zone_id"]] = wanted.get(patrol["zone_id"], 0.0) + minutes
    names = ZONES["zone_id"]
    assert {names[zone]: rise for zone, rise in risen.items() if rise} == {
        zone: minutes for zone, minutes in wanted.items() if minutes
    }


def hours_of(patrols: pd.DataFrame) -> pd.Series:
    """The panel's exposure by zone."""
    return build(ZONES, FINES, patrols).patrols.groupby("zone")["hours"].sum()


def at(day: dt.date, hour: int, minute: int = 0) -> pd.Timestamp:
    return pd.Timestamp(dt.datetime.combine(day, dt.time(hour, minute)), tz=made_weeks.TIMEZONE)


FINES = pd.DataFrame(
    {
        "fine_id": ["f1", "f2"],
        "issued_at": [at(made_weeks.MONDAY, 8), at(made_weeks.MONDAY, 9)],
        "zone_id": ["S0000", "S0001"],
        "category": "other",
    }
)
LOG = pd.DataFrame(
    {
        "patrol_id": ["p1", "p2"],
        "zone_id": ["S0000", "S0001"],
        "started_at": [at(made_weeks.MONDAY, 9), at(made_weeks.MONDAY, 9, 40)],
        "ended_at": [at(made_weeks.MONDAY, 9, 10), at(made_weeks.MONDAY, 10)],
    }
)


def two_stops() -> list[Cells]:
    """Rows of a form with one visit without a find, and one with two."""
    rows = rows_of(made_routes.plan(stops=2, teams=("A",), days=(0,)))
    rows[0] |= {"arrived": "9h05", "left": "9h20", "nothing_found": "x", "remarks": "à revoir"}
    rows[1] |= {"arrived": "09h30", "left": "09h45", "vehicles_checked": "12",
                "infractions_found": "2"}  # fmt: skip
    return rows


def workbook(rows: list[Cells]) -> bytes:
    """As a spreadsheet saves them: dates, times and numbers typed."""
    book = openpyxl.Workbook()
    for line in lines_of(rows):
        book.active.append([_typed(cell) for cell in line])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _typed(cell: str):
    for form in ("%d/%m/%Y", "%Hh%M"):
        try:
            read = dt.datetime.strptime(cell, form)
        except ValueError:
            continue
        return read if form == "%d/%m/%Y" else read.time()
    return float(cell) if cell.isdigit() else cell


def rewritten(rows: list[Cells], date: str, clock_: str) -> list[Cells]:
    """Dates and times as a spreadsheet shows them in its own way."""
    changed = []
    for row in rows:
        new = dict(row)
        for name in ("week", "date"):
            new[name] = dt.datetime.strptime(row[name], "%d/%m/%Y").strftime(date)
        for name in ("planned_arrival", "planned_leave", "arrived", "left"):
            if row[name]:
                new[name] = dt.datetime.strptime(row[name], "%Hh%M").strftime(clock_)
        changed.append(new)
    return changed


SAVED = {
    "comma.csv": lambda rows: as_text(rows, ",", "utf-8"),
    "windows.csv": lambda rows: as_text(rows, ";", "cp1252"),
    "tab.csv": lambda rows: as_text(rows, "\t", "utf-16"),
    "typed.xlsx": workbook,
    "iso.csv": lambda rows: as_text(rewritten(rows, "%Y-%m-%d", "%H:%M")),
    "seconds.csv": lambda rows: as_text(rewritten(rows, "%d/%m/%y", "%H:%M:%S"), ","),
    "month_first.csv": lambda rows: as_text(rewritten(rows, "%m/%d/%Y", "%I:%M:%S %p"), ","),
    "month_taken_for_day.csv": lambda rows: as_text(rewritten(rows, "%Y-%d-%m", "%H:%M")),
    "english.csv": lambda rows: as_text(rewritten(rows, "%Y-%m-%d 00:00:00", "%I:%M %p")),
    "no_accents.csv": lambda rows: as_text(rows).replace("é".encode(), b"e"),
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    found = taken_in(tmp_path_factory.mktemp("plain"), {"form.csv": as_text(two_stops())}).frame
    assert found["infractions_found"].tolist() == [0.0, 2.0]
    return found


@pytest.mark.parametrize("name", SAVED)
def test_a_form_comes_back_whatever_saved_it(tmp_path, expected, name):
    forms = taken_in(tmp_path, {name: SAVED[name](two_stops())})
    assert reasons(forms) == {}
    pd.testing.assert_frame_equal(forms.frame, expected)


WRONG = [
    ({"nothing_found": "x", "infractions_found": "2"}, "nothing found, and yet a count of finds"),
    ({"arrived": "9h20", "left": "9h05"}, "ends before it starts"),
    ({"zone_id": "S9999", "name": "Nulle part"}, "unknown zone id"),
    ({"week": "13/01/2026"}, "unknown week"),
    ({"week": "bientôt"}, "unknown week"),
    ({"week": ""}, "unknown week"),
    ({"date": "20/01/2026"}, "unknown week"),
    ({"date": "31/02/2026"}, "unknown week"),
    ({"planned_arrival": ""}, "planned time is not a time"),
    ({"arrived": "13/01/2026 09:05", "left": ""}, "more than 12 hours from the planned time"),
    ({"arrived": "21h00", "left": "12/01/2026 08:00"}, "ends before it starts"),
    ({"arrived": "vers 9 heures"}, "start is not a time"),
    ({"left": "25h00"}, "end is not a time"),
    ({"arrived": "22h00", "left": "20h59"}, "longer than 12 hours"),
    ({"vehicles_checked": "-3"}, "vehicles checked is negative"),
    ({"vehicles_checked": "une dizaine"}, "vehicles checked is not a whole number"),
    ({"infractions_found": "1,5", "nothing_found": ""}, "infractions found is not a whole number"),
    ({"nothing_found": "peut-être"}, "neither yes nor no"),
    ({"seen": "non"}, "not seen, and yet filled in"),
    ({"sequence": "premier"}, "no order"),
    ({"sequence": ""}, "no order"),
]


def test_what_cannot_be_is_set_apart_with_its_reason_and_row(tmp_path):
    rows = rows_of(
        made_routes.plan(stops=len(WRONG) + 1, teams=("A",), days=(0,), start=dt.time(7))
    )
    sound = two_stops()[0]
    for row, (cells, _) in zip(rows, WRONG, strict=False):
        times = {name: sound[name] for name in ("planned_arrival", "planned_leave")}
        filled = {name: sound[name] for name in ("arrived", "left", "nothing_found", "remarks")}
        row |= {**times, **filled, **cells}
    rows[-1]["nothing_found"] = "oui"
    forms = taken_in(tmp_path, {"form.csv": as_text(rows)})
    assert forms.frame["zone_id"].tolist() == [rows[-1]["zone_id"]]
    quarantine = quarantined_forms(forms)
    assert quarantine["row"].tolist() == list(range(2, len(rows) + 1))
    assert quarantine["reason"].tolist() == [reason for _, reason in WRONG]
    assert set(quarantine["file"]) == {"form.csv"}
    told = quarantine.set_index("reason")["detail"]
    assert told["start is not a time"] == "… 9 …"
    assert told["unknown zone id"] == "S9999"
    # what is written by hand may name persons: it stays in the form
    assert not quarantine.to_json(force_ascii=False).count("à revoir")
    assert not quarantine["detail"].str.contains("vers|dizaine|peut").any()
    assert not quarantine["fields"].str.contains("vers|dizaine|peut").any()


NO_FORMS = {
    "empty.csv": b"",
    "another.csv": b"a;b\r\n1;2\r\n",
    "scan.pdf": b"%PDF-1.7 \xe2\xe3",
    "photo.csv": bytes(range(256)) * 20,
    "broken.xlsx": workbook([])[:-60],
    "cut.csv": as_text(two_stops()).replace(b"Semaine", b"Semainier"),
    "twice.csv": as_text(two_stops()).replace(b"Lieu", b"Secteur"),
}


def test_files_that_are_no_forms_cost_themselves_alone(tmp_path):
    forms = taken_in(tmp_path, {"good.csv": as_text(two_stops()), **NO_FORMS})
    assert len(forms.frame) == 2
    assert reasons(forms) == {"unreadable row": len(NO_FORMS)}
    quarantine = quarantined_forms(forms)
    assert sorted(quarantine["file"]) == sorted(NO_FORMS)
    assert quarantine["detail"].str.len().min() > 10
    assert not quarantine["detail"].str.contains(str(tmp_path), regex=False).any()


@pytest.mark.parametrize(
    "files",
    [{"bad.csv": b""}, {"not_yet.csv": as_text(rows_of(made_routes.plan(names=("Nom",))))}],
)
def test_forms_without_a_visit_leave_the_log_as_it_is(tmp_path, files):
    forms = taken_in(tmp_path, files)
    assert forms.frame.empty
    pd.testing.assert_frame_equal(with_forms(LOG, forms.frame), LOG)
    validate("patrols", with_forms(None, forms.frame))


def test_of_a_stop_in_several_files_the_last_by_name_counts(tmp_path):
    first, corrected, blank = two_stops(), two_stops(), two_stops()
    corrected[0] |= {"nothing_found": "", "infractions_found": "1"}
    blank[1] |= {"arrived": "", "left": "", "vehicles_checked": "", "infractions_found": ""}
    blank[0] |= {"arrived": "", "left": "", "nothing_found": "non"}
    wrong = [two_stops()[0] | {"infractions_found": "7"}]  # and nothing found: no correction
    files = {"1.csv": first, "2.csv": corrected, "3.csv": blank, "4.csv": wrong}
    forms = taken_in(tmp_path, {name: as_text(rows) for name, rows in files.items()})
    assert forms.frame["infractions_found"].tolist() == [1.0, 2.0]
    assert reasons(forms) == {
        "not visited": 2,
        "replaced by a later form": 2,
        "nothing found, and yet a count of finds": 1,
    }
    again = taken_in(tmp_path, {"5.csv": as_text(corrected)})
    pd.testing.assert_frame_equal(again.frame, forms.frame)  # the same ids, too


def test_another_plan_of_the_week_has_stops_of_its_own(tmp_path):
    first, second = two_stops(), two_stops()
    second[0] |= {"zone_id": "S0007", "name": "Rue S0007"}
    forms = taken_in(tmp_path, {"1.csv": as_text(first), "2.csv": as_text(second)})
    assert sorted(forms.frame["zone_id"]) == ["S0000", "S0001", "S0007"]


def test_a_row_that_stands_twice_in_a_form_is_one_visit(tmp_path):
    rows = two_stops()
    copy, other = dict(rows[0]), rows[1] | {"infractions_found": "5"}
    forms = taken_in(tmp_path, {"form.csv": as_text([*rows, copy, other])})
    assert forms.frame["infractions_found"].tolist() == [0.0, 2.0]
    assert reasons(forms) == {"repeated id": 1, "repeated id with other content": 1}


@pytest.mark.parametrize(
    ("arrived", "left", "met"),
    [
        ("9h05", "9h20", True),  # the log was there from 9 h to 9 h 10
        ("8h50", "9h00", False),
        ("9h10", "9h20", False),
        ("8h50", "9h30", True),
        ("9h05", "9h05", True),
    ],
)
def test_a_visit_that_the_log_has_too_counts_once(tmp_path, arrived, left, met):
    rows = two_stops()[:1]
    rows[0] |= {"arrived": arrived, "left": left}
    forms = taken_in(tmp_path, {"form.csv": as_text(rows)}, log=LOG)
    assert reasons(forms) == ({"already in the patrol log": 1} if met else {})
    both = with_forms(LOG, forms.frame)
    assert len(both) == len(LOG) + (not met)
    assert both["started_at"].is_monotonic_increasing
    assert both["patrol_id"].is_unique


def test_hostile_zones_and_teams_come_back_as_themselves(tmp_path):
    names = made_weeks.HOSTILE
    hostile = made_routes.plan(stops=len(names), teams=(names[0], names[4]), days=(0,), names=names)
    routes = [
        replace(route, stops=tuple(replace(stop, zone_id=stop.name) for stop in route.stops[:10]))
        for route in hostile.routes[:1]
    ]
    plan = replace(hostile, routes=tuple(routes))
    zones = made_weeks.zones(dict.fromkeys(names))  # of other names: the id alone can tell
    rows = rows_of(plan)
    assert rows[4]["zone_id"] == "'=cmd|' /C calc'!A0"
    assert not any(cell.lstrip()[:1] in ("=", "+", "@") for row in rows for cell in row.values())
    for row in rows:
        row["nothing_found"] = "x"
    for separator, encoding in ((";", "utf-8-sig"), (",", "utf-16")):
        content = as_text(rows, separator, encoding)
        forms = taken_in(tmp_path, {"form.csv": content}, zones=zones)
        assert reasons(forms) == {}
        assert sorted(forms.frame["zone_id"]) == sorted(names)


def test_an_id_that_a_spreadsheet_made_a_number_is_found_by_its_name_or_itself(tmp_path):
    zones = made_weeks.zones(dict.fromkeys(["0012", "1-2"]), {"0012": "Rue A", "1-2": "Rue B"})
    rows = two_stops()
    rows[0] |= {"zone_id": "12", "name": "12"}
    rows[1] |= {"zone_id": "01/02/2026", "name": "RUE B"}
    forms = taken_in(tmp_path, {"form.csv": as_text(rows)}, zones=zones)
    assert forms.frame["zone_id"].tolist() == ["0012", "1-2"]


def test_forgotten_weeks_do_not_come_back_with_a_form(tmp_path):
    rows = [*two_stops(), two_stops()[0] | {"week": "jadis", "date": ""}]
    late = dt.date(2026, 1, 13)
    forms = taken_in(tmp_path, {"form.csv": as_text(rows)}, keep_from=late)
    assert forms.frame.empty
    assert reasons(forms) == {"older than is kept": 2, "unknown week": 1}
    assert quarantined_forms(forms)[["detail", "fields"]].to_numpy().tolist() == [["", "{}"]]


def test_a_column_that_names_officers_is_not_read_and_said_so(tmp_path):
    table = lines_of(two_stops())
    table = [[*table[0], "Agent"], *([*line, "THOMAS Nicolas"] for line in table[1:])]
    table[1][table[0].index("Arrivée")] = "vers 9 h"
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(table)
    forms = taken_in(tmp_path, {"form.csv": text.getvalue().encode()})
    assert "agent_id" not in forms.frame
    assert forms.source.personal == {"Agent": "officer"}
    assert "THOMAS" not in quarantined_forms(forms).to_json()


def test_ids_are_the_towns_own_and_say_nothing_of_a_team_that_has_a_persons_name(tmp_path):
    first = taken_in(tmp_path, {"a.csv": as_text(two_stops())}).frame["patrol_id"]
    exports = read_files(str(tmp_path / "*"), ReadLimits())
    same, other = (
        read_forms(exports, ZONES, None, made_weeks.TIMEZONE, secret).frame["patrol_id"]
        for secret in (SECRET, b"of another town")
    )
    assert same.tolist() == first.tolist()
    assert not set(other) & set(first)
