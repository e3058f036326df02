"""A made town's history as contract tables, without the detour over raw exports and ingest.

Nothing is misspelt, lost or repeated here: for benchmarks and tests of what comes after ingest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from infraction_model.simulation import kinds
from infraction_model.simulation.clock import Clock
from infraction_model.simulation.payments import CHANNELS
from infraction_model.simulation.streets import to_lonlat
from infraction_model.simulation.town import History, Parking

TIMEZONE = "Europe/Paris"


@dataclass(frozen=True)
class Tables:
    """The contract tables of a made town; zone, patrol and agent ids are row numbers as text."""

    zones: pd.DataFrame
    fines: pd.DataFrame
    patrols: pd.DataFrame


def contract_tables(history: History) -> Tables:
    """The zones, fines and patrols of a history, with vehicles checked and agent ids."""
    streets, patrols, fines = history.streets, history.patrols, history.fines
    clock = Clock(history.parameters.first_monday)
    zone_id = streets["zone_id"].to_numpy(dtype=object)
    lines = [shapely.LineString(to_lonlat(np.array(line.coords))) for line in streets["line"]]
    categories = np.array([name for name, *_ in kinds.CATEGORIES], dtype=object)
    return Tables(
        zones=pd.DataFrame(
            {
                "zone_id": zone_id,
                "geometry": pd.Series(list(shapely.to_wkb(lines)), dtype=object),
                "name": streets["name"],
                "official": True,
                "spaces": streets["spaces"].astype(float),
                "tariff": streets["tariff"],
                "max_stay_minutes": streets["max_stay_minutes"],
            }
        ),
        fines=pd.DataFrame(
            {
                "fine_id": _ids("f", len(fines)),
                "issued_at": _local(clock, fines["minute"]),
                # entered at the end of the day, so never before the fine was issued
                "recorded_at": _local(clock, fines["recorded_day"] * 1440 + 1439),
                "zone_id": zone_id[fines["zone"]],
                "category": categories[fines["category"]],
                "agent_id": "a" + fines["officer"].astype(str),
            }
        ),
        patrols=pd.DataFrame(
            {
                "patrol_id": _ids("p", len(patrols)),
                "zone_id": zone_id[patrols["zone"]],
                "started_at": _local(clock, patrols["start"]),
                "ended_at": _local(clock, patrols["end"]),
                "vehicles_checked": patrols["checked"].astype(float),
                "infractions_found": patrols["found"].astype(float),
                "agent_id": "a" + patrols["officer"].astype(str),
            }
        ),
    )


@dataclass(frozen=True)
class ParkingTables:
    """The contract tables of who was parked where."""

    payments: pd.DataFrame
    occupancy_events: pd.DataFrame
    counts: pd.DataFrame


def parking_tables(history: History, parking: Parking) -> ParkingTables:
    """Tickets, stays seen by sensors and counts of a town."""
    clock = Clock(history.parameters.first_monday)
    zone_id = history.streets["zone_id"].to_numpy(dtype=object)
    spaces = history.streets["spaces"].to_numpy(dtype=float)
    tickets, events, counts = parking.tickets, parking.events, parking.counts
    place = zone_id[events["zone"]]
    return ParkingTables(
        payments=pd.DataFrame(
            {
                "meter_id": zone_id[tickets["zone"]],
                "zone_id": zone_id[tickets["zone"]],
                "paid_from": _local(clock, tickets["paid_from"]),
                "paid_until": _local(clock, tickets["paid_until"]),
                "amount": tickets["amount"],
                "channel": np.array(CHANNELS, dtype=object)[tickets["channel"]],
            }
        ),
        occupancy_events=pd.DataFrame(
            {
                "bay_id": [
                    f"{zone}-{bay:02d}" for zone, bay in zip(place, events["bay"], strict=True)
                ],
                "zone_id": place,
                "arrived_at": _local(clock, events["arrived"]),
                "departed_at": _local(clock, events["departed"]),
            }
        ),
        counts=pd.DataFrame(
            {
                "zone_id": zone_id[counts["zone"]],
                "counted_at": _local(clock, counts["minute"]),
                "vehicles": counts["vehicles"].astype(float),
                "spaces": spaces[counts["zone"]],
                "holds": False,
            }
        ),
    )


def _ids(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:07d}" for number in range(count)]


def _local(clock: Clock, minutes: pd.Series) -> pd.Series:
    """Minutes of the made clock as times in France; the hour spring skips moves on by one."""
    naive = pd.Series(clock.local(minutes.to_numpy()))
    return naive.dt.tz_localize(TIMEZONE, ambiguous=True, nonexistent="shift_forward")
