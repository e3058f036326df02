"""The live page: the town's map and words in one HTML file; what happens comes from its server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from infraction_model.maps.inline import (
    asset,
    content_policy,
    leaflet_style,
    packed,
    script,
    templates,
)
from infraction_model.maps.scale import COLOURS
from infraction_model.maps.shapes import decoded, outlines
from infraction_model.wording import LANGUAGES, words

SCRIPTS = (
    "words",
    "drawing",
    "street_names",
    "route_drawing",
    "opening",
    "live_words",
    "live_feed",
    "live_card",
    "live_list",
    "live_verdict",
    "live_sound",
    "live_map",
    "live",
)
BREAKS = (0.2, 0.4, 0.6, 0.8)
_PLACES = (0, 1, 3, 4, 6)  # the colour of each class by its place in COLOURS
_LONGEST = 200
_SHARED_WORDS = ("zoom_in", "zoom_out", "recentre", "north", "other_language")


@dataclass(frozen=True)
class LiveTown:
    """What the page holds of a town before anything happens.

    `zones` is the contract table, `timezone` the name of the town's time zone. `scored` is the
    exposure basis of the scores that stand beside the alerts, None where there are none.
    """

    title: str
    timezone: str
    zones: pd.DataFrame
    scored: str | None = None


def live_page(town: LiveTown, language: str = "fr") -> str:
    """The whole page as text; `language` is the one it opens in, the other is one click away.

    Its own policy lets only its scripts run, and those ask nobody but the server it came from.
    Raises InputError where a zone's geometry cannot be read.
    """
    data = _page_data(town, language)
    has_map = data["shapes"] is not None
    style = _style(has_map)
    scripts = [*([asset("vendor/leaflet/leaflet.js")] if has_map else []), script(SCRIPTS)]
    return (
        templates()
        .get_template("live.html.j2")
        .render(
            language=language,
            policy=content_policy(style, scripts, connect="'self'"),
            style=Markup(style),
            scripts=[Markup(one) for one in scripts],
            payload=packed(data),
            text=data["catalogues"][language],
            town=town.title,
            has_map=has_map,
            classes=range(len(_PLACES)),
        )
    )


def _page_data(town: LiveTown, language: str) -> dict[str, Any]:
    zones = town.zones.sort_values("zone_id", ignore_index=True)
    names = zones["name"].where(zones["name"].str.strip() != "", zones["zone_id"])
    return {
        "language": language,
        "catalogues": {name: _words_of(name, town.scored) for name in LANGUAGES},
        "timezone": town.timezone,
        "zones": {
            "id": zones["zone_id"].tolist(),
            "name": [_short(name) for name in names],
            "max_stay": _limits(zones),
        },
        "breaks": list(BREAKS),
        "colours": [COLOURS[place][0] for place in _PLACES],
        "basemap": None,
        **_outlines(zones),
    }


def _words_of(language: str, scored: str | None) -> Mapping[str, str]:
    """The words of the page; of the model's figure those that fit what it is a probability of."""
    shared = words("map", language)
    said = dict(words("live", language))
    of_fine = said.pop("model_of_fine")
    if scored == "none":
        said["model"] = of_fine
    return said | {key: shared[key] for key in _SHARED_WORDS}


def _limits(zones: pd.DataFrame) -> list[float | None]:
    """Minutes a car may stay in each zone, None where there is no limit."""
    if "max_stay_minutes" not in zones:
        return [None] * len(zones)
    return [None if pd.isna(limit) else float(limit) for limit in zones["max_stay_minutes"]]


def _outlines(zones: pd.DataFrame) -> dict[str, list | None]:
    """What the map draws; the longest streets claim room for their names first."""
    found = decoded(zones)
    lengths = np.nan_to_num(shapely.length(found))
    return outlines(found, np.argsort(-lengths, kind="stable").tolist())


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _style(has_map: bool) -> str:
    """Leaflet's rules, those of every page, those of this one, and the colours."""
    rules = [
        f".c{place} {{ background: {COLOURS[colour][0]}; color: {COLOURS[colour][1]}; }}"
        for place, colour in enumerate(_PLACES)
    ]
    leaflet = leaflet_style() if has_map else ""
    return "\n".join([leaflet, asset("assets/page.css"), asset("assets/live.css"), *rules])
