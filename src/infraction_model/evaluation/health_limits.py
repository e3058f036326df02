"""From when on a figure of the data's health is a warning, and from when on an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Interval

Level = Literal["ok", "warning", "alarm"]
Share = Annotated[float, Interval(gt=0, le=1)]


@dataclass(frozen=True)
class HealthParameters:
    """From when on a figure is a warning, and from when on an alarm.

    `recent_weeks` are compared with the `reference_weeks` before them, of which `least_weeks` must
    be there. `fresh_*`: days by which the last record may be older than usual. `missing_days_*`:
    how likely so many days without a record must be to pass, and how many are an alarm; a weekday
    counts where a share of `usual_day` of them has some. `volume_*`: times too many or too few,
    beyond `chance` standard deviations of the weeks before. `zone_fines`: recent fines from which a
    new zone counts. `share_*`: rise of a share, or share of what is new or gone. `rows_lost_*`:
    share of an export's rows that is no longer there. `emptied_*`: share of its usual filling that
    a column has kept.
    """

    recent_weeks: Annotated[int, Ge(1)] = 4
    reference_weeks: Annotated[int, Ge(8)] = 26
    least_weeks: Annotated[int, Ge(4)] = 8
    fresh_warning: Annotated[float, Gt(0)] = 2.0
    fresh_alarm: Annotated[float, Gt(0)] = 7.0
    missing_days_chance: Share = 0.1
    missing_days_alarm: Annotated[int, Ge(1)] = 5
    usual_day: Share = 0.9
    volume_warning: Annotated[float, Gt(1)] = 2.0
    volume_alarm: Annotated[float, Gt(1)] = 4.0
    chance: Annotated[float, Gt(0)] = 3.0
    zone_fines: Annotated[int, Ge(1)] = 5
    share_warning: Share = 0.1
    share_alarm: Share = 0.3
    rows_lost_warning: Share = 0.05
    rows_lost_alarm: Share = 0.2
    emptied_warning: Share = 0.5
    emptied_alarm: Share = 0.05


def level_of(value: float, warning: float, alarm: float) -> Level:
    """The level of a figure that is bad when high."""
    return "alarm" if value >= alarm else "warning" if value >= warning else "ok"


def rise_level(share: float, usual: float, count: float, parameters: HealthParameters) -> Level:
    """The level of a share that rose, where the rise is more than chance.

    Records come in clusters: chance is that of a quarter as many draws.
    """
    chance = np.sqrt(max(usual * (1 - usual), 0.01) / max(count / 4, 1.0))
    if share - usual <= parameters.chance * chance:
        return "ok"
    return level_of(share - usual, parameters.share_warning, parameters.share_alarm)
