"""What the planner's page holds: the week in compact form, ready for JSON."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from infraction_model.maps import codes
from infraction_model.maps.scale import COLOURS, class_breaks, class_colours
from infraction_model.maps.shapes import anchor, compact
from infraction_model.maps.texts import week_title, words_for
from infraction_model.maps.week import NEARLY_ONE, MapWeek, probability_bound
from infraction_model.timegrid import HOURS_PER_WEEK
from infraction_model.wording import LANGUAGES, number, percent, words

EXACT_PLACES = 60  # zones of each hour whose order is held to the last digit
FINE_ZONES = 1000  # up to so many zones, figures are held finer than they are shown
ZONE_WIDTH = 3  # digits of a zone's row
LONGEST_NAME = 200
LONGEST_REASON = 300
MOST_REASON_TEXT = 400_000  # characters; the best-ranked zone-hours come first
ABSENT_COLOUR = "#c4cbd3"
REST_COLOUR = ("#dfe4ea", "#17202b")
_TOLERANCE = 0.002


def page_data(
    week: MapWeek,
    language: str,
    listed_rows: int,
    banner: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything the page's scripts read (assets/figures.js), as plain values."""
    listed = week.ranked.head(listed_rows)
    mean = _mean_by_hour(week.expected)
    reasons = _reasons(week)
    figures = _figures(week)
    return {
        "language": language,
        "catalogues": {name: _words_of(name, week) for name in LANGUAGES},
        "written": {
            name: written(week, name) | ({"banner": banner[name]} if banner else {})
            for name in LANGUAGES
        },
        "tier_words": {name: tier_words(week.tier_shares, name) for name in LANGUAGES},
        "basis": week.exposure_basis,
        "year": week.monday.year,
        "month": week.monday.month,
        "day": week.monday.day,
        "shares": list(week.tier_shares),
        "cells": len(week.ranked),
        "colours": [background for background, _ in class_colours(len(figures["breaks"]) + 1)],
        "tier_colours": [background for background, _ in tier_colours(len(week.tier_shares))],
        "absent_colour": ABSENT_COLOUR,
        "zones": _zones(week.zones),
        **_outlines(week),
        **figures,
        "most_expected": float(np.nanmax(week.expected)),
        "best": (listed["row"] * HOURS_PER_WEEK + listed["hour"]).tolist(),
        "best_of_hour": _best_of_hours(week.ranked),
        "mean": mean,
        "extrapolated": list(week.extrapolated),
        "first_hour": _first_hour(week, mean),
        "reasons": reasons,
        "feature_words": _feature_words(reasons["texts"]),
    }


def written(week: MapWeek, language: str) -> dict[str, str]:
    """The sentences of a language that depend on the week as a whole."""
    said = words_for(language, week.exposure_basis)
    counts = {
        "zones": len(week.zones),
        "hours": HOURS_PER_WEEK,
        "cells": len(week.ranked),
    }
    about = [
        said["about_model"].format(version=week.model_version),
        said["about_counts"].format(
            **{name: number(count, language) for name, count in counts.items()}
        ),
        said["about_interval"],
        said["about_tiers"].format(share=percent(week.tier_shares[0], language)),
        said["about_offline"],
    ]
    if week.extrapolated:
        about.insert(2, said["about_extrapolated"])
    placed = int(week.zones["geometry"].notna().sum())
    if 0 < placed < len(week.zones):
        about.insert(
            2, said["no_geometry"].format(count=number(len(week.zones) - placed, language))
        )
    title = week_title(week.monday, language)
    return {
        "title": f"{week.town} – {said['title']} – {title}",
        "week": title,
        "claim": said["claim"],
        "legend": said["legend"],
        "week_strip": said["week_strip"],
        "about": " ".join(about),
    }


def tier_words(shares: tuple[float, ...], language: str) -> list[str]:
    """Each tier in words, the rest last."""
    said = words("map", language)
    percents = [percent(share, language) for share in shares]
    between = [
        said["tier_next"].format(low=low, high=high) for low, high in itertools.pairwise(percents)
    ]
    return [said["tier_top"].format(share=percents[0]), *between, said["tier_rest"]]


