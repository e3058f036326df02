"""The alarm rule on made towns: false alarms in quiet weeks, and weeks until a change is found.

    python benchmarks/monitoring.py                    # six towns: quiet, and with each change
    python benchmarks/monitoring.py --seeds 1 2 --estimator exposure_gbm --processes 1

--keep FILE, then --kept FILE: the same weeks under another rule, in a second.

A town of two years is forecast week by week through its second year, as the weekly batch does: from
what was known a week ahead, with a model fitted anew every fourth week, and each week is judged on
the Monday after it, late records still missing. A change is made in what was found from some week
on, another one in each town: fines are thinned, or found again, in all zones or in a quarter of
them; patrols stay. Prints false alarms per 52 weeks, and in which week of a change it was found.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters
from infraction_model.evaluation.alarms import CHARTS, AlarmParameters, all_alarms, chart_points
from infraction_model.evaluation.monitoring import judge_week
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters, Town, fit, predict
from infraction_model.panel import Panel, build
from infraction_model.pipelines.score import scores_table
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import contract_tables
from infraction_model.simulation.town import simulate_truth
from infraction_model.timegrid import monday

TOWN = Town("recorded", CalendarParameters(school_zone="B"))
JUDGED = 52
REFIT = 4
WATCHED = 8


@dataclass(frozen=True)
class Change:
    """From the `at`-th judged week on, `factor` times as much is found in some zones."""

    factor: float
    share: float = 1.0
    at: int = 26

    @property
    def name(self) -> str:
        where = "all zones" if self.share == 1 else f"{self.share:.0%} of zones"
        return f"x{self.factor:g} in {where}"


CHANGES = (
    Change(0.5),
    Change(0.7),
    Change(1.3),
    Change(1.5),
    Change(2.0),
    Change(2.0, 0.25),
    Change(0.5, 0.25),
)


@dataclass(frozen=True)
class Year:
    """The judged weeks of one made town, what was changed in it, and the CPU seconds they took."""

    seed: int
    change: Change | None
    weeks: list[dict[str, Any]]
    seconds: float


def quiet_panel(seed: int, regime_share: float) -> Panel:
    """A made town of two years and one week, with no change but season, weather and drift."""
    parameters = SimulationParameters(weeks=2 * JUDGED + 1, regime_share=regime_share)
    tables = contract_tables(simulate_truth(parameters, seed))
    return build(tables.zones, tables.fines, tables.patrols)


def changed(panel: Panel, change: Change, seed: int) -> Panel:
    """The panel with a change: each fine stays, goes or is found twice, by chance."""
    rng = np.random.default_rng([seed, 7])
    week = panel.end_week - JUDGED + change.at
    zones = rng.permutation(len(panel.zones))[: round(change.share * len(panel.zones))]
    rows = panel.fines
    hit = (rows["week"] >= week) & rows["zone"].isin(zones)
    counts = rows["fines"].to_numpy().copy()
    if change.factor < 1:
        counts[hit] = rng.binomial(counts[hit], change.factor)
    else:
        counts[hit] += rng.binomial(counts[hit], change.factor - 1)
    kept = rows.assign(fines=counts.astype(rows["fines"].dtype))
    return replace(panel, fines=kept[kept["fines"] > 0].reset_index(drop=True))


def judged_weeks(
    panel: Panel, estimator: EstimatorParameters, numbers: range = range(JUDGED)
) -> list[dict[str, Any]]:
    """Some of the last year's weeks, published a week ahead and judged on the Monday after each."""
    settings = ForecastParameters()
    weeks, model = [], None
    for number in numbers:
        target = panel.end_week - JUDGED + number
        planned = target - settings.gap
        if model is None or number % REFIT == 0:
            fitted_at = planned - number % REFIT
            [model] = fit(panel, fitted_at, TOWN, [estimator], FeatureParameters(), settings)
        [forecast] = predict([model], panel, planned)
        scores = scores_table(forecast, model, panel.timezone, f"as-of-{monday(planned)}")
        weeks.append(judge_week(scores, panel, TOWN, planned, target + 1))
    return weeks


