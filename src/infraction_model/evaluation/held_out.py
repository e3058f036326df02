"""The rows an estimator did not learn from, judged as weeks of a backtest are.

Held-out weeks lie before the origin and set the length and level of the fit, so they flatter a
little; a backtest does not. They cost nothing, and every trained model has them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraction_model.estimators.design import Design, chance
from infraction_model.evaluation import reliability
from infraction_model.evaluation.backtest import Fold
from infraction_model.evaluation.groups import GROUPINGS, History, classify
from infraction_model.evaluation.metrics import losses
from infraction_model.exposure import Basis


@dataclass(frozen=True)
class ZoneHours:
    """Rows of a design as zone-hours, one value each.

    `probability` of at least one event in the `expected` events; `weight` as drawn.
    """

    week: np.ndarray
    zone: np.ndarray
    hour_of_week: np.ndarray
    hit: np.ndarray
    expected: np.ndarray
    probability: np.ndarray
    weight: np.ndarray

    @property
    def losses(self) -> np.ndarray:
        """Log loss of the probability, nats."""
        return losses(self.hit, self.probability)

    def take(self, rows: np.ndarray) -> ZoneHours:
        """The zone-hours under a mask."""
        return ZoneHours(**{name: values[rows] for name, values in vars(self).items()})


def cell_of(design: Design) -> np.ndarray:
    """The zone-hour of each row, numbered from 0; vehicles checked make several rows of one."""
    key = (design.week.astype(np.int64) << 40) + (design.zone.astype(np.int64) << 8)
    return np.unique(key + design.hour_of_week, return_inverse=True)[1]


def zone_hours(
    rows: Design, expected: np.ndarray, variation: np.ndarray | None = None
) -> ZoneHours:
    """Rows of a design with their expected events, added up to zone-hours.

    `variation` is the relative variance of each row's rate, if known: that of its zone-hour.
    """
    _, first, position = np.unique(cell_of(rows), return_index=True, return_inverse=True)
    total = np.bincount(position, expected)
    return ZoneHours(
        week=rows.week[first],
        zone=rows.zone[first],
        hour_of_week=rows.hour_of_week[first],
        hit=np.bincount(position, rows.hit) > 0,
        expected=total,
        probability=chance(total, 1.0, None if variation is None else variation[first]),
        weight=rows.weight[first],
    )


def held_out_folds(
    kind: str,
    zone_ids: pd.Series,
    rows: Design,
    rate: np.ndarray,
    variation: np.ndarray | None,
    known: History,
    basis: Basis,
) -> list[Fold]:
    """One fold per held-out week: the sums of log loss and calibration, none of lists.

    `zone_ids` name the zones of `rows`; `rate` and `variation` are those of each row. Zone-hours
    that were drawn with probability p count 1 / p (Horvitz and Thompson, 1952).
    """
    groups = classify(known.of(zone_ids), basis)
    judged = zone_hours(rows, rows.exposure * rate, variation)
    weeks = [int(week) for week in np.unique(judged.week)]
    return [
        _fold(kind, week, zone_ids.to_numpy(), judged.take(judged.week == week), groups)
        for week in weeks
    ]


def _fold(
    kind: str, week: int, zone_ids: np.ndarray, judged: ZoneHours, groups: dict[str, np.ndarray]
) -> Fold:
    def by_zone(values: np.ndarray) -> np.ndarray:
        return np.bincount(judged.zone, judged.weight * values, minlength=len(zone_ids))

    probability = judged.probability
    groupings = [(np.zeros(len(judged.zone), np.uint8), 1)]
    for name, members in GROUPINGS.items():
        groupings.append((groups[name][judged.zone, judged.hour_of_week], len(members)))
    values = {"loss": judged.losses, "fines": judged.hit}
    return Fold(
        estimator=kind,
        origin=week,
        target=week,
        zone_ids=zone_ids,
        sums={
            "zone_hours": by_zone(np.ones(len(probability))),
            "hits": by_zone(judged.hit),
            "probability": by_zone(probability),
            "loss": by_zone(judged.losses),
        },
        group_sums={
            key: np.concatenate(
                [np.bincount(code, judged.weight * v, minlength=size) for code, size in groupings]
            )
            for key, v in values.items()
        },
        reliability=reliability.fine_tables(judged.hit, probability, groupings, judged.weight),
        curve=np.zeros(0),
        figures={},
    )
