"""The contract tables: columns, types and bounds, and one function that holds a frame to them.

Times are tz-aware and carry the town's zone. No table has a column for a plate, a name or an
address; a column the contract does not know is refused, so none can slip in.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd
import pandera.pandas as pa

from infraction_model.errors import ContractError, did_you_mean

EXPOSURE_BASES = ("recorded", "checks", "inferred", "none", "extrapolated")
"""What a figure of the scores rests on: exposure.Basis, or an hour at which no patrol goes out."""

OCCUPANCY_BASES = ("sensors", "readings", "payments", "fallback", "paid")
"""What an occupancy rests on: sensors in bays, free-space readings, payments; `fallback`: payments
of other channels and weeks while a meter is dead; `paid`: no more than the running tickets."""

PURPOSES = ("yield", "explore", "safety")
"""What a planned visit is for: what is found, what is learnt, or the safety of the street."""


ALERT_ENDS = ("left", "paid", "ended", "sensor", "reported", "withdrawn")
"""Why an alert is closed: the car left, a ticket came, the rule's hours are over, the sensor is not
believed, an officer reported, or a late message shows that it should never have been opened."""


def _times(nullable: bool = False, required: bool = True) -> pa.Column:
    aware = pa.Check(
        lambda column: isinstance(column.dtype, pd.DatetimeTZDtype),
        name="time zone",
        error="expected times with a time zone",
    )
    return pa.Column(None, aware, nullable=nullable, required=required)


def _text(nullable: bool = False, required: bool = True, unique: bool = False) -> pa.Column:
    return pa.Column("str", nullable=nullable, required=required, unique=unique, coerce=True)


def _number(low=None, high=None, nullable: bool = False, required: bool = True) -> pa.Column:
    bounds = []
    if low is not None:
        bounds.append(pa.Check.ge(low))
    if high is not None:
        bounds.append(pa.Check.le(high))
    return pa.Column(float, bounds, nullable=nullable, required=required, coerce=True)


def _longitude() -> pa.Column:
    return _number(-180, 180, nullable=True, required=False)


def _latitude() -> pa.Column:
    return _number(-90, 90, nullable=True, required=False)


def _wkb() -> pa.Column:
    holds_bytes = pa.Check(
        lambda value: value is None or isinstance(value, bytes),
        element_wise=True,
        error="expected WKB bytes",
    )
    return pa.Column(object, holds_bytes, nullable=True)


def _starts_before(start: str, end: str, open_ended: bool = False) -> pa.Check:
    return pa.Check(
        lambda frame: (
            (frame[start] <= frame[end]) | (open_ended & (frame[start].isna() | frame[end].isna()))
        ),
        error=f"expected {start} not after {end}",
        ignore_na=False,
    )


CONTEXT_KINDS: dict[str, Literal["measure", "amount", "happening", "standing"]] = {
    "rain": "amount",
    "temperature": "measure",
    "payments": "amount",
    "footfall": "amount",
    "roadworks": "happening",
    "market": "happening",
    "event": "happening",
    "commerce": "standing",
}
"""What a context record may be about, and how its value is read over its span.

A `measure` holds in each of its hours (°C), an `amount` is the total of them (mm, tickets), a
`happening` is announced (1, or its size), a `standing` value holds until the next one.
"""

OCCUPANCY = "occupancy"
"""A kind of the panel's context that comes from no export, but from the occupancy tables: the share
of a zone's bays that were taken in an hour."""

PARKING_TABLES = {
    "payments": "paid_from",
    "occupancy_events": "arrived_at",
    "counts": "counted_at",
}
"""The tables of who is parked where, and the time at which a row of each begins.

`payments` are tickets, `occupancy_events` stays in single bays (a car still there has no
`departed_at`), `counts` how many vehicles stood in a zone at a moment; a count that `holds` is a
reading written only on change, true until the next one of its zone.
"""


