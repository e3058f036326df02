"""The planner's page: one HTML file that holds the whole week and asks nothing of any network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from infraction_model.maps.background import NOTHING_KNOWN, Background
from infraction_model.maps.basemap import NO_BASEMAP, Basemap
from infraction_model.maps.inline import (
    asset,
    content_policy,
    leaflet_style,
    packed,
    script,
    templates,
)
from infraction_model.maps.page.data import ABSENT_COLOUR, page_data
from infraction_model.maps.scale import COLOURS, tier_colours
from infraction_model.maps.week import MapWeek
from infraction_model.wording import words

SCRIPTS = (
    "figures",
    "categories",
    "words",
    "drawing",
    "street_names",
    "route_drawing",
    "legend",
    "table",
    "week_strip",
    "ranked",
    "routes",
    "zone_panel",
    "calibration",
    "opening",
    "app",
)


def html_page(
    week: MapWeek,
    language: str = "fr",
    listed_rows: int = 200,
    banner: Mapping[str, str] | None = None,
    background: Background = NOTHING_KNOWN,
    basemap: Basemap = NO_BASEMAP,
) -> str:
    """The whole page as text; `language` is the one it opens in, the other is one click away.

    `banner`, by language, is what a planner must know before anything else: that the week was
    scored by a lesser model than usual, and why. `background`: the plan, and what is known of zones
    and model; `basemap`: the one host that the page may ask for pictures, none by default.

    A probability is held to 0.03 % of the week's highest (0.0004 % up to 1,000 zones), its interval
    is rounded outwards; 2,700 zones take less than 3 MB. Every text of the town is data, never
    markup, and the page's own policy lets only its own scripts run and nothing else be fetched.
    Raises ConfigError where the basemap has no usable address, ContractError where the plan is not
    of these zones.
    """
    data = page_data(week, language, listed_rows, banner, background, basemap)
    has_map = data["shapes"] is not None
    images = f"data: {basemap.host()}" if data["basemap"] else "data:"
    style = _style(has_map, len(week.tier_shares))
    scripts = [*([asset("vendor/leaflet/leaflet.js")] if has_map else []), script(SCRIPTS)]
    page = templates().get_template("page.html.j2")
    return page.render(
        language=language,
        policy=content_policy(style, scripts, images),
        style=Markup(style),
        scripts=[Markup(one) for one in scripts],
        payload=packed(data),
        text=words("map", language),
        written=data["written"][language],
        town=week.town,
        tiers=range(1, week.last_tier + 1),
        tier_words=data["tier_words"][language],
        categories=data["categories"] and data["categories"]["names"][language],
        has_map=has_map,
        has_plan=data["plan"] is not None,
        has_extrapolated=bool(week.extrapolated),
        has_absent=bool(np.isnan(week.probability).any()),
    )


def _style(has_map: bool, shares: int) -> str:
    """Leaflet's rules (without those that ask for pictures), the page's, and the colours."""
    leaflet = leaflet_style() if has_map else ""
    rules = [f".absent {{ background: {ABSENT_COLOUR}; }}"]
    for prefix, colours, start in (("c", COLOURS, 0), ("t", tier_colours(shares), 1)):
        rules += [
            f".{prefix}{place} {{ background: {background}; color: {foreground}; }}"
            for place, (background, foreground) in enumerate(colours, start)
        ]
    return "\n".join([leaflet, asset("assets/page.css"), *rules])
