"""What the planner's page holds: the week in compact form, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.maps.background import NOTHING_KNOWN, Background
from infraction_model.maps.basemap import NO_BASEMAP, Basemap
from infraction_model.maps.page import codes
from infraction_model.maps.page.about import calibration_bins, written
from infraction_model.maps.page.categories import categories_of, mean_by_hour
from infraction_model.maps.page.figures import figures_of
from infraction_model.maps.page.plan import plan_of
from infraction_model.maps.scale import (
    ABSENT_COLOUR,
    COLOURS,
    class_breaks,
    class_places,
    tier_colours,
)
from infraction_model.maps.shapes import outlines
from infraction_model.maps.texts import tier_words, words_for
from infraction_model.maps.week import MapWeek
from infraction_model.timegrid import HOURS_PER_WEEK
from infraction_model.wording import LANGUAGES, words

EXACT_PLACES = 60  # zones of each hour whose order is held to the last digit
ZONE_WIDTH = 3  # digits of a zone's row
LONGEST_NAME = 200
LONGEST_REASON = 300
MOST_REASON_TEXT = 400_000  # characters; the best-ranked zone-hours come first


def page_data(
    week: MapWeek,
    language: str,
    listed_rows: int,
    banner: Mapping[str, str] | None = None,
    background: Background = NOTHING_KNOWN,
    basemap: Basemap = NO_BASEMAP,
) -> dict[str, Any]:
    """Everything the page's scripts read (assets/figures.js), as plain values."""
    figures = figures_of(week)
    mean = mean_by_hour(week.expected)
    reasons = _reasons(week)
    breaks = class_breaks(week.probability)
    listed = week.ranked.head(listed_rows)
    mix, plan = background.mix, background.plan
    busiest = np.argsort(-np.nansum(week.expected, axis=1), kind="stable").tolist()
    drawn = outlines(week.zones["geometry"], busiest)
    host = basemap.host() if drawn["shapes"] else None
    return {
        "language": language,
        "catalogues": {name: _words_of(name, week) for name in LANGUAGES},
        "written": {
            name: written(week, background, host, name) | _banner(banner, name)
            for name in LANGUAGES
        },
        "tier_words": {name: tier_words(week.tier_shares, name) for name in LANGUAGES},
        "basis": week.exposure_basis,
        "year": week.monday.year,
        "month": week.monday.month,
        "day": week.monday.day,
        "shares": list(week.tier_shares),
        "cells": len(week.ranked),
        "colours": [colour for colour, _ in COLOURS],
        "tier_colours": [colour for colour, _ in tier_colours(len(week.tier_shares))],
        "absent_colour": ABSENT_COLOUR,
        "zones": _zones(week.zones),
        **drawn,
        "basemap": host and {"tiles": basemap.tiles, "credit": basemap.credit},
        **figures.coded,
        "breaks": breaks,
        "places": class_places(len(breaks) + 1),
        "most_expected": float(np.nanmax(week.expected)),
        "best": (listed["row"] * HOURS_PER_WEEK + listed["hour"]).tolist(),
        "best_of_hour": _best_of_hours(week.ranked),
        "mean": mean,
        "extrapolated": list(week.extrapolated),
        "first_hour": _first_hour(week, mean),
        "reasons": reasons,
        "feature_words": _feature_words(reasons["texts"]),
        "categories": None if mix is None else categories_of(week, figures, mix, listed_rows),
        "plan": None if plan is None else plan_of(week, plan),
        "days_since_visit": _days(week, background),
        "logged": background.logged,
        "calibration": calibration_bins(background.reliability),
    }


def _banner(banner: Mapping[str, str] | None, language: str) -> dict[str, str]:
    return {"banner": banner[language]} if banner else {}


def _words_of(language: str, week: MapWeek) -> dict[str, str]:
    """The strings the scripts may need: of the week's exposure basis, and not the CSV's."""
    absent = ("csv_", "about_", "claim")
    said = words_for(language, week.exposure_basis)
    return {key: text for key, text in said.items() if not key.startswith(absent)}


def _zones(zones: pd.DataFrame) -> dict[str, list | None]:
    ids = zones["zone_id"].map(_short).tolist()
    names = zones["name"].map(_short).tolist()
    columns: dict[str, list | None] = {"name": names, "id": None if ids == names else ids}
    for key, column in (
        ("spaces", "spaces"),
        ("max_stay", "max_stay_minutes"),
        ("tariff", "tariff"),
    ):
        known = column in zones and zones[column].notna().any()
        columns[key] = [_plain(value) for value in zones[column]] if known else None
    return columns


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return _short(value) if isinstance(value, str) else float(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def _days(week: MapWeek, background: Background) -> list[int | None] | None:
    """Days since each zone was last visited, None where no visit is known."""
    if background.days_since_visit is None:
        return None
    days = background.days_since_visit.reindex(week.zones["zone_id"])
    return [int(value) if np.isfinite(value) else None for value in days]


def _best_of_hours(ranked: pd.DataFrame) -> list[str]:
    """The first zones of each hour in their exact order, which levels alone cannot always tell."""
    first = ranked.groupby("hour", sort=True).head(EXACT_PLACES)
    rows = dict(list(first.groupby("hour")["row"]))
    return [codes.text(rows.get(hour, np.empty(0)), ZONE_WIDTH) for hour in range(HOURS_PER_WEEK)]


def _first_hour(week: MapWeek, mean: list[float | None]) -> int:
    """The hour the page opens at: the one with most to find, of those that patrols know."""
    known = [hour for hour in range(HOURS_PER_WEEK) if hour not in week.extrapolated]
    return max(known or range(HOURS_PER_WEEK), key=lambda hour: mean[hour] or 0.0)


def _reasons(week: MapWeek) -> dict[str, Any]:
    """Reasons of zone-hours above the last tier, best first, as far as the room goes."""
    given = week.ranked[(week.ranked["reasons"] != "") & (week.ranked["tier"] < week.last_tier)]
    place_of: dict[str, int] = {}
    cells: dict[str, int] = {}
    room = MOST_REASON_TEXT
    for row, hour, reason in zip(given["row"], given["hour"], given["reasons"], strict=True):
        text = reason[:LONGEST_REASON]
        room -= 14 + (0 if text in place_of else len(text) + 3)
        if room < 0:
            break
        cells[str(int(row) * HOURS_PER_WEEK + int(hour))] = place_of.setdefault(text, len(place_of))
    return {"texts": list(place_of), "cells": cells}


def _feature_words(reasons: list[str]) -> dict[str, dict[str, str]]:
    """Words for the features that some reason names."""
    named = {part.rpartition(" ")[0].strip() for text in reasons for part in text.split(";")}
    return {
        language: {name: said[name] for name in sorted(named & said.keys())}
        for language, said in ((name, words("features", name)) for name in LANGUAGES)
    }
