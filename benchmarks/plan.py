"""How long a day of patrol is planned for, and how much longer searches would have found.

    python benchmarks/plan.py [--seeds 3] [--zones 200 2700] [--iterations 20000]

A made day: 4 teams on foot, one shift of 4 hours each from one base in the middle of the town,
visits of 15 minutes, a tenth of them drawn to explore. Zones lie as densely as in a real town, so
2,700 are a large one. Each size is planned with the routes the search starts from, with the
default number of iterations, and with ten times as many. Seconds are CPU seconds of one thread.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import pandas as pd

from infraction_model.patrol.allocation import RuleParameters, Task, plan_week
from infraction_model.patrol.exploration import ExploreParameters
from infraction_model.patrol.routing import RoutingParameters
from infraction_model.patrol.shifts import WeeklyShift, shifts_of_week
from infraction_model.patrol.travel import Travel, TravelParameters
from infraction_model.patrol.visits import Worth

TEAMS, METRES_APART = 4, 150.0
LON, LAT = 3.29, 49.85


def made_day(zones: int, seed: int) -> Task:
    """Zones of unequal levels scattered over a square, each with a peak at some hour of the day."""
    rng = np.random.default_rng(seed)
    side = METRES_APART * np.sqrt(zones) / 111_195.0
    lon = LON + rng.random(zones) * side / np.cos(np.radians(LAT))
    places = pd.DataFrame(
        {
            "zone_id": [f"z{number:04d}" for number in range(zones)],
            "lon": lon,
            "lat": LAT + rng.random(zones) * side,
        }
    )
    hour, peak = np.arange(168) % 24, rng.integers(8, 19, (zones, 1))
    rate = rng.gamma(0.7, 0.8, (zones, 1)) * np.exp(np.cos(2 * np.pi * (hour - peak) / 24)) / 1.27
    worth = Worth(rate, np.ones(zones), np.zeros(zones), 15 * 60, 2.0)
    middle = {"longitude": float(lon.mean()), "latitude": float(places["lat"].mean())}
    shifts = shifts_of_week(
        WeeklyShift(f"team {number}", (1,), "09:00", "13:00", **middle) for number in range(TEAMS)
    )
    return Task(
        zone_ids=places["zone_id"].tolist(),
        worth=worth,
        upper=Worth(2 * rate, worth.weight, worth.safety, worth.seconds, worth.recovery_hours),
        days_since_visit=np.zeros(zones),
        shifts=shifts,
        travel=Travel(places, shifts, TravelParameters()),
        week=2_800,
    )


def planned(task: Task, iterations: int) -> tuple[float, int, float]:
    """Value and visits of the plan, and CPU seconds."""
    began = time.process_time()
    plan = plan_week(
        task, RuleParameters(), ExploreParameters(), RoutingParameters(iterations=iterations)
    )
    return plan.value, len(plan.visits), time.process_time() - began


def main() -> int:
    """Plan every size and seed, print figures and how they stand against the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--zones", type=int, nargs="*", default=[200, 2700])
    parser.add_argument("--iterations", type=int, default=RoutingParameters().iterations)
    arguments = parser.parse_args()
    few = arguments.iterations
    print(f"{'zones':>6} {'seed':>4} {'start':>8} {'plan':>8} {'10 x':>8} {'short by':>9} {'s':>6}")
    for zones in arguments.zones:
        shares = []
        for seed in range(1, arguments.seeds + 1):
            task = made_day(zones, seed)
            start, _, _ = planned(task, 0)
            value, _, seconds = planned(task, few)
            most, _, _ = planned(task, 10 * few)
            shares.append(1 - value / most)
            print(
                f"{zones:>6} {seed:>4} {start:8.3f} {value:8.3f} {most:8.3f} {shares[-1]:9.1%} "
                f"{seconds:6.1f}",
                flush=True,
            )
        print(f"{zones} zones: short of ten times the search by {np.mean(shares):.1%} on average")
    return 0


if __name__ == "__main__":
    sys.exit(main())
