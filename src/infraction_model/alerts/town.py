"""What the live alerts know of a town beforehand: zones, bays, stays of the past, teams, scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from infraction_model.alerts.parameters import LiveParameters
from infraction_model.alerts.reach import Reach
from infraction_model.alerts.scores import ModelScores
from infraction_model.alerts.survival import Survival, learn_survival
from infraction_model.calendars import CalendarParameters
from infraction_model.occupancy.faults import FaultParameters
from infraction_model.occupancy.sensors import sense
from infraction_model.panel import centres


@dataclass(frozen=True)
class Zone:
    """A zone of the town; what is None is not known, or does not hold there."""

    zone_id: str
    spaces: int | None = None
    tariff: str | None = None
    max_stay_minutes: float | None = None


@dataclass(frozen=True)
class Town:
    """A town as the engine needs it: plain values, read once.

    `bays` gives the zone of each known bay; a bay it lacks is one of the zone that its messages
    name, or of the one that its own name begins with ("ZONE-07"). `reach` is None where there is no
    plan.
    """

    timezone: str
    zones: Mapping[str, Zone]
    bays: Mapping[str, str] = field(default_factory=dict)
    calendar: CalendarParameters = field(default_factory=CalendarParameters)
    survival: Survival = field(default_factory=Survival)
    reach: Reach | None = None
    scores: ModelScores = field(default_factory=ModelScores)

    def zone_of(self, bay_id: str, told: str | None) -> str | None:
        """The zone of a bay: as the town has it, as a message told, or by the bay's own name."""
        known = self.bays.get(bay_id, told)
        if known is not None:
            return known
        zone_id = bay_id.rpartition("-")[0]
        return zone_id if zone_id in self.zones else None

    def may_hold(self, bay_id: str, zone_id: str) -> bool:
        """Whether the town has a zone, and does not know a bay to be in another one."""
        return zone_id in self.zones and self.bays.get(bay_id, zone_id) == zone_id


def make_town(
    zones: pd.DataFrame,
    timezone: str,
    calendar: CalendarParameters,
    parameters: LiveParameters,
    *,
    events: pd.DataFrame | None = None,
    faults: FaultParameters | None = None,
    visits: pd.DataFrame | None = None,
    travel_times: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
) -> Town:
    """A town from contract tables: `zones`, and as far as there are any `occupancy_events` of the
    past, `visits` of the plan, minutes between zones, and `scores`.

    Raises NotEnoughDataError where `events` are given but empty.
    """
    survival, bays = Survival(), {}
    if events is not None and len(events):
        until = _after(events)
        past = until - pd.Timedelta(weeks=parameters.survival.history_weeks)
        recent = events[events["arrived_at"] >= past]
        survival = learn_survival(
            sense(recent, until, faults or FaultParameters()), parameters.survival
        )
        bays = dict(zip(events["bay_id"], events["zone_id"], strict=True))
    return Town(
        timezone,
        {zone.zone_id: zone for zone in _zones(zones)},
        bays,
        calendar,
        survival,
        Reach(_places(zones), visits, parameters.reach, travel_times),
        ModelScores.from_table(scores) if scores is not None else ModelScores(),
    )


def _after(events: pd.DataFrame) -> pd.Timestamp:
    """The first second after everything that the events tell."""
    last = max(events["arrived_at"].max(), events["departed_at"].max())
    return last + pd.Timedelta(seconds=1)


def _zones(zones: pd.DataFrame) -> list[Zone]:
    return [
        Zone(
            str(row["zone_id"]),
            None if pd.isna(row.get("spaces")) else int(row["spaces"]),
            None if pd.isna(row.get("tariff")) else str(row["tariff"]),
            None if pd.isna(row.get("max_stay_minutes")) else float(row["max_stay_minutes"]),
        )
        for row in zones.to_dict("records")
    ]


def _places(zones: pd.DataFrame) -> pd.DataFrame:
    """Where each zone lies, NaN where it has no geometry."""
    lon, lat = centres(zones)
    return zones[["zone_id"]].assign(lon=lon, lat=lat)
