"""Better routes by PyVRP: prize-collecting with time windows, started from the greedy ones.

The one file that imports PyVRP. Its search is seeded and stopped by a number of iterations, never
by the clock, so that the same day always gives the same routes. A search that finds nothing better
gives back the routes it started from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pyvrp
from annotated_types import Ge
from pyvrp.search import NeighbourhoodParams, PerturbationParams
from pyvrp.stop import MaxIterations

from infraction_model.patrol.day import Choices, Day, Routes, arrivals
from infraction_model.patrol.greedy import best_routes
from infraction_model.patrol.shifts import MINUTE

_SCALE = 10_000
"""Prizes are whole numbers to PyVRP: the best visit is worth so much, a minute of travel 1."""

_SEARCH = pyvrp.SolveParams(
    ils=pyvrp.IteratedLocalSearchParams(history_length=20),
    perturbation=PerturbationParams(min_perturbations=1, max_perturbations=6),
    neighbourhood=NeighbourhoodParams(num_neighbours=100),
)
"""Small steps from good routes, which a day of some forty visits needs: up to 6 visits instead of
25 at once, a worse solution accepted for 20 steps instead of 300, and 100 neighbours instead of 50,
because of many visits that could be made only few are."""


@dataclass(frozen=True)
class RoutingParameters:
    """How long routes are searched for.

    `iterations`: of the search, each day; 0 keeps the routes it starts from. `zones_per_visit`: the
    zones with the best visits of the day are looked at, so many for each visit there is time for;
    more of them and the search loses itself, fewer and it misses some on the way. `seed`: of it.
    """

    iterations: Annotated[int, Ge(0)] = 20_000
    zones_per_visit: Annotated[float, Ge(1)] = 3.5
    seed: int = 1


def better_routes(
    day: Day, choices: Choices, several: list[Routes], parameters: RoutingParameters
) -> Routes:
    """Routes at least as good as the best of those given, which must keep all times.

    Half of the search goes on from each of them alike, the other half from the best of what came of
    it: which routes lead to the best ones is not seen from what they collect.
    """
    half = parameters.iterations // 2
    if not len(choices) or not half:
        return best_routes(choices, several)
    data = _problem(day, choices)
    first = [
        _searched(day, choices, data, routes, half // len(several), parameters.seed)
        for routes in several
    ]
    best = best_routes(choices, first)
    return _searched(day, choices, data, best, parameters.iterations - half, parameters.seed)


def _searched(
    day: Day,
    choices: Choices,
    data: pyvrp.ProblemData,
    start: Routes,
    iterations: int,
    seed: int,
) -> Routes:
    """What a search of so many iterations finds from some routes; those, if nothing better."""
    initial = pyvrp.Solution(
        data, [pyvrp.Route(data, route, number) for number, route in enumerate(start) if route]
    )
    result = pyvrp.solve(
        data,
        stop=MaxIterations(iterations),
        seed=seed,
        collect_stats=False,
        params=_SEARCH,
        initial_solution=initial,
    )
    found: Routes = [[] for _ in day.stretches]
    for route in result.best.routes():
        found[route.vehicle_type()] = [stop.idx for stop in route if stop.is_client()]
    kept = all(arrivals(day, choices, n, route) is not None for n, route in enumerate(found))
    return best_routes(choices, [start, found]) if kept else start


def _problem(day: Day, choices: Choices) -> pyvrp.ProblemData:
    zones, place = np.unique(choices.zone, return_inverse=True)
    bases = sorted({day.base(number) for number in range(len(day.stretches))})
    nodes = np.concatenate([zones, np.array(bases, dtype=zones.dtype)])
    modes = sorted({shift.mode for shift in day.shifts})
    durations = [day.travel.seconds(mode, nodes[:, None], nodes[None, :]) for mode in modes]
    prize = np.maximum(np.round(choices.prize / choices.most * _SCALE), 1).astype(np.int64)
    groups, group = np.unique(choices.group, return_inverse=True)
    clients = [
        pyvrp.Client(
            location=int(where),
            service_duration=day.seconds,
            tw_early=int(early),
            tw_late=int(late) - 1,
            prize=int(worth),
            required=False,
            group=int(of),
        )
        for where, early, late, worth, of in zip(
            place, choices.early, choices.late, prize, group, strict=True
        )
    ]
    members: list[list[int]] = [[] for _ in groups]
    for number, of in enumerate(group):
        members[of].append(number)
    vehicles = []
    for number, stretch in enumerate(day.stretches):
        depot = bases.index(day.base(number))
        profile = modes.index(day.shifts[stretch.shift].mode)
        vehicles.append(
            pyvrp.VehicleType(
                start_depot=depot,
                end_depot=depot,
                tw_early=stretch.start,
                tw_late=stretch.end,
                profile=profile,
            )
        )
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in nodes],
        clients=clients,
        depots=[pyvrp.Depot(location=len(zones) + number) for number in range(len(bases))],
        vehicle_types=vehicles,
        distance_matrices=[duration // MINUTE for duration in durations],
        duration_matrices=durations,
        groups=[pyvrp.ClientGroup(clients=of, required=False) for of in members],
    )
