"""How often the gates of a promotion refuse a good challenger, and catch a spoilt one.

    python benchmarks/gates.py --seeds 1 2 3                       # all kinds of towns, all cases
    python benchmarks/gates.py --seeds 1 --kinds soft --good-only

On made towns of 60 zones and 70 weeks. A good challenger has the champion's recipe and eight weeks
more to learn from; it is also judged as the first model of the town. Spoilt ones learnt from fines
that lay anywhere in the last eight weeks, or of which half were lost, judged on the same broken
panel and on the panel once mended; or they are one single tree. Prints how many of each were
refused, and by which gates; with --out every gate's figures, one line of JSON per question.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from infraction_model.calendars import CalendarParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.estimators.stack import StackParameters
from infraction_model.evaluation.contest import judge
from infraction_model.evaluation.gates import GateParameters, Verdict
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import EstimatorParameters, Forecaster, ForecastParameters, Town, fit
from infraction_model.panel import Panel, build
from infraction_model.simulation.parameters import SimulationParameters
from infraction_model.simulation.tables import contract_tables
from infraction_model.simulation.town import simulate_truth

KINDS = {
    "classes": {},
    "soft": {"structure": "soft"},
    "free": {"structure": "free"},
    "low_rank": {"structure": "low_rank"},
    "habit_change": {"habit_change": True},
    "few_patrols": {"duty_share": 0.33},
}
TOWN = Town("recorded", CalendarParameters("FR", None, "B"))
GATES = GateParameters()
BROKEN_WEEKS = 8
ONE_TREE = ExposureGBMParameters(max_trees=1)


def made_panel(kind: str, seed: int) -> Panel:
    """The panel of a made town, as ingest would give it without a mistake."""
    made = SimulationParameters(zones=60, weeks=70, officers=6, seed=seed, **KINDS[kind])
    tables = contract_tables(simulate_truth(made))
    return build(tables.zones, tables.fines, tables.patrols)


def shuffled(panel: Panel, seed: int) -> Panel:
    """The fines of the last weeks on any zone-hour that was patrolled in their week."""
    rng = np.random.default_rng(seed)
    fines = panel.fines.copy()
    for week in range(panel.end_week - BROKEN_WEEKS, panel.end_week):
        rows = (fines["week"] == week).to_numpy()
        cells = panel.patrols.loc[panel.patrols["week"] == week, ["zone", "hour_of_week"]]
        cells = cells.drop_duplicates()
        drawn = cells.iloc[rng.integers(0, len(cells), rows.sum())]
        for column in cells.columns:
            fines.loc[rows, column] = drawn[column].to_numpy(fines[column].dtype)
    keys = ["zone", "week", "hour_of_week", "delay", "category"]
    added = fines.groupby(keys, sort=True)["fines"].sum().astype(np.int32).reset_index()
    return replace(panel, fines=added[panel.fines.columns])


def halved(panel: Panel, seed: int) -> Panel:
    """Half the fines of the last weeks lost, at random."""
    rng = np.random.default_rng(seed)
    recent = panel.fines["week"] >= panel.end_week - BROKEN_WEEKS
    kept = np.where(recent, rng.binomial(panel.fines["fines"], 0.5), panel.fines["fines"])
    fines = panel.fines.assign(fines=kept.astype(np.int32))
    return replace(panel, fines=fines[kept > 0].reset_index(drop=True))


def model(panel: Panel, origin: int, estimator: EstimatorParameters) -> Forecaster:
    return fit(panel, origin, TOWN, [estimator], FeatureParameters(), ForecastParameters())[0]


def questions(
    panel: Panel, seed: int, recipe: EstimatorParameters, good_only: bool
) -> Iterator[tuple[str, Verdict]]:
    """Each case with its verdict, as of the panel's end."""
    origin = panel.end_week
    champion = model(panel, origin - 8, recipe)
    good = model(panel, origin, recipe)
    yield "same recipe, eight weeks more", judge(panel, origin, good, champion, GATES)
    yield "first model of the town", judge(panel, origin, good, None, GATES)
    if good_only:
        return
    for name, broken in (
        ("fines of 8 weeks shuffled", shuffled(panel, seed)),
        ("half the fines of 8 weeks lost", halved(panel, seed)),
    ):
        spoilt = model(broken, origin, recipe)
        yield f"{name}, panel broken", judge(broken, origin, spoilt, champion, GATES)
        yield f"{name}, panel mended", judge(panel, origin, spoilt, champion, GATES)
    one = model(panel, origin, ONE_TREE)
    yield "a single tree", judge(panel, origin, one, champion, GATES)
    yield "a single tree, first model", judge(panel, origin, one, None, GATES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--good-only", action="store_true")
    parser.add_argument("--trees", action="store_true", help="LightGBM alone: quicker")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    recipe = ExposureGBMParameters(min_data_in_leaf=100) if asked.trees else StackParameters()
    count, refused, gates = Counter(), Counter(), {}
    for seed in asked.seeds:
        for kind in asked.kinds:
            for case, verdict in questions(made_panel(kind, seed), seed, recipe, asked.good_only):
                count[case] += 1
                refused[case] += not verdict.held
                gates.setdefault(case, Counter()).update(verdict.refusals)
                if asked.out is not None:
                    line = {"seed": seed, "kind": kind, "case": case, "gates": verdict.rows}
                    with asked.out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line) + "\n")
            print(f"seed {seed}, {kind}", flush=True)
    for case in count:
        by = ", ".join(f"{name} {n}" for name, n in gates[case].most_common())
        print(f"{case:<48} refused {refused[case]:>3} of {count[case]:>3}   {by}")


if __name__ == "__main__":
    main()
