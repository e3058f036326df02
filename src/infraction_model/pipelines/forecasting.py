"""What train, backtest and score share: the town's panel, its origin, a forecast's settings."""

from __future__ import annotations

import datetime as dt

from infraction_model.errors import ConfigError
from infraction_model.exposure import ExposureParameters
from infraction_model.forecast import Town
from infraction_model.panel import Panel
from infraction_model.pipelines.town import TownData
from infraction_model.timegrid import week_starting


def origin_week(origin: dt.date | None, panel: Panel) -> int:
    """The origin asked for, or the Monday after the last whole week; ConfigError if none."""
    return panel.end_week if origin is None else week_starting(origin)


def town_of(data: TownData, exposure: ExposureParameters, panel: Panel) -> Town:
    """What a forecast must know of the town; raises ConfigError where a patrol log is lacking."""
    if exposure.kind == "recorded" and panel.patrols.empty:
        raise ConfigError(
            "exposure=recorded needs a patrol log, but the panel holds no patrol. "
            "Map one under data.patrols and ingest again, or give exposure=none."
        )
    return Town(basis=exposure.kind, calendar=data.calendar, min_fines=data.min_fines)
