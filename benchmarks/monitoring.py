"""The alarm rule on made towns: false alarms in quiet weeks, and weeks until a change is found.

    python benchmarks/monitoring.py                    # six quiet towns, and each change on three
    python benchmarks/monitoring.py --seeds 1 2 --estimator exposure_gbm --processes 1

A town of two years is forecast week by week through its second year, as the weekly batch does: from
what was known a week ahead, with a model fitted anew every fourth week, and each week is judged on
the Monday after it, late records still missing. A change is made in what was found from some week
on: fines are thinned, or found again, in all zones or in a quarter of them; patrols stay. Prints
false alarms per 52 weeks, and how many weeks after a change the first alarm came.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from infraction_model.calendars import CalendarParameters
from infraction_model.evaluation.alarms import AlarmParameters, all_alarms, chart_points
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


def judged_weeks(panel: Panel, estimator: EstimatorParameters) -> list[dict[str, Any]]:
    """The last year's weeks, published a week ahead and judged on the Monday after each."""
    settings = ForecastParameters()
    weeks, model = [], None
    for number, target in enumerate(range(panel.end_week - JUDGED, panel.end_week)):
        planned = target - settings.gap
        if number % REFIT == 0:
            [model] = fit(panel, planned, TOWN, [estimator], FeatureParameters(), settings)
        [forecast] = predict([model], panel, planned)
        scores = scores_table(forecast, model, panel.timezone, f"as-of-{monday(planned)}")
        weeks.append(judge_week(scores, panel, TOWN, planned, target + 1))
    return weeks


def town_year(
    given: tuple[int, Change | None], kind: str, regime_share: float
) -> tuple[int, Change | None, list[dict[str, Any]], float]:
    """One town's judged year, with a change or without, and the CPU seconds it took."""
    seed, change = given
    begun = time.process_time()
    panel = quiet_panel(seed, regime_share)
    if change is not None:
        panel = changed(panel, change, seed)
    estimator = next(one() for one in EstimatorParameters.__args__ if one().kind == kind)
    return seed, change, judged_weeks(panel, estimator), time.process_time() - begun


def delay_of(weeks: list[dict[str, Any]], change: Change, parameters: AlarmParameters) -> int:
    """Weeks judged after a change until the first alarm, itself included; 99 where none came."""
    by_week = {week["target_week"]: number for number, week in enumerate(weeks)}
    later = [by_week[row["target_week"]] - change.at for row in all_alarms(weeks, parameters)]
    return min([number + 1 for number in later if number >= 0], default=99)


def report(years: list[tuple[int, Change | None, list[dict[str, Any]], float]]) -> None:
    """Print false alarms and delays."""
    rule = AlarmParameters()
    years = [(s, c, [week for week in weeks if week["judged"]], t) for s, c, weeks, t in years]
    quiet = [weeks for _, change, weeks, _ in years if change is None]
    found = Counter(row["name"] for weeks in quiet for row in all_alarms(weeks, rule))
    print(f"quiet years: {len(quiet)}; false alarms: {sum(found.values())} {dict(found)}")
    for chart in ("level", "zones", "ranking"):
        points = [point for weeks in quiet for point in chart_points(weeks, chart, rule)]
        scores = np.array([point.score for point in points])
        worst = max(max(point.sums.values()) for point in points)
        print(
            f"  {chart}: scores {scores.mean():+.2f} ± {scores.std():.2f}, largest sum {worst:.2f}"
        )
    rows = []
    for change in dict.fromkeys(change for _, change, *_ in years if change is not None):
        own = [weeks for _, one, weeks, _ in years if one == change]
        delays = [delay_of(weeks, change, rule) for weeks in own]
        early = sum(
            row["target_week"] < weeks[change.at]["target_week"]
            for weeks in own
            for row in all_alarms(weeks, rule)
        )
        rows.append({"change": change.name, "towns": len(own), "delays": delays, "before": early})
    if rows:
        print(pd.DataFrame(rows).to_string(index=False))
    print(f"CPU seconds a year: {np.mean([seconds for *_, seconds in years]):.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = [one().kind for one in EstimatorParameters.__args__]
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--change-seeds", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--estimator", default="empirical_bayes", choices=kinds)
    parser.add_argument("--regime-share", type=float, default=0.0, help="zones that change anyway")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="write the judged weeks to this JSON file")
    given = parser.parse_args()
    cases = [(seed, None) for seed in given.seeds]
    cases += [(seed, change) for change, seed in product(CHANGES, given.change_seeds)]
    work = partial(town_year, kind=given.estimator, regime_share=given.regime_share)
    with ProcessPoolExecutor(given.processes) as pool:
        years = list(pool.map(work, cases))
    if given.keep:
        kept = [[seed, change and vars(change), weeks] for seed, change, weeks, _ in years]
        given.keep.write_text(json.dumps(kept), encoding="utf-8")
    report(years)


if __name__ == "__main__":
    main()
