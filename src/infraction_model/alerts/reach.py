"""How soon a team can be at a zone: from where the plan has the teams at that moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

import numpy as np
import pandas as pd

from infraction_model.alerts.parameters import ReachParameters
from infraction_model.occupancy.timeline import seconds
from infraction_model.patrol.travel import Travel


class Reach:
    """Minutes until the nearest team can be in a zone, and which team that is.

    A team is where its plan has it: in the zone of its visit, and between two visits of a shift in
    that of the last one. Before the first and after the last visit of a shift it is not out.
    """

    def __init__(
        self,
        zones: pd.DataFrame,
        visits: pd.DataFrame | None,
        parameters: ReachParameters,
        table: pd.DataFrame | None = None,
    ) -> None:
        """`zones`: zone_id, lon, lat; `visits`: the contract table; `table`: travel times."""
        self._default = parameters.default_minutes
        self._index = {zone_id: place for place, zone_id in enumerate(zones["zone_id"])}
        self._travel = Travel(zones, (), parameters.travel, table)
        self._mode = parameters.mode
        spans = [] if visits is None else self._spans(visits)
        self._edges = sorted({edge for start, end, *_ in spans for edge in (start, end)})
        self._spans_of = spans
        self._known: dict[int, Mapping[str, tuple[float, str]]] = {}

    @classmethod
    def nowhere(cls, parameters: ReachParameters) -> Reach:
        """Where there is no plan: every zone is `default_minutes` away."""
        return cls(pd.DataFrame({"zone_id": [], "lon": [], "lat": []}), None, parameters)

    def of(self, zone_id: str, at: int) -> tuple[float, str | None]:
        """Minutes until a team can be in the zone, and the team; as good as the plan is kept."""
        place = bisect_right(self._edges, at)
        if place == 0 or place == len(self._edges):
            return self._default, None
        if place not in self._known:
            self._known[place] = self._nearest(at)
        return self._known[place].get(zone_id, (self._default, None))

    def _spans(self, visits: pd.DataFrame) -> list[tuple[int, int, str, int]]:
        """When each team is in which zone: from, to, team, place of the zone."""
        known = visits[visits["zone_id"].isin(list(self._index))]
        known = known.sort_values(["shift_id", "arrive_at"], kind="stable")
        arrive, leave = seconds(known["arrive_at"]), seconds(known["leave_at"])
        # plans of several weeks may call their shifts alike
        shift = known["shift_id"] + known["arrive_at"].dt.strftime(" %Y-%m-%d")
        on = np.flatnonzero(shift.to_numpy()[1:] == shift.to_numpy()[:-1])
        until = leave.copy()
        until[on] = arrive[on + 1]
        places = [self._index[zone_id] for zone_id in known["zone_id"]]
        return sorted(
            zip(arrive.tolist(), until.tolist(), known["team"], places, strict=True),
            key=lambda span: (span[0], span[2]),
        )

    def _nearest(self, at: int) -> Mapping[str, tuple[float, str]]:
        out = [(team, zone) for start, end, team, zone in self._spans_of if start <= at < end]
        if not out:
            return {}
        out.sort()
        start = np.array([zone for _, zone in out])[:, None]
        end = np.arange(len(self._index))[None, :]
        minutes = self._travel.seconds(self._mode, start, end) / 60.0
        best = minutes.argmin(axis=0)
        return {
            zone_id: (float(minutes[best[place], place]), out[best[place]][0])
            for zone_id, place in self._index.items()
        }