def tier_colours(shares: int) -> list[tuple[str, str]]:
    """Background and text colour of each tier, darkest first; the rest is grey."""
    places = np.linspace(len(COLOURS) - 1, 2, shares).round().astype(int)
    return [*(COLOURS[place] for place in places), REST_COLOUR]


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


def _outlines(week: MapWeek) -> dict[str, list | None]:
    """Shapes, the points that carry their numbers, and the order in which names claim room."""
    geometries = week.zones["geometry"]
    if not geometries.notna().any():
        return {"shapes": None, "anchors": None, "label_order": None}
    shapes = compact(
        [shapely.force_2d(shape) if shape is not None else None for shape in geometries]
    )
    anchors = [
        None if shape is None else [round(place, 5) for place in anchor(geometry)]
        for shape, geometry in zip(shapes, geometries, strict=True)
    ]
    busiest = np.argsort(-np.nansum(week.expected, axis=1), kind="stable")
    return {"shapes": shapes, "anchors": anchors, "label_order": busiest.tolist()}


def _figures(week: MapWeek) -> dict[str, Any]:
    """Probabilities, intervals, tiers and expected numbers, as digits."""
    present = week.probability[~np.isnan(week.probability)]
    top = float(present.max())
    width = 3 if len(week.zones) <= FINE_ZONES else 2
    level = codes.levels(week.probability, top, width)
    shown = codes.values_of(level, top, width)
    low, high = (
        probability_bound(week.probability, week.expected, bound)
        for bound in (week.lower, week.upper)
    )
    cap = max(float(np.nanmax(high)), top)
    return {
        "width": width,
        "top": top,
        "cap": cap,
        "nearly_one": NEARLY_ONE,
        "breaks": class_breaks(week.probability),
        "probability": codes.text(level, width),
        "low": codes.text(codes.below(low, shown, width - 1), width - 1),
        "high": codes.text(codes.above(high, shown, cap, width - 1), width - 1),
        "tiers": codes.two_a_digit(week.tier),
        "expected": _expected(week, shown),
    }


def _expected(week: MapWeek, shown: np.ndarray) -> dict[str, Any]:
    """How the expected number follows from the probability.

    As the Poisson hazard -log(1 - p) (exposure recorded), as p times a factor of the zone (fines
    per event, exposure none), or, of a model where neither holds, as a factor of each zone-hour.
    """
    hazard = -np.log1p(-np.minimum(week.probability, NEARLY_ONE))
    if _alike(week.expected, hazard):
        return {"kind": "hazard"}
    positive = np.nan_to_num(week.probability).sum(axis=1)
    per_zone = np.divide(
        np.nansum(week.expected, axis=1), positive, out=np.ones_like(positive), where=positive > 0
    )
    if _alike(week.expected, week.probability * per_zone[:, None]):
        return {"kind": "zone", "factor": [float(f"{factor:.6g}") for factor in per_zone]}
    hazard_shown = -np.log1p(-np.minimum(shown, NEARLY_ONE))
    usable = (hazard_shown > 0) & (week.expected > 0)
    factor = np.divide(week.expected, hazard_shown, out=np.ones_like(shown), where=usable)
    low, high = float(factor.min()), float(factor.max())
    digits = codes.text(codes.ratios(factor, low, high))
    return {"kind": "hour", "low": low, "high": high, "digits": digits}


def _alike(values: np.ndarray, others: np.ndarray) -> bool:
    return bool(np.nanmax(np.abs(values - others) - _TOLERANCE * values) <= 1e-6)


def _mean_by_hour(expected: np.ndarray) -> list[float | None]:
    scored = ~np.isnan(expected)
    sums = np.where(scored, expected, 0.0).sum(axis=0)
    return [
        float(f"{total / count:.4g}") if count else None
        for total, count in zip(sums, scored.sum(axis=0), strict=True)
    ]


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
