"""Rosters and travel times as towns write them, and what is said where a row is wrong."""

import datetime as dt

import pytest

from infraction_model.errors import ConfigError, InputError
from infraction_model.io.rosters import read_roster, read_travel_times
from infraction_model.patrol.shifts import DAY, HOUR, MINUTE

MONDAY = dt.date(2024, 3, 4)

FRENCH = """Équipe;Date;Début;Fin;Mode;Longitude;Latitude;Pause;Minutes pause
Centre;05/03/2024;9h00;12h30;à pied;3,2901;49,8466;;
Centre;12/03/2024;9h00;12h30;à pied;;;;
Nord;07/03/2024;14:00;18:00;vélo;;;15:30;20
"""


def _written(tmp_path, text: str, name: str = "roster.csv", encoding: str = "utf-8") -> str:
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return str(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_french_roster_gives_the_shifts_of_the_week_asked_for(tmp_path, encoding):
    centre, north = read_roster(_written(tmp_path, FRENCH, encoding=encoding), MONDAY)
    assert (centre.team, centre.day, centre.mode) == ("Centre", 1, "foot")
    assert (centre.start, centre.end) == (DAY + 9 * HOUR, DAY + 12.5 * HOUR)
    assert (centre.longitude, centre.latitude) == (3.2901, 49.8466)
    assert (north.mode, north.break_start) == ("bicycle", 3 * DAY + 15.5 * HOUR)
    assert north.break_seconds == 20 * MINUTE
    assert north.longitude is None


def test_shifts_of_every_week_are_named_by_their_day(tmp_path):
    path = _written(tmp_path, "team,day,start,end\nA,mar.,09:00,12:00\nA,Sunday,20:00,02:00\n")
    with pytest.raises(InputError, match=r"roster.csv, row 2: .*got 'mar\.'"):
        read_roster(path, MONDAY)
    path = _written(tmp_path, "team,day,start,end\nA,mardi,09:00,12:00\nA,Sunday,20:00,02:00\n")
    tuesday, sunday = read_roster(path, MONDAY)
    assert (tuesday.day, sunday.day) == (1, 6)
    assert sunday.end == 7 * DAY


@pytest.mark.parametrize(
    "row, said",
    [
        ("A,2024-03-05,9.00,12:00,foot", "expected a time such as 09:00, got '9.00'"),
        ("A,2024-13-05,09:00,12:00,foot", "expected a date such as"),
        ("A,2024-03-05,09:00,12:00,horse", "expected foot, bicycle or car"),
        (",2024-03-05,09:00,12:00,foot", "expected a team"),
    ],
)
def test_a_wrong_row_is_named_with_what_was_expected(tmp_path, row, said):
    path = _written(tmp_path, f"team,date,start,end,mode\nA,2024-03-04,09:00,12:00,\n{row}\n")
    with pytest.raises(InputError, match="row 3") as told:
        read_roster(path, MONDAY)
    assert said in str(told.value)


def test_a_roster_of_other_weeks_or_without_a_column_or_with_overlaps_is_refused(tmp_path):
    with pytest.raises(InputError, match="no shift in the week of 2024-04-01"):
        read_roster(_written(tmp_path, FRENCH), dt.date(2024, 4, 1))
    with pytest.raises(InputError, match="expected a column end"):
        read_roster(_written(tmp_path, "team,date,start\nA,2024-03-04,09:00\n"), MONDAY)
    twice = "team,day,start,end\nA,lundi,09:00,12:00\nA,lundi,11:00,13:00\n"
    with pytest.raises(ConfigError, match="twice at once"):
        read_roster(_written(tmp_path, twice), MONDAY)


def test_travel_times_are_read_with_their_mode_and_a_wrong_one_is_named(tmp_path):
    path = _written(tmp_path, "de;vers;minutes;mode\nS1;S2;3,5;vélo\nS2;S1;4;\n", "times.csv")
    table = read_travel_times(path)
    assert table.to_numpy().tolist() == [["S1", "S2", 3.5, "bicycle"], ["S2", "S1", 4.0, ""]]
    path = _written(tmp_path, "from,to,minutes\nS1,S2,-3\n", "times.csv")
    with pytest.raises(InputError, match="row 2: expected a number of minutes, got '-3'"):
        read_travel_times(path)