TABLES: dict[str, pa.DataFrameSchema] = {
    "fines": pa.DataFrameSchema(
        {
            "fine_id": _text(unique=True),
            "issued_at": _times(),
            "recorded_at": _times(nullable=True, required=False),
            "zone_id": _text(),
            "lon": _longitude(),
            "lat": _latitude(),
            "category": _text(),
            "severity": _number(0, nullable=True, required=False),
            "agent_id": _text(nullable=True, required=False),
        },
        strict=True,
    ),
    "zones": pa.DataFrameSchema(
        {
            "zone_id": _text(unique=True),
            "geometry": _wkb(),
            "name": _text(),
            "official": pa.Column(bool),
            "spaces": _number(0, nullable=True, required=False),
            "tariff": _text(nullable=True, required=False),
            "max_stay_minutes": _number(0, nullable=True, required=False),
        },
        strict=True,
    ),
    "patrols": pa.DataFrameSchema(
        {
            "patrol_id": _text(unique=True),
            "zone_id": _text(),
            "started_at": _times(),
            "ended_at": _times(),
            "vehicles_checked": _number(0, nullable=True, required=False),
            "infractions_found": _number(0, nullable=True, required=False),
            "agent_id": _text(nullable=True, required=False),
        },
        checks=_starts_before("started_at", "ended_at"),
        strict=True,
    ),
    "context": pa.DataFrameSchema(
        {
            "zone_id": _text(nullable=True, required=False),
            "start": _times(nullable=True),
            "end": _times(nullable=True),
            "kind": pa.Column("str", pa.Check.isin(list(CONTEXT_KINDS)), coerce=True),
            "value": _number(),
            "known_at": _times(nullable=True, required=False),
        },
        checks=_starts_before("start", "end", open_ended=True),
        strict=True,
    ),
    "payments": pa.DataFrameSchema(
        {
            "meter_id": _text(nullable=True, required=False),
            "zone_id": _text(),
            "paid_from": _times(),
            "paid_until": _times(),
            "amount": _number(0, nullable=True, required=False),
            "channel": _text(),
        },
        checks=_starts_before("paid_from", "paid_until"),
        strict=True,
    ),
    "occupancy_events": pa.DataFrameSchema(
        {
            "bay_id": _text(),
            "zone_id": _text(),
            "arrived_at": _times(),
            "departed_at": _times(nullable=True),
        },
        checks=_starts_before("arrived_at", "departed_at", open_ended=True),
        strict=True,
    ),
    "counts": pa.DataFrameSchema(
        {
            "zone_id": _text(),
            "counted_at": _times(),
            "vehicles": _number(0),
            "spaces": _number(0, nullable=True, required=False),
            "holds": pa.Column(bool),
        },
        strict=True,
    ),
    "occupancy": pa.DataFrameSchema(
        {
            "zone_id": _text(),
            "starts_at": _times(),
            "occupancy": _number(0, 1),
            "lower": _number(0, 1),
            "upper": _number(0, 1),
            "basis": pa.Column("str", pa.Check.isin(list(OCCUPANCY_BASES)), coerce=True),
            "bays_seen": _number(0, nullable=True, required=False),
        },
        checks=[_starts_before("lower", "occupancy"), _starts_before("occupancy", "upper")],
        unique=["zone_id", "starts_at"],
        strict=True,
    ),
    "indicators": pa.DataFrameSchema(
        {
            "zone_id": _text(),
            "weekday": pa.Column("Int8", pa.Check.in_range(0, 6), nullable=True, coerce=True),
            "hour": pa.Column("Int8", pa.Check.in_range(0, 23), nullable=True, coerce=True),
            "bays_seen": _number(0),
            "occupancy": _number(0, 1 + 1e-9, nullable=True),
            "arrivals": _number(0),
            "rotation": _number(0, nullable=True),
            "mean_stay_minutes": _number(0, nullable=True),
            "overstays": _number(0, 1, nullable=True),
            "long_stays": _number(0, 1, nullable=True),
            "long_stay_time": _number(0, 1 + 1e-9, nullable=True),
        },
        unique=["zone_id", "weekday", "hour"],
        strict=True,
    ),
    "sensor_faults": pa.DataFrameSchema(
        {
            "bay_id": _text(),
            "zone_id": _text(),
            "starts_at": _times(),
            "ends_at": _times(),
            "fault": pa.Column("str", pa.Check.isin(["dead", "stuck", "flapping"]), coerce=True),
        },
        checks=_starts_before("starts_at", "ends_at"),
        strict=True,
    ),
    "occupancy_alarms": pa.DataFrameSchema(
        {
            "zone_id": _text(),
            "kind": pa.Column("str", pa.Check.isin(["silent_meter", "compliance"]), coerce=True),
            "starts_at": _times(),
            "ends_at": _times(nullable=True),
            "found_at": _times(),
            "size": _number(-1),
            "meter_id": _text(),
            "channel": _text(),
            "basis": pa.Column(
                "str", pa.Check.isin(["payments", "sensors", "season"]), coerce=True
            ),
        },
        checks=_starts_before("starts_at", "ends_at", open_ended=True),
        strict=True,
    ),
    "scores": pa.DataFrameSchema(
        {
            "zone_id": _text(),
            "starts_at": _times(),
            "infraction_probability": _number(0, 1),
            "expected_infractions": _number(0),
            "lower": _number(0),
            "upper": _number(0),
            "exposure_basis": pa.Column("str", pa.Check.isin(EXPOSURE_BASES), coerce=True),
            "model_version": _text(),
            "reasons": _text(),
        },
        checks=_starts_before("lower", "upper"),
        unique=["zone_id", "starts_at"],
        strict=True,
    ),
    "alerts": pa.DataFrameSchema(
        {
            "alert_id": _text(unique=True),
            "bay_id": _text(),
            "zone_id": _text(),
            "stay_from": _times(),
            "reasons": _text(),
            "opened_at": _times(),
            "updated_at": _times(),
            "closed_at": _times(nullable=True),
            "closed_because": pa.Column(
                "str", pa.Check.isin(ALERT_ENDS), nullable=True, coerce=True
            ),
            "severity": _number(0),
            "chance": _number(0, 1),
            "still_there": _number(0, 1),
            "minutes_to_reach": _number(0),
            "team": _text(nullable=True),
            "trust": _number(0, 1),
            "value": _number(0),
            "infraction_probability": _number(0, 1, nullable=True),
            "probability_basis": pa.Column(
                "str", pa.Check.isin(["hour", "hour_of_week", "none"]), coerce=True
            ),
            "verdict": pa.Column(
                "str", pa.Check.isin(["right", "wrong"]), nullable=True, coerce=True
            ),
            "revision": pa.Column(int, pa.Check.ge(1), coerce=True),
        },
        checks=[
            _starts_before("stay_from", "opened_at"),
            _starts_before("opened_at", "closed_at", open_ended=True),
        ],
        strict=True,
    ),
    "dead_letters": pa.DataFrameSchema(
        {
            "reason": _text(),
            "detail": _text(),
            "at": _times(nullable=True),
            "payload": _text(),
            "source": _text(nullable=True, required=False),
        },
        strict=True,
    ),
    "sensor_quality": pa.DataFrameSchema(
        {
            "bay_id": _text(unique=True),
            "zone_id": _text(),
            "right": pa.Column(int, pa.Check.ge(0), coerce=True),
            "wrong": pa.Column(int, pa.Check.ge(0), coerce=True),
            "trust": _number(0, 1),
            "updated_at": _times(),
        },
        strict=True,
    ),
    "visits": pa.DataFrameSchema(
        {
            "shift_id": _text(),
            "team": _text(),
            "sequence": pa.Column(int, pa.Check.ge(1), coerce=True),
            "zone_id": _text(),
            "arrive_at": _times(),
            "leave_at": _times(),
            "expected_infractions": _number(0),
            "purpose": pa.Column("str", pa.Check.isin(PURPOSES), coerce=True),
            "propensity": _number(0, 1),
        },
        checks=_starts_before("arrive_at", "leave_at"),
        unique=["shift_id", "sequence"],
        strict=True,
    ),
}


def validate(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` held to the contract of table `name`, in the contract's column order.

    Raises ContractError that names the table, the column, the first rows and values at fault.
    """
    if name not in TABLES:
        raise ContractError(f"unknown table '{name}'. {did_you_mean(name, TABLES)}")
    schema = TABLES[name]
    try:
        checked = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise ContractError(_explain(name, error.failure_cases)) from None
    return checked[[column for column in schema.columns if column in checked]]


def _explain(name: str, failures: pd.DataFrame) -> str:
    lines = [f"table '{name}' breaks its contract:"]
    for (column, check), cases in failures.groupby(["column", "check"], dropna=False, sort=False):
        values = ", ".join(repr(value) for value in cases["failure_case"].head(3))
        rows = ", ".join(str(row) for row in cases["index"].head(3) if pd.notna(row))
        where = f" in row {rows}" if rows else ""
        lines.append(f"  {column}: {check} ({len(cases)} times), got {values}{where}")
    return "\n".join(lines)
