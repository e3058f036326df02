"""A basemap under the zones: pictures of streets from one host, where a town asks for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infraction_model.errors import ConfigError

_ADDRESS = re.compile(r"https://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)/[^\s\"'<>;,]+")


@dataclass(frozen=True)
class Basemap:
    """Where the pictures come from, and who must be named beside them; None: no basemap.

    `tiles` is an address with {z}, {x} and {y} on one host, by https.
    """

    tiles: str | None = None
    credit: str = ""

    def host(self) -> str | None:
        """The one address that the page may ask for pictures, as its policy names it.

        Raises ConfigError where `tiles` is no such address.
        """
        if self.tiles is None:
            return None
        found = _ADDRESS.fullmatch(self.tiles)
        lacking = [part for part in ("{z}", "{x}", "{y}") if part not in self.tiles]
        if found is None or lacking:
            raise ConfigError(
                "map.basemap.tiles: expected an address such as "
                f"https://tiles.example.org/{{z}}/{{x}}/{{y}}.png, got {self.tiles!r}"
                + (f", without {' and '.join(lacking)}." if lacking else ".")
            )
        return f"https://{found[1]}"


NO_BASEMAP = Basemap()
