"""Rolling origins: each past week predicted from what was known when it was planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge

from infraction_model.errors import NotEnoughDataError
from infraction_model.exposure import Basis, Presences
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.snapshot import cell_events, exposed_hours
from infraction_model.forecast import (
    EstimatorParameters,
    Forecast,
    Forecaster,
    ForecastParameters,
    Town,
    fit,
    predict,
)
from infraction_model.memory import FORGETFUL, Memory
from infraction_model.panel import Panel
from infraction_model.timegrid import HOURS_PER_WEEK, monday


@dataclass(frozen=True)
class FoldParameters:
    """The weeks predicted: the last `weeks` before the origin, a refit every `refit_every`.

    The newest `settle_weeks` before the origin are left out, for their records to come in.
    `also_hindsight`: judge once more as if every record had been known at once. `random_split`:
    show beside it what a random split of zone-hours would have claimed.
    """

    weeks: Annotated[int, Ge(1)] = 4
    settle_weeks: Annotated[int, Ge(0)] = 0
    refit_every: Annotated[int, Ge(1)] = 4
    also_hindsight: bool = False
    random_split: bool = True

    def targets(self, origin: int) -> range:
        """The target weeks before an origin."""
        last = origin - self.settle_weeks
        return range(last - self.weeks, last)


@dataclass(frozen=True)
class Outcome:
    """What was found in one target week, on the zones of a forecast: arrays (zones, 168)."""

    hit: np.ndarray
    fines: np.ndarray
    hours: np.ndarray

    @property
    def exposed(self) -> np.ndarray:
        return self.hours > 0


@dataclass(frozen=True)
class PredictedWeek:
    """One target week: every estimator's forecast of it, by name, and what was found."""

    origin: int
    target: int
    forecasts: dict[str, Forecast]
    outcome: Outcome


def predicted_weeks(
    panel: Panel,
    origin: int,
    town: Town,
    estimators: dict[str, EstimatorParameters],
    features: FeatureParameters,
    parameters: ForecastParameters,
    folds: FoldParameters,
    progress: Callable[[str], None] = lambda text: None,
) -> Iterator[PredictedWeek]:
    """Predict the weeks before `origin` with every estimator, each week from its own origin.

    One week at a time, because forecasts of a large town are large. Forecasts see only what was
    known at their own origin; outcomes are all the panel holds by now. Weeks in which nobody
    patrolled cannot be judged and are left out, as `progress` says; raises NotEnoughDataError
    where none remains.
    """

    def fitted(planned: int) -> dict[str, Forecaster]:
        progress(f"fitting {len(estimators)} estimators as of {monday(planned)}")
        found = fit(panel, planned, town, list(estimators.values()), features, parameters)
        return dict(zip(estimators, found, strict=True))

    yield from predicted_by(fitted, panel, origin, parameters.gap, folds, progress)


def predicted_by(
    fitted: Callable[[int], dict[str, Forecaster]],
    panel: Panel,
    origin: int,
    gap: int,
    folds: FoldParameters,
    progress: Callable[[str], None] = lambda text: None,
    memory: Memory = FORGETFUL,
) -> Iterator[PredictedWeek]:
    """As predicted_weeks, with the forecasters that `fitted` gives by name at each refit's origin.

    They are all of one town and of this gap. `memory` of this panel keeps what weeks ask.
    """
    named: dict[str, Forecaster] = {}
    judged = 0
    for number, target in enumerate(folds.targets(origin)):
        planned = target - gap
        if number % folds.refit_every == 0:
            named = fitted(planned)
        progress(f"predicting the week of {monday(target)}")
        forecasts = _forecasts(named, panel, planned, memory)
        first = next(iter(named))
        found = outcome(panel, named[first].town.basis, forecasts[first])
        if not found.exposed.any():
            progress(f"the week of {monday(target)} has no patrol and is not judged")
            continue
        judged += 1
        yield PredictedWeek(planned, target, forecasts, found)
    if not judged:
        raise NotEnoughDataError(
            f"nobody patrolled in the {folds.weeks} weeks before "
            f"{monday(folds.targets(origin).stop)}, so nothing can be judged. Give an earlier "
            "origin, or check how far the patrol log reaches."
        )


def _forecasts(
    named: dict[str, Forecaster], panel: Panel, planned: int, memory: Memory
) -> dict[str, Forecast]:
    """Every forecaster's forecast; those with the same settings share a snapshot."""
    found: dict[str, Forecast] = {}
    for settings in dict.fromkeys(one.parameters for one in named.values()):
        alike = [name for name, one in named.items() if one.parameters == settings]
        forecasts = predict([named[name] for name in alike], panel, planned, memory=memory)
        found.update(zip(alike, forecasts, strict=True))
    return {name: found[name] for name in named}


def outcome(panel: Panel, basis: Basis, forecast: Forecast) -> Outcome:
    """What the panel knows of a forecast's target week, zone by zone as the forecast has them."""
    wanted = panel.zones["zone_id"].isin(forecast.zones["zone_id"])
    panel = panel.select(wanted.to_numpy())
    shape = (len(forecast.zones), HOURS_PER_WEEK)
    events, fines = np.zeros(shape), np.zeros(shape)
    found = cell_events(panel, basis)
    found = found[found["week"] == forecast.target]
    np.add.at(events, (found["zone"], found["hour_of_week"]), found["events"])
    np.add.at(fines, (found["zone"], found["hour_of_week"]), found["fines"])
    hours = np.broadcast_to(exposed_hours(panel, basis, forecast.target), shape)
    return Outcome(hit=events > 0, fines=fines, hours=hours)


def known_at_once(panel: Panel) -> Panel:
    """The panel as if every record had been known in its own week: with hindsight."""
    keys = ["zone", "week", "hour_of_week", "delay", "category"]
    added = _at_once(panel.fines).groupby(keys, sort=True)["fines"].sum()
    told = panel.presences
    return replace(
        panel,
        fines=added.astype(panel.fines["fines"].dtype).reset_index(),
        patrols=_at_once(panel.patrols),
        presences=Presences(_at_once(told.hours), _at_once(told.finds)),
    )


def _at_once(records: pd.DataFrame) -> pd.DataFrame:
    return records.assign(delay=np.zeros(len(records), records["delay"].dtype))
