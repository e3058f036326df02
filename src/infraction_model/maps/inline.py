"""What whole pages share: templates, assets, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import resources

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


def content_policy(style: str, scripts: Iterable[str], images: str = "data:") -> str:
    """Content-Security-Policy: these scripts and this style by their hash, and no network.

    `images` lists where pictures may come from.
    """
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src {images}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
