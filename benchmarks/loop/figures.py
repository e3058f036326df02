"""What a policy comes to by week: finds beside the oracle, coverage, and who is forgotten."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from infraction_model.evaluation.model_card import gini
from loop.policies import POLICIES, Settings, habit
from loop.town import LoopTown, Records, expected_finds

WINDOW = 12
"""Weeks, the current one included, over which patrol hours by zone are added up."""

BEST_SHARE = 0.2
"""The truly best zones are so large a share of all."""


def run(
    town: LoopTown,
    policy: str,
    settings: Settings,
    history_weeks: int,
    tell: Callable[[int], None] = lambda week: None,
) -> pd.DataFrame:
    """One policy in one town, a row per week after `history_weeks` weeks of habit.

    Columns: week (1 is the first decided by the policy), hours of patrol, expected and found
    infractions, hours and expected infractions of the visits drawn to explore, and the figures of
    `coverage`.
    """
    records = Records(town, settings.seed)
    for week in range(history_weeks):
        records.patrol(week, habit(town, records, week, settings))
    rows = []
    for week in range(history_weeks, town.history.parameters.weeks):
        patrols = POLICIES[policy](town, records, week, settings)
        found = records.patrol(week, patrols)
        hours = (patrols["end"] - patrols["start"]).to_numpy() / 60.0
        expected, drawn = expected_finds(town, patrols), patrols["drawn"].to_numpy(dtype=bool)
        rows.append(
            {
                "week": week - history_weeks + 1,
                "hours": float(hours.sum()),
                "expected": float(expected.sum()),
                "found": found,
                "drawn_hours": float(hours[drawn].sum()),
                "drawn_expected": float(expected[drawn].sum()),
                **coverage(town, records, week),
            }
        )
        tell(week - history_weeks + 1)
    return pd.DataFrame(rows)


def coverage(town: LoopTown, records: Records, week: int) -> dict[str, float]:
    """How patrol hours of the last WINDOW weeks lie over zones, beside the truth of those weeks.

    `gini` of the hours; `correlation` of a zone's share of them with its share of the true rates at
    the hours on duty; `forgotten`: share of the truly best zones without any visit.
    """
    weeks = range(max(0, week + 1 - WINDOW), week + 1)
    hours = records.hours(weeks[0], week + 1)
    truth = sum(town.rates(one) @ town.duty_hours(one) for one in weeks)
    best = np.argsort(-truth, kind="stable")[: max(1, round(BEST_SHARE * town.zones))]
    return {
        "gini": gini(hours),
        "correlation": float(np.corrcoef(hours, truth)[0, 1]),
        "forgotten": float((hours[best] == 0).mean()),
    }


def beside_oracle(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs (policy, seed, week, …) with `ratio`: expected finds over the oracle's, same duty.

    The oracle is never idle, so idle time of another policy counts against it. NaN in a week in
    which nobody is on duty.
    """
    keys = ["seed", "week"]
    oracle = runs[runs["policy"] == "oracle"].set_index(keys)["expected"]
    best = oracle.reindex(pd.MultiIndex.from_frame(runs[keys])).to_numpy()
    return runs.assign(ratio=runs["expected"] / np.where(best > 0, best, np.nan))


def last_weeks(runs: pd.DataFrame, weeks: int = 8) -> pd.DataFrame:
    """Means over the last weeks, and their standard deviation over seeds (_sd), by policy.

    `per_hour` and `found_per_hour` are of an hour on duty, the oracle's hours; `ratio` is that of
    sums over those weeks.
    """
    last = runs[runs["week"] > runs["week"].max() - weeks]
    by_run = last.groupby(["policy", "seed"], sort=False)
    sums = by_run[["expected", "found", "hours"]].sum()
    oracle = sums.xs("oracle").reindex(sums.index.get_level_values("seed"))
    duty = oracle["hours"].to_numpy()
    figures = pd.DataFrame(
        {
            "ratio": sums["expected"] / oracle["expected"].to_numpy(),
            "per_hour": sums["expected"] / duty,
            "found_per_hour": sums["found"] / duty,
            "idle": 1 - sums["hours"] / duty,
        }
    ).join(by_run[["gini", "correlation", "forgotten"]].mean())
    every = figures.groupby(level="policy", sort=False)
    return every.mean().join(every.std(ddof=1).add_suffix("_sd"))
