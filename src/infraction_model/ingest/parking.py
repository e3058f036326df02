"""Exports of who is parked where -> tables: tickets, stays in bays with sensors, counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.errors import ConfigError
from infraction_model.ingest import records
from infraction_model.ingest.mapping import (
    BayEventsMapping,
    CountsMapping,
    ParkingMapping,
    PaymentsMapping,
)
from infraction_model.ingest.records import Source
from infraction_model.schema import PARKING_TABLES

_FURTHEST = pd.Timedelta(days=3653)


@dataclass
class ParkingInHand:
    """Records of one export with everything read but their zone; `table` is where they go."""

    source: Source
    frame: pd.DataFrame
    places: pd.DataFrame

    @property
    def table(self) -> str:
        return self.source.name.partition(".")[0]


def check_parking(name: str, mapping: ParkingMapping) -> None:
    """Raise ConfigError where the mapping of counts does not say how many vehicles there were."""
    if not isinstance(mapping, CountsMapping):
        return
    if (mapping.vehicles is None) == (mapping.free_spaces is None):
        raise ConfigError(
            f"key 'data.{name}': name the column of the vehicles or that of the free_spaces, "
            "one of the two."
        )
    if mapping.free_spaces is not None and mapping.spaces is None:
        raise ConfigError(
            f"key 'data.{name}.spaces': vehicles are spaces less free_spaces: name the column of "
            "the spaces; a file that lacks it can have one under constants."
        )


def read_parking(source: Source, timezone: str, box: np.ndarray | None) -> ParkingInHand:
    """Read times, numbers and places; rows without a sound time or number are set apart."""
    mapping = source.mapping
    if isinstance(mapping, PaymentsMapping):
        frame = _payments(source, mapping, timezone)
    elif isinstance(mapping, BayEventsMapping):
        frame = _bay_events(source, mapping, timezone)
    else:
        frame = _counts(source, mapping, timezone)
    return ParkingInHand(source, frame, records.places(source, box))


def finish_parking(hand: ParkingInHand, zone_id: np.ndarray) -> pd.DataFrame:
    """Take the zones and give the kept rows in order of time."""
    time = PARKING_TABLES[hand.table]
    table = hand.frame.assign(zone_id=zone_id)[hand.source.ledger.kept]
    order = [time, "zone_id", *(name for name in ("bay_id", "meter_id") if name in table)]
    return table.sort_values(order, kind="stable", ignore_index=True)


def _payments(source: Source, mapping: PaymentsMapping, timezone: str) -> pd.DataFrame:
    start = records.sound_times(source, mapping.paid_from, timezone, "paid_from", "start")
    end = records.sound_times(source, mapping.paid_until, timezone, "paid_until", "end")
    records.forget(source, start.aware)
    length = end.aware - start.aware
    source.ledger.reject(length < pd.Timedelta(0), "ends before it starts")
    too_long = length > pd.Timedelta(hours=mapping.longest_hours)
    source.ledger.reject(too_long, f"longer than {mapping.longest_hours:g} hours")
    _reject_far(source, start.aware)
    records.count_clock_changes(source, start, end)
    channel = records.text(source, tuple(filter(None, [mapping.channel])), "channel")
    frame = pd.DataFrame({"paid_from": start.aware, "paid_until": end.aware, "channel": channel})
    if mapping.meter is not None:
        meter = records.text(source, (mapping.meter,), "meter")
        frame["meter_id"] = meter.where(meter != "")
    if mapping.amount is not None:
        frame["amount"] = _number(source, mapping.amount, "amount")
    return frame


def _bay_events(source: Source, mapping: BayEventsMapping, timezone: str) -> pd.DataFrame:
    bay = records.text(source, (mapping.bay,), "bay")
    came = records.sound_times(source, mapping.arrived_at, timezone, "arrived_at", "arrival")
    left = records.sound_times(
        source, mapping.departed_at, timezone, "departed_at", "departure", may_be_empty=True
    )
    records.forget(source, came.aware)
    source.ledger.reject(bay == "", "no bay")
    source.ledger.reject(left.aware < came.aware, "ends before it starts")
    _reject_far(source, came.aware)
    frame = pd.DataFrame({"bay_id": bay, "arrived_at": came.aware, "departed_at": left.aware})
    # a sensor that sends a message again says nothing new
    again = frame.duplicated() & source.ledger.kept
    source.ledger.reject(again, "said before, word for word")
    records.count_clock_changes(source, came, left)
    return frame


def _counts(source: Source, mapping: CountsMapping, timezone: str) -> pd.DataFrame:
    at = records.sound_times(source, mapping.counted_at, timezone, "counted_at", "time")
    records.forget(source, at.aware)
    _reject_far(source, at.aware)
    records.count_clock_changes(source, at)
    frame = pd.DataFrame({"counted_at": at.aware, "holds": mapping.holds})
    if mapping.spaces is not None:
        frame["spaces"] = _number(source, mapping.spaces, "spaces")
    if mapping.free_spaces is None:
        frame["vehicles"] = _number(source, mapping.vehicles, "vehicles")
    else:
        free = _number(source, mapping.free_spaces, "free spaces", "free_spaces")
        # a barrier's counter drifts: more free than there are spaces is none parked
        frame["vehicles"] = (frame["spaces"] - free).clip(lower=0)
    source.ledger.reject(frame["vehicles"].isna(), "no number of vehicles")
    return frame


def _number(source: Source, column: str, said: str, key: str | None = None) -> pd.Series:
    """A number of every row, NaN where empty; one that makes no sense sets its row apart."""
    value = records.number(source, column, key or said)
    written = records.text(source, (column,), key or said)
    source.ledger.reject(value.isna() & (written != ""), f"{said} is not a number", written)
    source.ledger.reject(value < 0, f"{said} is negative", written)
    return value


def _reject_far(source: Source, at: pd.Series) -> None:
    """A clock that was reset writes 1970 or 2099: such a row is far from all others."""
    if source.ledger.kept.any() and at.notna().any():
        far = (at - at[source.ledger.kept].median()).abs() > _FURTHEST
        source.ledger.reject(far, "ten years or more from the other rows")
