"""What a made town is like: its size, its changes, its patrols, and how messy its exports are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from infraction_model.simulation.structures import Structure

Count = Annotated[int, Ge(0)]
Share = Annotated[float, Interval(ge=0.0, le=1.0)]
Spread = Annotated[float, Interval(ge=0.0, le=3.0)]


@dataclass(frozen=True)
class SimulationParameters:
    """A made town.

    `structure` is what the weeks of its zones have in common: `classes`, each led by one kind of
    driver, `soft` mixtures of many kinds, `low_rank` (few shared patterns), or `free` (each zone a
    profile of its own). Officers are on patrol on `duty_share` of their usual days; with
    `habit_change` their rounds, favourite zones and hours are drawn anew for the second half.

    Shares are of the town's fines unless said otherwise; spreads are of log rates.

    `level_spread` is between zones, `cell_spread` between the 168 hours of a zone around its
    drivers' profile, `weekly_drift` the step of a zone's level from one week to the next. A zone
    with a change of regime (`regime_share` of the zones) doubles or falls to 1/2.5 near half-way.
    Where that level doubles, 2 ** `parking_follows` times as many cars come.
    `metered_weeks` is how many of the last weeks have payments, bay events and, in
    `footfall_zones`, counts of passers-by, and `walked_counts` counts of the cars in `walked_zones`
    of the paid zones. From half-way through them on, `lapse_share` of the payers in `lapse_zones`
    of the paid zones no longer pay.
    """

    name: str = "Saint-Martin-en-Vallois"
    seed: Count = 20240101
    zones: Annotated[int, Interval(ge=8, le=2000)] = 120
    weeks: Annotated[int, Interval(ge=4, le=600)] = 104
    first_monday: dt.date = dt.date(2023, 1, 2)
    structure: Structure = "classes"
    officers: Annotated[int, Interval(ge=1, le=200)] = 10
    visit_minutes: Annotated[float, Interval(ge=8.0, le=45.0)] = 18.0
    duty_share: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0
    habit_change: bool = False
    level_spread: Spread = 0.6
    cell_spread: Spread = 0.3
    weekly_drift: Spread = 0.04
    regime_share: Share = 0.12
    located_share: Share = 0.5
    misspelt_share: Share = 0.4
    late_share: Share = 0.03
    repeated_share: Share = 0.01
    outside_share: Share = 0.005
    unreadable_share: Share = 0.0004
    metered_weeks: Annotated[int, Ge(1)] = 26
    parking_follows: Share = 0.0
    sensor_zones: Count = 4
    walked_zones: Count = 6
    walked_counts: Count = 40
    footfall_zones: Count = 8
    lapse_share: Share = 0.0
    lapse_zones: Share = 0.3