def town_years(
    seed: int, changes: tuple[Change, ...], kind: str, regime_share: float
) -> list[Year]:
    """One town's judged year without a change, and with each change up to WATCHED weeks after it.

    Weeks before a change are the same in both.
    """
    begun = time.process_time()
    panel = quiet_panel(seed, regime_share)
    estimator = next(one() for one in EstimatorParameters.__args__ if one().kind == kind)
    quiet = judged_weeks(panel, estimator)
    years = [Year(seed, None, quiet, time.process_time() - begun)]
    for kind_of_change in changes:
        change = replace(kind_of_change, at=12 + 5 * (seed % 6))
        begun = time.process_time()
        after = range(change.at, min(change.at + WATCHED, JUDGED))
        weeks = quiet[: change.at] + judged_weeks(changed(panel, change, seed), estimator, after)
        years.append(Year(seed, change, weeks, time.process_time() - begun))
    return years


def delay_of(weeks: list[dict[str, Any]], change: Change, parameters: AlarmParameters) -> int:
    """The week of a change, from 1, in which the first alarm came; 99 where none came."""
    by_week = {week["target_week"]: number for number, week in enumerate(weeks)}
    later = [by_week[row["target_week"]] - change.at for row in all_alarms(weeks, parameters)]
    return min([number + 1 for number in later if number >= 0], default=99)


def report(years: list[Year], rule: AlarmParameters) -> None:
    """Print false alarms and delays."""
    quiet = [year.weeks for year in years if year.change is None]
    found = Counter(row["name"] for weeks in quiet for row in all_alarms(weeks, rule))
    print(f"quiet years: {len(quiet)}; false alarms: {sum(found.values())} {dict(found)}")
    for chart in CHARTS:
        each = [
            chart_points([week for week in weeks if week["judged"]], chart, rule) for weeks in quiet
        ]
        scores = np.array([point.score for points in each for point in points])
        worst = [round(max(max(point.sums.values()) for point in points), 2) for points in each]
        print(f"  {chart}: scores {scores.mean():+.2f} ± {scores.std():.2f}, largest sums {worst}")
    rows = []
    changed_years = [year for year in years if year.change is not None]
    for name in dict.fromkeys(year.change.name for year in changed_years):
        own = [year for year in changed_years if year.change.name == name]
        delays = [delay_of(year.weeks, year.change, rule) for year in own]
        rows.append({"change": name, "found in week": delays})
    if rows:
        print(pd.DataFrame(rows).to_string(index=False))
    print(f"CPU seconds a quiet year: {np.mean([y.seconds for y in years if not y.change]):.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = [one().kind for one in EstimatorParameters.__args__]
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--estimator", default="empirical_bayes", choices=kinds)
    parser.add_argument("--regime-share", type=float, default=0.0, help="zones that change anyway")
    parser.add_argument("--quiet-only", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="write the judged weeks to this JSON file")
    parser.add_argument("--kept", type=Path, help="judge no weeks, read them from this file")
    given = parser.parse_args()
    if given.kept:
        read = json.loads(given.kept.read_text(encoding="utf-8"))
        years = [Year(s, c and Change(**c), weeks, seconds) for s, c, weeks, seconds in read]
    else:
        changes = () if given.quiet_only else CHANGES
        work = partial(
            town_years, changes=changes, kind=given.estimator, regime_share=given.regime_share
        )
        with ProcessPoolExecutor(given.processes) as pool:
            years = [year for found in pool.map(work, given.seeds) for year in found]
    if given.keep:
        kept = [[y.seed, y.change and vars(y.change), y.weeks, y.seconds] for y in years]
        given.keep.write_text(json.dumps(kept), encoding="utf-8")
    report(years, AlarmParameters())


if __name__ == "__main__":
    main()
