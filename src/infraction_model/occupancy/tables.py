"""Estimates and alarms as contract tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infraction_model.occupancy.meters import silence_table
from infraction_model.occupancy.payments import Estimate
from infraction_model.timegrid import localise, monday, starts_at

_ALARMS = ["zone_id", "kind", "starts_at", "ends_at", "found_at", "size", "meter_id", "channel",
           "basis"]  # fmt: skip


def occupancy_table(found: Estimate, timezone: str) -> pd.DataFrame:
    """The contract table `occupancy`; the hour that spring skips is left out."""
    tickets = found.tickets
    zones = len(tickets.zones)
    weeks = range(tickets.first_week, tickets.first_week + tickets.weeks)
    starts = pd.concat([starts_at(week, timezone) for week in weeks], ignore_index=True)
    real = starts.notna().to_numpy()
    frame = {"zone_id": np.repeat(tickets.zones["zone_id"].to_numpy(), real.sum())}
    frame["starts_at"] = pd.concat([starts[real]] * zones, ignore_index=True).dt.as_unit("us")
    for name in ("occupancy", "lower", "upper", "basis"):
        frame[name] = getattr(found, name).reshape(zones, -1)[:, real].ravel()
    return pd.DataFrame(frame).astype({"basis": "str", "zone_id": "str"})


def joined(payments: pd.DataFrame | None, sensors: pd.DataFrame | None) -> pd.DataFrame | None:
    """One table `occupancy` of two sources: an hour that sensors measured stands as measured.

    Where the estimate took the sensors in itself (basis sensors), it stands: it also knows the
    tickets of the spaces that sensors do not see. None where there is neither.
    """
    if payments is None or sensors is None:
        return sensors if payments is None else payments
    keys = ["zone_id", "starts_at"]
    own = pd.MultiIndex.from_frame(payments.loc[payments["basis"] == "sensors", keys])
    measured = sensors[~pd.MultiIndex.from_frame(sensors[keys]).isin(own)]
    taken = pd.MultiIndex.from_frame(measured[keys])
    estimated = payments[~pd.MultiIndex.from_frame(payments[keys]).isin(taken)]
    return pd.concat([estimated, measured], ignore_index=True)


def alarm_table(found: Estimate, changes: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """The contract table `occupancy_alarms`: silent meters and changes of compliance, as found.

    `changes` is what compliance.watch gives. The size of a silence is the share of tickets missing.
    """
    tickets = found.tickets
    silences = silence_table(tickets, found.silence)
    quiet = pd.DataFrame(
        {
            "zone_id": silences["zone_id"],
            "kind": "silent_meter",
            "starts_at": pd.to_datetime(silences["first_day"]),
            "ends_at": pd.to_datetime(silences["last_day"]) + pd.Timedelta(days=1),
            "found_at": pd.to_datetime(silences["found"]) + pd.Timedelta(days=1),
            "size": -silences["missing_share"],
            "meter_id": silences["meter_id"],
            "channel": silences["channel"],
            "basis": "payments",
        }
    )
    names = tickets.zones["zone_id"].to_numpy()
    first = tickets.first_week
    changed = pd.DataFrame(
        {
            "zone_id": names[changes["zone"].to_numpy(dtype=int)],
            "kind": "compliance",
            "starts_at": pd.to_datetime([monday(first + week) for week in changes["week"]]),
            "ends_at": pd.NaT,
            "found_at": pd.to_datetime([monday(first + week + 1) for week in changes["found"]]),
            "size": changes["size"].to_numpy(dtype=float),
            "meter_id": "",
            "channel": "",
            "basis": changes["basis"].to_numpy(),
        }
    )
    table = pd.concat([part for part in (quiet, changed) if len(part)] or [quiet])
    table = table.sort_values(["found_at", "zone_id", "channel"], ignore_index=True)[_ALARMS]
    for name in ("starts_at", "ends_at", "found_at"):
        local = table[name].astype("datetime64[us]")
        table[name] = localise(local, timezone)[0].dt.as_unit("us")
    text = ["zone_id", "kind", "meter_id", "channel", "basis"]
    return table.astype(dict.fromkeys(text, "str") | {"size": float})
