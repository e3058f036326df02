"""The live state as contract tables: alerts, dead letters and the quality of sensors."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pandas as pd

from infraction_model.alerts.events import Alert, DeadLetter, SensorQuality
from infraction_model.io.live_store import LiveStore

_TIMES = {
    "alerts": ("stay_from", "opened_at", "updated_at", "closed_at"),
    "dead_letters": ("at",),
    "sensor_quality": ("updated_at",),
}
_VERDICTS = {True: "right", False: "wrong"}


def live_tables(store: LiveStore, timezone: str) -> dict[str, pd.DataFrame]:
    """What the state holds, by the name of the contract table; times on the town's clock.

    The reasons of an alert are one text, parted by commas. An alert that a late message withdrew
    was never true, and is left out.
    """
    true = [alert for alert in store.alerts() if alert.closed_because != "withdrawn"]
    alerts = _frame(Alert, true)
    letters = sorted(store.dead_letters(), key=_place_of)
    tables = {
        "alerts": alerts.assign(
            reasons=alerts["reasons"].map(",".join).astype("str"),
            verdict=alerts["verdict"].map(_VERDICTS).astype("str"),
        ),
        "dead_letters": _frame(DeadLetter, [letter for letter, _ in letters]).assign(
            source=pd.Series([source for _, source in letters], dtype="str")
        ),
        "sensor_quality": _frame(SensorQuality, store.quality()),
    }
    return {name: _with_times(table, _TIMES[name], timezone) for name, table in tables.items()}


def _place_of(letter: tuple[DeadLetter, str | None]) -> tuple:
    """A place in the table that does not depend on how the messages were cut into batches."""
    dead, _ = letter
    return dead.reason, dead.at or 0, dead.payload


def _frame(kind: type[msgspec.Struct], rows: Sequence[msgspec.Struct]) -> pd.DataFrame:
    columns = list(kind.__struct_fields__)
    return pd.DataFrame([msgspec.structs.astuple(row) for row in rows], columns=columns)


def _with_times(frame: pd.DataFrame, columns: Sequence[str], timezone: str) -> pd.DataFrame:
    """The frame with seconds since 1970 as times; None stays missing."""
    times = {
        column: pd.to_datetime(frame[column].astype("Int64"), unit="s", utc=True)
        for column in columns
    }
    return frame.assign(**{name: time.dt.tz_convert(timezone) for name, time in times.items()})
