"""What leakage would claim: the model judged on a random split of zone-hours. Never a result.

Two habits of notebooks. A random split lets the judged weeks teach: half of their zone-hours train
the model that the other half judges. Features of the whole history (mean rates computed before the
split) hold the answers themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from infraction_model.asof import completeness
from infraction_model.estimators.design import Design
from infraction_model.evaluation.folds import known_at_once
from infraction_model.evaluation.held_out import cell_of, zone_hours
from infraction_model.features.matrix import FeatureParameters, matrix
from infraction_model.forecast import EstimatorParameters, ForecastParameters, Town, make_estimator
from infraction_model.panel import Panel
from infraction_model.teaching import draw_snapshots, known_panel, learn_design


@dataclass(frozen=True)
class LeakyClaims:
    """Log loss on the judged weeks that a random split would claim, nats per zone-hour.

    `random_split`: features as known at each week's own origin; `whole_history`: features of all
    weeks, the judged ones included.
    """

    random_split: float
    whole_history: float


def leaky_claims(
    panel: Panel,
    targets: Sequence[int],
    town: Town,
    estimator: EstimatorParameters,
    features: FeatureParameters,
    parameters: ForecastParameters,
    seed: int = 1,
) -> LeakyClaims:
    """Fit and judge `estimator` on random halves of the weeks `targets`, all records known at once.

    Each half of the judged zone-hours is predicted by a model that all other zone-hours taught.
    """
    known_at_end = known_at_once(panel)
    origin = max(targets) + 1
    known = known_panel(known_at_end, origin, town, parameters)
    names = make_estimator(estimator, features).needs
    design = learn_design(known, origin, town, names, parameters)
    leaky = replace(design, features=_of_whole_history(known, origin, town, design, parameters))
    return LeakyClaims(
        *(_cross_fitted(one, targets, estimator, features, seed) for one in (design, leaky))
    )


def _cross_fitted(
    design: Design,
    targets: Sequence[int],
    estimator: EstimatorParameters,
    features: FeatureParameters,
    seed: int,
) -> float:
    """Log loss of both halves of the judged zone-hours together."""
    cell = cell_of(design)
    half = np.random.default_rng(seed).integers(0, 2, cell.max() + 1)[cell]
    judged = np.isin(design.week, list(targets))
    expected, variation = np.zeros(len(design)), None
    for number in (0, 1):
        tested = judged & (half == number)
        fitted = make_estimator(estimator, features).fit(design.take(~tested))
        test = design.take(tested)
        expected[tested] = test.exposure * fitted.rate(test.features, test.names)
        own = fitted.variation(test.features, test.names)
        if own is not None:
            variation = np.zeros(len(design)) if variation is None else variation
            variation[tested] = own
    known_to_vary = None if variation is None else variation[judged]
    found = zone_hours(design.take(judged), expected[judged], known_to_vary)
    return float(np.average(found.losses, weights=found.weight))


def _of_whole_history(
    known: Panel, origin: int, town: Town, design: Design, parameters: ForecastParameters
) -> np.ndarray:
    """The design's features as they would be if history had been added up before any split."""
    curve = completeness(known.fines, origin)
    [end] = draw_snapshots(known, town, curve, [origin], parameters)
    values = np.empty_like(design.features)
    for week in np.unique(design.week):
        rows = np.flatnonzero(design.week == week)
        asked = replace(end, target=int(week), cache={})
        values[rows] = matrix(asked, design.names, design.zone[rows], design.hour_of_week[rows])
    return values
