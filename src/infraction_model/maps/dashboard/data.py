"""What the page of the state of parking holds, in compact form, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.maps.dashboard.happenings import happenings
from infraction_model.maps.dashboard.sentences import written
from infraction_model.maps.page import codes
from infraction_model.maps.scale import ABSENT_COLOUR, COLOURS
from infraction_model.maps.shapes import decoded, outlines
from infraction_model.occupancy.state import ParkingState, StateParameters
from infraction_model.timegrid import monday
from infraction_model.wording import LANGUAGES, words

WIDTH = 2
LONGEST_NAME = 200
MOST_WEEKS = 156
FEWEST_PEERS = 3
CLASSES_BELOW = 3
STAYS = ("bays_seen", "arrivals", "rotation", "mean_stay_minutes", "overstays", "long_stay_time")
_SHARED_WORDS = (
    *("zoom_in", "zoom_out", "recentre", "north", "other_language", "print", "hours", "spaces"),
    *("max_stay", "tariff", "map", "too_old", "no_script", "hour_before", "hour_after", "zone"),
    *("hour_slider", "interval", "show_more", "search_nothing", "search_some", "search_many"),
)


@dataclass(frozen=True)
class Dashboard:
    """A town's state of parking and what else its tables tell.

    `indicators`, `alarms` and `faults` are the contract tables of sensors, payments and sensors,
    empty where there are none.
    """

    title: str
    state: ParkingState
    parameters: StateParameters
    indicators: pd.DataFrame
    alarms: pd.DataFrame
    faults: pd.DataFrame


def page_data(board: Dashboard, language: str) -> dict[str, Any]:
    """Everything the page's scripts read (assets/dashboard_figures.js), as plain values."""
    state = board.state
    first = monday(state.weeks[_shown_weeks(state)][0])
    largest = np.argsort(-state.weight, kind="stable").tolist()
    found = happenings(state, board.parameters, board.alarms, board.faults)
    return {
        "language": language,
        "catalogues": {name: words_of(name) for name in LANGUAGES},
        "written": {
            name: written(board.title, state, board.parameters, name) for name in LANGUAGES
        },
        "year": first.year,
        "month": first.month,
        "day": first.day,
        "full": board.parameters.full,
        "empty": board.parameters.empty,
        "breaks": breaks(board.parameters),
        "colours": [colour for colour, _ in COLOURS],
        "absent_colour": ABSENT_COLOUR,
        "zones": _zones(state),
        "known": np.flatnonzero(state.known).tolist(),
        **outlines(decoded(state.zones), largest),
        "basemap": None,
        **_typical(state),
        **_weekly(state),
        "stays": _stays(board),
        "happenings": found,
        "watched": _is_watched(board),
    }


def _is_watched(board: Dashboard) -> bool:
    """Whether changes of zones could be seen at all: enough weeks, and others to compare with."""
    state = board.state
    return state.last >= board.parameters.changes.weeks and int(state.known.sum()) > FEWEST_PEERS


def words_of(language: str) -> dict[str, str]:
    """The words of the page, those that it shares with the map among them."""
    shared = words("map", language)
    return dict(words("dashboard", language)) | {key: shared[key] for key in _SHARED_WORDS}


def breaks(parameters: StateParameters) -> list[float]:
    """The six breaks between the seven colours: CLASSES_BELOW of what counts as little used, three
    up to what counts as full."""
    low, high = parameters.empty, parameters.full
    below = [low * (place + 1) / CLASSES_BELOW for place in range(CLASSES_BELOW)]
    between = [low + (high - low) * part for part in (1 / 3, 2 / 3)]
    return [round(value, 2) for value in (*below, *between, high)]


def _shown_weeks(state: ParkingState) -> slice:
    return slice(max(0, state.last + 1 - MOST_WEEKS), state.last + 1)


def _zones(state: ParkingState) -> dict[str, list | None]:
    zones = state.zones
    columns: dict[str, list | None] = {"name": zones["name"].map(_short).tolist()}
    for key, column in (("spaces", "spaces"), ("max_stay", "max_stay_minutes")):
        columns[key] = _numbers(zones[column], 1) if column in zones else None
    tariffs = zones["tariff"].astype(object).where(zones["tariff"].notna(), None)
    columns["tariff"] = [None if value is None else _short(str(value)) for value in tariffs]
    return columns


def _typical(state: ParkingState) -> dict[str, Any]:
    """The typical week of each zone as digits (see maps/page/codes.py), and of the town."""
    typical, town = state.typical, state.town_typical
    level = codes.levels(typical.value, 1.0, WIDTH)
    shown = np.nan_to_num(codes.values_of(level, 1.0, WIDTH))
    low, high = np.nan_to_num(typical.lower), np.nan_to_num(typical.upper)
    return {
        "width": WIDTH,
        "typical": codes.text(level, WIDTH),
        "low": codes.text(codes.below(low, shown, WIDTH - 1)),
        "high": codes.text(codes.above(high, shown, 1.0, WIDTH - 1)),
        "town_typical": [_numbers(values, 4) for values in (town.value, town.lower, town.upper)],
        "typical_weeks": len(state.recent),
    }


def _weekly(state: ParkingState) -> dict[str, Any]:
    """Weeks of the town with their intervals, weeks of zones as digits, all in paid hours, and the
    last week of each known zone with its interval and what it rests on."""
    shown = _shown_weeks(state)
    charged, whole, last = state.town_charged, state.town_whole, state.last
    zones = np.flatnonzero(state.known)
    return {
        "weeks": len(state.weeks[shown]),
        "school": state.school[shown].astype(int).tolist(),
        "town_charged": [
            _numbers(values[shown], 4) for values in (charged.value, charged.lower, charged.upper)
        ],
        "town_whole": [
            _numbers(values[shown], 4) for values in (whole.value, whole.lower, whole.upper)
        ],
        "trend": codes.text(codes.levels(state.charged.value[:, shown], 1.0, WIDTH), WIDTH),
        "last": {
            str(zone): [
                *_numbers((state.charged.lower[zone, last], state.charged.upper[zone, last]), 3),
                *np.round(state.shares[zone, last], 3).tolist(),
            ]
            for zone in zones
        },
    }


def _stays(board: Dashboard) -> dict[str, list]:
    """What sensors tell of stays, by the row of the zone, over all their hours: STAYS in order."""
    table = board.indicators
    if table.empty:
        return {}
    whole = table[table["weekday"].isna() & table["hour"].isna()]
    rows = pd.Index(board.state.zones["zone_id"]).get_indexer(whole["zone_id"])
    figures = whole[list(STAYS)].to_numpy(dtype=float)
    return {
        str(row): _numbers(values, 4) for row, values in zip(rows, figures, strict=True) if row >= 0
    }


def _numbers(values: Any, digits: int) -> list[float | None]:
    return [
        round(float(value), digits) if np.isfinite(value) else None
        for value in np.asarray(values, dtype=float)
    ]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"
