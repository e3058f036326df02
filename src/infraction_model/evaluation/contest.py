"""Challenger and champion on the same past weeks, and the challenger as it would score today.

A model cannot be judged on weeks it learnt from. Where a bundle was trained later than the first
week was planned, its recipe (estimator, features, settings) is fitted again as of then and judged
in its stead; the bundle itself is held to what its recipe gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from infraction_model.asof import completeness, completeness_at
from infraction_model.errors import NotEnoughDataError
from infraction_model.estimators.baselines import ConstantParameters, EmpiricalBayesParameters
from infraction_model.estimators.intervals import HIGHEST
from infraction_model.evaluation.backtest import Fold, Judge
from infraction_model.evaluation.folds import FoldParameters, PredictedWeek, predicted_by
from infraction_model.evaluation.gates import (
    BAYES,
    BUNDLE,
    CHALLENGER,
    CHAMPION,
    CONSTANT,
    GateParameters,
    GateResult,
    Verdict,
    features_gate,
    few_weeks,
    fold_gates,
    level_gate,
    rolled_back_gate,
)
from infraction_model.evaluation.groups import history
from infraction_model.features.known_context import COUNTS, WEATHER
from infraction_model.features.matrix import FeatureParameters
from infraction_model.features.snapshot import cell_events, exposed_hours
from infraction_model.forecast import (
    EstimatorParameters,
    Forecast,
    Forecaster,
    ForecastParameters,
    Town,
    features_of,
    fit,
    predict,
)
from infraction_model.panel import Panel
from infraction_model.schema import OCCUPANCY
from infraction_model.timegrid import HOURS_PER_WEEK, monday


@dataclass(frozen=True)
class _Recipe:
    """All that a fit takes besides the panel, its origin and the town."""

    estimator: EstimatorParameters
    features: FeatureParameters
    parameters: ForecastParameters


def judge(
    panel: Panel,
    origin: int,
    challenger: Forecaster,
    champion: Forecaster | None,
    parameters: GateParameters,
    rolled_back: str | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Verdict:
    """Ask every gate whether `challenger` may take the place of `champion` (None: there is none).

    Nothing known at or after `origin` is read. `rolled_back` is the reason for which this very
    bundle was taken out of service before, None if it never was. Too little history to judge by
    refuses under the name of the gate "weeks".
    """
    town = challenger.town
    panel = panel.seen_through(town.basis, town.vehicles_per_hour).as_of(origin)
    results = [rolled_back_gate(rolled_back)]
    try:
        folds = contest(panel, origin, challenger, champion, parameters, progress)
    except NotEnoughDataError as error:
        results.append(few_weeks(str(error)))
    else:
        gap = challenger.parameters.gap
        results += fold_gates(folds, town.basis, gap, parameters)
    results += _at_origin(panel, origin, challenger, parameters, progress)
    return Verdict(tuple(results))


def contest(
    panel: Panel,
    origin: int,
    challenger: Forecaster,
    champion: Forecaster | None,
    parameters: GateParameters,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Fold]:
    """Folds of the last weeks before `origin` by CHALLENGER, CHAMPION, BUNDLE and two baselines.

    BUNDLE is there where the challenger was fitted again. Raises NotEnoughDataError where history
    is too short to fit as of the first week, or nobody patrolled in any.
    """
    town, gap = challenger.town, challenger.parameters.gap
    curve = completeness(panel.as_of(origin).fines, origin)
    settle = int((curve < parameters.least_completeness).sum())
    folds = FoldParameters(parameters.folds, settle, refit_every=parameters.folds)
    planned = folds.targets(origin)[0] - gap

    def fitted(first: int) -> dict[str, Forecaster]:
        return _contenders(panel, first, town, challenger, champion, progress)

    judging = Judge(history(panel, town.basis, planned), town.basis)
    weeks = predicted_by(fitted, panel, origin, gap, folds, progress)
    return [fold for week in weeks for fold in judging.folds(_thinned(week, curve, origin))]


def _thinned(week: PredictedWeek, curve: np.ndarray, origin: int) -> PredictedWeek:
    """A week whose records have come in by a share: judged as if watched for that share of time.

    As for rows that teach (estimators.design.Design): to lose a share of Poisson events to delay is
    to have looked that much less.
    """
    share = float(completeness_at(curve, origin - 1 - week.target))
    return replace(week, outcome=replace(week.outcome, hours=week.outcome.hours * share))


def _contenders(
    panel: Panel,
    planned: int,
    town: Town,
    challenger: Forecaster,
    champion: Forecaster | None,
    progress: Callable[[str], None],
) -> dict[str, Forecaster]:
    """Who predicts from `planned` on, by name: as they are if old enough, else fitted again."""
    settings = challenger.parameters
    mine = _Recipe(challenger.estimator_parameters, features_of(challenger), settings)
    wanted = {
        CHALLENGER: mine,
        BAYES: replace(mine, estimator=EmpiricalBayesParameters()),
        CONSTANT: replace(mine, estimator=ConstantParameters()),
    }
    ready: dict[str, Forecaster] = {}
    if challenger.trained_origin <= planned:
        ready[CHALLENGER] = challenger
        del wanted[CHALLENGER]
    else:
        # it predicts weeks it knows: good enough to find out that it is not what it should be
        ready[BUNDLE] = replace(challenger, trained_origin=planned)
    if champion is not None:
        alike = champion.town == town and champion.parameters.gap == settings.gap
        if alike and champion.trained_origin <= planned:
            ready[CHAMPION] = champion
        else:
            wanted[CHAMPION] = _Recipe(
                champion.estimator_parameters,
                features_of(champion),
                replace(champion.parameters, gap=settings.gap),
            )
    named = ready | _fit_all(panel, planned, town, wanted, progress)
    if min(named[CHALLENGER].spread) >= HIGHEST > min(challenger.spread):
        # too little history before these weeks to tell how wide intervals must be: the bundle knows
        named[CHALLENGER] = replace(named[CHALLENGER], spread=challenger.spread)
    order = (CHALLENGER, CHAMPION, BAYES, CONSTANT, BUNDLE)
    return {name: named[name] for name in order if name in named}


def _fit_all(
    panel: Panel,
    planned: int,
    town: Town,
    wanted: dict[str, _Recipe],
    progress: Callable[[str], None],
) -> dict[str, Forecaster]:
    """Fit each recipe once; those with the same rows learn from one design."""
    recipes = dict.fromkeys(wanted.values())
    progress(f"fitting {len(recipes)} estimators as of {monday(planned)}")
    by_recipe: dict[_Recipe, Forecaster] = {}
    rows = {recipe: (recipe.features, recipe.parameters) for recipe in recipes}
    for features, settings in dict.fromkeys(rows.values()):
        alike = [recipe for recipe in recipes if rows[recipe] == (features, settings)]
        fitted = fit(panel, planned, town, [r.estimator for r in alike], features, settings)
        by_recipe.update(zip(alike, fitted, strict=True))
    return {name: by_recipe[recipe] for name, recipe in wanted.items()}


def _at_origin(
    panel: Panel,
    origin: int,
    challenger: Forecaster,
    parameters: GateParameters,
    progress: Callable[[str], None],
) -> list[GateResult]:
    """The gates that go by the challenger's own forecast of the next target week."""
    progress(f"forecasting the week of {monday(origin + challenger.parameters.gap)}")
    [forecast] = predict([challenger], panel, origin)
    expected, usual = levels(panel, origin, challenger, forecast, parameters)
    used = challenger.estimator.uses
    stale = stale_sources(panel, origin, used, parameters)
    return [
        features_gate(len(used), forecast.missing, stale, parameters),
        level_gate(expected, usual, parameters),
    ]


