"""Who decides where patrols go: habit, past counts, the model, or one who knows the truth.

All but habit hand a worth of every zone-hour to the project's own planner, under the same rules; a
visit counts alike wherever it is, so that what is compared is what they know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, Town, fit, predict
from infraction_model.latent_class.model import LatentClassParameters
from infraction_model.patrol.allocation import RuleParameters, Task, plan_week
from infraction_model.patrol.exploration import ExploreParameters
from infraction_model.patrol.routing import RoutingParameters
from infraction_model.patrol.shifts import MINUTE, Shift
from infraction_model.patrol.travel import Travel, TravelParameters
from infraction_model.patrol.visits import VisitParameters, Worth
from infraction_model.teaching import ForecastParameters
from infraction_model.timegrid import HOURS_PER_WEEK
from loop.town import VISIT, WEEK, LoopTown, Records, Turn, visits_of

GAP = ForecastParameters().gap
"""Whole weeks between what is known and the week planned, for every policy."""

FORECAST = ForecastParameters(
    gap=GAP, latent_class=LatentClassParameters(sweeps=40, refresh_sweeps=3)
)
"""As shipped, but for fewer rounds of the latent-class model, a third quicker and no worse here."""

_ANYWHERE = 1e-6
"""Worth of a zone-hour of which a count says nothing, so that no hour on duty stays idle."""

RULES = RuleParameters(coverage_weeks=None, most_visits_a_day=3, most_visits_a_week=15)
"""Looser than the default, so that a policy can concentrate as a town without rules would."""


@dataclass(frozen=True)
class Settings:
    """What all runs share: the estimator that is retrained, and the seed of the draws."""

    estimator: EstimatorParameters
    seed: int


Policy = Callable[[LoopTown, Records, int, Settings], pd.DataFrame]
"""Where the patrols of a week go; of the records it may use what was known GAP weeks before."""


def habit(town: LoopTown, records: Records, week: int, settings: Settings) -> pd.DataFrame:
    """Officers go on with their rounds."""
    zones = [town.habit[position] for position in town.by_week.get(week, [])]
    return visits_of(town.turns_of(week), zones)


def counts_top(town: LoopTown, records: Records, week: int, settings: Settings) -> pd.DataFrame:
    """Each visit where most fines were written at that hour of the week; how often one looked
    is left out. Of zones alike there, the one with more fines in all."""
    score = _score(records.known_counts(week - GAP))
    return _each_visit(town, week, lambda hour: int(score[:, hour].argmax()))


def counts_share(town: LoopTown, records: Records, week: int, settings: Settings) -> pd.DataFrame:
    """Each visit drawn in proportion to the fines written at that hour of the week, as from an urn
    (Ensign et al., 2018); at an hour without any, to those of all hours."""
    cells = records.known_counts(week - GAP)
    cells = np.where(cells.sum(axis=0) > 0, cells, cells.sum(axis=1, keepdims=True))
    ends = np.cumsum(cells, axis=0) / cells.sum(axis=0)
    rng = np.random.default_rng([settings.seed, week, 1])
    return _each_visit(
        town, week, lambda hour: int(np.searchsorted(ends[:, hour], rng.random(), side="right"))
    )


def counts_planned(town: LoopTown, records: Records, week: int, settings: Settings) -> pd.DataFrame:
    """The same counts handed to the planner, so that only what is known differs from the model."""
    # far below one, where the worth of a visit is in proportion to the score
    rate = 0.01 * _share(_score(records.known_counts(week - GAP)))
    return _planned(town, rate, None, week, ExploreParameters(0.0))


def greedy(town: LoopTown, records: Records, week: int, settings: Settings) -> pd.DataFrame:
    """Where the model, trained on what these patrols found, expects most."""
    rate, _ = _forecast(town, records, week, settings)
    return _planned(town, rate, None, week, ExploreParameters(0.0))


def explore(town: LoopTown, records: Records, week: int, settings: Settings) -> pd.DataFrame:
    """The same, a tenth of the visits drawn where the model is unsure; no other rule."""
    rate, upper = _forecast(town, records, week, settings)
    drawn = ExploreParameters(seed=settings.seed)
    return _planned(town, rate, upper, week, drawn)


def oracle(town: LoopTown, records: Records, week: int, settings: Settings) -> pd.DataFrame:
    """Where the truth says that most is found that week."""
    return _planned(town, town.rates(week), None, week, ExploreParameters(0.0))


POLICIES: dict[str, Policy] = {
    "habit": habit,
    "counts_top": counts_top,
    "counts_share": counts_share,
    "counts_planned": counts_planned,
    "greedy": greedy,
    "explore": explore,
    "oracle": oracle,
}


def _score(cells: np.ndarray) -> np.ndarray:
    """Counts, and where they are alike the zone's own, worth less than one fine."""
    return cells + 0.5 * _share(cells.sum(axis=1, keepdims=True)) + _ANYWHERE


