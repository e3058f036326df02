"""The planner's page: one HTML file that holds the whole week and asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from infraction_model.maps.page_data import ABSENT_COLOUR, page_data, tier_colours
from infraction_model.maps.scale import class_colours
from infraction_model.maps.week import MapWeek
from infraction_model.wording import words

SCRIPTS = ("figures", "words", "drawing", "table", "week_strip", "ranked", "zone_panel", "app")


def html_page(
    week: MapWeek,
    language: str = "fr",
    listed_rows: int = 200,
    banner: Mapping[str, str] | None = None,
) -> str:
    """The whole page as text; `language` is the one it opens in, the other is one click away.

    `banner`, by language, is what a planner must know before anything else: that the week was
    scored by a lesser model than usual, and why.

    A probability is held to 0.03 % of the week's highest (0.0004 % up to 1,000 zones), its interval
    is rounded outwards; 2,700 zones take less than 3 MB. Every text of the town is data, never
    markup, and the page's own policy lets only its own scripts run and nothing be fetched.
    """
    data = page_data(week, language, listed_rows, banner)
    has_map = data["shapes"] is not None
    style = _style(has_map, len(data["breaks"]) + 1, len(week.tier_shares))
    scripts = [*([_asset("vendor/leaflet/leaflet.js")] if has_map else []), _own_script()]
    page = _environment().get_template("page.html.j2")
    return page.render(
        language=language,
        policy=_policy(style, scripts),
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        payload=Markup(_script_safe(data)),
        text=words("map", language),
        written=data["written"][language],
        town=week.town,
        tiers=range(1, week.last_tier + 1),
        tier_words=data["tier_words"][language],
        classes=len(data["breaks"]) + 1,
        has_map=has_map,
        has_extrapolated=bool(week.extrapolated),
        has_absent=bool(np.isnan(week.probability).any()),
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("infraction_model.maps"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(name: str) -> str:
    return resources.files("infraction_model.maps").joinpath(name).read_text(encoding="utf-8")


def _own_script() -> str:
    body = "\n".join(_asset(f"assets/{name}.js") for name in SCRIPTS)
    return f'(function () {{\n"use strict";\n{body}\n}})();\n'


def _style(has_map: bool, classes: int, shares: int) -> str:
    """Leaflet's rules (without those that ask for pictures), the page's, and the colours."""
    leaflet = _asset("vendor/leaflet/leaflet.css") if has_map else ""
    leaflet = re.sub(r"[^{};]*url\([^)]*\)[^;}]*;?", "", leaflet)
    rules = [f".absent {{ background: {ABSENT_COLOUR}; }}"]
    for prefix, colours in (("c", class_colours(classes)), ("t", tier_colours(shares))):
        start = 0 if prefix == "c" else 1
        rules += [
            f".{prefix}{place} {{ background: {background}; color: {foreground}; }}"
            for place, (background, foreground) in enumerate(colours, start)
        ]
    return "\n".join([leaflet, _asset("assets/page.css"), *rules])


def _policy(style: str, scripts: list[str]) -> str:
    """Content-Security-Policy: these scripts and this style by their hash, and no network."""
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _script_safe(data: dict[str, Any]) -> str:
    """JSON that no text in it can end: the signs that HTML knows are written as escapes."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
