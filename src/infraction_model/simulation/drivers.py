"""The true rate: what an hour of patrol is expected to find, per zone, week and hour of week.

rate = level of the zone in that week x what its drivers do at that hour x the cell's own part, x
works and fairs, bounded by what one officer can write. What drivers do is the mixture of their
kinds or, in a town without such classes (structures.py), the zone's own profile x its own calendar.
The mixture and the demand are kept, so that a fine's kind of driver can be drawn as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.simulation import kinds
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.structures import kind_mixture, own_profiles
from infraction_model.timegrid import HOURS_PER_WEEK

TYPICAL_LEVEL = 3.1
"""Infractions found per hour of patrol in a zone like others, at its drivers' busy hours."""

_CENTRE_EFFECT = 0.3
_MOST_PER_HOUR = 12.0  # writing a fine takes time: no officer finds more than that


@dataclass(frozen=True)
class Drivers:
    """The truth and its parts.

    `rates` float32 (zone, week, hour_of_week), infractions found per hour of patrol; `mixture`
    (zone, kind), rows sum to 1; `demand` (kind, week, hour_of_week); `level` (zone), at the start;
    `regime_week` (zone), -1 where the level never jumps; `regime_factor` (zone); `own` float32
    (zone, week, hour_of_week), what drivers do there relative to what their kinds would, None where
    the kinds are all there is.
    """

    rates: np.ndarray
    mixture: np.ndarray
    demand: np.ndarray
    level: np.ndarray
    regime_week: np.ndarray
    regime_factor: np.ndarray
    own: np.ndarray | None = None

    def demand_in(self, zone: int) -> np.ndarray:
        """Intensity of each kind of driver in a zone, (kind, week, hour_of_week)."""
        return self.demand if self.own is None else self.demand * self.own[zone]

    def activity(self, zone: int) -> np.ndarray:
        """How much goes on in a zone in each week beside what its kinds of drivers explain, (week).

        Its level, drifts and jumps included; about TYPICAL_LEVEL in a zone like others.
        """
        explained = np.tensordot(self.mixture[zone], self.demand_in(zone), axes=1)
        return self.rates[zone].mean(axis=1, dtype=np.float64) / explained.mean(axis=1)


def make_drivers(
    parameters: SimulationParameters,
    streets: pd.DataFrame,
    days: pd.DataFrame,
    weather: pd.DataFrame,
    events: pd.DataFrame,
    rng: np.random.Generator,
    profiles_rng: np.random.Generator,
) -> Drivers:
    """Draw mixtures, levels, drifts and regimes of all zones, and multiply the true rate out.

    `profiles_rng` draws the zones' own profiles, so that towns of all structures share the rest.
    """
    zones, weeks = parameters.zones, parameters.weeks
    mixture = kind_mixture(parameters.structure, streets, rng)
    demand = kind_demand(days, weather)
    far = np.hypot(streets["east"], streets["north"]).to_numpy()
    towards_centre = 1.0 - 2.0 * far / far.max()
    level = TYPICAL_LEVEL * np.exp(
        _CENTRE_EFFECT * towards_centre + rng.normal(0.0, parameters.level_spread, zones)
    )
    drift = np.cumsum(rng.normal(0.0, parameters.weekly_drift, (zones, weeks)), axis=1)
    cells = np.exp(rng.normal(0.0, parameters.cell_spread, (zones, HOURS_PER_WEEK)))
    regime_week, regime_factor = _regimes(parameters, rng)
    jumped = (regime_week[:, None] >= 0) & (np.arange(weeks) >= regime_week[:, None])
    weekly = level[:, None] * np.exp(drift) * np.where(jumped, regime_factor[:, None], 1.0)
    profiles = own_profiles(parameters.structure, zones, profiles_rng)
    rates = np.tensordot(mixture, demand, axes=1)
    own = None
    if profiles is not None:
        own = (own_demand(profiles, mixture, days, weather) / rates).astype(np.float32)
        rates *= own
    rates *= weekly[:, :, None] * cells[:, None, :]
    _apply_events(rates, events)
    rates /= 1.0 + rates / _MOST_PER_HOUR
    return Drivers(
        rates.astype(np.float32), mixture, demand, level, regime_week, regime_factor, own
    )


def kind_demand(days: pd.DataFrame, weather: pd.DataFrame) -> np.ndarray:
    """Intensity of each kind, (kind, week, hour_of_week): profile x weather x holidays x season."""
    shape = (len(days) // 7, HOURS_PER_WEEK)
    wetness, warmth = _wetness_and_warmth(weather)
    month = np.array([date.month for date in days["date"]])
    demand = np.empty((len(kinds.KINDS), *shape))
    for position, kind in enumerate(kinds.KINDS):
        daily = (
            np.where(days["school_holiday"], kind.school_holiday, 1.0)
            * np.where(days["public_holiday"], kind.public_holiday, 1.0)
            * np.where(month == 8, kind.august, 1.0)
            * np.where(month == 12, kind.december, 1.0)
        )
        hourly = np.repeat(daily, 24) * np.exp(kind.rain * wetness + kind.warmth * warmth)
        demand[position] = kind.profile() * hourly.reshape(shape)
    return demand


def own_demand(
    profiles: np.ndarray, mixture: np.ndarray, days: pd.DataFrame, weather: pd.DataFrame
) -> np.ndarray:
    """Intensity of each zone by its own profile (zone, 168), (zone, week, hour_of_week).

    Season, holidays and weather act on all hours of a zone alike, as on the geometric mean of its
    kinds of drivers: acting on each kind's hours they would bring the classes back.
    """
    month = np.array([date.month for date in days["date"]])
    daily = [days["school_holiday"], days["public_holiday"], month == 8, month == 12]
    hourly = [np.repeat(np.asarray(flag, dtype=float), 24) for flag in daily]
    circumstances = np.stack([*hourly, *_wetness_and_warmth(weather)])
    response = np.exp(mixture @ kinds.log_effects() @ circumstances)
    return profiles[:, None, :] * response.reshape(len(profiles), -1, HOURS_PER_WEEK)


def _wetness_and_warmth(weather: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Hourly wetness, 0 to 1, and degrees above 12, bounded."""
    wetness = np.minimum(weather["rain"].to_numpy(), 3.0) / 3.0
    return wetness, np.clip(weather["temperature"].to_numpy() - 12.0, -10.0, 15.0)


def _regimes(parameters: SimulationParameters, rng: np.random.Generator):
    """When the level of a zone jumps (-1: never) and by how much, half up and half down."""
    zones, weeks = parameters.zones, parameters.weeks
    changed = rng.permutation(zones)[: round(parameters.regime_share * zones)]
    week = np.full(zones, -1)
    factor = np.ones(zones)
    week[changed] = rng.integers(
        int(0.4 * weeks), max(int(0.4 * weeks) + 1, int(0.65 * weeks)), len(changed)
    )
    factor[changed] = np.where(np.arange(len(changed)) % 2 == 0, 2.0, 1.0 / 2.5)
    return week, factor


def _apply_events(rates: np.ndarray, events: pd.DataFrame) -> None:
    """Multiply the rates (in place) of the zone-hours of works and fairs."""
    flat = rates.reshape(len(rates), -1)
    changing = events[events["factor"] != 1.0]
    for event in changing.itertuples():
        flat[event.zone, event.first_hour : event.last_hour] *= event.factor