def _each_visit(town: LoopTown, week: int, choose: Callable[[int], int]) -> pd.DataFrame:
    """Patrols that go visit by visit where `choose` says for the hour of the week."""
    turns = town.turns_of(week)
    zones = [
        np.array(
            [choose((turn.start + VISIT * n) // 60 % HOURS_PER_WEEK) for n in range(turn.visits)]
        )
        for turn in turns
    ]
    return visits_of(turns, zones)


def _share(values: np.ndarray) -> np.ndarray:
    return values / max(values.max(), 1.0)


def _forecast(
    town: LoopTown, records: Records, week: int, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Expected finds per hour and the upper end of their interval, (zones, 168) each.

    Trained anew, on all that was known at the origin.
    """
    panel, origin = records.panel(), town.history.first_week + week - GAP
    about = Town("recorded", CalendarParameters(school_zone="B"))
    models = fit(panel, origin, about, [settings.estimator], FeatureParameters(), FORECAST)
    [made] = predict(models, panel, origin)
    rate, upper = np.zeros((2, town.zones, HOURS_PER_WEEK))
    row = pd.Index(town.history.streets["zone_id"]).get_indexer(made.zones["zone_id"])
    rate[row], upper[row] = made.expected, made.upper
    return rate, upper


def _planned(
    town: LoopTown,
    rate: np.ndarray,
    upper: np.ndarray | None,
    week: int,
    draw: ExploreParameters,
) -> pd.DataFrame:
    """The patrols of a week by the project's planner, in the turns of duty of that week.

    Of places nothing is told to it, so that it fills the turns without looking for routes.
    """
    zone_ids = town.history.streets["zone_id"].tolist()
    turns = town.turns_of(week)
    shifts = tuple(
        Shift(f"{number}", f"{turn.officer}", *_seconds(turn, week))
        for number, turn in enumerate(turns)
    )
    nowhere = pd.DataFrame({"zone_id": zone_ids, "lon": np.nan, "lat": np.nan})
    ones = np.ones(town.zones)
    recovery = VisitParameters().recovery_hours
    worth = Worth(rate, ones, 0 * ones, VISIT * MINUTE, recovery)
    task = Task(
        zone_ids=zone_ids,
        worth=worth,
        upper=replace(worth, rate=rate if upper is None else upper),
        days_since_visit=0 * ones,
        shifts=shifts,
        travel=Travel(nowhere, shifts, TravelParameters(unknown_minutes=0.0)),
        week=town.history.first_week + week,
    )
    plan = plan_week(task, RULES, draw, RoutingParameters(iterations=0))
    start = np.array([visit.arrive for visit in plan.visits], dtype=np.int64) // MINUTE
    shift = np.array([visit.shift for visit in plan.visits], dtype=np.int64)
    officer = np.array([turn.officer for turn in turns], dtype=np.int64)
    frame = pd.DataFrame(
        {
            "zone": np.array([visit.zone for visit in plan.visits], dtype=np.int64),
            "officer": officer[shift],
            "start": start + week * WEEK,
            "end": start + week * WEEK + VISIT,
            "drawn": np.array([visit.purpose == "explore" for visit in plan.visits], dtype=bool),
        }
    )
    return frame.sort_values(["start", "officer"], kind="stable", ignore_index=True)


def _seconds(turn: Turn, week: int) -> tuple[int, int]:
    start = (turn.start - week * WEEK) * MINUTE
    return start, start + turn.visits * VISIT * MINUTE
