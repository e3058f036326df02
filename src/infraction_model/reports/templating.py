"""The templates of reports."""

from __future__ import annotations

import jinja2


def environment(autoescape: bool) -> jinja2.Environment:
    """The templates of this package; `autoescape` for HTML."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("infraction_model.reports"),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
