"""A made town: its truth, what its officers did, and the raw exports it would hand over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.simulation import exports, kinds
from infraction_model.simulation.calendar import make_days, make_events, make_weather
from infraction_model.simulation.clock import Clock
from infraction_model.simulation.counts import make_counts
from infraction_model.simulation.drivers import Drivers, make_drivers
from infraction_model.simulation.exported_fines import FinesExport, alias_rows, fines_rows
from infraction_model.simulation.fines import make_fines
from infraction_model.simulation.live_feed import make_live_feed
from infraction_model.simulation.names import officers
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.parking import make_stays, occupancy
from infraction_model.simulation.passers_by import make_footfall, make_shops
from infraction_model.simulation.patrols import make_patrols, vehicles_checked
from infraction_model.simulation.payments import make_payments, with_lapses
from infraction_model.simulation.sensors import make_bay_events
from infraction_model.simulation.streets import make_streets
from infraction_model.timegrid import week_starting

# Each part draws from a stream of its own, so that a change in one leaves the others as they are.
# The order is part of the seed's meaning: add new parts at the end.
_PARTS = ("streets", "weather", "events", "drivers", "patrols", "fines", "officers",
          "fines_export", "patrols_export", "parking", "payments", "sensors",
          "profiles", "habits", "counts", "lapses",
          "footfall", "shops", "live_feed")  # fmt: skip

LIVE_FEED = "direct_samedi.jsonl"
"""The raw file of what sensors and meters sent on the last Saturday morning."""


@dataclass(frozen=True)
class History:
    """What a made town is and what happened in it, before anybody wrote it down.

    `first_week` is the week number of the first Monday; `days` and `weather` have a row per day and
    per hour, `streets` one per zone; `events` are works, fairs and markets; `drivers` is the truth
    on the dense grid; `patrols` (with `found`, fines of the visit, and vehicles `checked`) and
    `fines` are in minutes from the first Monday (see patrols.py, fines.py).
    """

    parameters: SimulationParameters
    first_week: int
    days: pd.DataFrame
    weather: pd.DataFrame
    streets: pd.DataFrame
    events: pd.DataFrame
    drivers: Drivers
    patrols: pd.DataFrame
    fines: pd.DataFrame


@dataclass(frozen=True)
class Town(History):
    """A made town and its files: `raw` maps file names to bytes, `truth` names to frames."""

    raw: Mapping[str, bytes]
    truth: Mapping[str, pd.DataFrame]


def simulate_truth(parameters: SimulationParameters, seed: int | None = None) -> History:
    """What happens in the town of `parameters`, without its exports; see `simulate`."""
    return _history(parameters, _streams(parameters.seed if seed is None else seed))


def simulate(parameters: SimulationParameters, seed: int | None = None) -> Town:
    """Make the town of `parameters`; same parameters and seed, same town to the bit.

    `seed` takes the place of `parameters.seed` where given. Raises ConfigError for a first day that
    is no Monday or lies outside the known school calendar.
    """
    rng = _streams(parameters.seed if seed is None else seed)
    history = _history(parameters, rng)
    streets, patrols, fines = history.streets, history.patrols, history.fines
    clock = Clock(parameters.first_monday)
    staff = officers(parameters.officers, rng["officers"])
    export = fines_rows(fines, streets, staff, clock, parameters, rng["fines_export"])
    parking = make_parking(history, seed)
    raw = {
        "verbalisations.csv": exports.csv_bytes(export.rows),
        "patrouilles.csv": _patrol_log(history, staff, clock, rng),
        "secteurs.geojson": exports.zones_geojson(streets, parameters.name),
        "alias_rues.csv": exports.csv_bytes(alias_rows(streets), "utf-8", "\n"),
        "meteo.csv": exports.csv_bytes(exports.weather_rows(history.weather, clock), "utf-8", "\n"),
        "evenements.csv": exports.csv_bytes(exports.event_rows(history.events, streets, clock)),
        **_parking_files(parking, streets, clock),
        **_passing_files(history, parking.since, rng, clock),
        LIVE_FEED: make_live_feed(
            parking.events, parking.tickets, streets, clock, parameters.weeks, rng["live_feed"]
        ),
    }
    truth = {
        "rates": rates_frame(history.drivers, streets, history.first_week),
        "zones": _zones_frame(history.drivers, streets, patrols, history.first_week),
        "fines": _fines_frame(fines, streets, export, clock),
        **_parking_truth(history, parking),
    }
    return Town(**vars(history), raw=raw, truth=truth)


def _history(parameters: SimulationParameters, rng: dict[str, np.random.Generator]) -> History:
    first_week = week_starting(parameters.first_monday)
    days = make_days(parameters.first_monday, parameters.weeks)
    streets = make_streets(parameters.zones, rng["streets"])
    weather = make_weather(days, rng["weather"])
    events = make_events(days, streets, rng["events"])
    drivers = make_drivers(
        parameters, streets, days, weather, events, rng["drivers"], rng["profiles"]
    )
    mean_rate = drivers.rates.mean(axis=(1, 2), dtype=np.float64)
    patrols = make_patrols(parameters, streets, mean_rate, days, rng["patrols"], rng["habits"])
    paid = streets["paid"].to_numpy()
    fines = make_fines(drivers, patrols, paid, parameters.late_share, rng["fines"])
    found = np.bincount(fines["patrol"], minlength=len(patrols))
    spaces = streets["spaces"].to_numpy()
    # drawn before the log's spellings, from the same stream: part of what a seed means
    checked = vehicles_checked(patrols, found, spaces, rng["patrols_export"])
    patrols = patrols.assign(found=found, checked=checked)
    return History(parameters, first_week, days, weather, streets, events, drivers, patrols, fines)


def _streams(seed: int) -> dict[str, np.random.Generator]:
    children = np.random.SeedSequence(seed).spawn(len(_PARTS))
    return {
        part: np.random.default_rng(child) for part, child in zip(_PARTS, children, strict=True)
    }


def _patrol_log(history: History, staff: list[str], clock: Clock, rng) -> bytes:
    share = history.parameters.misspelt_share / 4.0  # filled from a list more often than a fine
    rows = exports.patrol_rows(
        history.patrols, history.streets, staff, clock, share, rng["patrols_export"]
    )
    return exports.csv_bytes(rows)


@dataclass(frozen=True)
class Parking:
    """Who parked in the paid zones since week `since` and what was recorded of it, in minutes.

    `stays` and `parked` (cars, by place in `paid`, week and hour) are the truth; `tickets`,
    `events` and `counts` what meters, sensors and an officer saw; payers lapsed in the zones
    `lapsed` from week `lapse_week` on.
    """

    since: int
    paid: np.ndarray
    stays: pd.DataFrame
    parked: np.ndarray
    tickets: pd.DataFrame
    events: pd.DataFrame
    counts: pd.DataFrame
    lapsed: np.ndarray
    lapse_week: int


def make_parking(
    history: History,
    seed: int | None = None,
    sensed: np.ndarray | None = None,
    walked: np.ndarray | None = None,
) -> Parking:
    """The parking of a town; `sensed` and `walked` put sensors and counts into other zones.

    Both hold places among the paid zones.
    """
    parameters, streets = history.parameters, history.streets
    rng = _streams(parameters.seed if seed is None else seed)
    since = max(0, parameters.weeks - parameters.metered_weeks)
    paid, spaces = np.flatnonzero(streets["paid"]), streets["spaces"].to_numpy()
    follows = parameters.parking_follows
    stays = make_stays(history.drivers, paid, spaces, since, rng["parking"], follows)
    tickets = make_payments(stays, streets, history.days, since, rng["payments"])
    half = (since + parameters.weeks + 1) // 2
    lapse = parameters.lapse_share, parameters.lapse_zones
    tickets, lapsed = with_lapses(tickets, paid, *lapse, half, rng["lapses"])
    if sensed is None:
        sensed = np.arange(min(parameters.sensor_zones, len(paid)))
    if walked is None:
        free = np.arange(len(sensed), len(paid)) if len(sensed) < len(paid) else sensed
        walked = free[:: max(1, len(free) // max(1, parameters.walked_zones))]
        walked = walked[: parameters.walked_zones]
    walks = (parameters.walked_counts, since, parameters.weeks, rng["counts"])
    counts = make_counts(stays, paid[walked], spaces, *walks)
    events = make_bay_events(stays, paid[sensed], since, parameters.weeks, rng["sensors"])
    parked = occupancy(stays, paid, since, parameters.weeks)
    return Parking(since, paid, stays, parked, tickets, events, counts, lapsed, half)


def _parking_files(parking: Parking, streets: pd.DataFrame, clock: Clock) -> dict[str, bytes]:
    events = exports.bay_event_rows(parking.events, streets, clock)
    return {
        "paiements.csv": exports.csv_bytes(exports.payment_rows(parking.tickets, streets, clock)),
        "capteurs.csv": exports.csv_bytes(events, "utf-8", "\n"),
        "comptages.csv": exports.csv_bytes(exports.count_rows(parking.counts, streets, clock)),
    }


def _passing_files(history: History, since: int, rng, clock: Clock) -> dict[str, bytes]:
    drivers, streets, counters = history.drivers, history.streets, history.parameters.footfall_zones
    passers_by = make_footfall(drivers, counters, since, rng["footfall"])
    shops = make_shops(drivers, rng["shops"])
    return {
        "pietons.csv": exports.csv_bytes(exports.footfall_rows(passers_by, streets, clock)),
        "commerces.csv": exports.csv_bytes(exports.shop_rows(shops, streets)),
    }


def _parking_truth(history: History, parking: Parking) -> dict[str, pd.DataFrame]:
    """The cars that were there, by zone, week and hour, and where and when payers lapsed."""
    zone_id = history.streets["zone_id"].to_numpy(dtype=object)
    parked = parking.parked
    frame = _grid_frame(parked, zone_id[parking.paid], history.first_week + parking.since, "parked")
    spaces = history.streets["spaces"].to_numpy()[parking.paid]
    lapses = pd.DataFrame(
        {
            "zone_id": zone_id[parking.lapsed],
            "week": history.first_week + parking.lapse_week,
            "share": history.parameters.lapse_share,
        }
    )
    return {
        "occupancy": frame.assign(spaces=spaces.repeat(parked[0].size)),
        "lapses": lapses.astype({"zone_id": "str", "week": "int32"}),
    }


def rates_frame(drivers: Drivers, streets: pd.DataFrame, first_week: int) -> pd.DataFrame:
    """The true rates as rows: zone_id, week, hour_of_week, rate (found per hour of patrol)."""
    return _grid_frame(drivers.rates, streets["zone_id"].to_numpy(), first_week, "rate")


def _grid_frame(values: np.ndarray, zone_id, first_week: int, name: str) -> pd.DataFrame:
    zones, weeks, hours = values.shape
    week = np.arange(first_week, first_week + weeks, dtype=np.int32)
    return pd.DataFrame(
        {
            "zone_id": pd.Series(zone_id, dtype="str").repeat(weeks * hours).array,
            "week": np.tile(np.repeat(week, hours), zones),
            "hour_of_week": np.tile(np.arange(hours, dtype=np.int16), zones * weeks),
            name: values.ravel(),
        }
    )


def _zones_frame(drivers, streets, patrols, first_week) -> pd.DataFrame:
    """What each zone truly is, and the share of patrol time that it got."""
    minutes = np.bincount(
        patrols["zone"], weights=patrols["end"] - patrols["start"], minlength=len(streets)
    )
    regime_week = pd.array(drivers.regime_week + first_week, dtype="Int32")
    regime_week[drivers.regime_week < 0] = pd.NA
    frame = streets[["zone_id", "name", "kind"]].assign(
        level=drivers.level,
        regime_week=regime_week,
        regime_factor=drivers.regime_factor,
        patrol_share=minutes / max(1.0, minutes.sum()),
    )
    return frame.join(pd.DataFrame(drivers.mixture, columns=[f"share_{n}" for n in kinds.NAMES]))


def _fines_frame(fines, streets, export: FinesExport, clock: Clock) -> pd.DataFrame:
    """The zone and time of each fine as it was, before anybody wrote it down."""
    category = np.array([name for name, *_ in kinds.CATEGORIES], dtype=object)
    recorded = fines["recorded_day"].to_numpy() * 24 * 60
    return pd.DataFrame(
        {
            "fine_id": export.fine_id,
            "zone_id": streets["zone_id"].to_numpy()[fines["zone"]],
            "issued_at": clock.local(fines["minute"]),
            "recorded_on": clock.local(recorded),
            "category": category[fines["category"]],
        }
    )
