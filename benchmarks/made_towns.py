"""Every estimator on made towns of several kinds and seeds, judged against the truth.

    python benchmarks/made_towns.py                       # all kinds, seeds 1 and 2
    python benchmarks/made_towns.py free soft --seeds 7 8 --estimators stack exposure_gbm

Each town goes straight from what happened to the panel, without its raw exports; the last four
weeks are predicted as `infraction-model backtest` does, gap one week. Prints means over the weeks
and seeds, and what a fit took.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pandas as pd
import yaml

from infraction_model.calendars import CalendarParameters
from infraction_model.evaluation.backtest import backtest
from infraction_model.evaluation.folds import FoldParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, ForecastParameters, Town
from infraction_model.panel import build
from infraction_model.parameters import read
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import contract_tables
from infraction_model.simulation.town import History, rates_frame, simulate_truth

CONF = Path(__file__).parents[1] / "conf" / "simulation"
KINDS = {
    "classes": {"zones": 150, "officers": 12},
    "soft": "soft",
    "low_rank": "low_rank",
    "free": "free",
    "free, habit change": "free_habit_change",
    "habit change": "habit_change",
    "few patrols": "few_patrols",
    "one year": "one_year",
}
FIGURES = (
    "log_loss",
    "excess_log_loss_patrolled_hour",
    "excess_log_loss_known_hours",
    "excess_log_loss_all_hours",
    "spearman_known_hours",
    "yield_top_5%",
)


def town(kind: str, seed: int) -> History:
    """What happened in a made town of a kind: an option of conf/simulation, or its own settings."""
    wanted = KINDS[kind]
    if isinstance(wanted, str):
        wanted = yaml.safe_load((CONF / f"{wanted}.yaml").read_text())
    return simulate_truth(read(SimulationParameters, wanted), seed)


def judged(kind: str, seed: int, kinds: list[str], weeks: int) -> pd.DataFrame:
    """Mean figures of every estimator on one town, one row each."""
    made = town(kind, seed)
    tables = contract_tables(made)
    panel = build(tables.zones, tables.fines, tables.patrols)
    begun = time.process_time()
    folds = backtest(
        panel,
        panel.end_week,
        Town("recorded", CalendarParameters(school_zone="B")),
        {one: _estimator(one) for one in kinds},
        FeatureParameters(),
        ForecastParameters(),
        FoldParameters(weeks=weeks),
        truth=rates_frame(made.drivers, made.streets, made.first_week),
    )
    rows = pd.DataFrame({"estimator": fold.estimator, **fold.figures} for fold in folds)
    rows["cpu_seconds"] = time.process_time() - begun
    return rows.groupby("estimator", sort=False).mean()


def _estimator(kind: str):
    return next(one() for one in EstimatorParameters.__args__ if one().kind == kind)


def main() -> None:
    every = [one().kind for one in EstimatorParameters.__args__]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=list(KINDS), help=f"of {', '.join(KINDS)}")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--estimators", nargs="+", default=every, choices=every)
    parser.add_argument("--weeks", type=int, default=4)
    given = parser.parse_args()
    for kind in given.kinds:
        each = [judged(kind, seed, given.estimators, given.weeks) for seed in given.seeds]
        means = pd.concat(each).groupby(level=0, sort=False).mean()
        shown = [name for name in means if name in FIGURES or name.startswith("coverage")]
        print(f"\n{kind}, seeds {given.seeds}, {means['cpu_seconds'].iloc[0]:.0f} s of CPU a town")
        print(means[shown].T.to_string(float_format="{:.4f}".format), flush=True)


if __name__ == "__main__":
    main()
