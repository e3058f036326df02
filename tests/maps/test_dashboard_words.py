"""What the page of the state of parking says in sentences, whatever names it has to put there."""

from __future__ import annotations

import datetime as dt

import pytest

import made_dashboards
import made_weeks
from infraction_model.maps.dashboard.data import page_data
from infraction_model.maps.dashboard.sentences import written
from infraction_model.occupancy.state import StateParameters
from infraction_model.timegrid import week_starting
from infraction_model.wording import LANGUAGES

IDS = [f"S{number:04d}" for number in range(4)]
ZONES = made_weeks.zones(dict.fromkeys(IDS))
CHRISTMAS = dt.date(2024, 12, 23)


def weeks_until(last: dt.date) -> int:
    return week_starting(last) - made_dashboards.FIRST + 1


@pytest.fixture(scope="module")
def year():
    """Four zones from 8 January up to the week of Christmas 2024."""
    return made_dashboards.occupancy(IDS, weeks_until(CHRISTMAS))


def compared(table, last: dt.date, language: str) -> str:
    week = table["starts_at"].dt.tz_localize(None)
    until = table[week < str(last + dt.timedelta(days=7))].reset_index(drop=True)
    board = made_dashboards.board(until, ZONES)
    return written("Saint-Martin", board.state, StateParameters(), language)["compared"]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (CHRISTMAS, "3 semaines de décembre d'avant (lundis 02/12/2024, 09/12/2024, 16/12/2024)"),
        (dt.date(2024, 7, 22), "2 semaines de vacances d'été d'avant (lundis 08/07/2024, "),
        (
            dt.date(2024, 10, 28),
            "vacances d'avant, hors été et décembre (lundis 04/03/2024, 22/04/2024, ",
        ),
        (dt.date(2024, 9, 23), "(lundis 01/07/2024, 02/09/2024, 09/09/2024, 16/09/2024)"),
    ],
)
def test_a_week_is_held_against_its_season_and_the_weeks_are_named(year, last, said):
    assert said in compared(year, last, "fr")


def test_the_other_language_names_them_too(year):
    assert "(Mondays 2 Dec 2024, 9 Dec 2024, 16 Dec 2024)" in compared(year, CHRISTMAS, "en")


def sentences(zones, **beside) -> dict[str, list[str]]:
    """By language, what is said of alarms and faults of a town with these zones."""
    table = made_dashboards.occupancy(IDS, weeks=6)
    data = page_data(made_dashboards.board(table, zones, **beside), "fr")
    found = data["happenings"]
    return {
        language: [said[language] for kind in ("compliance", "faults") for _, said in found[kind]]
        for language in LANGUAGES
    }


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u202e\u202c"])
def test_a_zone_whose_name_cannot_be_read_goes_by_its_id(name):
    zones = made_weeks.zones(dict.fromkeys(IDS), {IDS[0]: name})
    faults = made_dashboards.faults(IDS[0], "B-1", "2024-02-05", "2024-02-12")
    [said] = sentences(zones, faults=faults)["fr"]
    assert said.startswith(f"\u2068{IDS[0]}\u2069, \u2068B-1\u2069")
    board = made_dashboards.board(made_dashboards.occupancy(IDS, weeks=6), zones)
    assert page_data(board, "fr")["zones"]["name"][0] == IDS[0]


def test_a_name_that_turns_the_direction_of_writing_turns_no_sentence():
    zones = made_weeks.zones(dict.fromkeys(IDS), {IDS[0]: "\u202eeuR"})
    faults = made_dashboards.faults(IDS[0], "B\u2067-1", "2024-02-05", "2024-02-12")
    alarms = made_dashboards.alarms(IDS[0], "2024-02-12")
    for texts in sentences(zones, faults=faults, alarms=alarms).values():
        assert len(texts) == 2
        for text in texts:
            assert "\u202e" not in text
            assert "\u2067" not in text
            assert "\u2068euR\u2069" in text


@pytest.mark.parametrize(
    ("until", "said"),
    [("2024-02-12", "It is over."), ("2024-02-19", "It goes on where the data end.")],
)
def test_of_a_fault_it_is_said_whether_it_is_over(until, said):
    """The last of the six weeks ends on 19 February."""
    faults = made_dashboards.faults(IDS[1], "B-1", "2024-02-05", until)
    [text] = sentences(ZONES, faults=faults)["en"]
    assert text.endswith(said)