def levels(
    panel: Panel,
    origin: int,
    challenger: Forecaster,
    forecast: Forecast,
    parameters: GateParameters,
) -> tuple[float, float]:
    """Fines expected of a week of usual patrols, and those found in a usual week.

    Usual is the mean of the last `level_weeks` weeks of which enough records have come in, on the
    zones of the forecast, each brought to what it will be once all have; NaN where there is none.
    """
    basis = challenger.town.basis
    curve = completeness(panel.fines, origin)
    weeks = np.arange(max(panel.first_week, origin - parameters.level_weeks), origin)
    share = completeness_at(curve, origin - 1 - weeks)
    weeks, share = (values[share >= parameters.least_completeness] for values in (weeks, share))
    if not len(weeks):
        return float("nan"), float("nan")
    there = panel.select(panel.zones["zone_id"].isin(forecast.zones["zone_id"]).to_numpy())
    hours = sum(exposed_hours(there, basis, week) for week in weeks) / len(weeks)
    events = cell_events(there, basis).groupby("week")["fines"].sum()
    found = (events.reindex(weeks, fill_value=0).to_numpy() / share).mean()
    return float((forecast.expected * hours).sum()), float(found)


def stale_sources(
    panel: Panel, origin: int, used: tuple[str, ...], parameters: GateParameters
) -> dict[str, int]:
    """Measured sources that the model uses and that ended early: name -> weeks without a record.

    Weather, counts and occupancy go on week after week; works and markets come as they come and are
    not asked.
    """
    stale = {}
    for kind in (*WEATHER, *COUNTS, OCCUPANCY):
        known = panel.context.loc[panel.context["kind"] == kind, ["begin", "known_hour"]]
        if known.empty or not any(name.startswith(kind) for name in used):
            continue
        newest = int(known.min(axis=1).max()) // HOURS_PER_WEEK
        silent = origin - 1 - newest
        if silent >= parameters.stale_weeks:
            stale[kind] = silent
    return stale
