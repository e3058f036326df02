"""What whole pages share: templates, assets, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def templates() -> Environment:
    """The templates of maps/, every text in them escaped, a missing one an error."""
    return Environment(
        loader=PackageLoader("infraction_model.maps"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def asset(name: str) -> str:
    """The text of a file below maps/."""
    return resources.files("infraction_model.maps").joinpath(name).read_text(encoding="utf-8")


def script(names: Iterable[str]) -> str:
    """These files of assets/ as one script that leaves no name behind."""
    body = "\n".join(asset(f"assets/{name}.js") for name in names)
    return f'(function () {{\n"use strict";\n{body}\n}})();\n'


def leaflet_style() -> str:
    """Leaflet's rules without those that ask for pictures."""
    rules = asset("vendor/leaflet/leaflet.css")
    return re.sub(r"[^{};]*url\([^)]*\)[^;}]*;?", "", rules)


def packed(data: dict[str, Any]) -> str:
    """JSON, deflated, in base 64: no text of the town can be markup, and it takes half the room."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 6)).decode("ascii")


def content_policy(
    style: str, scripts: Iterable[str], images: str = "data:", connect: str | None = None
) -> str:
    """Content-Security-Policy: these scripts and this style by their hash, and no network.

    `images` lists where pictures may come from, `connect` whom scripts may ask: nobody where None.
    """
    allowed = " ".join(_hash(script) for script in scripts)
    asked = "" if connect is None else f"connect-src {connect}; "
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src {images}; "
        f"{asked}base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
