"""The state of parking as one HTML file that holds everything and asks nothing of any network."""

from __future__ import annotations

from markupsafe import Markup

from infraction_model.maps.dashboard.data import CLASSES_BELOW, Dashboard, page_data
from infraction_model.maps.inline import (
    asset,
    content_policy,
    leaflet_style,
    packed,
    script,
    templates,
)
from infraction_model.maps.scale import ABSENT_COLOUR, COLOURS

SCRIPTS = (
    "figures",
    "words",
    "drawing",
    "street_names",
    "route_drawing",
    "opening",
    "dashboard_figures",
    "dashboard_words",
    "dashboard_trend",
    "dashboard_week",
    "dashboard_lists",
    "dashboard_zone",
    "dashboard_table",
    "dashboard",
)


def dashboard_page(board: Dashboard, language: str = "fr") -> str:
    """The whole page as text; `language` is the one it opens in, the other is one click away.

    A mean is held to 0.05 % at the worst, intervals of hours are rounded outwards; 2,700 zones take
    less than 3 MB. Every text of the town is data, never markup, and the page's own policy lets
    only its own scripts run and nothing be fetched. Raises InputError where a zone's geometry
    cannot be read.
    """
    data = page_data(board, language)
    has_map = data["shapes"] is not None
    style = _style(has_map)
    scripts = [*([asset("vendor/leaflet/leaflet.js")] if has_map else []), script(SCRIPTS)]
    return (
        templates()
        .get_template("dashboard.html.j2")
        .render(
            language=language,
            policy=content_policy(style, scripts),
            style=Markup(style),
            scripts=[Markup(one) for one in scripts],
            payload=packed(data),
            text=data["catalogues"][language],
            written=data["written"][language],
            town=board.title,
            has_map=has_map,
            has_stays=bool(data["stays"]),
            classes=range(len(COLOURS)),
        )
    )


def _style(has_map: bool) -> str:
    """Leaflet's rules, those of the map's page, those of this one, and the colours."""
    leaflet = leaflet_style() if has_map else ""
    rules = [f".absent {{ background: {ABSENT_COLOUR}; }}"] + [
        f".c{place} {{ background: {background}; color: {foreground}; }}"
        for place, (background, foreground) in enumerate(COLOURS)
    ]
    full, *little_used = (COLOURS[place][0] for place in (-1, *range(CLASSES_BELOW)))
    parts = ", ".join(
        f"{colour} {place / CLASSES_BELOW:.1%} {(place + 1) / CLASSES_BELOW:.1%}"
        for place, colour in enumerate(little_used)
    )
    rules += [
        f".extreme.full h3::before {{ background: {full}; }}",
        f".extreme.empty h3::before {{ background: linear-gradient(90deg, {parts}); }}",
    ]
    pages = (asset(f"assets/{name}.css") for name in ("page", "dashboard"))
    return "\n".join([leaflet, *pages, *rules])
