"""A year in a made town where last week's finds decide next week's patrols, by who decides.

    OPENBLAS_NUM_THREADS=1 python benchmarks/closed_loop.py                    # all, over an hour
    python benchmarks/closed_loop.py --policies habit counts_top --seeds 1 --only-run

Each policy is retrained every week on what its own patrols found. One run (a policy, a seed) is
one part file below `--scratch`: a run cut off goes on with the next part. Then all parts of the
same settings become closed_loop.csv, docs/images/closed_loop.png and a table of the last weeks.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

from infraction_model.forecast import EstimatorParameters
from infraction_model.simulation.parameters import SimulationParameters
from loop.figures import beside_oracle, last_weeks, run
from loop.picture import picture
from loop.policies import POLICIES, Settings
from loop.town import made_town

ROOT = Path(__file__).parents[1]
ESTIMATORS = {one().kind: one for one in EstimatorParameters.__args__}
OFFICERS, DUTY = 2, 0.4
"""So few that about as many visits as zones are made in a week."""


def arguments() -> argparse.Namespace:
    """What is to be run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policies", nargs="+", default=list(POLICIES), choices=list(POLICIES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--zones", type=int, default=80)
    parser.add_argument("--history", type=int, default=26, help="weeks of habit before")
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--estimator", default="stack", choices=list(ESTIMATORS))
    parser.add_argument("--structure", default="classes", help="as in conf/simulation")
    parser.add_argument("--changes", type=float, default=0.12, help="share of zones that change")
    parser.add_argument("--scratch", type=Path, default=ROOT / "data" / "closed_loop")
    parser.add_argument("--only-run", action="store_true", help="no table, no picture")
    return parser.parse_args()


def part(given: argparse.Namespace, policy: str, seed: int) -> Path:
    """Where the weeks of one run lie; other settings lie elsewhere."""
    settings = (
        f"{given.structure}-{given.zones}x{given.history}+{given.weeks}-{given.changes:g}"
        f"-{given.estimator}"
    )
    return given.scratch / settings / f"{policy}-{seed}.csv"


def make_part(given: argparse.Namespace, policy: str, seed: int) -> None:
    """Run one policy in the town of one seed, and write its weeks."""
    town = made_town(
        SimulationParameters(
            zones=given.zones,
            weeks=given.history + given.weeks,
            structure=given.structure,
            officers=OFFICERS,
            duty_share=DUTY,
            regime_share=given.changes,
        ),
        seed,
    )
    begun = time.process_time()

    def tell(week: int) -> None:
        if week % 13 == 0:
            print(f"  week {week}, {time.process_time() - begun:.0f} s", flush=True)

    print(f"{policy}, seed {seed}", flush=True)
    weeks = run(town, policy, Settings(ESTIMATORS[given.estimator](), seed), given.history, tell)
    path = part(given, policy, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    weeks.to_csv(half, index=False, lineterminator="\n")
    half.replace(path)


def gathered(given: argparse.Namespace) -> pd.DataFrame:
    """All runs there are of these settings, beside the oracle's."""
    found = []
    for seed in given.seeds:
        for policy in POLICIES:
            path = part(given, policy, seed)
            if path.exists() and part(given, "oracle", seed).exists():
                found.append(pd.read_csv(path).assign(policy=policy, seed=seed))
    if not found:
        raise SystemExit("no run of these settings has its oracle beside it: run --policies oracle")
    runs = pd.concat(found, ignore_index=True)
    return beside_oracle(runs[["policy", "seed", *runs.columns.drop(["policy", "seed"])]])


def table(ends: pd.DataFrame) -> str:
    """The last weeks by policy, mean ± standard deviation over seeds, as the docs show them."""
    names = ("per_hour", "ratio", "gini", "correlation", "forgotten")
    rows = ["| policy | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for policy, end in ends.iterrows():
        cells = (f"{end[name]:.2f} ± {end[f'{name}_sd']:.2f}" for name in names)
        rows.append(f"| {policy} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main() -> int:
    """Run what is missing; then write the table of weeks and the picture, and print the end."""
    given = arguments()
    for seed in given.seeds:
        for policy in given.policies:
            if not part(given, policy, seed).exists():
                make_part(given, policy, seed)
    if given.only_run:
        return 0
    runs = gathered(given)
    runs.round(4).to_csv(ROOT / "benchmarks" / "closed_loop.csv", index=False, lineterminator="\n")
    picture(runs, ROOT / "docs" / "images" / "closed_loop.png")
    print(table(last_weeks(runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
