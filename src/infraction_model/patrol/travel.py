"""How long it takes to get from one place to the next: straight lines by default, or a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt

from infraction_model.errors import InputError
from infraction_model.patrol.shifts import HOUR, MINUTE, Mode, Shift

_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class TravelParameters:
    """Straight line x `detour` at a speed, and minutes lost at each stop (to park a car).

    `unknown_minutes`: between places of which one is not known.
    """

    detour: Annotated[float, Ge(1)] = 1.3
    km_per_hour: dict[Mode, Annotated[float, Gt(0)]] = field(
        default_factory=lambda: {"foot": 4.5, "bicycle": 13.0, "car": 20.0}
    )
    minutes_to_stop: dict[Mode, Annotated[float, Ge(0)]] = field(
        default_factory=lambda: {"foot": 0.0, "bicycle": 1.0, "car": 3.0}
    )
    unknown_minutes: Annotated[float, Ge(0)] = 8.0


class Travel:
    """Travel times between nodes: the zones (0 to zones - 1), then the base of each shift.

    `zones` (columns zone_id, lon, lat; NaN where unknown) in the plan's order. A shift without a
    base begins and ends wherever its visits are. `table` (columns from, to, minutes, and mode
    where it matters) replaces straight lines between the zones that it names, one way each.
    """

    def __init__(
        self,
        zones: pd.DataFrame,
        shifts: tuple[Shift, ...],
        parameters: TravelParameters,
        table: pd.DataFrame | None = None,
    ) -> None:
        self.parameters, self.zones = parameters, len(zones)
        bases = [(shift.longitude, shift.latitude) for shift in shifts]
        self._free = np.array([False] * len(zones) + [None in base for base in bases], dtype=bool)
        lon = np.concatenate([zones["lon"], np.array([b[0] for b in bases], dtype=float)])
        lat = np.concatenate([zones["lat"], np.array([b[1] for b in bases], dtype=float)])
        known = np.isfinite(lon) & np.isfinite(lat)
        middle = np.median(lat[known]) if known.any() else 0.0
        self._east = lon * np.cos(np.radians(middle)) * _METRES_PER_DEGREE
        self._north = lat * _METRES_PER_DEGREE
        self._tables = {} if table is None else self._by_mode(table, zones["zone_id"])

    @property
    def knows_places(self) -> bool:
        """Whether routes can be told from each other: most zones lie somewhere, or a table says."""
        located = np.isfinite(self._east[: self.zones])
        return bool(self._tables) or bool(located.mean() > 0.5)

    def seconds(self, mode: Mode, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Whole seconds from nodes to nodes, which broadcast against each other; int64."""
        p = self.parameters
        metres = np.hypot(
            self._east[start] - self._east[end], self._north[start] - self._north[end]
        )
        found = metres * p.detour / (p.km_per_hour[mode] * 1000 / HOUR)
        found = np.where(np.isfinite(found), found, p.unknown_minutes * MINUTE)
        for name in (mode, ""):
            if name in self._tables:
                told = self._tables[name][self._row(start), self._row(end)]
                found = np.where(np.isfinite(told), told, found)
        found = found + np.where(end < self.zones, p.minutes_to_stop[mode] * MINUTE, 0.0)
        found = np.where((start == end) | self._free[start] | self._free[end], 0.0, found)
        return np.ceil(found).astype(np.int64)

    def base(self, shift: int) -> int:
        """The node at which a shift begins and ends."""
        return self.zones + shift

    def _row(self, node: np.ndarray) -> np.ndarray:
        """A node's place in a table: those of bases are all the last, of which nothing is told."""
        return np.minimum(node, self.zones)

    def _by_mode(self, table: pd.DataFrame, zone_ids: pd.Series) -> dict[str, np.ndarray]:
        """Seconds between zones, (zones + 1, zones + 1), NaN where nothing is told, by mode."""
        index = pd.Index(zone_ids)
        start, end = index.get_indexer(table["from"]), index.get_indexer(table["to"])
        minutes = table["minutes"].to_numpy(dtype=float)
        placed = (start >= 0) & (end >= 0)
        if not placed.any():
            raise InputError(
                "the table of travel times names no zone of this town in its columns from and to, "
                f"such as '{index[0]}'."
            )
        mode = table["mode"].to_numpy() if "mode" in table else np.full(len(table), "")
        found = {}
        for name in sorted(set(mode[placed])):
            grid = np.full((self.zones + 1, self.zones + 1), np.nan, dtype=np.float32)
            rows = placed & (mode == name)
            grid[start[rows], end[rows]] = minutes[rows] * MINUTE
            found[name] = grid
        return found
